"""A canvas-kit server in a process of its own, whose backend answers as the prompt tells it.

Run as ``python -m tests.server.scripted_server '{"exports": …, "options": {…}}'``; prints one line
of JSON when it answers, like ``canvas-kit serve --json``.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from tornado.web import HTTPError

from canvas_kit.backends.base import MediaRequest, TextRequest
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.errors import BackendRejected, ContentRefused
from canvas_kit.executor.engine import Engine
from canvas_kit.server.standalone import make_server, start
from canvas_kit.settings import Settings


def text(request: TextRequest) -> str | dict[str, Any] | Exception:
    """The words in capitals; a verdict for an evaluation; a fault where the words ask for one."""
    words = request.prompt
    if request.task == "evaluation":
        return {"score": 8, "commentary": f"fair: {words[:20]}"}
    if "fail with a path" in words:
        return BackendRejected("cannot read /etc/canvas/secret.key or /home/alice/.ssh/id_rsa")
    return words.upper()


def picture(request: MediaRequest) -> bytes | Exception:
    """One colour that follows from the words and the seed."""
    if "REFUSE" in request.prompt.upper():
        return ContentRefused("the provider's moderation refused it")
    digest = hashlib.sha256(f"{request.prompt}|{request.seed}".encode()).hexdigest()
    return plain_png(request.width or 64, request.height or 64, int(digest[:6], 16))


def seconds(request: TextRequest | MediaRequest) -> float:
    """A while where the words ask for it."""
    words = request.prompt.upper()
    if "SLOW" in words:
        return 0.4
    return 600.0 if "ENDLESS" in words else 0.005


def sign_in_like_a_hub(server: ServerApp) -> None:
    """Have a cookie count only with its double, also for reading, as a JupyterHub does.

    A hub puts its check in place of Jupyter Server's, and asks it while there is no user yet. It
    lets pass what reads and is a page view or a request without CORS (JupyterHub 6.1).
    """
    provider = server.identity_provider
    find_user = provider.get_user

    def check(handler: JupyterHandler) -> None:
        mode = handler.request.headers.get("Sec-Fetch-Mode", "navigate")
        if handler.request.method == "GET" and mode in ("navigate", "no-cors"):
            return
        double = handler.request.headers.get("X-XSRFToken")
        if not double or double != handler.get_cookie("_xsrf"):
            raise HTTPError(403)

    async def get_user(handler: JupyterHandler) -> Any:
        if "Authorization" not in handler.request.headers and "token" not in handler.request.query:
            try:
                handler.check_xsrf_cookie()
            except HTTPError:
                return None
        found = find_user(handler)
        return await found if inspect.isawaitable(found) else found

    setattr(JupyterHandler, "check_xsrf_cookie", check)  # noqa: B010 # as a hub does
    setattr(provider, "get_user", get_user)  # noqa: B010


def main() -> None:
    """Serve as the argument says."""
    told = json.loads(sys.argv[1])
    settings = Settings(
        exports=told["exports"],
        text_model="lab/w",
        judge_model="lab/j",
        vision_model="lab/v",
        media_model="lab/p",
        language=told.get("language", "en"),
    )
    backend = ScriptedBackend(
        "lab", text=text, picture=picture, seconds=seconds, steps=2, capacity=told.get("places", 16)
    )
    server = make_server(
        port=0,
        token=told["token"],
        base_url=told.get("base_url", "/"),
        allow_origin=told.get("allow_origin", ""),
        engine=Engine(settings, backends={"lab": backend}),
        options=told.get("options"),
    )
    if told.get("like_a_hub"):
        sign_in_like_a_hub(server)
    start(server, as_json=True)


if __name__ == "__main__":
    main()
