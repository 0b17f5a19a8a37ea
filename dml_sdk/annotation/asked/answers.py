"""What annotators say: one sheet a batch, checked against the questionnaire before it counts.

A sheet's document is JSON in UTF-8:

    {"version": 1, "batch": 3, "answers": [
        {"item": 60, "ms": 2140, "skipped": false, "flag": "", "given": {"digit": 7}}, …]}

Sheets come from strangers. One that is too large is refused before it is read, and so is text that
is too long for its question before anything else looks at it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.asked.values import Value, fault_of, is_text
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import AnswersInvalid
from dml_sdk.storage.store import Store

VERSION = 1
LARGEST = 4 << 20  # bytes of a sheet's document
LONGEST_MS = 86_400_000  # a day with one item
LONGEST_FLAG = 500  # characters
_ADVICE = "Nothing of them counts; correct these answers and hand them in again."
_FIELDS = {"item", "ms", "skipped", "flag", "given"}
Fault = tuple[str, str]
Parts: TypeAlias = Sequence[Sequence[Part]]
"""What each item of a batch is made of, in their order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says of an item.

    Attributes:
        item: its number in the task, from 0.
        given: what is answered to each question, by its id; empty where the item was skipped.
        ms: how long the item was looked at, as the annotator's own program says; untrusted.
        skipped: whether the annotator would not answer.
        flag: why an item is thought broken; untrusted text, empty for most.
    """

    item: int
    given: Mapping[str, Value] = field(default_factory=dict)
    ms: int | None = None
    skipped: bool = False
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What somebody says of a batch.

    Attributes:
        batch: its number in the task, from 0.
        answers: one an item, in any order.
    """

    batch: int
    answers: tuple[Answer, ...]

    def encode(self) -> bytes:
        """The document: canonical JSON; equal sheets give equal bytes, as a commitment needs."""
        told = {
            "version": VERSION,
            "batch": self.batch,
            "answers": [
                {
                    "item": a.item, "given": dict(a.given), "ms": a.ms,
                    "skipped": a.skipped, "flag": a.flag,
                }
                for a in sorted(self.answers, key=lambda a: a.item)
            ],
        }  # fmt: skip
        return json.dumps(
            told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode()

    @property
    def sha256(self) -> str:
        """Of the document, in hexadecimal."""
        return hashlib.sha256(self.encode()).hexdigest()


def load_sheet(
    store: Store,
    cid: str,
    sha256: str,
    questionnaire: Questionnaire,
    batch: int,
    items: range,
    parts: Parts = (),
) -> Sheet:
    """A sheet that somebody put into the store, read and checked.

    Args:
        sha256: of the document, as the chain has it.
        batch, items, parts: which batch it must be of, the items of that batch, and what they are
            made of, as far as that is known; see `fault_of`.

    Raises:
        AnswersInvalid: other bytes than promised, or answers that do not fit.
        ContentTooLarge: more than 4 MiB; nothing was read into memory beyond that.
        ContentNotFound, ContentCorrupt: the store has no such file, or an altered one.
    """
    document = store.get(cid, limit=LARGEST)
    if hashlib.sha256(document).hexdigest() != sha256.removeprefix("0x"):
        raise invalid_answers([("$", "the bytes are not those that were committed to")])
    return decode_sheet(document, questionnaire, batch, items, parts)


def decode_sheet(
    document: bytes, questionnaire: Questionnaire, batch: int, items: range, parts: Parts = ()
) -> Sheet:
    """The sheet of a document, checked.

    Raises:
        AnswersInvalid: too large, no JSON, of another batch, or answers that do not fit; each
            fault is named by its path.
    """
    if len(document) > LARGEST:
        raise invalid_answers([("$", f"{len(document):,} bytes, {LARGEST:,} are the most")])
    try:
        told = read_json(document)
    except (ValueError, RecursionError) as e:
        raise invalid_answers([("$", f"no JSON: {e}")]) from None
    rows = told.get("answers") if isinstance(told, dict) else None
    if not isinstance(rows, list) or set(told) != {"version", "batch", "answers"}:
        raise invalid_answers(
            [("$", "a sheet holds version, batch and a list of answers, no more")]
        )
    if whole_of(told["version"]) != VERSION:
        raise invalid_answers([("version", f"{shown(told['version'])} is not {VERSION}")])
    if whole_of(told["batch"]) is None:
        raise invalid_answers([("batch", f"{shown(told['batch'])} is no number of a batch")])
    if len(rows) > len(items):
        raise invalid_answers([("answers", f"{len(rows):,} answers to {len(items):,} items")])
    faults: list[Fault] = []
    answers = [_answer(row, f"answers[{at}]", faults) for at, row in enumerate(rows)]
    if faults:
        raise invalid_answers(faults)
    sheet = Sheet(told["batch"], tuple(a for a in answers if a is not None))
    check_sheet(sheet, questionnaire, batch, items, parts)
    return sheet


def check_sheet(
    sheet: Sheet, questionnaire: Questionnaire, batch: int, items: range, parts: Parts = ()
) -> None:
    """Refuses a sheet that does not fit its batch and its questions.

    Raises:
        AnswersInvalid: of another batch, an item that is not in it, twice or not at all, or an
            answer that does not fit; each fault is named by its path.
    """
    faults: list[Fault] = []
    if whole_of(sheet.batch) != batch:
        faults.append(("batch", f"{shown(sheet.batch)} is another batch than {batch}"))
    seen: set[int] = set()
    for at, answer in enumerate(sheet.answers):
        path = f"answers[{at}]"
        odd = list(_odd(answer, path))
        if odd:
            faults += odd
            continue
        if answer.item not in items:
            why = f"{answer.item} is not one of this batch, {items.start} to {items.stop - 1}"
            faults.append((f"{path}.item", why))
        elif answer.item in seen:
            faults.append((f"{path}.item", f"{answer.item} is answered twice"))
        seen.add(answer.item)
        place = answer.item - items.start
        known = parts[place] if 0 <= place < len(parts) else ()
        faults += faults_of(answer, questionnaire, path, known)
    missing = [item for item in items if item not in seen]
    if missing and not faults:
        others = f", nor to {len(missing) - 1} more" if len(missing) > 1 else ""
        faults.append(("answers", f"no answer to item {missing[0]}{others}"))
    if faults:
        raise invalid_answers(faults)


def faults_of(
    answer: Answer, questionnaire: Questionnaire, path: str, parts: Sequence[Part] = ()
) -> Iterator[Fault]:
    """What is wrong with an answer: unknown questions, values that do not fit, and missing ones.

    Args:
        parts: of the item, as far as they are known; see `fault_of`.
    """
    given = answer.given
    if answer.ms is not None and not 0 <= answer.ms <= LONGEST_MS:
        yield f"{path}.ms", f"{answer.ms} is not from 0 to {LONGEST_MS:,}"
    if len(answer.flag) > LONGEST_FLAG:
        yield f"{path}.flag", f"{len(answer.flag):,} characters, {LONGEST_FLAG} are the most"
    if not is_text(answer.flag):
        yield f"{path}.flag", "it holds characters that are none"
    if answer.skipped and given:
        yield f"{path}.given", "a skipped item has no answers"
        return
    for id in given:
        if questionnaire.question(id) is None:
            yield f"{path}.given.{named(id)}", "there is no such question"
    asked = asked_of(given, questionnaire)
    for question in questionnaire.questions:
        where = f"{path}.given.{question.id}"
        if question.id in given:
            if question.id not in asked:
                yield where, "it was not asked, as its condition is not met"
            elif (why := fault_of(question, given[question.id], parts)) is not None:
                yield where, why
        elif question.id in asked and question.required and not answer.skipped:
            yield where, "an answer is required"


def asked_of(given: Mapping[str, Value], questionnaire: Questionnaire) -> frozenset[str]:
    """The ids of the questions that are asked, as the answers so far are."""
    asked: set[str] = set()
    for question in questionnaire.questions:
        when = question.when
        if when is None or (when.question in asked and _met(given.get(when.question), when.equals)):
            asked.add(question.id)
    return frozenset(asked)


def _met(value: Value | None, equals: Sequence[Any]) -> bool:
    chosen = value if isinstance(value, list | tuple) else [value]
    return any(type(c) is type(e) and c == e for c in chosen for e in equals)


def _answer(row: Any, path: str, faults: list[Fault]) -> Answer | None:
    """One row of a sheet, its shape checked."""
    if not isinstance(row, dict) or not {"item", "given"} <= set(row) <= _FIELDS:
        faults.append((path, f"an answer holds item and given, and of {sorted(_FIELDS)} no other"))
        return None
    answer = Answer(**row)
    odd = list(_odd(answer, path))
    faults += odd
    return None if odd else answer


def _odd(answer: Answer, path: str) -> Iterator[Fault]:
    """What in an answer is of another kind than JSON has for it."""
    for name, value, fits, what in (
        ("item", answer.item, whole_of(answer.item) is not None, "no number of an item"),
        ("given", answer.given, isinstance(answer.given, Mapping), "no answers by question"),
        ("ms", answer.ms, _is_time(answer.ms), "no whole number of ms"),
        ("skipped", answer.skipped, isinstance(answer.skipped, bool), "neither true nor false"),
        ("flag", answer.flag, isinstance(answer.flag, str), "no text"),
    ):
        if not fits:
            yield f"{path}.{name}", f"{shown(value)} is {what}"


def _is_time(ms: object) -> bool:
    return ms is None or whole_of(ms) is not None


def named(id: object) -> str:
    """What was given as a question's id, as a path may repeat it."""
    told = shown(id)
    return told[1:-1] if isinstance(id, str) and id.isidentifier() and told == repr(id) else told


def invalid_answers(faults: Sequence[Fault]) -> AnswersInvalid:
    """Faults of answers, as they are raised."""
    return AnswersInvalid("The answers cannot be taken", faults, _ADVICE)
