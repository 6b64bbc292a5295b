"""Numbers of a picture or a text: the critic's, and how far a text is from what it was made of."""

from __future__ import annotations

from canvas_kit.analysis.wording import Wording
from canvas_kit.backends.embedded.critic.pictures import measure_picture
from canvas_kit.backends.embedded.critic.texts import measure_text

PICTURE_MEASURES = ("light", "contrast", "colour", "edges", "symmetry")
"""0 to 100 each; :func:`measure_picture` says what they are."""
TEXT_MEASURES = ("words", "variety", "kept")
"""How many words; how various, 0 to 1; the share of the words that came in that it kept, 0 to 1."""


def picture_measures(data: bytes) -> dict[str, float | None]:
    """The measures of a picture; None each where it cannot be decoded."""
    try:
        found = measure_picture(data)
    except ValueError:
        return dict.fromkeys(PICTURE_MEASURES)
    return {name: found[name] for name in PICTURE_MEASURES}


def text_measures(text: str, came: str = "") -> dict[str, float | None]:
    """The measures of a text, and of what it was made of, if anything came."""
    found = measure_text([text])
    kept = Wording.of(came, text).kept if came else None
    return {"words": found["words"], "variety": found["variety"], "kept": kept}
