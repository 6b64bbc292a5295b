"""The ComfyUI backend on its fake, with one workflow or several."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from canvas_kit.backends.base import MediaRequest, MediaResult
from canvas_kit.backends.comfyui import ComfyUIBackend, add_workflow
from canvas_kit.network import NetworkPolicy
from tests.backends.comfyui.fake import Entry, FakeComfyUI
from tests.backends.comfyui.workflows import TEXT_TO_IMAGE, Document
from tests.backends.contract import PROMPT, Rig


class ComfyUIRig(Rig):
    name = "comfyui"
    work = "media"
    model = "tiny"
    submit_path = "/prompt"
    file_path = "/view"
    can_refuse = False
    workflows: ClassVar[Mapping[str, Document]] = {"tiny": TEXT_TO_IMAGE}

    server: FakeComfyUI

    def __init__(self) -> None:
        self.server = FakeComfyUI()
        self.folder = tempfile.TemporaryDirectory(prefix="canvas-kit-workflows-")
        for name, document in self.workflows.items():
            self.add(name, document)

    def add(self, name: str, document: Document, *, takes_prompt: bool = True) -> None:
        """Make a workflow a model, as a user would."""
        exported = Path(self.folder.name) / "exported.txt"
        exported.write_text(json.dumps(document), encoding="utf-8")
        add_workflow(exported, name, Path(self.folder.name), takes_prompt=takes_prompt)

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> ComfyUIBackend:
        given = {
            "workflows": self.folder.name,
            "timeout_seconds": 20,  # a busy machine is no fault of the code
            "restart_patience_seconds": 4.0,
            **settings,
        }
        backend = ComfyUIBackend(self.name, self.settings(**given), network or NetworkPolicy())
        backend.backoff_seconds = 0.01
        return backend

    def hold(self) -> None:
        self.server.gate.clear()

    def release(self) -> None:
        self.server.gate.set()

    def media_request(self, prompt: str = PROMPT, **fields: Any) -> MediaRequest:
        return super().media_request(prompt, **{"job_id": str(uuid.uuid4()), **fields})

    @property
    def working(self) -> int:
        return self.server.load

    @property
    def stopped(self) -> int:
        return len(self.server.stops)

    def files(self, prompt: str) -> Sequence[bytes]:
        return self.server.made.get(prompt, [])

    def prompts(self) -> Sequence[str]:
        return [body["prompt"]["6"]["inputs"]["text"] for body in self.server.asked]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self.folder.cleanup()


async def ask(rig: ComfyUIRig, backend: ComfyUIBackend, **fields: Any) -> MediaResult:
    """What ``backend`` makes of one request."""
    result = await rig.ask(backend, **fields)
    assert isinstance(result, MediaResult)
    return result


def foreign_job(server: FakeComfyUI, job_id: str = "somebody-elses") -> Entry:
    """A job of somebody else, put into the server's queue."""
    entry = Entry(-1, job_id, TEXT_TO_IMAGE, {}, ["9"])
    server.pending.append(entry)
    server._arrived.set()
    return entry
