"""A batch: some items of a task, held by one annotator for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.values import plain
from dml_sdk.arguments import Noun, id_of, shown, whole_of
from dml_sdk.errors import UsageError
from dml_sdk.types import from_ms

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

Given: TypeAlias = Any
"""What is said of an item: an `Answer`, a dict of a question's id to a value, or the bare value
where there is one question."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Attributes:
        number: in the task, from 0.
        parts: what it is made of, in the order of the questionnaire's media.
    """

    number: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Batch(Noun):
    """Some items of a task that an account holds.

    Attributes:
        task_id: whose.
        number: in the task, from 0.
        items: the numbers of its items in the task.
        parts: what each of them is made of.
        expires_ms: until when it is held, ms since 1970.
        on: what tells the chain that it is on from others.
    """

    kind = "batch"

    task_id: int
    number: int
    items: range
    parts: tuple[tuple[Part, ...], ...]
    expires_ms: int
    on: object

    @property
    def id(self) -> int:
        """Its number in the task."""
        return self.number

    @property
    def origin(self) -> object:
        """What tells the chain that it is on from others."""
        return self.on

    @property
    def expires(self) -> datetime:
        """Until when it is held."""
        return from_ms(self.expires_ms)

    def __len__(self) -> int:
        return len(self.items)

    def item(self, index: int) -> Item:
        """One of its items, by its place in the batch."""
        return Item(self.items[index], self.parts[index])

    def __repr__(self) -> str:
        return (
            f"<Batch {self.number} of task {self.task_id}: items {self.items.start} to "
            f"{self.items.stop - 1}, held until {self.expires:%Y-%m-%d %H:%M:%S} UTC>"
        )


def number_of(batch: object, task: AnnotationTask) -> int:
    """The number of one of a task's batches, or of the batch itself.

    Raises:
        UsageError: neither; another task's batch, or one of another chain.
    """
    number = id_of(batch, "batch", task.origin)
    if isinstance(batch, Batch) and batch.task_id != task.id:
        raise UsageError(f"{batch!r} is not of task {task.id}.")
    return number


def sheet_of(batch: Batch, answers: object, questionnaire: Questionnaire) -> Sheet:
    """Answers in any form that `AnnotationTask.submit` takes, as a sheet; values are not checked.

    Raises:
        UsageError: in no such form.
    """
    if isinstance(answers, Sheet):
        if whole_of(answers.batch) != batch.number:
            raise UsageError(f"The sheet is of batch {shown(answers.batch)}, not {batch.number}.")
        given = answers.answers
        if not isinstance(given, list | tuple) or not all(isinstance(a, Answer) for a in given):
            raise UsageError("Sheet.answers: give a list of `Answer`s, one an item.")
        return replace(answers, answers=tuple(_plain(answer) for answer in given))
    if hasattr(answers, "tolist"):  # an array, or a column of a table
        answers = answers.tolist()
    if isinstance(answers, Mapping):
        told = [_answer(item, given, questionnaire) for item, given in answers.items()]
    elif isinstance(answers, Sequence) and not isinstance(answers, str | bytes):
        numbers = [*batch.items, *[None] * len(answers)]
        told = [_answer(n, a, questionnaire) for n, a in zip(numbers, answers, strict=False)]
    else:
        raise UsageError(
            f"answers={shown(answers)}: give a list in the items' order, or a dict of an item's "
            "number to what is answered."
        )
    return Sheet(batch.number, tuple(told))


def _answer(item: object, given: Given, questionnaire: Questionnaire) -> Answer:
    if isinstance(given, Answer):
        return _plain(given)
    number = whole_of(item)
    if number is None:
        raise UsageError(
            "There are more answers than items."
            if item is None
            else f"answers: {shown(item)} is no number of an item."
        )
    if isinstance(given, Mapping):
        return Answer(number, {id: plain(value) for id, value in given.items()})
    if len(questionnaire.questions) > 1:
        raise UsageError(
            f"Item {number}: {shown(given)} answers which question? Give a dict of "
            f"{', '.join(q.id for q in questionnaire.questions)}."
        )
    return Answer(number, {questionnaire.questions[0].id: plain(given)})


def _plain(answer: Answer) -> Answer:
    given = answer.given
    if isinstance(given, Mapping):
        given = {id: plain(value) for id, value in given.items()}
    return replace(
        answer,
        item=plain(answer.item),
        given=given,
        ms=plain(answer.ms),
        skipped=plain(answer.skipped),
    )
