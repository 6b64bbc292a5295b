"""What an error body of OpenAI's protocol means, beyond its status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import (
    BackendError,
    BackendUnavailable,
    ContentRefused,
    ModelNotFound,
    UnsupportedRequest,
)

REPEAT_ON = frozenset({500, 503})
"""Statuses with which the server itself says that it failed. A gateway's 502 or 504 is not among
them: behind it the work may go on, and a repeat would be paid twice."""

REQUEST_ID = "X-Client-Request-Id"
"""The header with which a request tells its own id, which is on record before it is sent: by it
the provider can say whether it was done (OpenAI's API reference, "Debugging requests")."""

_REFUSAL_CODES = frozenset(
    {"content_filter", "content_policy_violation", "moderation_blocked", "safety_violation"}
)
_REFUSAL_WORDS = re.compile(
    r"safety (system|violation)|safety_violations|content[ _-](policy|filter|management)"
    r"|moderation_blocked",
    re.IGNORECASE,
)
_NO_MODEL_WORDS = re.compile(r"not (found|exist)|pinned to")
_BLIND_WORDS = re.compile(
    r"(image|multimodal)s?( input| data| requests)? (is|are) not supported"
    r"|not support (image|multimodal|vision)",
    re.IGNORECASE,
)
_QUOTA_CODES = frozenset({"billing_hard_limit_reached", "billing_not_active", "insufficient_quota"})


def error_facts(document: object) -> dict[str, Any]:
    """``message``, ``type``, ``param`` and ``code`` of an error body, as far as it has them."""
    body = json_mapping(document)
    error = body.get("error") or body.get("detail")  # as FastAPI has it
    if isinstance(error, str):
        return {"message": error}
    found = error if isinstance(error, Mapping) else {}
    return {key: found[key] for key in ("message", "type", "param", "code") if found.get(key)}


def named_error(
    backend: str, facts: Mapping[str, Any], *, status: int | None, what: str
) -> BackendError | None:
    """The error that an error body means, or None when its status says it all.

    ``facts`` are from :func:`error_facts`, without secrets; ``status`` is None inside a
    stream; ``what`` was asked.
    """
    code = str(facts.get("code") or "")
    message = str(facts.get("message") or "")
    given: dict[str, Any] = {"backend": backend, "details": {"status": status, **facts}}
    if code in _REFUSAL_CODES or (
        status in (None, 400, 403, 422)
        and not facts.get("param")
        and _REFUSAL_WORDS.search(message)
    ):
        return ContentRefused(
            f"The moderation of {backend} refused the content: {message or code}", **given
        )
    if code in _QUOTA_CODES or facts.get("type") == "insufficient_quota":
        return BackendUnavailable(
            f"The quota of {backend} is used up: {message or code} Waiting does not help; look at "
            "the account's plan and billing.",
            **given,
        )
    if _BLIND_WORDS.search(message):  # llama.cpp says so with a 500
        return UnsupportedRequest(
            f"The model that {backend} was asked for cannot look at pictures: {message}", **given
        )
    if code == "model_not_found" or (
        status in (400, 404)
        and ("model" in message.lower() or "pinned to" in message)
        and (facts.get("param") == "model" or _NO_MODEL_WORDS.search(message))
    ):
        return ModelNotFound(
            f"{backend} does not have the model that {what} names: {message} See what it has with "
            "'canvas-kit backends'.",
            **given,
        )
    return None
