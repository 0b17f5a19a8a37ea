"""Judging a task: by its policy, by gold, and by the owner's own word; with a report to go by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dml_sdk.annotation.course import gold as gold_files
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.course.collecting import Collected, Whose
from dml_sdk.annotation.course.gold import GoldFile, require_gold
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.review import Decisions, reviewed
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
Unread = Literal["wait", "nothing"]


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
    """

    validation: Validation
    evidence: Evidence
    unreadable: Mapping[Whose, str]
    receipts: tuple[Receipt, ...] = ()
    report: Document | None = None

    @property
    def scores(self) -> tuple[Score, ...]:
        """One a sheet."""
        return self.validation.scores

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was proven of annotators."""
        return self.validation.findings

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
            f"{len(self.unreadable)} unreadable>"
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def judge(
    task: AnnotationTask,
    collected: Collected,
    policy: Policy | None,
    gold: Gold | str | Path | None,
    decisions: Decisions | None,
) -> Judged:
    """Judges what was collected; nothing is signed.

    Raises:
        UsageError: no answer can be judged yet, or the policy needs what is not here.
    """
    if not collected.sheets and not collected.worthless:
        waiting = f" ({next(iter(collected.unreadable.values()))})" if collected.unreadable else ""
        raise UsageError(f"No answers to {task!r} can be judged yet{waiting}.")
    if not isinstance(policy, Policy | None):
        raise UsageError(f"policy={shown(policy)}: give one of dml.validation.")
    if not isinstance(decisions, Decisions | None):
        raise UsageError(f"decisions={shown(decisions)}: give task.review().decisions.")
    evidence = Evidence(task.questionnaire(), collected.sheets)
    chosen = policy_of(task, gold) if policy is None else policy
    validation = reviewed(evidence, chosen, Decisions() if decisions is None else decisions)
    known = Evidence(task.questionnaire(), collected.sheets, chosen.known())
    return Judged(validation, known, collected.unreadable)


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
    return gold_files.kept(home, digest)


def to_score(collected: Collected, judged: Judged, by: str, unread: Unread) -> list[Score]:
    """The scores to give on the chain: of answers that nobody has judged, and that are not the
    signer's own."""
    open_ones = {whose for whose in collected.unscored() if whose[1] != by}
    none = set(collected.worthless)
    if unread == "nothing":
        none |= set(collected.unreadable)
    worthless = [
        Score(batch, who, 0.0, 0, collected.unreadable[batch, who])
        for batch, who in sorted(open_ones & none)
    ]
    return [s for s in judged.scores if (s.batch, s.annotator) in open_ones] + worthless


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
    progress = task.progress
    over = task.state != "open" or progress.committed == progress.wanted
    document = encode_report(task, judged, scores, gold if over else None)
    cid = store_bytes(task.session.store, document)
    return Document(Location(cid=cid), hashlib.sha256(document).hexdigest())


def encode_report(
    task: AnnotationTask, judged: Judged, scores: Sequence[Score], gold: GoldFile | None
) -> bytes:
    """The report's document, JSON: by what was judged, each score with its reasons, what was proven
    of annotators, what all came to; and the gold answers with their salt."""
    given = {(s.batch, s.annotator): s for s in [*judged.scores, *scores]}
    told: dict[str, Any] = {
        "version": VERSION,
        "task": task.id,
        "model": task.model_id,
        "policy": str(task.policy_document()),
        "gold": None if gold is None else gold.document.decode(),
        "scores": [
            {
                "batch": s.batch, "annotator": s.annotator, "points": s.points, "parts": s.parts,
                "why": s.why,
            }
            for _, s in sorted(given.items())
        ],
        "findings": [
            {"annotator": f.annotator, "kind": f.kind, "why": f.why} for f in judged.findings
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
