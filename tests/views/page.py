"""Reads the HTML of a view as a browser would: elements and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """An element with what stands in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)


class Page(HTMLParser):
    """The elements of a piece of HTML, in order."""

    def __init__(self, html: object) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs})
        self.elements.append(element)
        if tag != "img":
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def close(self) -> None:
        super().close()
        assert not self._open, f"not closed: {[element.name for element in self._open]}"

    def all(self, name: str = "", css: str = "") -> list[Element]:
        """Elements by name and class."""
        return [
            element
            for element in self.elements
            if (not name or element.name == name)
            and (not css or css in element.attributes.get("class", "").split())
        ]

    @property
    def text(self) -> str:
        """All words but those of the style."""
        return " ".join(e.text for e in self.all("div", "ck"))
