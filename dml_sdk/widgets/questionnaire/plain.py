"""A task's questions, the desk and its items as plain values for the page."""

from __future__ import annotations

import json
from typing import Any

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.course.earnings import Earnings
from dml_sdk.annotation.desk import Desk
from dml_sdk.errors import NothingToAnnotate
from dml_sdk.widgets.wording import exact


def questionnaire_plain(questionnaire: Questionnaire) -> dict[str, Any]:
    """The questionnaire's own document, as JSON has it; its texts are untrusted."""
    told: dict[str, Any] = json.loads(questionnaire.encode())
    return told


def chain_plain(
    desk: Desk, earnings: Earnings, offered: int, nothing: NothingToAnnotate | None
) -> dict[str, Any]:
    """What the chain tells of a desk's batch, and earns; amounts as exact decimal strings.

    Args:
        offered: how many items the next batch has at most.
        nothing: why no batch can be taken, where none is held.
    """
    batch, again = desk.batch, None if nothing is None else nothing.again
    return {
        "batch": None if batch is None else batch.number,
        "first": None if batch is None else batch.items.start,
        "expires": None if batch is None else batch.expires_ms,
        "revealable": desk.revealable,
        "offered": offered,
        "why": "" if nothing is None else str(nothing),
        "again": None if again is None else int(again.timestamp() * 1_000),
        "earnings": {
            "asset": earnings.earned.asset.label,
            "earned": exact(earnings.earned),
            "waiting": exact(earnings.waiting),
            "unrevealed": earnings.unrevealed,
            "expected": exact(earnings.expected_batch),
        },
    }


def desk_plain(desk: Desk) -> dict[str, Any]:
    """What is on a desk; nothing of it is asked of the chain."""
    return {
        "states": list(desk.states),
        "revisions": list(desk.revisions),
        "position": desk.position,
        "complete": desk.complete,
        "handing": desk.handing_in,
        "points": desk.points,
    }


def item_plain(desk: Desk, index: int) -> dict[str, Any]:
    """What is answered of an item, and what is asked of it by now.

    Raises:
        UsageError: no batch, or no such place.
    """
    desk.item(index)  # or there is none
    # Before the rest: what is changed meanwhile has another, so the page asks again.
    revision = desk.revisions[index]
    return {
        "item": index,
        "given": desk.answers(index),
        "asked": [question.id for question in desk.asked(index)],
        "state": desk.states[index],
        "revision": revision,
        "skipped": desk.skipped(index),
        "flag": desk.flagged(index),
    }
