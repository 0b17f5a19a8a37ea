"""Judging a task: by its policy, by gold, and by the owner's own word; with a report to go by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.asked.values import plain
from dml_sdk.annotation.course import gold as gold_files
from dml_sdk.annotation.course import keeping, scoring
from dml_sdk.annotation.course.collecting import Collected, Whose
from dml_sdk.annotation.course.gold import GoldFile, require_gold
from dml_sdk.annotation.course.policy_document import PolicyDocument
from dml_sdk.annotation.course.scoring import Unread, Waiting
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.review import Decisions, known_to, reviewed
from dml_sdk.annotation.worth.validation import Agreed, Score, Validation
from dml_sdk.arguments import require_path, shown
from dml_sdk.errors import UsageError
from dml_sdk.locations import Document
from dml_sdk.tables import Table
from dml_sdk.types import Location, Receipt
from dml_sdk.versions import store_bytes

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

VERSION = 1
OTHER_GOLD = "other"
"""What a report says of gold answers that are not those that the task promised."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the answers to a task are worth, and why.

    Attributes:
        validation: scores, findings and consensus.
        evidence: all sheets that were judged.
        unreadable: why other answers could not be read.
        receipts: of the scores, when they were given on the chain.
        report: all of it as a document in the store, when it was published; the gold answers are in
            it once nobody can answer any more.
        policy: by what they were judged.
        decisions: and by which of the owner's decisions.
        unjudged: the answers that get no score for now, why, and until when they can be scored.
        course_findings: what was proven of annotators whose answers were never shown, or are none.
    """

    validation: Validation
    evidence: Evidence
    unreadable: Mapping[Whose, str]
    receipts: tuple[Receipt, ...] = ()
    report: Document | None = None
    policy: Policy | None = None
    decisions: Decisions = field(default_factory=Decisions)
    unjudged: tuple[Waiting, ...] = ()
    course_findings: tuple[Finding, ...] = ()

    @property
    def scores(self) -> tuple[Score, ...]:
        """One a sheet that can be judged, be it for now."""
        return self.validation.scores

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was proven of annotators."""
        return (*self.validation.findings, *self.course_findings)

    @property
    def consensus(self) -> tuple[Agreed, ...]:
        """What all together come to, by item and question."""
        return self.validation.consensus

    def table(self) -> Table:
        """The scores, as rows."""
        return self.validation.table()

    def __repr__(self) -> str:
        return (
            f"<Judged: {len(self.scores)} sheets, {len(self.findings)} finding(s), "
            f"{len(self.unjudged)} without a score, {len(self.unreadable)} unreadable>"
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def judge(
    task: AnnotationTask,
    collected: Collected,
    policy: Policy | None,
    gold: Gold | str | Path | None,
    decisions: Decisions | None,
    *,
    partial: bool = False,
    unread: Unread = "wait",
) -> Judged:
    """Judges what was collected; nothing is signed.

    Args:
        partial, unread: as in `AnnotationTask.validate`.

    Raises:
        UsageError: no answer can be judged yet, or the policy needs what is not here.
    """
    none_at_all = not (collected.sheets or collected.worthless or collected.never_shown)
    if none_at_all and not (collected.unreadable and unread == "nothing"):
        waits = f" ({next(iter(collected.unreadable.values()))})" if collected.unreadable else ""
        raise UsageError(f"No answers to {task!r} can be judged yet{waits}.")
    if not isinstance(policy, Policy | None):
        raise UsageError(f"policy={shown(policy)}: give one of dml.validation.")
    if not isinstance(decisions, Decisions | None):
        raise UsageError(f"decisions={shown(decisions)}: give task.review().decisions.")
    chosen = policy_of(task, gold) if policy is None else policy
    decided = Decisions() if decisions is None else decisions
    evidence = Evidence(task.questionnaire(), collected.sheets, chosen.known())
    validation = reviewed(evidence, chosen, decided)
    return Judged(
        validation,
        evidence.without(decided.left_out, known_to(evidence, decided)),
        collected.unreadable,
        policy=chosen,
        decisions=decided,
        unjudged=scoring.waiting(
            task, collected, validation, chosen, decided, partial=partial, unread=unread
        ),
        course_findings=scoring.found_in(collected),
    )


def policy_of(task: AnnotationTask, gold: Gold | str | Path | None = None) -> Policy:
    """By what a task is judged, with its gold answers.

    Raises:
        UsageError: it needs gold that is not here, or what only the owner has.
        PolicyInvalid: its document is none.
    """
    if gold is None and task.given_policy is not None:
        return task.given_policy
    return task.policy_document().policy(gold_of(task, gold))


def gold_of(task: AnnotationTask, gold: Gold | str | Path | None = None) -> Gold | None:
    """A task's gold answers: as they are given, or as they were kept on this machine.

    Raises:
        UsageError: answers that do not fit.
    """
    if isinstance(gold, Mapping):
        return require_gold(gold, task.questionnaire(), task.terms.items)
    found = gold_file_of(task, gold)
    return None if found is None else found.gold()


def gold_file_of(task: AnnotationTask, folder: object = None) -> GoldFile | None:
    """What the owner kept of a task's gold; None where there is none here."""
    digest = task.policy_document().gold_sha256
    if digest is None:
        return None
    if folder is None and task.kept_gold is not None:
        return task.kept_gold
    home = keeping.home_of(task.handle.chain) if folder is None else require_path("gold", folder)
    return gold_files.kept(home, digest, task.terms.items)


def publish(
    task: AnnotationTask, judged: Judged, scores: Sequence[Score], gold: GoldFile | None
) -> Document:
    """Puts the report into the store.

    Args:
        scores: also of what could not be judged.
        gold: what the owner kept; published once nobody can answer any more.

    Raises:
        StoreUnreachable: no answer from the store.
    """
    document = encode_report(task, judged, scores, gold, is_over(task))
    cid = store_bytes(task.session.store, document)
    return Document(Location(cid=cid), hashlib.sha256(document).hexdigest())


def is_over(task: AnnotationTask) -> bool:
    """Whether nobody can answer any more, so that gold can be told."""
    progress = task.progress
    return task.state != "open" or progress.committed == progress.wanted


def encode_report(
    task: AnnotationTask,
    judged: Judged,
    scores: Sequence[Score],
    gold: GoldFile | None,
    over: bool,
) -> bytes:
    """The report's document, JSON: by what was judged, each score with its reasons, what was proven
    of annotators, what all came to; what the owner has decided otherwise; and the gold answers with
    their salt, when all is over."""
    later = {(one.batch, one.annotator) for one in judged.unjudged}
    given = {
        (s.batch, s.annotator): s
        for s in [*judged.scores, *scores]
        if (s.batch, s.annotator) not in later
    }
    told: dict[str, Any] = {
        "version": VERSION,
        "task": task.id,
        "model": task.model_id,
        "policy": _judged_by(task, judged.policy),
        "gold": gold.document.decode() if gold is not None and over else None,
        "gold_used": _gold_used(task, judged.policy, gold),
        "decided": {
            "right": {
                str(item): right
                for item, right in known_to(judged.evidence, judged.decisions).items()
            },
            "left_out": sorted(judged.decisions.left_out),
        },
        "scores": [
            {
                "batch": s.batch, "annotator": s.annotator, "points": s.points, "parts": s.parts,
                "why": s.why,
            }
            for _, s in sorted(given.items())
        ],
        "findings": [
            {"annotator": f.annotator, "kind": f.kind, "why": f.why, "batch": f.batch}
            for f in judged.findings
        ],
        "consensus": [
            {
                "item": a.item, "question": a.question, "value": a.value,
                "certainty": round(a.certainty, 9), "answers": a.answers,
            }
            for a in judged.consensus
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _judged_by(task: AnnotationTask, policy: Policy | None) -> str:
    """By what was judged, in the words that a policy's document has for it."""
    if policy is None:
        return str(task.policy_document())
    return str(PolicyDocument(tuple(part.terms() for part in policy.parts())))


def _gold_used(task: AnnotationTask, policy: Policy | None, kept: GoldFile | None) -> str | None:
    """Which gold answers were used: the hash of those that were promised, or "other".

    A hash of the answers themselves would give them away, as there are few that one has to try.
    """
    known = {} if policy is None else policy.known()
    if not known:
        return None
    promised = gold_file_of(task) if kept is None else kept
    same = promised is not None and _plainly(promised.gold()) == _plainly(known)
    return task.policy_document().gold_sha256 if same else OTHER_GOLD


def _plainly(gold: Gold) -> Any:
    return {item: plain(dict(right)) for item, right in gold.items()}
