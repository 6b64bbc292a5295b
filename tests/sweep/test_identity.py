"""What the identity of a point covers, and what it does not: each a fault that others had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from canvas_kit import (
    WITHOUT,
    Canvas,
    Collector,
    Comparison,
    Display,
    Evaluation,
    Generation,
    ImageEvaluation,
    ImageInput,
    Input,
    Interception,
    ModelAdaption,
    Quality,
    RandomPrompt,
    Resolution,
    Seed,
    Sweep,
    Translation,
)
from canvas_kit.canvas.connections import Connection
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError, CanvasError
from canvas_kit.nodes.inputs import Input as InputNode
from canvas_kit.preset_files.catalogue import PresetKind, load_preset
from canvas_kit.sweep import identity
from canvas_kit.sweep.identity import canonical, node_digest


def canvas(**fields: Any) -> Canvas:
    return Canvas.of(
        Input("a nurse", id="prompt")
        >> Interception(**{"preset": "bauhaus", "id": "how"} | fields)
        >> Generation(id="picture")
        >> Collector(id="all")
    )


def one_id(of: Any, seeds: Any = (7,), **options: Any) -> str:
    return Sweep(of, seeds=seeds, **options).point(0).id


FROZEN = {
    "as it is": "f3e8e93b67775139840dc78dd3a3a807",
    "without": "54e1893bc6e09fe9074d5bfc1feb9b3a",
    "parameters": "79f51e2699bd40e575761bde949919d2",
}


def frozen() -> dict[str, str]:
    parameters = Input("x", id="p") >> Generation("m/n", width=640, steps=9, cfg=2.5, id="g")
    return {
        "as it is": one_id(canvas()),
        "without": Sweep(canvas(), {"how": [WITHOUT]}, seeds=[7]).point(0).id,
        "parameters": one_id(parameters),
    }


def test_known_points_keep_their_identities() -> None:
    """An upgrade must not run finished points again. If this fails on purpose: another LABEL.

    (The words of the preset *bauhaus* are part of it: rewriting them changes the first, too.)
    """
    assert identity.LABEL == "point/1"
    assert frozen() == FROZEN


def test_another_process_gives_the_same_identities() -> None:
    """Whatever its hash seed and working folder."""
    root = Path(__file__).parents[2]
    program = (
        "from tests.sweep.test_identity import frozen; import json; print(json.dumps(frozen()))"
    )
    for hash_seed in ("1",):
        told = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert json.loads(told.stdout) == frozen()


def test_names_places_and_order_are_not_part_of_it() -> None:
    """Titles, positions, names, notes, the order of nodes and connections, unknown entries."""
    document = canvas().to_document()
    document |= {"id": "workflow_9", "name": "Another", "automation": {"x": 1}}
    document["nodes"].reverse()
    document["connections"].reverse()
    for node in document["nodes"]:
        node |= {"x": 5, "y": 7, "config": {"open": True}, "colour": "red"}
    moved = Canvas.from_document(document)
    assert one_id(moved, name="n", note="o", tags=["t"]) == one_id(canvas())


def test_a_label_that_names_the_same_port_is_the_same() -> None:
    """The editor's word for an output, ours, or none where it is the first."""

    def judged(label: str | None) -> Canvas:
        nodes = [Input("x", id="p"), Evaluation(id="j"), Collector(id="c")]
        return Canvas.assembled(nodes, [Connection("p", "j"), Connection("j", "c", label)])

    assert one_id(judged("pass")) == one_id(judged("passthrough")) == one_id(judged(None))
    assert one_id(judged("fail")) != one_id(judged("pass"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Interception(), Interception("user_defined", model="", max_feedback_rounds=3)),
        (Interception(""), Interception("user_defined")),
        (ModelAdaption(""), ModelAdaption("none")),
        (Evaluation("quality", threshold=5), Evaluation("", threshold=5.0)),
        (Quality(), Quality(25, 5.5)),
        (Quality(20, 5), Quality(20, 5.0)),
        (Resolution(), Resolution(1024, 1024)),
        (Resolution(preset="portrait_768x1344"), Resolution(768, 1344)),
        (Seed(5), Seed(5, mode="fixed", base=3)),
        (Seed(5, mode="batch"), Seed(6, mode="batch")),
        (Display("A title"), Display()),
        (RandomPrompt(film_type="Tri-X 400"), RandomPrompt()),
        (ImageInput(b"\x89PNG\r\n\x1a\n"), ImageInput("data:image/png;base64,iVBORw0KGgo=")),
    ],
)
def test_what_means_the_same_is_the_same(one: Node, other: Node) -> None:
    """A default spelt out, a size by name or in numbers, a field that is not looked at."""
    assert node_digest(one) == node_digest(other)


EVERY_FIELD: dict[type[Node], dict[str, Any]] = {
    Input: {"text": "other"},
    ImageInput: {"picture": b"\x89PNG\r\n\x1a\nmore"},
    RandomPrompt: {"preset": "photo", "model": "a/b"},
    Interception: {
        "preset": "overdrive",
        "instructions": "other",
        "model": "a/b",
        "max_feedback_rounds": 4,
    },
    Translation: {"instructions": "other", "model": "a/b"},
    ModelAdaption: {"preset": "flux", "model": "a/b"},
    Seed: {"value": 5, "mode": "random"},
    Resolution: {"preset": "portrait_768x1344", "width": 640, "height": 640},
    Quality: {"steps": 5, "cfg": 1.5},
    Generation: {"model": "a/b"},
    Evaluation: {"preset": "bias", "instructions": "other", "model": "a/b", "threshold": 6},
    ImageEvaluation: {"preset": "ethisch", "instructions": "other", "model": "a/b"},
    Comparison: {"instructions": "other", "model": "a/b"},
}


@pytest.mark.parametrize("kind", EVERY_FIELD)
def test_every_field_that_has_an_effect_is_part_of_it(kind: type[Node]) -> None:
    """One that is forgotten gives yesterday's result for today's question."""
    base = ImageInput(b"\x89PNG\r\n\x1a\n") if kind is ImageInput else kind()
    place = {"id", "x", "y", "config", "base", "film_type"}  # the last two are looked at by mode
    parameters = {name for name, field in kind.model_fields.items() if field.exclude}
    left = kind.model_fields.keys() - place - kind.without_effect - parameters
    assert left == EVERY_FIELD[kind].keys()
    digests = {node_digest(base.evolve(**{k: v})) for k, v in EVERY_FIELD[kind].items()}
    assert len(digests | {node_digest(base)}) == len(EVERY_FIELD[kind]) + 1


def test_what_only_some_modes_look_at_is_part_of_it_there() -> None:
    """The film type of a photo; where a seed begins to count."""
    films = [RandomPrompt("photo", film_type=film) for film in ("", "tri_x_400", "random")]
    assert len({*map(node_digest, films)}) == 3
    assert node_digest(Seed(1, mode="increment", base=1)) != node_digest(
        Seed(1, mode="increment", base=2)
    )


def test_parameters_seed_connections_and_repetition_are_part_of_it() -> None:
    """Also the number of a repetition with the same seed, which asks a model once more."""

    def made(**fields: Any) -> str:
        return one_id(Input("x", id="p") >> Generation(id="g", **fields))

    found = [made(), made(seed=1), made(seed=2), made(width=64), made(steps=3), made(cfg=3)]
    assert len({*found}) == 6
    second = Generation(id="g")
    other_port = Canvas([Input("x", id="p")] >> second, Input("y", id="q") >> second.second_text)
    same_port = Canvas([Input("x", id="p"), Input("y", id="q")] >> Generation(id="g"))
    assert one_id(other_port) != one_id(same_port)
    repeated = Sweep(canvas(), seeds=[7, 8, 7])
    ids = [point.id for point in repeated]
    assert len({*ids}) == 3
    assert ids[:2] == [point.id for point in Sweep(canvas(), seeds=[7, 8])]


def test_texts_that_meet_at_one_port_keep_their_order() -> None:
    """They are joined in it."""
    first, second = Input("x", id="p"), Input("y", id="q")
    one, other = (
        Canvas.assembled([first, second, Generation(id="g")], [Connection(a, "g") for a in order])
        for order in ("pq", "qp")
    )
    assert one_id(one) != one_id(other)


def test_the_words_of_a_preset_are_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only its name, and not what it is called in a list."""
    before = one_id(canvas())
    preset = load_preset(PresetKind.INTERCEPTION, "bauhaus")

    def changed(**fields: Any) -> str:
        other = preset.model_copy(update=fields)
        monkeypatch.setattr("canvas_kit.nodes.base.load_preset", lambda *_: other)
        return one_id(canvas())

    assert changed(name=preset.description) == before
    assert changed(instructions=preset.description) != before


def test_a_picture_counts_and_not_where_it_lies(tmp_path: Path) -> None:
    """The same bytes elsewhere are the same; other bytes in the same place are not."""

    def looked_at(path: Path) -> str:
        return one_id(ImageInput(path, id="i") >> ImageEvaluation(id="e"))

    one, other = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (4, 4), "red").save(one)
    other.write_bytes(one.read_bytes())
    first = looked_at(one)
    assert looked_at(other) == first
    Image.new("RGB", (4, 4), "blue").save(one)
    assert looked_at(one) != first
    sweep = Sweep(ImageInput(one, id="i") >> ImageEvaluation(id="e"), seeds=[1])
    there = sweep.point(0).id
    one.unlink()
    assert sweep.point(0).id == sweep.shard(1, 1).point(0).id == there
    with pytest.raises(CanvasError, match="cannot be read"):
        looked_at(one)


def test_a_document_may_hold_the_pictures_that_it_names(tmp_path: Path) -> None:
    """So that a batch can be gone on with where they lie elsewhere, or have been changed."""
    red, blue = tmp_path / "red.png", tmp_path / "blue.png"
    for path in (red, blue):
        Image.new("RGB", (4, 4), path.stem).save(path)
    look = ImageInput(red, id="i") >> ImageEvaluation(id="e")
    sweep = Sweep(look, {"i.picture": [red, blue]}, seeds=[1, 2], exclude=[{"i.picture": blue}])
    named = [point.id for point in sweep]
    document = json.loads(json.dumps(sweep.to_document(contents=True)))
    red.unlink()
    blue.unlink()
    again = Sweep.from_document(document)
    assert [point.id for point in again] == named
    assert again.to_document(contents=True) == document


class Holder(InputNode):
    """A node type of a package, with fields named as others' hashes took for their own."""

    type: ClassVar[str] = "holder"
    size: Any = None
    seed: Any = None
    links: Any = None

    def __init__(self, **fields: Any) -> None:
        self._fill(fields)


def held(value: Any) -> str:
    return one_id(Holder(id="h", size=value) >> Collector(id="c"))


def test_values_of_different_types_stay_apart() -> None:
    """1, "1", 1.0 and true; also deep inside; and a field of any name counts."""
    values = [1, "1", 1.0, True, [1], ["1"], None, {"a": 1}, {"a": "1"}]
    assert len({held(value) for value in values}) == len(values)

    nested: list[Any] = [1, 2]
    for _ in range(60):
        nested = [[value] for value in nested]
    assert held(nested[0]) != held(nested[1])
    fields = [Holder(id="h", **{name: 1}) for name in ("size", "seed", "links")]
    assert len({node_digest(node) for node in fields}) == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), b"\xff", {1: 2}])
def test_what_has_no_json_is_an_error(value: Any) -> None:
    """Rather than something that is the same by chance, or never again."""
    with pytest.raises((BatchError, TypeError, ValueError)):
        canonical(value)
    with pytest.raises(BatchError, match="has no identity"):
        held(value)


def test_a_node_type_says_when_it_means_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its version, which the version of the package is not."""
    before = one_id(canvas())
    monkeypatch.setattr("canvas_kit.version.__version__", "99.0")
    assert one_id(canvas()) == before
    monkeypatch.setattr(Generation, "version", 2)
    assert one_id(canvas()) != before
