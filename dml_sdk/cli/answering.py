"""Answering a batch in a terminal or line by line in JSON; both only talk, the desk has the rules.

In JSON, each item is one line out and at least one in:

    {"item": 60, "parts": [{"kind": "image", "type": "image/png", "file": "/tmp/…"}],
     "questions": [{"questionId": "digit", …}]}
    {"given": {"digit": 7}}          or {"skip": true}, or {"flag": "all black"}

What does not fit is told, `{"error": …, "faults": […]}`, and the line is waited for again. At the
end comes `{"submitted": …}`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.asked.answers import invalid_answers
from dml_sdk.annotation.asked.questionnaire import values_of
from dml_sdk.annotation.asked.questions import (
    Choice,
    Choices,
    Number,
    Preference,
    Question,
    Ranking,
    Scale,
    Text,
)
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.errors import AnswersInvalid, DMLError, Faulty, MediaRefused, NothingToAnnotate
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.annotation.desk import Desk
    from dml_sdk.types import Receipt

_HELP = """\
  :skip        leave this item unanswered
  :flag WHY    say that something is wrong with it
  :undo        take the last change back, and go there
  :quit        go on another time; what is answered is kept
"""
_ENDINGS = {
    "text/plain": ".txt", "application/json": ".json", "image/jpeg": ".jpg", "audio/mpeg": ".mp3",
}  # fmt: skip
_FREE = "JSON, as in the questionnaire's description"


class Left(Exception):
    """Whoever answers will go on another time."""


class Talk(ABC):
    """How somebody is asked and told."""

    @abstractmethod
    def item(self, desk: Desk, place: int, files: Path) -> None:
        """Has an item answered, skipped or flagged, or moves the desk to another.

        Raises:
            Left: no more for now.
        """

    @abstractmethod
    def done(self, receipt: Receipt, desk: Desk) -> None:
        """Tells that a batch was handed in."""

    @abstractmethod
    def nothing(self, why: NothingToAnnotate) -> None:
        """Tells that there is no batch."""

    @abstractmethod
    def left(self, desk: Desk) -> None:
        """Tells that what is answered is kept."""


def answer(desk: Desk, talk: Talk, batches: int) -> int:
    """Has batches answered and handed in; returns the exit status.

    Raises:
        DMLError: as `Desk.open` and `Desk.submit` raise it.
    """
    with tempfile.TemporaryDirectory(prefix="dml-annotate-") as folder:
        for _ in range(batches):
            try:
                desk.open()
            except NothingToAnnotate as e:
                talk.nothing(e)
                return 0
            try:
                while (place := _next_open(desk)) is not None:
                    desk.go(place)
                    talk.item(desk, place, Path(folder))
            except Left:
                talk.left(desk)
                return 0
            talk.done(desk.submit(), desk)
    return 0


def _next_open(desk: Desk) -> int | None:
    """The item that is looked at if it is open, or the next that is, from the start again."""
    states = desk.states
    places = [*range(desk.position, len(states)), *range(desk.position)]
    return next((place for place in places if states[place] == "open"), None)


class Terminal(Talk):
    """Asks at a prompt; what strangers wrote is shown with nothing that a terminal would obey."""

    def item(self, desk: Desk, place: int, files: Path) -> None:
        """Asks one question after the other."""
        batch = desk.batch
        if batch is None:
            return
        title = visible(desk.task.title)
        print(f"\n{title}: item {batch.items[place]}, {place + 1} of {len(batch)}")
        for shown in _parts(desk, place, files):
            print(f"  {visible(str(shown.get('text') or shown.get('file') or shown['refused']))}")
        left_out: set[str] = set()
        while (question := _unanswered(desk, place, left_out)) is not None:
            print(f"  {visible(question.text)}  [{visible(_choices(question))}]")
            line = _line("> ")
            if line.startswith(":"):
                if self._command(desk, place, line):
                    return
                continue
            if not line and not question.required:
                left_out.add(question.id)
                continue
            try:
                desk.answer(place, question.id, _value(question, line))
            except (AnswersInvalid, ValueError, RecursionError) as e:
                print(f"  {e}" if isinstance(e, AnswersInvalid) else f"  Not understood: {e}")
        if desk.states[place] == "open":  # nothing had to be answered, and nothing was
            desk.skip(place)

    def done(self, receipt: Receipt, desk: Desk) -> None:
        """Tells the receipt and what is earned."""
        told = desk.earnings
        print(f"\nHanded in, in block {receipt.block}; fee {receipt.fee}.")
        print(f"Earned so far {told.earned}, waiting {told.waiting}.")

    def nothing(self, why: NothingToAnnotate) -> None:
        """Tells why."""
        print(visible(str(why)))

    def left(self, desk: Desk) -> None:
        """Tells how long the batch is held."""
        batch = desk.batch
        if batch is not None:
            print(f"Kept. The batch is held until {batch.expires:%Y-%m-%d %H:%M:%S} UTC.")

    def _command(self, desk: Desk, place: int, line: str) -> bool:
        """Does what is commanded; whether another item is to be looked at then."""
        word, _, rest = line.partition(" ")
        match word:
            case ":skip":
                desk.skip(place)
            case ":flag" if rest.strip():
                desk.flag(place, rest.strip())
            case ":undo":
                desk.undo()
            case ":quit":
                raise Left
            case _:
                print(_HELP)
                return False
        return True


class Lines(Talk):
    """Speaks JSON, one object a line."""

    def item(self, desk: Desk, place: int, files: Path) -> None:
        """Tells the item, and takes what is said of it."""
        batch = desk.batch
        if batch is None:
            return
        asked = [q.model_dump(mode="json", by_alias=True) for q in _all_questions(desk)]
        parts = _parts(desk, place, files)
        print(json.dumps({"item": batch.items[place], "parts": parts, "questions": asked}))
        try:
            said = _said()
            if said.get("flag"):
                desk.flag(place, said["flag"])
            if said.get("skip"):
                desk.skip(place)
            given = said.get("given", {})
            for id in _in_order(desk, given):
                desk.answer(place, id, given[id])
        except DMLError as e:
            faults = list(e.faults) if isinstance(e, Faulty) else []
            print(json.dumps({"error": type(e).__name__, "message": str(e), "faults": faults}))
        sys.stdout.flush()

    def done(self, receipt: Receipt, desk: Desk) -> None:
        """Tells the receipt."""
        told = {"block": receipt.block, "extrinsic": receipt.extrinsic_hash}
        print(json.dumps({"submitted": told}), flush=True)

    def nothing(self, why: NothingToAnnotate) -> None:
        """Tells why."""
        again = None if why.again is None else why.again.isoformat()
        print(json.dumps({"nothing": why.why, "message": str(why), "again": again}), flush=True)

    def left(self, desk: Desk) -> None:
        """Tells until when the batch is held."""
        batch = desk.batch
        if batch is not None:
            print(json.dumps({"kept": batch.number, "until": batch.expires.isoformat()}))


def _parts(desk: Desk, place: int, files: Path) -> Sequence[dict[str, str]]:
    """What an item shows: texts as they are, other media as files that any program can open."""
    told = []
    for at, part in enumerate(desk.item(place).parts):
        shown = {"kind": part.kind, "type": part.type}
        try:
            content, kind = desk.content(place, at)
        except MediaRefused as e:
            told.append(shown | {"refused": str(e)})
            continue
        if part.kind in ("text", "table"):
            told.append(shown | {"text": content.decode(errors="replace")})
            continue
        ending = _ENDINGS.get(kind, "." + kind.rpartition("/")[2])
        file = files / f"item-{desk.item(place).number}-{at}{ending}"
        file.write_bytes(content)
        told.append(shown | {"file": str(file)})
    return told


def _said() -> Mapping[str, Any]:
    """What a program says of an item, in its next line.

    Raises:
        AnswersInvalid: no JSON, or nothing that can be said.
        Left: there are no more.
    """
    try:
        said = read_json(_line())
    except (ValueError, RecursionError) as e:
        raise invalid_answers([("$", f"no JSON: {e}")]) from None
    if not isinstance(said, dict) or not set(said) <= {"given", "skip", "flag"}:
        raise invalid_answers([("$", "give an object with given, skip or flag")])
    if not isinstance(said.get("given", {}), dict):
        raise invalid_answers([("given", "give an object of a question's id to a value")])
    return said


def _all_questions(desk: Desk) -> Sequence[Question]:
    return desk.task.questionnaire().questions


def _in_order(desk: Desk, given: Mapping[str, Any]) -> Sequence[str]:
    """The ids of what is answered: those of questions first, which may depend on one another."""
    known = [q.id for q in _all_questions(desk) if q.id in given]
    return [*known, *(id for id in given if id not in known)]


def _unanswered(desk: Desk, place: int, left_out: Set[str]) -> Question | None:
    """The question to ask next."""
    done = left_out | desk.answers(place).keys()
    return next((q for q in desk.asked(place) if q.id not in done), None)


def _choices(question: Question) -> str:
    known = values_of(question)
    if isinstance(question, Ranking | Choices | Choice):
        told = [str(o.value) if not o.label else f"{o.value} {o.label}" for o in question.options]
        several = "" if isinstance(question, Choice) else "; several, with commas"
        return ", ".join(told) + several
    if known is not None:
        return ", ".join(map(str, known))
    return {Number: "a number", Text: "text"}.get(type(question), _FREE)


def _value(question: Question, line: str) -> Any:
    """What was typed as an answer's value.

    Raises:
        ValueError: it cannot be read as one.
    """
    if isinstance(question, Text):
        return line
    if isinstance(question, Choices | Ranking):
        return [_option(question, part.strip()) for part in line.split(",") if part.strip()]
    if isinstance(question, Choice):
        return _option(question, line)
    if isinstance(question, Preference):
        return {"1": "first", "2": "second"}.get(line, line)
    if isinstance(question, Scale):
        return int(line)
    if isinstance(question, Number):
        return float(line) if not question.whole else int(line)
    return read_json(line)


def _option(question: Choice | Choices | Ranking, typed: str) -> Any:
    """The option that is meant: by its value, or by its label."""
    wanted = typed.casefold()
    by: tuple[Callable[[Any], str], ...] = (lambda o: str(o.value), lambda o: str(o.label))
    for told in by:
        for option in question.options:
            if told(option).casefold() == wanted:
                return option.value
    return typed


def _line(prompt: str = "") -> str:
    """A line that was typed or sent.

    Raises:
        Left: there are no more.
    """
    print(prompt, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        raise Left
    return line.strip()
