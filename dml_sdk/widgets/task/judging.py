"""What the answers come to, counted anew in a thread of its own whenever there are others, or the
owner has decided something.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dml_sdk.annotation.course import scoring
from dml_sdk.annotation.course.collecting import Collected
from dml_sdk.annotation.course.review import Review
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.figures import (
    AnnotatorFigures,
    Disagreement,
    QuestionFigures,
    by_annotator,
    by_question,
    disagreements,
)
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.review import Decisions, reviewed
from dml_sdk.annotation.worth.validation import Score, Validation
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.types import Amount
from dml_sdk.widgets.task.stages import Handed
from dml_sdk.widgets.worker import Worker

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

MOST_FORETOLD = 2_048
_FORETOLD_AT_ONCE = 64

Key = tuple[int, str]
"""A sheet: its batch and its annotator."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What some answers came to.

    Attributes:
        evidence: the sheets that were read.
        validation: the scores by the task's policy and the owner's word, and the consensus.
        questions, annotators, apart: the figures.
        collected: what was revealed, and can or cannot be read.
        unjudged: the sheets that get no score for now, why, and until when they can have one.
        no_policy: why no score can be given; the consensus is then by everybody's reliability
            alone. "" where there is none.
        decisions: those that it was judged by.
    """

    evidence: Evidence
    validation: Validation
    questions: Sequence[QuestionFigures]
    annotators: Sequence[AnnotatorFigures]
    apart: Sequence[Disagreement]
    collected: Collected
    unjudged: Sequence[scoring.Waiting]
    no_policy: str
    decisions: Decisions

    @property
    def findings(self) -> Sequence[Finding]:
        """What was proven of annotators, by their answers and by what they promised."""
        return (*self.validation.findings, *scoring.found_in(self.collected))

    @property
    def unreadable(self) -> Mapping[Key, str]:
        """Sheets that cannot be read, and why."""
        return self.collected.unreadable

    def scores(self, handed: Sequence[Handed], by: str) -> list[Score]:
        """The scores that signing gives: of the sheets that wait for one and are not held back, but
        those of who would give it.

        Args:
            by: the address of who would give them.
        """
        waiting = {(one.batch, one.annotator) for one in handed if one.stage == "shown"}
        if self.no_policy:
            return []
        given = scoring.to_score(self.collected, self.validation.scores, self.unjudged, by)
        return [s for s in given if (s.batch, s.annotator) in waiting]

    def held_back(self, handed: Sequence[Handed]) -> list[scoring.Waiting]:
        """The sheets that wait for a score and get none for now."""
        waiting = {(one.batch, one.annotator) for one in handed if one.stage == "shown"}
        if self.no_policy:
            return []
        return [one for one in self.unjudged if (one.batch, one.annotator) in waiting]


_Wanted = tuple[frozenset[tuple[int, str, bool]], Decisions]
"""The sheets that are to be judged, which of them wait for a score, and the owner's word."""


class Judging:
    """Judges a task's answers in the background; the last judgement stays until the next is there.

    Args:
        policy: by what answers are judged; None for the task's own.
        changed: called, from another thread, when there is something new to show.

    Attributes:
        by: the address of who would sign scores.
        last: what the answers came to; None where there are none.
        error: why they could not be judged anew, or "".
        foretold: what a sheet would be paid by its score, by the chain's own dry run.
        number: how many times something new came of it.
    """

    def __init__(
        self,
        task: AnnotationTask,
        review: Review,
        policy: Policy | None,
        changed: Callable[[], None],
    ) -> None:
        self._task, self._review, self._policy = task, review, policy
        self.by = task.session.signer.address
        self._changed = changed
        self._worker = Worker()
        self._judged_anew = threading.Condition()
        self._closed = False
        self._asked: _Wanted | None = None
        self._done: _Wanted | None = None
        self.last: Judged | None = None
        self.error = ""
        self.foretold: Mapping[Key, Amount] = {}
        self.number = 0
        self._asked_of: dict[tuple[int, str, int, int], Amount] = {}

    @property
    def works(self) -> bool:
        """Whether what is shown is not the last word yet."""
        return self._asked != self._done or (
            self._done is not None and self._done[1] != self._review.decisions
        )

    def follow(self, handed: Sequence[Handed]) -> None:
        """Judges anew if other answers are there by now, or the owner has decided since."""
        now_ms = self._task.handle.chain.now_ms()
        told = frozenset(
            (one.batch, one.annotator, one.stage == "shown")
            for one in handed
            if one.stage not in ("held", "fixed") or one.is_never_shown(now_ms)
        )
        wanted = told, self._review.decisions
        if wanted != self._asked:
            self._asked = wanted
            self._worker.preview("judge", lambda: self._judge(handed, wanted))
        with self._judged_anew:  # what was decided may have been taken back by now
            self._judged_anew.notify_all()

    def again(self) -> None:
        """Tries once more what did not go well."""
        self._asked = None

    def wait(self) -> bool:
        """Waits until what is shown is the last word; False where it is closed before."""
        with self._judged_anew:
            self._judged_anew.wait_for(lambda: self._closed or not self.works)
            return not self._closed

    def close(self) -> None:
        """Judges nothing any more."""
        self._worker.close()
        with self._judged_anew:
            self._closed = True
            self._judged_anew.notify_all()

    def _judge(self, handed: Sequence[Handed], wanted: _Wanted) -> None:
        try:
            judged = self._judged()
            foretold = self._foretell([] if judged is None else judged.scores(handed, self.by))
        except DMLError as e:
            self.error = str(e)
        else:
            self.error, self.last, self.foretold = "", judged, foretold
        with self._judged_anew:
            self._done = wanted
            self.number += 1
            self._judged_anew.notify_all()
        self._changed()

    def _judged(self) -> Judged | None:
        """What the answers come to; None where there is none yet."""
        task, decisions = self._task, self._review.decisions
        collected = task.collected()  # all of it as of one moment
        sheets = collected.sheets
        if not sheets:
            return None
        no_policy, policy = "", self._policy
        if policy is None:
            try:
                policy = task.policy()
            except UsageError as e:
                no_policy, policy = str(e), policies.dawid_skene()
        evidence = Evidence(task.questionnaire(), sheets, policy.known())
        if self.last is not None and self.last.evidence == evidence:
            evidence = self.last.evidence  # with all that was learnt from it already
        validation = reviewed(evidence, policy, decisions)
        apart = disagreements(evidence, validation)
        if self.last is not None and self.last.evidence is evidence:
            questions = self.last.questions  # a decision changes no answer
            # What was decided on stays in its place: somebody is looking at the next.
            place = {(d.item, d.question): at for at, d in enumerate(self.last.apart)}
            apart.sort(key=lambda d: place[d.item, d.question])
        else:
            questions = by_question(evidence)
        return Judged(
            evidence,
            validation,
            questions,
            by_annotator(evidence, validation),
            apart,
            collected,
            scoring.waiting(
                task, collected, validation, policy, decisions, partial=False, unread="wait"
            ),
            no_policy,
            decisions,
        )

    def _foretell(self, scores: Sequence[Score]) -> Mapping[Key, Amount]:
        """What the chain would pay for the first scores, if it paid them at once.

        Asked by a dry run of what an owner may who decides alone; of others it is not known before
        the scores are signed.
        """
        handle, asset = self._task.handle, self._task.asset
        shown = scores[:MOST_FORETOLD]
        # What a sheet pays by a score does not change: only new scores are asked about.
        new = [score for score in shown if _verdict(score) not in self._asked_of]
        for first in range(0, len(new), _FORETOLD_AT_ONCE):
            part = {(s.batch, s.annotator): s for s in new[first : first + _FORETOLD_AT_ONCE]}
            calls = [self._settling(score) for score in part.values()]
            for event in handle.preview(handle.chain.batch(calls)).events:
                if (event.pallet, event.name) == ("Annotations", "Awarded"):
                    key = int(str(event.fields["batch"])), str(event.fields["who"])
                    amount = Amount(int(str(event.fields["amount"])), asset)
                    self._asked_of[_verdict(part[key])] = amount
        return {
            (score.batch, score.annotator): self._asked_of[_verdict(score)]
            for score in shown
            if _verdict(score) in self._asked_of
        }

    def _settling(self, score: Score) -> Call:
        """The call with which an owner who decides alone would have a sheet paid at once."""
        action = {
            "task": self._task.id,
            "batch": score.batch,
            "who": score.annotator,
            "points": score.points,
            "score": score.parts,
            "slash": 0,
        }
        return self._task.handle.chain.call(
            "Collectives",
            "decide",
            model=self._task.model_id,
            action={"SettleAnnotation": action},
        )


def _verdict(score: Score) -> tuple[int, str, int, int]:
    """A sheet and its score, as the chain takes it."""
    return score.batch, score.annotator, score.points, score.parts
