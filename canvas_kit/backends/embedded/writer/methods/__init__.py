"""One method of writing for every interception preset."""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.methods import (
    cutup,
    painting,
    photography,
    programs,
    tempers,
    tongues,
    worlds,
)
from canvas_kit.backends.embedded.writer.methods.task import Method, Task

METHODS: dict[str, Method] = {
    "user_defined": cutup.user_defined,
    "analog_photography_1870s": photography.wet_plate,
    "analog_photography_1970s": photography.faded_print,
    "analogue_copy": photography.copied_copy,
    "bauhaus": painting.bauhaus,
    "clichefilter_v2": tempers.cliche_filter,
    "confucianliterati": painting.literati,
    "cooked_negatives": photography.boiled_negative,
    "digital_photography": photography.digital_file,
    "forceful": tempers.forceful,
    "hunkydoryharmonizer": tempers.harmonizer,
    "jugendsprache": tongues.youth,
    "mad_world": worlds.mad_world,
    "one_world": worlds.one_world,
    "overdrive": tempers.overdrive,
    "p5js_simplifier": programs.p5_sketch,
    "tonejs_composer": programs.tone_piece,
    "piglatin": tongues.pig_latin,
    "planetarizer": worlds.planetarizer,
    "renaissance": painting.renaissance,
    "sensitive": tempers.sensitive,
    "stillepost": tongues.telephone,
    "technicaldrawing": painting.technical_drawing,
    "tellastory": worlds.story,
    "theopposite": worlds.opposite,
}

__all__ = ["METHODS", "Method", "Task"]
