"""Actions about what was answered in annotation tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dml_sdk.actions.base import Action, Units, assign, number_of, score_of
from dml_sdk.arguments import MOST_ID, require_whole
from dml_sdk.chain.accounts import address_of
from dml_sdk.measures import BILLION, Number, part_from, parts_of, plain
from dml_sdk.types import short_address


@dataclass(frozen=True, slots=True)
class SettleAnnotation(Action):
    """Decide what an annotator's answers to a batch earn: `points * score * reward per point`.

    Be they disputed, reported or not judged yet. Pays once, whatever was found of them before.

    Attributes:
        task: an annotation task, or its id.
        batch: the number of the batch within the task; the first is 0.
        who: whose answers; an account or an address.
        points: what the questions that were to be answered are worth together.
        score: how well they were answered, 0-1.
        slash: the part, 0-1, that is taken of what the account has at stake as annotator.
    """

    task: int
    batch: int
    who: str
    points: int
    score: Number
    slash: Number = 0

    def __post_init__(self) -> None:
        assign(
            self,
            task=number_of(self, "task", self.task),
            batch=require_whole("batch", self.batch, most=MOST_ID),
            who=address_of(self.who),
            points=require_whole("points", self.points, most=MOST_ID),
            score=score_of("score", self.score),
            slash=score_of("slash", self.slash),
        )

    def arguments(self, units: Units) -> dict[str, Any]:
        return {
            "task": self.task,
            "batch": self.batch,
            "who": self.who,
            "points": self.points,
            "score": parts_of(self.score, BILLION),
            "slash": parts_of(self.slash, BILLION),
        }

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SettleAnnotation:
        return cls(
            told["task"],
            told["batch"],
            told["who"],
            told["points"],
            part_from(told["score"], BILLION),
            part_from(told["slash"], BILLION),
        )

    def __str__(self) -> str:
        whose = short_address(self.who)
        said = (
            f"Pay {whose} {self.points} points at a score of {plain(self.score)} for batch "
            f"{self.batch} of task {self.task}"
        )
        slashed = f", and slash {plain(self.slash)} of what {whose} has at stake as annotator"
        return said + (slashed if self.slash else "")
