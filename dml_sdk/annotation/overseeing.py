"""What a task is to who opened it, and to its validators: score, pay, report, end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.batch import Batch, number_of
from dml_sdk.annotation.course import judging
from dml_sdk.annotation.course.collecting import Whose
from dml_sdk.annotation.course.explaining import remark_call
from dml_sdk.annotation.course.judging import Judged, Unread
from dml_sdk.annotation.looking import Looking
from dml_sdk.annotation.reviewing import Reviewing
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.validation import Score
from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import BILLION, SLASH_CAUSES, Number, encode_cause, part_of, parts_of

if TYPE_CHECKING:
    from dml_sdk.annotation.worth.evidence import Gold
    from dml_sdk.annotation.worth.review import Decisions
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.handles import Handle
    from dml_sdk.types import Receipt

_CAUSES = {"copying": "collusion"}


@dataclass(frozen=True, slots=True)
class Rights:
    """What a signer may do about a task, as things stand.

    Attributes:
        operates: score, report and stop it: the model's owner as a member of the collective; while
            the owner is none, any member.
        validates: score it, as one of its validators.
    """

    operates: bool
    validates: bool

    def __bool__(self) -> bool:
        return self.operates or self.validates


class Overseeing(Looking, Reviewing):
    """What a task is to who opened it, and to its validators."""

    handle: Handle

    @property
    def rights(self) -> Rights:
        """What the signer may do about it."""
        task, me = self._task(), self.handle.session.signer.address
        owner = self.handle.record()["owner"]
        told = self.handle.chain.ask("collective", task.model_id)
        members = {member["who"] for member in told["members"]}
        gone = owner not in members
        return Rights(
            operates=me in members if gone else me == owner,
            validates=me in task.terms.validators and not (gone and me == owner),
        )

    @abstractmethod
    def call(self, function: str, **arguments: Any) -> Call:
        """A call about this task."""

    def validate(
        self,
        policy: Policy | None = None,
        *,
        gold: Gold | str | Path | None = None,
        decisions: Decisions | None = None,
        unread: Unread = "wait",
    ) -> Judged:
        """Judges all answers that were revealed, publishes a report, and scores on the chain what
        nobody has scored; the owner's and the validators', see `rights`.

        What cannot be read because it is no answers gets nothing.

        Args:
            policy, gold, decisions: as in `judge`.
            unread: what becomes of answers that the store does not have: "wait" leaves them for
                later, "nothing" scores them as worth nothing. What is never scored earns all.

        Returns:
            scores, findings and consensus, with the receipts and where the report is.

        Raises:
            UsageError: there is nothing to judge yet, or the policy needs what is not here.
            StoreUnreachable: the report cannot be stored; nothing was scored.
            DispatchError: Annotations.NotScorer, Annotations.OwnerNotMember,
                Annotations.TooLateToScore, …
        """
        if unread not in ("wait", "nothing"):
            raise UsageError(f"unread={shown(unread)}: give wait or nothing.")
        task, collected = self._task(), self._collected()
        judged = judging.judge(task, collected, policy, gold, decisions)
        scores = judging.to_score(collected, judged, task.session.signer.address, unread)
        folder = None if isinstance(gold, Mapping) else gold
        report = judging.publish(task, judged, scores, judging.gold_file_of(task, folder))
        most = self._at_once()
        receipts = [
            self.score(scores[at : at + most], report) for at in range(0, len(scores), most)
        ]
        return Judged(
            judged.validation, judged.evidence, judged.unreadable, tuple(receipts), report
        )

    def score(self, scores: Sequence[Score], report: Document | None = None) -> Receipt:
        """Gives scores on the chain, 64 at once at most; the owner's and the validators'.

        Args:
            report: where their reasons are; a remark beside the scores leads to it.

        Raises:
            DispatchError: Annotations.NotScorer, Annotations.OwnAnswers, Annotations.NotRevealed,
                Annotations.AlreadyScored, Annotations.TooLateToScore, …
        """
        return self.handle.submit(self.score_call(scores, report))

    def score_call(self, scores: Sequence[Score], report: Document | None = None) -> Call:
        """The call of `score`, for a preview."""
        if not _all_are(Score, scores):
            raise UsageError("Scores are those of judge(): give judge().scores, or some of them.")
        told = [
            {
                "batch": s.batch,
                "who": s.annotator,
                "verdict": {"points": s.points, "score": s.parts},
            }
            for s in scores
        ]
        call = self.call("score", scores=told)
        if report is None:
            return call
        chain = self.handle.chain
        return chain.batch([call, remark_call(chain, self._task().id, report)])

    def report(
        self, batch: Batch | int, account: Account | str, part: Number = 0, cause: str = "spam"
    ) -> Receipt:
        """Reports answers that were not given in good faith; the owner's.

        They earn nothing, and a part of what the annotator has at stake is taken: at once while the
        owner decides alone on the model, else when the collective says so.

        Args:
            batch: its number, or the batch itself.
            part: 0–1 of what the annotator has at stake in that role.
            cause: "spam", "collusion", or in other words.

        Raises:
            DispatchError: Annotations.NotOwner, Annotations.NotRevealed,
                Annotations.AlreadyScored, Stakes.NothingToSlash, …
        """
        return self.handle.submit(self.report_call(batch, account, part, cause))

    def report_call(
        self, batch: Batch | int, account: Account | str, part: Number = 0, cause: str = "spam"
    ) -> Call:
        """The call of `report`, for a preview."""
        return self.call(
            "report",
            batch=number_of(batch, self._task()),
            who=address_of(account),
            part=parts_of(part_of("part", part, BILLION), BILLION),
            cause=encode_cause(cause, SLASH_CAUSES),
        )

    def report_findings(self, findings: Sequence[Finding], part: Number) -> list[Receipt]:
        """Reports whoever was proven to have copied, guessed or not looked: each once; the owner's.

        Args:
            findings: such as `validate().findings`.
            part: 0–1 of what each has at stake as annotator.

        Raises:
            DispatchError: as `report`; those before it were reported.
        """
        if not _all_are(Finding, findings):
            raise UsageError("Findings are those of judge(): give judge().findings.")
        stages = self._collected().stages
        open_ones: dict[str, int] = {}
        for (batch, who), stage in sorted(stages.items()):
            if stage == "Revealed" or "Scored" in stage:
                open_ones.setdefault(who, batch)
        return [
            self.report(open_ones[f.annotator], f.annotator, part, _CAUSES.get(f.kind, "spam"))
            for f in findings
            if f.annotator in open_ones
        ]

    def award(self, awards: Sequence[Whose] | None = None) -> list[Receipt]:
        """Has answers paid: all that is due by now, or those that are named. Anyone's.

        Amounts are credited in the model's pool: `pool.claim()` pays them out.

        Args:
            awards: batches with the annotators' addresses.

        Raises:
            DispatchError: Annotations.TooEarlyToAward, Annotations.AlreadySettled, …
        """
        named = self.due() if awards is None else awards
        most = self._at_once()
        _require_pairs(named)
        return [
            self.handle.submit(self.award_call(named[at : at + most]))
            for at in range(0, len(named), most)
        ]

    def award_call(self, awards: Sequence[Whose]) -> Call:
        """The call of `award`, of 64 at most, for a preview."""
        _require_pairs(awards)
        task = self._task()
        told = [(number_of(batch, task), address_of(who)) for batch, who in awards]
        return self.call("award", awards=told)

    def due(self) -> list[Whose]:
        """Which answers can be paid by now, by anyone."""
        now_ms = self.handle.chain.now_ms()
        return [
            (int(told["batch"]), str(told["who"]))
            for told in self._task().chain_awards()
            if told["due_ms"] is not None and told["due_ms"] <= now_ms
        ]

    def stop(self) -> Receipt:
        """Ends the task sooner: when a lease that began now would end; the owner's.

        Raises:
            DispatchError: Annotations.NotOwner, Annotations.OwnerNotMember,
                Annotations.DeadlinePassed, …
        """
        return self.handle.submit(self.stop_call())

    def stop_call(self) -> Call:
        """The call of `stop`, for a preview."""
        return self.call("stop")

    def close(self) -> Receipt:
        """Ends the task for good: what it did not pay goes back to the pool. Anyone's, once all
        that was answered is settled and nothing can be answered any more.

        Raises:
            DispatchError: Annotations.TooEarlyToClose, Annotations.TaskClosed.
        """
        return self.handle.submit(self.close_call())

    def close_call(self) -> Call:
        """The call of `close`, for a preview."""
        return self.call("close")

    def _at_once(self) -> int:
        return int(self.handle.chain.constant("Annotations", "MaxAtOnce"))


def _all_are(kind: type, given: object) -> bool:
    return isinstance(given, Sequence) and all(isinstance(one, kind) for one in given)


def _require_pairs(awards: object) -> None:
    pairs = awards if _all_are(Sequence, awards) else None
    if not isinstance(pairs, Sequence) or any(len(pair) != 2 for pair in pairs):
        raise UsageError("awards: give a list of pairs of a batch and an account.")
