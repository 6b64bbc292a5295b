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

from canvas_kit.backends.a1111.answer import (
    Checkpoint,
    Info,
    Sorted,
    media_type,
    plain_name,
    seed_in_file,
    sort_images,
)
from canvas_kit.backends.a1111.refusals import TIRED_GATEWAY, complaint, known_error
from canvas_kit.backends.a1111.whereabouts import TaskWatch, server_state
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
from canvas_kit.errors import (
    BackendAnswerError,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    ModelNotFound,
    SettingsError,
    name_hint,
)
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

DEFAULT_ADDRESS = "http://127.0.0.1:7860"

STOP_SECONDS = 5.0
"""The longest that stopping our task may take."""

UNHEARD_SECONDS = 1.0
"""A task of which the server knows nothing for so long never reached it."""


class A1111Settings(ServerSettings):
    """What only the web UI knows.

    Attributes:
        save_images: Whether the server keeps a second copy in its own output folder.
        sole_user: Whether nobody else uses the server.
        poll_seconds: Between two questions about progress.
    """

    save_images: bool = True
    sole_user: bool = False
    poll_seconds: float = Field(0.5, gt=0)


class A1111Backend(HttpBackend):
    """Pictures from a stable-diffusion-webui that was started with ``--api``.

    Its key is ``user:password``, as in ``--api-auth``. Settings of its own:

    - ``save_images`` (true): the server keeps a second copy in its own output folder. The answer
      is the only way home for a picture, and a gateway that cuts it off would lose it for good.
    - ``sole_user`` (false): nobody else uses the server, so that cancelling may stop whatever it
      draws where it cannot tell whose that is.
    - ``poll_seconds`` (0.5): between two questions about progress.

    The server draws one picture at a time, so the capacity is one.
    """

    kind = "a1111"
    default_address = DEFAULT_ADDRESS
    default_capabilities = frozenset(
        {
            Capability.IMAGE,
            Capability.IMAGE_TO_IMAGE,
            Capability.SEED,
            Capability.PREVIEW,
        }
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        own = own_settings(A1111Settings, name, options)
        super().__init__(name, options, network, own)
        self._save_images = own.save_images
        self._sole_user = own.sole_user
        self._poll_seconds = own.poll_seconds
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
            return await self._result(request, body, answer, started)

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
            "save_images": self._save_images,
            "force_task_id": request.job_id,
        }
        if request.start_image is not None:
            wanted["init_images"] = [base64.b64encode(request.start_image).decode()]
        body = {key: value for key, value in wanted.items() if value is not None}
        settings = dict(request.options.get("override_settings") or {})
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

    async def _report(self, watch: TaskWatch, reporter: Reporter) -> None:
        """Tell how far our task is, for as long as the server tells of this very task."""
        while True:
            await asyncio.sleep(self._poll_seconds)
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
                if now.active or (not now.known and self._sole_user):
                    await self.request("POST", "sdapi/v1/interrupt", json={}, repeat_safe=False)
                    return
                if now.queued:
                    reporter.progress("waiting for the server to begin, in order to stop it")
                elif now.completed or time.monotonic() - unheard_since > UNHEARD_SECONDS:
                    return
                await asyncio.sleep(min(self._poll_seconds, 0.2))

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
        info = Info.parse(document.get("info"))
        expected = request.count * _whole_number(body.get("batch_size"))
        found = sort_images(images, info, expected)
        warnings = list(answer.notes)
        items = self._items(found, info, warnings)
        interrupted = await self._was_interrupted(info)
        if not items:
            raise BackendUnavailable(
                f"{self.name} was interrupted by somebody and made no picture."
                if interrupted
                else f"{self.name} answered with success but without a picture.",
                backend=self.name,
                details={"warnings": warnings},
            )
        if interrupted:
            warnings.append(
                f"Somebody interrupted {self.name} while it drew: the last picture is half made, "
                "and later ones are missing."
            )
        if len(items) < expected:
            warnings.append(f"{len(items)} of {expected} pictures were made.")
        if not info.document:
            warnings.append(
                f"{self.name} did not tell how the pictures were made: its 'info' cannot be read."
            )
        asked_model = str(body.get("override_settings", {}).get("sd_model_checkpoint", ""))
        if asked_model and info.model and not self._same_model(asked_model, info):
            warnings.append(
                f"{self.name} drew with the model {info.model!r} although {asked_model!r} was "
                "asked for: it drops what it cannot load without a word."
            )
        reply: dict[str, Any] = {"info": dict(info.document)}
        if found.grids or found.extras:
            reply["left_out"] = {"grids": len(found.grids), "extras": len(found.extras)}
        if body.get("save_images"):
            reply["second_copy"] = "in the server's own output folder"
        provenance = Provenance(
            backend=self.name,
            model=info.model or asked_model or "(as loaded)",
            backend_version=info.version,
            seed=items[0].seed,
            job_id=request.job_id,
            request=self.for_record(dict(body)),
            reply=self.for_record(reply),
            seconds=round(time.monotonic() - started, 3),
        )
        return MediaResult(tuple(items), provenance, tuple(warnings))

    def _items(self, found: Sorted, info: Info, warnings: list[str]) -> list[MediaItem]:
        items = []
        for index, text in enumerate(found.pictures):
            try:
                data = decode_base64(text, backend=self.name)
            except BackendAnswerError as error:
                warnings.append(f"Picture {index + 1} came broken: {error}")
                continue
            seed = info.seeds[index] if index < len(info.seeds) else seed_in_file(data)
            items.append(MediaItem(data, media_type(data), seed=seed, source={"index": index}))
        return items

    async def _was_interrupted(self, info: Info) -> bool:
        """Whether our job was stopped half-way: the answer itself does not say."""
        try:
            state = (await server_state(self)).get("state")
        except BackendError:
            return False  # nothing is known to be wrong
        if not isinstance(state, dict) or state.get("job_timestamp") != info.job_timestamp:
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
            await self._load_checkpoints()
        except (BackendRejected, BackendUnavailable):
            return  # a proxy that lets only the pictures through
        if not self._named(model):
            raise ModelNotFound(
                f"{self.name} has no model {model!r}. "
                f"{name_hint(model, [checkpoint.name for checkpoint in self._checkpoints])} "
                "If it is new there, have the server refresh its list.",
                backend=self.name,
            )

    async def _load_checkpoints(self) -> None:
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

    def _named(self, model: str) -> Checkpoint | None:
        return next((found for found in self._checkpoints if model in found.names), None)

    def _same_model(self, asked: str, info: Info) -> bool:
        checkpoint = self._named(asked)
        if checkpoint is None:
            return plain_name(asked) == plain_name(info.model)
        if checkpoint.short_hash and info.model_hash:
            return checkpoint.short_hash == info.model_hash
        return info.model in checkpoint.names

    async def problems(self, model: str) -> Sequence[str]:
        """See :meth:`canvas_kit.backends.base.Backend.problems`."""
        status = await self.status()
        if status.problem:
            return [status.problem]
        wanted = self.model_for(model)
        if not wanted or self._named(wanted):
            return []
        known = [info.name for info in status.models]
        return [f"{self.name} has no model {wanted!r}. {name_hint(wanted, known)}"]

    async def probe(self) -> Probe:
        """See :meth:`HttpBackend.probe`."""
        await self._load_checkpoints()
        can = frozenset({Capability.IMAGE, Capability.IMAGE_TO_IMAGE})
        return Probe(models=tuple(ModelInfo(found.name, can) for found in self._checkpoints))

    # -- errors -------------------------------------------------------------------------------

    def translate(self, answer: Answer) -> BackendError:
        """See :meth:`HttpBackend.translate`."""
        known = known_error(
            answer,
            str(self.redactor(complaint(answer))),
            backend=self.name,
            address=self.address,
            keeps_copies=self._save_images,
        )
        return known or super().translate(answer)


class ForgeBackend(A1111Backend):
    """Pictures from stable-diffusion-webui-forge, whose interface is the same."""

    kind = "forge"


def _whole_number(value: object) -> int:
    return max(value, 1) if isinstance(value, int) else 1
