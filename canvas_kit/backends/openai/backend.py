"""OpenAI's API, and whatever speaks it at another address.

Checked against OpenAI's API description and Python client of 2026-08; texts were tried against
llama.cpp's server (b11549, 2026-10) and ``transformers serve`` 5.24.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.base import (
    Capability,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
    TextRequest,
    TextResult,
)
from canvas_kit.backends.openai.chat import write_text
from canvas_kit.backends.openai.errors import error_facts, named_error
from canvas_kit.backends.openai.image_job import ImageJob, OpenAISettings
from canvas_kit.backends.openai.image_models import UNKNOWN, image_model
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.transport import Answer, HttpBackend, Probe
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import BackendError

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings


class OpenAIBackend(HttpBackend):
    """Image, language and vision models over OpenAI's protocol.

    Works without a key, for servers on one's own machine. Settings are those of
    :class:`OpenAISettings`.
    """

    kind = "openai"
    default_address = "https://api.openai.com/v1"
    default_capacity = 4
    hosted = True
    default_capabilities = frozenset(
        {
            Capability.TEXT,
            Capability.VISION,
            Capability.STRUCTURED,
            Capability.IMAGE,
            Capability.IMAGE_TO_IMAGE,
        }
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        own = own_settings(OpenAISettings, name, options)
        super().__init__(name, options, network, own)
        if own.partial_images:
            self.capabilities |= {Capability.PREVIEW}
        self._own = own
        self._bare_models: set[str] = set()

    @property
    def files_address(self) -> str:
        """The address without its version: ``/v1`` is the API's, files lie beside it."""
        return re.sub(r"/v\d+$", "", self.address)

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        """A text for ``request``; see :meth:`canvas_kit.backends.base.Backend.write`."""
        begin = time.monotonic()
        model = self.model_for(request.model)
        async with self.slot(reporter):
            return self.redactor(await write_text(self, model, request, reporter, begin))

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """Pictures for ``request``; see :meth:`canvas_kit.backends.base.Backend.generate`."""
        begin = time.monotonic()
        model = self.model_for(request.model)
        job = ImageJob(self, model, request, reporter, self._own, self._bare_models)
        async with self.slot(reporter):
            return self.redactor(await job.result(begin))

    async def probe(self) -> Probe:
        """The models that it lists; servers without such a list are taken to be well."""
        answer = await self.request("GET", "models", repeat_safe=True, allow_status=(404, 405, 501))
        if answer.status != 200:
            return Probe()
        entries = answer.json_object().get("data")
        listed = map(json_mapping, entries if isinstance(entries, list) else [])
        named = (_model_info(entry) for entry in listed if entry.get("id"))
        models = sorted(named, key=lambda info: info.name)
        return Probe(answer.headers.get("openai-version"), tuple(models))

    def translate(self, answer: Answer) -> BackendError:
        """The error behind a status: refusal, quota and missing models told apart."""
        facts = self.redactor(error_facts(answer.body))
        error = named_error(self.name, facts, status=answer.status, what=answer.request)
        if error is None:
            error = super().translate(answer)
        error.details |= facts
        if request_id := answer.headers.get("x-request-id"):
            error.details["request_id"] = request_id
        return error


def _model_info(entry: Mapping[str, Any]) -> ModelInfo:
    """A model of the list; llama.cpp and OpenRouter tell what goes in and comes out."""
    name = str(entry["id"])
    known = image_model(name)
    if known is not UNKNOWN:
        both = {Capability.IMAGE, Capability.IMAGE_TO_IMAGE}
        return ModelInfo(name, frozenset(both if known.edits else {Capability.IMAGE}))
    told = json_mapping(entry.get("architecture"))
    takes, gives = (told.get(f"{way}put_modalities") or () for way in ("in", "out"))
    can = {Capability.TEXT, Capability.STRUCTURED} if "text" in gives else set()
    if can and "image" in takes:
        can.add(Capability.VISION)
    if "image" in gives:
        can.add(Capability.IMAGE)
    return ModelInfo(name, frozenset(can))
