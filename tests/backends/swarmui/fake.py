"""A SwarmUI on loopback, scripted from its source at 062407c (2026-08).

As on the real server, work belongs to a session and not to a connection: a socket that dies leaves
the work going, and its pictures turn up in the history.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.backends.fake_image_server import FakeImageServer, noisy_picture
from tests.backends.fake_server import Routes

MODEL = "OfficialStableDiffusion/sd_xl_base_1.0"
DAY = "2026-08-21"
PARAMETERS = (
    "prompt",
    "negativeprompt",
    "images",
    "seed",
    "steps",
    "cfgscale",
    "width",
    "height",
    "model",
    "initimage",
    "initimagecreativity",
    "variationseed",
    "batchsize",
)
CLOSE = {"socket_intention": "close"}

Emit = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class FakeSession:
    """A session and what runs under it."""

    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    jobs: set[asyncio.Task[None]] = field(default_factory=set)
    live: int = 0


@dataclass(slots=True)
class Saved:
    """A picture in the history."""

    data: bytes
    metadata: str


class FakeSwarmUI(FakeImageServer):
    """See the module. Every attribute below may be set by a test before a request.

    Attributes:
        nested: Whether image frames carry their fields one level down, as the documentation says.
        data_urls: Whether pictures come in the answer instead of being saved.
        mini_grid: Whether a grid of all pictures is added.
        intermediates: By-products made before each picture.
        with_metadata: Whether pictures and frames carry metadata.
        fail_at: The index of a picture that fails, if any.
        error: The words of that failure.
        discard: Indices taken back at the end, their files deleted.
        on_stop: Called when the server is killed.
        pause_before: The index of the picture before which work waits for the gate.
        die_after: The socket breaks off after so many frames.
        silent_after: The socket says nothing after so many frames.
        has_socket: Whether sockets get through (some proxies let none).
        token: The account's token that is wanted, if any.
        authorization: The fixed header that is wanted, if any.
    """

    def __init__(self, *, prefix: str = "") -> None:
        super().__init__(prefix=prefix)
        self.nested = False
        self.data_urls = False
        self.mini_grid = False
        self.intermediates = 0
        self.with_metadata = True
        self.fail_at: int | None = None
        self.error = "ComfyUI execution error: something broke"
        self.discard: set[int] = set()
        self.pause_before = 0
        self.on_stop: Callable[[], None] = lambda: None
        self.die_after: int | None = None
        self.silent_after: int | None = None
        self.has_socket = True
        self.token = ""
        self.authorization = ""
        self.user = "local"
        self.sessions: dict[str, FakeSession] = {}
        self.history: dict[str, Saved] = {}

    def routes(self) -> Routes:
        return {
            "POST /API/GetNewSession": self.get_new_session,
            "POST /API/GetCurrentStatus": self.get_current_status,
            "POST /API/ListT2IParams": self.list_params,
            "POST /API/ListImages": self.list_images,
            "POST /API/InterruptAll": self.interrupt_all,
            "POST /API/GenerateText2Image": self.generate,
            "GET /API/GenerateText2ImageWS": self.generate_by_socket,
            "GET /View/*": self.view,
        }

    @property
    def live(self) -> int:
        """How many requests are worked on."""
        return sum(session.live for session in self.sessions.values())

    async def stop(self) -> None:
        """As a killed server: what runs dies with it; the history and sessions stay on disk."""
        for session in self.sessions.values():
            for job in session.jobs:
                job.cancel()
            session.live = 0
        self.on_stop()
        await super().stop()

    # -- the calls ----------------------------------------------------------------------------

    async def get_new_session(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        if not self._known_user(request):
            return web.json_response({"error": "Invalid or unauthorized."})
        session_id = hashlib.sha256(f"{self.port} {len(self.sessions)}".encode()).hexdigest()[:40]
        self.sessions[session_id] = FakeSession()
        return web.json_response(
            {
                "session_id": session_id,
                "user_id": self.user,
                "output_append_user": True,
                "version": "0.9.9.0.GIT-062407c7",
                "server_id": "fake",
                "permissions": ["basic_image_generation"],
            }
        )

    async def get_current_status(self, request: web.Request) -> web.StreamResponse:
        session, _, refusal = await self._session(request)
        return refusal or web.json_response(self._status(session))

    async def list_params(self, request: web.Request) -> web.StreamResponse:
        _, _, refusal = await self._session(request)
        listed = [{"id": name, "name": name} for name in PARAMETERS]
        models = {"Stable-Diffusion": [[f"{MODEL}.safetensors", "stable-diffusion-xl-v1-base"]]}
        return refusal or web.json_response({"list": listed, "models": models})

    async def list_images(self, request: web.Request) -> web.StreamResponse:
        _, body, refusal = await self._session(request)
        assert body.get("path") == "" or refusal
        files = [
            {"src": path.removeprefix(f"View/{self.user}/"), "metadata": saved.metadata or None}
            for path, saved in reversed(self.history.items())
        ]
        return refusal or web.json_response({"folders": [], "files": files})

    async def interrupt_all(self, request: web.Request) -> web.StreamResponse:
        session, body, refusal = await self._session(request)
        if refusal:
            return refusal
        assert body["other_sessions"] is False, "that would stop other people's work"
        session.interrupted.set()
        return web.json_response({"success": True})

    async def generate(self, request: web.Request) -> web.StreamResponse:
        session, body, refusal = await self._session(request)
        if refusal:
            return refusal
        frames: list[dict[str, Any]] = []
        await asyncio.shield(self._start(session, body, frames.append))
        for frame in frames:
            if "error" in frame:
                return web.json_response(frame)
        found = {int(f["batch_index"]): f["image"] for f in frames if "image" in f}
        for index in self.discard:
            found.pop(index, None)
        return web.json_response({"images": list(found.values())})

    async def generate_by_socket(self, request: web.Request) -> web.StreamResponse:
        if not self.has_socket:
            return web.Response(status=404)
        if refusal := self._refusal(request):
            return refusal
        socket = web.WebSocketResponse(max_msg_size=2**28)
        await socket.prepare(request)
        message = await socket.receive()
        assert message.type == WSMsgType.TEXT
        body = json.loads(message.data)
        session = self.sessions.get(str(body.get("session_id")))
        if session is None:
            await socket.send_json(_error("invalid session", "invalid_session_id"))
            await socket.close()
            return socket
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        job = self._start(session, body, queue.put_nowait)
        job.add_done_callback(lambda done: None if done.cancelled() else queue.put_nowait(CLOSE))
        queue.put_nowait(self._status(session))
        with contextlib.suppress(ConnectionResetError):  # the client is gone; the work goes on
            await self._send(request, socket, queue)
            await asyncio.sleep(0.02)
            await socket.send_json(self._status(session))
            await socket.close()
        return socket

    async def _send(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        queue: asyncio.Queue[dict[str, Any]],
    ) -> None:
        for sent in range(10**6):
            frame = await queue.get()
            if self.die_after is not None and sent >= self.die_after:
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError
            if self.silent_after is not None and sent >= self.silent_after:
                await self.forever()
            await socket.send_json(self._shaped(frame))
            if frame is CLOSE:
                return

    async def view(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        if not self._known_user(request):
            error = {"error": "invalid or unauthorized", "error_id": "invalid_user"}
            return web.json_response(error, status=400)
        path = request.path.removeprefix(self.prefix).lstrip("/")
        saved = self.history.get(path)
        if saved is None:
            error = {"error": "404, file not found.", "error_id": "file_not_found"}
            return web.json_response(error, status=404)
        return web.Response(body=saved.data, content_type=f"image/{self.image_format.lower()}")

    # -- the work -----------------------------------------------------------------------------

    def _start(self, session: FakeSession, body: dict[str, Any], emit: Emit) -> asyncio.Task[None]:
        self.asked.append(body)
        session.live += 1
        job = asyncio.create_task(self._draw(session, body, emit))
        session.jobs.add(job)

        def over(_: asyncio.Task[None]) -> None:
            session.jobs.discard(job)
            session.live = len(session.jobs)

        job.add_done_callback(over)
        return job

    async def _draw(self, session: FakeSession, body: dict[str, Any], emit: Emit) -> None:
        if body["model"] != MODEL:
            said = (
                "Invalid value for parameter Model: Invalid model value for param Model - "
                f"'{body['model']}' - are you sure that model name is correct?"
            )
            emit({"error": said})
            return
        preview = _picture(f"preview {body['prompt']}", 8, "JPEG", "")
        emit(
            {
                "gen_progress": {
                    "batch_index": "0",
                    "overall_percent": 0.25,
                    "current_percent": 0.5,
                    "preview": _data_url(preview, "jpeg"),
                }
            }
        )
        emit({"keep_alive": True})
        for index in range(body["images"]):
            if index == self.pause_before and not await self._through_gate(session):
                self.interrupts += 1
                emit({"error": "Generation session interrupted."})
                return
            if index == self.fail_at:
                emit({"error": self.error})
                return
            for _ in range(self.intermediates):
                self._deliver(emit, body, index, -11, {"intermediate": "intermediate output"})
            data = self._deliver(emit, body, index, index, {})
            if index not in self.discard:
                self.made.setdefault(body["prompt"], []).append(data)
            await asyncio.sleep(0)
        if self.mini_grid and body["images"] > 1:
            time = "9.00 total seconds (average 4.50 seconds per image)"
            self._deliver(emit, body, 0, -1, {"generation_time": time})
        emit({"discard_indices": sorted(self.discard)})

    async def _through_gate(self, session: FakeSession) -> bool:
        """Wait until work may go on; False when it was interrupted first."""
        ways = [asyncio.ensure_future(event.wait()) for event in (self.gate, session.interrupted)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
        return not session.interrupted.is_set()

    def _deliver(
        self, emit: Emit, body: dict[str, Any], index: int, told: int, extra: dict[str, Any]
    ) -> bytes:
        seed = int(body["seed"])
        seed += 0 if body.get("noseedincrement") else index
        notes = {"generation_time": "0.10 (prep) and 0.20 (gen) seconds"}
        used = {key: body[key] for key in PARAMETERS if key in body and key != "initimage"}
        document: dict[str, Any] = {
            "sui_image_params": {**used, "seed": seed, "swarm_version": "0.9.9.0"},
            "sui_extra_data": {**notes, **body.get("extra_metadata", {}), **extra},
        }
        if "initimagecreativity" in body and "initimage" not in body:
            document["sui_extra_data"]["unused_parameters"] = ["initimagecreativity"]
        metadata = json.dumps(document, ensure_ascii=False) if self.with_metadata else ""
        data = _picture(f"{body['prompt']} {seed} {told}", 64, self.image_format, metadata)
        if self.data_urls:
            place = _data_url(data, self.image_format.lower())
        else:
            place = f"View/{self.user}/raw/{DAY}/{self.file_name(body['prompt'], seed, told)}"
            stem, dot, ending = place.rpartition(".")
            number = sum(path.startswith(stem) for path in self.history)
            place = f"{stem}-{number}{dot}{ending}" if number else place
            if told not in self.discard:
                self.history[place] = Saved(data, metadata)
        emit(
            {
                "image": place,
                "batch_index": str(told),
                "request_id": "1",
                "metadata": metadata or None,
            }
        )
        return data

    def file_name(self, prompt: str, seed: int, index: int = 0) -> str:
        """As the server builds names: from the prompt, without what file systems forbid."""
        words = re.sub(r'[/\\:*"<>|\n]', "", prompt)[:40]
        kind = "" if index >= 0 else f"-extra{index}"
        ending = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[self.image_format]
        return f"1504-{words}-sd_xl_base_1.0-{seed}{kind}.{ending}"

    def _shaped(self, frame: dict[str, Any]) -> dict[str, Any]:
        if self.nested and "image" in frame:
            return {"image": frame}
        return frame

    def _status(self, session: FakeSession) -> dict[str, Any]:
        return {
            "status": {
                "waiting_gens": session.live,
                "loading_models": 0,
                "waiting_backends": 0,
                "live_gens": session.live,
            },
            "backend_status": {
                "status": "running",
                "class": "",
                "message": "",
                "any_loading": False,
            },
            "supported_features": ["comfyui"],
        }

    # -- who may -------------------------------------------------------------------------------

    async def _session(
        self, request: web.Request
    ) -> tuple[FakeSession, dict[str, Any], web.Response | None]:
        if refusal := self._refusal(request):
            return FakeSession(), {}, refusal
        body = await request.json()
        session = self.sessions.get(str(body.get("session_id")))
        if session is None:
            error = _error("Invalid session ID.", "invalid_session_id")
            return FakeSession(), body, web.json_response(error, status=401)
        return session, body, None

    def _refusal(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        if self.authorization and given != self.authorization:
            return web.Response(status=401, text="Unauthorized")
        return None

    def _known_user(self, request: web.Request) -> bool:
        return not self.token or request.cookies.get("swarm_token") == self.token


def _error(text: str, error_id: str) -> dict[str, Any]:
    return {"error": text, "error_id": error_id}


def _data_url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _picture(words: str, side: int, image_format: str, metadata: str) -> bytes:
    return noisy_picture(words, side, image_format, metadata, exif_encoding="utf-16-le")
