"""What a task asks: questions about items, as a document with a schema and a version.

The document is JSON; its schema is `Questionnaire.json_schema()`. Everything in it is untrusted:
texts are shown as text, and what the schema does not know is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from dml_sdk.annotation.asked.faults import ADVICE, WHAT, invalid
from dml_sdk.annotation.asked.questions import (
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
from dml_sdk.errors import QuestionnaireInvalid

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


class Questionnaire(Part):
    """The questions of a task, in their order.

    Attributes:
        questions: at least one; ids differ, and conditions look back.
        media: what an item holds, one part of each; several make a mix.
        title: shown above everything.
        instructions: shown on request.
        version: of this schema.
    """

    version: Literal[1] = VERSION
    title: str = Field(default="", max_length=256)
    instructions: str = Field(default="", max_length=20_000)
    media: tuple[Media, ...] = Field(default=("image",), min_length=1, max_length=5)
    questions: tuple[Annotated[Question, Field(discriminator="type")], ...] = Field(
        min_length=1, max_length=100
    )

    def __init__(self, questions: Sequence[Question] | None = None, /, **fields: Any) -> None:
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
        """The questionnaire of a document.

        Raises:
            QuestionnaireInvalid: too large, no JSON, or not by the schema; each fault is named by
                its path.
        """
        return cls._of(parse(document, LARGEST))

    @classmethod
    def _of(cls, told: Any) -> Self:
        try:
            return cls.model_validate(told)
        except ValidationError as e:
            raise invalid(e) from None

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The schema of the document (JSON Schema 2020-12)."""
        schema = Questionnaire.model_json_schema(by_alias=True)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

    def _duplicates(self) -> list[tuple[str, str]]:
        seen: set[str] = set()
        faults = []
        for at, question in enumerate(self.questions):
            if question.id in seen:
                faults.append((f"questions[{at}].questionId", f"{question.id!r} is there twice"))
            seen.add(question.id)
        if len(set(self.media)) < len(self.media):
            faults.append(("media", "a kind is there twice"))
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
            if needed and not set(needed) & set(self.media):
                why = f"{question.type} needs {' or '.join(needed)}, media has neither"
                faults.append((f"questions[{at}].answerType", why))
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


def parse(document: bytes, largest: int) -> Any:
    """JSON that somebody else wrote.

    Raises:
        QuestionnaireInvalid: too large, or no JSON.
    """
    if len(document) > largest:
        raise QuestionnaireInvalid(
            "The questionnaire cannot be read",
            [("$", f"{len(document):,} bytes, {largest:,} are the most")],
            "Shorten its texts and options.",
        )
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as e:
        raise QuestionnaireInvalid(
            "The questionnaire cannot be read", [("$", f"no JSON: {e}")], ADVICE
        ) from None
