"""Two short programs made from a prompt: a p5.js sketch and a piece for Tone.js.

Written for p5.js 1.x and Tone.js 14.8 or newer; both libraries are named in the first line.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.lexicon import table
from canvas_kit.backends.embedded.writer.methods.task import Task
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.tokens import shorten
from canvas_kit.backends.embedded.writer.values import Writing

_GROUNDS = {"day": ("#f4ead7", "#dfe9ec", "#f6e3cf"), "night": ("#1d2340", "#232038", "#14233a")}
_LAYERS = ("time", "sky", "land", "water", "place", "building", "plant", "weather")


def p5_sketch(task: Task) -> Writing:
    """A p5.js sketch with one simple shape for each of four nouns, from back to front."""
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
    shapes = table("shared", "programs")["shapes"]
    drawn: dict[str, str] = {}
    for noun in players:
        colour = _colour(task, noun)
        count = _count(task, noun)
        shape = shapes.get(noun.kind, shapes["other"]).replace("@n", str(count))
        see_through = "cc" if noun.kind in _LAYERS else ""
        lines.append(f'  fill("{colour}{see_through}"); // {_comment(noun.bare, 40)}')
        lines.append("  " + shape.replace("@s", str(task.dice.between(48, 96))))
        drawn[noun.word] = noun.kind
    lines.append("}")
    return task.done("\n".join(lines), drawn=drawn, night=night)


def _comment(text: str, most: int) -> str:
    """A text that cannot end a comment line."""
    return shorten(" ".join(text.split()), most)


def _colour(task: Task, noun: Noun) -> str:
    names: dict[str, str] = table("shared", "programs")["colours"]
    for word in noun.modifiers:
        lower = word.lower()
        base = german.stem(lower)[0]
        if lower in names or base in names:
            return names.get(lower) or names[base]
    by_kind: dict[str, str] = table("shared", "programs")["by_kind"]
    return by_kind.get(noun.kind) or task.dice.pick(tuple(names.values()))


def _count(task: Task, noun: Noun) -> int:
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
    """A loop for Tone.js: letters become notes, a bar for each noun.

    The words set mode and tempo.
    """
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
            f"// {_comment(noises[0].word, 30)}",
            'const noise = new Tone.NoiseSynth({ noise: { type: "pink" }, volume: -18 });',
            "noise.toDestination();",
            'new Tone.Loop((time) => noise.triggerAttackRelease("16n", time), "8n").start(0);',
        ]
    else:
        beat, root = "4n" if fast else "2n", f"{scale[0][0]}1"
        lines += [
            "const drum = new Tone.MembraneSynth({ volume: -8 }).toDestination();",
            "new Tone.Loop((time) => {",
            f'  drum.triggerAttackRelease("{root}", "8n", time);',
            f'}}, "{beat}").start(0);',
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
    """Eight eighths: a note for each letter, its place in the alphabet folded into the scale.

    Then rests.
    """
    letters = [c for c in noun.word.lower() if c.isalpha()][:7] or ["a"]
    notes = [f'"{scale[ord(c) % len(scale)]}"' for c in letters]
    return "[" + ", ".join(notes + ["null"] * (8 - len(notes))) + "]"
