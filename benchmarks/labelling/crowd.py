"""A crowd with known skills, and the labels that it gives to items of known truth.

40 % careful, 40 % sloppy, 10 % random, 10 % copying, as everyone takes batches from a task:

    careful   right on 93-98 % of items of usual difficulty
    sloppy    right on 55-80 %
    random    any label
    copying   in league: one of them looks at the items as somebody sloppy does, and not at all at
              half of them; the others give in the same, changed here and there; they take the same
              batches, so that they agree with each other

Items differ: on a part of them (`hard`) everybody is right less often. Whoever errs takes in six of
ten cases the label that the right one is easily taken for, so honest people often err alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.votes import Labels, Votes

KINDS = ("careful", "sloppy", "random", "copying")
PARTS = (0.4, 0.4, 0.1, 0.1)
_RIGHT = {"careful": (0.93, 0.98), "sloppy": (0.55, 0.80)}
_LOOKALIKE = 0.6
_ALTERED = 0.03  # of the answers that copiers have from each other


@dataclass(frozen=True, slots=True)
class Plan:
    """A task and the size of its crowd.

    Attributes:
        hard: the part of the items on which errors are three times as likely.
        gold: the part of the items whose label the owner knows.
    """

    items: int = 1_000
    classes: int = 10
    annotators: int = 20
    answers_per_item: int = 3
    batch: int = 20
    hard: float = 0.15
    gold: float = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What came of a plan.

    Attributes:
        truth: int64 [items].
        kinds: of each annotator.
        batch: the batch of each item, int64 [items].
    """

    votes: Votes
    truth: Labels
    kinds: tuple[str, ...]
    batch: Labels

    def accuracy(self, labels: Labels) -> float:
        """0-1, on the items that are not gold."""
        asked = np.ones(len(self.truth), dtype=bool)
        asked[list(self.votes.gold)] = False
        return float((labels == self.truth)[asked].mean())


def label(plan: Plan, seed: int) -> Labelled:
    """A crowd's votes on a task; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    kinds = crowd_of(plan.annotators)
    truth = rng.integers(0, plan.classes, plan.items)
    lookalike = _lookalikes(plan.classes, rng)
    harder = np.where(rng.random(plan.items) < plan.hard, 3.0, 1.0)
    batch = np.arange(plan.items) // plan.batch
    takers = _takers(kinds, int(batch.max()) + 1, plan.answers_per_item, rng)
    given = _answers(plan, kinds, truth, lookalike, harder, rng)
    columns = [
        (item, who, given[who, item]) for item in range(plan.items) for who in takers[batch[item]]
    ]
    item, who, said = np.array(columns, dtype=np.int64).T
    known = rng.permutation(plan.items)[: int(plan.gold * plan.items)]
    gold = {int(i): int(truth[i]) for i in known}
    votes = Votes(item, who, said, plan.items, plan.annotators, plan.classes, gold)
    return Labelled(votes, truth, kinds, batch)


def crowd_of(annotators: int) -> tuple[str, ...]:
    """The kinds of a crowd of this size, in the parts above."""
    counts = [round(part * annotators) for part in PARTS]
    return tuple(kind for kind, count in zip(KINDS, counts, strict=True) for _ in range(count))


def _lookalikes(classes: int, rng: np.random.Generator) -> Labels:
    """For each label the one that it is easily taken for."""
    apart = rng.integers(1, classes, classes)
    return (np.arange(classes) + apart) % classes


def _answers(
    plan: Plan,
    kinds: tuple[str, ...],
    truth: Labels,
    lookalike: Labels,
    harder: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> Labels:
    """What each would say of each item, int64 [annotators, items]."""
    given = rng.integers(0, plan.classes, (len(kinds), plan.items))
    ring: Labels | None = None
    for who, kind in enumerate(kinds):
        if kind in _RIGHT:
            given[who] = _looked(rng.uniform(*_RIGHT[kind]), truth, lookalike, harder, plan, rng)
        elif kind == "copying":
            if ring is None:
                looked = _looked(
                    rng.uniform(*_RIGHT["sloppy"]), truth, lookalike, harder, plan, rng
                )
                ring = np.where(rng.random(plan.items) < 0.5, looked, given[who])
            given[who] = np.where(rng.random(plan.items) < _ALTERED, given[who], ring)
    return given


def _looked(
    right: float,
    truth: Labels,
    lookalike: Labels,
    harder: npt.NDArray[np.float64],
    plan: Plan,
    rng: np.random.Generator,
) -> Labels:
    """The labels of somebody who looks at the items."""
    errs = rng.random(len(truth)) < np.minimum((1 - right) * harder, 0.8)
    elsewhere = (truth + rng.integers(1, plan.classes, len(truth))) % plan.classes
    confused = np.where(rng.random(len(truth)) < _LOOKALIKE, lookalike[truth], elsewhere)
    return np.where(errs, confused, truth)


def _takers(
    kinds: tuple[str, ...], batches: int, places: int, rng: np.random.Generator
) -> list[list[int]]:
    """Who takes each batch: everyone about as many; the ring keeps together."""
    ring = [who for who, kind in enumerate(kinds) if kind == "copying"]
    others = [who for who, kind in enumerate(kinds) if kind != "copying"]
    taken: list[list[int]] = [[] for _ in range(batches)]
    each = -(-batches * places * len(ring) // (len(kinds) * max(1, min(places, len(ring)))))
    for batch in rng.permutation(batches)[:each]:
        taken[batch] = [int(who) for who in rng.permutation(ring)[:places]]
    load = dict.fromkeys(others, 0)
    for batch in rng.permutation(batches):
        free = places - len(taken[batch])
        order = sorted(rng.permutation(others), key=lambda who: load[int(who)])
        for who in order[:free]:
            taken[batch].append(int(who))
            load[int(who)] += 1
    return taken
