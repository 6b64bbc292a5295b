"""How much one request may ask for, and how long things are kept."""

from __future__ import annotations

from traitlets import Float, HasTraits, Int


class Limits(HasTraits):
    """The bounds of a server; each is an option of the extension."""

    max_body_bytes = Int(32 * 2**20, help="The largest request body.").tag(config=True)
    body_seconds = Float(60.0, help="The longest that a body may take to arrive.").tag(config=True)
    max_nodes = Int(1000, help="The most nodes of a canvas.").tag(config=True)
    max_runs = Int(10_000, help="The most runs of a batch.").tag(config=True)
    max_jobs = Int(64, help="The most runs and batches at the same time.").tag(config=True)
    max_uploads = Int(1000, help="The most uploaded pictures kept; then the oldest go.").tag(
        config=True
    )
    heartbeat_seconds = Float(15.0, help="The longest silence on an event stream.").tag(config=True)
    stall_seconds = Float(120.0, help="How long a reader may take nothing before it is cut.").tag(
        config=True
    )
    keep_ended_seconds = Float(
        600.0, help="How long the events of an ended run or batch can be asked for."
    ).tag(config=True)
    keep_events = Int(
        5000, help="How many events of a run or batch are kept, besides those that always are."
    ).tag(config=True)
    backend_seconds = Float(3.0, help="How long a backend may take to say what models it has.").tag(
        config=True
    )
