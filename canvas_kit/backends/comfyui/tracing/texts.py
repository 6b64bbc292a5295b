"""Finding the texts: from a sampler's conditioning back to the words."""

from __future__ import annotations

from dataclasses import dataclass

from canvas_kit.backends.comfyui.graph import GraphNode, NodeInput
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings
from canvas_kit.backends.comfyui.tracing.samplers import carried_on, conditionings
from canvas_kit.backends.comfyui.workflow import Parameter
from canvas_kit.errors import shorten

_ENCODED = (
    "text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "llama", "bert", "mt5xl", "prompt",
    "user_prompt", "tags", "caption", "prompt_g", "prompt_l",
)  # fmt: skip
"""Inputs of ComfyUI's own text encoders, and of rgthree's."""

_SIDES = {
    "positive": ("positive", "positive_prompt", "text_positive"),
    "negative": ("negative", "negative_prompt", "text_negative"),
}
_NEAREST = {
    Parameter.PROMPT: (*_SIDES["positive"], "prompt", "prompt_text", "text", "user_prompt"),
    Parameter.NEGATIVE_PROMPT: _SIDES["negative"],
}
_LEADS_TO_NO_TEXT = frozenset(
    {"model", "clip", "vae", "mask", "control_net", "style_model", "clip_vision", "image",
     "clip_vision_output", "sampler", "sigmas", "noise", "hooks", "latent", "samples", "pixels"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Encoder:
    """A node that turns texts into conditioning.

    Attributes:
        texts: Where its texts are written, and what each is.
        words: The texts as exported.
        way: How the sampler leads there.
    """

    node: GraphNode
    texts: tuple[tuple[Parameter, NodeInput], ...]
    words: frozenset[str]
    way: str


def bind_texts(found: FoundBindings, sampler: GraphNode) -> None:
    """Bind the prompt and the negative prompt of a sampler at the beginning."""
    if found.places(Parameter.PROMPT):
        bind_same_texts(found, sampler)
        return
    positive = _encoders(found, sampler, "positive")
    # A negative side made from the prompt itself, zeroed out, has no words of its own.
    taken = [encoder.texts for encoder in positive]
    negative = [e for e in _encoders(found, sampler, "negative") if e.texts not in taken]
    for encoders, parameter in (
        (positive, Parameter.PROMPT),
        (negative, Parameter.NEGATIVE_PROMPT),
    ):
        # The first of several texts, and those that say the same.
        for encoder in encoders:
            _bind_if(encoder.words == encoders[0].words, found, encoder, parameter)


def bind_same_texts(found: FoundBindings, sampler: GraphNode) -> None:
    """Bind those texts of a further sampler that repeat the ones already bound."""
    for side, parameter in (
        ("positive", Parameter.PROMPT),
        ("negative", Parameter.NEGATIVE_PROMPT),
    ):
        known = {found.text_at(place) for place in found.places(parameter)}
        for encoder in _encoders(found, sampler, side):
            if not all(found.is_bound(place) for _, place in encoder.texts):
                _bind_if(bool(encoder.words & known), found, encoder, parameter)


def bind_nearest_text(found: FoundBindings, starts: list[GraphNode]) -> None:
    """Bind the nearest texts by their names: for nodes that do everything by themselves."""
    for parameter, names in _NEAREST.items():
        for node in found.graph.above(starts):
            places = ((name, found.text_place(node, name)) for name in names)
            name, place = next((pair for pair in places if pair[1]), ("", None))
            if place:
                found.bind(parameter, place, f"{node}: the nearest {name!r}")
                break


def _bind_if(fits: bool, found: FoundBindings, encoder: _Encoder, parameter: Parameter) -> None:
    """Bind the texts of an encoder, or note that it keeps its own."""
    if fits:
        for part, place in encoder.texts:
            found.bind(parameter if part is Parameter.PROMPT else part, place, encoder.way)
        if len(encoder.words) > 1:
            found.note(
                f"{encoder.node.label} has different texts at its inputs; each of them becomes the "
                f"{parameter.label}. Take those that should stay out of [[{parameter}]]."
            )
    elif words := max(encoder.words, key=len, default=""):
        found.note(
            f"{encoder.node.label} has a text of its own, {shorten(words, 40)}, and keeps it. Add "
            f"it under [[{parameter}]] if it should change too."
        )


def _encoders(found: FoundBindings, sampler: GraphNode, side: str) -> list[_Encoder]:
    """The text encoders on one side of a sampler, each once, the main one first."""
    encoders: dict[str, _Encoder] = {}
    seen: set[str] = set()

    def visit(node: GraphNode, way: str) -> None:
        if node.node_id in seen:
            return
        seen.add(node.node_id)
        way = f"{way} -> {node}"
        above = carried_on(found.graph, node, side)
        for further in above:
            visit(further, way)
        if encoder := _as_encoder(found, node, way, side):
            encoders.setdefault(node.node_id, encoder)
        elif not above:
            for name, further in found.graph.sources(node).items():
                if name not in _LEADS_TO_NO_TEXT:
                    visit(further, way)

    for node in conditionings(found.graph, sampler, side):
        visit(node, f"{sampler}, {side}")
    return list(encoders.values())


def _as_encoder(found: FoundBindings, node: GraphNode, way: str, side: str) -> _Encoder | None:
    # A loader that encodes both texts has one for each side.
    own = [name for name in _SIDES[side] if isinstance(node.inputs.get(name), str)]
    every = (found.text_place(node, name, replace_link=True) for name in own or _ENCODED)
    places = list(filter(None, every))
    texts = [(Parameter.PROMPT, place) for place in places]
    if "lyrics" in node.inputs:
        place = found.text_place(node, "lyrics", replace_link=True)
        texts += [(Parameter.LYRICS, place)] if place else []
    words = frozenset(map(found.text_at, places))
    return _Encoder(node, tuple(texts), words, way) if texts else None
