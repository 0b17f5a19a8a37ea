"""Text that strangers wrote, as people and spreadsheets may safely be shown it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

# Controls, formats (which change the direction of text or show nothing), halves of characters,
# and ends of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2009\u3000 "


def visible(text: str, *, lines: bool = False) -> str:
    """Text in which what cannot be seen is written out, as "\\x1b" and "\\u202e" are.

    Args:
        lines: whether line ends and tabs stay, as in a text that has lines.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _UNSEEN and character not in kept
        else character
        for character in text
    )


def text_of(told: object) -> str:
    """Text as the chain's decoder tells bytes: "0x…" only where they are none, or begin so."""
    text = str(told)
    if not text.startswith("0x"):
        return text
    try:
        written = bytes.fromhex(text[2:]).decode()
    except ValueError:
        return text
    return written if written.startswith("0x") else text


def csv_of(rows: Iterable[Iterable[object]]) -> str:
    """Rows as comma-separated values, visible, in which no text is a formula to a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """What is no number and would be taken for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    if _NUMBER.fullmatch(text) or not text.lstrip(_BLANKS).startswith(_FORMULA):
        return text
    return "'" + text
