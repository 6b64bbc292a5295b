"""Two short programs made from a prompt: a p5.js sketch and a piece for Tone.js.

Written for p5.js 1.x and Tone.js 14.8 or newer; both libraries are named in the first line.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.methods.task import Task
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.tokens import shorten
from canvas_kit.backends.embedded.writer.values import Writing

_COLOURS = {
    "red": "#d1352b", "rot": "#d1352b", "orange": "#ee8a2a", "yellow": "#f2c53d", "gelb": "#f2c53d",
    "green": "#3d8b4f", "grün": "#3d8b4f", "blue": "#2f6fb3", "blau": "#2f6fb3", "purple": "#7a4a9c",
    "lila": "#7a4a9c", "violet": "#7a4a9c", "violett": "#7a4a9c", "pink": "#e98bb0", "rosa": "#e98bb0",
    "brown": "#7c5234", "braun": "#7c5234", "black": "#1c1b1a", "schwarz": "#1c1b1a", "white": "#f7f4ec",
    "weiß": "#f7f4ec", "grey": "#8c8f94", "gray": "#8c8f94", "grau": "#8c8f94", "golden": "#cfa23c", "türkis": "#37a6a0",
}  # fmt: skip
_BY_KIND = {
    "sky": "#f2c53d", "weather": "#9fb7c9", "water": "#2f6fb3", "land": "#a98a5b", "plant": "#3d8b4f",
    "place": "#c9b79c", "building": "#b5674a", "person": "#33435c", "animal": "#8a5a3c", "food": "#d1352b",
    "light": "#ffd97a", "vehicle": "#c0473b", "time": "#f0b48a",
}  # fmt: skip
_GROUNDS = {"day": ("#f4ead7", "#dfe9ec", "#f6e3cf"), "night": ("#1d2340", "#232038", "#14233a")}
_LAYERS = ("time", "sky", "land", "water", "place", "building", "plant", "weather")
_ONE_SHAPE = "ellipse(random(width), random(height * 0.4, height), {s}, {s} * 0.7);"
#: What is drawn for a noun of a kind; {n} is a count, {s} a size in pixels.
_SHAPES = {
    "time": "for (let y = 0; y < height; y += 8) rect(0, y, width, 8 * (1 - y / height));",
    "sky": "circle(random(80, 430), random(60, 170), {s});",
    "weather": "for (let i = 0; i < 90; i++) {{ const x = random(width), y = random(height); quad(x, y, x + 1, y, x - 5, y + 22, x - 6, y + 22); }}",
    "water": "for (let y = 340; y < height; y += 14) for (let x = 0; x < width; x += 24) arc(x, y + random(4), 24, 12, 0, PI);",
    "land": "triangle(random(-60, 160), 400, random(180, 340), random(120, 230), random(360, 580), 400);",
    "place": "for (let x = 20; x < width; x += {s}) rect(x, random(270, 320), {s} * 0.8, 120);",
    "building": "for (let i = 0; i < {n}; i++) rect(30 + i * 470 / {n}, random(170, 260), {s}, 240);",
    "plant": "for (let i = 0; i < {n}; i++) {{ const x = random(width); rect(x - 4, 320, 8, 100); circle(x, 310, {s}); }}",
    "person": "for (let i = 0; i < {n}; i++) {{ const x = random(90, 420); circle(x, 300, 34); triangle(x, 306, x - 32, 430, x + 32, 430); }}",
    "animal": "for (let i = 0; i < {n}; i++) {{ const x = random(80, 430), y = random(360, 440); ellipse(x, y, {s}, {s} * 0.5); circle(x + {s} * 0.5, y - 14, {s} * 0.4); }}",
    "food": "for (let i = 0; i < {n} * 4; i++) circle(random(120, 400), random(400, 480), random(18, 36));",
    "light": "for (let r = {s} * 2; r > 0; r -= 12) circle(256, 220, r);",
    "vehicle": "for (let i = 0; i < {n}; i++) {{ const x = random(40, 360); rect(x, 370, {s} * 1.6, 44, 12); circle(x + 24, 416, 28); circle(x + {s} * 1.2, 416, 28); }}",
    "shape": "for (let i = 0; i < {n}; i++) rect(random(width), random(height), {s}, {s});",
}


def p5_sketch(task: Task) -> Writing:
    """A p5.js sketch that draws one simple shape for each of four nouns, from the back to the front."""
    night = bool(task.scene.vocabulary & set(task.frames.words("night")))
    ground = task.dice.pick(_GROUNDS["night" if night else "day"])
    players = sorted(
        task.cast[:4],
        key=lambda noun: _LAYERS.index(noun.kind) if noun.kind in _LAYERS else len(_LAYERS),
    )
    lines = [
        f"// p5.js: {_comment(task.scene.body, 70)}",
        "function setup() {",
        "  createCanvas(512, 512);",
        f"  randomSeed({task.dice.between(1, 99999)});",
        "  noLoop();",
        "}",
        "function draw() {",
        f'  background("{ground}");',
        "  noStroke();",
    ]
    drawn: dict[str, str] = {}
    for noun in players:
        colour = _colour(task, noun)
        count = _count(task, noun)
        shape = _SHAPES.get(noun.kind, f"for (let i = 0; i < {{n}}; i++) {_ONE_SHAPE}")
        lines.append(
            f'  fill("{colour}{"cc" if noun.kind in _LAYERS else ""}"); // {_comment(noun.bare, 40)}'
        )
        lines.append("  " + shape.format(n=count, s=task.dice.between(48, 96)))
        drawn[noun.word] = noun.kind
    lines.append("}")
    return task.done("\n".join(lines), drawn=drawn, night=night)


def _comment(text: str, most: int) -> str:
    """A text that cannot end a comment line."""
    return shorten(" ".join(text.split()), most)


def _colour(task: Task, noun: Noun) -> str:
    for word in noun.modifiers:
        lower = word.lower()
        for name, value in _COLOURS.items():
            if lower == name or (
                len(name) > 2 and lower.startswith(name) and len(lower) - len(name) <= 2
            ):
                return value
    return _BY_KIND.get(noun.kind) or task.dice.pick(tuple(_COLOURS.values()))


def _count(task: Task, noun: Noun) -> int:
    from canvas_kit.backends.embedded.writer import english, german

    for word in noun.modifiers:
        number = english.NUMBERS.get(word.lower()) or german.NUMBERS.get(word.lower())
        if number or word.isdigit():
            return max(1, min(number or int(word[:3]), 24))
    return task.dice.between(5, 9) if noun.plural else 1


_SCALES = {
    "major": ("C4", "D4", "E4", "G4", "A4", "C5", "D5"),
    "minor": ("A3", "C4", "D4", "E4", "G4", "A4", "C5"),
}
_NOISY = ("weather", "water")


def tone_piece(task: Task) -> Writing:
    """A loop for Tone.js: letters become notes, a bar for each noun; the words set mode and tempo."""
    vocabulary = task.scene.vocabulary
    mode = "minor" if vocabulary & set(task.frames.words("minor")) else "major"
    fast = bool(vocabulary & set(task.frames.words("fast")))
    tempo = task.dice.between(112, 144) if fast else task.dice.between(58, 96)
    scale = _SCALES[mode]
    players = task.cast[:4]
    bars = [_bar(noun, scale) for noun in players]
    wave = task.dice.pick(("triangle", "sine", "square", "sawtooth"))
    lines = [
        f"// Tone.js: {_comment(task.scene.body, 70)}",
        "const melody = [",
        *(
            f"  {bar}, // {_comment(noun.word, 30)}"
            for bar, noun in zip(bars, players, strict=True)
        ),
        "].flat();",
        f'const voice = new Tone.Synth({{ oscillator: {{ type: "{wave}" }} }}).toDestination();',
        "new Tone.Sequence((time, note) => {",
        '  voice.triggerAttackRelease(note, "8n", time);',
        '}, melody, "8n").start(0);',
    ]
    noises = task.of_kinds(*_NOISY)
    if noises:
        lines += [
            f'const noise = new Tone.NoiseSynth({{ noise: {{ type: "pink" }}, volume: -18 }}).toDestination(); // {_comment(noises[0].word, 30)}',
            'new Tone.Loop((time) => noise.triggerAttackRelease("16n", time), "8n").start(0);',
        ]
    else:
        lines += [
            "const drum = new Tone.MembraneSynth({ volume: -8 }).toDestination();",
            f'new Tone.Loop((time) => drum.triggerAttackRelease("{scale[0][0]}1", "8n", time), "{"4n" if fast else "2n"}").start(0);',
        ]
    lines += [
        f"Tone.getTransport().bpm.value = {tempo};",
        'document.addEventListener("click", async () => {',
        "  await Tone.start();",
        "  Tone.getTransport().start();",
        "}, { once: true });",
    ]
    return task.done("\n".join(lines), tempo=tempo, mode=mode, bars=[noun.word for noun in players])


def _bar(noun: Noun, scale: tuple[str, ...]) -> str:
    """Eight eighths: a note for each letter, its place in the alphabet folded into the scale; then rests."""
    letters = [c for c in noun.word.lower() if c.isalpha()][:7] or ["a"]
    notes = [f'"{scale[ord(c) % len(scale)]}"' for c in letters]
    return "[" + ", ".join(notes + ["null"] * (8 - len(notes))) + "]"
