"""What the embedded text model hands back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Writing:
    """A text and how it came about.

    Attributes:
        text: The writing itself, never empty, at most `tokens.LONGEST` characters.
        method: One plain sentence that says which constraint was applied.
        notes: What can be counted or shown about the work, ready for JSON.
    """

    text: str
    method: str
    notes: dict[str, object] = field(default_factory=dict)
