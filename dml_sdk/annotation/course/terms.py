"""On which terms a task asks and pays, in people's words: in the pool's asset, times as such.

Read from the chain; what follows from them, such as when the time to score is over, is the chain's
own word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dml_sdk.locations import Document
from dml_sdk.measures import time_from
from dml_sdk.types import Amount, Asset, from_ms

TaskState = Literal["open", "revealing", "scoring", "disputes", "ended", "closed"]
"""Batches are given out; answers that were fixed are shown; they are judged; judgements can be
disputed; all is decided; and what was left has gone back to the pool."""


@dataclass(frozen=True, slots=True)
class TaskTerms:
    """What is asked of whom, and what it pays.

    Attributes:
        items: how many there are.
        batch_size: how many items a batch has; the last one has what is left.
        batches: how many there are.
        answers_per_item: how many annotators are to answer each.
        points_per_item: the most that the answers to an item are worth.
        reward_per_point: what a point pays.
        set_aside: what all answers together can pay at most.
        stake: what an annotator must have at stake in that role.
        max_items: how many items one annotator is given at most, answered or not.
        lease: how long an annotator may hold a batch.
        deadline: from then on no batch is taken and nothing committed.
        reveal_until: until then answers can be revealed,
        score_until: scored, or reported; those that nobody judges earn their full points.
        ends: from then on nothing can change what answers earn.
        dispute: how long a score can be disputed.
        validators: addresses of those who score beside the owner.
        questionnaire, manifest, policy: where these documents are.
    """

    items: int
    batch_size: int
    batches: int
    answers_per_item: int
    points_per_item: int
    reward_per_point: Amount
    set_aside: Amount
    stake: Amount
    max_items: int
    lease: timedelta
    deadline: datetime
    reveal_until: datetime
    score_until: datetime
    ends: datetime
    dispute: timedelta
    validators: tuple[str, ...]
    questionnaire: Document
    manifest: Document
    policy: Document

    @classmethod
    def decoded(cls, told: Mapping[str, Any], asset: Asset) -> TaskTerms:
        """As the runtime's `task` tells them."""
        task = told["task"]
        terms = task["terms"]
        return cls(
            items=terms["item_count"],
            batch_size=terms["batch_size"],
            batches=told["batches"],
            answers_per_item=terms["answers_per_item"],
            points_per_item=terms["points_per_item"],
            reward_per_point=Amount(terms["reward_per_point"], asset),
            set_aside=Amount(task["set_aside"], asset),
            stake=Amount(terms["minimum_stake"], asset),
            max_items=terms["maximum_items"],
            lease=time_from(terms["lease_ms"]),
            deadline=from_ms(terms["deadline_ms"]),
            reveal_until=from_ms(told["reveal_until_ms"]),
            score_until=from_ms(told["score_until_ms"]),
            ends=from_ms(told["ends_ms"]),
            dispute=time_from(terms["dispute_ms"]),
            validators=tuple(terms["validators"]),
            questionnaire=Document.decoded(terms["questionnaire"]),
            manifest=Document.decoded(terms["items"]),
            policy=Document.decoded(terms["policy"]),
        )

    def items_of(self, batch: int) -> range:
        """The numbers of a batch's items."""
        first = batch * self.batch_size
        return range(first, min(first + self.batch_size, self.items))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task has come; an answer is one annotator's to one batch.

    Attributes:
        wanted: how many answers the task wants in all.
        committed, revealed, settled: how many are fixed, shown, and paid or found worthless.
        paid: what was paid.
        remaining: what can still be paid.
    """

    wanted: int
    committed: int
    revealed: int
    settled: int
    paid: Amount
    remaining: Amount

    @classmethod
    def decoded(cls, told: Mapping[str, Any], asset: Asset) -> Progress:
        """As the runtime's `task` tells it."""
        task = told["task"]
        return cls(
            wanted=told["batches"] * task["terms"]["answers_per_item"],
            committed=task["committed"],
            revealed=task["revealed"],
            settled=task["settled"],
            paid=Amount(task["paid"], asset),
            remaining=Amount(told["remaining"], asset),
        )

    def __str__(self) -> str:
        return (
            f"{self.committed:,} of {self.wanted:,} answers given, {self.revealed:,} shown, "
            f"{self.settled:,} settled; {self.paid} paid, {self.remaining} left"
        )


def state_of(told: Mapping[str, Any], now_ms: int) -> TaskState:
    """Where a task, as the runtime's `task` tells it, is in its life."""
    if told["task"]["state"] != "Open":
        return "closed"
    stages: tuple[tuple[TaskState, int], ...] = (
        ("open", told["task"]["terms"]["deadline_ms"]),
        ("revealing", told["reveal_until_ms"]),
        ("scoring", told["score_until_ms"]),
        ("disputes", told["ends_ms"]),
    )
    return next((state for state, until_ms in stages if now_ms < until_ms), "ended")
