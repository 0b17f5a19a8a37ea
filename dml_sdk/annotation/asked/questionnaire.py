"""What a task asks: questions about items, as a document with a schema and a version.

The document is JSON; its schema is `Questionnaire.json_schema()`. Everything in it is untrusted:
texts are shown as text, and what the schema does not know is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from dml_sdk.annotation.asked.faults import ADVICE, WHAT, invalid
from dml_sdk.annotation.asked.questions import (
    MOST_NUMBER,
    Boxes,
    Choice,
    Choices,
    Part,
    Points,
    Polygons,
    Preference,
    Question,
    Regions,
    Scale,
    Spans,
)  # fmt: skip
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.errors import QuestionnaireInvalid, UsageError

VERSION: Final = 1
LARGEST = 1 << 20  # bytes of a questionnaire's document

Media = Literal["image", "text", "audio", "video", "table"]
"""What an item can hold: a picture, a text, a recording, a film, or a row of a table."""

_NEEDS: Mapping[type[Any], tuple[Media, ...]] = {
    Boxes: ("image", "video"),
    Polygons: ("image", "video"),
    Points: ("image", "video"),
    Spans: ("text",),
    Regions: ("audio", "video"),
}
_TWICE: tuple[Media, ...] = ("image", "text")
SIDES: tuple[str, str] = ("first", "second")
"""What two parts of a kind are called: what a preference is asked between."""


def part_names(media: Sequence[Media]) -> tuple[str, ...]:
    """What an item's parts are called, in their order: each by its kind, and two of a kind "first"
    and "second"."""
    return tuple(
        kind if media.count(kind) == 1 else SIDES[media[:at].count(kind)]
        for at, kind in enumerate(media)
    )


class Questionnaire(Part):
    """The questions of a task, in their order.

    Attributes:
        questions: at least one; ids differ, and conditions look back.
        media: what an item holds, one part of each; several make a mix. Two texts or two images
            are the two sides of a `Preference`: `media=("text", "text")`.
        title: shown above everything.
        instructions: shown on request.
        version: of this schema.
    """

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION, strict=True)
    title: str = Field(default="", max_length=256, strict=True)
    instructions: str = Field(default="", max_length=20_000, strict=True)
    media: tuple[Media, ...] = Field(
        default=("image",), min_length=1, max_length=5, json_schema_extra={"uniqueItems": True}
    )
    questions: tuple[Annotated[Question, Field(discriminator="type")], ...] = Field(
        min_length=1, max_length=100
    )

    def __init__(self, questions: Sequence[Question] | None = None, /, **fields: Any) -> None:
        if questions is not None and (
            isinstance(questions, str | bytes | Mapping) or not isinstance(questions, Iterable)
        ):
            why = "give a list of questions, such as [dml.Choice(…)]"
            raise QuestionnaireInvalid(WHAT, [("questions", why)], ADVICE)
        told = {} if questions is None else {"questions": tuple(questions)}
        try:
            super().__init__(**told, **fields)
        except ValidationError as e:
            raise invalid(e) from None

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        faults = [*self._duplicates(), *self._conditions(), *self._media()]
        if faults:
            raise QuestionnaireInvalid(WHAT, faults, ADVICE)
        return self

    def question(self, id: str) -> Question | None:
        """The question of that id, if there is one."""
        if not isinstance(id, str):  # an array would be compared number by number
            return None
        return next((q for q in self.questions if q.id == id), None)

    @property
    def part_names(self) -> tuple[str, ...]:
        """What an item's parts are called, as a dict of them names them; see `part_names`."""
        return part_names(self.media)

    @property
    def points(self) -> int:
        """The most points that an item has."""
        return sum(question.points for question in self.questions)

    def encode(self) -> bytes:
        """The document: canonical JSON in UTF-8; equal questionnaires give equal bytes."""
        told = self.model_dump(mode="json", by_alias=True)
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """Of the document, in hexadecimal."""
        return hashlib.sha256(self.encode()).hexdigest()

    @classmethod
    def decode(cls, document: bytes) -> Self:
        """The questionnaire of a document; it is to be by the schema, to the letter.

        Raises:
            QuestionnaireInvalid: too large, no JSON, or not by the schema; each fault is named by
                its path.
        """
        told = parse(document, LARGEST)
        try:
            found = cls.model_validate(told)
        except ValidationError as e:
            raise invalid(e) from None
        # The short forms that Python takes are of no document: others would read it otherwise.
        unknown = list(_unknown(told, found.model_dump(mode="json", by_alias=True), ""))
        if unknown:
            raise QuestionnaireInvalid(WHAT, unknown, ADVICE)
        return found

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The schema of the document (JSON Schema 2020-12)."""
        schema = Questionnaire.model_json_schema(by_alias=True)
        for told in schema["$defs"].values():
            if "answerType" in told["properties"]:  # by which a question's kind is known
                told["required"].append("answerType")
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

    def _duplicates(self) -> list[tuple[str, str]]:
        seen: set[str] = set()
        faults = []
        for at, question in enumerate(self.questions):
            if question.id in seen:
                faults.append((f"questions[{at}].questionId", f"{question.id!r} is there twice"))
            seen.add(question.id)
        twice = sorted({kind for kind in self.media if self.media.count(kind) > 1})
        sides = any(isinstance(question, Preference) for question in self.questions)
        pair = len(twice) == 1 and twice[0] in _TWICE and self.media.count(twice[0]) == 2
        if twice and not (pair and sides):
            why = (
                f"{' and '.join(twice)} there twice: two images or two texts are the two sides of "
                "a preference, and nothing else is there twice"
            )
            faults.append(("media", why))
        return faults

    def _conditions(self) -> list[tuple[str, str]]:
        faults = []
        for at, question in enumerate(self.questions):
            if question.when is None:
                continue
            path = f"questions[{at}].when"
            earlier = {q.id: q for q in self.questions[:at]}
            asked = earlier.get(question.when.question)
            if asked is None:
                faults.append((f"{path}.question", "there is no such question before this one"))
                continue
            known = values_of(asked)
            if known is None:
                why = f"{asked.id!r} has no fixed answers to compare with"
                faults.append((f"{path}.question", why))
                continue
            for place, value in enumerate(question.when.equals):
                if not any(type(value) is type(k) and value == k for k in known):
                    why = f"{value!r} is no answer to {asked.id!r}"
                    faults.append((f"{path}.equals[{place}]", why))
        return faults

    def _media(self) -> list[tuple[str, str]]:
        faults = []
        for at, question in enumerate(self.questions):
            needed = _NEEDS.get(type(question))
            if not needed:
                continue
            path = f"questions[{at}].answerType"
            if not set(needed) & set(self.media):
                faults.append(
                    (path, f"{question.type} needs {' or '.join(needed)}, media has neither")
                )
            elif any(self.media.count(kind) > 1 for kind in needed):
                faults.append((path, f"{question.type} needs one {needed[0]}, media has two"))
        return faults


def values_of(question: Question) -> tuple[int | str, ...] | None:
    """The fixed answers to a question, or None where answers are free."""
    if isinstance(question, Choice | Choices):
        return tuple(option.value for option in question.options)
    if isinstance(question, Scale):
        return tuple(range(question.least, question.most + 1))
    if isinstance(question, Preference):
        return question.values
    return None


def _unknown(told: Any, known: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where a document that could be read says something else than by the schema's names."""
    if isinstance(known, list):
        for at, (one, other) in enumerate(zip(told, known, strict=True)):
            yield from _unknown(one, other, f"{path}[{at}]")
    elif isinstance(known, dict):
        if not isinstance(told, dict):
            yield path, f"give an object of {', '.join(sorted(known))}"
            return
        for name, value in told.items():
            where = f"{path}.{name}" if path else name
            if name in known:
                yield from _unknown(value, known[name], where)
            else:
                yield where, "the schema knows no such field"


def parse(document: bytes, largest: int) -> Any:
    """JSON that somebody else wrote.

    Raises:
        QuestionnaireInvalid: too large, or no JSON.
    """
    if not isinstance(document, bytes):
        raise UsageError(f"A questionnaire's document is bytes, not a {type(document).__name__}.")
    if len(document) > largest:
        raise QuestionnaireInvalid(
            "The questionnaire cannot be read",
            [("$", f"{len(document):,} bytes, {largest:,} are the most")],
            "Shorten its texts and options.",
        )
    try:
        return read_json(document, _number)
    except (ValueError, RecursionError) as e:
        raise QuestionnaireInvalid(
            "The questionnaire cannot be read", [("$", f"no JSON: {e}")], ADVICE
        ) from None


def _number(written: str) -> float:
    """A number; 5.0 is 5 to JSON Schema, too."""
    number = float(written)
    return int(number) if number.is_integer() and abs(number) <= MOST_NUMBER else number
