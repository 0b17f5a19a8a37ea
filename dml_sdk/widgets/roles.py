"""One colour and one shape for each role, the same everywhere.

The colours are the Okabe–Ito palette (Okabe and Ito 2008, "Color Universal Design"), which people
with any of the common colour deficiencies can tell apart; a shape or a label always goes with them.
"""

from __future__ import annotations

from dml_sdk.types import Role

COLOURS: dict[Role, str] = {
    "creator": "#E69F00",
    "engineer": "#56B4E9",
    "contributor": "#009E73",
    "annotator": "#CC79A7",
    "validator": "#0072B2",
    "client": "#F0E442",
}
SHAPES: dict[Role, str] = {
    "creator": "▲",
    "engineer": "◆",
    "contributor": "●",
    "annotator": "■",
    "validator": "★",
    "client": "⬟",
}
FAILED = "#D55E00"
"""Okabe–Ito's vermilion: only for what failed."""
