"""Why answers were scored as they were: the report of who judged them, found by the chain.

With the scores goes a remark in the same transaction, which says where the report is. So whoever is
judged finds it, and can hold it against the score, and the gold in it against the task's policy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.course import gold as gold_files
from dml_sdk.annotation.course.documents import fetch
from dml_sdk.annotation.worth.evidence import Gold
from dml_sdk.arguments import whole_of
from dml_sdk.chain.client.codec.addresses import account_of
from dml_sdk.errors import DMLError, RuntimeIncompatible, UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import BILLION
from dml_sdk.types import Event, Location, short_address
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain

_ABOUT = "report on annotation task"
_LARGEST = 64 << 20  # bytes of a report
_LONGEST = 2_000  # characters of a reason
_STRIDE = 64  # blocks after which is looked whether they are from before the task


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why answers were scored as they were.

    Attributes:
        batch, annotator: whose.
        points, score: as the chain has them; the score is 0-1.
        by: who judged them.
        why: what the report says; untrusted text. "" where there is none.
        trouble: what speaks against the report, or keeps it from being read; "" for nothing.
        gold: the gold answers that it brings, those that the task promised; None where it brings
            none, as long as somebody can answer.
    """

    batch: int
    annotator: str
    points: int
    score: float
    by: str
    why: str = ""
    trouble: str = ""
    gold: Gold | None = field(default=None, repr=False)

    def __str__(self) -> str:
        told = f"a score of {self.score:.4g} for {self.points} points, by {short_address(self.by)}"
        return visible(": ".join(part for part in (told, self.why or self.trouble) if part))


def remark_call(chain: Chain, task: int, report: Document) -> Call:
    """The remark that leads to a report."""
    told = {"about": _ABOUT, "task": task, "cid": report.location.cid, "sha256": report.sha256}
    return chain.call("System", "remark", remark=json.dumps(told).encode())


def explain(task: AnnotationTask, batch: int, who: str) -> Explanation:
    """Why the answers of an account to a batch were scored as they were.

    Raises:
        UsageError: they were not scored, or so long ago that the node does not tell of it.
    """
    scored = _scored(task, batch, who)
    if scored is None:
        raise UsageError(
            f"The answers of {short_address(who)} to batch {batch} of task {task.id} were not "
            "scored; awards() tells how they stand."
        )
    fields: dict[str, Any] = dict(scored.fields)
    told = Explanation(
        batch, who, int(fields["points"]), int(fields["score"]) / BILLION, str(fields["by"])
    )
    try:
        return _explained(task, told, int(fields["score"]), scored)
    except DMLError as e:
        return _troubled(told, str(e))


def _explained(task: AnnotationTask, told: Explanation, parts: int, scored: Event) -> Explanation:
    document = _report_in(task, scored)
    if document is None:
        return _troubled(told, "no report was named with the score")
    try:
        report = json.loads(fetch(task.session.store, document, _LARGEST))
        rows = [
            row
            for row in report["scores"]
            if row["batch"] == told.batch and row["annotator"] == told.annotator
        ]
        gold = report["gold"]
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        return _troubled(told, f"the report cannot be read: {e!r}"[:_LONGEST])
    if not rows or (rows[0].get("points"), rows[0].get("parts")) != (told.points, parts):
        return _troubled(told, "the report tells another score than the chain")
    known = None
    if isinstance(gold, str):
        digest = hashlib.sha256(gold.encode()).hexdigest()
        if digest != task.policy_document().gold_sha256:
            return _troubled(told, "the report's gold answers are not those that the task promised")
        known = gold_files.decode(gold.encode())
    why = str(rows[0].get("why", ""))[:_LONGEST]
    return Explanation(
        told.batch, told.annotator, told.points, told.score, told.by, why, gold=known
    )


def _troubled(told: Explanation, trouble: str) -> Explanation:
    return Explanation(
        told.batch, told.annotator, told.points, told.score, told.by, trouble=trouble
    )


def _scored(task: AnnotationTask, batch: int, who: str) -> Event | None:
    """The event of a score, looked for from the newest block back to the task's opening."""
    chain, needle = task.handle.chain, account_of(who)
    opened_ms, wanted = task.record["opened_ms"], (task.id, batch, who)
    for number in range(chain.block_number, 0, -1):
        for event in chain.events_of_block(number, needle):
            if (event.pallet, event.name) == ("Annotations", "AnswersScored"):
                f = event.fields
                if (f["task"], f["batch"], f["who"]) == wanted:
                    return event
        if number % _STRIDE == 0:
            now_ms = int(chain.get("Timestamp", "Now", at=chain.block_hash(number)))
            if now_ms < opened_ms:
                break
    return None


def _report_in(task: AnnotationTask, scored: Event) -> Document | None:
    """The report that the transaction of a score leads to."""
    if scored.extrinsic is None:
        return None
    try:
        arguments = task.handle.chain.arguments_of(scored.block, scored.extrinsic)
    except RuntimeIncompatible:  # signed by other software, in a way that is not known here
        return None
    for call in arguments.get("calls", ()):
        remark = call.get("System", {}) if isinstance(call, Mapping) else {}
        text = remark.get("remark", {}).get("remark") if isinstance(remark, Mapping) else None
        document = _document(task.id, text)
        if document is not None:
            return document
    return None


def _document(task: int, text: object) -> Document | None:
    try:
        told = json.loads(str(text))
        if told["about"] != _ABOUT or whole_of(told["task"]) != task:
            return None
        return Document(Location(cid=str(told["cid"])), str(told["sha256"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
