"""The drawings: one SVG file a thing, with its words in English and German.

A file holds shapes (``circle ellipse rect line polyline polygon path``) and says

* in ``<title xml:lang="en">`` and ``<title xml:lang="de">``: the words for it, parted by commas;
* in ``data-height``: how tall it is in metres or so, ``data-home``: where it belongs (``land
  water under air sky space table room plane``), ``data-seat``: how high one sits or stands on it,
  share of its height, ``data-main`` and ``data-second``: colours that it may have;
* in a shape's ``class``: the colour's role (``main``, ``second``, ``accent``; without one the
  shape keeps its own fill), its tone (``darker dark light lighter``), and how it is modelled
  (``flat``, ``round``, ``lit`` for what shines by itself, ``glow`` for soft light, ``window`` for
  panes that may be lit in the dark, ``night`` for what is seen in the dark only).

The middle of the viewBox's lower edge is the foot. Whatever else a vector editor writes into the
file is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from xml.etree import ElementTree as ET

from . import shapes
from .easel import Easel
from .exact import cosine, sine
from .palette import Lab, from_hex, shift
from .shapes import Point, Shape

HOMES = ("land", "water", "under", "air", "sky", "space", "table", "room", "plane")
_SVG, _LANG = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/XML/1998/namespace}lang"
_TONES = {"darker": -0.22, "dark": -0.11, "light": 0.11, "lighter": 0.22}
_ROLES = ("main", "second", "accent")
_SHAPES = frozenset(["circle", "ellipse", "rect", "line", "polyline", "polygon", "path"])
_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ROTATE = re.compile(r"rotate\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a drawing stands.

    Attributes:
        x: Its foot, picture units from the left.
        y: Its foot, picture units from the top.
        size: Its height in picture units.
        facing: 1.0 or -1.0; the latter mirrors it.
        turn: Rotation in turns, clockwise.
    """

    x: float
    y: float
    size: float
    facing: float = 1.0
    turn: float = 0.0

    def at(self, point: Point) -> Point:
        """A point of the drawing in picture units."""
        x, y = point[0] * self.facing * self.size, point[1] * self.size
        if self.turn:
            c, s = cosine(self.turn), sine(self.turn)
            x, y = x * c - y * s, x * s + y * c
        return self.x + x, self.y + y


@dataclass(frozen=True, slots=True)
class Mark:
    """One shape of a drawing; lengths in heights of the drawing, the foot at (0, 0), y down.

    Attributes:
        kind: ``ellipse``, ``box``, ``stroke`` or ``area``.
        loops: Its points: a centre, a line, or outlines with two control points before each curve's
            end, the latter marked in ``curved``.
        size: Half width, half height and corner radius, or half a stroke's width.
        turn: Rotation in turns, clockwise.
        fill: Its own colour, used without a role.
        opacity: 0..1.
    """

    kind: str
    loops: tuple[tuple[tuple[Point, ...], ...], ...]
    size: tuple[float, float, float]
    turn: float
    words: frozenset[str]
    fill: Lab
    opacity: float

    def shape(self, f: Pose, scale: float) -> Shape:
        """The form in a picture of ``scale`` pixels a unit."""
        a, b, c = (length * f.size for length in self.size)
        turn = f.turn + self.turn * f.facing
        if self.kind == "ellipse":
            return shapes.ellipse(*f.at(self.loops[0][0][0]), a, b, turn)
        if self.kind == "box":
            return shapes.box(*f.at(self.loops[0][0][0]), a, b, c, turn)
        if self.kind == "stroke":
            return shapes.ribbon([f.at(step[-1]) for step in self.loops[0]], a)
        return shapes.polygon(
            *([f.at(p) for p in _flattened(loop, f.size * scale)] for loop in self.loops)
        )


def _flattened(loop: tuple[tuple[Point, ...], ...], pixels: float) -> list[Point]:
    """An outline's curves as straight pieces, about seven pixels long."""
    out = [loop[0][-1]]
    for step in loop[1:]:
        if len(step) == 3:
            (ax, ay), (bx, by), (cx, cy), (dx, dy) = out[-1], *step
            long = abs(bx - ax) + abs(by - ay) + abs(cx - bx) + abs(cy - by) + abs(dx - cx)
            parts = max(2, min(9, int((long + abs(dy - cy)) * pixels / 7.0)))
            for k in range(1, parts):
                t = k / parts
                u = 1.0 - t
                p, q, r, s = u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t
                out.append((p * ax + q * bx + r * cx + s * dx, p * ay + q * by + r * cy + s * dy))
        out.append(step[-1])
    return out


class Drawing:
    """One thing that can be drawn.

    Attributes:
        name: The file's name.
        words: The words for it by language, in lower case.
        height: How tall it is in nature, in metres or so.
        wide: Its width over its height.
        home: Where it belongs, one of ``HOMES``.
        seat: How high one sits or stands on it, share of its height.
        main: Names of colours that it may have when none is asked for.
        second: The same for its second colour.
    """

    def __init__(self, name: str, text: bytes) -> None:
        self.name = name
        try:
            root = ET.fromstring(text)  # noqa: S314 - a file of this package
            self._box = [float(n) for n in root.attrib["viewBox"].replace(",", " ").split()]
            self.height = float(root.attrib["data-height"])
            self.home = root.attrib["data-home"]
            self.seat = float(root.get("data-seat", ".96"))
        except (ET.ParseError, KeyError, ValueError) as error:
            raise ValueError(
                f"The drawing {name}.svg cannot be read ({error!r}): it must be an SVG file with "
                "viewBox, data-height and data-home, as described in the README."
            ) from error
        if self.home not in HOMES or len(self._box) != 4:
            raise ValueError(f"The drawing {name}.svg: data-home must be one of {HOMES}.")
        self.words = {
            title.get(_LANG, ""): tuple(w.strip().lower() for w in (title.text or "").split(","))
            for title in root.iter(f"{_SVG}title")
        }
        self.wide = self._box[2] / self._box[3]
        self.main = tuple(root.get("data-main", "").split())
        self.second = tuple(root.get("data-second", "").split())
        self._root = root

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Its shapes, from the back to the front."""
        return tuple(self._marks(self._root, {}))

    def draw(self, e: Easel, f: Pose, colours: tuple[Lab, Lab, Lab]) -> None:
        """Lay it on an easel; ``colours`` are those of main, second and accent."""
        dark = e.palette.dim < 0.8
        for number, mark in enumerate(self.marks):
            words, tint = mark.words, mark.fill
            if "night" in words and not dark:
                continue
            for role, colour in zip(_ROLES, colours, strict=True):
                tint = colour if role in words else tint
            for tone, by in _TONES.items():
                tint = shift(tint, by, 0.9) if tone in words else tint
            flat, glow, lit = "flat" in words, "glow" in words, "lit" in words
            if dark and "window" in words and (number * 5 + int(f.x * 97)) % 7 < 3:
                tint, lit = (0.87, 0.02, 0.13), True
            soft = max(0.03, 0.8 * min(mark.size[:2])) * f.size if glow else 0.0
            e.lay(
                mark.shape(f, e.scale), tint, raw=glow or lit, soft=soft,
                round=0.0 if flat or glow else 0.95 if "round" in words else 0.5,
                opacity=mark.opacity, variety=0.0 if glow else 1.0,
            )  # fmt: skip

    def _marks(self, parent: ET.Element, above: dict[str, str]) -> Iterator[Mark]:
        for element in parent:
            kind = element.tag.removeprefix(_SVG)
            own = above | element.attrib
            own["class"] = f"{above.get('class', '')} {element.get('class', '')}"
            for entry in element.get("style", "").split(";"):
                key, _, value = entry.partition(":")
                own[key.strip()] = value.strip()
            if kind in ("g", "a"):
                yield from self._marks(element, own)
            elif kind in _SHAPES:
                yield self._mark(kind, own)

    def _mark(self, kind: str, own: dict[str, str]) -> Mark:
        left, top, width, height = self._box

        def at(x: float, y: float) -> Point:
            return (x - left - width * 0.5) / height, (y - top - height) / height

        def number(name: str) -> float:
            return float(own.get(name, "0").removesuffix("px"))

        turn, rotate = 0.0, _ROTATE.fullmatch(own.get("transform", "").strip())
        if rotate:
            turn = float(rotate[1].replace(",", " ").split()[0]) / 360.0
        elif own.get("transform"):
            raise ValueError(
                f"The drawing {self.name}.svg has the transform {own['transform']!r}: only a "
                "rotation of an ellipse or a rectangle about its centre is read; apply the others "
                "to the paths in your editor."
            )
        form, size = "area", (0.0, 0.0, 0.0)
        loops: list[list[tuple[Point, ...]]]
        match kind:
            case "circle" | "ellipse":
                form, loops = "ellipse", [[((number("cx"), number("cy")),)]]
                size = (number("r") or number("rx"), number("r") or number("ry"), 0.0)
            case "rect":
                half = (number("width") * 0.5, number("height") * 0.5)
                form, loops = "box", [[((number("x") + half[0], number("y") + half[1]),)]]
                size = (*half, number("rx"))
            case "line":
                form = "stroke"
                loops = [[((number(f"x{end}"), number(f"y{end}")),) for end in (1, 2)]]
            case "polyline" | "polygon":
                n = [float(t) for t in _TOKEN.findall(own.get("points", ""))]
                form = "stroke" if kind == "polyline" else "area"
                loops = [[(p,) for p in zip(n[::2], n[1::2], strict=True)]]
            case _:
                loops = _outlines(own.get("d", ""))
        if form == "stroke":
            size = (number("stroke-width") * 0.5, 0.0, 0.0)
        colour = own.get("stroke" if form == "stroke" else "fill", "")
        fill = from_hex(colour) if re.fullmatch("#[0-9a-fA-F]{6}", colour) else (0.3, 0.0, 0.0)
        return Mark(
            form, tuple(tuple(tuple(at(*p) for p in step) for step in loop) for loop in loops),
            (size[0] / height, size[1] / height, size[2] / height), turn,
            frozenset(own["class"].split()), fill, float(own.get("opacity", "1")),
        )  # fmt: skip


def _outlines(d: str) -> list[list[tuple[Point, ...]]]:
    """A path's outlines: M, L, H, V, C, S and Z, in capitals or not."""
    tokens = _TOKEN.findall(d)
    loops: list[list[tuple[Point, ...]]] = []
    command, i = "", 0
    x = y = 0.0
    while i < len(tokens):
        if tokens[i].isalpha():
            command, i = tokens[i], i + 1
            if command in "Zz":
                x, y = loops[-1][0][-1]
                continue
        letter, base = command.upper(), (x, y) if command.islower() else (0.0, 0.0)
        need = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4}.get(letter, 0)
        n = [float(t) for t in tokens[i : i + need]]
        if not n:
            raise ValueError(f"A path with the command {command!r} is not read: use M L H V C S Z.")
        i += need
        if letter in "HV":
            n = [n[0] + base[0], y] if letter == "H" else [x, n[0] + base[1]]
            base = (0.0, 0.0)
        points = [(base[0] + n[k], base[1] + n[k + 1]) for k in range(0, len(n), 2)]
        if letter == "S":
            last = loops[-1][-1]
            mirrored = (2 * x - last[1][0], 2 * y - last[1][1]) if len(last) == 3 else (x, y)
            points.insert(0, mirrored)
        if letter == "M":
            loops.append([])
            command = "l" if command == "m" else "L"
        loops[-1].append(tuple(points))
        x, y = points[-1]
    return loops


@lru_cache(maxsize=1)
def drawings() -> dict[str, Drawing]:
    """All drawings by name."""
    folder = files(__package__) / "drawings"
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".svg"))
    names = (name.removesuffix(".svg") for name in found)
    return {name: Drawing(name, (folder / f"{name}.svg").read_bytes()) for name in names}


@lru_cache(maxsize=2)
def nouns(language: str) -> dict[str, str]:
    """Every word of a language that has a drawing, with the drawing's name."""
    return {word: d.name for d in drawings().values() for word in d.words.get(language, ()) if word}
