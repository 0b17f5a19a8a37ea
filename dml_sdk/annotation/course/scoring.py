"""What of judged answers is scored, what is reported, and what is left open, with why.

A score cannot be taken back, and what nobody scores earns its full points. So nothing is scored
that nothing is known of, nor by evidence that others of the batch can still change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dml_sdk.annotation.course import tracing
from dml_sdk.annotation.course.collecting import Collected, Whose, stage_of
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Agreement, DawidSkene, Manual, Policy
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.annotation.worth.validation import Score, Validation
from dml_sdk.errors import DispatchError, RpcError, StateDiscarded
from dml_sdk.measures import Number

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.types import Receipt

Unread = Literal["wait", "nothing"]
T = TypeVar("T")

_CAUSES = {"copying": "collusion"}
_ROLE = "annotator"
_NOTHING = "NothingToSlash"
_REPORTED = "reported in this task before; report_findings() takes a part of the stake once more"
_AWAITED = "others who answered the batch have not shown their answers yet"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Answers that were shown and get no score for now; all their points, if nobody scores them.

    Attributes:
        batch, annotator: whose.
        why: what keeps them from being judged.
        until: until when they can be scored.
    """

    batch: int
    annotator: str
    why: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Answers that are to be reported for a finding.

    Attributes:
        batch, annotator: whose.
        part: 0-1 of what the annotator has at stake in that role; 0 where that is nothing.
        cause: as `AnnotationTask.report` takes it.
    """

    batch: int
    annotator: str
    part: Number
    cause: str


def waiting(
    task: AnnotationTask,
    collected: Collected,
    validation: Validation,
    policy: Policy,
    decisions: Decisions,
    *,
    partial: bool,
    unread: Unread,
) -> tuple[Waiting, ...]:
    """The answers that get no score for now, by batch and annotator."""
    awaited = set() if partial else {batch for batch, _ in collected.awaited}
    why: dict[Whose, str] = {
        (u.batch, u.annotator): f"{u.why}: {_AWAITED}" if u.batch in awaited else u.why
        for u in validation.unjudged
    }
    proven = {finding.annotator for finding in validation.findings}
    for score in validation.scores:
        if score.batch in awaited and _depends_on_others(score, policy, decisions, proven):
            told = f"{_AWAITED}; validate(partial=True) does not wait for them"
            why[score.batch, score.annotator] = told
    if unread == "wait":
        why |= {w: e for w, e in collected.unreadable.items() if w not in collected.worthless}
    unscored = collected.unscored()
    left = sorted(whose for whose in why if whose in unscored)
    until = task.terms.score_until if left else None
    return tuple(Waiting(*whose, why[whose], until) for whose in left if until is not None)


def to_score(
    collected: Collected, scores: Sequence[Score], left: Sequence[Waiting], by: str
) -> list[Score]:
    """The scores to give on the chain: of answers that nobody has judged, that are not the signer's
    own, and that are not left for later. What cannot be read gets nothing."""
    later = {(one.batch, one.annotator) for one in left}
    open_ones = {w for w in collected.unscored() if w[1] != by and w not in later}
    unread = [
        Score(*whose, 0.0, 0, collected.unreadable[whose])
        for whose in sorted(open_ones & set(collected.unreadable))
    ]
    return [s for s in scores if (s.batch, s.annotator) in open_ones] + unread


def found_in(collected: Collected) -> tuple[Finding, ...]:
    """What the course of a task itself proves of annotators: answers that were promised and never
    shown, or are none."""
    never = [
        Finding(who, "not revealed", f"promised answers to batch {batch}, and never shown", batch)
        for batch, who in sorted(collected.never_shown)
    ]
    none = [
        Finding(who, "unreadable", f"batch {batch}: {collected.unreadable[batch, who]}", batch)
        for batch, who in sorted(collected.worthless)
    ]
    return (*none, *never)


def to_report(
    task: AnnotationTask,
    stages: Mapping[Whose, Any],
    findings: Sequence[Finding],
    part: Number,
    *,
    again: bool,
) -> tuple[list[Report], dict[str, str]]:
    """The reports of findings, one an annotator, and why there is none of others.

    Args:
        part: 0-1 of what each has at stake.
        again: whether who was reported in this task before is reported once more, for another
            batch, and loses another part of the stake.
    """
    reports, not_any = reports_of(
        stages, findings, part, lambda who: not again and _was_reported(task, who)
    )
    return [of_stake(task, one) for one in reports], not_any


def reports_of(
    stages: Mapping[Whose, Any],
    findings: Sequence[Finding],
    part: Number,
    was_reported: Callable[[str], bool],
) -> tuple[list[Report], dict[str, str]]:
    """Which batch of whom is reported for findings and as what, one an annotator, and why there is
    none of others; whether anything is at stake is not looked at.

    Args:
        stages: where answers are in their life, as the chain names it.
        part: 0-1 of what each has at stake.
        was_reported: of an account, whether it was reported in this task before, and is not again.
    """
    reports: dict[str, Report] = {}
    not_any: dict[str, str] = {}
    for finding in findings:
        who = finding.annotator
        if who in reports:
            continue
        batch, why = _reportable(stages, finding)
        if batch is not None and was_reported(who):
            batch, why = None, _REPORTED
        if batch is None:
            not_any.setdefault(who, why)
            continue
        not_any.pop(who, None)
        cause = _CAUSES.get(finding.kind, "spam")
        reports[who] = Report(batch, who, part, cause)
    return list(reports.values()), not_any


def of_stake(task: AnnotationTask, report: Report) -> Report:
    """A report that takes a part of what the annotator has at stake, or nothing of nothing."""
    return report if _has_stake(task, report.annotator) else replace(report, part=0)


def sign(
    task: AnnotationTask,
    scores: Sequence[Score],
    reports: Sequence[Report],
    remark: Call,
) -> list[Receipt]:
    """Scores and reports, as many at once as a call takes, each time beside the remark that leads
    to their reasons. What somebody else has judged meanwhile is passed over."""
    most = task.at_once
    wanted: list[Score | Report] = [*reports, *scores]

    def submit(part: Sequence[Score | Report]) -> Receipt:
        given = [one for one in part if isinstance(one, Score)]
        calls = [
            task.report_call(one.batch, one.annotator, one.part, one.cause)
            for one in part
            if isinstance(one, Report)
        ]
        calls += [task.score_call(given)] if given else []
        return task.handle.submit(task.handle.chain.batch([*calls, remark]))

    def submit_all(part: Sequence[Score | Report]) -> list[Receipt | None]:
        def submit_one(one: Report) -> Receipt | None:
            alone: Sequence[Score | Report] = [one]
            return submit_what_is_open(alone, submit, lambda left: _open(task, left))

        try:
            return [submit_what_is_open(part, submit, lambda left: _open(task, left))]
        except DispatchError as e:
            reported = [one for one in part if isinstance(one, Report)]
            if e.name != _NOTHING or not any(one.part for one in reported):
                raise
        # Somebody's stake is gone by now, which is nothing to the others.
        told = [stake_or_none(one, submit_one) for one in reported]
        given = [one for one in part if isinstance(one, Score)]
        return [*told, *(submit_all(given) if given else [])]

    told: list[Receipt | None] = []
    for at in range(0, len(wanted), most):
        told += submit_all(wanted[at : at + most])
    return [receipt for receipt in told if receipt is not None]


def stake_or_none(report: Report, submit: Callable[[Report], T]) -> T:
    """Submits a report; of nothing at stake, where the stake was gone first.

    Raises:
        DispatchError: it was refused for another reason.
    """
    try:
        return submit(report)
    except DispatchError as e:
        if e.name != _NOTHING or not report.part:
            raise
        return submit(replace(report, part=0))


def submit_what_is_open(
    wanted: Sequence[T],
    submit: Callable[[Sequence[T]], Receipt],
    still_open: Callable[[Sequence[T]], Sequence[T]],
) -> Receipt | None:
    """Submits several at once. Where the chain refuses, those that somebody was quicker with are
    dropped and the others tried again; None where none is left.

    Raises:
        DispatchError: they were refused for another reason.
    """
    while wanted:
        try:
            return submit(wanted)
        except DispatchError:
            left = still_open(wanted)
            if len(left) == len(wanted):
                raise
            wanted = left
    return None


def still_unscored(task: AnnotationTask, scores: Sequence[Score]) -> list[Score]:
    """Those of some scores that can still be given."""
    stages = stages_of(task)
    return [s for s in scores if stage_of(stages.get((s.batch, s.annotator))) == "Revealed"]


def stages_of(task: AnnotationTask) -> dict[Whose, Any]:
    """Where all answers to a task are in their life, as the chain tells it."""
    return {(int(t["batch"]), str(t["who"])): t["stage"] for t in task.chain_awards()}


def _open(task: AnnotationTask, wanted: Sequence[Score | Report]) -> list[Score | Report]:
    stages = stages_of(task)

    def is_open(one: Score | Report) -> bool:
        stage = stage_of(stages.get((one.batch, one.annotator)))
        return stage == "Revealed" or (isinstance(one, Report) and stage in ("Scored", "Committed"))

    return [one for one in wanted if is_open(one)]


def _depends_on_others(
    score: Score, policy: Policy, decisions: Decisions, proven: Set[str]
) -> bool:
    """Whether what others say of the same items can change a score, or what was proven."""
    whose = score.batch, score.annotator
    if whose in decisions.sheets:
        return False
    if score.annotator in proven:
        return True
    parts = policy.parts()
    if any(isinstance(part, Manual) and whose in part.decisions for part in parts):
        return False
    return any(isinstance(part, Agreement | DawidSkene) for part in parts)


def _reportable(stages: Mapping[Whose, Any], finding: Finding) -> tuple[int | None, str]:
    """A batch that can be reported for a finding, or why there is none."""
    own = {
        batch: stage_of(stage)
        for (batch, who), stage in sorted(stages.items())
        if who == finding.annotator and finding.batch in (None, batch)
    }
    wanted = ("Committed",) if finding.kind == "not revealed" else ("Revealed", "Scored")
    for batch, stage in own.items():
        if stage in wanted:
            return batch, ""
    if "Contested" in own.values():
        return None, "the collective decides already: SettleAnnotation takes a part of the stake"
    if "Settled" in own.values():
        return None, "it is settled already; session.pools.get(…).slash(…) still takes a stake"
    return None, "it has answered nothing that can be reported"


def _has_stake(task: AnnotationTask, who: str) -> bool:
    """Whether an account has anything at stake as annotator, be it on its way out; what it can
    withdraw by now is none."""
    rows = task.handle.session.pools.get(task.model_id).stakes(who)
    return any(
        row["role"] == _ROLE and row["state"] != "withdrawable" and row["amount"].planck
        for row in rows
    )


def _was_reported(task: AnnotationTask, who: str) -> bool:
    """Whether any of an account's answers to a task were reported, as the chain's history tells.

    A report leaves answers contested, or settled for nothing, and so do a dispute and silence. Of
    what the node does not keep, only answers that were shown and earned nothing count as reported.
    """
    for row in task.chain_awards(who):
        (_, holds), rank = tracing.stage_of(row), tracing.rank_of(row)
        verdict = holds.get("verdict", {})
        if rank < tracing.CONTESTED or (
            rank == tracing.SETTLED and verdict.get("points") and verdict.get("score")
        ):
            continue
        try:
            if tracing.trace(task, int(row["batch"]), who, rank).reported is not None:
                return True
        except (StateDiscarded, RpcError):
            if rank == tracing.SETTLED and row["answers"] is not None:
                return True
    return False
