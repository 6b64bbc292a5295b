"""A ComfyUI on loopback, scripted from traffic captured from 0.3.64.

As on the real server there is one queue, worked off one job at a time in a task of its own: losing
a connection stops nothing, and a restart forgets the queue, the history and the previews.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import hashlib
import io
import json
import struct
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import WSMsgType, web
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.backends.fake_server import FakeServer, Routes

MODEL_FILE = "tiny.safetensors"
PICTURE_SAVERS = ("SaveImage", "PreviewImage")
OUTPUTS = (*PICTURE_SAVERS, "SaveImageWebsocket", "SaveAudio", "VHS_VideoCombine")
CLASSES = (
    *OUTPUTS, "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler",
    "VAEDecode", "VAEEncode", "LoadImage", "EmptyImage", "ShowText", "PrimitiveString",
)  # fmt: skip
DECLARED: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {},
    "CLIPTextEncode": {"text": ["STRING", {}], "clip": ["CLIP"]},
    "EmptyLatentImage": {key: ["INT", {}] for key in ("width", "height", "batch_size")},
    "KSampler": {
        "steps": ["INT", {"min": 1, "max": 10_000}],
        "cfg": ["FLOAT", {"min": 0.0, "max": 100.0}],
    },
    "PrimitiveString": {"value": ["STRING", {}]},
    "ShowText": {"text": ["STRING", {"forceInput": True}]},
}
"""Inputs of the classes, as far as anything is written to them."""

FLAC = b"fLaC" + bytes(range(200))
MP4 = b"\0\0\0\x20ftypisom" + bytes(range(200))

Address = tuple[str, str, str]


class Interrupted(Exception):
    """Somebody stopped the running job."""


@dataclass(slots=True)
class Entry:
    """A job in the queue."""

    number: int
    job_id: str
    prompt: dict[str, Any]
    extra: dict[str, Any]
    outputs: list[str]

    def listed(self) -> list[Any]:
        return [self.number, self.job_id, self.prompt, self.extra, self.outputs]


@dataclass(slots=True)
class Listener:
    """An open socket."""

    socket: web.WebSocketResponse
    request: web.Request
    metadata: bool = False
    sent: int = 0


@dataclass
class FakeComfyUI(FakeServer):
    """See the module. Every attribute may be set by a test before a request.

    Attributes:
        version: What ``/system_stats`` says; None leaves the field out.
        steps: Steps that a sampler tells, whatever was asked for.
        gate: While it is clear, samplers begin and do not end.
        socket: ``"open"``, ``"refused"``, ``"cut"`` (the connection breaks off before it opens),
            ``"silent"`` (opens, says nothing), ``"dying"`` (breaks off after ``die_after``
            messages), ``"legacy"`` (previews without metadata).
        tells_end: Whether the socket says that a job is over.
        history_lag: How often ``/history`` is still empty after the end of a job was told.
        failing: A node that fails, and what it raises: class and message.
        fails_first: Whether that node comes before the others, so that nothing is made.
        keeps_ids: Whether the id that a client chooses is used.
        caches: Whether a saver gives the file of the last run again.
        previews: Whether samplers send previews.
        max_seed: The largest seed that a sampler takes.
    """

    version: str | None = "0.3.64"
    steps: int = 3
    socket: Literal["open", "refused", "cut", "silent", "dying", "legacy"] = "open"
    die_after: int = 3
    tells_end: bool = True
    history_lag: int = 0
    failing: tuple[str, str, str] | None = None
    fails_first: bool = False
    keeps_ids: bool = True
    caches: bool = False
    previews: bool = True
    max_seed: int = 2**64 - 1
    prefix: str = ""
    checkpoints: list[str] = field(default_factory=lambda: [MODEL_FILE])
    declared: dict[str, Any] = field(default_factory=dict)
    files: dict[Address, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)
    pending: list[Entry] = field(default_factory=list)
    running: Entry | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, list[bytes]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(prefix=self.prefix)
        self.gate = asyncio.Event()
        self.gate.set()
        self._interrupt = asyncio.Event()
        self._arrived = asyncio.Event()
        self._listeners: dict[str, Listener] = {}
        self._last_files: dict[str, list[dict[str, str]]] = {}
        self._number = 0
        self._worker: asyncio.Task[None] | None = None

    def routes(self) -> Routes:
        return {
            "POST /prompt": self.submit,
            "GET /history/*": self.get_history,
            "GET /queue": self.get_queue,
            "POST /queue": self.change_queue,
            "POST /interrupt": self.interrupt,
            "GET /view": self.view,
            "POST /upload/image": self.upload,
            "GET /system_stats": self.system_stats,
            "GET /object_info/*": self.object_info,
            "GET /ws": self.open_socket,
        }

    async def start(self) -> None:
        await super().start()
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        self._listeners.clear()
        await super().stop()

    async def restart(self) -> None:
        """Die and come back: files in the output folder are all that is left."""
        await self.stop()
        self.forget()
        await self.start()

    def forget(self) -> None:
        """Lose what a process has in memory, and the previews, as at the start of a server."""
        self.pending.clear()
        self.history.clear()
        self.running = None
        self._interrupt.clear()
        for address in [address for address in self.files if address[2] == "temp"]:
            del self.files[address]

    @property
    def load(self) -> int:
        """How many jobs wait or run."""
        return len(self.pending) + (self.running is not None)

    # -- routes --------------------------------------------------------------------------------

    async def submit(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.asked.append(body)
        prompt = body["prompt"]
        for node_id, node in prompt.items():
            if node["class_type"] not in CLASSES:
                return _refused(
                    "invalid_prompt",
                    f"Cannot execute because node {node['class_type']} does not exist.",
                    f"Node ID '#{node_id}'",
                )
        errors = self._errors(prompt)
        good = [
            node_id
            for node_id, node in prompt.items()
            if node["class_type"] in OUTPUTS
            and not any(node_id in error["dependent_outputs"] for error in errors.values())
        ]
        if not good:
            if not errors:
                return _refused("prompt_no_outputs", "Prompt has no outputs", "")
            return _refused(
                "prompt_outputs_failed_validation", "Prompt outputs failed validation", "", errors
            )
        job_id = body["prompt_id"] if self.keeps_ids else str(uuid.uuid4())
        extra = {**body.get("extra_data", {}), "client_id": body.get("client_id")}
        self.pending.append(Entry(self._number, job_id, prompt, extra, good))
        self._number += 1
        self._arrived.set()
        await self._tell_all()
        answer = {"prompt_id": job_id, "number": self._number - 1, "node_errors": errors}
        return web.json_response(answer)

    async def get_history(self, request: web.Request) -> web.Response:
        job_id = request.path.rpartition("/")[2]
        if job_id in self.history and self.history_lag > 0:
            self.history_lag -= 1
            return web.json_response({})
        entry = self.history.get(job_id)
        return web.json_response({job_id: entry} if entry else {})

    async def get_queue(self, request: web.Request) -> web.Response:
        running = [self.running.listed()] if self.running else []
        if self.history_lag > 0 and not running:  # both change at once
            running = [entry["prompt"] for entry in self.history.values()][-1:]
        return web.json_response(
            {
                "queue_running": running,
                # a heap on the real server: not in order
                "queue_pending": [entry.listed() for entry in reversed(self.pending)],
            }
        )

    async def change_queue(self, request: web.Request) -> web.Response:
        unwanted = json.loads(await request.read()).get("delete", [])
        for entry in [entry for entry in self.pending if entry.job_id in unwanted]:
            self.pending.remove(entry)
            self.stops.append(entry.job_id)
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.Response:
        body = await request.read()
        job_id = json.loads(body).get("prompt_id") if body else None
        if self.running and job_id in (None, self.running.job_id):
            self.stops.append(self.running.job_id)
            self._interrupt.set()
        return web.Response()

    async def view(self, request: web.Request) -> web.Response:
        query = request.query
        address = (
            query["filename"].rpartition("/")[2],
            query.get("subfolder", ""),
            query.get("type", "output"),
        )
        data = self.files.get(address)
        if data is None:
            return web.Response(status=404)
        kinds = {"png": "image/png", "mp4": "video/mp4", "flac": "audio/flac"}
        kind = kinds.get(address[0].rpartition(".")[2], "application/octet-stream")
        return web.Response(body=data, content_type=kind)

    async def upload(self, request: web.Request) -> web.Response:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        for part in email.message_from_bytes(head + await request.read()).walk():
            name = part.get_filename()
            data = part.get_payload(decode=True)
            if name and isinstance(data, bytes):
                if self.uploads.get(name, data) != data:
                    stem, _, suffix = name.rpartition(".")
                    name = f"{stem} (1).{suffix}"
                self.uploads[name] = data
                return web.json_response({"name": name, "subfolder": "", "type": "input"})
        return web.Response(status=400)

    async def system_stats(self, request: web.Request) -> web.Response:
        system: dict[str, Any] = {"os": "posix", "argv": ["main.py", "--cpu"]}
        if self.version is not None:
            system["comfyui_version"] = self.version
        return web.json_response({"system": system, "devices": []})

    async def object_info(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        if name in self.declared:
            return web.json_response({name: self.declared[name]})
        if name not in CLASSES:
            return web.json_response({})
        required: dict[str, Any] = dict(DECLARED.get(name, {}))
        if name == "KSampler":
            required["seed"] = ["INT", {"min": 0, "max": self.max_seed}]
        if name == "CheckpointLoaderSimple":
            required["ckpt_name"] = [self.checkpoints, {"tooltip": ""}]
        if name == "LoadImage":
            required["image"] = [sorted(self.uploads), {"image_upload": True}]
        declared = {"input": {"required": required}, "output_node": name in OUTPUTS, "name": name}
        return web.json_response({name: declared})

    async def open_socket(self, request: web.Request) -> web.StreamResponse:
        if self.socket == "refused":
            return web.Response(status=403)
        if self.socket == "cut":
            assert request.transport is not None
            request.transport.abort()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        listener = Listener(socket, request)
        client_id = request.query["clientId"]
        self._listeners[client_id] = listener
        closer = asyncio.create_task(self._close_with_server(socket))
        try:
            await self._say(client_id, "status", {"status": self._info(), "sid": client_id})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    said = json.loads(message.data)
                    if said["type"] == "feature_flags" and self.socket != "legacy":
                        listener.metadata = said["data"]["supports_preview_metadata"]
                        flags = {"supports_preview_metadata": True}
                        await self._say(client_id, "feature_flags", flags)
        finally:
            closer.cancel()
            self._listeners.pop(client_id, None)
        return socket

    async def _close_with_server(self, socket: web.WebSocketResponse) -> None:
        await self.closing.wait()
        await socket.close()

    # -- validation ----------------------------------------------------------------------------

    def _errors(self, prompt: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for node_id, node in prompt.items():
            inputs, kind = node["inputs"], node["class_type"]
            if kind in PICTURE_SAVERS and "images" not in inputs:
                found[node_id] = _error(
                    kind, [node_id], "required_input_missing", "Required input is missing",
                    "images", {"input_name": "images"},
                )  # fmt: skip
            outputs = [key for key, other in prompt.items() if other["class_type"] in OUTPUTS]
            if kind == "CheckpointLoaderSimple" and inputs["ckpt_name"] not in self.checkpoints:
                name = inputs["ckpt_name"]
                found[node_id] = _error(
                    kind, outputs, "value_not_in_list", "Value not in list",
                    f"ckpt_name: '{name}' not in {self.checkpoints}",
                    {
                        "input_name": "ckpt_name",
                        "input_config": [self.checkpoints, {}],
                        "received_value": name,
                    },
                )  # fmt: skip
            if kind == "KSampler" and not 0 <= inputs["seed"] <= self.max_seed:
                found[node_id] = _error(
                    kind, outputs, "value_smaller_than_min",
                    f"Value {inputs['seed']} smaller than min of 0", "seed",
                    {"input_name": "seed", "received_value": inputs["seed"]},
                )  # fmt: skip
        return found

    # -- work ----------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            while not self.pending:
                self._arrived.clear()
                await self._arrived.wait()
            entry = self.running = self.pending.pop(0)
            self._interrupt.clear()
            await self._run(entry)
            await self._tell_all()
            if self.tells_end:
                await self._tell(entry, "executing", {"node": None})

    async def _run(self, entry: Entry) -> None:
        messages: list[list[Any]] = []
        outputs: dict[str, Any] = {}
        status = "error"

        async def note(event: str, **data: Any) -> None:
            said = {"prompt_id": entry.job_id, **data, "timestamp": int(time.time() * 1000)}
            messages.append([event, said])
            if self.tells_end or event == "execution_start":
                await self._tell(entry, event, said)

        await note("execution_start")
        cached = entry.outputs if self.caches and self._last_files else []
        await note("execution_cached", nodes=cached)
        node_id = ""
        try:
            for node_id in self._order(entry):
                if self.failing and node_id == self.failing[0]:
                    raise RuntimeError
                await self._execute(entry, node_id, outputs)
            status = "success"
        except Interrupted:
            await note("execution_interrupted", node_id=node_id, executed=[], node_type="KSampler")
        except RuntimeError:
            assert self.failing
            await note(
                "execution_error",
                node_id=node_id,
                node_type=entry.prompt[node_id]["class_type"],
                executed=[],
                exception_type=self.failing[1],
                exception_message=self.failing[2],
                traceback=['  File "/opt/ComfyUI/execution.py", line 496'],
                current_inputs={},
            )
        else:
            await note("execution_success")
        await asyncio.sleep(0)  # a client may ask between the message and the entry
        self.ran.append(entry.job_id)
        self.history[entry.job_id] = {
            "prompt": entry.listed(),
            "outputs": outputs,
            "status": {
                "status_str": status,
                "completed": status == "success",
                "messages": messages,
            },
            "meta": {},
        }
        self.running = None

    def _order(self, entry: Entry) -> list[str]:
        """Nodes before those that take from them; a failing node first or last of all."""
        done: list[str] = []

        def visit(node_id: str) -> None:
            for value in entry.prompt[node_id]["inputs"].values():
                if isinstance(value, list):
                    visit(value[0])
            if node_id not in done:
                done.append(node_id)

        for output in entry.outputs:
            visit(output)
        if self.failing and self.failing[0] in done:
            done.remove(self.failing[0])
            done.insert(0 if self.fails_first else len(done), self.failing[0])
        return done

    async def _execute(self, entry: Entry, node_id: str, outputs: dict[str, Any]) -> None:
        kind = entry.prompt[node_id]["class_type"]
        await self._tell(entry, "executing", {"node": node_id, "display_node": node_id})
        if kind == "KSampler":
            await self._sample(entry, node_id)
        elif kind == "SaveImageWebsocket":
            await self._tell(entry, "progress", {"value": 0, "max": 1, "node": node_id})
            for picture in self._pictures(entry):
                await self._frame(entry, node_id, picture, 2)
        elif kind in OUTPUTS:
            listed = self._last_files.get(node_id, []) if self.caches else []
            outputs[node_id] = {_LISTS.get(kind, "images"): listed or self._save(entry, node_id)}
            await self._tell(entry, "executed", {"node": node_id, "output": outputs[node_id]})

    async def _sample(self, entry: Entry, node_id: str) -> None:
        for step in range(1, self.steps + 1):
            if step == self.steps:
                await self._held()
            if self._interrupt.is_set():
                raise Interrupted
            progress = {"value": step, "max": self.steps, "node": node_id}
            await self._tell(entry, "progress", progress)
            if self.previews:
                await self._frame(entry, node_id, picture_bytes("preview", step, size=(8, 8)), 1)

    async def _held(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self.gate, self._interrupt)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    def _save(self, entry: Entry, node_id: str) -> list[dict[str, str]]:
        node = entry.prompt[node_id]
        kind = node["class_type"]
        folder = "temp" if kind == "PreviewImage" else "output"
        prefix = node["inputs"].get("filename_prefix", "ComfyUI_temp")
        subfolder, _, stem = prefix.rpartition("/")
        suffix = {"SaveAudio": "flac", "VHS_VideoCombine": "mp4"}.get(kind, "png")
        contents = {"flac": [FLAC], "mp4": [MP4]}.get(suffix) or list(self._pictures(entry))
        listed = []
        for data in contents:
            number = 1 + sum(
                name.startswith(f"{stem}_") and (where, sort) == (subfolder, folder)
                for name, where, sort in self.files
            )
            address = (f"{stem}_{number:05}_.{suffix}", subfolder, folder)
            self.files[address] = data
            listed.append(dict(zip(("filename", "subfolder", "type"), address, strict=True)))
        self._last_files[node_id] = listed
        return listed

    def _pictures(self, entry: Entry) -> Iterator[bytes]:
        """One picture per latent of the batch, with the graph in a text chunk."""
        chosen = next((n for n in entry.prompt.values() if n["class_type"] == "KSampler"), None)
        inputs = chosen["inputs"] if chosen else {}
        words = _text(entry.prompt, inputs["positive"][0]) if inputs else ""
        count = entry.prompt.get("5", {}).get("inputs", {}).get("batch_size", 1)
        pictures = [
            picture_bytes(words, inputs.get("seed", 0), index, chunk=json.dumps(entry.prompt))
            for index in range(count)
        ]
        self.made[words] = pictures
        yield from pictures

    # -- socket --------------------------------------------------------------------------------

    def _info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self.load}}

    async def _tell_all(self) -> None:
        for client_id in list(self._listeners):
            await self._say(client_id, "status", {"status": self._info()})

    async def _tell(self, entry: Entry, event: str, data: dict[str, Any]) -> None:
        client_id = entry.extra.get("client_id") or ""
        await self._say(client_id, event, {**data, "prompt_id": entry.job_id})

    async def _say(self, client_id: str, event: str, data: dict[str, Any]) -> None:
        await self._send(client_id, json.dumps({"type": event, "data": data}))

    async def _frame(self, entry: Entry, node_id: str, picture: bytes, kind: int) -> None:
        client_id = entry.extra.get("client_id") or ""
        listener = self._listeners.get(client_id)
        if listener is not None and listener.metadata:
            about = json.dumps(
                {"node_id": node_id, "prompt_id": entry.job_id, "image_type": "image/png"}
            ).encode()
            await self._send(client_id, struct.pack(">II", 4, len(about)) + about + picture)
        else:
            await self._send(client_id, struct.pack(">II", 1, kind) + picture)

    async def _send(self, client_id: str, message: str | bytes) -> None:
        listener = self._listeners.get(client_id)
        if listener is None or self.socket == "silent":
            return
        if self.socket == "dying" and listener.sent >= self.die_after:
            if listener.request.transport is not None:
                listener.request.transport.abort()
            return
        listener.sent += 1
        with contextlib.suppress(ConnectionError):
            if isinstance(message, bytes):
                await listener.socket.send_bytes(message)
            else:
                await listener.socket.send_str(message)


_LISTS = {"SaveAudio": "audio", "VHS_VideoCombine": "gifs"}


def _text(prompt: dict[str, Any], node_id: str) -> str:
    """What a node takes as text; a field that it does not declare is no input."""
    node = prompt[node_id]
    (name,) = {"text", "value"} & DECLARED[node["class_type"]].keys()
    given = node["inputs"][name]
    return _text(prompt, given[0]) if isinstance(given, list) else str(given)


def picture_bytes(
    words: str, seed: int, index: int = 0, *, size: tuple[int, int] = (32, 24), chunk: str = ""
) -> bytes:
    """A PNG that follows from its arguments."""
    width, height = size
    noise = hashlib.shake_256(f"{words}|{seed}|{index}".encode()).digest(width * height * 3)
    info = PngInfo()
    if chunk:
        info.add_text("prompt", chunk)
    file = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def _error(
    class_type: str, outputs: list[str], kind: str, message: str, details: str, extra: Any
) -> dict[str, Any]:
    return {
        "errors": [{"type": kind, "message": message, "details": details, "extra_info": extra}],
        "dependent_outputs": outputs,
        "class_type": class_type,
    }


def _refused(kind: str, message: str, details: str, errors: Any = None) -> web.Response:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return web.json_response({"error": error, "node_errors": errors or {}}, status=400)
