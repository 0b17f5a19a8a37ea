"""The report on scores, as whoever was judged finds and reads it; its author may lie.

With scores and reports goes a remark in the same transaction, which says where the document is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.asked.reading import number_named, read_json
from dml_sdk.annotation.course.documents import fetch
from dml_sdk.arguments import whole_of
from dml_sdk.errors import RuntimeIncompatible
from dml_sdk.locations import Document
from dml_sdk.types import Location

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain

_UNREADABLE = "the report is none that can be read"
_ABOUT = "report on annotation task"
_LARGEST = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class ReportedScore:
    """A score as a report tells it; the chain's is what counts.

    Attributes:
        parts: the score, in parts of a billion.
        why: untrusted text.
    """

    points: int
    parts: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Attributes:
        policy: by what was judged.
        gold: the document of the gold answers; None where they are not published.
        gold_used: the hash of those that were used, or "other"; None for none.
        scores: by batch and annotator.
        findings: what was proven: of whom, about which batch (None for all), and why.
        right: what the owner has decided is right, by item.
        left_out: the items that the owner leaves out.
    """

    policy: str
    gold: str | None
    gold_used: str | None
    scores: Mapping[tuple[int, str], ReportedScore]
    findings: Sequence[tuple[str, int | None, str]]
    right: Mapping[int, Mapping[str, Any]]
    left_out: frozenset[int]


def remark_call(chain: Chain, task: int, report: Document) -> Call:
    """The remark that leads to a report."""
    told = {"about": _ABOUT, "task": task, "cid": report.location.cid, "sha256": report.sha256}
    return chain.call("System", "remark", remark=json.dumps(told).encode())


def report_of(task: AnnotationTask, block: int, extrinsic: int | None) -> Document | None:
    """The report that a transaction leads to; None for none."""
    if extrinsic is None:
        return None
    try:
        arguments = task.handle.chain.arguments_of(block, extrinsic)
    except RuntimeIncompatible:  # signed by other software, in a way that is not known here
        return None
    calls = arguments.get("calls", ())
    for call in [{"System": {"remark": arguments}}, *calls]:
        remark = call.get("System", {}) if isinstance(call, Mapping) else {}
        text = remark.get("remark", {}).get("remark") if isinstance(remark, Mapping) else None
        document = _document(task.id, text)
        if document is not None:
            return document
    return None


def read_report(task: AnnotationTask, document: Document) -> Report | str:
    """A report, or what is wrong with it.

    Raises:
        ContentNotFound, ContentCorrupt, ContentTooLarge: as `documents.fetch` raises them.
    """
    try:
        told = read_json(fetch(task.session.store, document, _LARGEST))
        gold, used, decided = told["gold"], told.get("gold_used"), told.get("decided", {})
        scores = {
            (_whole(row["batch"]), _text(row["annotator"])): ReportedScore(
                _whole(row["points"]), _whole(row["parts"]), _text(row.get("why", ""))
            )
            for row in told["scores"]
        }
        if len(scores) < len(told["scores"]):
            return "the report tells two scores of the same answers"
        return Report(
            _text(told["policy"]),
            None if gold is None else _text(gold),
            None if used is None else _text(used),
            scores,
            [_finding(row) for row in told["findings"]],
            {number_named(item): {**right} for item, right in decided.get("right", {}).items()},
            frozenset(map(_whole, decided.get("left_out", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _UNREADABLE


def _finding(told: Mapping[str, Any]) -> tuple[str, int | None, str]:
    batch = told.get("batch")
    about = None if batch is None else _whole(batch)
    return _text(told["annotator"]), about, _text(told.get("why", ""))


def _document(task: int, text: object) -> Document | None:
    try:
        told = read_json(str(text))
        if told["about"] != _ABOUT or whole_of(told["task"]) != task:
            return None
        return Document(Location(cid=_text(told["cid"])), _text(told["sha256"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _whole(told: object) -> int:
    number = whole_of(told)
    if number is None:
        raise ValueError("no whole number")
    return number


def _text(told: object) -> str:
    """Text that can be written, without halves of characters."""
    if not isinstance(told, str):
        raise TypeError("no text")
    told.encode()  # UnicodeEncodeError is a ValueError
    return told
