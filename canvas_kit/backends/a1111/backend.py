"""AUTOMATIC1111 and Forge as a backend."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import Field

from canvas_kit.backends.a1111.progress import ASK_SECONDS, TaskWatch
from canvas_kit.backends.a1111.response import Checkpoint, GenerationInfo, plain_name, seed_in_file
from canvas_kit.backends.base import (
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
)
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.transport import Answer, HttpBackend, Probe, ServerSettings, decode_base64
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    ModelNotFound,
    SettingsError,
)
from canvas_kit.media import recognise
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

STOP_SECONDS = 5.0
"""The longest that stopping our task may take."""

TIRED_GATEWAY = frozenset({502, 504, 520, 522, 524})
"""A gateway on the way gave up waiting; the server may draw on."""

UNHEARD_SECONDS = 1.0
"""A task of which the server knows nothing for so long never reached it."""


class A1111Settings(ServerSettings):
    """What only the web UI knows.

    Attributes:
        save_images: Whether the server keeps a second copy in its own output folder. The answer is
            the only way for a picture to come, and a gateway that cuts it off would lose it for
            good.
        sole_user: Whether nothing else uses the server, so that cancelling may stop whatever it
            draws where it cannot tell whose that is.
        poll_seconds: Between two questions about progress.
    """

    save_images: bool = True
    sole_user: bool = False
    poll_seconds: float = Field(0.5, gt=0)


class A1111Backend(HttpBackend):
    """Pictures from a stable-diffusion-webui that was started with ``--api``.

    Its key is ``user:password``, as in ``--api-auth``. The server draws one picture at a time, so
    the capacity is one.
    """

    kind = "a1111"
    default_address = "http://127.0.0.1:7860"
    default_capabilities = frozenset(
        {Capability.IMAGE, Capability.IMAGE_TO_IMAGE, Capability.SEED, Capability.PREVIEW}
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        self._own = own_settings(A1111Settings, name, options)
        super().__init__(name, options, network, self._own)
        self._checkpoints: tuple[Checkpoint, ...] = ()

    def key_headers(self, key: str) -> Mapping[str, str]:
        """HTTP Basic, from ``user:password``."""
        _, colon, password = key.partition(":")
        if not colon:
            raise SettingsError(
                f"The key of {self.name!r} should be 'user:password', as the server was given it "
                "with --api-auth."
            )
        self.redactor.add(password)
        return {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}

    def model_for(self, asked: str) -> str:
        """The model asked for or the default; empty for whichever the server has loaded."""
        return asked or self.options.default_model

    # -- generating ---------------------------------------------------------------------------

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """See :meth:`canvas_kit.backends.base.Backend.generate`."""
        started = time.monotonic()
        model = self.model_for(request.model)
        async with self.slot(reporter):
            deadline = time.monotonic() + self.options.timeout_seconds
            if model:
                await self._check_model(model)
            body = self._body(request, model)
            await reporter.submitting(request.job_id, model=model, seed=body["seed"])
            answer = await self._ask(request, body, reporter, deadline)
            return self.redactor(await self._result(request, body, answer, started))

    def _body(self, request: MediaRequest, model: str) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "prompt": request.prompt,
            "negative_prompt": request.second_text or None,
            "seed": -1 if request.seed is None else request.seed,
            "width": request.width,
            "height": request.height,
            "steps": request.steps,
            "cfg_scale": request.cfg,
            "n_iter": request.count,
            "send_images": True,
            "save_images": self._own.save_images,
            "force_task_id": request.job_id,
        }
        if request.start_image is not None:
            wanted["init_images"] = [base64.b64encode(request.start_image).decode()]
        body = {key: value for key, value in wanted.items() if value is not None}
        settings = json_mapping(request.options.get("override_settings"))
        if model:
            settings["sd_model_checkpoint"] = model
            # Loading a checkpoint takes longer than most pictures; the next one may want the same.
            body["override_settings_restore_afterwards"] = False
        if settings:
            body["override_settings"] = settings
        return {**request.options, **body}

    async def _ask(
        self, request: MediaRequest, body: dict[str, Any], reporter: Reporter, deadline: float
    ) -> Answer:
        route = "img2img" if request.start_image is not None else "txt2img"
        watch = TaskWatch(self, request.job_id)
        watching = asyncio.create_task(self._report(watch, reporter))
        try:
            return await self.request(
                "POST",
                f"sdapi/v1/{route}",
                json=body,
                timeout_seconds=max(deadline - time.monotonic(), 0.001),
                holds_files=True,
                tell=reporter.progress,
            )
        except (asyncio.CancelledError, BackendTimeout) as error:
            watching.cancel()
            status = getattr(error, "details", {}).get("status")
            if status not in TIRED_GATEWAY:  # there, the copy on the server may yet be of use
                await self._stop(watch, reporter)
            raise
        finally:
            watching.cancel()
            await asyncio.wait([watching])  # its request must not outlive ours

    async def _report(self, watch: TaskWatch, reporter: Reporter) -> None:
        """Tell how far our task is, for as long as the server tells of this very task."""
        while True:
            await asyncio.sleep(self._own.poll_seconds)
            try:
                now = await watch.ask(preview=True)
            except BackendError:
                continue  # the picture counts, and the next question may be answered
            if now.active and now.fraction is not None:
                step = round(100 * now.fraction)
                reporter.progress(now.words, step=step, total=100, preview=now.preview)
            elif now.queued:
                reporter.progress(now.words)

    async def _stop(self, watch: TaskWatch, reporter: Reporter) -> None:
        """Stop our task on the server, and only ours.

        The server can only stop whatever it draws at the moment, so it is asked first whether that
        is our task. Between the two requests lies an instant in which another may begin.
        """
        with anyio.move_on_after(STOP_SECONDS, shield=True), suppress(BackendError):
            unheard_since = time.monotonic()
            while True:
                now = await watch.ask(preview=False)
                if now.active or (not now.known and self._own.sole_user):
                    await self.request("POST", "sdapi/v1/interrupt", json={})
                    return
                if now.queued:
                    reporter.progress("waiting for the server to begin, in order to stop it")
                elif now.completed or time.monotonic() - unheard_since > UNHEARD_SECONDS:
                    return
                await asyncio.sleep(min(self._own.poll_seconds, 0.2))

    # -- the outcome --------------------------------------------------------------------------

    async def _result(
        self, request: MediaRequest, body: Mapping[str, Any], answer: Answer, started: float
    ) -> MediaResult:
        document = answer.json_object()
        images = document.get("images")
        if not isinstance(images, list):
            raise BackendAnswerError(
                f"{self.name} answered {answer.request} without pictures: {answer.describe()}.",
                backend=self.name,
                maybe_done=True,
            )
        info = GenerationInfo(document.get("info"))
        batch = body.get("batch_size")
        expected = request.count * (max(batch, 1) if isinstance(batch, int) else 1)
        pictures, grids, extras = info.sort(images, expected)
        warnings = list(answer.notes)
        items = self._items(pictures, info, warnings)
        interrupted = await self._was_interrupted(info)
        if not items:
            raise BackendUnavailable(
                f"{self.name} was interrupted by another client and made no picture."
                if interrupted
                else f"{self.name} answered with success but without a picture.",
                backend=self.name,
                details={"warnings": warnings},
            )
        if interrupted:
            warnings.append(
                f"Another client interrupted {self.name} while it drew: the last picture is half "
                "made, and later ones are missing."
            )
        if len(items) < expected:
            warnings.append(f"{len(items)} of {expected} pictures were made.")
        if not info.document:
            warnings.append(
                f"{self.name} did not tell how the pictures were made: its 'info' cannot be read."
            )
        drew = info.text("sd_model_name")
        asked = str(body.get("override_settings", {}).get("sd_model_checkpoint", ""))
        if asked and drew and not self._same_model(asked, drew, info.text("sd_model_hash")):
            warnings.append(
                f"{self.name} drew with the model {drew!r} although {asked!r} was asked for: it "
                "drops what it cannot load without a word."
            )
        sampler, used = str(body.get("sampler_name") or ""), info.text("sampler_name")
        if sampler and used and used.casefold() != sampler.casefold():
            warnings.append(
                f"{self.name} drew with the sampler {used!r} although {sampler!r} was asked for: "
                "where it does not know one it takes its default without a word."
            )
        reply: dict[str, Any] = {"info": info.document}
        if grids or extras:
            reply["left_out"] = {"grids": grids, "extras": extras}
        if body.get("save_images"):
            reply["second_copy"] = "in the server's own output folder"
        provenance = Provenance(
            backend=self.name,
            model=drew or asked or "(as loaded)",
            backend_version=info.text("version") or None,
            seed=items[0].seed,
            job_id=request.job_id,
            request=self.for_record(dict(body)),
            reply=self.for_record(reply),
            seconds=round(time.monotonic() - started, 3),
        )
        return MediaResult(tuple(items), provenance, tuple(warnings))

    def _items(
        self, pictures: Sequence[str], info: GenerationInfo, warnings: list[str]
    ) -> list[MediaItem]:
        items = []
        for index, text in enumerate(pictures):
            try:
                data = decode_base64(text, backend=self.name)
            except BackendAnswerError as error:
                warnings.append(f"Picture {index + 1} came broken: {error}")
                continue
            seed = info.seeds[index] if index < len(info.seeds) else seed_in_file(data)
            items.append(MediaItem(data, recognise(data), seed=seed, source={"index": index}))
        return items

    async def _was_interrupted(self, info: GenerationInfo) -> bool:
        """Whether our job was stopped half-way: the answer itself does not say."""
        try:
            answer = await self.request(
                "GET",
                "sdapi/v1/progress",
                params={"skip_current_image": "true"},
                timeout_seconds=ASK_SECONDS,
                repeat_safe=True,
            )
            state = json_mapping(answer.json_object().get("state"))
        except BackendError:
            return False  # nothing is known to be wrong
        if str(state.get("job_timestamp") or "") != info.text("job_timestamp"):
            return False  # the server is at another job already
        return bool(state.get("interrupted") or state.get("stopping_generation"))

    # -- models -------------------------------------------------------------------------------

    async def _check_model(self, model: str) -> None:
        """Refuse a model that the server does not have: it would draw with another one.

        Raises:
            ModelNotFound: When there is none of that name.
        """
        if self._named(model):
            return
        try:
            known = [info.name for info in (await self.probe()).models]
        except (BackendRejected, BackendUnavailable):
            return  # a proxy that lets only the pictures through
        if not self._named(model):
            raise ModelNotFound(self.missing_model(model, known), backend=self.name)

    async def probe(self) -> Probe:
        """See :meth:`HttpBackend.probe`."""
        answer = await self.request("GET", "sdapi/v1/sd-models", repeat_safe=True)
        listed = answer.json()
        if not isinstance(listed, list):
            raise BackendAnswerError(
                f"{self.name} should have listed its models, but sent {answer.describe()}.",
                backend=self.name,
            )
        self._checkpoints = tuple(
            Checkpoint.read(entry) for entry in listed if isinstance(entry, dict)
        )
        can = frozenset({Capability.IMAGE, Capability.IMAGE_TO_IMAGE})
        return Probe(models=tuple(ModelInfo(found.name, can) for found in self._checkpoints))

    def has_model(self, wanted: str, known: Sequence[str]) -> bool:
        """See :meth:`HttpBackend.has_model`."""
        return self._named(wanted) is not None

    def _named(self, model: str) -> Checkpoint | None:
        return next((found for found in self._checkpoints if model in found.names), None)

    def _same_model(self, asked: str, drew: str, drew_hash: str) -> bool:
        checkpoint = self._named(asked)
        if checkpoint is None:
            return plain_name(asked) == plain_name(drew)
        if checkpoint.short_hash and drew_hash:
            return checkpoint.short_hash == drew_hash
        return drew in checkpoint.names

    def translate(self, answer: Answer) -> BackendError:
        """See :meth:`HttpBackend.translate`; with what the web UI's words mean."""
        said, status, name = answer.complaint(), answer.status, self.name
        facts: dict[str, Any] = {"backend": name, "details": {"status": status, "message": said}}
        if status == 401:
            return AccessDenied(
                f"{name} at {self.address} wants a user and a password (--api-auth): put "
                "'user:password' into an environment variable and name it in key_env of "
                f"[backends.{name}]. The server says: {said}",
                **facts,
            )
        if status == 404 and (said == "Not Found" or not answer.body.lstrip().startswith(b"{")):
            return BackendRejected(
                f"{name} at {self.address} has no {answer.request}: it was started without --api, "
                "or is another server.",
                **facts,
            )
        if status in (400, 404, 422):
            return BackendRejected(f"{name} refused the request: {said}", **facts)
        if "out of memory" in said.lower() or "OutOfMemoryError" in answer.text:
            return BackendUnavailable(
                f"{name} ran out of memory: ask for a smaller picture or fewer at a time. The "
                f"server says: {said}",
                **facts,
            )
        if status in TIRED_GATEWAY and "2img" in answer.request:
            copy = (
                "its copy will lie in the server's own output folder"
                if self._own.save_images
                else "with save_images = true a copy would lie in the server's output folder"
            )
            kind = BackendUnreachable if status == 502 else BackendTimeout
            return kind(
                f"A gateway before {name} answered {answer.outcome} while the server was at work. "
                f"The picture cannot be fetched any more; {copy}. Have the gateway wait longer, or "
                "go round it.",
                **facts,
            )
        return super().translate(answer)


class ForgeBackend(A1111Backend):
    """Pictures from stable-diffusion-webui-forge, whose interface is the same."""

    kind = "forge"
