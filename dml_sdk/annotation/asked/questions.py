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
`answerPoints`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from dml_sdk.annotation.asked.faults import invalid

MOST_OPTIONS = 1_000
LONGEST_ANSWER = 100_000  # characters of a text answer, however much a question would take
_Value: TypeAlias = StrictBool | StrictInt | StrictStr


class Part(BaseModel):
    """What every part of a questionnaire has in common: nothing unknown, nothing that changes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False,
    )  # fmt: skip


class Option(Part):
    """Something that can be chosen.

    Attributes:
        value: what an answer holds.
        label: what a person reads; the value when empty.
    """

    value: StrictInt | Annotated[StrictStr, Field(min_length=1, max_length=256)]
    label: str = Field(default="", max_length=256)

    @property
    def shown(self) -> str:
        """What a person reads."""
        return self.label or str(self.value)


def _options(given: Any) -> Any:
    """Bare values stand for options."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [{"value": o} if isinstance(o, int | str) else o for o in given]
    return given


def _distinct(options: tuple[Option, ...]) -> tuple[Option, ...]:
    seen: set[str] = set()
    for option in options:
        # 1 and "1" look the same to whoever answers.
        if str(option.value) in seen:
            raise ValueError(f"the option {str(option.value)!r} is there twice")
        seen.add(str(option.value))
    return options


_Options = Annotated[
    tuple[Option, ...],
    BeforeValidator(_options),
    Field(min_length=2, max_length=MOST_OPTIONS),
]
_Labels = Annotated[
    tuple[Option, ...],
    BeforeValidator(_options),
    Field(min_length=1, max_length=MOST_OPTIONS),
]


class Condition(Part):
    """Asks a question only after certain answers to an earlier one.

    Attributes:
        question: the earlier question's id; it is a choice, choices, a scale or a preference.
        equals: the answers after which this one is asked; of choices, one of those chosen.
    """

    question: str
    equals: tuple[_Value, ...] = Field(min_length=1, max_length=MOST_OPTIONS)


class Asked(Part):
    """What every question has.

    Attributes:
        id: unique in the questionnaire.
        text: what is asked.
        points: what an answer counts when awards are given, 0 to 1000.
        help: shown on request.
        required: whether an item can be handed in without it.
        when: the condition on which it is asked.
    """

    id: str = Field(alias="questionId", pattern=r"^[A-Za-z0-9_.\-]{1,64}$")
    text: str = Field(alias="questionText", min_length=1, max_length=2_000)
    points: int = Field(default=1, alias="answerPoints", ge=0, le=1_000, strict=True)
    help: str = Field(default="", alias="helpText", max_length=10_000)
    required: bool = True
    when: Condition | None = None

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

    @model_validator(mode="after")
    def _options_differ(self) -> Self:
        _distinct(self.options)
        return self


class Choice(_Optioned, init=False):
    """One of the options."""

    type: Literal["single_choice"] = Field(default="single_choice", alias="answerType")


class Choices(_Optioned, init=False):
    """Any number of the options, `least` to `most`."""

    type: Literal["multiple_choice"] = Field(default="multiple_choice", alias="answerType")
    least: int = Field(default=0, ge=0)
    most: int = Field(default=MOST_OPTIONS, ge=1)

    @model_validator(mode="after")
    def _range_is_possible(self) -> Self:
        if self.least > min(self.most, len(self.options)):
            raise ValueError(f"{self.least} at least of {len(self.options)} cannot be chosen")
        return self


class Ranking(_Optioned, init=False):
    """All options, the best first."""

    type: Literal["ranking"] = Field(default="ranking", alias="answerType")


class Preference(Asked, init=False):
    """Which of the two that an item shows is better."""

    type: Literal["preference"] = Field(default="preference", alias="answerType")
    tie: bool = True

    @property
    def values(self) -> tuple[str, ...]:
        """What can be answered."""
        return ("first", "second", "tie") if self.tie else ("first", "second")


class Scale(Asked, init=False):
    """A whole number from `least` to `most`, their ends named."""

    type: Literal["scale"] = Field(default="scale", alias="answerType")
    least: int = Field(default=1, strict=True)
    most: int = Field(default=5, strict=True)
    least_label: str = Field(default="", alias="leastLabel", max_length=256)
    most_label: str = Field(default="", alias="mostLabel", max_length=256)

    @model_validator(mode="after")
    def _range_is_possible(self) -> Self:
        if not 1 <= self.most - self.least < MOST_OPTIONS:
            raise ValueError(f"a scale from {self.least} to {self.most} is none")
        return self


class Number(Asked, init=False):
    """A number from `least` to `most`, where these are given."""

    type: Literal["number"] = Field(default="number", alias="answerType")
    least: float | None = None
    most: float | None = None
    whole: bool = False
    unit: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _range_is_possible(self) -> Self:
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"there is no number from {self.least} to {self.most}")
        return self


class Text(Asked, init=False):
    """Text that a person writes."""

    type: Literal["text"] = Field(default="text", alias="answerType")
    longest: int = Field(default=10_000, ge=1, le=LONGEST_ANSWER, strict=True)


class _Labelled(Asked, init=False):
    """Parts of an item, each with a label."""

    labels: _Labels
    most: int = Field(default=100, ge=1, le=1_000, strict=True)

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        _distinct(self.labels)
        return self


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
