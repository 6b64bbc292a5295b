"""Finding the texts: from a sampler's conditioning back to the words."""

from __future__ import annotations

from dataclasses import dataclass

from canvas_kit.backends.comfyui.flow import Parameter
from canvas_kit.backends.comfyui.graph import GraphNode, Link, Place
from canvas_kit.backends.comfyui.tracing.finds import Finds
from canvas_kit.backends.comfyui.tracing.samplers import carried_on, conditioning_links
from canvas_kit.errors import shorten

_ENCODED = (
    "text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "llama", "bert", "mt5xl", "prompt",
    "user_prompt", "tags", "caption",
)  # fmt: skip
"""Inputs of ComfyUI's own text encoders."""

_POSITIVE = ("positive", "positive_prompt", "text_positive", "prompt", "text", "user_prompt")
_NEGATIVE = ("negative", "negative_prompt", "text_negative")
_LEADS_TO_NO_TEXT = frozenset(
    {"model", "clip", "vae", "mask", "control_net", "style_model", "clip_vision", "image",
     "clip_vision_output", "sampler", "sigmas", "noise", "hooks", "latent", "samples", "pixels"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Encoder:
    """A node that turns texts into conditioning.

    Attributes:
        node: The node.
        texts: Where its texts are written, and what each is.
        words: The texts as exported.
        way: How the sampler leads there.
    """

    node: GraphNode
    texts: tuple[tuple[Parameter, Place], ...]
    words: frozenset[str]
    way: str


def bind_texts(finds: Finds, sampler: GraphNode) -> None:
    """Bind the prompt and the negative prompt of a sampler at the beginning."""
    if finds.bound(Parameter.PROMPT):
        bind_same_texts(finds, sampler)
        return
    positive = _encoders(finds, sampler, "positive")
    negative = _encoders(finds, sampler, "negative")
    _bind_main(finds, positive, Parameter.PROMPT)
    # A negative side made from the prompt itself, zeroed out, has no words of its own.
    own = [encoder for encoder in negative if encoder.node not in [p.node for p in positive]]
    _bind_main(finds, own, Parameter.NEGATIVE_PROMPT)


def bind_same_texts(finds: Finds, sampler: GraphNode) -> None:
    """Bind those texts of a further sampler that repeat the ones already bound."""
    for side, parameter in (
        ("positive", Parameter.PROMPT),
        ("negative", Parameter.NEGATIVE_PROMPT),
    ):
        known = {finds.text_at(place) for place in finds.bound(parameter)}
        for encoder in _encoders(finds, sampler, side):
            if encoder.words & known:
                _bind_encoder(finds, encoder, parameter)
            elif not all(finds.is_bound(place) for _, place in encoder.texts):
                _note_own_text(finds, encoder, parameter)


def bind_nearest_text(finds: Finds, starts: list[GraphNode]) -> None:
    """Bind the nearest texts by their names: for nodes that do everything by themselves."""
    for parameter, names in (
        (Parameter.PROMPT, _POSITIVE),
        (Parameter.NEGATIVE_PROMPT, _NEGATIVE),
    ):
        nodes = (node for start in starts for node in (start, *finds.graph.upstream(start.node_id)))
        for node in nodes:
            name = next((name for name in names if finds.leads_to_text(node, name)), None)
            if name:
                finds.bind(parameter, finds.text_place(node, name), f"{node}: the nearest {name!r}")
                break


def _bind_main(finds: Finds, encoders: list[_Encoder], parameter: Parameter) -> None:
    """Bind the first of several texts, and those that say the same."""
    for encoder in encoders:
        if encoder.words == encoders[0].words:
            _bind_encoder(finds, encoder, parameter)
        else:
            _note_own_text(finds, encoder, parameter)


def _bind_encoder(finds: Finds, encoder: _Encoder, parameter: Parameter) -> None:
    for part, place in encoder.texts:
        finds.bind(parameter if part is Parameter.PROMPT else part, place, encoder.way)


def _note_own_text(finds: Finds, encoder: _Encoder, parameter: Parameter) -> None:
    if words := max(encoder.words, key=len, default=""):
        finds.note(
            f"{encoder.node.label} has a text of its own, {shorten(words, 40)}, and keeps it. Add "
            f"it under [[{parameter}]] if it should change too."
        )


def _encoders(finds: Finds, sampler: GraphNode, side: str) -> list[_Encoder]:
    """The text encoders on one side of a sampler, each once, the main one first."""
    found: dict[str, _Encoder] = {}
    seen: set[Link] = set()
    line = [(link, f"{sampler}, {side}") for link in conditioning_links(finds.graph, sampler, side)]

    def visit(link: Link, way: str) -> None:
        node = finds.graph.get(link)
        if node is None or link in seen:
            return
        seen.add(link)
        way = f"{way} -> {node}"
        above = list(carried_on(node, link.slot, side))
        for further in above:
            visit(further, way)
        encoder = _as_encoder(finds, node, way)
        if encoder:
            found.setdefault(node.node_id, encoder)
        elif not above:
            for name, further in node.links():
                if name not in _LEADS_TO_NO_TEXT:
                    visit(further, way)

    for link, way in line:
        visit(link, way)
    return list(found.values())


def _as_encoder(finds: Finds, node: GraphNode, way: str) -> _Encoder | None:
    texts = [
        (Parameter.PROMPT, finds.text_place(node, name))
        for name in _ENCODED
        if finds.leads_to_text(node, name)
    ]
    if "lyrics" in node.inputs:
        texts.append((Parameter.LYRICS, finds.text_place(node, "lyrics")))
    if not texts:
        return None
    words = frozenset(finds.text_at(place) for part, place in texts if part is Parameter.PROMPT)
    return _Encoder(node, tuple(texts), words, way)
