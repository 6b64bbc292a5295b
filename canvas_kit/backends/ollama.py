"""Texts and image descriptions from an Ollama server.

Tried against Ollama 0.33.0-rc2 (2026-08), its source and its documented API. Requests stream, so
that a person sees words coming and a cancelled request stops the work: Ollama stops when its client
hangs up. Seed, temperature and lengths go inside ``options``: at the top level Ollama ignores them
without a word.
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from canvas_kit.backends.base import Capability, ModelInfo, Reporter, TextRequest, TextResult
from canvas_kit.backends.json_answers import read_answer
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.transport import Answer, HttpBackend, Probe, ServerSettings
from canvas_kit.backends.transport.response import complaint_in, json_mapping
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendUnavailable,
    ModelNotFound,
    UnsupportedRequest,
    name_hint,
    shorten,
)
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

_ROOM_FOR_ANSWER = 2048
_TOKENS_PER_IMAGE = 1500
_NANOSECONDS = 1e-9


@dataclass(frozen=True, slots=True)
class _Model:
    """What the server says about one model.

    Attributes:
        capabilities: In Ollama's words (``"completion"``, ``"vision"``, ``"thinking"``); None when
            the server is too old to tell.
        context_tokens: The longest context it was trained for, if told.
    """

    capabilities: frozenset[str] | None
    context_tokens: int | None


class OllamaSettings(ServerSettings):
    """What only Ollama knows.

    Attributes:
        num_ctx: The context in tokens to begin with; more is asked for only when a prompt needs it,
            as a change makes the server load the model again.
        keep_alive: How long a model stays loaded: ``"10m"``, ``-1``.
        think: For models that can: true, false, or a level.
        options: Further model parameters (``top_p``, …).
    """

    num_ctx: int = Field(8192, ge=1)
    keep_alive: str | int | float | None = None
    think: bool | str | None = None
    options: dict[str, Any] = Field({})


class OllamaBackend(HttpBackend):
    """Language and vision models of an Ollama server.

    Settings are those of :class:`OllamaSettings`; ``capacity`` should equal the server's
    ``OLLAMA_NUM_PARALLEL``.
    """

    kind = "ollama"
    default_address = "http://127.0.0.1:11434"
    default_capabilities = frozenset(
        {Capability.TEXT, Capability.VISION, Capability.STRUCTURED, Capability.SEED}
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        self._own = own_settings(OllamaSettings, name, options)
        super().__init__(name, options, network, self._own)
        self._known: dict[str, _Model] = {}

    def model_problem(self, model: str) -> str | None:
        """That the model runs in Ollama's cloud, where the settings say that nothing leaves."""
        name = model or self.options.default_model
        if self.network.local_only and _is_in_cloud(name):
            return (
                f"{name} runs in Ollama's cloud, and the settings say local_only. Name a model "
                "that runs on this machine."
            )
        return None

    def destination(self, model: str) -> str:
        """The server's host, unless it is this machine; Ollama's own for models in its cloud."""
        in_cloud = _is_in_cloud(model or self.options.default_model)
        return "ollama.com" if in_cloud else super().destination(model)

    async def model_identity(self, model: str) -> Mapping[str, Any] | None:
        """As of every backend, with the digest of the model as it was pulled, wherever it lies."""
        name = self.model_for(model)
        answer = await self.request("GET", "/api/tags", repeat_safe=True)
        for entry in map(json_mapping, answer.json_object().get("models") or ()):
            if entry.get("digest") and entry.get("name") in (name, f"{name}:latest"):
                digest = entry["digest"]
                return {"kind": self.kind, "version": self.version, "digest": digest}
        return None

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        """A text for ``request``; see :meth:`canvas_kit.backends.base.Backend.write`."""
        begin = time.monotonic()
        async with self.slot(reporter):
            name = self.model_for(request.model)
            if problem := self.model_problem(name):
                raise AccessDenied(problem, backend=self.name)
            model = await self._model(name)
            can = model.capabilities
            if request.images and can is not None and "vision" not in can:
                raise UnsupportedRequest(
                    f"The model {name!r} of {self.name} cannot look at pictures. Name one that "
                    "can, for instance after 'ollama pull llama3.2-vision'.",
                    backend=self.name,
                )
            seed = secrets.randbelow(2**31) if request.seed is None else request.seed
            body = self._body(name, request, seed, model)
            notes: list[str] = []
            while True:
                try:
                    text, thinking, reply, told = await self._chat(body, reporter)
                    break
                except BackendRejected as error:
                    context: int = body["options"]["num_ctx"]
                    larger = min(2 * context, model.context_tokens or context)
                    about_context = "context" in str(error.details.get("message", ""))
                    if isinstance(error, ModelNotFound) or not about_context or larger <= context:
                        raise
                    body["options"]["num_ctx"] = larger
                    notes.append(
                        f"The prompt did not fit; the context was raised to {larger} tokens."
                    )
        warnings = [*notes, *told]
        num_ctx = body["options"]["num_ctx"]
        tokens = reply.get("prompt_eval_count")
        if isinstance(tokens, int) and tokens >= num_ctx:
            warnings.append(
                f"The prompt filled the whole context of {num_ctx} tokens, so that its beginning "
                "may have been cut. Raise num_ctx, or shorten the prompt."
            )
        cut = reply.get("done_reason") == "length"
        data, trouble = read_answer(request, text, cut=cut, model=name)
        warnings += trouble
        if thinking:
            reply["thinking"] = thinking
        provenance = Provenance(
            backend=self.name,
            model=str(reply.get("model") or name),
            seed=seed,
            request=self.for_record(body),
            reply=self.for_record(reply),
            usage=_usage(reply),
            seconds=time.monotonic() - begin,
        )
        return self.redactor(
            TextResult(text, provenance, data=data, warnings=tuple(warnings), cut=cut)
        )

    async def probe(self) -> Probe:
        """The server's version and the models that were pulled."""
        version = (await self.request("GET", "/api/version", repeat_safe=True)).json_object()
        tags = await self.request("GET", "/api/tags", repeat_safe=True)
        entries = tags.json_object().get("models")
        listed = map(json_mapping, entries if isinstance(entries, list) else [])
        models = tuple(filter(None, map(_model_info, listed)))
        problem = "" if models else f"{self.name} has no model yet: run 'ollama pull NAME'."
        return Probe(str(version.get("version") or "") or None, models, problem)

    def has_model(self, wanted: str, known: Sequence[str]) -> bool:
        """See :meth:`HttpBackend.has_model`; a name without a tag means the latest."""
        return wanted in known or f"{wanted}:latest" in known

    def missing_model(self, wanted: str, known: Sequence[str]) -> str:
        """See :meth:`HttpBackend.missing_model`; with the command that pulls it."""
        return (
            f"{self.name} has no model {wanted!r}. Run 'ollama pull {wanted}', or name one that it "
            f"has. {name_hint(wanted, known)}"
        )

    def translate(self, answer: Answer) -> BackendError:
        """The error behind a status, as Ollama's ``{"error": "…"}`` words it."""
        complaint = answer.complaint()
        if answer.status == 401 and b"signin_url" in answer.body:
            return AccessDenied(
                f"{self.name} wants a sign-in for this cloud model: run 'ollama signin' on its "
                f"machine. It said: {complaint}",
                backend=self.name,
                details={"status": 401, "message": complaint},
            )
        return self._named(complaint, answer.status) or super().translate(answer)

    # -- inside -------------------------------------------------------------------------------

    def _named(self, complaint: str, status: int | None) -> BackendError | None:
        """The error that Ollama's words mean, in an answer or in a line of a stream."""
        facts: dict[str, Any] = {
            "backend": self.name,
            "details": {"status": status, "message": complaint},
        }
        words = complaint.lower()
        if "not found" in words and "model" in words:
            wanted = complaint.partition("'")[2].partition("'")[0] or "NAME"
            return ModelNotFound(
                f"{self.name} has no model {wanted!r}: {complaint}. Run 'ollama pull {wanted}', or "
                "name one that it has.",
                **facts,
            )
        if "exceed" in words and "context" in words:
            return BackendRejected(
                f"The prompt is too long for {self.name}: {complaint}. Raise num_ctx in "
                f"[backends.{self.name}], or shorten it.",
                **facts,
            )
        if "does not support" in words or "do not support" in words:
            return UnsupportedRequest(f"{self.name} cannot do this: {complaint}.", **facts)
        if status == 503 and ("busy" in words or "pending" in words):
            return BackendBusy(
                f"The queue of {self.name} is full: {complaint}. Try again later, or lower its "
                "capacity.",
                **facts,
            )
        if "must be of type" in words:  # of an option; the status is 500
            return BackendRejected(f"{self.name} refused the request: {complaint}.", **facts)
        if status in (None, 499):
            return BackendUnavailable(f"{self.name} gave up on the request: {complaint}.", **facts)
        return None

    async def _model(self, name: str) -> _Model:
        if name not in self._known:
            answer = await self.request(
                "POST",
                "/api/show",
                json={"model": name},
                repeat_safe=True,
                timeout_seconds=min(60, self.options.timeout_seconds),
            )
            shown = answer.json_object()
            listed = shown.get("capabilities")
            lengths = [
                value
                for key, value in json_mapping(shown.get("model_info")).items()
                if key.endswith(".context_length") and isinstance(value, int)
            ]
            self._known[name] = _Model(
                frozenset(map(str, listed)) if isinstance(listed, list) else None,
                min(lengths, default=None),
            )
        return self._known[name]

    def _body(self, name: str, request: TextRequest, seed: int, model: _Model) -> dict[str, Any]:
        user: dict[str, Any] = {"role": "user", "content": request.prompt}
        if request.images:
            user["images"] = [base64.b64encode(image).decode() for image in request.images]
        messages = [user]
        if request.instructions:
            messages.insert(0, {"role": "system", "content": request.instructions})
        options = {
            **self._own.options,
            **request.options,
            "seed": seed,
            "num_ctx": self._context(request, model),
        }
        if request.temperature is not None:
            options["temperature"] = request.temperature
        if request.max_tokens is not None:
            options["num_predict"] = request.max_tokens
        body: dict[str, Any] = {
            "model": name,
            "messages": messages,
            "stream": True,
            "options": options,
            # From 0.12.6 on; older servers ignore both. A prompt that does not fit is then an
            # error instead of losing its beginning without a word.
            "truncate": False,
            "shift": False,
        }
        if request.answer_schema is not None:
            body["format"] = dict(request.answer_schema)
        if self._own.keep_alive is not None:
            body["keep_alive"] = self._own.keep_alive
        if self._own.think is not None:
            body["think"] = self._own.think
        return body

    def _context(self, request: TextRequest, model: _Model) -> int:
        """A context in tokens that surely holds the prompt and its answer.

        Between two and a half and four bytes of UTF-8 make a token, in Latin and Chinese script
        alike; the smaller figure is on the safe side.
        """
        words = len((request.instructions + request.prompt).encode()) / 2.5
        pictures = len(request.images) * _TOKENS_PER_IMAGE
        needed = words + pictures + (request.max_tokens or _ROOM_FOR_ANSWER)
        context = self._own.num_ctx
        while context < needed:
            context *= 2
        return min(context, model.context_tokens or context)

    async def _chat(
        self, body: Mapping[str, Any], reporter: Reporter
    ) -> tuple[str, str, dict[str, Any], tuple[str, ...]]:
        """Text, thinking, the last line without its text, and what happened on the way."""
        await reporter.submitting(str(uuid.uuid4()), model=body["model"], address=self.address)
        pieces: list[str] = []
        thoughts: list[str] = []
        most = body["options"].get("num_predict")
        total = most if isinstance(most, int) and most > 0 else None
        reporter.progress(f"{body['model']} reads the prompt")
        async with self.json_stream(
            "POST",
            "/api/chat",
            json=body,
            repeat_safe=True,  # asking again costs nothing but time
            tell=reporter.progress,
        ) as (answer, lines):
            async for came in lines:
                line = self._line(came)
                message = json_mapping(line.get("message"))
                pieces.append(str(message.get("content") or ""))
                thoughts.append(str(message.get("thinking") or ""))
                if line.get("done") is True:
                    text = "".join(pieces)
                    if not text.strip():
                        raise self._no_text(line, "".join(thoughts))
                    line.pop("message", None)
                    return text, "".join(thoughts), line, answer.notes
                verb = "writes" if pieces[-1] else "thinks"
                step = min(len(pieces), total or len(pieces))  # a piece is about one token
                reporter.progress(f"{self.name} {verb}", step=step, total=total)
        raise BackendAnswerError(
            f"{self.name} ended its answer before it was done, after {len(pieces)} pieces: "
            f"{shorten(''.join(pieces))}.",
            backend=self.name,
        )

    def _line(self, line: Any) -> dict[str, Any]:
        """One line of the stream; an error may come as a line of an answer with status 200."""
        if not isinstance(line, dict) or not (line.keys() & {"message", "done", "error"}):
            raise BackendAnswerError(
                f"{self.name} should have sent lines with a message, but sent "
                f"{self.redactor.quote(line)}.",
                backend=self.name,
            )
        if complaint := complaint_in(self.redactor(line.get("error"))):
            named = self._named(complaint, None)
            assert named is not None, "without a status there is always a name"
            raise named
        return line

    def _no_text(self, line: Mapping[str, Any], thoughts: str) -> BackendAnswerError:
        spent = f" It spent {len(thoughts)} characters on thinking." if thoughts else ""
        return BackendAnswerError(
            f"{self.name} wrote no text (it stopped for {line.get('done_reason')!r}).{spent} Allow "
            "more tokens, or try another model.",
            backend=self.name,
            details={"done_reason": line.get("done_reason")},
        )


def _is_in_cloud(name: str) -> bool:
    return name.endswith(("-cloud", ":cloud"))


def _usage(reply: Mapping[str, Any]) -> dict[str, Any]:
    usage: dict[str, Any] = {
        key: reply[key] for key in ("prompt_eval_count", "eval_count") if key in reply
    }
    for key in ("total", "load", "prompt_eval", "eval"):
        nanoseconds = reply.get(f"{key}_duration")
        if isinstance(nanoseconds, int | float):
            usage[f"{key}_seconds"] = nanoseconds * _NANOSECONDS
    return usage


def _model_info(entry: Mapping[str, Any]) -> ModelInfo | None:
    """A model that writes; older servers do not list what their models can."""
    listed = entry.get("capabilities")
    can = listed if isinstance(listed, list) else ["completion"]
    if not entry.get("name") or "completion" not in can:
        return None
    details = json_mapping(entry.get("details"))
    facts = (details.get(key) for key in ("family", "parameter_size", "quantization_level"))
    eyes = {Capability.VISION} if "vision" in can else set()
    return ModelInfo(
        str(entry["name"]),
        frozenset({Capability.TEXT, Capability.STRUCTURED, Capability.SEED} | eyes),
        " ".join(str(fact) for fact in facts if fact),
    )
