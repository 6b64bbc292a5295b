"""Texts: ``/chat/completions``, with pictures to look at and answers in a given form."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from canvas_kit.backends.base import Reporter, TextRequest, TextResult
from canvas_kit.backends.json_answers import read_answer
from canvas_kit.backends.openai.errors import REPEAT_ON, REQUEST_ID
from canvas_kit.backends.transport import Answer, HttpBackend
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import (
    BackendAnswerError,
    BackendRejected,
    ContentRefused,
    ModelNotFound,
    shorten,
)
from canvas_kit.media import recognise
from canvas_kit.network import host_and_port
from canvas_kit.values import Provenance

_UNSUPPORTED = re.compile(
    r"(not|n't) support|unsupported|unrecognized|unknown|not (permitted|allowed)"
    r"|extra (input|field)",
    re.IGNORECASE,
)
_NEGOTIABLE = ("response_format", "max_tokens", "max_completion_tokens", "temperature", "seed")


async def write_text(
    backend: HttpBackend, model: str, request: TextRequest, reporter: Reporter, begin: float
) -> TextResult:
    """A text for ``request``.

    A sampling parameter that the model refuses (reasoning models take no temperature) is left out
    and named in a warning: nothing was written, so nothing was paid.

    ``begin`` is when the backend was asked, by :func:`time.monotonic`.
    """
    body = _body(backend, model, request)
    warnings: list[str] = []
    conceded: set[str] = set()
    request_id = str(uuid.uuid4())
    await reporter.submitting(request_id, model=model, address=backend.address)
    reporter.progress(f"{model} writes")
    while True:
        try:
            answer = await backend.request(
                "POST",
                "chat/completions",
                json=body,
                headers={REQUEST_ID: request_id},
                repeat_on=REPEAT_ON,
                tell=reporter.progress,
                timeout_seconds=max(
                    begin + backend.options.timeout_seconds - time.monotonic(), 0.001
                ),
            )
            break
        except BackendRejected as error:
            refused = _refused_parameter(body, error)
            if refused is None or refused in conceded:
                raise
            conceded.add(refused)
            warnings.append(f"{model} {_do_without(refused, body, request)}")
    document = answer.json_object(paid=True)
    choice = _choice(backend, document)
    text = _text(backend, choice, document)
    cut = choice.get("finish_reason") == "length"
    data, trouble = read_answer(request, text, cut=cut, model=model)
    warnings += trouble
    wrote = str(document.get("model") or model)
    if not _is_named(model, wrote):
        warnings.append(
            f"{backend.name} answered with its model {wrote!r} although {model!r} was asked for."
        )
    return TextResult(
        text,
        Provenance(
            backend=backend.name,
            model=wrote,
            seed=body.get("seed"),
            job_id=answer.headers.get("x-request-id") or document.get("id"),
            request=backend.for_record(body),
            reply=backend.for_record(_reply(document, choice, answer)),
            usage=json_mapping(document.get("usage")),
            seconds=time.monotonic() - begin,
        ),
        data=data,
        warnings=(*answer.notes, *warnings),
        cut=cut,
    )


def _is_named(asked: str, wrote: str) -> bool:
    """Whether ``wrote`` is what ``asked`` names: with a date, a provider or a path before it."""
    plain = re.sub(r"[-:](latest|preview)$|\.gguf$", "", asked.rpartition("/")[2].lower())
    return plain in wrote.lower()


def _body(backend: HttpBackend, model: str, request: TextRequest) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    if request.instructions:
        messages.append({"role": "system", "content": request.instructions})
    content: Any = request.prompt
    if request.images:
        content = [{"type": "text", "text": request.prompt}]
        content += [
            {"type": "image_url", "image_url": {"url": _data_url(image)}}
            for image in request.images
        ]
    messages.append({"role": "user", "content": content})
    body: dict[str, Any] = {**request.options, "model": model, "messages": messages}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.seed is not None:
        body["seed"] = request.seed
    if request.max_tokens is not None:
        # The older name is the one that all compatible servers know; OpenAI's own newer models
        # know the newer one only.
        own = host_and_port(backend.address)[0].endswith("api.openai.com")
        body["max_completion_tokens" if own else "max_tokens"] = request.max_tokens
    if request.answer_schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": "answer",
                "schema": dict(request.answer_schema),
                "strict": True,
            },
        }
    return body


def _refused_parameter(body: Mapping[str, Any], error: BackendRejected) -> str | None:
    """The parameter in ``body`` that the model does not take, if that is what the error says."""
    code = str(error.details.get("code") or "")
    message = str(error.details.get("message") or "")
    unsupported = code.startswith(("unsupported_", "unknown_")) or _UNSUPPORTED.search(message)
    if isinstance(error, ModelNotFound) or not unsupported:
        return None
    about = str(error.details.get("param") or message)
    return next((name for name in _NEGOTIABLE if name in body and name in about), None)


def _do_without(refused: str, body: dict[str, Any], request: TextRequest) -> str:
    """Take ``refused`` out of ``body``, or say it in another way; in words what was done."""
    value = body.pop(refused)
    if refused == "response_format":
        schema = json.dumps(dict(request.answer_schema or {}), ensure_ascii=False)
        order = f"Answer with one JSON object that fits this JSON Schema, nothing else: {schema}"
        body["messages"] = [*body["messages"], {"role": "system", "content": order}]
        return "takes no schema for its answer; the form was asked for in words."
    twins = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
    if twin := twins.get(refused):
        body[twin] = value
        return f"takes {twin} instead of {refused}."
    return f"takes no {refused}; it was left out."


def _data_url(image: bytes) -> str:
    kind = recognise(image) or "image/png"
    return f"data:{kind};base64,{base64.b64encode(image).decode()}"


def _choice(backend: HttpBackend, document: Mapping[str, Any]) -> dict[str, Any]:
    choices = document.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    raise BackendAnswerError(
        f"{backend.name} should have answered with a choice, but sent "
        f"{backend.redactor.quote(document)}.",
        backend=backend.name,
        maybe_done=True,
    )


def _text(backend: HttpBackend, choice: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    message = json_mapping(choice.get("message"))
    reason = choice.get("finish_reason")
    if refusal := message.get("refusal"):
        raise ContentRefused(
            f"The model of {backend.name} refused: {refusal}",
            backend=backend.name,
            details={"refusal": refusal, "id": document.get("id")},
        )
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    if reason == "content_filter":
        raise ContentRefused(
            f"The content filter of {backend.name} stopped the answer"
            + (f" after {shorten(content)}." if content else "."),
            backend=backend.name,
            details={"finish_reason": reason, "id": document.get("id")},
        )
    if isinstance(content, str) and content.strip():
        return content
    raise BackendAnswerError(
        f"{backend.name} wrote no text (finish_reason {reason!r}). Allow more tokens, or try "
        "another model. The server may have charged for it.",
        backend=backend.name,
        details={"finish_reason": reason},
        maybe_done=True,
    )


def _reply(
    document: Mapping[str, Any], choice: Mapping[str, Any], answer: Answer
) -> dict[str, Any]:
    reply = {key: value for key, value in document.items() if key not in ("choices", "usage")}
    reply["finish_reason"] = choice.get("finish_reason")
    if thoughts := json_mapping(choice.get("message")).get("reasoning_content"):
        reply["thinking"] = thoughts
    if "x-request-id" in answer.headers:
        reply["x-request-id"] = answer.headers["x-request-id"]
    return reply
