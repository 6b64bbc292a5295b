"""Canvases of the original's page, replayed: every name it knows, every connection it can draw.

The names are facts of its file of types and of its server; a canvas that holds one of them runs, or
opens and is told what is not here.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.backends.scripted import plain_png
from canvas_kit.canvas.ports import Kind
from canvas_kit.nodes.parameters import DEFAULT_SEED
from canvas_kit.settings import Settings
from tests.server.conftest import RunningServer
from tests.server.editor_client import EditorClient, upload
from tests.server.page_canvas import (
    ENDS,
    OUTPUTS,
    PARAMETERS,
    TYPES,
    PageCanvas,
    entries,
    outputs,
)

pytestmark = pytest.mark.slow

NAMES: dict[tuple[str, str], str] = {
    ("interception", "interceptionPreset"): """
        user_defined analog_photography_1870s analog_photography_1970s analogue_copy bauhaus
        clichefilter_v2 confucianliterati cooked_negatives digital_photography forceful
        hunkydoryharmonizer jugendsprache mad_world one_world overdrive p5js_simplifier
        tonejs_composer piglatin planetarizer renaissance sensitive stillepost technicaldrawing
        tellastory theopposite""",
    ("random_prompt", "randomPromptPreset"): "clean_image photo artform instruction language",
    ("model_adaption", "modelAdaptionPreset"): "none sd35 flux video audio",
    ("evaluation", "evaluationType"): "fairness creativity bias quality custom",
    ("evaluation", "outputType"): "commentary score all",
    ("image_evaluation", "imageEvaluationPreset"): """
        bildwissenschaftlich bildungstheoretisch ethisch kritisch custom""",
    ("display", "displayMode"): "popup inline toast",
    ("seed", "seedMode"): "fixed random increment",
    ("resolution", "resolutionPreset"): """
        square_1024 portrait_768x1344 landscape_1344x768 custom""",
}
"""What stands in a menu of a node, by its type and field."""
FILMS = (
    *("random", "Kodachrome", "Ektachrome", "Portra 400", "Portra 800", "Ektar 100"),
    *("Fuji Pro 400H", "Fuji Superia", "CineStill 800T", "Ilford HP5", "Ilford Delta 400"),
    *("Ilford FP4", "Ilford Pan F", "Ilford XP2", "Tri-X 400"),
)
CONFIGS = """
    acenet_t2instrumental acestep_instrumental acestep_longnarrativeprompts acestep_simple
    attention_cartography_diffusers concept_algebra_diffusers denoising_archaeology_diffusers
    feature_probing_diffusers flux2 flux2_diffusers flux2_fp8 flux2_img2img gemini_3_pro_image
    gpt_image_1 heartmula_standard ltx_video p5js_code partial_elimination_legacy qwen
    qwen_2511_multi qwen_img2img sd35_large sd35_large_turbo split_and_combine_legacy
    stableaudio stableaudio_open stableaudio_tellastory surrealization_diffusers
    surrealization_legacy tonejs_code wan21_t2v_14b_diffusers wan21_t2v_1_3b_diffusers
    wan22_i2v_video wan22_video
"""
"""The output configs of its server."""
MODELS = (
    *("openrouter/anthropic/claude-opus-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
    *("openrouter/anthropic/claude-haiku-4.5", "anthropic/claude-opus-4.5"),
    *("anthropic/claude-sonnet-4.5", "anthropic/claude-haiku-4.5", "google/gemini-3-pro"),
    *("mistral/mistral-large-latest", "meta/llama-4-maverick"),
)
"""The models of its server that are not Ollama's."""
MODEL_FIELDS = {
    "random_prompt": "randomPromptModel",
    "interception": "llmModel",
    "translation": "llmModel",
    "evaluation": "llmModel",
    "comparison_evaluator": "comparisonLlmModel",
    "image_evaluation": "visionModel",
}
CHOICES = [
    *((kind, {field: name}) for (kind, field), names in NAMES.items() for name in names.split()),
    *(
        ("random_prompt", {"randomPromptPreset": "photo", "randomPromptFilmType": film})
        for film in FILMS
    ),
]


@pytest.fixture(scope="module")
def image(server: RunningServer) -> dict[str, Any]:
    """What the page is told of a picture that it uploaded."""
    document = upload(server.client, plain_png(40, 24, 0x3366CC)).json()
    return {**document, "preview_url": f"/api/media/uploads/{document['image_id']}"}


def with_node(kind: str, image: dict[str, Any], **changes: Any) -> PageCanvas:
    """A canvas in which a node of a type has what it needs, and its result is collected."""
    page = PageCanvas(image=image)
    words, end = page.add("input"), page.add("collector")
    node = words if kind in ("input", "collector") else page.add(kind, **changes)
    if kind == "collector":
        page.connect(words, end)
        return page
    if kind in PARAMETERS:
        draw = page.add("generation")
        page.connect(node, draw)
        page.connect(words, draw, "input-2")
        page.connect(draw, end)
        return page
    if entries(kind):
        picture = page.add("image_input") if kind == "image_evaluation" else words
        page.connect(picture, node)
    if kind == "display":
        page.connect(words, end)
    for output in outputs(kind)[:1]:
        page.connect(node, end, output=output)
    return page


def ran(client: EditorClient, page: PageCanvas) -> dict[str, Any]:
    """The answer to a canvas that ran to its end, in which no node failed."""
    answer: dict[str, Any] = client.post("/api/canvas/execute", page.body())
    assert answer["run_status"] == "completed", answer
    assert not [item for item in answer["results"].values() if item["error"]], answer
    return answer


def warned(answer: dict[str, Any]) -> list[str]:
    outputs = [item["output"] for item in answer["collectorOutput"]]
    return [text for text in outputs if isinstance(text, str) and text.startswith("⚠")]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_node_runs_as_it_is_dropped(
    client: EditorClient, image: dict[str, Any], kind: str
) -> None:
    page = with_node(kind, image)
    answer = ran(client, page)
    assert kind in {item["type"] for item in answer["results"].values()}


@pytest.mark.parametrize(("kind", "fields"), CHOICES, ids=str)
def test_every_name_that_the_page_writes_is_taken(
    client: EditorClient, image: dict[str, Any], kind: str, fields: dict[str, str]
) -> None:
    ran(client, with_node(kind, image, **fields))


@pytest.mark.parametrize(
    ("kind", "field", "name"),
    [
        *(("generation", "configId", name) for name in CONFIGS.split()),
        *((kind, field, name) for kind, field in MODEL_FIELDS.items() for name in MODELS),
    ],
)
def test_a_model_of_another_installation_opens_and_is_told_and_mapped(
    tmp_path: Path, kind: str, field: str, name: str
) -> None:
    """The canvas opens; the check names it and says what to write; what is written there helps."""
    (tmp_path / "a.png").write_bytes(plain_png(40, 24, 0x3366CC))
    page = with_node(kind, {"image_path": "a.png"}, **{field: name})
    known = dict.fromkeys(("lab", "lab/v", "lab/p"), "embedded/critic") | {"lab/p": "sketch"}
    here = BackendRegistry(Settings(exports=tmp_path, models=known))
    [problem] = [item for item in canvas_of(page, tmp_path).problems(here) if item.field == field]
    pattern = f"{name.split('/')[0]}/*" if "/" in name else name
    assert f'[models] "{pattern}" = ' in problem.message
    stands = "sketch" if kind == "generation" else "embedded/critic"
    mapped = BackendRegistry(Settings(exports=tmp_path, models=known | {pattern: stands}))
    assert not [item for item in canvas_of(page, tmp_path).problems(mapped) if item.field == field]


def canvas_of(page: PageCanvas, folder: Path | None = None) -> Canvas:
    document = {"nodes": page.nodes, "connections": page.connections}
    return Canvas.from_document(document, folder=folder)


DRAWN = [
    (source, output, target, entry)
    for source, target in itertools.product(TYPES, TYPES)
    for output, entry in itertools.product(outputs(source), entries(target))
    if source not in PARAMETERS or target == "generation"
]
"""Every connection that the page lets a user draw."""


@pytest.mark.parametrize(("source", "target"), sorted({(a, c) for a, _, c, _ in DRAWN}))
def test_every_connection_that_the_page_can_draw_is_understood(
    client: EditorClient, image: dict[str, Any], source: str, target: str
) -> None:
    """It brings what its end can take, or is left out with a warning; the rest runs."""
    for one, output, other, entry in DRAWN:
        if (one, other) != (source, target):
            continue
        page = with_node(source, image)
        start = next(node["id"] for node in page.nodes if node["type"] == source)
        end = next(node["id"] for node in page.nodes if node["type"] == "collector")
        words = next(node["id"] for node in page.nodes if node["type"] == "input")
        look = page.add("display")  # has something to do, whatever is drawn
        page.connect(words, look)
        node = end
        if target != "collector":
            node = page.add(target)
            if target not in ENDS:
                page.connect(node, end)
        if (start, node) in {(item["sourceId"], item["targetId"]) for item in page.connections}:
            continue  # the page draws no second one
        page.connect(start, node, entry, output)
        if source in PARAMETERS:
            page.connect(words, node, "input-2" if entry == "input-1" else "input-1")
        answer = client.post("/api/canvas/execute", page.body())
        failed = [
            item["error"]
            for item in answer["results"].values()
            if item["error"] and not item["error"].startswith("skipped")
        ]
        assert not failed, (page.connections[-1], failed)
        if answer["results"][node]["error"]:
            told = answer["results"][node]["error"] + " ".join(warned(answer))
            assert "takes" in told or "branch" in told or "Nothing is connected" in told


def the_simple_one(page: PageCanvas) -> None:
    page.chain(*(page.add(kind) for kind in ("input", "interception", "generation", "collector")))


def two_at_the_same_time(page: PageCanvas) -> None:
    words, write, end = (page.add(kind) for kind in ("input", "interception", "collector"))
    page.connect(words, write)
    for draw in (page.add("generation"), page.add("generation")):
        page.chain(write, draw, end)


def feedback(page: PageCanvas) -> None:
    kinds = ("input", "interception", "generation", "evaluation", "collector")
    words, write, draw, judge, end = (page.add(kind) for kind in kinds)
    page.chain(words, write, draw, judge)
    page.connect(judge, end, output="pass")
    page.connect(judge, write, "feedback-input", "fail")


def the_full_one(page: PageCanvas) -> None:
    kinds = ("input", "random_prompt", "interception", "model_adaption", "generation", "collector")
    nodes = [page.add(kind) for kind in kinds]
    page.chain(*nodes)
    page.connect(nodes[2], page.add("display"))


def with_parameters(page: PageCanvas) -> None:
    """Saved when a generation had one port for all: none of these connections has a label."""
    kinds = ("input", "interception", "generation", "collector")
    words, write, draw, end = (page.add(kind) for kind in kinds)
    seed = page.add("seed", seedMode="fixed", seedValue=999)
    size = page.add(
        "resolution", resolutionPreset="custom", resolutionWidth=1920, resolutionHeight=1080
    )
    effort = page.add("quality", qualitySteps=30, qualityCfg=7)
    page.connect(words, write)
    page.connect(draw, end)
    for source in (seed, size, effort, write):
        page.connections.append({"sourceId": source, "targetId": draw})


@pytest.mark.parametrize(
    ("draw", "pictures"),
    [
        (the_simple_one, 1),
        (two_at_the_same_time, 2),
        (feedback, 1),
        (the_full_one, 1),
        (with_parameters, 1),
    ],
)
def test_the_originals_five_examples_run(
    client: EditorClient, server: RunningServer, draw: Any, pictures: int
) -> None:
    page = PageCanvas()
    draw(page)
    answer = ran(client, page)
    shown = [item["output"] for item in answer["collectorOutput"]]
    urls = [item["url"] for item in shown if isinstance(item, dict) and "url" in item]
    assert len(urls) == pictures
    for url in urls:
        client.picture(url)
    if draw is with_parameters:
        [picture] = server.record(answer["run_id"]).images
        assert (picture.seed, picture.width, picture.height) == (999, 1920, 1080)


def test_what_fails_goes_back_also_by_a_port_with_a_number(client: EditorClient) -> None:
    """There the page writes the port's name over what the other end is called."""
    page = PageCanvas()
    kinds = ("input", "generation", "evaluation", "collector")
    words, draw, judge, end = (page.add(kind) for kind in kinds)
    page.chain(words, draw, judge, end)
    page.connect(judge, draw, "input-2", "fail")
    assert page.connections[-1]["label"] == "input-2"
    ran(client, page)
    assert canvas_of(page).links[-1].feedback


def test_feedback_of_others_than_a_judge_is_left_out_with_a_warning(client: EditorClient) -> None:
    page = PageCanvas()
    kinds = ("input", "interception", "interception", "collector")
    words, first, second, end = (page.add(kind) for kind in kinds)
    page.chain(words, first, second, end)
    page.connect(second, first, "feedback-input")
    [told] = warned(ran(client, page))
    assert "only what fails at an evaluation" in told


def test_of_several_pictures_the_first_is_described_with_a_warning(
    client: EditorClient, image: dict[str, Any]
) -> None:
    page = PageCanvas(image=image)
    kinds = ("input", "image_input", "image_input", "image_evaluation", "collector")
    _, first, second, look, end = (page.add(kind) for kind in kinds)
    page.chain(first, look, end)
    page.connect(second, look)
    assert any("first was described" in text for text in warned(ran(client, page)))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_preset_holds_although_the_page_writes_its_words_beside_it(
    client: EditorClient, language: str
) -> None:
    """Choosing one on the page fills in its words, in the page's language; they are not an own."""
    words = client.get("/api/interception/stillepost")["context"][language]
    rewritten = []
    for changes in ({}, {"contextPrompt": words}, {"contextPrompt": f"{words} And shout."}):
        page = PageCanvas(model="embedded/writer")
        kinds = ("input", "interception", "collector")
        ids = [page.add(kind) for kind in kinds]
        page.nodes[1] |= {"interceptionPreset": "stillepost"} | changes
        page.chain(*ids)
        body = page.body() | {"seed": 1}
        answer = client.post("/api/canvas/execute", body)
        rewritten.append((answer["results"][ids[1]]["output"], len(warned(answer))))
    assert rewritten[0] == rewritten[1]
    assert rewritten[0][1] == 0
    assert rewritten[2][1] == 1


def test_what_is_only_forgotten_warns(client: EditorClient) -> None:
    """Nodes that nothing is connected to, and a judge without criteria of its own."""
    page = PageCanvas()
    words, judge, end = (page.add(kind) for kind in ("input", "evaluation", "collector"))
    for kind in ("interception", "generation", "display", "comparison_evaluator"):
        page.add(kind)
    page.chain(words, judge, end)
    answer = client.post("/api/canvas/execute", page.body())
    assert answer["status"] == "success"
    told = warned(answer)
    assert len([text for text in told if "Nothing is connected" in text]) == 4
    assert len([text for text in told if "nothing of your own" in text]) == 1


@pytest.mark.parametrize(
    ("changes", "seeds"),
    [
        ({}, [DEFAULT_SEED] * 2),
        ({"seedMode": "increment"}, [0, 1]),
        ({"seedMode": "increment", "seedBase": 40}, [40, 41]),
    ],
)
def test_a_seed_of_a_batch_is_the_one_that_the_page_shows(
    client: EditorClient, server: RunningServer, changes: dict[str, Any], seeds: list[int]
) -> None:
    page = PageCanvas()
    words, draw, end = (page.add(kind) for kind in ("input", "generation", "collector"))
    page.connect(page.add("seed", **changes), draw, "input-2")
    page.chain(words, draw, end)
    with client.stream("/api/canvas/execute-batch", page.batch(2)) as stream:
        told = list(stream)
    assert told[-1].data["completed_runs"] == 2
    ids = [message.data["run_id"] for message in told if message.name == "run_complete"]
    assert sorted(server.record(run_id).images[0].seed or 0 for run_id in ids) == seeds


def test_the_default_of_the_pages_list_can_all_that_a_dropped_node_asks(
    client: EditorClient, image: dict[str, Any]
) -> None:
    """A page gives the same model to every node: one that writes, judges, compares, translates."""
    [default] = [
        model["id"]
        for model in client.get("/api/canvas/llm-models")["models"]
        if model["isDefault"]
    ]
    for kind in MODEL_FIELDS:
        page = with_node(kind, image)
        page.model = default
        ran(client, page)


def test_every_output_has_a_kind_that_some_port_takes() -> None:
    """The types of this file are all those that the page has."""
    assert len(TYPES) == 15
    assert set(OUTPUTS) < set(TYPES)
    assert {kind.value for kind in Kind} >= set(PARAMETERS)
