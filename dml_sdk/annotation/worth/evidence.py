"""All that was answered in a task, arranged for judging: who said what of which item.

Answers from a fixed list (choices, scales, preferences) become votes, of several choices one for
each option; what is free (text, numbers, boxes) is compared answer by answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.asked.questions import Choices, Question
from dml_sdk.annotation.asked.values import Value, fault_of
from dml_sdk.annotation.worth.likeness import likeness
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

    @cached_property
    def agreed(self) -> Mapping[tuple[int, str], Floats]:
        """How alike each answer is to the others' of the same item, by sheet and question.

        Others of the same ring are no others. A value is [answers compared, their mean likeness to
        the others, weighted by these' kappa].
        """
        return self._agreed()

    def given(self, item: int) -> list[tuple[int, Mapping[str, Value]]]:
        """What was answered of an item, with the numbers of the sheets."""
        return self._by_item.get(item, [])

    def trust(self, annotator: int) -> float:
        """How much an annotator's word weighs where answers are free: its kappa, a little at
        least."""
        if self.reliability is None:
            return 1.0
        return max(self.reliability.standings[annotator].kappa, 0.05)

    def number(self, annotator: str) -> int:
        """An annotator's place in `annotators`."""
        return self._numbers[annotator]

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
        group = None if self.reliability is None else self.reliability.group
        for item in self.items:
            answers = self.given(item)
            for question in self.questionnaire.questions:
                said = [(at, given[question.id]) for at, given in answers if question.id in given]
                for at, mine in said:
                    others = [
                        (self.trust(who[other]), likeness(question, mine, theirs))
                        for other, theirs in said
                        if other != at and (group is None or group[who[other]] != group[who[at]])
                    ]
                    if others:
                        weights, alike = np.array(others).T
                        mean = float(np.average(alike, weights=weights))
                        sums = told.setdefault((at, question.id), np.zeros(2))
                        sums += (1.0, mean)
        return {key: np.array([n, total / n]) for key, (n, total) in told.items()}
