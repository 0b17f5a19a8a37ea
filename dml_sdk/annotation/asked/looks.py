"""What a text looks like to whoever reads it: two that look the same must not mean two things."""

from __future__ import annotations

import re
import unicodedata

# Spaces of no width, soft hyphens, joiners, and marks that turn the direction of text.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_JOINERS = "\u200c\u200d"  # between letters, and between the parts of an emoji, these are seen


def looks_of(text: str) -> str:
    """The text without what cannot be seen of it; "" where nothing can.

    Letters of several alphabets that look alike are not told from one another.
    """
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return " ".join(word.strip(_JOINERS) for word in seen.split()).strip()
