"""Many clients at once, each with a batch of its own, each checking everything that it is told."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from tests.server.editor_client import EditorClient, canvas

NODES = ["input_1", "interception_1", "generation_1", "collector_1"]


@dataclass
class Findings:
    """What a crowd found.

    Attributes:
        events: How many events were told.
        pictures: How many pictures were fetched and had the hash of the record.
        delays: From a file's being made to its event's arrival, in seconds; its way to the disk
            is in it.
        answers: How long the server took for a small question meanwhile, in seconds.
        seconds: How long all of it took.
    """

    events: int = 0
    pictures: int = 0
    delays: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def crowd(url: str, token: str, clients: int, runs: int) -> Findings:
    """Have ``clients`` run a batch of ``runs`` each, all at once.

    Raises:
        AssertionError: When an event is missing, doubled or out of order, or a picture is not the
            one of the record.
    """
    found = Findings()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"token {token}"}, timeout=300, limits=limits
    ) as http:
        began = time.monotonic()
        enough = threading.Event()
        asking = asyncio.create_task(asyncio.to_thread(_ask, url, token, enough, found))
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(_one(http, number, runs, found))
        enough.set()
        await asking
        found.seconds = time.monotonic() - began
    return found


async def _one(http: httpx.AsyncClient, number: int, runs: int, found: Findings) -> None:
    body = {
        "workflow": canvas(f"the words of client {number}"),
        "count": runs,
        "base_seed": number * 1000,
        "device_id": f"desk {number}",
        "form": "typed",
    }
    seeds: dict[str, int] = {}
    nodes: dict[str, list[str]] = {}
    ended: dict[str, int] = {}
    pictures: dict[str, str] = {}
    last_number, last_name = 0, ""
    async for event_id, name, data in _events(http, "/api/canvas/execute-batch", body):
        position = int(event_id.rpartition(":")[2])
        assert position == last_number + 1, "an event is missing"
        last_number, last_name = position, name
        found.events += 1
        run_id = data.get("run_id", "")
        match name:
            case "batch_started":
                assert position == 1
                assert data["total_runs"] == runs
            case "run_start":
                assert run_id not in seeds
                seeds[run_id] = data["seed"]
                nodes[run_id] = []
            case "node_complete":
                assert run_id in seeds
                assert run_id not in ended
                nodes[run_id].append(data["node_id"])
                for entity in data.get("entities", ()):
                    made = datetime.fromisoformat(entity["created_at"]).timestamp()
                    found.delays.append(time.time() - made)
                    if entity["media_type"] == "image/png":
                        pictures[run_id] = entity["sha256"]
            case "run_complete":
                assert data["status"] == "completed", data
                ended[run_id] = data["run_index"]
            case "error" | "run_error" | "batch_aborted":
                raise AssertionError(data)
    assert last_name == "batch_complete"
    assert sorted(seeds.values()) == [number * 1000 + index for index in range(runs)]
    assert sorted(ended.values()) == list(range(runs))
    assert all(order == NODES for order in nodes.values())
    assert set(pictures) == set(seeds)
    for run_id, sha256 in pictures.items():
        reply = await http.get(f"/api/media/image/{run_id}/0")
        assert reply.status_code == 200
        assert hashlib.sha256(reply.content).hexdigest() == sha256
        record = (await http.get(f"/api/canvas/runs/{run_id}")).json()["run"]
        assert sha256 in {entity["sha256"] for entity in record["entities"]}
        assert record["seed"] == seeds[run_id]
        found.pictures += 1


async def _events(
    http: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    async with http.stream("POST", path, json=body) as reply:
        assert reply.status_code == 200, await reply.aread()
        event_id = name = ""
        data: dict[str, Any] = {}
        async for line in reply.aiter_lines():
            key, _, value = line.partition(": ")
            match key:
                case "id":
                    event_id = value
                case "event":
                    name = value
                case "data":
                    data = json.loads(value)
                case "":
                    if name:
                        yield event_id, name, data
                    name = ""


def _ask(url: str, token: str, enough: threading.Event, found: Findings) -> None:
    """Ask something small over and over, as somebody else would, on a thread of its own."""
    client = EditorClient(url, token)
    while not enough.wait(0.05):
        began = time.monotonic()
        client.get("/api/canvas/output-configs")
        found.answers.append(time.monotonic() - began)
