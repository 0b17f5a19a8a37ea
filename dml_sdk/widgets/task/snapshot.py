"""A task, who annotates, and what the answers come to, as plain values for the page.

Amounts travel as exact decimal strings, times as ms since 1970, and what is not a number as None.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.course.review import Review
from dml_sdk.annotation.course.terms import Progress, TaskState, TaskTerms
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.annotation.worth.concord import RELIABLE, TENTATIVE
from dml_sdk.annotation.worth.figures import AnnotatorFigures
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.types import Amount, Asset
from dml_sdk.untrusted import visible
from dml_sdk.widgets.task.judging import Judged, Judging
from dml_sdk.widgets.task.reporting import reportable
from dml_sdk.widgets.task.stages import Handed
from dml_sdk.widgets.task.words import option_words
from dml_sdk.widgets.wording import exact

MOST_PEOPLE = 200
MOST_WAITING = 100
_LONGEST_SHAPES = 12_000


def task_plain(
    task: AnnotationTask, terms: TaskTerms, progress: Progress, state: TaskState, policy: str
) -> dict[str, Any]:
    """What is asked of whom, what it pays, and until when."""
    return {
        "id": task.id,
        "model": task.model_id,
        "state": state,
        "asset": terms.reward_per_point.asset.label,
        "items": terms.items,
        "batches": terms.batches,
        "batch_size": terms.batch_size,
        "answers_per_item": terms.answers_per_item,
        "points_per_item": terms.points_per_item,
        "reward": exact(terms.reward_per_point),
        "set_aside": exact(terms.set_aside),
        "paid": exact(progress.paid),
        "remaining": exact(progress.remaining),
        "wanted": progress.wanted,
        "committed": progress.committed,
        "revealed": progress.revealed,
        "settled": progress.settled,
        "stake": exact(terms.stake),
        "policy": visible(policy),
        **{
            name: _ms(getattr(terms, name))
            for name in ("deadline", "reveal_until", "score_until", "ends")
        },
    }


def questions_plain(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """What is asked, and where answers are from a list, what it holds; texts are untrusted."""
    return [
        {
            "id": question.id,
            "text": visible(question.text, lines=True),
            "type": question.type,
            "points": question.points,
            "values": None if (known := values_of(question)) is None else list(known),
            "labels": None if known is None else _labels(question, known),
        }
        for question in questionnaire.questions
    ]


def people_plain(
    handed: Sequence[Handed],
    judged: Judged | None,
    names: Mapping[str, str],
    asset: Asset,
    now_ms: int,
) -> dict[str, Any]:
    """Who annotates: what they hold and handed in, how they stand, what they earned, and the
    batch that is reported for what was found of them, None for none."""
    figures = {f.annotator: f for f in judged.annotators} if judged else {}
    reports = {one.annotator: one.batch for one in reportable(judged, handed)}
    by_person: dict[str, list[Handed]] = {}
    for one in handed:
        by_person.setdefault(one.annotator, []).append(one)
    rows = [
        {
            "who": who,
            "name": names.get(who, ""),
            "holds": next(
                (
                    [h.batch, h.until_ms]
                    for h in did
                    if h.stage == "held" and not h.is_given_up(now_ms)
                ),
                None,
            ),
            "handed": sum(h.stage != "held" for h in did),
            "given_up": sum(h.is_given_up(now_ms) for h in did),
            "paid": exact(_sum([h.amount for h in did if h.stage == "settled"], asset)),
            "waiting": exact(_sum([h.amount for h in did if h.due_ms is not None], asset)),
            "report": reports.get(who),
            **_standing(figures.get(who)),
        }
        for who, did in by_person.items()
    ]
    rows.sort(key=lambda row: (not row["finding"], -row["handed"], row["who"]))
    return {"rows": rows[:MOST_PEOPLE], "total": len(rows)}


def agreement_plain(judged: Judged | None) -> list[dict[str, Any]]:
    """How far annotators agree, question by question."""
    if judged is None:
        return []
    return [
        {
            "question": figures.question,
            "answers": figures.answers,
            "items": figures.items,
            "alike": number(figures.alike),
            "alpha": number(figures.alpha),
            "kappa": number(figures.kappa),
            "words": figures.words,
            "level": _level(figures.alpha),
        }
        for figures in judged.questions
    ]


def _level(alpha: float) -> str:
    """How alpha is to be taken."""
    if math.isnan(alpha):
        return "none"
    return "good" if alpha >= RELIABLE else "fair" if alpha >= TENTATIVE else "low"


def judged_plain(judging: Judging) -> dict[str, Any]:
    """How judging goes: a number that rises when there is something new, and what is wrong."""
    last = judging.last
    unreadable = {} if last is None else last.unreadable
    first = next(iter(unreadable.items()), None)
    return {
        "number": judging.number,
        "works": judging.works,
        "sheets": 0 if last is None else len(last.evidence.sheets),
        "apart": 0 if last is None else len(last.apart),
        "error": judging.error,
        "no_policy": "" if last is None else last.no_policy,
        "unreadable": len(unreadable),
        "unreadable_why": ""
        if first is None
        else f"batch {first[0][0]} of {first[0][1]}: {first[1]}",
    }


def scoring_plain(
    judging: Judging, handed: Sequence[Handed], decisions: Decisions, heard: Mapping[str, int]
) -> dict[str, Any]:
    """The sheets that wait for a score, with the one that they would get and what it would pay;
    and those that are held back, with why.

    Args:
        decisions: the owner's word by now, which may not be judged by yet.
        heard: the number of the last decision that is among them, by view.
    """
    last = judging.last
    if last is None:
        none = {"rows": [], "total": 0, "sum": None, "held": [], "held_total": 0}
        return {**none, "heard": dict(heard)}
    held = last.held_back(handed)
    scores = last.scores(handed, judging.by)
    told = [judging.foretold.get((s.batch, s.annotator)) for s in scores]
    known = [amount for amount in told if amount is not None]
    rows = [
        {
            "batch": score.batch,
            "who": score.annotator,
            "score": score.score,
            "points": score.points,
            "why": score.why,
            "word": decisions.sheets.get((score.batch, score.annotator)),
            "judged": last.decisions.sheets.get((score.batch, score.annotator)),
            "amount": None if amount is None else exact(amount),
        }
        for score, amount in zip(scores, told, strict=True)
    ]
    whole = bool(known) and len(known) == len(told)
    return {
        "rows": rows[:MOST_WAITING],
        "total": len(rows),
        "sum": exact(_sum(known, known[0].asset)) if whole else None,
        "held": [
            {"batch": one.batch, "who": one.annotator, "why": one.why, "until": _ms(one.until)}
            for one in held[:MOST_WAITING]
        ],
        "held_total": len(held),
        "heard": dict(heard),
    }


def decided_plain(review: Review, heard: Mapping[str, int]) -> dict[str, Any]:
    """How much the owner has decided; a number that rises and falls with it.

    Args:
        heard: the number of the last decision that was heard, by view.
    """
    decisions = review.decisions
    return {
        "right": len(decisions.right),
        "left_out": len(decisions.left_out),
        "sheets": len(decisions.sheets),
        "undo": review.undoable,
        "heard": dict(heard),
    }


def number(value: float) -> float | None:
    """A number that JSON has."""
    return None if math.isnan(value) else value


def json_safe(value: Any) -> Any:
    """An answer as the page may have it: JSON, and no longer than a page can draw."""
    told = json.dumps(value, allow_nan=False)
    return json.loads(told) if len(told) <= _LONGEST_SHAPES else None


def _standing(figures: AnnotatorFigures | None) -> dict[str, Any]:
    if figures is None:
        return {"answers": 0, "finding": None}
    found = figures.finding
    return {
        "answers": figures.answers,
        "skipped": figures.skipped,
        "flagged": figures.flagged,
        "alike": number(figures.alike),
        "kappa": number(figures.kappa),
        "known": figures.known,
        "right": figures.right,
        "ms": number(figures.ms),
        "score": number(figures.score),
        "finding": [found.kind, found.why] if found else None,
    }


def _labels(question: Any, known: Sequence[Any]) -> list[str]:
    return [option_words(question, value) for value in known]


def _sum(amounts: Sequence[Amount], asset: Asset) -> Amount:
    return Amount(sum(amount.planck for amount in amounts), asset)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
