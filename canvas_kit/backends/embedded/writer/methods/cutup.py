"""What the person asks for.

Known requests are carried out, otherwise prompt and context are cut up together.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer import commands
from canvas_kit.backends.embedded.writer.language import detect
from canvas_kit.backends.embedded.writer.methods.task import Task, prose
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import is_word, strip_end, tidy, words
from canvas_kit.backends.embedded.writer.values import Writing


def user_defined(task: Task) -> Writing:
    """Requests in the context are carried out.

    Without any, the breaths of both texts are shuffled together.
    """
    asked = commands.find(task.context)
    if asked:
        text = commands.carry_out(task.scene.text, task.language, asked, task.dice)
        method = task.frames.fill(task.frames.lines("asked")[0], requests=", ".join(asked))
        return task.done(text, method=method, requests=asked)
    return _cut_up(task)


def _cut_up(task: Task) -> Writing:
    own = task.scene.phrases()
    foreign = _context_phrases(task) or [task.frames.say("stranger") for _ in range(2)]
    order = own[:1] + task.dice.shuffled(own[1:])
    slips = task.dice.shuffled(foreign)[: max(2, (len(order) + 1) // 2 + 1)]
    made: list[str] = []
    for place, phrase in enumerate(order):
        made.append(phrase)
        if slips and (place % 2 == 0 or place == len(order) - 1):
            made.append(slips.pop(0))
    lines = [", ".join(made[i : i + 3]) for i in range(0, len(made), 3)]
    text = prose(*lines)
    if strip_end(text).lower() == task.scene.body.lower():
        text = prose(text, task.frames.say("stranger"))
    return task.done(text, slips_of_text=len(own), slips_of_context=len(foreign))


def _context_phrases(task: Task) -> list[str]:
    """Breaths of the context without the words that only give an order."""
    context = task.context[:2000]
    if not words(context):
        return []
    orders = frozenset(task.frames.words("orders"))
    scene = read(context, detect(context))
    found: list[str] = []
    for phrase in scene.phrases():
        pieces = words(phrase)
        while pieces and pieces[0].lower() in orders:
            pieces.pop(0)
        while pieces and pieces[-1].lower() in orders:
            pieces.pop()
        kept = " ".join(pieces)
        if any(is_word(piece) and len(piece) > 2 for piece in pieces):
            found.append(kept)
    return list(dict.fromkeys(tidy(part) for part in found))[:8]
