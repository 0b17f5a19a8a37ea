"""What one view of the page looks at: pages of items, a confusion matrix, an annotator's sheets.

Each is asked for by a message and answered by one, so that two views of a panel can look at
different things. What items show comes in pieces, as the questionnaire panel sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dml_sdk.annotation.asked.questions import (
    OF_PARTS,
    Choices,
    Question,
)
from dml_sdk.annotation.worth.figures import confusion
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.errors import DMLError
from dml_sdk.untrusted import visible
from dml_sdk.widgets.task.judging import Judged
from dml_sdk.widgets.task.snapshot import json_safe
from dml_sdk.widgets.task.stages import Handed
from dml_sdk.widgets.task.words import answer_words, option_words
from dml_sdk.widgets.wording import exact

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

PAGE = 12
PIECE_BYTES = 4 << 20
MOST_CLASSES = 24
FILTERS = ("apart", "flagged", "decided", "all")

Send = Callable[[Mapping[str, Any], Sequence[Any]], None]


def items_page(
    judged: Judged,
    decisions: Decisions,
    filter: str,
    question: str | None,
    first: int,
    show: tuple[int, str | None] | None = None,
) -> dict[str, Any]:
    """Some of the items to look at, each with everybody's answers.

    Args:
        filter: "apart", those most disagreed upon first; "flagged", that somebody calls broken;
            "decided", that the owner has decided on; "all", every answer to every question.
        question: the id of the one that counts; None for all.
        first: the place of the first one shown.
        show: an item, and the id of a question or None: the page that it is on is meant, if any.
    """
    if filter == "apart":
        found = [
            (d.item, d.question, d.apart) for d in judged.apart if question in (None, d.question)
        ]
    elif filter == "all":
        apart = {(d.item, d.question): d.apart for d in judged.apart}
        evidence = judged.evidence
        ids = [q.id for q in evidence.questionnaire.questions if question in (None, q.id)]
        found = [
            (item, id, apart.get((item, id), 0.0))
            for item in sorted(evidence.items)
            for id in ids
            if any(id in given for _, given in evidence.given(item))
        ]
    else:
        flagged = {a.item for _, sheet in judged.evidence.sheets for a in sheet.answers if a.flag}
        items = flagged if filter == "flagged" else {*decisions.right, *decisions.left_out}
        asked = question or judged.evidence.questionnaire.questions[0].id
        found = [
            (item, next(iter(decisions.right.get(item, {})), asked), 0.0) for item in sorted(items)
        ]
    if show is not None:
        of_item = [(id != show[1], at) for at, (item, id, _) in enumerate(found) if item == show[0]]
        first = min(of_item)[1] // PAGE * PAGE if of_item else first
    first = max(0, min(first, (len(found) - 1) // PAGE * PAGE))
    return {
        "rows": [_item(judged, decisions, *row) for row in found[first : first + PAGE]],
        "first": first,
        "total": len(found),
        "page": PAGE,
    }


def confusion_plain(judged: Judged, question: str, annotator: str | None) -> dict[str, Any]:
    """A confusion matrix; of a question with very many options the commonest.

    Raises:
        UsageError: no question with a list of answers.
    """
    told = confusion(judged.evidence, judged.validation, question, annotator)
    asked = judged.evidence.questionnaire.question(question)
    assert asked is not None, "it has a matrix"  # noqa: S101
    counts, several = told.counts, isinstance(asked, Choices)
    kept = np.arange(len(told.right))
    if len(kept) > MOST_CLASSES:
        common = counts.sum(axis=1) if several else counts.sum(axis=0) + counts.sum(axis=1)
        kept = np.sort(np.argsort(-common, kind="stable")[:MOST_CLASSES])
    shown = counts[kept] if several else counts[np.ix_(kept, kept)]
    return {
        "question": question,
        "annotator": annotator,
        "several": several,
        "right": [option_words(asked, told.right[at]) for at in kept],
        "said": list(told.said) if several else [option_words(asked, told.said[at]) for at in kept],
        "counts": shown.tolist(),
        "answers": int(counts.sum()),
        "left_out": len(told.right) - len(kept),
    }


def annotator_plain(judged: Judged | None, handed: Sequence[Handed], who: str) -> dict[str, Any]:
    """An annotator's sheets, the newest batch last: where each is, what it gets and why."""
    scores = {} if judged is None or judged.no_policy else {
        (s.batch, s.annotator): s for s in judged.validation.scores
    }  # fmt: skip
    rows = []
    for one in handed:
        if one.annotator != who:
            continue
        score = scores.get((one.batch, who))
        rows.append(
            {
                "batch": one.batch,
                "stage": one.stage,
                "until": one.until_ms,
                "points": one.points if one.points is not None else score and score.points,
                "score": one.score if one.score is not None else score and score.score,
                "why": score.why if score else "",
                "found": one.score is not None,
                "amount": exact(one.amount) if one.score is not None else None,
                "due": one.due_ms,
            }
        )
    return {"who": who, "rows": rows}


def send_item(task: AnnotationTask, item: int, send: Send) -> None:
    """Sends what an item shows, checked, part by part; a part that cannot be shown with its fault.

    {"piece": {"item": 4, "part": 0, "parts": 1, "kind": "image", "type": "image/png", "piece": 0,
    "pieces": 1, "fault": ""}} and its bytes.
    """
    parts = task.items().items[item]
    for place, part in enumerate(parts):
        content, fault = memoryview(b""), ""
        try:
            content = memoryview(task.content(part))
        except DMLError as e:
            fault = str(e)
        pieces = max(1, -(-len(content) // PIECE_BYTES))
        for piece in range(pieces):
            told = {
                "item": item, "part": place, "parts": len(parts), "kind": part.kind,
                "type": part.type, "piece": piece, "pieces": pieces, "fault": fault,
            }  # fmt: skip
            cut = content[piece * PIECE_BYTES : (piece + 1) * PIECE_BYTES]
            send({"piece": told}, () if fault else (cut,))


def _item(
    judged: Judged, decisions: Decisions, item: int, question: str, apart: float
) -> dict[str, Any]:
    evidence = judged.evidence
    asked = evidence.questionnaire.question(question)
    assert asked is not None, "it is one of the questionnaire's"  # noqa: S101
    agreed = next(
        (a for a in judged.validation.consensus if (a.item, a.question) == (item, question)), None
    )
    right = decisions.right.get(item, {}).get(question)
    return {
        "item": item,
        "question": question,
        "apart": apart,
        "certainty": agreed.certainty if agreed else None,
        "consensus": answer_words(asked, agreed.value) if agreed else None,
        "answers": [
            {
                "who": evidence.sheets[at][0],
                "words": answer_words(asked, given[question]),
                "value": json_safe(given[question]) if isinstance(asked, OF_PARTS) else None,
            }
            for at, given in evidence.given(item)
            if question in given
        ],
        "flags": [
            [who, visible(answer.flag)]
            for who, sheet in evidence.sheets
            for answer in sheet.answers
            if answer.item == item and answer.flag
        ],
        "decided": _decided(asked, decisions, item, right),
    }


def _decided(asked: Question, decisions: Decisions, item: int, right: Any) -> dict[str, str] | None:
    if item in decisions.left_out:
        return {"how": "left out", "words": ""}
    if right is None:
        return None
    return {"how": "right", "words": answer_words(asked, right)}
