"""Scores for texts: which measures count for which kind of evaluation, and how much."""

from __future__ import annotations

from collections.abc import Callable

from canvas_kit.backends.embedded.critic.people import People
from canvas_kit.backends.embedded.critic.values import (
    KINDS,
    Judgement,
    advise,
    clamp,
    judgement,
    ramp,
    wording,
    wordset,
)
from canvas_kit.backends.embedded.critic.words_measured import Words
from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.language import settle

Measures = dict[str, float | int | str]
_Verdict = tuple[float, Measures, list[str], list[str]]
#: A text with fewer words cannot pass for its words alone.
_ENOUGH = 12


def judge_text(
    text: str, *, kind: str, criteria: str = "", language: str | None = None
) -> Judgement:
    """A score with the numbers behind it; the same text always gets the same.

    Args:
        text: The text to measure, of which the first 8,000 characters count.
        kind: "fairness", "creativity", "bias" (a high score means little of it), "equity",
            "quality", or
            "custom" (how far the words of the criteria are covered, and quality).
        criteria: The person's own criteria; beyond "custom" their coverage counts for a fifth.
        language: "en" or "de"; told from the words where it is left out.

    Raises:
        ValueError: No such kind of evaluation, or a language other than English and German.
    """
    if kind not in KINDS:
        raise ValueError(
            f"The embedded critic was asked for the evaluation {kind!r:.60}; "
            f"it knows {', '.join(KINDS)}."
        )
    spoken = settle(language, text)
    measured = Words.of(text, spoken)
    score, measures, advice, remarks = _BY_KIND[kind](measured, criteria)
    if criteria.strip() and kind != "custom":
        coverage, missing = covered(measured, criteria)
        if missing or coverage:
            measures["coverage"] = round(coverage, 2)
            score = score * 0.8 + coverage * 2
            if missing and coverage < 0.5:
                advice.append(advise(spoken, "coverage", missing))
    if len(measured.all) < 4:
        remarks.append(wording(spoken)["say"]["short"])
    return judgement(kind, score, measures, advice, spoken, remarks)


def _creativity(words: Words, criteria: str) -> _Verdict:
    language, count = words.language, len(words.all)
    cliche_share = len(words.cliches) / max(len(words.content), 1)
    parts = {
        "diversity": ramp(words.diversity, 0.62, 0.95),
        "cliche": 1 - ramp(cliche_share, 0.0, 0.2),
        "rare": ramp(words.rare_share, 0.25, 0.8),
        "concrete": ramp(words.concrete_share, 0.15, 0.6),
        "kinds": ramp(words.kinds, 1, 6),
    }
    weights = {"diversity": 2.0, "cliche": 2.0, "rare": 2.4, "concrete": 1.4, "kinds": 2.2}
    score = sum(parts[name] * weight for name, weight in weights.items())
    score *= 0.35 + 0.65 * ramp(count, 1, _ENOUGH * 2)
    advice: list[str] = []
    if count < _ENOUGH:
        advice.append(advise(language, "too_short", value=count))
    if words.cliches:
        advice.append(advise(language, "cliche_share", words.cliches))
    if parts["rare"] < 0.5:
        advice.append(advise(language, "rare_share", value=round(words.rare_share, 2)))
    if parts["diversity"] < 0.5:
        advice.append(advise(language, "diversity", value=round(words.diversity, 2)))
    if parts["kinds"] < 0.5:
        advice.append(advise(language, "kinds", value=words.kinds))
    if parts["concrete"] < 0.35:
        advice.append(advise(language, "concrete_share"))
    measures: Measures = {
        "words": count,
        "diversity": round(words.diversity, 2),
        "cliche_share": round(cliche_share, 2),
        "rare_share": round(words.rare_share, 2),
        "concrete_share": round(words.concrete_share, 2),
        "kinds": words.kinds,
    }
    return score, measures, advice, []


def _quality(words: Words, criteria: str) -> _Verdict:
    language, count = words.language, len(words.all)
    length = min(ramp(count, 2, _ENOUGH), ramp(count, 420, 160))
    sentence = min(ramp(words.sentence_length, 2, 7), ramp(words.sentence_length, 45, 24))
    parts = {
        "length": length,
        "sentence": sentence,
        "readable": ramp(words.readability, 0, 55),
        "fresh": 1 - ramp(words.repetition, 0.08, 0.5),
        "specific": ramp(words.specificity, 0.0, 1.3),
        "exact": 1 - ramp(len(words.vague) / max(len(words.content), 1), 0.0, 0.3),
    }
    weights = {
        "length": 2.2,
        "sentence": 1.2,
        "readable": 1.2,
        "fresh": 1.8,
        "specific": 2.4,
        "exact": 1.2,
    }
    score = sum(parts[name] * weight for name, weight in weights.items())
    score *= 0.4 + 0.6 * ramp(count, 1, 8)
    advice: list[str] = []
    if count < _ENOUGH:
        advice.append(advise(language, "too_short", value=count))
    elif length < 0.7:
        advice.append(advise(language, "too_long", value=count))
    if words.sentence_length > 28:
        advice.append(advise(language, "sentence_long", value=round(words.sentence_length, 1)))
    if parts["readable"] < 0.35:
        advice.append(advise(language, "readability", value=round(words.readability)))
    if parts["fresh"] < 0.6:
        advice.append(advise(language, "repetition", words.repeated))
    if words.vague:
        advice.append(advise(language, "vague", words.vague))
    if parts["specific"] < 0.5:
        advice.append(advise(language, "specificity", value=round(words.specificity, 2)))
    measures: Measures = {
        "words": count,
        "sentence_length": round(words.sentence_length, 1),
        "readability": round(words.readability),
        "repetition": round(words.repetition, 2),
        "specificity": round(words.specificity, 2),
    }
    return score, measures, advice, []


def _faults(words: Words, people: People, weights: dict[str, float]) -> tuple[float, list[str]]:
    """What the faults that were found cost, and the advice against each."""
    found = {
        "stereotypes": people.stereotypes,
        "othering": words.hits("othering"),
        "generic_masculine": people.generic_masculine,
        "generalizing": words.hits("generalizing") if people.named else [],
    }
    cost = 0.0
    advice: list[str] = []
    for name, weight in weights.items():
        if found[name]:
            cost += weight * min(len(found[name]), 3) ** 0.7
            advice.append(advise(words.language, name, found[name]))
    return cost, advice


def _gender_advice(people: People) -> list[str]:
    language = people.words.language
    if people.women + people.men < 2 or people.balance >= 0.6:
        return []
    if not people.men:
        return [advise(language, "women_only")]
    if not people.women:
        return [advise(language, "men_only")]
    return [advise(language, "balance", women=people.women, men=people.men)]


def _fairness(words: Words, criteria: str) -> _Verdict:
    people, language = People(words), words.language
    cost, advice = _faults(
        words, people, {"stereotypes": 2.4, "othering": 2.6, "generic_masculine": 1.5}
    )
    agency, looked_at = words.hits("agency"), words.hits("looked_at")
    remarks: list[str] = []
    if not people.named:
        remarks.append(wording(language)["say"]["nobody"])
        advice.append(advise(language, "defaults"))
        score = 6.6 - 3.2 * ramp(people.expected, 0, 3) + 0.8 * bool(words.hits("access")) - cost
    else:
        weight = ramp(people.women + people.men, 1, 4)
        score = 4.7 + 2.4 * ramp(len(agency), 0, 3) + 1.9 * ramp(len(people.groups), 0, 3) - cost
        score += 1.1 * min(people.balance, weight) - 2.2 * (1 - people.balance) * weight
        score += 0.8 * bool(people.counter)
        advice += _gender_advice(people)
        if not agency:
            score -= 1.8 * ramp(len(looked_at), 0, 2)
            advice.append(
                advise(language, "looked_at", looked_at)
                if looked_at
                else advise(language, "agency")
            )
    measures: Measures = {
        "people": people.named,
        "women": people.women,
        "men": people.men,
        "balance": round(people.balance, 2),
        "stereotypes": len(people.stereotypes),
        "counter_stereotypes": len(people.counter),
        "generic_masculine": len(people.generic_masculine),
        "othering": len(words.hits("othering")),
        "agency": len(agency),
        "looked_at": len(looked_at),
    }
    return score, measures, advice, remarks


def _bias(words: Words, criteria: str) -> _Verdict:
    people, language = People(words), words.language
    weights = {"stereotypes": 3.2, "othering": 2.8, "generalizing": 1.0, "generic_masculine": 1.8}
    cost, advice = _faults(words, people, weights)
    remarks: list[str] = []
    described = bool(people.groups) or people.women + people.men > 0
    if not people.named:
        remarks.append(wording(language)["say"]["nobody"])
        if people.expected:
            advice.append(advise(language, "defaults"))
        score = 7.4 - 3.8 * ramp(people.expected, 0, 3) - cost
    else:
        score = 4.2 + 1.9 * described + 2.0 * ramp(len(people.groups), 0, 2) - cost
        score += 1.3 * bool(people.counter)
        score -= 1.6 * (1 - people.balance) * ramp(people.women + people.men, 1, 4)
        if not described:
            advice.append(advise(language, "defaults"))
        advice += _gender_advice(people)
    measures: Measures = {
        "people": people.named,
        "women": people.women,
        "men": people.men,
        "stereotypes": len(people.stereotypes),
        "counter_stereotypes": len(people.counter),
        "othering": len(words.hits("othering")),
        "generalizing": len(words.hits("generalizing")),
        "generic_masculine": len(people.generic_masculine),
        "groups": len(people.groups),
    }
    return score, measures, advice, remarks


def _equity(words: Words, criteria: str) -> _Verdict:
    people, language = People(words), words.language
    cost, advice = _faults(
        words, people, {"stereotypes": 1.6, "othering": 2.4, "generic_masculine": 1.0}
    )
    agency, access = words.hits("agency"), words.hits("access")
    score = 2.8 - 1.2 * ramp(people.expected, 0, 3) * (not people.named) - cost
    score += 2.8 * ramp(len(people.groups), 0, 3) + 2.4 * ramp(len(set(access)), 0, 2)
    score += 2.4 * ramp(len(agency), 0, 2) * bool(people.named)
    remarks = [] if people.named else [wording(language)["say"]["nobody"]]
    if len(people.groups) < 2:
        advice.append(advise(language, "groups"))
    if not access:
        advice.append(advise(language, "access"))
    if not agency:
        advice.append(advise(language, "agency"))
    measures: Measures = {
        "people": people.named,
        "groups": len(people.groups),
        "access": len(set(access)),
        "agency": len(agency),
        "stereotypes": len(people.stereotypes),
        "othering": len(words.hits("othering")),
        "generic_masculine": len(people.generic_masculine),
    }
    return score, measures, advice, remarks


def _custom(words: Words, criteria: str) -> _Verdict:
    quality, measures, advice, remarks = _quality(words, "")
    coverage, missing = covered(words, criteria)
    if not criteria.strip():
        return quality, measures, advice, remarks
    measures = {"coverage": round(coverage, 2), **measures}
    if missing:
        advice = [advise(words.language, "coverage", missing), *advice[:2]]
    return coverage * 7 + quality * 0.3, measures, advice, remarks


def covered(words: Words, criteria: str) -> tuple[float, list[str]]:
    """How much of the criteria's words the text takes up (0.0 to 1.0), and which it does not."""
    asking = wordset("en", "asking") | wordset("de", "asking")
    wanted = [
        word
        for word in dict.fromkeys(Words.of(criteria[:1500], words.language).content)
        if len(word) > 2 and word not in asking and not _is_small(word)
    ][:30]
    if not wanted:
        return 0.0, []
    present = set(words.content)
    hits = [max((_alike(word, other) for other in present), default=0.0) for word in wanted]
    missing = [word for word, hit in zip(wanted, hits, strict=True) if hit < 0.6]
    return clamp(sum(hits) / len(wanted)), missing


def _is_small(word: str) -> bool:
    return english.is_small(word) or german.is_small(word)


def _alike(one: str, two: str) -> float:
    """1.0 for the same word, 0.85 for a shared beginning (painted, painting), else 0.0."""
    if one == two:
        return 1.0
    shared = next(
        (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b),
        min(len(one), len(two)),
    )
    return (
        0.85
        if shared >= 4 and shared >= 0.7 * min(len(one), len(two)) and abs(len(one) - len(two)) <= 4
        else 0.0
    )


_BY_KIND: dict[str, Callable[[Words, str], _Verdict]] = {
    "fairness": _fairness,
    "creativity": _creativity,
    "bias": _bias,
    "equity": _equity,
    "quality": _quality,
    "custom": _custom,
}
