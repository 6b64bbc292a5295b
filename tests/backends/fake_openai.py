"""A server that speaks OpenAI's protocol, as far as its API description tells (2026-08).

What is marked so was seen at llama.cpp's server (b11549, 2026-10) or ``transformers serve`` 5.24.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.backends.fake_server import FakeServer, Routes, form


def picture(text: str, index: int = 0) -> bytes:
    """A small PNG that depends on its arguments alone."""
    from PIL import Image

    noise = b"".join(
        hashlib.sha256(f"{text}/{index}/{row}".encode()).digest() * 3 for row in range(32)
    )
    file = io.BytesIO()
    Image.frombytes("RGB", (32, 32), noise).save(file, "PNG")
    return file.getvalue()


class FakeOpenAI(FakeServer):
    """Draws and writes; refuses what OpenAI refuses.

    Attributes:
        models: The ids that it has.
        urls: Answer with URLs instead of base64; ``url_base`` in front of the file's path.
        made: The pictures made, by prompt.
        chat_reply: Merged into the choice of the next answers.
        strip: What is taken off the front of a file's path.
        refuses_parameters: Parameters that its chat models do not take.
        only_model: The one that answers, whatever was asked for, as at llama.cpp's server.
        tells_modalities: Whether its list says what goes in and comes out, as llama.cpp's does.
    """

    def __init__(self, *, urls: bool = False) -> None:
        super().__init__(prefix="/v1")
        self.models = ["gpt-image-1", "dall-e-3", "gpt-tiny", "house-painter"]
        self.urls = urls
        self.url_base: str | None = None
        self.strip = "/"
        self.made: dict[str, list[bytes]] = {}
        self.prompts: list[str] = []
        self.chat_reply: dict[str, Any] = {}
        self.says: str | None = None
        self.refuses_parameters: Mapping[str, str] = {}
        self.only_model = ""
        self.tells_modalities = False
        self.go = asyncio.Event()
        self.go.set()
        self.working = 0
        self.stopped = 0

    def routes(self) -> Routes:
        return {
            "GET /models": self.list_models,
            "POST /images/generations": self.draw,
            "POST /images/edits": self.edit,
            "POST /chat/completions": self.chat,
            "GET /files/*": self.file,
        }

    async def list_models(self, request: web.Request) -> web.StreamResponse:
        data: list[dict[str, Any]] = [{"id": name, "object": "model"} for name in self.models]
        for entry in data if self.tells_modalities else []:
            eyes = ["image"] if "eyes" in entry["id"] else []
            entry["architecture"] = {
                "input_modalities": ["text", *eyes],
                "output_modalities": ["text"],
            }
        return web.json_response({"object": "list", "data": data})

    async def draw(self, request: web.Request) -> web.StreamResponse:
        return await self._draw(request, await request.json())

    async def edit(self, request: web.Request) -> web.StreamResponse:
        fields = await form(request)
        picture_to_edit = fields.pop("image")
        assert picture_to_edit.startswith(b"\x89PNG")
        body: dict[str, Any] = {name: value.decode() for name, value in fields.items()}
        return await self._draw(request, {**body, "stream": body.get("stream") == "true"})

    async def _draw(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if body["model"] not in self.models:
            return no_model(body["model"])
        if body["model"].startswith("gpt-image") and "response_format" in body:
            return unknown_parameter("response_format")
        prompt = body["prompt"]
        self.prompts.append(prompt)
        await self._work()
        files = [picture(prompt, index) for index in range(int(body.get("n", 1)))]
        self.made[prompt] = files
        if body.get("stream"):
            return await self._stream(request, files[0], int(body["partial_images"]))
        return web.json_response(
            {
                "created": 1780000000,
                "output_format": "png",
                "quality": "high",
                "data": [self._entry(prompt, index, data) for index, data in enumerate(files)],
                "usage": {"total_tokens": 60, "input_tokens_details": {"text_tokens": 10}},
            },
            headers={"x-request-id": f"req_{len(self.prompts)}"},
        )

    def _entry(self, prompt: str, index: int, data: bytes) -> dict[str, Any]:
        if self.urls:
            path = f"/files/{len(self.made) - 1}/{index}.png"
            return {"url": f"{self.url_base}{path}" if self.url_base else path.lstrip(self.strip)}
        entry = {"b64_json": _base64(data)}
        return entry | {"revised_prompt": f"A finer {prompt}"}

    async def _stream(self, request: web.Request, data: bytes, partials: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for index in range(partials):
            await _send(
                response,
                "image_generation.partial_image",
                {"b64_json": _base64(picture("half", index)), "partial_image_index": index},
            )
        usage = {"total_tokens": 160}
        await _send(
            response,
            "image_generation.completed",
            {"b64_json": _base64(data), "output_format": "png", "usage": usage},
        )
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        _, number, name = request.path.removeprefix(self.prefix).strip("/").split("/")
        files = list(self.made.values())[int(number)]
        return web.Response(body=files[int(name.removesuffix(".png"))], content_type="image/png")

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body["model"] not in self.models and not self.only_model:
            return no_model(body["model"])
        for name, code in self.refuses_parameters.items():
            if name in body:
                return unknown_parameter(name, code)
        content = next(m for m in body["messages"] if m["role"] == "user")["content"]
        prompt = content if isinstance(content, str) else content[0]["text"]
        if self.only_model and not isinstance(content, str):
            return blind()
        self.prompts.append(prompt)
        await self._work()
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": self.text(prompt), "refusal": None},
            **self.chat_reply,
        }
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "model": self.only_model or f"{body['model']}-2026-08-01",
                "system_fingerprint": "fp_1",
                "choices": [choice],
                "usage": {"prompt_tokens": 9, "completion_tokens": 12},
            },
            headers={"x-request-id": "req_chat"},
        )

    def text(self, prompt: str) -> str:
        return self.says if self.says is not None else f"Said anew: {prompt}"

    async def _work(self) -> None:
        self.working += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        finally:
            self.working -= 1


def complaint(status: int, message: str, **facts: str | None) -> web.Response:
    """An error in OpenAI's form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return web.json_response({"error": {**error, **facts}}, status=status)


def blind() -> web.Response:
    """What llama.cpp's server says to a picture for a model without eyes."""
    message = "image input is not supported - hint: you may need to provide the mmproj"
    error = {"code": 500, "message": message, "type": "server_error"}
    return web.json_response({"error": error}, status=500)


def no_model(name: str) -> web.Response:
    text = f"The model `{name}` does not exist or you do not have access to it."
    return complaint(404, text, code="model_not_found")


def unknown_parameter(name: str, code: str = "unknown_parameter") -> web.Response:
    words = "Unknown parameter" if code == "unknown_parameter" else "Unsupported parameter"
    return complaint(400, f"{words}: '{name}'.", param=name, code=code)


async def _send(response: web.StreamResponse, name: str, data: dict[str, Any]) -> None:
    text = json.dumps({"type": name, **data})
    await response.write(f"event: {name}\ndata: {text}\n\n".encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
