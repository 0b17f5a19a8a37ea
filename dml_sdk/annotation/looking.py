"""What a task is to who looks at its answers: judged without signing, in figures, as data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.course import exports, judging, results
from dml_sdk.annotation.course.collecting import Collected, Collector, Whose
from dml_sdk.annotation.course.judging import Judged
from dml_sdk.annotation.worth import figures
from dml_sdk.annotation.worth.policies import Policy, dawid_skene
from dml_sdk.annotation.worth.policies import gold as known_gold
from dml_sdk.arguments import require_whole
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.tables import Table
from dml_sdk.types import short_address

if TYPE_CHECKING:
    import numpy.typing as npt

    from dml_sdk.annotation.formats.labelling import Labelling
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.worth.evidence import Gold
    from dml_sdk.annotation.worth.review import Decisions
    from dml_sdk.training.data import Dataset


class Looking(ABC):
    """What a task is to who looks at its answers. Nothing is signed."""

    _collector: Collector
    _known: tuple[tuple[tuple[str, Sheet], ...], Judged] | None

    @abstractmethod
    def _task(self) -> AnnotationTask:
        """The task itself."""

    def collected(self) -> Collected:
        """All that was revealed, as of one moment: what can be read of it, and what cannot.

        Raises:
            QuestionnaireInvalid, ContentNotFound, ContentCorrupt: as `questionnaire`.
        """
        return self._collector.collect(self._task())

    def sheets(self) -> tuple[tuple[str, Sheet], ...]:
        """The answers that were revealed, checked, with the annotators' addresses.

        Raises:
            QuestionnaireInvalid, ContentNotFound, ContentCorrupt: what was asked cannot be read.
        """
        return self.collected().sheets

    @property
    def unreadable(self) -> Mapping[Whose, str]:
        """Why other answers that were revealed cannot be read, by batch and annotator."""
        return self.collected().unreadable

    def policy(self, gold: Gold | str | Path | None = None) -> Policy:
        """By what answers are judged, as `dml.validation` has it, with the gold answers.

        Args:
            gold: by the task's numbers of items, or the folder that they were kept in; by default
                the user's own.

        Raises:
            UsageError: it needs gold that is not on this machine, or what only the owner has.
            PolicyInvalid, ContentNotFound, ContentCorrupt: it cannot be read.
        """
        return judging.policy_of(self._task(), gold)

    @property
    def order(self) -> tuple[int, ...]:
        """For each item, the place that it had among those that were given when it was opened.

        Raises:
            UsageError: there are gold answers, and what was kept of them is not on this machine.
        """
        task = self._task()
        if task.policy_document().gold_sha256 is None:
            return tuple(range(task.terms.items))
        found = judging.gold_file_of(task)
        if found is None:
            raise UsageError(
                f"The items of {task!r} were put into another order, which is kept with the gold "
                "answers, and these are not on this machine. Ask whoever opened it."
            )
        return found.order

    def judge(
        self,
        policy: Policy | None = None,
        *,
        gold: Gold | str | Path | None = None,
        decisions: Decisions | None = None,
    ) -> Judged:
        """Judges all answers that were revealed; nothing is signed.

        Args:
            policy: one of `dml.validation`; by default what the task was opened with.
            gold: as in `policy`.
            decisions: the owner's own word on items and sheets.

        Raises:
            UsageError: there is nothing to judge yet, or the policy needs what is not here.
        """
        return judging.judge(self._task(), self.collected(), policy, gold, decisions)

    def agreement(self, *, pairs: bool = False) -> Table:
        """How far annotators agree on each question, beyond chance: kappa, alpha, likeness.

        Args:
            pairs: whether of each two annotators instead, by Cohen's kappa.

        Raises:
            UsageError: there is nothing to judge yet.
        """
        evidence = self._believed().evidence
        return figures.pair_table(evidence) if pairs else figures.agreement_table(evidence)

    def annotators(self) -> Table:
        """How each annotator stands: how much, how fast, how alike to others, what was proven.

        Raises:
            UsageError: there is nothing to judge yet.
        """
        judged = self._believed()
        return figures.annotator_table(judged.evidence, judged.validation)

    def confusion(self, question: str, account: Account | str | None = None) -> Table:
        """What is said (columns) of what is right by all together (rows).

        Args:
            question: the id of one whose answers are from a list.
            account: only this one's answers.

        Raises:
            UsageError: no such question, or there is nothing to judge yet.
        """
        who = None if account is None else address_of(account)
        judged = self._believed()
        found = figures.confusion(judged.evidence, judged.validation, question, who)
        columns = ["right", *map(str, found.said)]
        rows = [
            dict(zip(columns, [str(right), *counts], strict=True))
            for right, counts in zip(found.right, found.counts.tolist(), strict=True)
        ]
        return Table(f"Confusion of {question}", rows, columns)

    def disagreements(self, question: str | None = None, *, most: int = 50) -> Table:
        """The items with most disagreement, to look at.

        Args:
            question: only this one; None for all.
            most: how many.

        Raises:
            UsageError: no such question, or there is nothing to judge yet.
        """
        judged = self._believed()
        found = figures.disagreements(judged.evidence, judged.validation, question)
        columns = ("item", "question", "apart", "consensus", "certainty", "answers")
        rows = [
            {name: getattr(d, name) for name in columns}
            | {"answers": ", ".join(f"{short_address(who)}: {said}" for who, said in d.answers)}
            for d in found[: require_whole("most", most, least=1)]
        ]
        return Table("Items with most disagreement", rows, columns)

    def dataset(
        self,
        question: str | None = None,
        *,
        examples: npt.ArrayLike | None = None,
        least_certainty: float = 0.0,
        decisions: Decisions | None = None,
    ) -> Dataset:
        """The items with what annotators came to as their labels, for `model.train_on` or
        `model.train`.

        Args:
            question: the id of one with fixed answers; needed only where there are several.
            examples: what the model is shown of each item, [n, …], in the order of the task's
                items; by default PNG images are read as pixels from 0 to 1, and table rows as
                numbers.
            least_certainty: below which an item is left out, 0-1.
            decisions: the owner's own word on items.

        Raises:
            UsageError: which question is not clear, items that only `examples` can show a model, or
                nothing was revealed yet.
            DatasetError: fewer examples than items, or no item is left.
        """
        validation = self._believed(decisions).validation
        return results.dataset(self._task(), validation, question, examples, least_certainty)

    def results(
        self, *, consensus: bool = False, files: bool = False, decisions: Decisions | None = None
    ) -> Labelling:
        """The items with what was answered: `.to_pandas()`, `.to_hugging_face()`, and what
        `dml.formats` writes for other tools.

        Args:
            consensus: what all came to, in place of every answer.
            files: images and recordings by their bytes, in place of where they are.
            decisions: the owner's own word on items; what is left out is in no result.

        Raises:
            UsageError: nothing was revealed yet.
            ContentNotFound, ContentCorrupt, MediaRefused: an item cannot be read.
        """
        judged = self._believed(decisions)
        told = exports.Results(
            self._task(), judged.evidence, judged.validation, left_out=judged.decisions.left_out
        )
        return told.consensus(files) if consensus else told.answers(files)

    # --- inside ---------------------------------------------------------------------------------

    def _believed(self, decisions: Decisions | None = None) -> Judged:
        """What all come to, with what gold is known here; takes no policy of the owner's."""
        task, collected = self._task(), self.collected()
        if decisions is None and self._known is not None and self._known[0] == collected.sheets:
            return self._known[1]
        policy: Policy = dawid_skene()
        gold = judging.gold_of(task)
        if gold:
            policy = policy & known_gold(gold)
        judged = judging.judge(task, collected, policy, None, decisions)
        if decisions is None:
            self._known = collected.sheets, judged
        return judged
