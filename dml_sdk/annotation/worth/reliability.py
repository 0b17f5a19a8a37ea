"""Who can be relied on: consensus, copiers and each annotator's standing, from votes alone.

A ring that votes as several looks reliable until it is known for one voice. So copiers are looked
for first, each pair judged by those outside it, and labels are fitted to what is left: whoever's
answers depend on each other are one annotator there, whether or not more than that is proven.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from dml_sdk.annotation.worth.bounds import kappa, wilson
from dml_sdk.annotation.worth.copying import Copying, connected, find_copiers
from dml_sdk.annotation.worth.dawid_skene import Fit, Priors, clamp, fit, softmax
from dml_sdk.annotation.worth.outsiders import both
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes, answered
from dml_sdk.errors import UsageError

_CLEAR = 6.0  # standard deviations of dependence on the consensus, where nobody else is asked
_ENOUGH = 30  # items, to tell whether one depends on another


@dataclass(frozen=True, slots=True)
class Habit:
    """What an annotator says most, on one question or on all.

    Attributes:
        votes: how many labels it gave.
        items: of how many items. The labels of one answer, as the options of a choice of several,
            hang on each other, so this is how often it was seen to do something.
        commonest: the part of its labels that give its commonest label, 0-1.
        common: the part of the same items for which that label is right, 0-1.
    """

    votes: int
    items: int
    commonest: float
    common: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What an annotator's labels are worth, over all questions.

    Attributes:
        votes: how many labels it gave.
        items: of how many items, as `Habit.items`.
        accuracy: the part of them that is right, as expected under the consensus, 0-1.
        chance: the part that would be right if it said the same as often, but of any item, 0-1.
        dependence: how much what it says depends on what is right by the others, or on what one of
            them says, in standard deviations of somebody with whom it does not.
        gold: of how many of its items the owner knows what is right.
        habits: what it says most: on all questions together, then on each that it answered.
    """

    votes: int
    items: int
    accuracy: float
    chance: float
    dependence: float
    gold: int
    habits: tuple[Habit, ...]

    @property
    def kappa(self) -> float:
        """Cohen's kappa against the consensus: 1 always right, 0 as good as chance."""
        return kappa(self.accuracy, self.chance)

    @property
    def kappa_at_most(self) -> float:
        """The same at the upper end of what its number of items leaves open (99.9 %, one-sided).

        By Wilson's interval, Journal of the American Statistical Association 22 (1927).
        """
        return kappa(wilson(self.accuracy, self.items, 3.09), self.chance)


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What was learnt from the votes on all questions.

    Attributes:
        fits: consensus and confusion matrices, one a question.
        right: the probability that each vote is right, one float64 [n] a question.
        copying: pairs whose answers depend on each other, the surest first; proven or not.
        group: for each annotator the one that stands for all whose answers depend on its own, and
            who have one voice together; int64 [annotators].
        standings: one an annotator.
    """

    fits: tuple[Fit, ...]
    right: tuple[Floats, ...]
    copying: tuple[Copying, ...]
    group: Labels
    standings: tuple[Standing, ...]

    def ring_of(self, annotator: int) -> tuple[int, ...]:
        """Those with whom an annotator is proven to have answers in common; none where it is not.

        Each of a ring is proven to be like the same one.
        """
        return tuple(
            sorted(
                pair.first + pair.second - annotator
                for pair in self.copying
                if pair.proven and annotator in (pair.first, pair.second)
            )
        )


def assess(columns: Sequence[Votes], *, priors: Priors | None = None) -> Reliability:
    """Consensus, copiers and standings.

    Args:
        columns: the votes on each question, of the same items by the same annotators; at least
            one question.

    Raises:
        UsageError: no question, or the numbers of annotators or items differ.
    """
    if not columns:
        raise UsageError("There is no question whose answers are labels: nothing can be learnt.")
    annotators, items = columns[0].annotators, columns[0].items
    if any((votes.annotators, votes.items) != (annotators, items) for votes in columns):
        raise UsageError("The questions' votes number their annotators or items differently.")
    copying = find_copiers(columns, priors=priors)
    group = _grouped(annotators, copying)
    voices = [votes.merged(group) for votes in columns]
    fits = [fit(votes, priors=priors) for votes in voices]
    right = [f.posterior[v.item, v.label] for v, f in zip(columns, fits, strict=True)]
    varies = any(_varies(votes, f) for votes, f in zip(columns, fits, strict=True))
    standings = _standings(columns, voices, fits, right, group, varies)
    return Reliability(tuple(fits), tuple(right), tuple(copying), group, standings)


def _grouped(annotators: int, pairs: Sequence[Copying]) -> Labels:
    """The lowest number of all that each annotator is in a pair with, directly or not."""
    group = np.arange(annotators)
    for who, stands_for_it in connected([(c.first, c.second) for c in pairs]).items():
        group[who] = stands_for_it
    return group


def _varies(votes: Votes, fitted: Fit) -> bool:
    """Whether the consensus gives items different labels."""
    return len(np.unique(fitted.posterior[votes.item].argmax(axis=1))) > 1


def _standings(
    columns: Sequence[Votes],
    voices: Sequence[Votes],
    fits: Sequence[Fit],
    right: Sequence[Floats],
    group: Labels,
    varies: bool,
) -> tuple[Standing, ...]:
    others = [_others(v, f, group) for v, f in zip(voices, fits, strict=True)]
    known = [votes.known() for votes in columns]
    whose = answered(columns)
    told_of = np.any([right_one >= 0 for right_one in known], axis=0)
    standings = []
    for annotator in range(columns[0].annotators):
        correct, chance = 0.0, 0.0
        counted: list[_Counted] = []
        for column, fitted, likely, told in zip(columns, fits, right, others, strict=True):
            rows = column.of(annotator)
            if not len(rows):
                continue
            given = np.bincount(column.label[rows], minlength=column.classes)
            truth = fitted.posterior[column.item[rows]].sum(axis=0)
            correct += float(likely[rows].sum())
            chance += float(given @ truth) / len(rows)
            statistic, freedom = _dependence(column.label[rows], told(annotator, column.item[rows]))
            common = float(truth[given.argmax()])
            counted.append(_Counted(len(rows), float(given.max()), common, statistic, freedom))
        own = whose.item[whose.of(annotator)]
        whole = sum(counted, _Counted())
        dependence = whole.dependence
        if dependence < _CLEAR:
            dependence = max(dependence, _on_somebody(columns, annotator, group))
        # Where nothing varies chance has nothing to say: who agrees has agreed.
        blind = chance if varies else 0.0
        total = max(whole.votes, 1)
        habits = (
            whole.habit(len(own)),
            *(one.habit(one.votes) for one in counted),
        )
        parts = correct / total, blind / total
        gold = int(told_of[own].sum())
        standings.append(Standing(whole.votes, len(own), *parts, dependence, gold, habits))
    return tuple(standings)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted of an annotator's votes on a question; sums are of several questions."""

    votes: int = 0
    commonest: float = 0.0
    common: float = 0.0
    statistic: float = 0.0
    freedom: int = 0

    def __add__(self, other: _Counted) -> _Counted:
        return _Counted(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def dependence(self) -> float:
        return _deviation(self.statistic, self.freedom)

    def habit(self, items: int) -> Habit:
        total = max(self.votes, 1)
        return Habit(self.votes, items, self.commonest / total, self.common / total)


def _on_somebody(columns: Sequence[Votes], annotator: int, group: Labels) -> float:
    """How much what one says depends on what another says, of the other where it does most.

    Where most have no idea what is right, two who have depend on each other nevertheless.
    """
    counted = np.zeros((len(group), 2))
    for column in columns:
        own = column.of(annotator)
        for other in np.flatnonzero(group != group[annotator]):
            said = both(column, own, column.of(int(other)))
            if len(said.item) >= _ENOUGH:
                counted[other] += _dependence(said.one, np.eye(column.classes)[said.other])
    return max((_deviation(statistic, int(freedom)) for statistic, freedom in counted), default=0.0)


def _others(voices: Votes, fitted: Fit, group: Labels) -> Callable[[int, Labels], Floats]:
    """What is right of items by all but an annotator and its ring; float64 [items, classes]."""
    logits, evidence, known = fitted.logits(voices), fitted.evidence(voices), voices.known()

    def told(annotator: int, items: Labels) -> Floats:
        left = logits.copy()
        rows = voices.of(int(group[annotator]))
        left[voices.item[rows]] -= evidence[rows]
        posterior = softmax(left[items])
        clamp(posterior, known[items])
        return posterior

    return told


def _dependence(given: Labels, outside: Floats) -> tuple[float, int]:
    """The chi-squared statistic of labels against what is right by others, and its freedom.

    Pearson's for a contingency table, with probabilities in the place of counts: under
    independence each cell is a sum over random positions, whose variance is known exactly.
    """
    n, classes = outside.shape
    if n < 2:
        return 0.0, 0
    said = np.eye(classes)[given]
    centred, spread = outside - outside.mean(axis=0), said - said.mean(axis=0)
    covariance = centred.T @ spread
    scale = np.outer((centred**2).sum(axis=0), (spread**2).sum(axis=0)) / (n - 1)
    seen = scale > 1e-9
    rows, columns = seen.any(axis=1).sum(), seen.any(axis=0).sum()
    if rows < 2 or columns < 2:
        return 0.0, 0
    # As in Pearson's statistic, cells weigh by what is left of their row's and column's part.
    left = np.outer(1 - outside.mean(axis=0), 1 - said.mean(axis=0))
    statistic = float((covariance**2 / np.where(seen, scale, 1.0) * left * seen).sum())
    return statistic, int((rows - 1) * (columns - 1))


def _deviation(statistic: float, freedom: int) -> float:
    """A chi-squared statistic in standard deviations (Wilson and Hilferty 1931)."""
    if not freedom:
        return 0.0
    part = 2.0 / (9.0 * freedom)
    return (math.cbrt(statistic / freedom) - (1 - part)) / math.sqrt(part)
