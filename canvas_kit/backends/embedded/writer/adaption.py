"""A prompt rephrased for a kind of model by rule.

Clauses and tags, sentences, a shot, a soundscape.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.language import settle
from canvas_kit.backends.embedded.writer.lexicon import table
from canvas_kit.backends.embedded.writer.methods.task import inner
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene, read
from canvas_kit.backends.embedded.writer.tokens import sentence, sentences, shorten
from canvas_kit.backends.embedded.writer.values import Writing

_SOUNDING = {
    "person": "s_person", "fantasy": "s_person", "animal": "s_animal", "weather": "s_weather",
    "water": "s_water", "vehicle": "s_vehicle", "place": "s_place", "building": "s_building",
    "plant": "s_plant", "food": "s_food", "machine": "s_machine", "instrument": "s_instrument",
    "sky": "s_sky",
}  # fmt: skip
_MOVING = ("person", "animal", "vehicle", "weather", "water", "plant", "sky", "light")
_ROOM = 700


def adapt(text: str, *, preset: str, seed: int, language: str | None = None) -> Writing:
    """The prompt in the manner of speaking that a kind of model follows best, in its own language.

    Args:
        text: The prompt.
        preset: "none" (unchanged), "sd35" (clauses and tags), "flux" (sentences), "video" (one
            shot with a
            movement and a camera), "audio" (sources of sound and a tempo).
        seed: Any whole number; the same arguments give the same text on every machine.
        language: "en" or "de"; told from the words where it is left out.

    Raises:
        ValueError: No such preset, or a language other than English and German.
    """
    if preset not in _ADAPTIONS:
        near = difflib.get_close_matches(preset, ADAPTIONS, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"The embedded writer was asked for the model adaption {preset!r:.60}; "
            f"it knows {', '.join(ADAPTIONS)}.{hint}"
        )
    spoken = settle(language, text)
    scene = read(text, spoken)
    dice = Dice("adapt", text, preset, seed, spoken)
    frames = Frames(spoken, "adaption", dice, scene.cast, section="frames")
    dark = bool(scene.vocabulary & set(table(spoken, "adaption")["night"].split()))
    method = str(table(spoken, "adaption")["method"][preset])
    notes: dict[str, object] = {"preset": preset, "language": spoken, **scene.remarks}
    if preset == "none" and text.strip():
        return Writing(text, method, {"preset": preset, "language": spoken})
    return Writing(shorten(_ADAPTIONS[preset](scene, frames, dark)), method, notes)


def _none(scene: Scene, frames: Frames, dark: bool) -> str:
    return scene.text


def _sd35(scene: Scene, frames: Frames, dark: bool) -> str:
    clauses = [inner(clause, scene.language) for clause in scene.clauses()]
    tags = [frames.say("sd35_light_dark" if dark else "sd35_light")]
    tags += [frames.say("sd35_frame"), frames.say("sd35_surface")]
    return ", ".join(dict.fromkeys([*_within(clauses), *tags]))


def _within(parts: list[str]) -> list[str]:
    """As many parts as fit beside what is added to them."""
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) > _ROOM and kept:
            break
        kept.append(shorten(part, _ROOM))
    return kept


def _body(scene: Scene) -> str:
    parts = _within(sentences(scene.body))
    return inner(" ".join(parts), scene.language)


def _flux(scene: Scene, frames: Frames, dark: bool) -> str:
    cast = [noun for noun in scene.cast if noun.kind not in ("time", "abstract")] or list(
        scene.cast
    )
    parts = [frames.say("flux_opening", body=_body(scene))]
    parts.append(frames.say("flux_place" if len(cast) > 1 else "flux_single", cast[:2]))
    if len(cast) > 2:
        parts.append(frames.say("flux_more", cast[2:3]))
    parts += [frames.say("flux_light_dark" if dark else "flux_light"), frames.say("flux_frame")]
    return " ".join(sentence(part) for part in parts)


def _video(scene: Scene, frames: Frames, dark: bool) -> str:
    actor: Noun = next((n for kind in _MOVING for n in scene.cast if n.kind == kind), scene.cast[0])
    movement = {"light": "light_moves"}.get(
        actor.kind, actor.kind if actor.kind in _MOVING else "still"
    )
    parts = [f"{frames.say('video_shot')}: {_body(scene)}", frames.say(movement, [actor])]
    parts += [frames.say(name) for name in ("video_background", "video_camera", "video_light")]
    return " ".join(sentence(part) for part in parts)


def _audio(scene: Scene, frames: Frames, dark: bool) -> str:
    sounding = [noun for noun in scene.cast if noun.kind in _SOUNDING]
    tempo = frames.dice.between(52, 84) if dark or not sounding else frames.dice.between(72, 126)
    parts: list[str] = []
    if sounding or len(scene.cast) > 1:
        parts.append(frames.say("audio_opening"))
        parts += [
            frames.say(_SOUNDING.get(noun.kind, "s_other"), [noun]) for noun in scene.cast[:6]
        ]
        parts.append(frames.say("audio_ground"))
    else:
        parts.append(frames.say("audio_music"))
        parts.append(frames.say("audio_music_line", scene.cast[:1]))
    parts += [frames.say("audio_course"), frames.say("audio_tempo", tempo=tempo)]
    return "; ".join(parts)


_ADAPTIONS: dict[str, Callable[[Scene, Frames, bool], str]] = {
    "none": _none,
    "sd35": _sd35,
    "flux": _flux,
    "video": _video,
    "audio": _audio,
}
ADAPTIONS = tuple(_ADAPTIONS)
