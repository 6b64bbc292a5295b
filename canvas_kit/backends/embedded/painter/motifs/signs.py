"""Signs: written words, geometry, and the free form of a word that has no picture yet."""

from __future__ import annotations

from ..easel import Easel
from ..exact import Chance, cosine, sine
from ..palette import Lab, mix, shift
from ..shapes import Frame, Point, cut, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW", "write"]

# Letters on a grid 4 wide and 6 high: strokes of points, one digit each for x and y.
_LETTERS = {
    "A": "00 26 40|12 32",
    "B": "00 06 36 45 44 33 03|33 42 41 30 00",
    "C": "45 36 16 05 01 10 30 41",
    "D": "00 06 26 44 42 20 00",
    "E": "46 06 00 40|03 33",
    "F": "46 06 00|03 33",
    "G": "45 36 16 05 01 10 30 41 43 23",
    "H": "00 06|40 46|03 43",
    "I": "20 26|16 36|10 30",
    "J": "46 41 30 10 01",
    "K": "00 06|46 03 40",
    "L": "06 00 40",
    "M": "00 06 23 46 40",
    "N": "00 06 40 46",
    "O": "16 36 45 41 30 10 01 05 16",
    "P": "00 06 36 45 44 33 03",
    "Q": "16 36 45 41 30 10 01 05 16|22 40",
    "R": "00 06 36 45 44 33 03|23 40",
    "S": "45 36 16 05 04 13 33 42 41 30 10 01",
    "T": "06 46|26 20",
    "U": "06 01 10 30 41 46",
    "V": "06 20 46",
    "W": "06 10 23 30 46",
    "X": "00 46|06 40",
    "Y": "06 23 46|23 20",
    "Z": "06 46 00 40",
    "0": "16 36 45 41 30 10 01 05 16|01 45",
    "1": "05 26 20|10 30",
    "2": "05 16 36 45 44 00 40",
    "3": "06 46 24 33 42 41 30 10 01",
    "4": "30 36 02 42",
    "5": "46 06 04 34 43 41 30 10 01",
    "6": "45 36 16 05 01 10 30 41 42 33 03",
    "7": "06 46 10",
    "8": "13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33",
    "9": "43 13 04 05 16 36 45 41 30 10 01",
    "!": "26 22|20 20",
    "?": "05 16 36 45 44 22|20 20",
    ".": "20 20",
    ",": "21 10",
    "-": "13 33",
    "+": "13 33|21 25",
    "&": "40 05 16 25 01 10 20 42",
    "'": "26 25",
    "’": "26 25",
    ":": "24 24|21 21",
    "Ä": "00 25 40|12 32|16 16|36 36",
    "Ö": "15 35 44 41 30 10 01 04 15|16 16|36 36",
    "Ü": "05 01 10 30 41 45|16 16|36 36",
    "ß": "00 05 16 26 35 34 23 32 31 20 10",
    "/": "00 46",
}


def write(e: Easel, f: Frame, words: str, width: float, height: float, tint: Lab) -> None:
    """Paint words in capitals, as large as fits into width and height (local units).

    Args:
        e: Where.
        f: Its origin is the middle of the lower edge.
        words: What to write; letters that the alphabet lacks are left blank.
        width: Width to fill.
        height: Height to fill.
        tint: Colour of the letters.
    """
    text = "".join(x if x in _LETTERS or x == " " else x.upper() for x in words)[:60]
    parts = text.split()
    best: tuple[float, list[str]] = (0.0, [])
    for wanted in range(1, 6):
        limit = max(len(text) / wanted, max((len(p) for p in parts), default=1))
        lines: list[str] = []
        for part in parts:
            if lines and len(lines[-1]) + 1 + len(part) <= limit + 1:
                lines[-1] += " " + part
            else:
                lines.append(part)
        if not lines:
            return
        size = min(width / (max(len(line) for line in lines) * 5.4), height / (len(lines) * 8.0))
        if size > best[0]:
            best = (size, lines)
    size, lines = best
    y = (height + len(lines) * 8.0 * size) / 2 - 7.0 * size
    for line in lines:
        x = -len(line) * 5.4 * size / 2 + 0.7 * size
        for letter in line:
            for stroke in _LETTERS.get(letter, "").split("|"):
                points = [(x + int(p[0]) * size, y + int(p[1]) * size) for p in stroke.split()]
                if points:
                    segments = [f.limb(points[i], points[min(i + 1, len(points) - 1)], size * 0.52)
                                for i in range(max(1, len(points) - 1))]  # fmt: skip
                    e.lay(join(*segments), tint, round=0, line=0, detail=1.0, variety=0.5)
            x += 5.4 * size
        y -= 8.0 * size


def _sign(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.limb((0, 0), (0, 0.5), 0.025), colour("wood", -0.12))
    e.lay(f.box(0, 0.7, 1.1, 0.5, 0.04), k.main, round=0.25)
    edge = k.ink() if k.main[0] > 0.6 else colour("cream")
    e.lay(
        cut(f.box(0, 0.7, 1.04, 0.44, 0.03), f.box(0, 0.7, 0.99, 0.39, 0.025)),
        edge,
        round=0,
        line=0,
    )
    if k.words:
        write(e, f.frame(0, 0.5, 1.0), k.words, 0.95, 0.4, edge)
    else:
        for i in range(3):
            e.lay(
                f.limb((-0.36, 0.8 - i * 0.1), (0.36 - 0.16 * (i % 2), 0.8 - i * 0.1), 0.022),
                edge,
                line=0,
                round=0,
            )


def _flag(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.limb((-0.3, 0), (-0.3, 1.0), 0.018), colour("wood", -0.1))
    e.lay(f.disc(-0.3, 1.01, 0.03), (0.78, 0.01, 0.12))
    cloth = f.poly(
        (-0.29, 0.96),
        (0.0, 1.0),
        (0.2, 0.92),
        (0.52, 0.97),
        (0.5, 0.55),
        (0.2, 0.5),
        (0.0, 0.58),
        (-0.29, 0.54),
    )
    e.lay(cloth, k.main, round=0.5)
    e.lay(
        meet(cloth, f.ribbon(((-0.3, 0.75), (0.0, 0.79), (0.2, 0.71), (0.55, 0.76)), 0.065)),
        k.second,
        round=0.3,
        line=0.2,
    )


def _heart(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(
            f.disc(-0.21, 0.68, 0.26),
            f.disc(0.21, 0.68, 0.26),
            f.poly((-0.44, 0.56), (0.44, 0.56), (0, 0.03)),
            melt=0.04 * f.size,
        ),
        k.main,
        round=1.0,
    )
    e.lay(
        f.oval(-0.22, 0.78, 0.07, 0.1, -0.1),
        (0.97, 0, 0),
        raw=True,
        round=0,
        line=0,
        soft=0.06 * f.size,
        opacity=0.5,
    )


def _circle(e: Easel, f: Frame, k: Look) -> None:
    if k.chance.likely(0.35):
        for i in range(4):
            r = 0.48 - i * 0.12
            e.lay(f.disc(0, 0.5, r), (k.main, k.second, k.accent, k.pale())[i], round=0.15)
    else:
        e.lay(f.disc(0, 0.5, 0.48), k.main, round=0.35)


def _square(e: Easel, f: Frame, k: Look) -> None:
    turn = k.chance.between(-0.04, 0.04)
    e.lay(f.box(0, 0.5, 0.86, 0.86, 0.0, turn), k.main, round=0.25)
    if k.chance.likely(0.3):
        e.lay(f.box(0, 0.46, 0.5, 0.5, 0.0, turn), k.pale(0.1), round=0.1)


def _triangle(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly((-0.55, 0.04), (0.55, 0.04), (k.chance.between(-0.15, 0.15), 0.97)),
        k.main,
        round=0.3,
    )


def _cube(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((0, 0.5), (0.46, 0.74), (0, 0.98), (-0.46, 0.74)), k.pale(0.1), round=0.15)
    e.lay(f.poly((-0.46, 0.74), (0, 0.5), (0, 0.0), (-0.46, 0.24)), k.main, round=0.15)
    e.lay(f.poly((0.46, 0.74), (0, 0.5), (0, 0.0), (0.46, 0.24)), k.dark(0.16), round=0.15)


def _sphere(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.disc(0, 0.5, 0.48), k.main, round=1.0)
    e.lay(
        f.oval(-0.16 if e.light[0] * f.facing < 0 else 0.16, 0.7, 0.1, 0.08),
        (0.98, 0, 0),
        raw=True,
        round=0,
        line=0,
        soft=0.07 * f.size,
        opacity=0.75,
    )


def _cone(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.poly((-0.4, 0.12), (0.4, 0.12), (0, 1.0)), f.oval(0, 0.12, 0.4, 0.1)),
        k.main,
        round=1.0,
    )


def _spiral(e: Easel, f: Frame, k: Look) -> None:
    points: list[Point] = []
    for i in range(30):
        t = i / 29
        r = 0.03 + 0.44 * t
        points.append((cosine(t * 2.6) * r, 0.5 + sine(t * 2.6) * r))
    e.lay(f.ribbon(points, 0.02, 0.06), k.main, round=0.8, along=True)


def _cross(e: Easel, f: Frame, k: Look) -> None:
    e.lay(join(f.box(0, 0.5, 0.2, 1.0), f.box(0, 0.65, 0.66, 0.2)), k.main, round=0.5)


def _line(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    tilt = c.between(-0.3, 0.3)
    for i in range(6):
        y = 0.1 + i * 0.16
        e.lay(
            f.limb((-0.8, y + tilt * 0.5), (0.8, y - tilt * 0.5), c.between(0.012, 0.05)),
            (k.main, k.second, k.accent)[i % 3],
            round=0.4,
        )


def _waves(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for j in range(5):
        turn, high = c.unit(), c.between(0.05, 0.2)
        points = [
            (-0.9 + i * 0.15, 0.5 + sine(turn + i * (0.1 + j * 0.02)) * high * sine(i / 24))
            for i in range(13)
        ]
        e.lay(
            f.ribbon(points, 0.02, 0.012),
            shift((k.main, k.second, k.accent)[j % 3], 0.04 * j),
            round=0.5,
        )


def _atom(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    nodes = [
        (c.between(-0.55, 0.55), c.between(0.08, 0.92), c.between(0.05, 0.12)) for _ in range(8)
    ]
    for i, (x, y, _) in enumerate(nodes):
        near = sorted(nodes, key=lambda n: (n[0] - x) * (n[0] - x) + (n[1] - y) * (n[1] - y))
        for other in near[1:3]:
            e.lay(
                f.limb((x, y), (other[0], other[1]), 0.018),
                k.dark(0.1),
                round=0.6,
                line=0.3 + 0.0 * i,
            )
    for i, (x, y, r) in enumerate(nodes):
        e.lay(f.disc(x, y, r), (k.main, k.second, k.accent)[i % 3], round=1.0)


def _maze(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.box(0, 0.5, 1.0, 1.0), k.second, round=0.1)
    for row in range(8):
        for i in range(8):
            x, y = -0.44 + i * 0.125, 0.06 + row * 0.125
            end = (x + 0.125, y) if c.likely(0.5) else (x, y + 0.125)
            if abs(end[0]) < 0.5 and end[1] < 1.0:
                e.lay(f.limb((x, y), end, 0.02), k.main, round=0.3, line=0.2)


def _yinyang(e: Easel, f: Frame, k: Look) -> None:
    pale, dark = shift(k.second, 0.0), k.main
    e.lay(f.disc(0, 0.5, 0.48), pale, round=0.4)
    half = meet(f.disc(0, 0.5, 0.48), f.box(-0.3, 0.5, 0.6, 1.2))
    e.lay(cut(join(half, f.disc(0, 0.74, 0.24)), f.disc(0, 0.26, 0.24)), dark, round=0.4)
    e.lay(f.disc(0, 0.74, 0.08), pale, round=0.3)
    e.lay(f.disc(0, 0.26, 0.08), dark, round=0.3)


def _form(e: Easel, f: Frame, k: Look) -> None:
    """A sculpture of a word: the same word always gives the same build."""
    own = Chance("form", k.words)
    c = k.chance
    kind = own.whole(3)
    height = 0.0
    if kind == 0:  # stacked and melted volumes
        parts = []
        x = 0.0
        for _ in range(3 + own.whole(3)):
            rx, ry = own.between(0.12, 0.34), own.between(0.1, 0.2)
            parts.append(f.oval(x, height + ry, rx, ry, own.between(-0.08, 0.08)))
            height += ry * 1.5
            x += own.between(-0.1, 0.1)
        for _ in range(own.whole(4)):
            s = own.side()
            y = own.between(0.2, 0.7)
            parts.append(
                f.ribbon(
                    (
                        (0, y),
                        (s * 0.26, y + own.between(-0.1, 0.2)),
                        (s * 0.4, y + own.between(-0.2, 0.3)),
                    ),
                    0.06,
                    0.025,
                )
            )
        e.lay(join(*parts, melt=0.09 * f.size), k.main, round=1.0, along=True)
        if own.likely(0.6):
            e.lay(
                f.disc(x * 0.5, own.between(0.3, 0.6), own.between(0.05, 0.12)), k.accent, round=0.9
            )
    elif kind == 1:  # leaning planes
        for i in range(3 + own.whole(3)):
            w, h, t = own.between(0.15, 0.5), own.between(0.3, 0.9), own.between(-0.06, 0.06)
            e.lay(
                f.box(own.between(-0.25, 0.25), h * 0.5, w, h, 0.02, t),
                (k.main, k.second, k.accent)[i % 3],
                round=0.4,
            )
        e.lay(
            f.disc(own.between(-0.2, 0.2), own.between(0.5, 0.8), own.between(0.1, 0.2)),
            shift(k.accent, 0.1),
            round=0.9,
        )
    else:  # a growing, turning ribbon with buds
        points: list[Point] = []
        for i in range(7):
            t = i / 6
            points.append((sine(own.unit() * 0.3 + t * own.between(0.6, 1.2)) * 0.3 * t, t * 0.95))
        e.lay(f.ribbon(points, 0.12, 0.04), k.main, round=1.0, along=True)
        for i in range(2, 7):
            x, y = points[i]
            s = 1.0 if i % 2 else -1.0
            e.lay(
                f.ribbon(((x, y), (x + s * 0.15, y + 0.04), (x + s * 0.25, y + 0.12)), 0.04, 0.02),
                k.dark(0.06),
            )
            e.lay(
                f.disc(x + s * 0.26, y + 0.14, own.between(0.05, 0.11)),
                mix(k.accent, k.second, c.unit() * 0.3),
                round=1.0,
            )


DRAW: dict[str, Draw] = {
    "sign": _sign,
    "flag": _flag,
    "heart": _heart,
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "cube": _cube,
    "sphere": _sphere,
    "cone": _cone,
    "spiral": _spiral,
    "cross": _cross,
    "line": _line,
    "wavesign": _waves,
    "atom": _atom,
    "maze": _maze,
    "yinyang": _yinyang,
    "form": _form,
}
