"""A stable-diffusion-webui on loopback, scripted from Forge (2025-06) and A1111 1.10.

It draws one picture at a time behind one lock, whoever asked; a connection that is dropped stops
nothing. Lists, answers, errors and samplers are as a running Forge f2.0.1v1.10.1 gave them;
``/internal/progress``, which that one has only with its page, is from the source.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.backends.fake_image_server import FakeImageServer, noisy_picture
from tests.backends.fake_server import Routes

MODEL = "dreamshaper_8"
OTHER_MODEL = "anime_v3"
SAMPLERS = ("DPM++ 2M", "Euler")
HASHES = {MODEL: "879db523c3", OTHER_MODEL: "0123456789"}


@dataclass(slots=True)
class State:
    """The server's one state, as ``/sdapi/v1/progress`` shows it."""

    job_timestamp: str = "0"
    interrupted: bool = False
    sampling_step: int = 0
    current_task: str | None = None
    pending: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)


class FakeA1111(FakeImageServer):
    """See the module. Attributes below may be set by a test before a request.

    Attributes:
        progress_by_id: Whether ``/internal/progress`` exists.
        wait_to_be_watched: Whether work waits until somebody has asked how far it is.
        with_grid: Whether a grid comes first.
        extras: Images that add-ons append.
        loaded: The checkpoint in memory.
        drops_models: Whether a checkpoint asked for is passed over, as when it cannot be loaded.
        auth: ``user:password``, if one is wanted.
        api: Whether it was started with ``--api``.
        info: Instead of the right ``info``.
        fixed_seed: Whether all pictures of a batch have one seed, as with a variation strength.
        sampler_errors: Whether an unknown sampler is an error, as in A1111; Forge takes its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.progress_by_id = True
        self.wait_to_be_watched = True
        self.with_grid = False
        self.extras = 0
        self.loaded = MODEL
        self.drops_models = False
        self.auth = ""
        self.api = True
        self.info: Any = None
        self.fixed_seed = False
        self.sampler_errors = True
        self.state = State()
        self.copies = 0
        self.watched = asyncio.Event()
        self.drawing = 0
        self._lock = asyncio.Lock()
        self._interrupt = asyncio.Event()
        self._jobs: set[asyncio.Task[web.Response]] = set()
        self._clock = itertools.count(20260821150400)

    def routes(self) -> Routes:
        if not self.api:
            return {}
        return {
            "POST /sdapi/v1/txt2img": self.generate,
            "POST /sdapi/v1/img2img": self.generate,
            "GET /sdapi/v1/progress": self.progress,
            "POST /internal/progress": self.progress_of_task,
            "POST /sdapi/v1/interrupt": self.interrupt,
            "GET /sdapi/v1/sd-models": self.models,
        }

    async def not_found(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": "Not Found"}, status=404)

    async def stop(self) -> None:
        for job in self._jobs:
            job.cancel()
        await super().stop()

    # -- the calls ----------------------------------------------------------------------------

    async def models(self, request: web.Request) -> web.StreamResponse:
        listed = [
            {
                "title": f"sub/{name}.safetensors [{short}]",
                "model_name": name,
                "hash": short,
                "sha256": None,
                "filename": f"/models/Stable-diffusion/sub/{name}.safetensors",
                "config": None,
            }
            for name, short in HASHES.items()
        ]
        return self._refusal(request) or web.json_response(listed)

    async def progress(self, request: web.Request) -> web.StreamResponse:
        state = self.state
        told = {
            "progress": 0.26 if state.current_task else 0,
            "eta_relative": 1.0,
            "state": {
                "skipped": False,
                "interrupted": state.interrupted,
                "stopping_generation": False,
                "job": "scripts_txt2img" if state.current_task else "",
                "job_count": 1 if state.current_task else 0,
                "job_timestamp": state.job_timestamp,
                "job_no": 0,
                "sampling_step": 5,
                "sampling_steps": 20,
            },
            "current_image": None,
            "textinfo": None,
            "current_task": None,
        }
        return self._refusal(request) or web.json_response(told)

    async def progress_of_task(self, request: web.Request) -> web.StreamResponse:
        if not self.progress_by_id:
            return await self.not_found(request)
        body = await request.json()
        task = body["id_task"]
        state = self.state
        if task != state.current_task:
            place = state.pending.index(task) + 1 if task in state.pending else 0
            words = f"In queue: {place}/{len(state.pending)}" if place else "Waiting..."
            return web.json_response(
                {
                    "active": False,
                    "queued": bool(place),
                    "completed": task in state.finished,
                    "id_live_preview": -1,
                    "textinfo": words,
                }
            )
        preview = None
        if body["live_preview"] and body["id_live_preview"] != 1:
            data = base64.b64encode(_picture("preview", 8, "JPEG", "")).decode()
            preview = f"data:image/jpeg;base64,{data}"
        self.watched.set()
        return web.json_response(
            {
                "active": True,
                "queued": False,
                "completed": False,
                "progress": 0.25,
                "eta": 3.0,
                "live_preview": preview,
                "id_live_preview": 1,
                "textinfo": None,
            }
        )

    async def interrupt(self, request: web.Request) -> web.StreamResponse:
        self.interrupts += 1
        self.state.interrupted = True
        self._interrupt.set()
        return web.json_response({})

    async def generate(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        body = await request.json()
        steps = body.get("steps", 20)
        if not isinstance(steps, int):
            fault = {
                "loc": ["body", "steps"],
                "msg": "value is not a valid integer",
                "type": "type_error.integer",
            }
            return web.json_response({"detail": [fault]}, status=422)
        if self.sampler_errors and body.get("sampler_name") not in (None, *SAMPLERS):
            error = {"error": "HTTPException", "detail": "Sampler not found", "body": ""}
            return web.json_response({**error, "errors": ""}, status=404)
        self.asked.append(body)
        job = asyncio.create_task(self._work(body))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return await asyncio.shield(job)

    # -- the work -----------------------------------------------------------------------------

    async def _work(self, body: dict[str, Any]) -> web.Response:
        task = body.get("force_task_id") or "task(txt2img-0000001)"
        self.state.pending.append(task)
        async with self._lock:
            self.state.pending.remove(task)
            self.state.current_task = task
            self.state.job_timestamp = str(next(self._clock))
            self.state.interrupted = False
            self._interrupt.clear()
            self.drawing += 1
            try:
                return await self._draw(body)
            finally:
                self.drawing -= 1
                self.state.current_task = None
                self.state.finished.append(task)

    async def _draw(self, body: dict[str, Any]) -> web.Response:
        asked = body.get("override_settings", {}).get("sd_model_checkpoint")
        if asked and not self.drops_models:
            self.loaded = next((name for name in HASHES if name in asked), self.loaded)
        if self.wait_to_be_watched and self.progress_by_id:
            await asyncio.wait_for(self.watched.wait(), 5)
        await self._gate_or_interrupt()
        count = body.get("n_iter", 1) * body.get("batch_size", 1)
        first = 4242 if body["seed"] == -1 else body["seed"]
        seeds = [first if self.fixed_seed else first + index for index in range(count)]
        drawn = seeds[:1] if self.state.interrupted else seeds
        pictures = [
            _picture(f"{body['prompt']} {seed}", 64, self.image_format, _infotext(body, seed))
            for seed in drawn
        ]
        self.made[body["prompt"]] = pictures
        self.copies += len(pictures) if body.get("save_images") else 0
        grids = [_picture("grid", 32, self.image_format, "")] if self.with_grid else []
        extras = [_picture(f"extra {n}", 16, self.image_format, "") for n in range(self.extras)]
        sampler = body.get("sampler_name")
        info = {
            "prompt": body["prompt"],
            "seed": first,
            "all_seeds": seeds,
            "all_prompts": [body["prompt"]] * count,
            "infotexts": [_infotext(body, seed) for seed in drawn],
            "index_of_first_image": len(grids),
            "sd_model_name": self.loaded,
            "sd_model_hash": HASHES[self.loaded],
            "sampler_name": sampler if sampler in SAMPLERS else SAMPLERS[0],
            "job_timestamp": self.state.job_timestamp,
            "version": "v1.10.1",
        }
        images = [base64.b64encode(data).decode() for data in grids + pictures + extras]
        told = json.dumps(info) if self.info is None else self.info
        return web.json_response(
            {"images": images, "parameters": {**body, "init_images": None}, "info": told}
        )

    async def _gate_or_interrupt(self) -> None:
        ways = [asyncio.ensure_future(event.wait()) for event in (self.gate, self._interrupt)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    def _refusal(self, request: web.Request) -> web.Response | None:
        expected = f"Basic {base64.b64encode(self.auth.encode()).decode()}"
        if self.auth and request.headers.get("Authorization") != expected:
            return web.json_response({"detail": "Incorrect username or password"}, status=401)
        return None


def _infotext(body: dict[str, Any], seed: int) -> str:
    return f"{body['prompt']}\nSteps: 20, Sampler: DPM++ 2M, Seed: {seed}, Size: 64x64, Model: x"


def _picture(words: str, side: int, image_format: str, metadata: str) -> bytes:
    return noisy_picture(words, side, image_format, metadata, exif_encoding="utf-16-be")
