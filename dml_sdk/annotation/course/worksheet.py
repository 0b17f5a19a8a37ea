"""What is answered of a batch so far, and the rules of it: what is asked, what fits, what is
missing. It knows neither disk nor chain.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dml_sdk.annotation.asked.answers import (
    LONGEST_FLAG,
    LONGEST_MS,
    Answer,
    Parts,
    Sheet,
    asked_of,
    invalid_answers,
    named,
)
from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value, fault_of, is_text, plain
from dml_sdk.annotation.course.journal import Entry

_CHOSEN = ("single_choice", "multiple_choice", "scale", "ranking", "preference")
ItemState = Literal["open", "answered", "skipped", "flagged"]
MOST_UNDONE = 10
_ONE_CHANGE = 2.0  # s; what goes on sooner is taken back together with what it goes on from


class Worksheet:
    """What is answered of a batch so far; a place is an item's in the batch, from 0.

    Args:
        questionnaire: what is asked.
        entries: one an item; what in them does not fit the questions is left out.
        parts: what each item is made of, as far as that is known; see `fault_of`.

    Attributes:
        entries: one an item.
        states: where each item stands.
        points: what the questions that are answered are worth.
        revisions: how often what is said of each item was changed, by whomever.
        changed: the places that were changed and not kept yet.
    """

    def __init__(
        self, questionnaire: Questionnaire, entries: Sequence[Entry], parts: Parts = ()
    ) -> None:
        self._questionnaire, self._parts = questionnaire, parts
        self.entries = tuple(self._fitting(place, entry) for place, entry in enumerate(entries))
        self.states: tuple[ItemState, ...] = tuple(self._state(entry) for entry in self.entries)
        self.points = sum(self._points(entry) for entry in self.entries)
        self._to_do = sum(self._is_to_do(entry) for entry in self.entries)
        self.revisions: tuple[int, ...] = (0,) * len(self.entries)
        self._changes: deque[_Step] = deque(maxlen=MOST_UNDONE)
        self.changed: frozenset[int] = frozenset()

    # --- look -----------------------------------------------------------------------------------

    def asked(self, place: int) -> list[Question]:
        """The questions that are asked of an item, as its answers so far are."""
        asked = asked_of(self.entries[place].given, self._questionnaire)
        return [q for q in self._questionnaire.questions if q.id in asked]

    @property
    def complete(self) -> bool:
        """Whether all that is required is answered, or its item skipped or flagged."""
        return not self._to_do

    def sheet(self, batch: int, items: range) -> Sheet:
        """The answers as they are handed in; what is flagged and not answered is skipped."""
        answers = [
            self._answer(number, entry) for number, entry in zip(items, self.entries, strict=True)
        ]
        return Sheet(batch, tuple(answers))

    # --- change ---------------------------------------------------------------------------------

    def answer(self, place: int, question_id: str, value: Value, at: float | None = None) -> None:
        """Answers a question. Answers that are not asked for any more after it are taken back.

        Args:
            at: when, in seconds of whichever clock: typing on, or moving marks on, without a pause
                is one change to take back.

        Raises:
            AnswersInvalid: no such question, not asked here, or a value that does not fit.
        """
        entry, value = self.entries[place], plain(value)
        question = self._questionnaire.question(question_id)
        if question is None:
            why: str | None = "there is no such question"
        elif question in self.asked(place):
            why = fault_of(question, value, self._parts_of(place))
        else:
            why = "it is not asked, as its condition is not met"
        if why is not None:
            raise invalid_answers([(f"answers[{place}].given.{named(question_id)}", why)])
        before = entry.given.get(question_id)
        last = self._changes[-1] if self._changes else None
        step = _Step(place, entry, question, at)
        given = {**entry.given, question_id: value}
        if not self._change(place, replace(entry, given=given, skipped=False), step):
            return
        if last is not None and last.is_before(step) and _goes_on(before, value):
            self._changes.pop()
            self._changes[-1] = replace(last, at=at)

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
        last = self._changes.pop()
        self._set(last.place, replace(last.before, ms=self.entries[last.place].ms))
        return last.place

    def copy(self) -> Worksheet:
        """The same, to be changed on trial."""
        other = copy.copy(self)
        other._changes = self._changes.copy()
        return other

    def anew(self, entries: Sequence[Entry]) -> Worksheet:
        """One with other entries, whose changes can still be taken back."""
        other = Worksheet(self._questionnaire, entries, self._parts)
        other._changes = self._changes.copy()
        other.revisions = tuple(
            number + (not _says_the_same(before, after))
            for number, before, after in zip(
                self.revisions, self.entries, other.entries, strict=True
            )
        )
        return other

    # --- inside ---------------------------------------------------------------------------------

    def _change(self, place: int, entry: Entry, step: _Step | None = None) -> bool:
        """Changes what is said of an item; False where it is what was said before, which nobody
        would want to take back."""
        asked = asked_of(entry.given, self._questionnaire)
        kept = {id: value for id, value in entry.given.items() if id in asked}
        before, entry = self.entries[place], replace(entry, given=kept)
        if _says_the_same(before, entry):
            return False
        self._changes.append(step or _Step(place, before))
        self._set(place, entry)
        return True

    def _set(self, place: int, entry: Entry) -> None:
        before, state = self.entries[place], self._state(entry)
        if not _says_the_same(before, entry):
            number = self.revisions[place] + 1
            self.revisions = (*self.revisions[:place], number, *self.revisions[place + 1 :])
        self.points += self._points(entry) - self._points(before)
        self._to_do += self._is_to_do(entry) - self._is_to_do(before)
        self.entries = (*self.entries[:place], entry, *self.entries[place + 1 :])
        self.states = (*self.states[:place], state, *self.states[place + 1 :])
        self.changed |= {place}

    def _parts_of(self, place: int) -> Sequence[Part]:
        return self._parts[place] if place < len(self._parts) else ()

    def _fitting(self, place: int, entry: Entry) -> Entry:
        parts = self._parts_of(place)
        given = {
            q.id: entry.given[q.id]
            for q in self._questionnaire.questions
            if q.id in entry.given and fault_of(q, entry.given[q.id], parts) is None
        }
        asked = asked_of(given, self._questionnaire)
        kept = {id: value for id, value in given.items() if id in asked}
        flag = entry.flag[:LONGEST_FLAG] if is_text(entry.flag) else ""
        return replace(entry, given=kept, ms=min(entry.ms, LONGEST_MS), flag=flag)

    def _state(self, entry: Entry) -> ItemState:
        if entry.flag:
            return "flagged"
        if entry.skipped:
            return "skipped"
        return "answered" if entry.given and not self._missing(entry) else "open"

    def _points(self, entry: Entry) -> int:
        return sum(q.points for q in self._questionnaire.questions if q.id in entry.given)

    def _is_to_do(self, entry: Entry) -> bool:
        return not (entry.skipped or entry.flag) and self._missing(entry)

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


@dataclass(frozen=True, slots=True)
class _Step:
    """What can be taken back: how an item was before, and which answer was changed, and when."""

    place: int
    before: Entry
    question: Question | None = None
    at: float | None = None

    def is_before(self, other: _Step) -> bool:
        """Whether another, right after this one, may be a part of it."""
        same = (self.place, self.question) == (other.place, other.question)
        if not same or self.question is None or self.at is None or other.at is None:
            return False
        return self.question.type not in _CHOSEN and other.at - self.at < _ONE_CHANGE


def _says_the_same(one: Entry, other: Entry) -> bool:
    """Whether two entries differ in nothing but time; a whole number is no fraction, nor true."""
    if (one.skipped, one.flag) != (other.skipped, other.flag):
        return False
    return one.given is other.given or repr(one.given) == repr(other.given)


def _goes_on(before: Value | None, value: Value) -> bool:
    """Whether an answer is one typed on, or the same marks moved on."""
    if before is None or type(before) is not type(value):
        return False
    return not isinstance(value, list) or _labels(before) == _labels(value)


def _labels(marks: Sequence[Mapping[str, object]]) -> list[object]:
    return [mark.get("label") for mark in marks]
