"""What the user reads in German: the table follows what the package says."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import canvas_kit
from canvas_kit.analysis.grid import NO_POINT
from canvas_kit.analysis.rows import NOT_MADE
from canvas_kit.german import Sentence, Words, say, sentences
from canvas_kit.preset_files.catalogue import PresetKind
from canvas_kit.values import NodeState, RunStatus

SOURCE = Path(canvas_kit.__file__).parent
LOOKED_UP = (
    *("model", "node type", "film type", "backend", "output config or backend"),
    "ComfyUI workflow",
)
"""What is looked up by a name that a canvas says; besides presets."""
ENGLISH = re.compile(r"\b(the|is|are|and|of|that|which|this|has|should|cannot|Connect|Give)\b")


def template(node: ast.AST) -> str | None:
    """A string of the source, with an X for each thing that varies."""
    match node:
        case ast.Constant(value=str(value)):
            return re.sub(r"\{\w+\}", "X", value)
        case ast.JoinedStr(values=values):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in values
            )
    return None


def nodes_of_source(*rooms: str) -> Iterator[ast.AST]:
    for room in rooms or ("",):
        for file in sorted((SOURCE / room).rglob("*.py")):
            if file.name != "german.py":
                yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


@cache
def everything_said() -> str:
    kinds = (*LOOKED_UP, *(kind.label for kind in PresetKind))
    found = [f"There is no {kind} X." for kind in kinds]
    found += [text for node in nodes_of_source() if (text := template(node)) and " " in text]
    return "\n".join(found)


def problems_and_warnings() -> Iterator[str]:
    """What the canvas and its nodes say is wrong, or forgotten."""
    for node in nodes_of_source("canvas", "nodes"):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Problem", "warnings.append"):
            text = template(node.args[0])
            if text and " " in text:
                yield text


@pytest.mark.parametrize("sentence", sentences(), ids=lambda sentence: sentence.english)
def test_each_sentence_of_the_table_is_one_that_the_package_says(sentence: Sentence) -> None:
    assert sentence.pattern.search(everything_said())


@pytest.mark.parametrize("message", sorted(set(problems_and_warnings())))
def test_all_that_a_canvas_can_be_told_has_a_german_form(message: str) -> None:
    """None of it stays English."""
    german = say(message, "de")
    assert german != message
    assert not ENGLISH.search(german)


def test_all_that_views_show_of_runs_and_batches_has_a_german_form() -> None:
    """Every sentence, and every state; and the table holds nothing that is not shown."""
    table = tomllib.loads((SOURCE / "german.toml").read_text(encoding="utf-8"))["views"]
    states = {state.value for state in (*NodeState, *RunStatus)}
    constants, shown = {"passed", NOT_MADE, NO_POINT}, set()
    for node in nodes_of_source("views", "workbench"):
        if isinstance(node, ast.Constant):
            constants.add(str(node.value))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("words", "self._words"):
            shown |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    assert (shown | states) - table.keys() == set()
    assert {english.removesuffix("s") for english in table} <= {
        english.removesuffix("s") for english in constants | states
    }
    for english, german in table.items():
        names = {name.replace("runs", "total") for name in re.findall(r"\w+(?=\})", english)}
        assert set(re.findall(r"\w+(?=\})", german)) in (names, names - {"total"} | {"runs"})
    assert Words("de").counted(2000, "run") == "2.000 Läufe"
    assert Words("en").counted(2000, "run") == "2,000 runs"


def test_english_stays_as_it_is() -> None:
    for sentence in sentences():
        assert say(sentence.english, "en") == sentence.english


def test_the_parts_of_a_message_are_said_where_they_stand() -> None:
    """Around the names, and around what a backend said itself."""
    message = (
        "generation_1, which it depends on, failed: Nothing answers at http://127.0.0.1:8188 for "
        "comfyui: Connection refused. Is the server running, and is the address right? (In a "
        "container, localhost is the container itself.)"
    )
    assert say(message, "de") == (
        "generation_1, wovon er abhängt, ist fehlgeschlagen: Unter http://127.0.0.1:8188 antwortet "
        "nichts für comfyui: Connection refused. Läuft der Server, und stimmt die Adresse? (In "
        "einem Container ist localhost der Container selbst.)"
    )


def test_kinds_are_said_in_german_too() -> None:
    message = "The connection a → b brings text, but the port 'image' of b (t) takes media or text."
    assert say(message, "de") == (
        "Die Verbindung a → b bringt Text, aber der Anschluss 'image' von b (t) nimmt Medien oder "
        "Text."
    )
