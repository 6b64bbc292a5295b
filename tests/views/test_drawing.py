"""Canvases as pictures: every node seen, nothing upon another, the same in SVG and PNG."""

from __future__ import annotations

import base64
import io
import itertools
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from PIL import Image

from canvas_kit import (
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Interception,
    Resolution,
    Seed,
)
from canvas_kit.views.canvases import MAX_DRAWN_NODES, canvas_html
from canvas_kit.views.drawing.scene import scene_of
from canvas_kit.views.drawing.shapes import Box, Scene
from canvas_kit.views.drawing.writers import MOST_PNG_BYTES, svg_of
from tests.strategies import canvases
from tests.views.page import Page

HOSTILE = 'x"]\n  click n0 href "javascript:alert(1)"\x1b[2J%%{init: {}}%%<script>\u202e`|'


def scene(canvas: Canvas) -> Scene:
    return scene_of(canvas.nodes, canvas.connections)


def judged() -> Canvas:
    draft, judge, album = (
        Interception("tellastory", id="draft"),
        Evaluation(id="judge"),
        Collector(),
    )
    return Canvas(
        Input("x") >> draft >> judge,
        judge.passed >> Generation(id="picture") >> album,
        judge.commentary >> album,
        judge.failed >> draft,
    )


def inside(box: Box, place: tuple[float, float]) -> bool:
    x, y = place
    return box.x + 2 < x < box.x + box.width - 2 and box.y + 2 < y < box.y + box.height - 2


def assert_nothing_lies_upon_another(drawn: Scene) -> None:
    for box in drawn.boxes:
        assert 0 <= box.x <= drawn.width - box.width
        assert 0 <= box.y <= drawn.height - box.height
        for badge in box.badges:
            assert inside(box, (badge.x, badge.y))
            assert inside(box, (badge.x + badge.width, badge.y + badge.height))
    for one, two in itertools.combinations(drawn.boxes, 2):
        beside = one.x + one.width <= two.x or two.x + two.width <= one.x
        assert beside or one.y + one.height <= two.y or two.y + two.height <= one.y
    for line in drawn.lines:
        for x, y in line.places():
            assert 0 <= x <= drawn.width
            assert 0 <= y <= drawn.height
        assert not [box.title for box in drawn.boxes for at in line.places() if inside(box, at)]


@given(canvases())
def test_every_canvas_can_be_drawn(canvas: Canvas) -> None:
    """Boxes and lines inside the picture, no line behind a box, parameters as badges."""
    canvas = Canvas(canvas, Seed(7, id="s") >> Generation(id="extra"))
    drawn = scene(canvas)
    assert len(drawn.boxes) == len(canvas.nodes) - 1
    assert len(drawn.lines) == len(canvas.links) - 1
    assert [badge.words for box in drawn.boxes for badge in box.badges] == ["seed 7"]
    assert_nothing_lies_upon_another(drawn)
    ET.fromstring(svg_of(drawn))


def test_hostile_words_stay_words() -> None:
    """No line, markup, control sequence or change of direction gets through."""
    document: dict[str, Any] = {
        "id": "c",
        "name": HOSTILE,
        "type": "canvas_workflow",
        "nodes": [
            {"id": '<b>"]', "type": "input", "promptText": HOSTILE},
            {"id": "judge", "type": "evaluation", "llmModel": HOSTILE},
            {"id": "c", "type": "collector"},
        ],
        "connections": [
            {"sourceId": '<b>"]', "targetId": "judge", "label": HOSTILE},
            {"sourceId": "judge", "targetId": "c", "label": "passthrough"},
        ],
    }
    canvas = Canvas.from_document(document)
    bundle = canvas._repr_mimebundle_()
    alt = Page(bundle["text/html"]).all("img")[0].attributes["alt"]
    for shown in (bundle["image/svg+xml"], bundle["text/plain"], repr(canvas), alt):
        assert not any(sign in shown for sign in "\x1b\u202e\r")
    assert len(bundle["text/plain"].splitlines()) == 4
    root = ET.fromstring(bundle["image/svg+xml"])
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags == {"svg", "style", "path", "rect", "g", "title", "text"}
    assert not [element for element in root.iter() if "id" in element.attrib]


def test_a_drawing_says_what_it_shows() -> None:
    """To a screen reader: the canvas's name and its nodes, in a notebook as elsewhere."""
    canvas = Canvas(Input("x", id="prompt") >> Generation(id="<picture>"), name="Market")
    for html in (canvas._repr_mimebundle_()["text/html"], canvas_html(canvas)):
        (drawn,) = Page(html).all("img")
        assert drawn.attributes["alt"] == "Canvas Market: prompt, <picture>"


def test_feedback_and_outcomes_are_seen() -> None:
    """Feedback has its own line; outcomes stand at their ports, by the names that code uses."""
    drawn = scene(judged())
    back = [line for line in drawn.lines if line.feedback]
    assert [line.label for line in back] == ["failed"]
    assert [box.ports for box in drawn.boxes if box.ports] == [("passed", "commentary")]
    assert svg_of(drawn).count("stroke-dasharray") == 1
    assert_nothing_lies_upon_another(drawn)


def test_a_shared_parameter_is_a_badge_on_every_node_that_it_leads_to() -> None:
    """And on no other."""
    one, two, three = Generation(id="one"), Generation(id="two", steps=30), Generation(id="three")
    words = Input("x", id="words")
    canvas = Canvas(words >> [one, two, three], Seed(21) >> [one, two], Resolution(320, 512) >> two)
    badges = {box.title: [badge.words for badge in box.badges] for box in scene(canvas).boxes}
    assert badges == {
        "words": [],
        "one": ["seed 21"],
        "two": ["seed 21", "320 × 512", "30 steps"],
        "three": [],
    }


def test_a_preset_is_called_by_its_name() -> None:
    """As in the form and in the editor, not by its id."""
    canvas = judged()
    boxes = {box.title: box for box in scene(canvas).boxes}
    assert boxes["draft"].lines == ("Tell a story",)
    german = scene_of(canvas.nodes, canvas.connections, "de")
    assert [box.lines for box in german.boxes if box.title == "draft"] == [
        ("Erzähl eine Geschichte",)
    ]


def test_nodes_stand_where_the_canvas_puts_them() -> None:
    """Side by side and above each other as there; drawn apart where boxes would overlap."""

    def placed(step: int) -> Scene:
        document = {
            "nodes": [
                {"id": "a", "type": "input", "promptText": "x", "x": 10, "y": 10},
                {"id": "b", "type": "generation", "x": 10, "y": 10 + step},
                {"id": "c", "type": "collector", "x": 400, "y": 10},
            ],
            "connections": [
                {"sourceId": "a", "targetId": "b"},
                {"sourceId": "b", "targetId": "c"},
            ],
        }
        return scene(Canvas.from_document(document))

    one, two, three = placed(200).boxes
    assert (two.x - one.x, two.y - one.y, three.x - one.x, three.y - one.y) == (0, 200, 390, 0)
    near, far, _ = placed(50).boxes
    assert near.x == far.x
    assert far.y - near.y > 50
    _, beside, _ = placed(0).boxes  # one upon the other: laid out anew
    assert beside.x > 0


def test_a_line_goes_round_a_box_that_it_has_nothing_to_do_with() -> None:
    """A connection past several steps does not run behind them."""
    words, album = Input("x", id="words"), Collector(id="album")
    canvas = Canvas(words >> Interception("bauhaus") >> Generation() >> album, words >> album)
    drawn = scene(canvas)
    (past,) = [line for line in drawn.lines if len(line.curves) == 3]
    assert past.start == drawn.lines[0].start
    assert_nothing_lies_upon_another(drawn)


def test_the_png_shows_the_same_scene() -> None:
    """Twice as large, on white, and small; with the colour of feedback in it."""
    canvas = judged()
    drawn = scene(canvas)
    data = base64.b64decode(canvas._repr_mimebundle_()["image/png"])
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.size == (2 * drawn.width, 2 * drawn.height)
    assert image.getpixel((0, 0)) == (255, 255, 255)
    colours = {image.getpixel((x, y)) for x in range(image.width) for y in range(image.height)}
    assert (214, 51, 108) in colours
    assert len(data) < 30_000


def test_a_large_canvas_becomes_a_small_picture() -> None:
    """The PNG has a bound in bytes, whatever the size of the canvas; the SVG takes few a node."""
    many = Input("x") >> [Interception("bauhaus") >> Generation() for _ in range(80)]
    bundle = Canvas(many >> Collector())._repr_mimebundle_()
    assert len(base64.b64decode(bundle["image/png"])) <= MOST_PNG_BYTES
    assert len(bundle["image/svg+xml"]) < 60_000


def test_a_canvas_too_large_to_be_told_apart_is_not_drawn() -> None:
    """Its lines of text are."""
    huge = Canvas([Input() for _ in range(MAX_DRAWN_NODES + 1)])
    assert list(huge._repr_mimebundle_()) == ["text/plain"]
    assert canvas_html(huge).startswith("<pre>Canvas")
    assert canvas_html(Canvas(Input("x"))).startswith('<img src="data:image/svg+xml;base64,')
