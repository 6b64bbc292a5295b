"""Things to read, to wear, to hold and to play with."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import shift
from ..shapes import Frame, cut, join, meet
from .dress import umbrella
from .food import shine
from .look import Draw, Look, colour
from .signs import write

__all__ = ["DRAW"]


def _book(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    if c.likely(0.5):  # open
        for s in (-1.0, 1.0):
            e.lay(f.poly((0, 0.08), (s * 0.75, 0.0), (s * 0.72, 0.62), (0, 0.7)), k.main, round=0.2)
            e.lay(
                f.poly(
                    (0, 0.14),
                    (s * 0.35, 0.16),
                    (s * 0.69, 0.07),
                    (s * 0.66, 0.64),
                    (s * 0.35, 0.72),
                    (0, 0.7),
                ),
                colour("cream"),
                round=0.5,
            )
            for i in range(5):
                e.lay(
                    f.limb((s * 0.08, 0.58 - i * 0.085), (s * 0.56, 0.57 - i * 0.085), 0.009),
                    (0.5, 0, 0.01),
                    line=0,
                    round=0,
                )
        return
    y = 0.0
    for i in range(3 + c.whole(2)):
        h, w = c.between(0.16, 0.24), c.between(0.95, 1.2)
        tint = (
            k.main
            if i == 0 or k.asked
            else shift(c.pick((k.main, k.second, k.accent)), c.between(-0.1, 0.1))
        )
        dx = c.between(-0.08, 0.08)
        e.lay(f.box(dx, y + h / 2, w, h, 0.02), tint, round=0.4)
        e.lay(
            f.box(dx + w * 0.46, y + h / 2, w * 0.1, h * 0.74), colour("cream"), round=0.2, line=0.3
        )
        e.lay(f.box(dx - w * 0.25, y + h / 2, 0.03, h), shift(tint, 0.2), round=0.2, line=0)
        y += h


def _newspaper(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.poly((-0.4, 0.02), (0.38, 0.0), (0.42, 0.98), (-0.36, 1.0)), k.main, round=0.3)
    e.lay(f.box(0.02, 0.88, 0.62, 0.1), (0.25, 0, 0), round=0, line=0)
    e.lay(f.box(-0.16, 0.6, 0.3, 0.26), k.accent, round=0.2, line=0.3)
    for i in range(9):
        y = 0.74 - i * 0.075
        x0 = 0.04 if y > 0.45 else -0.3
        e.lay(f.limb((x0, y), (0.3 - c.between(0, 0.1), y), 0.012), (0.45, 0, 0), line=0, round=0)


def _open_umbrella(e: Easel, f: Frame, k: Look) -> None:
    umbrella(e, f, k.main)
    e.lay(f.ribbon(((0, 0.03), (0.05, -0.03), (0.1, 0.03)), 0.016), (0.3, 0.02, 0.03), line=0.3)


def _hat(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.16, 0.85, 0.16), k.main, round=0.7)
    e.lay(
        f.poly(
            (-0.42, 0.16),
            (-0.4, 0.75),
            (-0.2, 0.98),
            (0.0, 0.9),
            (0.2, 0.98),
            (0.4, 0.75),
            (0.42, 0.16),
            soft=True,
        ),
        k.main,
        round=0.9,
    )
    e.lay(f.poly((-0.43, 0.2), (0.43, 0.2), (0.42, 0.36), (-0.42, 0.36)), k.second, round=0.5)


def _crown(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.5, 0.0),
            (0.5, 0.0),
            (0.6, 0.78),
            (0.3, 0.42),
            (0.0, 0.98),
            (-0.3, 0.42),
            (-0.6, 0.78),
        ),
        k.main,
        round=0.6,
    )
    e.lay(f.box(0, 0.08, 1.02, 0.16, 0.03), k.dark(0.06), round=0.8)
    for x, y in ((-0.6, 0.82), (0.0, 1.0), (0.6, 0.82)):
        e.lay(f.disc(x, y, 0.065), k.second, round=1.0)
    for x in (-0.3, 0.0, 0.3):
        e.lay(f.disc(x, 0.09, 0.05), k.accent, round=1.0, detail=1.0)


def _shoe(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.8, 0.1),
            (-0.78, 0.95),
            (-0.35, 0.95),
            (-0.2, 0.6),
            (0.45, 0.46),
            (0.82, 0.25),
            (0.82, 0.1),
        ),
        k.main,
        round=0.8,
    )
    e.lay(f.box(0.0, 0.06, 1.7, 0.14, 0.05), k.second, round=0.5)
    for i in range(3):
        e.lay(
            f.limb((-0.16 + i * 0.14, 0.52 - i * 0.05), (-0.02 + i * 0.14, 0.66 - i * 0.06), 0.025),
            k.second,
            line=0.2,
        )


def _shirt(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.3, 0.02),
            (0.3, 0.02),
            (0.31, 0.62),
            (0.5, 0.44),
            (0.63, 0.6),
            (0.34, 0.96),
            (0.12, 1.0),
            (0, 0.9),
            (-0.12, 1.0),
            (-0.34, 0.96),
            (-0.63, 0.6),
            (-0.5, 0.44),
            (-0.31, 0.62),
        ),
        k.main,
        round=0.5,
    )
    for x, y in ((-0.1, 0.3), (0.12, 0.4)):
        e.lay(
            f.ribbon(((x, y), (x + 0.04, y + 0.15), (x, y + 0.3)), 0.012),
            k.dark(0.08),
            line=0,
            round=0,
        )
    if k.words:
        write(e, f.frame(0, 0.42, 1), k.words, 0.5, 0.3, k.ink())
    else:
        e.lay(f.disc(0, 0.58, 0.1), k.accent, round=0.2)


def _glasses(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.55, 0.55):
        e.lay(f.oval(x, 0.5, 0.48, 0.46), k.main, round=0.4)
        e.lay(f.oval(x, 0.5, 0.4, 0.38), (0.6, -0.03, -0.05), round=0.3)
    e.lay(f.ribbon(((-0.1, 0.6), (0, 0.7), (0.1, 0.6)), 0.05), k.main)


def _bag(e: Easel, f: Frame, k: Look) -> None:
    e.lay(cut(f.oval(0, 0.68, 0.25, 0.3), f.oval(0, 0.68, 0.18, 0.23)), k.dark(), round=0.6)
    e.lay(
        f.poly((-0.38, 0.68), (0.38, 0.68), (0.48, 0.06), (-0.48, 0.06), soft=False),
        k.main,
        round=0.8,
    )
    e.lay(f.box(0, 0.56, 0.78, 0.2, 0.05), k.dark(0.06), round=0.6)
    e.lay(f.box(0, 0.46, 0.12, 0.12, 0.02), k.second, detail=1.0)


def _key(e: Easel, f: Frame, k: Look) -> None:
    e.lay(cut(f.disc(0, 0.8, 0.2), f.disc(0, 0.8, 0.11)), k.main, round=0.8)
    e.lay(f.limb((0, 0.02), (0, 0.64), 0.045), k.main, round=0.9)
    for y in (0.06, 0.2):
        e.lay(f.box(0.1, y, 0.18, 0.07, 0.01), k.main, round=0.4)


def _sword(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly((-0.05, 0.3), (0.05, 0.3), (0.045, 0.9), (0, 1.02), (-0.045, 0.9)), k.main, round=0.7
    )
    e.lay(f.limb((0, 0.32), (0, 0.92), 0.008), k.dark(), line=0)
    e.lay(f.limb((-0.16, 0.29), (0.16, 0.29), 0.03), (0.7, 0.01, 0.1))
    e.lay(f.limb((0, 0.07), (0, 0.28), 0.035), k.second)
    e.lay(f.disc(0, 0.04, 0.05), (0.7, 0.01, 0.1))


def _ball(e: Easel, f: Frame, k: Look) -> None:
    ball = f.disc(0, 0.48, 0.47)
    e.lay(ball, k.main, round=1.0)
    for dx in (-0.42, 0.42):
        e.lay(
            meet(ball, cut(f.disc(dx * 1.6, 0.48, 0.5), f.disc(dx * 1.6, 0.48, 0.45))),
            k.second,
            round=0.4,
            line=0,
        )
    e.lay(meet(ball, f.oval(0, 0.5, 0.6, 0.022)), k.second, round=0.4, line=0)
    shine(e, f, 0.18, 0.7, 0.07, 0.08)


def _balloon(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    if c.likely(0.5):  # hot air
        e.lay(
            f.poly((-0.06, 0.1), (0.06, 0.1), (0.2, 0.32), (-0.2, 0.32)),
            k.dark(0.2),
            round=0.1,
            line=0.1,
            opacity=0.4,
        )
        ball = f.poly(
            (-0.12, 0.24),
            (0.12, 0.24),
            (0.36, 0.55),
            (0.32, 0.86),
            (0, 1.0),
            (-0.32, 0.86),
            (-0.36, 0.55),
            soft=True,
        )
        e.lay(ball, k.main, round=1.0)
        for x in (-0.2, 0.2):
            e.lay(
                meet(
                    ball,
                    cut(f.oval(0, 0.62, abs(x) * 1.3, 0.44), f.oval(0, 0.62, abs(x) * 0.55, 0.44)),
                ),
                k.second,
                round=0.7,
                line=0.2,
            )
            break
        for x in (-0.08, 0.08):
            e.lay(f.limb((x * 1.4, 0.25), (x * 0.8, 0.1), 0.006), (0.3, 0.02, 0.03), line=0)
        e.lay(f.box(0, 0.06, 0.15, 0.12, 0.02), colour("wood"), round=0.6)
        return
    e.lay(f.ribbon(((0, 0.36), (0.05, 0.2), (-0.03, 0.0)), 0.008), (0.4, 0, 0), line=0)
    e.lay(
        join(f.oval(0, 0.68, 0.27, 0.32), f.poly((-0.04, 0.34), (0.04, 0.34), (0, 0.4))),
        k.main,
        round=1.0,
    )
    shine(e, f, 0.11, 0.8, 0.035, 0.07)


def _kite(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.ribbon(((0, 0.3), (0.15, 0.15), (-0.05, 0.0), (0.12, -0.15)), 0.01), (0.3, 0, 0), line=0
    )
    e.lay(f.poly((0, 0.25), (0.36, 0.72), (0, 1.0), (-0.36, 0.72)), k.main, round=0.2)
    e.lay(f.poly((0, 0.25), (0.36, 0.72), (0, 0.72)), k.second, round=0.2)
    e.lay(f.poly((0, 1.0), (-0.36, 0.72), (0, 0.72)), k.accent, round=0.2)
    for x, y in ((0.1, 0.16), (0.0, 0.02), (0.1, -0.12)):
        e.lay(
            f.poly(
                (x - 0.06, y + 0.03),
                (x + 0.06, y - 0.03),
                (x + 0.06, y + 0.03),
                (x - 0.06, y - 0.03),
            ),
            k.accent,
            line=0.2,
        )


def _chess(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(0, 0.06, 0.44, 0.12, 0.04), k.main, round=0.7)
    e.lay(
        f.poly(
            (-0.17, 0.12),
            (0.17, 0.12),
            (0.08, 0.42),
            (0.1, 0.62),
            (-0.1, 0.62),
            (-0.08, 0.42),
            soft=True,
        ),
        k.main,
        round=1.0,
    )
    e.lay(f.oval(0, 0.64, 0.17, 0.045), k.main, round=0.7)
    e.lay(f.disc(0, 0.8, 0.15), k.main, round=1.0)
    shine(e, f, 0.06, 0.86, 0.025, 0.035)


def _skull(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.62, 0.37, 0.36), f.box(0, 0.2, 0.36, 0.36, 0.08), melt=0.1 * f.size),
        k.main,
        round=0.9,
    )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.15, 0.52, 0.1, 0.105), (0.18, 0.01, 0.01), round=0.4, detail=1.0)
    e.lay(f.poly((-0.045, 0.33), (0.045, 0.33), (0, 0.45)), (0.2, 0.01, 0.01), round=0.2)
    for i in range(5):
        e.lay(
            f.limb((-0.12 + i * 0.06, 0.08), (-0.12 + i * 0.06, 0.2), 0.009),
            (0.3, 0.01, 0.02),
            line=0,
            round=0,
        )


def _hand(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    fingers = [
        f.ribbon(((x * 0.55, 0.42), (x * 0.9, 0.68), (x * 1.1, y)), 0.062, 0.045)
        for x, y in ((-0.24, 0.86), (-0.085, 0.98), (0.09, 0.97), (0.25, 0.84))
    ]
    thumb = f.ribbon(((0.18, 0.3), (0.36, 0.42), (0.44, 0.58)), 0.075, 0.05)
    e.lay(f.box(0, -0.02, 0.34, 0.22, 0.02), k.second, round=0.6)
    e.lay(
        join(
            f.oval(0.0, 0.32, 0.2, 0.22),
            thumb,
            *fingers,
            f.limb((0, 0.08), (0, 0.25), 0.14),
            melt=0.03 * f.size,
        ),
        own,
        round=0.9,
    )
    for a, b in (((-0.13, 0.3), (0.1, 0.36)), ((-0.1, 0.22), (0.08, 0.2))):
        e.lay(
            f.ribbon((a, ((a[0] + b[0]) / 2, a[1] - 0.02), b), 0.008), k.dark(0.14), line=0, round=0
        )


def _eye(e: Easel, f: Frame, k: Look) -> None:
    white = f.poly(
        (-0.85, 0.45),
        (-0.4, 0.82),
        (0.1, 0.9),
        (0.6, 0.7),
        (0.85, 0.42),
        (0.4, 0.14),
        (-0.2, 0.1),
        soft=True,
    )
    e.lay(white, (0.94, 0, 0.01), round=0.4, detail=1.0)
    e.lay(meet(white, f.disc(0.02, 0.5, 0.4)), k.main, round=0.5, detail=1.0)
    for i in range(20):
        x, y = cosine(i / 20), sine(i / 20)
        e.lay(
            meet(
                white,
                f.limb((0.02 + x * 0.2, 0.5 + y * 0.2), (0.02 + x * 0.37, 0.5 + y * 0.37), 0.012),
            ),
            k.pale(0.16),
            line=0,
            round=0,
        )
    e.lay(f.disc(0.02, 0.5, 0.18), (0.12, 0, 0), round=0.3, detail=1.0)
    e.lay(f.disc(-0.09, 0.62, 0.07), (0.98, 0, 0), raw=True, line=0)
    for i in range(9):
        x = -0.7 + i * 0.17
        y = 0.86 - abs(x) * abs(x) * 0.45
        e.lay(
            f.ribbon(((x, y), (x * 1.12, y + 0.1), (x * 1.3, y + 0.16)), 0.02, 0.006),
            k.ink(),
            line=0,
        )


def _mask(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.6, 0.36, 0.38), f.oval(0, 0.3, 0.25, 0.28), melt=0.12 * f.size),
        k.main,
        round=0.7,
    )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.15, 0.62, 0.1, 0.055, s * -0.03), (0.15, 0, 0), round=0.2, detail=1.0)
        e.lay(
            f.ribbon(((s * 0.05, 0.76), (s * 0.16, 0.82), (s * 0.27, 0.75)), 0.02),
            k.accent,
            line=0.2,
        )
        e.lay(f.disc(s * 0.2, 0.42, 0.07), k.second, round=0.2, line=0)
    e.lay(f.poly((-0.05, 0.42), (0.05, 0.42), (0.0, 0.62)), k.dark(0.06), round=0.4, line=0.2)
    e.lay(f.poly((-0.15, 0.28), (0, 0.24), (0.15, 0.28), (0, 0.16), soft=True), k.accent, round=0.4)


def _feather(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (0.0, 0.2),
            (0.2, 0.45),
            (0.18, 0.8),
            (0.06, 1.02),
            (-0.12, 0.78),
            (-0.16, 0.44),
            soft=True,
        ),
        k.main,
        round=0.5,
        along=True,
    )
    for i in range(7):
        y = 0.3 + i * 0.095
        for s in (-1.0, 1.0):
            e.lay(
                f.ribbon(((0, y), (s * 0.08, y + 0.05), (s * 0.15, y + 0.07)), 0.005),
                k.dark(0.1),
                line=0,
                round=0,
            )
    e.lay(f.ribbon(((-0.05, 0.0), (0, 0.3), (0.05, 0.98)), 0.014, 0.006), k.dark(0.2), line=0.2)


def _anchor(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(cut(f.disc(0, 0.92, 0.1), f.disc(0, 0.92, 0.055)), own, round=0.8)
    e.lay(
        f.ribbon(((-0.4, 0.32), (-0.28, 0.1), (0, 0.03), (0.28, 0.1), (0.4, 0.32)), 0.05),
        own,
        round=0.9,
    )
    e.lay(f.limb((0, 0.05), (0, 0.84), 0.05), own, round=0.9)
    e.lay(f.limb((-0.24, 0.68), (0.24, 0.68), 0.045), own, round=0.9)
    for s in (-1.0, 1.0):
        e.lay(f.poly((s * 0.5, 0.3), (s * 0.28, 0.34), (s * 0.42, 0.48)), own, round=0.5)


DRAW: dict[str, Draw] = {
    "book": _book,
    "newspaper": _newspaper,
    "umbrella": _open_umbrella,
    "hat": _hat,
    "crown": _crown,
    "shoe": _shoe,
    "shirt": _shirt,
    "glasses": _glasses,
    "bag": _bag,
    "key": _key,
    "sword": _sword,
    "ball": _ball,
    "balloon": _balloon,
    "kite": _kite,
    "chess": _chess,
    "skull": _skull,
    "hand": _hand,
    "eye": _eye,
    "mask": _mask,
    "feather": _feather,
    "anchor": _anchor,
}
