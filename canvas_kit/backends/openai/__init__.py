"""Pictures, texts and image descriptions from OpenAI's API and from any server that speaks it."""

from canvas_kit.backends.openai.backend import OpenAIBackend

__all__ = ["OpenAIBackend"]
