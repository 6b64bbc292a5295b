"""How far a run or a batch is, as HTML."""

from __future__ import annotations

from canvas_kit.values import NodeState
from canvas_kit.views import markup
from canvas_kit.views._state import BatchProgress, NodeProgress, RunProgress
from canvas_kit.views.markup import Html, tag, text
from canvas_kit.views.results import failures_html, state_html

MAX_NODES = 40
"""Nodes that are listed one by one."""
_WORDS = 180


def run_progress_html(state: RunProgress) -> Html:
    """Where every node of a run stands."""
    nodes = list(state.nodes.values())
    items = [tag("div", _node_html(node)) for node in nodes[:MAX_NODES]]
    if len(nodes) > MAX_NODES:
        settled = sum(node.state.settled for node in nodes)
        words = f"… {len(nodes) - MAX_NODES:,} more; {settled:,} of {len(nodes):,} nodes have ended"
        items.append(tag("div", words, "ck-dim"))
    shown = tag("div", markup.each(items), "ck-nodes")
    return shown + (failures_html([state.error]) if state.error else "")


def batch_progress_html(state: BatchProgress, *, seconds_left: float | None = None) -> Html:
    """How far a batch is, in a line, and what went wrong lately."""
    facts = [f"{state.completed:,} complete"]
    if state.wanting:
        facts.append(f"{state.wanting:,} with something missing")
    if state.cancelled:
        facts.append(f"{state.cancelled:,} cancelled")
    if state.under_way:
        facts.append(f"{len(state.under_way):,} under way")
    if seconds_left is not None:
        about = markup.duration(round(seconds_left)) if seconds_left >= 10 else "a few seconds"
        facts.append(f"about {about} left")
    title = tag("span", f"{state.ended_runs:,} of {markup.count(state.total, 'run')}", "ck-title")
    head = tag("div", title + tag("span", text(" · ".join(facts)), "ck-dim"), "ck-head")
    return head + failures_html(state.messages)


def _node_html(node: NodeProgress) -> Html:
    words = []
    if node.round > 1:
        words.append(f"round {node.round}")
    if node.state is NodeState.RUNNING and node.total:
        words.append(f"step {node.step} of {node.total}")
    elif node.state not in (NodeState.WAITING, NodeState.COMPLETED, NodeState.RUNNING):
        words.append(node.state.value)
    if node.message:
        words.append(markup.shortened(node.message, _WORDS))
    line = (
        state_html(node.state, node.node_id) + " " + tag("span", text(" · ".join(words)), "ck-dim")
    )
    if node.words and node.state is NodeState.COMPLETED:
        line += tag("q", text(markup.shortened(" ".join(node.words.split()), _WORDS)))
    return line
