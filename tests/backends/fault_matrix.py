"""The fault matrix: what becomes of a request when something goes wrong on the wire.

``python -m tests.backends.fault_matrix`` plays every fault against every backend and prints the
outcomes as a table. A backend takes part by a list in one of its test modules::

    FAULT_SCENARIOS = [
        *wire_faults(OllamaRig),
        Scenario(OllamaRig, "error inside a stream", break_stream, "BackendUnavailable"),
    ]

Each scenario says which outcome is right; ``tests/backends/test_fault_matrix.py`` holds every one
to it. Outcomes in words:

=============================  ===================================================================
``whole``                      every file (or the text) came, byte for byte
``whole, said so``             the same, and a warning tells what happened on the way
``partial, said so``           some files came; a warning tells what is missing
``caught by the decode check`` bytes came that are no picture: the record's check refuses them
``SomeError``                  the request failed by that error
``SomeError, maybe done``      the same; the error says that the server may have done the work
``BROKEN: …``                  anything else: a fault of ours
=============================  ===================================================================
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from canvas_kit.backends.base import MediaResult
from canvas_kit.errors import BackendError, MediaError
from canvas_kit.media import inspect as inspect_media
from canvas_kit.network import NetworkPolicy
from tests.backends import faults
from tests.backends.contract import PROMPT, Rig
from tests.backends.fake_server import Play

BOUND_SECONDS = 8.0
"""No fault may hold a request longer than this, with the short deadlines of the scenarios."""

DECODE_CHECK = "caught by the decode check"

Arrange = Callable[[Any], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, put before one backend.

    Attributes:
        rig_type: Makes the backend and its fake.
        fault: A name from :data:`tests.backends.faults.FAULTS`.
        arrange: Puts the fault into the rig, whose fake server is running already.
        expected: The right outcome, in the words above.
        settings: For the backend.
        network: For the backend.
        note: Which request it strikes: "submit", "file", …
    """

    rig_type: type[Rig]
    fault: str
    arrange: Arrange
    expected: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    note: str = ""

    def __post_init__(self) -> None:
        assert self.fault in faults.FAULTS, f"{self.fault!r} is not in faults.FAULTS"

    def __str__(self) -> str:
        return f"{self.rig_type.name}: {self.fault}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scenario.

    Attributes:
        words: In the words of the table above.
        seconds: How long the request took.
        message: The error's message or the warnings.
    """

    words: str
    seconds: float
    message: str = ""


async def play_out(scenario: Scenario) -> Outcome:
    """The outcome of one request under the scenario's fault."""
    async with scenario.rig_type() as rig:
        arranged = scenario.arrange(rig)
        if inspect.isawaitable(arranged):
            await arranged
        settings = {"timeout_seconds": 3.0, **scenario.settings}
        backend = rig.backend(network=scenario.network, **settings)
        begin = time.perf_counter()
        try:
            async with asyncio.timeout(BOUND_SECONDS):
                result = await rig.ask(backend)
        except BackendError as error:
            words = type(error).__name__ + (", maybe done" if error.maybe_done else "")
            message = str(error)
        except TimeoutError:
            words, message = f"BROKEN: not over after {BOUND_SECONDS:g} s", ""
        except Exception as error:  # the table is to show whatever there is
            words, message = f"BROKEN: {type(error).__name__}", str(error)
        else:
            words, message = _words(rig, result), " ".join(result.warnings)
        finally:
            seconds = time.perf_counter() - begin
            await backend.aclose()
        return Outcome(words, seconds, message)


def _words(rig: Rig, result: Any) -> str:
    said = ", said so" if result.warnings else ""
    if rig.is_whole(result):
        return f"whole{said}"
    if isinstance(result, MediaResult):
        if not all(_decodes(item.data) for item in result.items):
            return DECODE_CHECK
        made = rig.files(PROMPT)
        if said and all(item.data in made for item in result.items):
            return f"partial{said}"
    return "BROKEN: not what the server made, and nothing said"


def _decodes(data: bytes) -> bool:
    """Whether the record would take it."""
    try:
        inspect_media(data)
    except MediaError:
        return False
    return True


def wire_faults(
    rig_type: type[Rig],
    *,
    paid: bool,
    files_paid: bool = False,
    except_for: Iterable[str] = (),
    expected: Mapping[str, str] | None = None,
) -> list[Scenario]:
    """The faults that any HTTP server can have, at its submit request and at its files.

    Args:
        rig_type: The backend's rig, with its paths.
        paid: Whether the submit request must not be sent again after a fault in mid-way.
        files_paid: Whether an error says that the work may be done when only its file is missing.
        except_for: Scenarios to leave out, by ``fault`` or ``"fault (note)"``.
        expected: Outcomes that differ for this backend, by the same names.
    """
    lost = "BackendAnswerError, maybe done" if paid else "whole"
    found: list[Scenario] = []

    def add(
        fault: str, place: str, play: Play, outcome: str, times: int | None = 1, **more: Any
    ) -> None:
        path = rig_type.submit_path if place == "submit" else rig_type.file_path
        if not path:
            return
        names = {fault, f"{fault} ({place})"}
        if names & set(except_for):
            return
        for name in names:
            outcome = (expected or {}).get(name, outcome)
        arrange = _playing(path, play, times)
        found.append(Scenario(rig_type, fault, arrange, outcome, note=place, **more))

    done = ", maybe done" if files_paid else ""
    short: dict[str, Any] = {"settings": {"timeout_seconds": 0.5}}
    timeout = "BackendTimeout, maybe done" if paid else "BackendTimeout"
    add("slow headers", "submit", faults.slow_headers(0.3), "whole")
    add("silence", "submit", faults.silence(), timeout, None, **short)
    stalls: dict[str, Any] = {"settings": {"stall_timeout_seconds": 0.2}}
    both: dict[str, Any] = {"settings": {**short["settings"], **stalls["settings"]}}
    add("stalled body", "submit", faults.stall_body(), timeout if paid else "whole", **both)
    add("cut body", "submit", faults.cut_body(), lost)
    add("length announced too long", "submit", faults.wrong_length(50), lost)
    gone = "BackendUnreachable, maybe done" if paid else "whole"
    add("HTML error page", "submit", faults.html_page(502), gone)
    add("HTML page with status 200", "submit", faults.html_page(200), "BackendAnswerError", None)
    for form, headers in faults.RETRY_FORMS.items():
        add(f"429, {form}", "submit", faults.too_many_requests(headers), "whole, said so")
    endless = faults.too_many_requests({"retry-after": "60"})
    add("429 without end", "submit", endless, "BackendBusy", None)
    once = "BackendUnavailable" if paid else "whole"
    add("500 once, then fine", "submit", faults.stumble(500), once)
    add("500 always", "submit", faults.stumble(500), "BackendUnavailable", None)
    foreign = faults.redirect("http://models.example.org/elsewhere")
    add("redirect to a foreign host", "submit", foreign, "BackendAnswerError", None)

    add("slow headers", "file", faults.slow_headers(0.3), "whole")
    add("silence", "file", faults.silence(), f"BackendTimeout{done}", None, **short)
    add("stalled body", "file", faults.stall_body(), "whole", **stalls)
    add("cut body", "file", faults.cut_body(), "whole")
    add("length announced too long", "file", faults.wrong_length(50), "whole")
    add("length announced too short", "file", faults.wrong_length(-50), DECODE_CHECK, None)
    add("HTML error page", "file", faults.html_page(502), "whole")
    add("429, retry-after-ms", "file", faults.too_many_requests({"retry-after-ms": "5"}), "whole")
    add("500 once, then fine", "file", faults.stumble(500), "whole")
    add("500 always", "file", faults.stumble(500), f"BackendUnavailable{done}", None)
    add("redirect on its own host", "file", _redirect_once(), "whole", 2)
    add("redirect to a foreign host", "file", foreign, f"AccessDenied{done}", None)
    small: dict[str, Any] = {"network": NetworkPolicy(max_download_bytes=200_000)}
    add("oversized file", "file", faults.endless_body(), f"BackendAnswerError{done}", None, **small)
    add("empty file", "file", faults.empty_file(), f"BackendAnswerError{done}", None)
    add("non-image bytes", "file", faults.not_an_image(), DECODE_CHECK, None)
    missing = faults.reply(404, b"")
    add("file deleted on the server", "file", missing, f"BackendRejected{done}", None)
    return found


def _playing(path: str, play: Play, times: int | None) -> Arrange:
    def arrange(rig: Rig) -> None:
        assert rig.server is not None
        rig.server.play(path, play, times=times)

    return arrange


def _redirect_once() -> Play:
    """To the same path again, whose second answer is the right one."""
    asked = 0

    async def play(request: Any, answer: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked % 2:
            return await faults.redirect(str(request.rel_url))(request, answer)
        return await answer(request)

    return play


def all_scenarios() -> list[Scenario]:
    """Every scenario of every backend's test modules, in the order of their files."""
    here = Path(__file__).parent
    found: list[Scenario] = []
    for path in sorted(here.rglob("test_*.py")):
        if "FAULT_SCENARIOS" not in path.read_text(encoding="utf-8"):
            continue
        dotted = ".".join(path.relative_to(here).with_suffix("").parts)
        module = importlib.import_module(f"tests.backends.{dotted}")
        found += getattr(module, "FAULT_SCENARIOS", [])
    return found


def table(scenarios: Sequence[Scenario], outcomes: Sequence[Outcome]) -> str:
    """Backend, fault, where, outcome, seconds: one line each, aligned."""
    rows = [("backend", "fault", "at", "outcome", "seconds", "")]
    for scenario, outcome in zip(scenarios, outcomes, strict=True):
        wrong = "" if outcome.words == scenario.expected else f"EXPECTED {scenario.expected}"
        rows.append(
            (
                scenario.rig_type.name,
                scenario.fault,
                scenario.note,
                outcome.words,
                f"{outcome.seconds:.2f}",
                wrong,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    return "\n".join(lines)


async def _play_all(scenarios: Sequence[Scenario]) -> list[Outcome]:
    limit = asyncio.Semaphore(8)

    async def one(scenario: Scenario) -> Outcome:
        async with limit:
            return await play_out(scenario)

    return list(await asyncio.gather(*(one(scenario) for scenario in scenarios)))


def main() -> int:
    """Print the table; the exit status is 1 when an outcome is not the right one."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # a fake's client going away is meant
    scenarios = all_scenarios()
    outcomes = asyncio.run(_play_all(scenarios))
    sys.stdout.write(table(scenarios, outcomes) + "\n")
    wrong = sum(
        outcome.words != scenario.expected
        for scenario, outcome in zip(scenarios, outcomes, strict=True)
    )
    sys.stdout.write(f"{len(scenarios)} faults played, {wrong} with a wrong outcome.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
