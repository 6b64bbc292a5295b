"""How much one request may ask for, and how long things are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a server; each is an option of the extension.

    Attributes:
        body_bytes: The largest request body.
        body_seconds: The longest that a body may take to arrive.
        nodes: The most nodes of a canvas.
        runs: The most runs of a batch.
        jobs: The most runs and batches at the same time.
        heartbeat_seconds: The longest silence on a stream.
        stall_seconds: How long a reader may take nothing before it is cut.
        keep_ended_seconds: How long the events of an ended run or batch can be asked for.
        keep_events: How many events of a run or batch are kept, besides those that always are.
        backend_seconds: How long a backend may take to say what models it has.
    """

    body_bytes: int = 32 * 2**20
    body_seconds: float = 60.0
    nodes: int = 1000
    runs: int = 10_000
    jobs: int = 64
    heartbeat_seconds: float = 15.0
    stall_seconds: float = 120.0
    keep_ended_seconds: float = 600.0
    keep_events: int = 5000
    backend_seconds: float = 3.0
