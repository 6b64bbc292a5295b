"""SwarmUI as a backend: its sessions, its calls, its models."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from canvas_kit.backends.base import Capability, MediaRequest, MediaResult, ModelInfo, Reporter
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.swarmui.generation import Generation
from canvas_kit.backends.swarmui.metadata import JOB_KEY
from canvas_kit.backends.swarmui.refusals import SessionExpired, known_error
from canvas_kit.backends.transport import Answer, HttpBackend, Probe, ServerSettings
from canvas_kit.errors import AccessDenied, BackendAnswerError, BackendError, BackendUnavailable

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

DEFAULT_ADDRESS = "http://127.0.0.1:7801"

MAX_DRAWN_SEED = 2**31 - 1
"""SwarmUI draws 31 bits itself when none is asked for."""

_UNUSABLE = frozenset({"errored", "all_disabled", "empty"})


@dataclass(frozen=True, slots=True)
class Session:
    """A session on the server. Whatever runs under it can be stopped without touching others.

    Attributes:
        id: Counts as a key.
        files: How the paths of this user's saved pictures begin.
        version: What the server says it is.
    """

    id: str = field(repr=False)
    files: str = "Output/"
    version: str | None = None


class SwarmUISettings(ServerSettings):
    """What only SwarmUI knows.

    Attributes:
        silence_seconds: A socket that says nothing for so long counts as dead.
        poll_seconds: Between two questions whether the server has finished.
    """

    silence_seconds: float = Field(120.0, gt=0)
    poll_seconds: float = Field(1.0, gt=0)


class SwarmUIBackend(HttpBackend):
    """Pictures from a SwarmUI server.

    Its key is a ``swarm_token``; a server that wants a fixed ``Authorization`` header instead gets
    it from ``headers_env``. Settings of its own: ``silence_seconds`` (120), after which a socket
    that says nothing counts as dead; SwarmUI sends a sign of life every 30.

    The usual capacity is two: one request is drawn while the next waits on the server, so that it
    never idles. With more workers behind it, set it to their number and one.
    """

    kind = "swarmui"
    default_address = DEFAULT_ADDRESS
    default_capacity = 2
    default_capabilities = frozenset(
        {
            Capability.IMAGE,
            Capability.IMAGE_TO_IMAGE,
            Capability.SEED,
            Capability.PREVIEW,
        }
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        own = own_settings(SwarmUISettings, name, options)
        super().__init__(name, options, network, own)
        self.silence_seconds = own.silence_seconds
        self.poll_seconds = own.poll_seconds
        self._idle_sessions: list[Session] = []
        self._known_parameters: frozenset[str] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def key_headers(self, key: str) -> Mapping[str, str]:
        """The account's token travels as a cookie, with downloads too."""
        return {"Cookie": f"swarm_token={key}"}

    def model_for(self, asked: str) -> str:
        """The model in SwarmUI's own spelling, which leaves the usual file ending out."""
        return super().model_for(asked).removesuffix(".safetensors")

    # -- generating ---------------------------------------------------------------------------

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """See :meth:`canvas_kit.backends.base.Backend.generate`."""
        async with self.slot(reporter):
            work = Generation(self, request, self.parameters(request), reporter)
            return await work.result()

    def parameters(self, request: MediaRequest) -> dict[str, Any]:
        """The body of the call, without the session.

        A seed is drawn here when none is asked for: the answer over HTTP does not name it.

        Raises:
            SettingsError: When no model is named.
        """
        seed = random.randint(0, MAX_DRAWN_SEED) if request.seed is None else request.seed
        wanted: dict[str, Any] = {
            "images": request.count,
            "prompt": request.prompt,
            "negativeprompt": request.second_text or None,
            "model": self.model_for(request.model),
            "seed": seed,
            "width": request.width,
            "height": request.height,
            "steps": request.steps,
            "cfgscale": request.cfg,
        }
        if request.start_image is not None:
            wanted["initimage"] = base64.b64encode(request.start_image).decode()
        given = {key: value for key, value in wanted.items() if value is not None}
        notes = request.options.get("extra_metadata")
        notes = {**(notes if isinstance(notes, dict) else {}), JOB_KEY: request.job_id}
        return {**request.options, **given, "extra_metadata": notes}

    # -- calling ------------------------------------------------------------------------------

    async def call(
        self,
        route: str,
        session: Session,
        body: Mapping[str, Any],
        *,
        repeat_safe: bool = True,
        notes: list[str] | None = None,
    ) -> dict[str, Any]:
        """The answer of ``POST /API/<route>``.

        Args:
            route: The call's name.
            session: Under which it is made.
            body: Without the session.
            repeat_safe: Whether it may be sent again after a fault in mid-way.
            notes: Gets a sentence for every time that it was sent again.

        Raises:
            SessionExpired: When the server does not know the session.
            BackendError: For any other error; SwarmUI mostly says so with status 200.
        """
        answer = await self.request(
            "POST",
            f"API/{route}",
            json={"session_id": session.id, **body},
            repeat_safe=repeat_safe,
            holds_files=not repeat_safe,
        )
        if notes is not None:
            notes += answer.notes
        return self._checked(answer)

    async def open_session(self) -> Session:
        """A session that nobody else uses: a resting one, or a new one."""
        if self._idle_sessions:
            return self._idle_sessions.pop()
        return await self.new_session()

    async def new_session(self) -> Session:
        """A fresh session.

        Raises:
            AccessDenied: When the server wants an account.
        """
        answer = await self.request("POST", "API/GetNewSession", json={}, repeat_safe=True)
        document = self._checked(answer)
        session_id = document.get("session_id")
        if not isinstance(session_id, str) or not session_id:
            raise BackendAnswerError(
                f"{self.name} at {self.address} gave no session: it seems to be no SwarmUI.",
                backend=self.name,
            )
        self.redactor.add(session_id)
        own_folder = document.get("output_append_user", True)
        user = str(document.get("user_id") or "local")
        version = document.get("version")
        return Session(
            session_id,
            files=f"View/{user}/" if own_folder else "Output/",
            version=str(version) if version else None,
        )

    def rest(self, session: Session) -> None:
        """Keep a session, under which nothing runs any more, for the next request."""
        self._idle_sessions.append(session)

    def finish_later(self, closing: Awaitable[None]) -> None:
        """Let something end by itself that nobody needs to wait for."""

        async def finish() -> None:
            await closing

        task = asyncio.create_task(finish())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def known_parameters(self, session: Session) -> frozenset[str]:
        """The parameters that this account may set, asked for once."""
        if self._known_parameters is None:
            document = await self.call("ListT2IParams", session, {})
            listed = document.get("list")
            self._known_parameters = frozenset(
                str(item.get("id")) for item in listed or [] if isinstance(item, dict)
            )
        return self._known_parameters

    # -- the server itself --------------------------------------------------------------------

    async def probe(self) -> Probe:
        """See :meth:`HttpBackend.probe`."""
        session = await self.open_session()
        try:
            status = await self.call("GetCurrentStatus", session, {})
        except SessionExpired:
            session = await self.new_session()
            status = await self.call("GetCurrentStatus", session, {})
        listed = await self.call("ListT2IParams", session, {})
        self.rest(session)
        workers = status.get("backend_status")
        problem = ""
        if isinstance(workers, dict) and workers.get("status") in _UNUSABLE:
            problem = (
                f"{self.name} has no worker that draws: {workers.get('message') or 'none runs'} "
                "Start or repair one in SwarmUI under Server, Backends."
            )
        return Probe(session.version, tuple(_models(listed)), problem)

    def translate(self, answer: Answer) -> BackendError:
        """See :meth:`HttpBackend.translate`."""
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and (error := self._known(document)) is not None:
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

    def failure(self, document: Mapping[str, Any]) -> BackendError:
        """The error that an answer or frame with ``error`` means."""
        said = str(self.redactor(str(document.get("error") or document.get("error_id"))))
        return self._known(document) or BackendUnavailable(
            f"{self.name} could not draw. SwarmUI says: {said}",
            backend=self.name,
            details={"error": said},
        )

    def _known(self, document: Mapping[str, Any]) -> BackendError | None:
        text = str(self.redactor(str(document.get("error") or "")))
        error_id = str(document.get("error_id") or "")
        return known_error(text, error_id, backend=self.name, address=self.address)

    async def aclose(self) -> None:
        """Close connections."""
        if self._closing:
            await asyncio.wait(self._closing, timeout=3)
        await super().aclose()

    def _checked(self, answer: Answer) -> dict[str, Any]:
        document = answer.json_object()
        if "error" in document or "error_id" in document:
            raise self.failure(document)
        return document


def _models(listed: Mapping[str, Any]) -> list[ModelInfo]:
    """The picture models in an answer of ListT2IParams, named as canvases name them."""
    models = listed.get("models")
    entries = models.get("Stable-Diffusion") if isinstance(models, dict) else None
    found = []
    for entry in entries or []:
        name, kind = (entry[0], entry[1]) if isinstance(entry, list) else (entry, None)
        found.append(
            ModelInfo(
                str(name).removesuffix(".safetensors"),
                frozenset({Capability.IMAGE, Capability.IMAGE_TO_IMAGE}),
                str(kind or ""),
            )
        )
    return found
