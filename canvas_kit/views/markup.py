"""HTML for a notebook: escaped by construction, and in the colours of the front end's theme."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

Html = str
"""A string that is markup already. Whatever comes from outside becomes one through :func:`text`."""

_STYLE: Final = """
.ck{--ck-text:var(--jp-ui-font-color1,CanvasText);--ck-dim:var(--jp-ui-font-color2,GrayText);
--ck-line:var(--jp-border-color2,#8884);--ck-card:var(--jp-layout-color1,Canvas);
--ck-well:var(--jp-layout-color2,#8881);--ck-good:var(--jp-success-color1,#2e8b57);
--ck-bad:var(--jp-error-color1,#c9302c);--ck-odd:var(--jp-warn-color1,#d08700);
--ck-live:var(--jp-brand-color1,#1976d2);
color:var(--ck-text);font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);
max-width:1120px;padding:2px 0 6px}
.ck *{box-sizing:border-box}
.ck-head{display:flex;flex-wrap:wrap;gap:4px 14px;align-items:baseline;margin:2px 0 10px}
.ck-title{font-size:15px;font-weight:600}
.ck-dim{color:var(--ck-dim)}
.ck-state::before{content:"";display:inline-block;width:.62em;height:.62em;border-radius:50%;
margin-right:.5em;background:var(--ck-dim)}
.ck-state.good::before{background:var(--ck-good)}.ck-state.bad::before{background:var(--ck-bad)}
.ck-state.odd::before{background:var(--ck-odd)}.ck-state.live::before{background:var(--ck-live)}
.ck-state.none::before{background:none;border:1.5px solid var(--ck-dim)}
.ck-cards{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start}
.ck-card{border:1px solid var(--ck-line);border-radius:8px;background:var(--ck-card);
overflow:hidden;margin:0}
.ck-card.words{flex:1 1 210px;max-width:340px}
.ck-card.picture{flex:0 0 auto;width:min-content;min-width:230px}
.ck-cap{display:flex;gap:8px;align-items:baseline;padding:7px 11px 5px}
.ck-num{font:600 11px/1 var(--jp-code-font-family,monospace);color:var(--ck-dim)}
.ck-name{font-weight:600;overflow-wrap:anywhere}
.ck-round{margin-left:auto;font-size:11px;color:var(--ck-odd);white-space:nowrap}
.ck-words{padding:2px 11px 8px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:22em;
overflow:auto;font:14px/1.55 var(--jp-content-font-family,Georgia,serif)}
.ck-card img{display:block;max-width:min(400px,80vw);height:auto;margin:0}
.ck-card audio,.ck-card video{display:block;width:100%;min-width:260px}
.ck-facts{padding:5px 11px 8px;font-size:11.5px;color:var(--ck-dim);overflow-wrap:anywhere}
.ck-facts i{display:block;margin-top:1px}
.ck-facts.ck-plain{padding:0;max-width:60em}
.ck-score{padding:2px 11px 6px;display:flex;gap:10px;align-items:center}
.ck-score b{font-size:20px;font-weight:600;font-variant-numeric:tabular-nums}
.ck-bar{position:relative;flex:1;height:6px;border-radius:3px;background:var(--ck-well)}
.ck-bar u{position:absolute;left:0;top:0;bottom:0;border-radius:3px;background:var(--ck-odd)}
.ck-bar u.good{background:var(--ck-good)}
.ck-bar s{position:absolute;top:-3px;bottom:-3px;width:2px;background:var(--ck-text);opacity:.55}
.ck-notes{margin:10px 0 0}
.ck-notes>div{margin:2px 0;overflow-wrap:anywhere}
.ck-path{margin-top:10px;font-size:11.5px;color:var(--ck-dim)}
.ck-path code{font:11.5px var(--jp-code-font-family,monospace);background:var(--ck-well);
color:var(--ck-text);padding:2px 6px;border-radius:4px;user-select:all;overflow-wrap:anywhere}
.ck-sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px}
.ck-sheet figure{margin:0;min-width:0}
.ck-sheet img,.ck-none{display:block;width:100%;aspect-ratio:1;object-fit:contain;border-radius:6px;
background:var(--ck-well);margin:0}
.ck-none{display:flex;align-items:center;justify-content:center;color:var(--ck-dim);
border:1px dashed var(--ck-line);padding:10px;text-align:center;font-size:12px}
.ck-sheet figcaption{padding:4px 1px 0;font-size:11.5px;line-height:1.4;color:var(--ck-dim)}
.ck-sheet figcaption span{display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;
overflow:hidden;color:var(--ck-text);overflow-wrap:anywhere}
.ck-strip{display:flex;gap:6px;margin-top:6px;min-height:76px;overflow:hidden}
.ck-strip img{height:76px;width:auto;border-radius:5px;display:block;margin:0}
.ck-nodes>div{padding:2px 0}
.ck-nodes q{display:block;quotes:none;margin:1px 0 3px 1.15em;color:var(--ck-dim);font-size:12px;
overflow-wrap:anywhere}
"""


def text(value: object) -> Html:
    """``value`` as text that can stand anywhere in markup, also inside a quoted attribute."""
    return html.escape(str(value), quote=True)


def panel(*parts: Html) -> Html:
    """``parts`` in the frame that carries the style; each output needs its own."""
    return f'<style>{_STYLE}</style><div class="ck">{"".join(parts)}</div>'


def tag(name: str, content: Html = "", css: str = "", **attributes: object) -> Html:
    """An element around ``content``; attribute values are escaped, empty ones left out."""
    given = {"class": css, **attributes}
    written = "".join(f' {key}="{text(value)}"' for key, value in given.items() if value != "")
    return f"<{name}{written}>{content}</{name}>"


def image(source: str, description: object) -> Html:
    """A picture from a data URL."""
    return f'<img src="{text(source)}" alt="{text(description)}">'


def each(items: Iterable[Html]) -> Html:
    """``items`` one after the other."""
    return "".join(items)


def shortened(words: str, limit: int) -> str:
    """``words`` cut at ``limit`` characters, with an ellipsis where something was cut."""
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def count(number: int, noun: str) -> str:
    """``"1 run"``, ``"2 runs"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number_of_bytes: int) -> str:
    """A size in bytes for people: ``"412 kB"``."""
    if number_of_bytes < 1000:
        return f"{number_of_bytes} B"
    if number_of_bytes < 1_000_000:
        return f"{number_of_bytes / 1000:.0f} kB"
    return f"{number_of_bytes / 1_000_000:.1f} MB"


def duration(seconds: float) -> str:
    """A time span for people: ``"0.8 s"``, ``"3 min 20 s"``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
