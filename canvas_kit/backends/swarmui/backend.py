"""SwarmUI as a backend."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.base import Capability, MediaRequest, MediaResult, ModelInfo, Reporter
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.swarmui.errors import known_error
from canvas_kit.backends.swarmui.job import SwarmUIJob
from canvas_kit.backends.swarmui.pictures import JOB_KEY
from canvas_kit.backends.swarmui.server import SwarmUIServer, SwarmUISettings
from canvas_kit.backends.transport import Answer, HttpBackend, Probe
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import AccessDenied, BackendError

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

MAX_DRAWN_SEED = 2**31 - 1
"""SwarmUI draws 31 bits itself when none is asked for."""

_UNUSABLE = frozenset({"errored", "all_disabled", "empty"})


class SwarmUIBackend(HttpBackend):
    """Pictures from a SwarmUI server. See the README beside this file for its settings.

    The usual capacity is two: one request is drawn while the next waits on the server, so that it
    never idles.
    """

    kind = "swarmui"
    default_address = "http://127.0.0.1:7801"
    default_capacity = 2
    default_capabilities = frozenset(
        {Capability.IMAGE, Capability.IMAGE_TO_IMAGE, Capability.SEED, Capability.PREVIEW}
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        own = own_settings(SwarmUISettings, name, options)
        super().__init__(name, options, network, own)
        self._server = SwarmUIServer(self, own)

    def key_headers(self, key: str) -> Mapping[str, str]:
        """The account's token travels as a cookie, with downloads too."""
        return {"Cookie": f"swarm_token={key}"}

    def model_for(self, asked: str) -> str:
        """The model in SwarmUI's own spelling, which leaves the usual file ending out."""
        return super().model_for(asked).removesuffix(".safetensors")

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """See :meth:`canvas_kit.backends.base.Backend.generate`."""
        async with self.slot(reporter):
            job = SwarmUIJob(self._server, request, self._parameters(request), reporter)
            return self.redactor(await job.result())

    def _parameters(self, request: MediaRequest) -> dict[str, Any]:
        """The body of the call, without the session.

        A seed is drawn here when none is asked for: the answer over HTTP does not name it.

        Raises:
            SettingsError: When no model is named.
        """
        wanted: dict[str, Any] = {
            "images": request.count,
            "prompt": request.prompt,
            "negativeprompt": request.second_text or None,
            "model": self.model_for(request.model),
            "seed": random.randint(0, MAX_DRAWN_SEED) if request.seed is None else request.seed,
            "width": request.width,
            "height": request.height,
            "steps": request.steps,
            "cfgscale": request.cfg,
        }
        if request.start_image is not None:
            wanted["initimage"] = base64.b64encode(request.start_image).decode()
        given = {key: value for key, value in wanted.items() if value is not None}
        notes = {**json_mapping(request.options.get("extra_metadata")), JOB_KEY: request.job_id}
        return {**request.options, **given, "extra_metadata": notes}

    async def probe(self) -> Probe:
        """See :meth:`HttpBackend.probe`."""
        session = await self._server.open_session()
        status = await session.call("GetCurrentStatus", {})
        listed = await session.call("ListT2IParams", {})
        self._server.rest(session)
        workers = json_mapping(status.get("backend_status"))
        problem = ""
        if workers.get("status") in _UNUSABLE:
            problem = (
                f"{self.name} has no worker that draws: {workers.get('message') or 'none runs'} "
                "Start or repair one in SwarmUI under Server, Backends."
            )
        return Probe(session.version, tuple(_models(listed)), problem)

    def translate(self, answer: Answer) -> BackendError:
        """See :meth:`HttpBackend.translate`."""
        document = self.redactor(json_mapping(answer.body))
        error = known_error(document, backend=self.name, address=self.address)
        if error is not None:
            error.details["status"] = answer.status
            return error
        if answer.status == 401 and answer.text.strip() == "Unauthorized":
            return AccessDenied(
                f"{self.name} at {self.address} wants a fixed Authorization header. Put its value "
                "into an environment variable and name that: [backends."
                f"{self.name}.headers_env] Authorization = 'THE_VARIABLE'.",
                backend=self.name,
                details={"status": 401},
            )
        return super().translate(answer)

    async def aclose(self) -> None:
        """Close connections."""
        await self._server.aclose()
        await super().aclose()


def _models(listed: Mapping[str, Any]) -> list[ModelInfo]:
    """The picture models in an answer of ListT2IParams, named as canvases name them."""
    can = frozenset({Capability.IMAGE, Capability.IMAGE_TO_IMAGE})
    found = []
    for entry in json_mapping(listed.get("models")).get("Stable-Diffusion") or []:
        name, kind = (entry[0], entry[1]) if isinstance(entry, list) else (entry, None)
        found.append(ModelInfo(str(name).removesuffix(".safetensors"), can, str(kind or "")))
    return found
