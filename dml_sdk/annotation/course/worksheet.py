"""What is answered of a batch so far, and the rules of it: what is asked, what fits, what is
missing. It knows neither disk nor chain.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from dml_sdk.annotation.asked.answers import (
    LONGEST_FLAG,
    LONGEST_MS,
    Answer,
    Sheet,
    asked_of,
    invalid_answers,
    named,
)
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value, fault_of, is_text, plain
from dml_sdk.annotation.course.drafts import Entry

ItemState = Literal["open", "answered", "skipped", "flagged"]
MOST_UNDONE = 10


class Worksheet:
    """What is answered of a batch so far; a place is an item's in the batch, from 0.

    Args:
        questionnaire: what is asked.
        entries: one an item; what in them does not fit the questions is left out.

    Attributes:
        entries: one an item.
    """

    def __init__(self, questionnaire: Questionnaire, entries: Sequence[Entry]) -> None:
        self._questionnaire = questionnaire
        self.entries = tuple(self._fitting(entry) for entry in entries)
        self._changes: deque[tuple[int, Entry]] = deque(maxlen=MOST_UNDONE)

    # --- look -----------------------------------------------------------------------------------

    def asked(self, place: int) -> list[Question]:
        """The questions that are asked of an item, as its answers so far are."""
        asked = asked_of(self.entries[place].given, self._questionnaire)
        return [q for q in self._questionnaire.questions if q.id in asked]

    @property
    def states(self) -> tuple[ItemState, ...]:
        """Where each item stands."""
        return tuple(self._state(entry) for entry in self.entries)

    @property
    def complete(self) -> bool:
        """Whether all that is required is answered, or its item skipped or flagged."""
        return not any(
            self._missing(entry) and not (entry.skipped or entry.flag) for entry in self.entries
        )

    @property
    def points(self) -> int:
        """What the questions that are answered are worth."""
        return sum(
            question.points
            for entry in self.entries
            for question in self._questionnaire.questions
            if question.id in entry.given
        )

    def sheet(self, batch: int, items: range) -> Sheet:
        """The answers as they are handed in; what is flagged and not answered is skipped."""
        answers = [
            self._answer(number, entry) for number, entry in zip(items, self.entries, strict=True)
        ]
        return Sheet(batch, tuple(answers))

    # --- change ---------------------------------------------------------------------------------

    def answer(self, place: int, question_id: str, value: Value) -> None:
        """Answers a question. Answers that are not asked for any more after it are taken back.

        Raises:
            AnswersInvalid: no such question, not asked here, or a value that does not fit.
        """
        entry, value = self.entries[place], plain(value)
        question = self._questionnaire.question(question_id)
        if question is None:
            why: str | None = "there is no such question"
        elif question in self.asked(place):
            why = fault_of(question, value)
        else:
            why = "it is not asked, as its condition is not met"
        if why is not None:
            raise invalid_answers([(f"answers[{place}].given.{named(question_id)}", why)])
        self._change(
            place, replace(entry, given={**entry.given, question_id: value}, skipped=False)
        )

    def clear(self, place: int, question_id: str) -> None:
        """Takes an answer back, and those that were only asked because of it."""
        entry = self.entries[place]
        if self._questionnaire.question(question_id) is not None and question_id in entry.given:
            given = {id: value for id, value in entry.given.items() if id != question_id}
            self._change(place, replace(entry, given=given))

    def skip(self, place: int) -> None:
        """Leaves an item unanswered."""
        self._change(place, replace(self.entries[place], given={}, skipped=True))

    def flag(self, place: int, why: str) -> None:
        """Says that something is wrong with an item; "" takes that back.

        Raises:
            AnswersInvalid: no text, or more than 500 characters.
        """
        if not is_text(why) or len(why) > LONGEST_FLAG:
            told = f"give text of up to {LONGEST_FLAG} characters"
            raise invalid_answers([(f"answers[{place}].flag", told)])
        self._change(place, replace(self.entries[place], flag=why))

    def spent(self, place: int, ms: int) -> None:
        """Counts time that an item was looked at."""
        entry = self.entries[place]
        self._set(place, replace(entry, ms=min(entry.ms + ms, LONGEST_MS)))

    def undo(self) -> int | None:
        """Takes the last change back, up to ten; its item's place, or None."""
        if not self._changes:
            return None
        place, before = self._changes.pop()
        self._set(place, replace(before, ms=self.entries[place].ms))
        return place

    def copy(self) -> Worksheet:
        """The same, to be changed on trial."""
        other = copy.copy(self)
        other._changes = self._changes.copy()
        return other

    # --- inside ---------------------------------------------------------------------------------

    def _change(self, place: int, entry: Entry) -> None:
        self._changes.append((place, self.entries[place]))
        asked = asked_of(entry.given, self._questionnaire)
        kept = {id: value for id, value in entry.given.items() if id in asked}
        self._set(place, replace(entry, given=kept))

    def _set(self, place: int, entry: Entry) -> None:
        self.entries = (*self.entries[:place], entry, *self.entries[place + 1 :])

    def _fitting(self, entry: Entry) -> Entry:
        given = {
            q.id: entry.given[q.id]
            for q in self._questionnaire.questions
            if q.id in entry.given and fault_of(q, entry.given[q.id]) is None
        }
        asked = asked_of(given, self._questionnaire)
        kept = {id: value for id, value in given.items() if id in asked}
        return replace(entry, given=kept, ms=min(entry.ms, LONGEST_MS))

    def _state(self, entry: Entry) -> ItemState:
        if entry.flag:
            return "flagged"
        if entry.skipped:
            return "skipped"
        return "answered" if entry.given and not self._missing(entry) else "open"

    def _missing(self, entry: Entry) -> bool:
        """Whether something that must be answered is not."""
        asked = asked_of(entry.given, self._questionnaire)
        return any(
            q.required and q.id in asked and q.id not in entry.given
            for q in self._questionnaire.questions
        )

    def _answer(self, number: int, entry: Entry) -> Answer:
        skipped = entry.skipped or (bool(entry.flag) and self._missing(entry))
        given = {} if skipped else dict(entry.given)
        return Answer(number, given, entry.ms, skipped, entry.flag)
