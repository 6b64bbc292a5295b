"""What the tests against real language models ask."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from canvas_kit.backends.base import Passage, TextRequest, TextResult, TextTask
from canvas_kit.backends.transport import HttpBackend
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import ListeningReporter
from tests.backends.fake_openai import picture

B = TypeVar("B", bound=HttpBackend)

PICTURE = picture("what to look at")
SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer"}},
    "required": ["score"],
    "additionalProperties": False,
}


def short_text(model: str, prompt: str = "Hello", **fields: Any) -> TextRequest:
    """A request for a few words."""
    given = {"task": TextTask.INTERCEPTION, "seed": 7, "max_tokens": 12, **fields}
    return TextRequest(model=model, passages=(Passage(prompt),), **given)


@dataclass
class RealServer(Generic[B]):
    """A real server, asked for short texts.

    Attributes:
        kind: The backend that talks to it.
        name: What that backend is called.
        address: Where it is.
        model: Its model.
    """

    kind: type[B]
    name: str
    address: str
    model: str
    reporter: ListeningReporter = field(default_factory=ListeningReporter)

    async def with_model(self) -> RealServer[B]:
        """The same, asked for its first model unless one is named."""
        if self.model:
            return self
        backend = self.backend()
        name = (await backend.status()).models[0].name
        await backend.aclose()
        return replace(self, model=name)

    def backend(self, **settings: Any) -> B:
        """A backend that talks to it; the caller closes it."""
        given = {"address": self.address, "timeout_seconds": 120, **settings}
        return self.kind(self.name, BackendSettings(**given), NetworkPolicy())

    async def ask(self, settings: dict[str, Any] | None = None, **fields: Any) -> TextResult:
        """A short text."""
        backend = self.backend(**(settings or {}))
        try:
            asked = short_text(**{"model": self.model, **fields})
            return await backend.write(asked, self.reporter)
        finally:
            await backend.aclose()
