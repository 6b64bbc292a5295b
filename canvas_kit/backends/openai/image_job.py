"""Pictures: ``/images/generations`` and ``/images/edits``.

There is no seed in this protocol, so that none is ever reported. What a model does not take is
left out with a warning, or, when the user asked for it by name, refused before anything is paid.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from pydantic import Field

from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, Reporter
from canvas_kit.backends.openai.errors import REPEAT_ON, REQUEST_ID, error_facts, named_error
from canvas_kit.backends.openai.image_models import image_model
from canvas_kit.backends.transport import HttpBackend, ServerSettings, decode_base64
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import (
    BackendAnswerError,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    ModelNotFound,
    UnsupportedRequest,
    name_hint,
    shorten,
)
from canvas_kit.media import extension_of, recognise
from canvas_kit.network import public_url
from canvas_kit.values import Provenance, Size

_OURS = frozenset({"image", "model", "n", "partial_images", "prompt", "response_format", "stream"})


class OpenAISettings(ServerSettings):
    """What only servers of this protocol know.

    Attributes:
        partial_images: Unfinished pictures as previews, for models that stream; each costs extra.
        response_format: What to ask image models for that are not in the table; ``"none"`` leaves
            the parameter out.
    """

    partial_images: int = Field(0, ge=0, le=3)
    response_format: Literal["b64_json", "url", "none"] = "b64_json"


class ImageJob:
    """One request for pictures, in as many calls as the model needs for them."""

    def __init__(
        self,
        backend: HttpBackend,
        model: str,
        request: MediaRequest,
        reporter: Reporter,
        settings: OpenAISettings,
        bare_models: set[str],
    ) -> None:
        """Check the request; nothing is sent. ``bare_models`` take no response_format.

        Raises:
            BackendRejected: When an option is not one of the model's.
            UnsupportedRequest: When the model takes no picture to start from.
        """
        self.backend = backend
        self.model = model
        self.form = image_model(model)
        self.request = request
        self.reporter = reporter
        self.settings = settings
        self.bare_models = bare_models
        self.items: list[MediaItem] = []
        self.warnings: list[str] = []
        self.replies: list[dict[str, Any]] = []
        self.usage: dict[str, Any] = {}
        self.request_ids: list[str] = []
        self.sent: dict[str, Any] = {}
        self._check()
        self.parameters = self._parameters()

    async def result(self, begin: float) -> MediaResult:
        """The pictures; fewer than asked, with a warning, when some did not come."""
        wanted = self.request.count
        end = time.monotonic() + self.backend.options.timeout_seconds
        asked = 0
        while asked < wanted:
            count = min(self.form.most_pictures, wanted - asked)
            try:
                await self._call(count, end)
            except BackendError as error:
                if not self.items:
                    raise
                self.warnings.append(
                    f"{len(self.items)} of {wanted} pictures were made, then: {error}"
                )
                break
            asked += count
        else:
            if len(self.items) < wanted and not self.warnings:
                self.warnings.append(
                    f"{len(self.items)} of {wanted} pictures came; {self.backend.name} did not say "
                    "why. It may have filtered the others."
                )
        return MediaResult(
            tuple(self.items),
            Provenance(
                backend=self.backend.name,
                model=self.model,
                job_id=" ".join(self.request_ids) or None,
                request=self.backend.for_record(self.sent),
                reply=self.backend.for_record(
                    self.replies[0] if len(self.replies) == 1 else {"calls": self.replies}
                ),
                usage=self.usage,
                seconds=time.monotonic() - begin,
            ),
            tuple(dict.fromkeys(self.warnings)),
        )

    # -- what is asked ------------------------------------------------------------------------

    def _check(self) -> None:
        if self.request.start_image is not None and not self.form.edits:
            raise UnsupportedRequest(
                f"{self.model} takes no picture to start from. The gpt-image models do.",
                backend=self.backend.name,
            )
        for name in self.request.options:
            if name in _OURS:
                raise BackendRejected(
                    f"The option {name!r} is set by canvas-kit itself. Take it out of the output "
                    "config.",
                    backend=self.backend.name,
                    details={"param": name},
                )
            if self.form.takes is not None and name not in self.form.takes:
                raise BackendRejected(
                    f"{self.model} takes no {name!r}. {name_hint(name, self.form.takes)} Nothing "
                    "was sent.",
                    backend=self.backend.name,
                    details={"param": name},
                )

    def _parameters(self) -> dict[str, Any]:
        asked = self.request
        parameters: dict[str, Any] = {"model": self.model, "prompt": asked.prompt}
        if size := self._size():
            parameters["size"] = size
        ignored = {
            "negative prompt": bool(asked.second_text),
            "number of steps": asked.steps is not None,
            "cfg": asked.cfg is not None,
        }
        if left_out := [name for name, given in ignored.items() if given]:
            self.warnings.append(
                f"{self.model} is asked without {' and '.join(left_out)}: this protocol has no "
                "such parameter."
            )
        return {**parameters, **asked.options}

    def _size(self) -> str:
        width, height = self.request.width, self.request.height
        if width is None or height is None:
            return ""
        wanted = Size(width, height)
        drawn = wanted if self.form.sizes is None else self.form.sizes.nearest(wanted)
        if drawn != wanted and "size" not in self.request.options:
            self.warnings.append(
                f"{self.model} does not draw {width}x{height}; it was asked for "
                f"{drawn.width}x{drawn.height}."
            )
        return f"{drawn.width}x{drawn.height}"

    def _asks_for_base64(self) -> dict[str, str]:
        if self.form.response_format == "always":
            return {"response_format": "b64_json"}
        wish = self.settings.response_format
        refused = self.model in self.bare_models
        if self.form.response_format == "never" or wish == "none" or refused:
            return {}
        return {"response_format": wish}

    # -- asking -------------------------------------------------------------------------------

    async def _call(self, count: int, end: float) -> None:
        body = {**self.parameters, "n": count, **self._asks_for_base64()}
        try:
            await self._ask(body, end)
        except BackendRejected as error:
            about = f"{error.details.get('param')} {error.details.get('message')}"
            if isinstance(error, ModelNotFound) or "response_format" not in about:
                raise
            if body.pop("response_format", None) is None:
                raise
            self.bare_models.add(self.model)
            await self._ask(body, end)

    async def _ask(self, body: dict[str, Any], end: float) -> None:
        picture = self.request.start_image
        path = "images/generations" if picture is None else "images/edits"
        if self.form.streams and self.settings.partial_images and body["n"] == 1:
            body = {**body, "stream": True, "partial_images": self.settings.partial_images}
        self.sent = {"path": f"/{path}", **body}
        manner: dict[str, Any] = {
            "repeat_on": REPEAT_ON,
            "headers": {REQUEST_ID: self.request.job_id},
            "tell": self.reporter.progress,
            "timeout_seconds": max(end - time.monotonic(), 0.001),
        }
        if picture is None:
            manner["json"] = body
        else:
            self.sent["image"] = picture
            kind = recognise(picture) or "image/png"
            manner["data"] = {name: _form_text(value) for name, value in body.items()}
            manner["files"] = {"image": (f"image.{extension_of(kind)}", picture, kind)}
        await self.reporter.submitting(
            self.request.job_id, model=self.model, address=self.backend.address
        )
        self.reporter.progress(f"{self.model} draws")
        if body.get("stream"):
            await self._watch(path, manner, end)
            return
        answer = await self.backend.request("POST", path, **manner)
        self.warnings += answer.notes
        await self._take(answer.json_object(paid=True), answer.headers, end)

    async def _watch(self, path: str, manner: Mapping[str, Any], end: float) -> None:
        """Show the unfinished pictures of a stream and take the finished one."""
        name = self.backend.name
        step, total = 0, self.settings.partial_images + 1
        async with self.backend.json_stream("POST", path, events=True, **manner) as (head, events):
            self.warnings += head.notes
            async for event in events:
                data = json_mapping(event)
                kind = str(data.get("type"))
                if data.get("error"):
                    facts = self.backend.redactor(error_facts(data))
                    what = f"POST /{path}"
                    said = facts.get("message") or facts.get("code") or "it did not say why"
                    raise named_error(name, facts, status=None, what=what) or BackendUnavailable(
                        f"{name} gave up on {what}: {said}",
                        backend=name,
                        details=facts,
                        maybe_done=True,
                    )
                if kind.endswith(".partial_image"):
                    step, preview = min(step + 1, total - 1), None
                    with suppress(BackendError):  # a preview is not worth a paid picture
                        preview = decode_base64(data.get("b64_json"), backend=name)
                    self.reporter.progress(
                        f"{self.model} draws", step=step, total=total, preview=preview
                    )
                elif kind.endswith(".completed"):
                    entry = {"b64_json": data.pop("b64_json", None)}
                    await self._take({**data, "data": [entry]}, head.headers, end)
                    self.reporter.progress("done", step=total, total=total)
                    return
                elif "data" in data:  # the server does not stream, and sent the whole answer
                    await self._take(data, head.headers, end)
                    return
        raise BackendAnswerError(
            f"{name} ended its stream before the finished picture. The server may have charged "
            "for it.",
            backend=name,
            maybe_done=True,
        )

    # -- what came ----------------------------------------------------------------------------

    async def _take(self, document: dict[str, Any], headers: Mapping[str, str], end: float) -> None:
        """Take the pictures of one answer; raise only when not one came."""
        entries = document.pop("data", None)
        if not isinstance(entries, list) or not entries:
            facts = error_facts(document)
            said = f": {facts['message']}" if facts.get("message") else ""
            raise BackendAnswerError(
                f"{self.backend.name} answered without a picture{said}. Some "
                'servers do so when they do not know response_format; set it to "none" in '
                f"[backends.{self.backend.name}]. The server may have charged for it.",
                backend=self.backend.name,
                details={"answer": self.backend.for_record(document)},
                maybe_done=True,
            )
        failures: list[BackendError] = []
        came: list[MediaItem] = []
        revised: list[Any] = []
        for index, entry in enumerate(entries):
            try:
                came.append(await self._picture(entry, len(self.items) + len(came), document, end))
            except BackendError as error:
                failures.append(error)
                self.warnings.append(f"Picture {index + 1} of {len(entries)} did not come: {error}")
            if isinstance(entry, dict) and entry.get("revised_prompt"):
                revised.append(entry["revised_prompt"])
        _add_usage(self.usage, document.pop("usage", None))
        if revised:
            document["revised_prompts"] = revised
        if request_id := headers.get("x-request-id"):
            document["x-request-id"] = request_id
            self.request_ids.append(request_id)
        self.replies.append(document)
        self.items += came
        if not came:
            failures[0].maybe_done = True
            raise failures[0]

    async def _picture(
        self, entry: Any, index: int, document: Mapping[str, Any], end: float
    ) -> MediaItem:
        entry = json_mapping(entry)
        source: dict[str, Any] = {"index": index}
        if entry.get("revised_prompt"):
            source["revised_prompt"] = entry["revised_prompt"]
        url = str(entry.get("url") or "")
        encoded = entry.get("b64_json") or (url if url[:5].lower() == "data:" else "")
        if encoded:
            named = document.get("output_format")
            announced = f"image/{named}" if isinstance(named, str) else None
            data = decode_base64(encoded, backend=self.backend.name)
            return MediaItem(data, announced_type=announced, source=source)
        if url:
            remaining = end - time.monotonic()
            if remaining <= 0:
                raise BackendTimeout(
                    f"No time is left to fetch {public_url(url)}.", backend=self.backend.name
                )
            if url[0] != "/" and ":" not in url.partition("/")[0]:  # relative to the API itself
                url = f"{self.backend.address}/{url}"
            got = await self.backend.download(url, timeout_seconds=remaining)
            source["url"] = got.url
            return MediaItem(got.data, got.announced_type, got.announced_size, source=source)
        raise BackendAnswerError(
            f"{self.backend.name} sent an entry with neither b64_json nor url: {shorten(entry)}.",
            backend=self.backend.name,
        )


def _form_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _add_usage(total: dict[str, Any], usage: object) -> None:
    """Add the figures of one call, tables inside included."""
    if not isinstance(usage, dict):
        return
    for key, value in usage.items():
        if isinstance(value, dict):
            _add_usage(total.setdefault(key, {}), value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            total[key] = total.get(key, 0) + value
