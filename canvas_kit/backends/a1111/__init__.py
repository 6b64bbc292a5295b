"""Pictures from AUTOMATIC1111's stable-diffusion-webui and from Forge, started with ``--api``.

Tried against a running Forge (f2.0.1v1.10.1, 2025-06) without its page; facts about the page's own
progress and about AUTOMATIC1111 1.10 are from the sources.
"""

from canvas_kit.backends.a1111.backend import A1111Backend, ForgeBackend

__all__ = ["A1111Backend", "ForgeBackend"]
