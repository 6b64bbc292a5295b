"""Letters for a printed sheet: whatever fonts are here, and honesty about what none of them has.

Pillow brings one font, with little more than English. Others are found by the names under which
systems have them; each sign is drawn in the first font that has it. A sign that no font has is
drawn as its base letter ("ä" as "a") or as an empty box, and :attr:`Typeface.missing` tells which.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from canvas_kit.errors import CanvasKitError

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_FILES = (
    "NotoSans-Regular.ttf", "OpenSans-Regular.ttf", "SourceSans3-Regular.otf",
    "LiberationSans-Regular.ttf", "segoeui.ttf", "Arial.ttf", "Helvetica.ttc", "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "PingFang.ttc", "msyh.ttc",
    "Arial Unicode.ttf", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "NotoSansSymbols2-Regular.ttf", "seguisym.ttf",
)  # fmt: skip
"""Where Linux, Windows and macOS have them; the ones to read first."""
_BOX = "□"
_NO_SIGN = "\U0010ffff"
_SHAPED = frozenset({"R", "AL"})


class Typeface:
    """Fonts that together have as many of the signs of some texts as can be had here.

    Attributes:
        missing: The signs that no font here has, each with what is drawn in its place.
    """

    def __init__(self, texts: Iterable[str], font: str | Path | None = None) -> None:
        """Find the fonts.

        Args:
            texts: Everything that will be drawn.
            font: A font file to be taken first.

        Raises:
            CanvasKitError: When that file is no font.
        """
        signs = {sign for text in texts for sign in text if not sign.isspace()}
        names: list[str] = [_own(font)] if font is not None else []
        there = [name for name in ("", *_FILES) if _font(name, 20) is not None]
        covered = {name: {sign for sign in signs if _has(name, sign)} for name in there}
        # The bundled font is the pleasant one, so it leads where it suffices.
        there.sort(key=lambda name: -len(covered[name]))
        left = signs - {sign for sign in signs for name in names if _has(name, sign)}
        for name in there:
            if not names or left & covered[name]:
                names.append(name)
                left -= covered[name]
        self._names = names
        self.missing = {sign: self._stand_in(sign) for sign in sorted(left)}

    def wrap(self, text: str, size: int, width: int) -> list[str]:
        """``text`` in lines no wider than ``width`` pixels; a word that is wider is parted."""
        lines: list[str] = []
        for paragraph in text.splitlines() or [""]:
            line = ""
            for word in paragraph.split(" "):
                joined = f"{line} {word}" if line else word
                if self.width(joined, size) <= width:
                    line = joined
                    continue
                if line:
                    lines.append(line)
                *whole, line = self._parted(word, size, width)
                lines += whole
            lines.append(line)
        return lines

    def width(self, text: str, size: int) -> float:
        """How wide ``text`` is, in pixels."""
        return sum(_sized(name, size).getlength(part) for name, part in self._parts(text))

    @cached_property
    def note(self) -> str:
        """What cannot be drawn, in a sentence; empty if everything can."""
        if not self.missing:
            return ""
        # The signs themselves cannot be drawn either, so they are told by their numbers.
        numbers = ", ".join(
            f"U+{ord(sign):04X} as {shown}" for sign, shown in list(self.missing.items())[:12]
        )
        more = f" and {len(self.missing) - 12} more" if len(self.missing) > 12 else ""
        return (
            f"No font here has some signs; drawn are {numbers}{more}. The sheet as HTML shows "
            "them, and font= takes a font file."
        )

    def draw(
        self, canvas: ImageDraw, at: tuple[float, float], text: str, size: int, colour: str
    ) -> None:
        """Draw a line of text, its top left corner at a place."""
        x, y = at
        for name, part in self._parts(text):
            font = _sized(name, size)
            # Fonts sit on one base line, however tall each is.
            canvas.text((x, y + size), part, font=font, fill=colour, anchor="ls")
            x += font.getlength(part)

    def _parted(self, word: str, size: int, width: int) -> list[str]:
        """A word in pieces that fit; at least one sign each."""
        pieces, piece = [], ""
        for sign in word:
            if piece and self.width(piece + sign, size) > width:
                pieces.append(piece)
                piece = ""
            piece += sign
        return [*pieces, piece]

    def _parts(self, text: str) -> Iterator[tuple[str, str]]:
        """Pieces of text with the font that has them."""
        current, piece = self._names[0], ""
        for sign in "".join(self.missing.get(sign, sign) for sign in text):
            here = current if sign.isspace() or _has(current, sign) else self._home(sign)
            if here != current and piece:
                yield current, piece
                piece = ""
            current, piece = here, piece + sign
        if piece:
            yield current, piece

    def _home(self, sign: str) -> str:
        return next((name for name in self._names if _has(name, sign)), self._names[0])

    def _stand_in(self, sign: str) -> str:
        base = unicodedata.normalize("NFKD", sign)[0]
        for shown in (base, _BOX, "?"):
            if shown != sign and any(_has(name, shown) for name in self._names):
                return shown
        return "?"


def _own(font: str | Path) -> str:
    name = str(font)
    if _font(name, 20) is None:
        raise CanvasKitError(f"{name} is no font that can be read; give a .ttf or .otf file.")
    return name


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> FreeTypeFont | None:
    """A font by its file's name, wherever the system keeps it; Pillow's own without a name."""
    from PIL import ImageFont

    try:
        if name:
            return ImageFont.truetype(name, size)
        font = ImageFont.load_default(size)
    except (OSError, ValueError):
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


def _sized(name: str, size: int) -> FreeTypeFont:
    font = _font(name, size)
    if font is None:
        raise CanvasKitError(f"The font {name or 'of Pillow'} cannot be read any more.")
    return font


@lru_cache(maxsize=65536)
def _has(name: str, sign: str) -> bool:
    """Whether a font has a sign, and draws it as it is read."""
    from PIL import features

    font = _font(name, 20)
    if font is None:
        return False
    shaped = unicodedata.bidirectional(sign) in _SHAPED or unicodedata.category(sign) == "Mc"
    if shaped and not features.check("raqm"):
        return False  # would be drawn in the wrong order, or unjoined
    mask, none = font.getmask(sign), font.getmask(_NO_SIGN)
    return (mask.size, bytes(mask)) != (none.size, bytes(none))
