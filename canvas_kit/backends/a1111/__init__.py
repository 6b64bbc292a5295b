"""Pictures from AUTOMATIC1111's stable-diffusion-webui and from Forge, started with ``--api``.

Facts from the sources of Forge (2025-06) and AUTOMATIC1111 1.10: ``modules/api/api.py``,
``modules/progress.py``, ``modules/shared_state.py``. Not tried against a running server.
"""

from canvas_kit.backends.a1111.backend import A1111Backend, ForgeBackend

__all__ = ["A1111Backend", "ForgeBackend"]
