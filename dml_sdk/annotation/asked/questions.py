"""The kinds of questions, each with what an answer to it looks like.

    Choice       one of the options: the option's value
    Choices      any number of them: a list of values
    Scale        a whole number from `least` to `most`
    Number       a number, in a range if there is one
    Text         text, up to `longest` characters
    Spans        parts of a text: [{"label": …, "start": 3, "end": 9}], in characters from 0, end
                 exclusive
    Boxes        [{"label": …, "x": 0.1, "y": 0.2, "width": 0.5, "height": 0.3}], in parts of the
                 image's width and height, from its upper left corner
    Polygons     [{"label": …, "points": [[0.1, 0.2], …]}], likewise
    Points       [{"label": …, "x": 0.1, "y": 0.2}], likewise
    Regions      parts of a recording: [{"label": …, "start": 1.5, "end": 2.25}], in seconds
    Ranking      all options, the best first: a list of values
    Preference   which of two: "first", "second", or "tie" where that is allowed

Field names are those of the JSON document; Python also takes the short ones (`points` for
`answerPoints`), and a bare value for an option. Nothing is made to fit: "3" is no number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dml_sdk.annotation.asked.faults import invalid
from dml_sdk.annotation.asked.looks import looks_of

MOST_OPTIONS = 1_000
LONGEST_ANSWER = 100_000  # characters of a text answer, however much a question would take
MOST_NUMBER = 2**53 - 1  # what a page's numbers tell from its neighbours


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    return "text" if isinstance(value, str) else "number"


_Whole: TypeAlias = Annotated[int, Field(strict=True, ge=-MOST_NUMBER, le=MOST_NUMBER)]
_Number: TypeAlias = Annotated[float, Field(strict=True)]
_Value: TypeAlias = Annotated[
    Annotated[StrictBool, Tag("truth")]
    | Annotated[StrictInt, Tag("number")]
    | Annotated[StrictStr, Tag("text")],
    Discriminator(_kind_of),
]


def _pythons(value: Any) -> Any:
    """A number or a truth value of NumPy's as Python's."""
    return value.item() if isinstance(value, np.generic) else value


class Part(BaseModel):
    """What every part of a questionnaire has in common: nothing unknown, nothing that changes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False,
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_pythons(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        return {
            name: [*map(_pythons, v)] if isinstance(v, list | tuple) else _pythons(v)
            for name, v in told.items()
        }


class Option(Part):
    """Something that can be chosen.

    Attributes:
        value: what an answer holds.
        label: what a person reads; the value when empty.
    """

    value: Annotated[
        Annotated[_Whole, Tag("number")]
        | Annotated[str, Field(strict=True, min_length=1, max_length=256), Tag("text")],
        Discriminator(lambda value: "text" if isinstance(value, str) else "number"),
    ]
    label: str = Field(default="", max_length=256, strict=True)

    @property
    def shown(self) -> str:
        """What a person reads."""
        return self.label or str(self.value)


def _options(given: Any) -> Any:
    """Bare values stand for options; NumPy's and those of a column of a table as Python's."""
    if hasattr(given, "tolist"):
        given = given.tolist()
    if isinstance(given, str | bytes | bytearray | Mapping | Set) or not isinstance(
        given, Iterable
    ):
        raise ValueError('give a list of options, such as ["yes", "no"]')
    return tuple({"value": o} if isinstance(o, int | str) else o for o in map(_pythons, given))


def _distinct(options: tuple[Option, ...]) -> tuple[Option, ...]:
    values: set[str] = set()
    looks: set[str] = set()
    for option in options:
        # 1 and "1" look the same to whoever answers.
        if str(option.value) in values:
            raise ValueError(f"the option {str(option.value)!r} is there twice")
        seen = looks_of(option.shown)
        if not seen or seen in looks:
            told = "looks as another does" if seen else "cannot be seen"
            raise ValueError(f"the option {option.shown!r} {told}")
        values.add(str(option.value))
        looks.add(seen)
    return options


_Options = Annotated[
    tuple[Option, ...],
    Field(min_length=2, max_length=MOST_OPTIONS),
    BeforeValidator(_options),
]
_Labels = Annotated[
    tuple[Option, ...],
    Field(min_length=1, max_length=MOST_OPTIONS),
    BeforeValidator(_options),
]


class Condition(Part):
    """Asks a question only after certain answers to an earlier one.

    Attributes:
        question: the earlier question's id; it is a choice, choices, a scale or a preference.
        equals: the answers after which this one is asked; of choices, one of those chosen.
    """

    question: str = Field(strict=True)
    equals: tuple[_Value, ...] = Field(min_length=1, max_length=MOST_OPTIONS)


class Asked(Part):
    """What every question has.

    Attributes:
        id: unique in the questionnaire; up to 64 letters, digits, "_", "." and "-", the first a
            letter or a digit.
        text: what is asked.
        points: what an answer counts when awards are given, 0 to 1000.
        help: shown on request.
        required: whether an item can be handed in without it.
        when: the condition on which it is asked.
    """

    id: str = Field(alias="questionId", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$", strict=True)
    text: str = Field(alias="questionText", min_length=1, max_length=2_000, strict=True)
    points: int = Field(default=1, alias="answerPoints", ge=0, le=1_000, strict=True)
    help: str = Field(default="", alias="helpText", max_length=10_000, strict=True)
    required: StrictBool = True
    when: Condition | None = None

    @field_validator("text")
    @classmethod
    def _text_can_be_read(cls, text: str) -> str:
        if not looks_of(text):
            raise ValueError("nothing of it can be seen")
        return text

    # Type checkers make a constructor of fields for each model, except where a class says
    # `init=False`; pydantic hands that word on to these two.
    def __init_subclass__(cls, *, init: bool = True, **options: Any) -> None:
        super().__init_subclass__(**options)

    @classmethod
    def __pydantic_init_subclass__(cls, *, init: bool = True, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)

    def __init__(self, id: str | None = None, text: str | None = None, /, **fields: Any) -> None:
        if id is None:  # part of a document, whose faults are told together
            super().__init__(**fields)
            return
        try:
            super().__init__(**{"id": id} | ({} if text is None else {"text": text}) | fields)
        except ValidationError as e:
            raise invalid(e) from None


class _Optioned(Asked, init=False):
    options: _Options

    @field_validator("options")
    @classmethod
    def _options_differ(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        return _distinct(options)


class Choice(_Optioned, init=False):
    """One of the options."""

    type: Literal["single_choice"] = Field(default="single_choice", alias="answerType")


class Choices(_Optioned, init=False):
    """Any number of the options, `least` to `most`."""

    type: Literal["multiple_choice"] = Field(default="multiple_choice", alias="answerType")
    least: int = Field(default=0, ge=0, le=MOST_OPTIONS, strict=True)
    most: int = Field(default=MOST_OPTIONS, ge=1, le=MOST_OPTIONS, strict=True)

    @field_validator("least")
    @classmethod
    def _so_many_can_be_chosen(cls, least: int, info: ValidationInfo) -> int:
        options = info.data.get("options")
        if options is not None and least > len(options):
            raise ValueError(f"{least} at least of {len(options)} cannot be chosen")
        return least

    @field_validator("most")
    @classmethod
    def _range_is_possible(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("least")
        if least is not None and most < least:
            raise ValueError(f"{least} at least and {most} at most cannot be chosen")
        return most


class Ranking(_Optioned, init=False):
    """All options, the best first."""

    type: Literal["ranking"] = Field(default="ranking", alias="answerType")


class Preference(Asked, init=False):
    """Which of the two that an item shows is better."""

    type: Literal["preference"] = Field(default="preference", alias="answerType")
    tie: StrictBool = True

    @property
    def values(self) -> tuple[str, ...]:
        """What can be answered."""
        return ("first", "second", "tie") if self.tie else ("first", "second")


class Scale(Asked, init=False):
    """A whole number from `least` to `most`, their ends named."""

    type: Literal["scale"] = Field(default="scale", alias="answerType")
    least: _Whole = 1
    most: _Whole = Field(default=5, validate_default=True)
    least_label: str = Field(default="", alias="leastLabel", max_length=256, strict=True)
    most_label: str = Field(default="", alias="mostLabel", max_length=256, strict=True)

    @field_validator("most")
    @classmethod
    def _range_is_possible(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("least")
        if least is not None and not 1 <= most - least < MOST_OPTIONS:
            raise ValueError(f"a scale from {least} to {most} is none")
        return most


class Number(Asked, init=False):
    """A number from `least` to `most`, where these are given."""

    type: Literal["number"] = Field(default="number", alias="answerType")
    whole: StrictBool = False
    least: _Number | None = None
    most: _Number | None = Field(default=None, validate_default=True)
    unit: str = Field(default="", max_length=64, strict=True)

    @field_validator("most")
    @classmethod
    def _range_is_possible(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get("least")
        if least is None or most is None:
            return most
        if least >= most or (info.data.get("whole") and math.ceil(least) > math.floor(most)):
            whole = "whole " if info.data.get("whole") else ""
            raise ValueError(f"there is no {whole}number from {least:g} to {most:g}")
        return most


class Text(Asked, init=False):
    """Text that a person writes."""

    type: Literal["text"] = Field(default="text", alias="answerType")
    longest: int = Field(default=10_000, ge=1, le=LONGEST_ANSWER, strict=True)


class _Labelled(Asked, init=False):
    """Parts of an item, each with a label."""

    labels: _Labels
    most: int = Field(default=100, ge=1, le=1_000, strict=True)

    @field_validator("labels")
    @classmethod
    def _labels_differ(cls, labels: tuple[Option, ...]) -> tuple[Option, ...]:
        return _distinct(labels)


class Spans(_Labelled, init=False):
    """Parts of a text."""

    type: Literal["spans"] = Field(default="spans", alias="answerType")


class Boxes(_Labelled, init=False):
    """Upright rectangles in an image."""

    type: Literal["boxes"] = Field(default="boxes", alias="answerType")


class Polygons(_Labelled, init=False):
    """Outlines in an image."""

    type: Literal["polygons"] = Field(default="polygons", alias="answerType")


class Points(_Labelled, init=False):
    """Places in an image."""

    type: Literal["points"] = Field(default="points", alias="answerType")


class Regions(_Labelled, init=False):
    """Parts of a recording."""

    type: Literal["audio_regions"] = Field(default="audio_regions", alias="answerType")


Question: TypeAlias = (
    Choice | Choices | Scale | Number | Text | Spans | Boxes | Polygons | Points | Regions
    | Ranking | Preference
)  # fmt: skip
"""Any question."""
OF_PARTS = (Spans, Regions, Boxes, Polygons, Points)
"""Questions whose answers are lists of labelled parts of an item."""
