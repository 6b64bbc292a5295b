"""How a backend talks to its server: addresses, retries, files, streams, sockets, errors.

Derive from :class:`HttpBackend`; everything that can go wrong on the wire is translated there.
"""

from canvas_kit.backends.transport.http_backend import HttpBackend, Probe, ServerSettings
from canvas_kit.backends.transport.response import Answer, decode_base64
from canvas_kit.network import Download

__all__ = ["Answer", "Download", "HttpBackend", "Probe", "ServerSettings", "decode_base64"]
