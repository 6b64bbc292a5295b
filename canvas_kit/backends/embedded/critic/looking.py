"""Scores for pictures, and descriptions that say what was measured and ask the viewer the rest."""

from __future__ import annotations

import math
import re

from canvas_kit.backends.embedded.critic.judging import judge_text
from canvas_kit.backends.embedded.critic.pixels import Picture, open_picture
from canvas_kit.backends.embedded.critic.values import (
    KINDS,
    Judgement,
    advise,
    clamp,
    judgement,
    ramp,
    spoken,
    wording,
)
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.language import settle
from canvas_kit.backends.embedded.writer.tokens import clean, shorten
from canvas_kit.backends.embedded.writer.values import Writing

FRAMEWORKS = ("bildwissenschaftlich", "bildungstheoretisch", "ethisch", "kritisch", "custom")

#: A colour that takes up this share of a picture counts as there in full.
_THERE = 0.06
_QUESTIONS = 4


def judge_image(
    data: bytes, *, kind: str, criteria: str = "", prompt: str = "", language: str = "en"
) -> Judgement:
    """A score for a picture from what can be measured in its pixels, with every number.

    Args:
        data: The bytes of a picture file.
        kind: As for texts. "fairness", "bias" and "equity" cannot be seen by a measuring
            instrument: it says
            so, measures how evenly and how legibly the picture is laid out, and judges the
            prompt's words.
        criteria: The person's own criteria; colours and measurable words in it ("dark", "sharp",
            "symmetrical", "black and white") are held against the picture.
        prompt: What the picture was made from; its colour words are expected in the picture.
        language: "en" or "de", the language of the commentary.

    Raises:
        ValueError: No picture, no such kind, or a language other than English and German.
    """
    if kind not in KINDS:
        raise ValueError(
            f"The embedded critic was asked for the evaluation {kind!r:.60}; "
            f"it knows {', '.join(KINDS)}."
        )
    tongue = settle(language, prompt)
    picture = open_picture(data)
    measures: dict[str, float | int | str] = {
        "sharpness": round(picture.sharpness, 1),
        "contrast": round(picture.contrast, 3),
        "brightness": round(picture.brightness, 2),
        "colourfulness": round(picture.colourfulness, 1),
        "entropy": round(picture.entropy, 2),
        "edges": round(picture.edges, 3),
        "symmetry": round(picture.symmetry, 2),
        "clipping": round(picture.clipping, 3),
        "hues": picture.hues,
    }
    remarks: list[str] = []
    if kind == "creativity":
        score, advice = _creative(picture, tongue)
    elif kind in ("quality", "custom"):
        score, advice = _made_well(picture, tongue)
    else:
        score, advice = _laid_out(picture, tongue, measures)
        remarks.append(wording(tongue)["say"]["blind"])
        if prompt.strip():
            words = judge_text(prompt, kind=kind)
            measures["prompt_score"] = words.score
            score = 0.35 * score + 0.65 * words.score
            if words.score < 5:
                advice.insert(0, advise(tongue, "prompt_score", found_text(words.commentary)))
    agreement, missing = palette_agreement(picture, f"{criteria} {prompt}", tongue)
    asked = measurable(picture, criteria)
    if agreement is not None:
        measures["palette"] = round(agreement, 2)
        if missing:
            advice.append(advise(tongue, "palette", missing))
    held = [value for value in (agreement, *asked.values()) if value is not None]
    if held:
        share = 0.6 if kind == "custom" else 0.2
        score = (1 - share) * score + share * 10 * sum(held) / len(held)
    return judgement(kind, score, measures, advice, tongue, remarks)


def found_text(commentary: str) -> list[str]:
    """The advice in a commentary, as one quotation."""
    _, mark, rest = commentary.partition("Advice: ")
    if not mark:
        _, mark, rest = commentary.partition("Rat: ")
    return [shorten(rest or commentary, 160)]


def _made_well(picture: Picture, language: str) -> tuple[float, list[str]]:
    fine = math.log10(picture.sharpness + 1)
    sharp = min(ramp(fine, 0.9, 2.9), ramp(fine, 4.5, 3.8))  # beyond that it is noise
    contrast = min(ramp(picture.contrast, 0.03, 0.19), ramp(picture.contrast, 0.5, 0.36))
    exposure = 1 - ramp(picture.clipping, 0.02, 0.45)
    middle = 1 - ramp(abs(picture.brightness - 0.5), 0.22, 0.46)
    tones = ramp(picture.entropy, 2.5, 7.2)
    calm = min(ramp(picture.edges, 0.0, 0.04), ramp(picture.edges, 0.75, 0.4))
    score = 3.0 * sharp + 1.9 * contrast + 1.3 * exposure + 0.9 * middle + 1.9 * tones + calm
    advice: list[str] = []
    if sharp < 0.45:
        advice.append(advise(language, "sharpness"))
    if contrast < 0.5:
        advice.append(advise(language, "contrast"))
    if exposure < 0.6:
        advice.append(advise(language, "clipping", value=round(picture.clipping, 2)))
    if middle < 0.4:
        advice.append(
            advise(language, "brightness_low" if picture.brightness < 0.5 else "brightness_high")
        )
    if tones < 0.45:
        advice.append(advise(language, "entropy"))
    if calm < 0.4:
        advice.append(advise(language, "edges_low" if picture.edges < 0.2 else "edges_high"))
    return score, advice


def _creative(picture: Picture, language: str) -> tuple[float, list[str]]:
    # Either a rich palette or a strict one is a decision; what lies between is the average.
    rich = ramp(picture.colourfulness, 12, 75)
    strict = ramp(picture.colourfulness, 9, 2) * ramp(picture.contrast, 0.1, 0.25)
    palette = max(rich, strict)
    hues = ramp(picture.hues, 1, 7)
    tones = ramp(picture.entropy, 2.5, 7.4)
    broken = ramp(picture.symmetry, 0.9, 0.2)
    x, y = picture.centre
    placed = ramp(math.hypot(x - 0.5, y - 0.5), 0.0, 0.12)
    structure = min(ramp(picture.edges, 0.005, 0.12), ramp(picture.edges, 0.85, 0.5))
    score = 2.4 * palette + 1.4 * hues + 1.8 * tones + 1.4 * broken + 1.0 * placed + 2.0 * structure
    advice: list[str] = []
    if palette < 0.35:
        advice.append(advise(language, "colourfulness"))
    if hues < 0.4:
        advice.append(advise(language, "hues", value=picture.hues))
    if broken < 0.3:
        advice.append(advise(language, "symmetry"))
    if structure < 0.35:
        advice.append(advise(language, "edges_low" if picture.edges < 0.3 else "edges_high"))
    return score, advice


def _laid_out(
    picture: Picture, language: str, measures: dict[str, float | int | str]
) -> tuple[float, list[str]]:
    even = ramp(picture.evenness, 0.7, 0.99)
    legible = ramp(picture.legibility, 0.15, 0.65)
    measures["evenness"] = round(picture.evenness, 2)
    measures["legibility"] = round(picture.legibility, 2)
    score = 1.0 + 2.5 * even + 5.0 * legible + 1.0 * (1 - ramp(picture.clipping, 0.02, 0.5))
    advice: list[str] = []
    if even < 0.5:
        advice.append(advise(language, "evenness"))
    if legible < 0.5:
        advice.append(advise(language, "legibility"))
    return score, advice


def palette_agreement(picture: Picture, text: str, language: str) -> tuple[float | None, list[str]]:
    """How far a text's colour words are found in a picture (0.0 to 1.0), and which are not.

    None where the text names no colour.
    """
    wanted = list(dict.fromkeys(_colour_of(word) for word in _words(text)))
    asked = [name for name in wanted if name]
    if not asked:
        return None, []
    shares = [clamp(picture.colours[name] / _THERE) for name in asked]
    names = wording(language)["colours"]
    missing = [str(names[n]) for n, share in zip(asked, shares, strict=True) if share < 0.5]
    return sum(shares) / len(shares), missing


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text[:4000].lower())


def _colour_of(word: str) -> str:
    for tongue in ("en", "de"):
        for name, forms in wording(tongue)["colour_words"].items():
            endings = ("", "e", "er", "es", "en", "em") if tongue == "de" else ("", "ish")
            if any(word == form + ending for form in forms.split() for ending in endings):
                return str(name)
    return ""


def measurable(picture: Picture, criteria: str) -> dict[str, float]:
    """What in the criteria can be measured, and how far the picture keeps to it, 0.0 to 1.0."""
    held = {
        "sharp": ramp(math.log10(picture.sharpness + 1), 0.9, 2.7),
        "soft": ramp(math.log10(picture.sharpness + 1), 2.4, 1.0),
        "dark": ramp(picture.brightness, 0.6, 0.25),
        "bright": ramp(picture.brightness, 0.35, 0.7),
        "contrast": ramp(picture.contrast, 0.08, 0.28),
        "colourful": ramp(picture.colourfulness, 15, 65),
        "monochrome": ramp(picture.colourfulness, 25, 5),
        "symmetrical": ramp(picture.symmetry, 0.3, 0.9),
        "calm": ramp(picture.edges, 0.35, 0.04),
        "busy": ramp(picture.edges, 0.05, 0.35),
    }
    text = criteria[:4000].lower()
    asked: dict[str, float] = {}
    for tongue in ("en", "de"):
        for name, stems in wording(tongue)["measurable"].items():
            if any(re.search(rf"\b{re.escape(stem)}", text) for stem in stems):
                asked[str(name)] = held[str(name)]
    return asked


def describe_image(
    data: bytes, *, framework: str, prompt: str = "", language: str = "en"
) -> Writing:
    """A picture described by what was measured in it, and a framework's questions to viewers.

    Args:
        data: The bytes of a picture file.
        framework: "bildwissenschaftlich", "bildungstheoretisch", "ethisch", "kritisch" or "custom".
        prompt: What the picture was made from; with "custom", the person's own questions.
        language: "en" or "de".

    Raises:
        ValueError: No picture, no such framework, or a language other than English and German.
    """
    if framework not in FRAMEWORKS:
        raise ValueError(
            f"The embedded critic was asked for the framework {framework!r:.60}; "
            f"it knows {', '.join(FRAMEWORKS)}."
        )
    tongue = settle(language, prompt)
    picture = open_picture(data)
    text = wording(tongue)["description"]
    names = wording(tongue)["colours"]

    def said(value: float, digits: int = 2) -> str:
        return spoken(round(value, digits), tongue)

    shares = [(name, share) for name, share in picture.colours.items() if share >= 0.04][:4]
    palette = ", ".join(f"{names[name]} {round(100 * share)} %" for name, share in shares)
    x, y = picture.centre
    parts = [
        text["opening"],
        text["format"].format(
            width=picture.width, height=picture.height, shape=text[_shape(picture)]
        ),
        text["light"].format(
            tone=text[
                "dark"
                if picture.brightness < 0.36
                else "bright"
                if picture.brightness > 0.62
                else "middling"
            ],
            value=round(100 * picture.brightness),
            contrast=text[
                "contrast_low"
                if picture.contrast < 0.12
                else "contrast_high"
                if picture.contrast > 0.26
                else "contrast_middle"
            ],
        ),
        text["colour"].format(
            palette=palette,
            strength=text[
                "muted"
                if picture.colourfulness < 20
                else "strong"
                if picture.colourfulness > 55
                else "moderate"
            ],
            value=said(picture.colourfulness, 0),
        ),
        text["weight"].format(place=_place(x, y, text), x=round(100 * x), y=round(100 * y)),
        text["structure"].format(
            symmetry=text[
                "symmetry_high"
                if picture.symmetry > 0.75
                else "symmetry_low"
                if picture.symmetry < 0.35
                else "symmetry_middle"
            ],
            value=said(picture.symmetry),
            surface=text[
                "surface_flat"
                if picture.texture < 4
                else "surface_rough"
                if picture.texture > 16
                else "surface_middle"
            ],
            sharpness=text[
                "soft"
                if picture.sharpness < 30
                else "crisp"
                if picture.sharpness > 400
                else "normal"
            ],
        ),
    ]
    agreement, missing = palette_agreement(picture, prompt, tongue)
    if agreement is not None:
        key = "prompt_kept" if agreement > 0.6 else "prompt_missed"
        parts.append(text[key].format(value=said(agreement), missing=", ".join(missing)))
    facts = _facts(picture, shares, names)
    dice = Dice("describe", framework, tongue, prompt, facts)
    questions = _questions(framework, prompt, tongue, dice)
    bridge = wording(tongue)["frameworks"][framework]
    written = " ".join(parts) + "\n\n" + bridge + "\n" + "\n".join(f"– {q}" for q in questions)
    notes: dict[str, object] = {
        "framework": framework,
        "language": tongue,
        "width": picture.width,
        "height": picture.height,
        "brightness": round(picture.brightness, 3),
        "contrast": round(picture.contrast, 3),
        "colourfulness": round(picture.colourfulness, 1),
        "sharpness": round(picture.sharpness, 1),
        "symmetry": round(picture.symmetry, 3),
        "texture": round(picture.texture, 1),
        "centre_of_weight": [round(x, 3), round(y, 3)],
        "colours": {name: round(share, 3) for name, share in shares},
        "questions": questions,
    }
    return Writing(shorten(written, 3600), text["method"], notes)


def _facts(picture: Picture, shares: list[tuple[str, float]], names: dict[str, str]) -> str:
    return (
        f"{picture.width} {picture.height} {[name for name, _ in shares]} {picture.brightness:.1f}"
    )


def _shape(picture: Picture) -> str:
    ratio = picture.width / picture.height
    if 0.97 <= ratio <= 1.03:
        return "square"
    return "landscape" if ratio > 1 else "portrait"


def _place(x: float, y: float, text: dict[str, str]) -> str:
    across = "left" if x < 0.46 else "right" if x > 0.54 else "middle"
    down = "top" if y < 0.46 else "bottom" if y > 0.54 else "middle"
    if across == down == "middle":
        return text["at_centre"]
    if across == "middle" or down == "middle":
        return text[f"at_{down if across == 'middle' else across}"]
    return text[f"at_{down}_{across}"]


def _questions(framework: str, prompt: str, language: str, dice: Dice) -> list[str]:
    """Questions of the framework; the person's own come first, as they were asked."""
    own: list[str] = []
    if framework == "custom":
        own = [clean(part) + "?" for part in prompt[:2000].split("?")[:-1] if part.strip()][
            :_QUESTIONS
        ]
    stock = wording(language)["questions"][framework]
    return own + dice.some(stock, _QUESTIONS - len(own))
