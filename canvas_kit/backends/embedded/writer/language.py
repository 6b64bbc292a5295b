"""Which of the two languages a text is in, told from its words."""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.tokens import wordlist, words

LANGUAGES = ("en", "de")

_ENGLISH = frozenset(
    wordlist("""
    the a an of and or in on at with without to from by for is are was were be been being it
    its this that these those his her their our your my he she they we you i not no but as
    into over under while who which what where when there here than then very next wearing
    holding standing sitting looking made front top out up down has have had do does did
    will would can could should all some any each every one two three about like
""")
)
_GERMAN = frozenset(
    wordlist("""
    der die das den dem des ein eine einen einem einer eines und oder in im am auf mit ohne
    zu zum zur von vom bei beim für ist sind war waren sein es sie er wir ihr ich du nicht
    kein keine aber als wie über unter vor hinter neben zwischen während dieser diese dieses
    jene auch nur noch schon sehr durch gegen um aus nach bis wo was wer wenn dass zwei drei
    vier hat haben hatte wird werden kann soll muss alle viele manche jede jeder sich mein
    dein unser ihre seine seinem ihrem
""")
)
_GERMAN_ENDINGS = ("ung", "heit", "keit", "schaft", "lich", "isch", "chen", "lein", "end", "ieren")


def detect(text: str) -> str:
    """The language whose small words, letters and endings speak louder; "en" where none does."""
    found = words(text[:4000])
    score = 0.0
    for index, word in enumerate(found):
        lower = word.lower()
        score += (lower in _GERMAN) - (lower in _ENGLISH)
        score += 2.0 * any(c in "äöüß" for c in lower)
        score += 0.4 * (len(lower) > 5 and lower.endswith(_GERMAN_ENDINGS))
        # English capitalizes names only, German every noun.
        score += 0.2 * (index > 0 and word[0].isupper() and word[1:].islower())
        score -= 0.4 * lower.endswith(("ing", "tion", "'s", "ty", "sh"))
    if score == 0.0 or (abs(score) < 1 and len(found) < 4):
        # Too little to go by: ask the word lists.
        from canvas_kit.backends.embedded.writer.lexicon import lexicon

        known = {name: sum(lexicon(name).knows(word) for word in found) for name in LANGUAGES}
        score += known["de"] - known["en"]
    return "de" if score > 0 else "en"


def settle(language: str | None, text: str) -> str:
    """The language to write in: the one asked for ("de-AT" is "de"), else that of the text.

    Raises:
        ValueError: A language was asked for in which this model cannot write.
    """
    if language is None:
        return detect(text)
    short = language.lower().replace("_", "-").partition("-")[0]
    if short not in LANGUAGES:
        raise ValueError(
            f"The embedded writer was asked for the language {language!r:.40}; "
            "it writes 'en' and 'de'. "
            "Choose one of them, or leave the language out to have it told from the text."
        )
    return short
