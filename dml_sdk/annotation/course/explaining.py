"""Why answers earn what they do: what the chain pays, who decided that, and the report on it.

What counts is the chain's verdict. With a score goes a report (`reports`), so whoever is judged can
hold it against the score, and against the policy and the gold that the task has promised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.course import gold as gold_files
from dml_sdk.annotation.course import tracing
from dml_sdk.annotation.course.judging import is_over
from dml_sdk.annotation.course.reports import Report, read_report, report_of
from dml_sdk.annotation.course.terms import Progress, state_of
from dml_sdk.annotation.course.tracing import CONTESTED, REVEALED, SCORED, SETTLED, Trace
from dml_sdk.annotation.worth.evidence import Gold
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.measures import BILLION, SLASH_CAUSES, decode_cause, plain
from dml_sdk.types import Amount, short_address
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

_LONGEST = 2_000  # characters of a reason
_FIRST, _NEWEST = 256, 64
"""Transactions since nobody can answer, of each who may score, that are looked through for gold."""
_NOT_YET = ("there are none", "they were not shown yet", "nobody has judged them yet")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why answers earn what they do.

    Attributes:
        batch, annotator: whose.
        points, score: what the chain pays, or would as things stand; the score is 0-1.
        by: who scored them; "" if nobody did.
        stage: "scored", "contested" or "settled", as `awards` has it.
        decided: who or what decided on `points` and `score`, in words.
        formula: how the amount comes about.
        amount: what that comes to.
        given: the points and the score that `by` gave; None if nobody scored them.
        cause: what they were reported for; "" if they were not.
        part: the part of the stake that the report asked for, 0-1.
        slashed: what the decision took of the annotator's stake.
        why: what the report on the scores says; untrusted text. "" where there is none.
        trouble: what speaks against the scores, or keeps the report from being read: another score
            than the chain's, another policy or other gold than the task promised, decisions of the
            owner's against that gold, gold that was promised and not published though nobody can
            answer any more. "" for nothing.
        gold: the gold answers that the report brings, those that the task promised; None where it
            brings none, as long as somebody can answer.
    """

    batch: int
    annotator: str
    points: int
    score: float
    by: str
    stage: str = "scored"
    decided: str = ""
    formula: str = ""
    amount: Amount | None = None
    given: tuple[int, float] | None = None
    cause: str = ""
    part: float = 0.0
    slashed: Amount | None = None
    why: str = ""
    trouble: str = ""
    gold: Gold | None = field(default=None, repr=False)

    def __str__(self) -> str:
        paid = self.formula or f"{self.points} points x {self.score:g}"
        told = [paid if self.amount is None else f"{plain(self.amount)} = {paid}"]
        told += [self.decided] if self.decided else []
        told += [f"the report says: {self.why}"] if self.why else []
        told += [f"but: {self.trouble}"] if self.trouble else []
        return visible("; ".join(told))


def explain(task: AnnotationTask, batch: int, who: str) -> Explanation:
    """Why the answers of an account to a batch earn what they do.

    Raises:
        UsageError: they were not judged.
    """
    row = tracing.row_of(task, batch, who)
    rank, (stage, holds) = tracing.rank_of(row), tracing.stage_of(row)
    if rank < SCORED:
        raise UsageError(
            f"The answers of {short_address(who)} to batch {batch} of task {task.id} were not "
            f"scored, as {_NOT_YET[min(rank, REVEALED)]}; awards() tells how they stand."
        )
    verdict = holds["verdict"]
    told = _paid(task, batch, who, stage.lower(), verdict, row["amount"])
    try:
        trace = tracing.trace(task, batch, who, rank)
    except DMLError as e:
        return replace(told, trouble=f"who decided that cannot be found out: {e}"[:_LONGEST])
    told = _decided(task, told, rank, trace)
    try:
        return _reported(task, told, trace)
    except DMLError as e:
        return replace(told, trouble=str(e)[:_LONGEST])


def _paid(
    task: AnnotationTask, batch: int, who: str, stage: str, verdict: Mapping[str, int], planck: int
) -> Explanation:
    """What the chain pays, and nothing of why."""
    asset = task.asset
    points, score = int(verdict["points"]), Decimal(int(verdict["score"])) / BILLION
    reward = Amount(task.record["terms"]["reward_per_point"], asset)
    formula = f"{points} points x {plain(score)} x {plain(reward)}"
    amount = Amount(int(planck), asset)
    return Explanation(batch, who, points, float(score), "", stage, "", formula, amount)


def _decided(task: AnnotationTask, told: Explanation, rank: int, trace: Trace) -> Explanation:
    """Who decided on what is paid."""
    by = given = None
    if trace.scored is not None:
        f: dict[str, Any] = dict(trace.scored.fields)
        by, given = str(f["by"]), (int(f["points"]), int(f["score"]) / BILLION)
    cause, part = "", 0.0
    if trace.reported is not None:
        f = dict(trace.reported.fields)
        cause, part = decode_cause(f["cause"], SLASH_CAUSES), int(f["part"]) / BILLION
    slashed = Amount(trace.slashed, task.asset) if trace.slashed else None
    told = replace(told, by=by or "", given=given, cause=cause, part=part, slashed=slashed)
    return replace(told, decided=_in_words(task, told, rank, trace))


def _in_words(task: AnnotationTask, told: Explanation, rank: int, trace: Trace) -> str:
    scored = ""
    if told.given is not None:
        points, score = told.given
        scored = f"{_called(task, told.by)} gave a score of {score:g} for {points} points"
    reported = f"the owner reported them for {told.cause}" if told.cause else ""
    took = "" if told.slashed is None else f", and took {plain(told.slashed)} of the stake"
    if trace.by_report:
        decided = f"{reported}{took}"
        return f"{scored}, and then {decided}" if scored else decided
    disputed = "the annotator disputed that" if trace.disputed else ""
    if trace.proposal is not None:
        settled = f"the collective decided so, by its proposal {trace.proposal}{took}"
    elif trace.by_owner:
        settled = f"the owner decided so, alone in the collective{took}"
    elif rank < CONTESTED or (rank == SETTLED and trace.before == SCORED):
        settled = ""
    elif rank == CONTESTED:
        settled = "the collective is asked, and this stands unless it says otherwise"
    elif trace.before == CONTESTED:
        settled = "the collective said nothing in time"
    elif trace.before == REVEALED:
        settled = "nobody judged them in time, so they earn all"
    else:
        settled = "they were never shown"
    return ", ".join(part for part in (scored, reported, disputed, settled) if part)


def _called(task: AnnotationTask, who: str) -> str:
    if who == task.handle.record()["owner"]:
        return f"the owner, {short_address(who)},"
    told = "the validator " if who in task.terms.validators else ""
    return f"{told}{short_address(who)}"


def _reported(task: AnnotationTask, told: Explanation, trace: Trace) -> Explanation:
    """What the report says, held against the chain and against what the task promised."""
    source = trace.scored or trace.reported
    document = None if source is None else report_of(task, source.block, source.extrinsic)
    if document is None:
        return told if trace.scored is None else _troubled(told, "no report was named with it")
    report = read_report(task, document)
    if isinstance(report, str):
        return _troubled(told, report)
    if trace.scored is None:
        return replace(told, why=_found(report, told)[:_LONGEST])
    f = trace.scored.fields
    row = report.scores.get((told.batch, told.annotator))
    if row is None or (row.points, row.parts) != (f["points"], f["score"]):
        return _troubled(told, "the report tells another score than the chain")
    document_of_policy = task.policy_document()
    promised = document_of_policy.gold_sha256
    why = row.why[:_LONGEST]
    troubles = []
    if report.policy != str(document_of_policy):
        troubles.append(
            f"they were judged by {report.policy[:200]}, and the task promised {document_of_policy}"
        )
    elif report.gold_used != promised:
        troubles.append("they were judged by other gold answers than the task promised")
    gold = report.gold
    if gold is None and promised is not None and is_over(task):
        gold, all_seen = _later(task, told.by, promised)
        if gold is None and all_seen:
            troubles.append(
                "nobody can answer any more, and the gold answers that the task promised were not "
                "published"
            )
        elif gold is None:
            troubles.append(
                "the gold answers that the task promised were not found: there are more "
                "transactions of those who score than are looked through"
            )
    if gold is None or promised is None:
        return replace(told, why=why, trouble="; ".join(troubles))
    if hashlib.sha256(gold.encode()).hexdigest() != promised:
        return _troubled(told, "the report's gold answers are not those that the task promised")
    known = gold_files.decode(gold.encode())
    if against := _against(report, known):
        troubles.append(against)
    return replace(told, why=why, trouble="; ".join(troubles), gold=known)


def _found(report: Report, told: Explanation) -> str:
    """What was proven of who answered, by the report."""
    whys = [
        why
        for annotator, batch, why in report.findings
        if annotator == told.annotator and batch in (None, told.batch)
    ]
    return "; ".join(whys)


def _troubled(told: Explanation, trouble: str) -> Explanation:
    return replace(told, trouble=trouble)


def _against(report: Report, gold: Gold) -> str:
    """What the owner decided otherwise than the gold answers that the task promised, in words."""
    others = sum(
        json.dumps(value, sort_keys=True) != json.dumps(gold[item][id], sort_keys=True)
        for item, right in report.right.items()
        for id, value in right.items()
        if item not in report.left_out and id in gold.get(item, {})
    )
    left_out = len(report.left_out & set(gold))
    told = [f"decided {others} otherwise"] if others else []
    told += [f"left {left_out} of these items out"] if left_out else []
    if not told:
        return ""
    return f"against the gold answers that the task promised, the owner {' and '.join(told)}"


def _later(task: AnnotationTask, by: str, promised: str) -> tuple[str | None, bool]:
    """The gold of a report that somebody who may score has remarked since nobody can answer: that
    which was promised, if any is; and whether all that these signed was looked at."""
    chain = task.handle.chain
    head = chain.block_number

    def over_at(number: int) -> int:
        at = chain.block_hash(number)
        told = chain.ask("task", task.id, at=at)
        if told is None:
            return 0  # not opened yet
        progress = Progress.decoded(told, task.asset)
        now_ms = int(chain.get("Timestamp", "Now", at=at) or 0)
        return int(state_of(told, now_ms) != "open" or progress.committed == progress.wanted)

    if not over_at(head):  # since the deadline there was no block
        return None, True
    over = tracing.first_block(over_at, 1, head, {})
    other, all_seen = None, True
    owner = str(task.handle.record()["owner"])
    for who in dict.fromkeys((owner, by, *task.terms.validators)):
        nonces, seen = _signed_since(task, who, over, head)
        all_seen = all_seen and seen
        known: dict[int, int | DMLError] = {}
        for nonce in nonces:
            block = tracing.first_block(_nonces_of(task, who), nonce, head, known)
            for event in chain.events_of_block(block):
                if event.name == "TransactionFeePaid" and event.fields.get("who") == who:
                    document = report_of(task, block, event.extrinsic)
                    report = "" if document is None else read_report(task, document)
                    if isinstance(report, str) or report.gold is None:
                        continue
                    if hashlib.sha256(report.gold.encode()).hexdigest() == promised:
                        return report.gold, True
                    other = report.gold
    return other, all_seen


def _signed_since(
    task: AnnotationTask, who: str, block: int, head: int
) -> tuple[Sequence[int], bool]:
    """The nonces after those of an account's transactions that are to be looked at, from a block
    on; and whether these are all."""
    nonce_at = _nonces_of(task, who)
    before, newest = nonce_at(max(block - 1, 0)), nonce_at(head)
    first = range(before + 1, min(newest, before + _FIRST) + 1)
    last = range(max(first.stop, newest - _NEWEST + 1), newest + 1)
    return (*first, *last), last.start == first.stop


def _nonces_of(task: AnnotationTask, who: str) -> Callable[[int], int]:
    """How many transactions an account had signed after a block, by its number."""
    chain = task.handle.chain

    def nonce_at(number: int) -> int:
        told = chain.get("System", "Account", who, at=chain.block_hash(number))
        return 0 if told is None else int(told["nonce"])

    return nonce_at
