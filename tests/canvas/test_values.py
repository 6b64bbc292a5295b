"""A canvas is a value: composing changes nothing, and the same words give the same canvas."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import (
    Canvas,
    CanvasError,
    Collector,
    Display,
    Evaluation,
    Generation,
    Input,
    Interception,
    Quality,
    RandomPrompt,
    Resolution,
    Seed,
    Translation,
)
from canvas_kit.canvas.graph import Chain
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import BUILT_IN, node_type
from canvas_kit.errors import UnknownName
from tests.strategies import canvases


def second_thoughts() -> Canvas:
    prompt, draft, picture = Input("A hero"), Interception("tellastory"), Generation(seed=7)
    judge = Evaluation("quality", instructions="Is there a turn?")
    return Canvas(
        prompt >> draft >> judge,
        judge.passed >> picture >> Collector(),
        judge.failed >> draft,
        name="Second thoughts",
    )


def nodes_of(kinds: Sequence[int]) -> list[Node]:
    make = (Interception, Translation, Generation, lambda: Generation(seed=3, width=512))
    return [make[kind]() for kind in kinds]


kinds = st.lists(st.integers(0, 3), min_size=3, max_size=8)


class TestComposing:
    @given(kinds, st.data())
    def test_it_does_not_matter_how_a_chain_is_put_in_brackets(
        self, kinds: list[int], data: st.DataObject
    ) -> None:
        """``(a >> b) >> c`` is ``a >> (b >> c)``, at any length."""

        def bracketed(parts: list[Any]) -> Any:
            if len(parts) == 1:
                return parts[0]
            cut = data.draw(st.integers(1, len(parts) - 1))
            return bracketed(parts[:cut]) >> bracketed(parts[cut:])

        nodes: list[Any] = nodes_of(kinds)
        straight = nodes[0]
        for node in nodes[1:]:
            straight = straight >> node
        assert bracketed(nodes) == straight
        assert isinstance(straight, Chain)

    @given(kinds, st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8), st.data())
    def test_it_does_not_matter_how_parts_are_grouped(
        self, kinds: list[int], pairs: list[tuple[int, int]], data: st.DataObject
    ) -> None:
        """Canvases of canvases are canvases of their parts; a part said twice is there once."""
        nodes: list[Any] = nodes_of(kinds)
        parts: list[Any] = nodes + [
            nodes[a % len(nodes)] >> nodes[b % len(nodes)] for a, b in pairs
        ]
        whole = Canvas(*parts)
        cut = data.draw(st.integers(0, len(parts)))
        assert Canvas(Canvas(*parts[:cut]), *parts[cut:]) == whole
        assert Canvas(*parts[:cut], Canvas(*parts[cut:])) == whole
        assert Canvas(*parts, *parts) == whole == Canvas(whole)
        assert Canvas(parts) == whole

    def test_a_cell_can_be_run_twice(self) -> None:
        """And cells in another order: nothing that is connected remembers it."""
        words, generation, seed = Input("x"), Generation(), Seed(21)
        first = Canvas(seed >> generation, words >> generation >> Collector())
        words >> generation >> Collector()
        seed >> generation
        assert Canvas(seed >> generation, words >> generation >> Collector()) == first
        assert first.problems() == []
        assert len(first.nodes) == 4

    def test_two_canvases_that_share_nodes_know_nothing_of_each_other(self) -> None:
        """Each makes what it was given, and nothing else."""
        words = Input("shared")
        left, right = words >> Generation("a"), words >> Generation("b")
        assert [getattr(node, "model", "") for node in left.nodes] == ["", "a"]
        assert [getattr(node, "model", "") for node in right.nodes] == ["", "b"]
        assert len(Canvas(left, right).nodes) == 3

    def test_equal_ids_and_fields_are_one_node(self) -> None:
        """Different fields under one id are an error that names both."""
        one = Canvas(
            Input("x", id="words") >> Generation(id="left"),
            Input("x", id="words") >> Generation(id="right"),
        )
        assert [node.id for node in one.nodes] == ["words", "left", "right"]
        with pytest.raises(CanvasError, match=r"'words'.*'x'.*'y'"):
            Canvas(Input("x", id="words"), Input("y", id="words"))
        with pytest.raises(CanvasError, match="Two different nodes"):
            Canvas(Generation(seed=1, id="g"), Generation(seed=2, id="g"))

    def test_a_chain_can_do_what_a_canvas_can(self, tmp_path: Any) -> None:
        """It is one, with open ends."""
        words = Input("x")
        chain = words >> Generation() >> Collector()
        assert chain == Canvas(chain)
        assert hash(chain) == hash(Canvas(chain))
        assert Canvas.load(chain.save(tmp_path / "canvas.json")) == chain
        assert chain.with_fields(words, text="y").node("input_1") != chain.node("input_1")
        assert chain.check() is chain
        assert Canvas.of(chain, name="n").name == "n"
        assert Canvas.of(chain) is chain

    def test_a_canvas_without_open_ends_cannot_be_connected(self) -> None:
        """Only its nodes can."""
        with pytest.raises(TypeError, match="can be connected"):
            Input("x") >> second_thoughts()


class TestTheValue:
    def test_it_is_equal_by_content_and_hashable(self) -> None:
        """A key, a default argument, a factor level; pickled, copied, and the same for ever."""
        canvas = second_thoughts()
        assert canvas == second_thoughts()
        assert {canvas: 1}[second_thoughts()] == 1
        for again in (pickle.loads(pickle.dumps(canvas)), copy.copy(canvas), copy.deepcopy(canvas)):
            assert again == canvas
        chain = pickle.loads(pickle.dumps(Input("x") >> Generation())) >> Collector()
        assert chain == Input("x") >> Generation() >> Collector()
        with pytest.raises(AttributeError, match="cannot be changed"):
            canvas.name = "other"

    @given(canvases())
    def test_changing_nothing_changes_nothing(self, canvas: Canvas) -> None:
        """Composed anew, or with the values that its fields have."""
        canvas = Canvas(canvas)  # laid out for the editor
        assert Canvas(canvas) == canvas
        node = canvas.nodes[0]
        assert canvas.with_fields(node, text="a") == canvas

    def test_python_and_json_give_equal_canvases(self) -> None:
        """Parameters given as arguments are the nodes that the editor knows."""
        canvas = second_thoughts()
        read = Canvas.from_json(canvas.to_json())
        assert read == canvas
        assert read.fingerprint == canvas.fingerprint
        assert [node.id for node in canvas.of_type("seed")] == ["seed_1"]

    def test_a_node_is_found_by_its_object_its_id_or_its_content(self) -> None:
        """Also in a canvas that was read from a file."""
        words, draft, twin = Input("x"), Interception("bauhaus"), Interception("bauhaus")
        canvas = words >> [draft, Interception("forceful")]
        assert canvas.node_id(draft) == canvas.node_id(twin) == "interception_1"
        assert canvas.node_id("interception_2") == "interception_2"
        assert Canvas.from_json(canvas.to_json()).node_id(draft) == "interception_1"
        assert canvas.with_fields(draft, preset="none").node_id(draft) == "interception_1"
        with pytest.raises(UnknownName, match="generation_1"):
            canvas.node_id("generation_1")
        with pytest.raises(UnknownName):
            (words >> [draft, twin]).node_id(Interception("bauhaus"))


class TestParameters:
    def test_they_become_nodes_of_their_own(self) -> None:
        """The node that was given stays as it is."""
        generation = Generation(seed=7, width=512, steps=12, cfg=3, id="g")
        canvas = Input("x") >> generation
        assert [node.type for node in canvas.nodes] == [
            *("input", "seed", "resolution", "quality", "generation"),
        ]
        found: list[Any] = list(canvas.nodes)
        assert (found[1].value, found[2].size, found[3].steps, found[3].cfg) == (
            *(7, (512, 512), 12, 3),
        )
        assert canvas.problems() == []
        assert generation.seed == 7
        assert "seed" not in canvas.to_document()["nodes"][-1]

    @pytest.mark.parametrize("loaded", [False, True])
    def test_they_can_be_changed_where_they_were_given(self, loaded: bool) -> None:
        """By the generation's own argument, whether or not the canvas came from a file."""
        canvas: Canvas = Input("x") >> Generation(seed=7)
        if loaded:
            canvas = Canvas.from_json(canvas.to_json())
        other = canvas.with_fields("generation_1", seed=8, steps=3)
        (seed,), (quality,) = other.of_type("seed"), other.of_type("quality")
        assert isinstance(seed, Seed)
        assert isinstance(quality, Quality)
        assert (seed.value, quality.steps) == (8, 3)
        assert other.problems() == []

    def test_a_shared_parameter_is_changed_at_its_node(self) -> None:
        """Else the other generation would change with it."""
        canvas = Seed(1) >> [Generation(), Generation()]
        with pytest.raises(CanvasError, match="Change that node"):
            canvas.with_fields("generation_1", seed=2)

    def test_both_ways_at_once_are_a_problem(self) -> None:
        """An argument and a node for the same parameter."""
        (problem,) = (Canvas([Seed(1), Input("x")] >> Generation(seed=2))).problems()
        assert problem.code == "crowded_port"
        assert "an argument such as seed=" in problem.message

    def test_a_parameter_finds_its_port_behind_a_label_for_texts(self) -> None:
        """The editor's generation shows two ports, both for texts."""
        document = {
            "nodes": [
                {"id": "s", "type": "seed"},
                {"id": "i", "type": "input"},
                {"id": "g", "type": "generation"},
            ],
            "connections": [
                {"sourceId": "s", "targetId": "g", "label": "input-2"},
                {"sourceId": "i", "targetId": "g", "label": "input-1"},
            ],
        }
        assert [link.input.name for link in Canvas.from_document(document).links] == [
            *("seed", "prompt"),
        ]


class TestConstructors:
    @pytest.mark.parametrize("name", BUILT_IN)
    def test_a_signature_says_what_a_node_takes(self, name: str) -> None:
        """Typed, by Python names, each documented, with the defaults that hold."""
        kind = node_type(name)
        parameters = inspect.signature(kind).parameters
        documented = (kind.__doc__ or "").partition("Args:")[2]
        assert list(parameters)[-1] == "id"
        made: Any = kind()
        for parameter in parameters.values():
            assert parameter.annotation is not inspect.Parameter.empty
            assert f"{parameter.name}: " in documented
            if parameter.name != "height":  # as the width
                assert parameter.default == getattr(made, parameter.name)

    def test_a_signature_reads_like_source(self) -> None:
        """What Shift+Tab shows."""
        assert str(inspect.signature(Interception)) == (
            "(preset: InterceptionPreset | str = 'user_defined', *, instructions: str = '', "
            "model: str = '', max_feedback_rounds: int = 3, id: str = '')"
        )

    @pytest.mark.parametrize("kind", [Interception, Evaluation, RandomPrompt])
    def test_a_preset_is_checked_at_once(self, kind: Any) -> None:
        """With the nearest name; in a file by the name that it has there."""
        with pytest.raises(CanvasError, match=r"cannot be made: preset: There is no .*'bauhuas'"):
            kind("bauhuas")
        with pytest.raises(CanvasError, match=kind.json_name("preset")):
            kind.from_document({"id": "a", "type": kind.type, kind.json_name("preset"): "bauhuas"})

    def test_only_what_is_given_is_saved(self) -> None:
        """A file says no more than was typed."""
        assert (Interception("bauhaus", id="a")).to_document() == {
            "id": "a",
            "type": "interception",
            "interceptionPreset": "bauhaus",
        }

    @pytest.mark.parametrize("seven", [np.int64(7), np.uint8(7), np.int32(7), "7"])
    def test_whole_numbers_of_other_libraries_are_taken(self, seven: Any) -> None:
        """Anything that can be an index."""
        assert Seed(seven).value == Generation(seed=seven).seed == Quality(seven).steps == 7
        assert type(Seed(seven).value) is int
        half: Any = np.float32(2.5)
        assert Quality(cfg=half).cfg == 2.5

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), "nan", np.nan, True])
    def test_numbers_are_finite(self, number: Any) -> None:
        """Also those written as text."""
        with pytest.raises(CanvasError, match="cfg"):
            Quality(cfg=number)
        with pytest.raises(CanvasError):
            Display.from_document({"id": "a", "type": "display", "x": number})

    def test_a_width_alone_is_a_square(self) -> None:
        """As a node and as an argument; the editor is told that the size is its own."""
        assert Resolution(512).size == (512, 512)
        assert Resolution(512, 320).evolve(width=640).size == (640, 320)
        assert Resolution(256).preset == "custom"
        assert Resolution(preset="square_1024").evolve(height=64).size == (1024, 64)
