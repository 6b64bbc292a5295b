"""From what a job reported to whole files, and from a forgotten job's name to its files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.comfyui.history import StoredFile
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow
from canvas_kit.backends.transport import Download
from canvas_kit.errors import (
    BackendAnswerError,
    BackendError,
    BackendUnreachable,
    MediaError,
    shorten,
)
from canvas_kit.media import inspect, recognise

OUTPUT_FOLDER = "canvas_kit"
"""The folder inside the server's output folder. Names in it begin with the job's id, so that a
cached rerun saves anew, no two savers share a file, and a forgotten job's files can be found."""

_FETCHES_AT_ONCE = 4
_MOST_RECOVERED = 256
_MEDIA_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".mp4", ".webm",
    ".mkv", ".mov", ".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".glb",
)  # fmt: skip
_WRITTEN_BY = {
    "SaveImage": "png", "SaveAnimatedPNG": "png", "SaveAnimatedWEBP": "webp", "SaveAudio": "flac",
    "SaveAudioMP3": "mp3", "SaveAudioOpus": "opus", "SaveVideo": "mp4", "SaveWEBM": "webm",
    "SaveGLB": "glb",
}  # fmt: skip
"""File name extensions of ComfyUI's own savers (0.3.64)."""

Fetch = Callable[[StoredFile], Awaitable[Download]]


@dataclass(slots=True)
class FetchedFiles:
    """What was fetched, and what was not.

    Attributes:
        files: Whole files with their bytes, in the order asked for.
        failures: Files that did not come, and why.
    """

    files: list[tuple[StoredFile, Download]] = field(default_factory=list)
    failures: list[tuple[StoredFile, BackendError]] = field(default_factory=list)


def files_prefix(job_id: str) -> str:
    """How the names of all of a job's files begin, folder included."""
    return f"{OUTPUT_FOLDER}/{job_id}"


def results_among(files: Iterable[StoredFile], output_ids: list[str]) -> list[StoredFile]:
    """The files that are the result, each once, in the order of the workflow's output nodes.

    Those of nodes that the workflow lists; if there are none, stored ones rather than previews.
    """
    everything = list(files)
    listed = [file for file in everything if file.node in output_ids]
    listed.sort(key=lambda file: output_ids.index(file.node))
    wanted = listed or [file for file in everything if file.type == "output"] or everything
    once: dict[tuple[str, str, str], StoredFile] = {}
    for file in wanted:  # two savers with equal inputs write one file, and both report it
        once.setdefault((file.filename, file.subfolder, file.type), file)
    return list(once.values())


async def fetch_whole(fetch: Fetch, file: StoredFile) -> Download:
    """One file. Its length was compared on the way; here its first bytes are looked at.

    Raises:
        BackendError: When it did not come, or is something else than its name says.
    """
    download = await fetch(file)
    if file.filename.lower().endswith(_MEDIA_SUFFIXES) and recognise(download.data) is None:
        raise BackendAnswerError(
            f"The server's file {file.path!r} is named like a picture, sound, video or model, but "
            f"its {len(download.data)} bytes are none: {shorten(download.data[:60])}."
        )
    return download


async def fetch_all(files: list[StoredFile], fetch: Fetch, into: FetchedFiles) -> None:
    """Fetch files side by side; what came before a cancellation is there too."""
    slots = asyncio.Semaphore(_FETCHES_AT_ONCE)

    async def one(file: StoredFile) -> Download | BackendError:
        async with slots:
            try:
                return await fetch(file)
            except BackendError as error:
                return error

    tasks = [asyncio.create_task(one(file)) for file in files]
    try:
        await asyncio.gather(*tasks)
    finally:
        for file, task in zip(files, tasks, strict=True):
            if not task.done() or task.cancelled():
                task.cancel()
            elif isinstance(result := task.result(), BackendError):
                into.failures.append((file, result))
            else:
                into.files.append((file, result))


async def find_again(
    fetch: Fetch, workflow: Workflow, job_id: str, document: Mapping[str, Any]
) -> tuple[FetchedFiles, bool]:
    """The files of a job that the server forgot, by the names that only this job used.

    Returns:
        What was found, and whether that is everything the job was to make.

    Raises:
        BackendUnreachable: When the server is away.
    """
    found = FetchedFiles()
    complete = True
    count = workflow.value(Parameter.COUNT, document)
    for binding in workflow.places(Parameter.OUTPUTS):
        kind = workflow.graph.nodes[binding.node_id].class_type
        suffix = _WRITTEN_BY.get(kind) if binding.input else None
        expected = count if kind == "SaveImage" and isinstance(count, int) else 1
        stem = f"{job_id}_{binding.node_id.replace(':', '-')}"
        for index in range(_MOST_RECOVERED if suffix else 0):
            name = f"{stem}_{index + 1:05}_.{suffix}"
            file = StoredFile(binding.node_id, name, OUTPUT_FOLDER, batch_index=index)
            try:
                download = await fetch_whole(fetch, file)
                await asyncio.to_thread(inspect, download.data)
            except BackendUnreachable:
                raise
            except (BackendError, MediaError):  # not there, or half written when the server died
                complete = complete and index >= expected
                break
            found.files.append((file, download))
        complete = complete and suffix is not None
    return found, complete and bool(found.files)
