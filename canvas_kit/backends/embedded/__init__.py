"""The embedded backend and its three models: *sketch*, *writer* and *critic*."""

from canvas_kit.backends.embedded.backend import EmbeddedBackend

__all__ = ["EmbeddedBackend"]
