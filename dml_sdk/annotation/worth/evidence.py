"""All that was answered in a task, arranged for judging: who said what of which item.

Answers from a fixed list (choices, scales, preferences) become votes, of several choices one for
each option; what is free (text, numbers, boxes) is compared answer by answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.asked.questions import Choices, Question
from dml_sdk.annotation.asked.values import Value, fault_of
from dml_sdk.annotation.worth.chance import Free, drawn, free_answers, is_free
from dml_sdk.annotation.worth.effort import efforts, may_be_large, reach
from dml_sdk.annotation.worth.likeness import compared_within
from dml_sdk.annotation.worth.reliability import Reliability, assess
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes
from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

Gold: TypeAlias = Mapping[int, Mapping[str, Value]]
"""Right answers that the owner knows: of an item's number, by the question's id."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The votes on a question, or on one option of a question with several choices.

    Attributes:
        question: whose answers they are.
        labels: what each label stands for; (False, True) for an option.
        option: which, or None.
        sheet: the number of the sheet that each vote is from, int64 [n].
    """

    question: Question
    labels: tuple[Value, ...]
    option: int | str | None
    votes: Votes
    sheet: Labels


@dataclass(frozen=True)
class Evidence:
    """The sheets of a task, and what can be learnt from them.

    Attributes:
        questionnaire: what was asked.
        sheets: what was handed in, checked, with the annotators' names (addresses).
        gold: what the owner knows.

    Raises:
        UsageError: two sheets of one annotator for one batch, or gold that does not fit.
    """

    questionnaire: Questionnaire
    sheets: Sequence[tuple[str, Sheet]]
    gold: Gold = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[tuple[str, int]] = set()
        for annotator, sheet in self.sheets:
            if (annotator, sheet.batch) in seen:
                raise UsageError(f"{annotator} is there twice with batch {sheet.batch}.")
            seen.add((annotator, sheet.batch))
        for item, right in self.gold.items():
            for id, value in right.items():
                question = self.questionnaire.question(id)
                why = "there is no such question" if question is None else fault_of(question, value)
                if why:
                    raise UsageError(f"gold[{item}][{shown(id)}]: {why}.")

    @cached_property
    def annotators(self) -> tuple[str, ...]:
        """Who handed something in, in the order of their names."""
        return tuple(sorted({annotator for annotator, _ in self.sheets}))

    @cached_property
    def items(self) -> tuple[int, ...]:
        """The numbers of the items that somebody has answered."""
        return tuple(sorted({a.item for _, sheet in self.sheets for a in sheet.answers}))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The votes on all questions whose answers are from a list."""
        columns = []
        for question in self.questionnaire.questions:
            known = values_of(question)
            if known is None:
                continue
            if isinstance(question, Choices):
                columns += [self._column(question, (False, True), option) for option in known]
            elif len(known) > 1:
                columns.append(self._column(question, known, None))
        return tuple(columns)

    @cached_property
    def reliability(self) -> Reliability | None:
        """Consensus and standings; None where no question's answers are from a list."""
        columns = [column.votes for column in self.columns]
        return assess(columns) if columns else None

    def knowing(self, known: Gold) -> Evidence:
        """The same sheets, with these right answers as well; what was known of the same questions
        before stays."""
        told = {item: {**right, **self.gold.get(item, {})} for item, right in known.items()}
        gold = {**self.gold, **told}
        return self if gold == self.gold else self._with(self.sheets, gold)

    def without(self, left_out: Set[int], right: Gold) -> Evidence:
        """The sheets without what they say of some items, and with what is right of others,
        whatever was known of these before."""
        if not left_out and not right:
            return self  # with all that was learnt from it already
        asked = frozenset(left_out), right
        if (last := self._reduced.get("last")) is not None and last[0] == asked:
            return last[1]
        sheets = [
            (who, replace(sheet, answers=tuple(a for a in sheet.answers if a.item not in left_out)))
            for who, sheet in self.sheets
        ]
        told = {item: {**self.gold.get(item, {}), **known} for item, known in right.items()}
        gold = {**self.gold, **told}
        kept = {item: known for item, known in gold.items() if item not in left_out}
        reduced = self._with(sheets, kept)
        self._reduced["last"] = asked, reduced
        return reduced

    def alike(self, item: int, question: Question) -> Floats:
        """How alike all answers to a question of an item are to each other, float64 [n, n].

        In the order of those of `given` that answer it. What was compared once is not compared
        again, also where items are left out or more is known.
        """
        key = item, question.id
        if (known := self._compared.get(key)) is not None:
            return known
        said, within = self._said(item, question), self.reach(question)
        table = np.eye(len(said))
        for at, other in combinations(range(len(said)), 2):
            table[at, other] = table[other, at] = compared_within(
                question, said[at], said[other], within
            )
        self._compared[key] = table
        return table

    def reach(self, question: Question) -> float:
        """The effort from which answers to a question are compared roughly (`effort`)."""
        return self._reaches.get(question.id, np.inf)

    @cached_property
    def agreed(self) -> Mapping[tuple[int, str], Floats]:
        """How alike each answer is to the others' of the same item, by sheet and question.

        Others of the same ring are no others. A value is [answers compared, their mean likeness to
        the others, weighted by these' kappa].
        """
        return self._agreed()

    def free(self, question: Question) -> Mapping[int, Free]:
        """What free answers to a question come to, by the annotator's number."""
        return self._free[question.id]

    def given(self, item: int) -> list[tuple[int, Mapping[str, Value]]]:
        """What was answered of an item, with the numbers of the sheets."""
        return self._by_item.get(item, [])

    def trust(self, annotator: int) -> float:
        """How much an annotator's word weighs where answers are free: its kappa, a little at
        least."""
        if self.reliability is not None:
            return max(self.reliability.standings[annotator].kappa, 0.05)
        known = [free[annotator].kappa for free in self._free.values() if annotator in free]
        return max(float(np.mean(known)), 0.05) if known else 1.0

    def number(self, annotator: str) -> int:
        """An annotator's place in `annotators`."""
        return self._numbers[annotator]

    @cached_property
    def _compared(self) -> dict[tuple[int, str], Floats]:
        """What `alike` has counted; of these sheets, and of fewer of their items."""
        return {}

    @cached_property
    def _reduced(self) -> dict[str, tuple[tuple[Set[int], Gold], Evidence]]:
        """What `without` came to last."""
        return {}

    def _with(self, sheets: Sequence[tuple[str, Sheet]], gold: Gold) -> Evidence:
        other = Evidence(self.questionnaire, sheets, gold)
        vars(other)["_compared"] = self._compared
        vars(other)["_reaches"] = self._reaches  # what was compared so far was compared so
        return other

    @cached_property
    def _reaches(self) -> Mapping[str, float]:
        """What `reach` tells, of the questions whose answers can be much work."""
        told = {}
        large = [q for q in self.questionnaire.questions if may_be_large(q)]
        for question in large:
            said = [self._said(item, question) for item in self.items]
            pairs = [efforts(answers) for answers in said if len(answers) > 1]
            if pairs:
                elsewhere = drawn(map(len, said))
                told[question.id] = reach(np.concatenate(pairs), elsewhere, len(large))
        return told

    def _said(self, item: int, question: Question) -> list[Value]:
        """All answers to a question of an item."""
        return [given[question.id] for _, given in self.given(item) if question.id in given]

    @cached_property
    def _free(self) -> Mapping[str, Mapping[int, Free]]:
        return {q.id: free_answers(self, q) for q in self.questionnaire.questions if is_free(q)}

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.annotators)}

    @cached_property
    def _by_item(self) -> Mapping[int, list[tuple[int, Mapping[str, Value]]]]:
        told: dict[int, list[tuple[int, Mapping[str, Value]]]] = {}
        for at, (_, sheet) in enumerate(self.sheets):
            for answer in sheet.answers:
                if not answer.skipped:
                    told.setdefault(answer.item, []).append((at, answer.given))
        return told

    def _column(
        self, question: Question, labels: tuple[Value, ...], option: int | str | None
    ) -> Column:
        label = {value: at for at, value in enumerate(labels)}
        place = {item: at for at, item in enumerate(self.items)}

        def read(value: Value) -> int:
            return int(option in value) if option is not None else label[value]

        rows = [
            (place[answer.item], self._numbers[annotator], read(answer.given[question.id]), at)
            for at, (annotator, sheet) in enumerate(self.sheets)
            for answer in sheet.answers
            if question.id in answer.given
        ]
        item, who, said, sheet_of = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        gold = {
            place[at]: read(right[question.id])
            for at, right in self.gold.items()
            if at in place and question.id in right
        }
        votes = Votes(item, who, said, len(self.items), len(self.annotators), len(labels), gold)
        return Column(question, labels, option, votes, sheet_of)

    def _agreed(self) -> Mapping[tuple[int, str], Floats]:
        told: dict[tuple[int, str], Floats] = {}
        who = [self._numbers[annotator] for annotator, _ in self.sheets]
        group = np.arange(len(self.annotators))
        if self.reliability is not None:
            group = self.reliability.group
        trust = np.array([self.trust(number) for number in range(len(self.annotators))])
        for item in self.items:
            answers = self.given(item)
            for question in self.questionnaire.questions:
                sheets = [at for at, given in answers if question.id in given]
                if len(sheets) < 2:
                    continue
                alike = self.alike(item, question)
                number = np.array([who[at] for at in sheets])
                weights = trust[number] * np.not_equal.outer(group[number], group[number])
                for row, at in enumerate(sheets):
                    if weights[row].any():
                        sums = told.setdefault((at, question.id), np.zeros(2))
                        sums += (1.0, float(np.average(alike[row], weights=weights[row])))
        return {key: np.array([n, total / n]) for key, (n, total) in told.items()}
