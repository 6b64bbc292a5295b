"""What SwarmUI does, one surprise at a time."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from canvas_kit.backends.base import MediaResult
from canvas_kit.backends.swarmui import SwarmUIBackend
from canvas_kit.errors import (
    AccessDenied,
    BackendBusy,
    BackendRejected,
    BackendUnavailable,
    ContentRefused,
    JobLost,
)
from canvas_kit.values import to_json
from tests.backends import faults
from tests.backends.contract import JOB_ID, PROMPT, ListeningReporter, until
from tests.backends.fake_server import Play
from tests.backends.fault_matrix import Scenario, wire_faults
from tests.backends.swarmui.fake import MODEL, FakeSwarmUI
from tests.backends.swarmui.rig import CALL, SOCKET, SwarmUIOverHttpRig, SwarmUIRig

pytestmark = pytest.mark.anyio


def _expire_sessions(rig: SwarmUIRig) -> None:
    """Every session that the backend may hold is unknown from the first request on."""
    rig.server.play("/API/GetNewSession", _stale_session())


def _stale_session() -> Play:
    body = {"session_id": "0" * 40, "user_id": "local", "output_append_user": True}
    return faults.reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _die(rig: SwarmUIRig) -> None:
    rig.server.die_after = 2


def _fall_silent(rig: SwarmUIRig) -> None:
    rig.server.silent_after = 2


FAULT_SCENARIOS = [
    *wire_faults(
        SwarmUIOverHttpRig,
        paid=True,
        expected={
            # What broke off is finished on the server, and found in its history.
            "cut body (submit)": "whole, said so",
            "length announced too long (submit)": "whole, said so",
            # The gateway's page came instead of the work; nothing was ever made.
            "HTML error page (submit)": "JobLost, maybe done",
        },
    ),
    Scenario(SwarmUIRig, "expired session", _expire_sessions, "whole", note="socket"),
    Scenario(SwarmUIOverHttpRig, "expired session", _expire_sessions, "whole", note="call"),
    Scenario(SwarmUIRig, "socket dies", _die, "whole, said so"),
    Scenario(
        SwarmUIRig,
        "socket stays silent",
        _fall_silent,
        "whole, said so",
        settings={"silence_seconds": 0.2},
    ),
    Scenario(
        SwarmUIRig,
        "server restart in mid-run",
        SwarmUIRig.restart_in_mid_run,
        "JobLost, maybe done",
    ),
]


class TestPictures:
    @pytest.mark.parametrize("prompt", ["ein Überfluß an Äpfeln", "#1 at 100%", "why? 50%25 off"])
    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    @pytest.mark.parametrize("prefix", ["", "/swarm"])
    async def test_a_path_with_any_character_is_fetched(
        self, prompt: str, rig_type: type[SwarmUIRig], prefix: str
    ) -> None:
        """Paths come raw; behind a reverse proxy they lie below its prefix."""
        rig = rig_type()
        rig.server.prefix = prefix
        async with rig:
            result = await rig.made(prompt=prompt)
            assert rig.is_whole(result, prompt)

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    async def test_data_urls_are_decoded(self, rig_type: type[SwarmUIRig]) -> None:
        """Where the account saves nothing, pictures come in the answer."""
        async with rig_type() as rig:
            rig.server.data_urls = True
            result = await rig.made(count=2)
            assert rig.is_whole(result)
            assert [item.announced_type for item in result.items] == ["image/png"] * 2
            assert not rig.server.paths("GET") or rig.server.paths("GET") == [SOCKET]

    async def test_frames_with_nested_fields_are_read(self) -> None:
        """As the documentation has them, though the source sends them flat."""
        async with SwarmUIRig() as rig:
            rig.server.nested = True
            assert rig.is_whole(await rig.made(count=2))

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    @pytest.mark.parametrize("with_metadata", [True, False])
    async def test_a_grid_is_no_picture(
        self, rig_type: type[SwarmUIRig], with_metadata: bool
    ) -> None:
        """Told apart by its index, by its metadata, or as the one too many."""
        async with rig_type() as rig:
            rig.server.mini_grid = True
            rig.server.with_metadata = with_metadata
            result = await rig.made(count=3)
            assert rig.is_whole(result)

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    async def test_intermediate_outputs_are_no_pictures(self, rig_type: type[SwarmUIRig]) -> None:
        async with rig_type() as rig:
            rig.server.intermediates = 2
            result = await rig.made(count=2)
            assert rig.is_whole(result)

    async def test_pictures_come_home_while_others_are_drawn(self) -> None:
        """The first file is asked for before the last is made."""
        async with SwarmUIRig() as rig:
            await rig.made(count=8)
            paths = [path for path in rig.server.paths("GET") if path != SOCKET]
            assert len(paths) == 8
            assert rig.server.most_at_once >= 2

    async def test_discarded_pictures_are_left_out_and_said(self) -> None:
        """A filter on the server took one back and deleted its file."""
        async with SwarmUIRig() as rig:
            rig.server.discard = {1}
            result = await rig.made(count=3)
            assert rig.is_whole(result)
            assert "2 of 3 pictures were made" in result.warnings[0]
            assert "filter" in result.warnings[0]

    async def test_all_discarded_is_a_refusal(self) -> None:
        async with SwarmUIRig() as rig:
            rig.server.discard = {0}
            with pytest.raises(ContentRefused, match="filter"):
                await rig.made()

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    async def test_one_failed_picture_does_not_cost_the_others(
        self, rig_type: type[SwarmUIRig]
    ) -> None:
        """Over HTTP the answer is nothing but an error: the others are in the history."""
        async with rig_type() as rig:
            rig.server.fail_at = 2
            result = await rig.made(count=4)
            assert rig.is_whole(result)
            assert len(result.items) == 2
            assert "2 of 4 pictures were made" in result.warnings[0]
            assert "something broke" in result.warnings[0]

    async def test_one_file_that_cannot_be_fetched_does_not_cost_the_others(self) -> None:
        async with SwarmUIRig() as rig:
            rig.server.play(rig.file_path, faults.reply(404, b""), times=None)
            result = await rig.made(count=2)
            assert [item.data for item in result.items] == list(rig.files(PROMPT))[1:]
            assert "could not be fetched" in result.warnings[0]
            assert "1 of 2" in result.warnings[1]

    async def test_what_had_come_before_the_deadline_is_kept(self) -> None:
        """A batch that is too slow gives the pictures that it has."""
        async with SwarmUIRig() as rig:
            rig.server.play("/API/InterruptAll", faults.stumble(500), times=None)
            rig.server.silent_after = 5
            backend = rig.backend(timeout_seconds=2, silence_seconds=60)
            result = await rig.ask(backend, count=3)
            await backend.aclose()
            assert isinstance(result, MediaResult)
            assert [item.data for item in result.items] == list(rig.files(PROMPT))[:2]
            assert "2 of 3 pictures were made" in result.warnings[0]
            assert "after 2 s" in result.warnings[0]


class TestSeeds:
    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    @pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
    async def test_each_file_has_its_own_seed(
        self, rig_type: type[SwarmUIRig], image_format: str
    ) -> None:
        """From the frame; over HTTP from the text inside the file."""
        async with rig_type() as rig:
            rig.server.image_format = image_format
            result = await rig.made(seed=70, count=3)
            assert [item.seed for item in result.items] == [70, 71, 72]
            assert rig.is_whole(result)

    async def test_a_seed_is_drawn_here_when_none_is_asked_for(self) -> None:
        """Over HTTP nobody would tell which one the server drew."""
        async with SwarmUIOverHttpRig() as rig:
            rig.server.with_metadata = False
            result = await rig.made(seed=None)
            assert result.items[0].seed == rig.server.asked[0]["seed"] >= 0

    async def test_without_metadata_the_index_tells_the_seed(self) -> None:
        async with SwarmUIRig() as rig:
            rig.server.with_metadata = False
            result = await rig.made(seed=70, count=2)
            assert [item.seed for item in result.items] == [70, 71]
            same = await rig.made(seed=70, count=2, options={"noseedincrement": True})
            assert [item.seed for item in same.items] == [70, 70]

    async def test_where_nothing_tells_the_seed_it_is_unknown(self) -> None:
        """Several pictures over HTTP, in the order in which they happened to be ready."""
        async with SwarmUIOverHttpRig() as rig:
            rig.server.with_metadata = False
            result = await rig.made(count=2)
            assert [item.seed for item in result.items] == [None, None]


class TestParameters:
    async def test_everything_asked_for_is_sent_by_its_name(self) -> None:
        async with SwarmUIRig() as rig:
            start = b"\x89PNG start"
            await rig.made(second_text="blurry", width=640, height=384, steps=9, cfg=4.5,
                start_image=start, options={"initimagecreativity": 0.4},
            )  # fmt: skip
            sent = {**rig.server.asked[0]}
            assert sent.pop("session_id")
            assert sent == {
                "images": 1,
                "prompt": PROMPT,
                "negativeprompt": "blurry",
                "model": MODEL,
                "seed": 7,
                "width": 640,
                "height": 384,
                "steps": 9,
                "cfgscale": 4.5,
                "initimage": base64.b64encode(start).decode(),
                "initimagecreativity": 0.4,
                "extra_metadata": {"canvas_kit_job": JOB_ID},
            }

    async def test_a_misspelt_parameter_is_said(self) -> None:
        """The server would pass it over with a line in its own log."""
        async with SwarmUIRig() as rig:
            result = await rig.made(options={"cfg_scales": 3})
            assert "cfg_scales" in result.warnings[0]
            assert "cfgscale" in result.warnings[0]

    async def test_a_parameter_without_effect_is_said(self) -> None:
        async with SwarmUIRig() as rig:
            result = await rig.made(options={"initimagecreativity": 0.4})
            assert result.warnings == (
                "swarmui did not use these parameters: initimagecreativity.",
            )

    async def test_the_record_has_the_request_without_session_and_bulk(self) -> None:
        async with SwarmUIRig() as rig:
            result = await rig.made(start_image=bytes(range(256)) * 64)
            text = json.dumps(to_json(result.provenance))
            assert "session_id" not in text
            assert "sha256" in result.provenance.request["initimage"]
            assert not set(rig.server.sessions) & set(text.split('"'))
            assert result.provenance.backend_version == "0.9.9.0"


class TestSessions:
    async def test_no_two_requests_share_a_session_at_a_time(self) -> None:
        """So that stopping one is exact; a session that rests is used again."""
        async with SwarmUIRig() as rig:
            backend = rig.backend(capacity=2)
            rig.hold()
            tasks = [asyncio.create_task(rig.ask(backend, f"{n}")) for n in range(2)]
            await until(lambda: rig.working == 2)
            assert len({body["session_id"] for body in rig.server.asked}) == 2
            rig.release()
            await asyncio.gather(*tasks)
            await rig.ask(backend, "again")
            await backend.aclose()
            assert len(rig.server.sessions) == 2

    async def test_cancelling_one_request_leaves_the_other_alone(self) -> None:
        async with SwarmUIRig() as rig:
            backend = rig.backend(capacity=2)
            rig.hold()
            doomed, kept = [asyncio.create_task(rig.ask(backend, f"{n}")) for n in range(2)]
            await until(lambda: rig.working == 2)
            doomed.cancel()
            await until(lambda: rig.working == 1)
            rig.release()
            assert rig.is_whole(await kept, "1")
            with pytest.raises(asyncio.CancelledError):
                await doomed
            await backend.aclose()

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    async def test_a_session_that_expired_meanwhile_is_replaced_once(
        self, rig_type: type[SwarmUIRig]
    ) -> None:
        """Known by its error_id, whatever the status."""
        async with rig_type() as rig:
            backend = rig.backend()
            await rig.ask(backend)
            rig.server.sessions.clear()
            result = await rig.ask(backend, "and then")
            assert rig.is_whole(result, "and then")
            assert await backend.problems(MODEL) == []
            await backend.aclose()


class TestAccess:
    async def test_an_account_is_needed_for_the_session_and_the_files(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with SwarmUIRig() as rig:
            rig.server.token = "616263.0123.456789"
            with pytest.raises(AccessDenied, match="Swarm Auth Tokens"):
                await rig.made()
            monkeypatch.setenv("SWARM_TOKEN", rig.server.token)
            backend = rig.backend(key_env="SWARM_TOKEN")
            result = await rig.ask(backend)
            await backend.aclose()
            assert rig.is_whole(result)

    async def test_a_fixed_header_is_sent_with_everything(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with SwarmUIRig() as rig:
            rig.server.authorization = "Bearer of-this-server"
            with pytest.raises(AccessDenied, match="headers_env"):
                await rig.made()
            monkeypatch.setenv("SWARM_HEADER", rig.server.authorization)
            backend = rig.backend(headers_env={"Authorization": "SWARM_HEADER"})
            result = await rig.ask(backend)
            await backend.aclose()
            assert rig.is_whole(result)

    @pytest.mark.parametrize(
        ("said", "error_id", "kind", "words"),
        [
            ("You lack permissions for this route.", "bad_permissions", AccessDenied, "role"),
            ("You do not have permission to use parameter Steps.", "", AccessDenied, "role"),
            ("Unknown API route", "bad_route", BackendRejected, "old SwarmUI"),
            ("Invalid integer value for param Steps - 'x'", "", BackendRejected, "parameter"),
            ("Timeout! All backends are occupied with other tasks.", "", BackendBusy, "busy"),
            ("No backends available!", "", BackendUnavailable, "Server, Backends"),
            ("ComfyUI execution error: CUDA out of memory", "", BackendUnavailable, "smaller"),
            ("Generation session interrupted.", "", BackendUnavailable, "stopped"),
        ],
    )
    async def test_refusals_are_told_in_a_persons_words(
        self, said: str, error_id: str, kind: type[Exception], words: str
    ) -> None:
        async with SwarmUIOverHttpRig() as rig:
            body = json.dumps({"error": said, "error_id": error_id}).encode()
            rig.server.play(CALL, faults.reply(200, body), times=None)
            with pytest.raises(kind, match=words):
                await rig.made()


class TestLostConnections:
    async def test_pictures_announced_before_the_socket_died_are_not_fetched_twice(self) -> None:
        async with SwarmUIRig() as rig:
            rig.server.die_after = 4
            result = await rig.made(count=3)
            assert rig.is_whole(result)
            assert [item.seed for item in result.items] == [7, 8, 9]
            files = [path for path in rig.server.paths("GET") if path != SOCKET]
            assert len(files) == 3
            assert "history" in result.warnings[0]

    @pytest.mark.parametrize("rig_type", [SwarmUIRig, SwarmUIOverHttpRig])
    @pytest.mark.parametrize("keeps_sessions", [True, False])
    async def test_what_was_made_before_a_restart_is_found_afterwards(
        self, rig_type: type[SwarmUIRig], keeps_sessions: bool
    ) -> None:
        """Two of three were saved when the server was killed; the run says what is missing."""
        async with rig_type() as rig:
            rig.server.pause_before = 2
            rig.restart_in_mid_run()
            if not keeps_sessions:
                rig.server.on_stop = rig.server.sessions.clear
            result = await rig.made(count=3)
            assert rig.is_whole(result)
            assert [item.seed for item in result.items] == [7, 8]
            assert "2 of 3 pictures were made" in result.warnings[0]

    async def test_a_socket_closed_without_a_word_is_followed_up(self) -> None:
        """As a proxy does that limits the time of a connection."""
        async with SwarmUIRig() as rig:
            rig.server.die_after = 0
            result = await rig.made()
            assert rig.is_whole(result)

    async def test_other_peoples_pictures_in_the_history_are_left_alone(self) -> None:
        """The grid of our own, too."""
        async with SwarmUIRig() as rig:
            await rig.made(prompt="someone else's", job_id="another")
            rig.server.mini_grid = True
            rig.server.die_after = 2
            result = await rig.made(count=2)
            assert rig.is_whole(result)

    async def test_without_metadata_a_lost_picture_cannot_be_found_and_that_is_said(self) -> None:
        async with SwarmUIRig() as rig:
            rig.server.with_metadata = False
            rig.server.die_after = 2
            with pytest.raises(JobLost, match="metadata") as caught:
                await rig.made()
            assert caught.value.maybe_done

    async def test_without_a_socket_the_call_is_made(self) -> None:
        """And whoever watches is told why nothing is to be seen."""
        async with SwarmUIOverHttpRig() as rig:
            reporter = ListeningReporter()
            result = await rig.made(reporter)
            assert rig.is_whole(result)
            assert "socket" in reporter.messages[0]
            assert "no_socket" in result.provenance.reply


class TestTheServer:
    async def test_its_models_are_listed_without_file_endings(self) -> None:
        async with SwarmUIRig() as rig:
            backend = rig.backend()
            status = await backend.status()
            assert [model.name for model in status.models] == [MODEL]
            assert status.version == "0.9.9.0.GIT-062407c7"
            assert await backend.problems(f"{MODEL}.safetensors") == []
            await backend.aclose()

    async def test_a_server_without_workers_is_a_problem(self) -> None:
        async with SwarmUIRig() as rig:
            body = {"status": {}, "backend_status": {"status": "empty", "message": "None are set."}}
            rig.server.play(
                "/API/GetCurrentStatus", faults.reply(200, json.dumps(body).encode()), times=None
            )
            backend = rig.backend()
            assert "no worker" in (await backend.status()).problem
            await backend.aclose()

    async def test_progress_counts_over_all_pictures(self) -> None:
        async with SwarmUIRig() as rig:
            reporter = ListeningReporter()
            await rig.made(reporter, count=2)
            assert reporter.steps[0] == (12, 100)
            assert reporter.previews[0].startswith(b"\xff\xd8\xff")


def test_the_backend_is_found_by_its_name() -> None:
    from canvas_kit.backends.registry import BackendRegistry
    from canvas_kit.settings import Settings

    assert isinstance(BackendRegistry(Settings()).backend("swarmui"), SwarmUIBackend)
    assert FakeSwarmUI().file_name("a/b", 1) == "1504-ab-sd_xl_base_1.0-1.png"
