"""What a task is to who opened it, and to its validators: score, pay, report, end."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.batch import Batch, number_of
from dml_sdk.annotation.course import judging, scoring
from dml_sdk.annotation.course.collecting import Collected, Whose, stage_of
from dml_sdk.annotation.course.judging import Judged
from dml_sdk.annotation.course.reports import remark_call
from dml_sdk.annotation.course.scoring import Unread
from dml_sdk.annotation.looking import Looking
from dml_sdk.annotation.reviewing import Reviewing
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.validation import Score
from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import DispatchError, DMLError, UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import BILLION, SLASH_CAUSES, Number, encode_cause, part_of, parts_of
from dml_sdk.types import short_address

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.worth.evidence import Gold
    from dml_sdk.annotation.worth.review import Decisions
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.handles import Handle
    from dml_sdk.types import Receipt

_MOST_NAMED = 10
_OF_ALL = ("NotOwner", "OwnerNotMember", "TooLateToScore", "TaskClosed", "UnknownTask")
"""Refusals that have to do with nobody who is reported: the next report would fare the same."""


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
    _gold_told: bool

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
        partial: bool = False,
        report: Number | None = None,
    ) -> Judged:
        """Judges all answers that were revealed, publishes a report, and scores on the chain what
        nobody has scored; the owner's and the validators', see `rights`.

        What cannot be read because it is no answers gets nothing. No score is given to answers
        that no policy has evidence on, nor, while others who answered the batch can still show
        their answers, to any that these may change: `unjudged` of what is returned names them.

        Args:
            policy, gold, decisions: as in `judge`; the gold that was kept in a folder is published
                from there.
            unread: what becomes of answers that the store does not have: "wait" leaves them for
                later, "nothing" scores them as worth nothing. What is never scored earns all.
            partial: whether to score before all of a batch is shown. What is scored stays so,
                whatever the others say.
            report: 0-1 of what each of whom something is proven has at stake: reports them in the
                same transactions, instead of a score that they could accept before; the owner's.
                Who was reported in this task before loses nothing more. Whom it cannot report, it
                warns of.

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
        part = None if report is None else part_of("report", report, BILLION)
        task = self._task()
        collected = self._collector.collect(task, anew=True)
        judged = judging.judge(
            task, collected, policy, gold, decisions, partial=bool(partial), unread=unread
        )
        reports: Sequence[scoring.Report] = ()
        not_any: Mapping[str, str] = {}
        if part is not None:
            later = {(one.batch, one.annotator) for one in judged.unjudged}
            stages = {w: stage for w, stage in collected.stages.items() if w not in later}
            reports, not_any = scoring.to_report(task, stages, judged.findings, part, again=False)
        told = {(one.batch, one.annotator) for one in reports}
        scores = [
            score
            for score in scoring.to_score(
                collected, judged.scores, judged.unjudged, task.session.signer.address
            )
            if (score.batch, score.annotator) not in told
        ]
        kept = judging.gold_file_of(task, None if isinstance(gold, Mapping) else gold)
        document = judging.publish(task, judged, scores, kept)
        remark = remark_call(self.handle.chain, task.id, document)
        receipts = scoring.sign(task, scores, reports, remark)
        published = kept is not None and judging.is_over(task)
        if published and not receipts and not self._gold_told and self.rights:
            # The scores' own reports are from before: this one has the gold, and nothing else
            # would lead to it.
            receipts = [self.handle.submit(remark)]
        self._gold_told = self._gold_told or published
        _warn_of_unreported(judged, not_any)
        _warn(task, judged, collected, gold_missing=judging.is_over(task) and kept is None)
        return replace(judged, receipts=tuple(receipts), report=document)

    def score(self, scores: Sequence[Score], report: Document | None = None) -> Receipt:
        """Gives scores on the chain, 64 at once at most; the owner's and the validators'.

        Those that somebody else was quicker with are passed over.

        Args:
            report: where their reasons are; a remark beside the scores leads to it.

        Raises:
            DispatchError: Annotations.NotScorer, Annotations.OwnAnswers, Annotations.NotRevealed,
                Annotations.AlreadyScored (all of them), Annotations.TooLateToScore, …
        """
        _require_scores(scores)

        def still_open(given: Sequence[Score]) -> Sequence[Score]:
            # Where none is left, the chain's own word on all of them is raised.
            return scoring.still_unscored(self._task(), given) or given

        receipt = scoring.submit_what_is_open(
            scores, lambda given: self.handle.submit(self.score_call(given, report)), still_open
        )
        return self.handle.submit(self.score_call(scores, report)) if receipt is None else receipt

    def score_call(self, scores: Sequence[Score], report: Document | None = None) -> Call:
        """The call of `score`, for a preview."""
        _require_scores(scores)
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
        """Reports whoever was proven to have copied, guessed, not looked, or never shown what was
        promised: each for one batch; the owner's. Who has nothing at stake loses the award alone.
        To report findings again is to take a part once more, for another batch.

        Score after reporting, or both at once with `validate(report=…)`: who is scored first can
        accept the score, and is paid and gone.

        Args:
            findings: such as `judge().findings`.
            part: 0–1 of what each has at stake as annotator.

        Raises:
            UsageError: some of them could not be reported, and why; the others were.
            DispatchError: Annotations.NotOwner, Annotations.TooLateToScore, …; those before it were
                reported.
        """
        if not _all_are(Finding, findings):
            raise UsageError("Findings are those of judge(): give judge().findings.")
        task, share = self._task(), part_of("part", part, BILLION)
        reports, failed = scoring.to_report(
            task, scoring.stages_of(task), findings, share, again=True
        )
        receipts = []
        for one in reports:
            try:
                receipts.append(
                    scoring.stake_or_none(
                        one, lambda o: self.report(o.batch, o.annotator, o.part, o.cause)
                    )
                )
            except DispatchError as e:
                if e.name in _OF_ALL:
                    raise
                failed[one.annotator] = str(e)
        if failed:
            told = "; ".join(f"{short_address(who)}: {why}" for who, why in failed.items())
            raise UsageError(f"{len(receipts)} reported, {len(failed)} not. {told}.")
        return receipts

    def award(self, awards: Sequence[Whose] | None = None) -> list[Receipt]:
        """Has answers paid: all that is due by now, or those that are named. Anyone's. Those that
        somebody else was quicker with are passed over.

        Amounts are credited in the model's pool: `pool.claim()` pays them out.

        Args:
            awards: batches with the annotators' addresses.

        Raises:
            DispatchError: Annotations.TooEarlyToAward, Annotations.AlreadySettled, …
        """
        named = self.due() if awards is None else awards
        _require_pairs(named)
        task = self._task()
        most = task.at_once
        pairs = [(number_of(batch, task), address_of(who)) for batch, who in named]
        self._warn_of_unread(pairs)

        def still_open(left: Sequence[Whose]) -> Sequence[Whose]:
            due = set(self.due())
            found = [pair for pair in left if pair in due]
            return found if found or awards is None else left

        told = [
            scoring.submit_what_is_open(
                pairs[at : at + most],
                lambda left: self.handle.submit(self.award_call(left)),
                still_open,
            )
            for at in range(0, len(pairs), most)
        ]
        return [receipt for receipt in told if receipt is not None]

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

    def _warn_of_unread(self, awards: Sequence[Whose]) -> None:
        """Tells which answers are about to be paid in full that nobody judged and no store has."""
        stages = scoring.stages_of(self._task())
        unjudged = {whose for whose in awards if stage_of(stages.get(whose)) == "Revealed"}
        if not unjudged:
            return
        try:
            unread = sorted(unjudged & set(self.collected().unreadable))
        except DMLError:  # who pays need not be able to read anything
            return
        if unread:
            warnings.warn(
                f"Paid in full, as nobody judged them in time, though no store has them: "
                f"{_named(unread)}.",
                stacklevel=3,
            )


def _warn(
    task: AnnotationTask, judged: Judged, collected: Collected, *, gold_missing: bool
) -> None:
    """Tells the caller of `validate` what is left to be done."""
    unread = [
        (one.batch, one.annotator)
        for one in judged.unjudged
        if (one.batch, one.annotator) in collected.unreadable
    ]
    if unread:
        until = next(iter(judged.unjudged)).until
        warnings.warn(
            f"The store does not have the answers of {_named(unread)}, or other bytes in their "
            f"place. They are paid in full unless they are scored until {until:%Y-%m-%d %H:%M:%S} "
            'UTC: validate again before that, and with unread="nothing" if they do not come.',
            stacklevel=3,
        )
    unknown = [
        (one.batch, one.annotator)
        for one in judged.unjudged
        if _is_full(task, collected, one.batch) and (one.batch, one.annotator) not in unread
    ]
    if unknown:
        until = next(iter(judged.unjudged)).until
        warnings.warn(
            f"No score for the answers of {_named(unknown)}: the policy has nothing to judge them "
            "by, and nobody else will answer the same. They are paid in full unless they are "
            f"scored until {until:%Y-%m-%d %H:%M:%S} UTC: give dml.validation.manual(…), or gold.",
            stacklevel=3,
        )
    if gold_missing and task.policy_document().gold_sha256 is not None:
        warnings.warn(
            "The task promised to publish its gold answers once nobody can answer any more, and "
            "they are not on this machine: the report is without them. Give the folder that they "
            "were kept in with gold=….",
            stacklevel=3,
        )


def _is_full(task: AnnotationTask, collected: Collected, batch: int) -> bool:
    """Whether all answers to a batch that there will be were shown."""
    own = [(w, stage_of(stage)) for w, stage in collected.stages.items() if w[0] == batch]
    if any(whose in collected.awaited for whose, _ in own):
        return False
    given = sum(stage not in ("", "Leased") for _, stage in own)
    return given >= task.terms.answers_per_item or task.state != "open"


def _warn_of_unreported(judged: Judged, why: Mapping[str, str]) -> None:
    """Tells the caller of `validate` who was found out and is not reported; of those whose answers
    wait, `unjudged` tells."""
    waiting = {one.annotator for one in judged.unjudged}
    told = [f"{short_address(who)}: {said}" for who, said in why.items() if who not in waiting]
    if told:
        warnings.warn(f"{len(told)} not reported. {'; '.join(told)}.", stacklevel=3)


def _named(whose: Sequence[Whose]) -> str:
    shown_ = [f"{short_address(who)} to batch {batch}" for batch, who in whose[:_MOST_NAMED]]
    more = len(whose) - len(shown_)
    return ", ".join(shown_) + (f" and {more} more" if more else "")


def _require_scores(scores: object) -> None:
    if not _all_are(Score, scores):
        raise UsageError("Scores are those of judge(): give judge().scores, or some of them.")


def _all_are(kind: type, given: object) -> bool:
    return isinstance(given, Sequence) and all(isinstance(one, kind) for one in given)


def _require_pairs(awards: object) -> None:
    pairs = awards if _all_are(Sequence, awards) else None
    if not isinstance(pairs, Sequence) or any(len(pair) != 2 for pair in pairs):
        raise UsageError("awards: give a list of pairs of a batch and an account.")
