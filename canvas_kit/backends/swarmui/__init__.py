"""Pictures from SwarmUI: its queue, its models, its many workers.

Facts from the project's source at 062407c (2026-08): ``src/WebAPI/API.cs``, ``T2IAPI.cs``,
``BasicAPIFeatures.cs``, ``src/Accounts/Session.cs``, ``src/Core/WebServer.cs``,
``src/Text2Image/T2IParamInput.cs``. Not tried against a running server.
"""

from canvas_kit.backends.swarmui.backend import SwarmUIBackend

__all__ = ["SwarmUIBackend"]
