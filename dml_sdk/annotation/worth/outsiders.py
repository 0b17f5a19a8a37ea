"""Those who judge whether a pair copies: how far they can be relied on, and what they say is right.

They are fitted by themselves (`dawid_skene`), and each is held against all others of them: who is
not right beyond chance there, or by gold, has no say in who may be trusted. Their own pairs tell
how often independent people are wrong alike in this task, as hard items make them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.bounds import wilson
from dml_sdk.annotation.worth.dawid_skene import Priors, clamp, fit, softmax
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes, answered, in_common

TRAPS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3])  # parts of items that all err alike on
_COPIED = np.array([0.5, 0.7, 0.85, 0.95, 0.99])  # parts of the items that one has from the other
_ROUNDS = 50  # of the fit: enough to judge by, where crowds are large
_LEAST_ITEMS = 20
_LEAST_KAPPA = 0.2
_LEAST_COMMON = 10
_Z = 1.645
_MEDIAN_DEVIATION = 1.4826  # of a normal distribution: its standard deviation in these


@dataclass(frozen=True, slots=True)
class Both:
    """The labels that two annotators gave to the same items.

    Attributes:
        item, one, other: int64 [n].
    """

    item: Labels
    one: Labels
    other: Labels


def both(votes: Votes, one: Labels, other: Labels) -> Both:
    """What two say of the items that they share.

    Args:
        one, other: the rows of their votes.
    """
    item, first, second = np.intersect1d(
        votes.item[one], votes.item[other], assume_unique=True, return_indices=True
    )
    return Both(item, votes.label[one[first]], votes.label[other[second]])


@dataclass(slots=True)
class Told:
    """What is counted of a pair; sums are of several questions.

    Attributes:
        apart: ln P(its votes) if each errs for itself, for each rate of traps, [traps].
        together: the same if one has a part of them from the other, [traps, rates].
        common, same: items of both, and those with equal answers.
        expected, variance: of the equal ones, if each errs for itself and there is no trap.
    """

    apart: Floats
    together: Floats
    common: int
    same: int
    expected: float
    variance: float

    def __add__(self, other: Told) -> Told:
        return Told(
            self.apart + other.apart,
            self.together + other.together,
            self.common + other.common,
            self.same + other.same,
            self.expected + other.expected,
            self.variance + other.variance,
        )

    @property
    def excess(self) -> float:
        """Standard deviations of agreement above what is expected."""
        return (self.same - self.expected) / float(np.sqrt(self.variance + 1.0))


def explain(truth: Floats, said: Both, mine: Floats, theirs: Floats, errors: Floats) -> Told:
    """A pair's votes by both explanations, where both skills are known.

    Args:
        truth: the labels' probabilities by all others, float64 [n, classes].
        mine, theirs: confusion matrices, float64 [right, given].
        errors: what is said by those who err, float64 [right, given].
    """
    equal = (said.one == said.other)[:, None]
    alone_one, alone_other = mine[:, said.one].T, theirs[:, said.other].T  # [items, right label]
    traps = TRAPS[:, None, None]
    apart = (1 - traps) * alone_one * alone_other + traps * equal * errors[:, said.one].T
    copied = equal * (alone_one + theirs[:, said.one].T) / 2
    rates = _COPIED[:, None, None, None]
    together = rates * copied + (1 - rates) * apart
    likely = truth @ (mine * theirs).sum(axis=1)
    return Told(
        apart=np.log((truth * apart).sum(axis=-1)).sum(axis=-1),
        together=np.log((truth * together).sum(axis=-1)).sum(axis=-1).T,
        common=len(said.item),
        same=int(equal.sum()),
        expected=float(likely.sum()),
        variance=float((likely * (1 - likely)).sum()),
    )


class Outsiders:
    """The judges of a pair.

    Attributes:
        fits: consensus and confusion matrices of theirs alone, one a question.
        seen: the items that any of them has voted on, or whose label is known, bool [items] each.
        trusted: who is right beyond chance by the others or by gold, bool [annotators].
        right: how many items of the trusted are right by the others, and of how many; of several
            labels each is a part of one item.
        gold: the same of gold answers.
        trap: which rate of traps explains their own pairs best.
        usual_rate: how often the usual pair of theirs agrees, 0-1.
        usual, spread: of the excess of agreement among their own pairs, median and robust standard
            deviation (1 at least, which is that of chance).
    """

    def __init__(self, columns: Sequence[Votes], priors: Priors) -> None:
        self._columns = columns
        self.fits = [fit(votes, priors=priors, most_iterations=_ROUNDS) for votes in columns]
        self._logits = [f.logits(votes) for f, votes in zip(self.fits, columns, strict=True)]
        self._evidence = [f.evidence(votes) for f, votes in zip(self.fits, columns, strict=True)]
        self._known = [votes.known() for votes in columns]
        self.seen: list[npt.NDArray[np.bool_]] = []
        for votes, known in zip(columns, self._known, strict=True):
            seen = known >= 0
            seen[votes.item] = True
            self.seen.append(seen)
        people = range(columns[0].annotators)
        self._rows = [[votes.of(who) for who in people] for votes in columns]
        counted = np.array([self._right(who) for who in people])  # right, by chance, items
        self.trusted: npt.NDArray[np.bool_] = np.array([_trusted(*one) for one in counted])
        whole = counted[self.trusted].sum(axis=0) if self.trusted.any() else np.zeros(3)
        self.right = float(whole[0]), float(whole[2])
        self.gold = self._of_gold()
        pairs = self._own_pairs()
        self.trap = int(np.sum([told.apart for told in pairs], axis=0).argmax()) if pairs else 0
        rates = [told.same / told.common for told in pairs]
        self.usual_rate = float(np.median(rates)) if rates else 1.0
        excess = np.array([told.excess for told in pairs] or [0.0])
        self.usual = float(np.median(excess))
        deviation = _MEDIAN_DEVIATION * float(np.median(np.abs(excess - self.usual)))
        self.spread = max(deviation, 1.0)

    def posterior(self, at: int, items: Labels) -> Floats:
        """What is right of items of a question, float64 [n, classes]."""
        return np.asarray(self.fits[at].posterior[items])

    def _without(self, at: int, items: Labels, *rows: Labels) -> Floats:
        """The same by all of them but those whose votes on just these items are given."""
        left = self._logits[at][items]
        for own in rows:
            left = left - self._evidence[at][own]
        posterior = softmax(left)
        clamp(posterior, self._known[at][items])
        return posterior

    def _right(self, who: int) -> tuple[float, float, int]:
        """How many items of one are right by the others, how many by chance, and of how many."""
        right, chance, votes = 0.0, 0.0, 0
        met = np.zeros(self._columns[0].items, dtype=bool)
        for at, column in enumerate(self._columns):
            rows = self._rows[at][who]
            if not len(rows):
                continue
            truth = self._without(at, column.item[rows], rows)
            given = np.bincount(column.label[rows], minlength=column.classes)
            right += float(truth[np.arange(len(rows)), column.label[rows]].sum())
            chance += float(given @ truth.sum(axis=0)) / len(rows)
            votes += len(rows)
            met[column.item[rows]] = True
        items = int(met.sum())
        part = items / max(votes, 1)
        return right * part, chance * part, items

    def _of_gold(self) -> tuple[float, float]:
        right = asked = 0
        met = np.zeros((self._columns[0].annotators, self._columns[0].items), dtype=bool)
        for column, known in zip(self._columns, self._known, strict=True):
            rows = np.flatnonzero(self.trusted[column.annotator] & (known[column.item] >= 0))
            right += int((column.label[rows] == known[column.item[rows]]).sum())
            asked += len(rows)
            met[column.annotator[rows], column.item[rows]] = True
        items = float(met.sum())
        return right * items / max(asked, 1), items

    def _own_pairs(self) -> list[Told]:
        """What independent people's pairs come to: those of all who are trusted."""
        people = np.flatnonzero(self.trusted)
        common = in_common(answered(self._columns))[1][np.ix_(people, people)]
        enough = np.argwhere(np.triu(common >= _LEAST_COMMON, 1))
        pairs = (self._own_pair(int(people[a]), int(people[b])) for a, b in enough)
        return [told for told in pairs if told is not None]

    def _own_pair(self, one: int, other: int) -> Told | None:
        whole: Told | None = None
        for at, (column, fitted) in enumerate(zip(self._columns, self.fits, strict=True)):
            rows = self._rows[at][one], self._rows[at][other]
            items, first, second = np.intersect1d(
                column.item[rows[0]], column.item[rows[1]], True, return_indices=True
            )
            if not len(items):
                continue
            mine, theirs = rows[0][first], rows[1][second]
            told = explain(
                self._without(at, items, mine, theirs),
                Both(items, column.label[mine], column.label[theirs]),
                fitted.confusion[one],
                fitted.confusion[other],
                fitted.errors,
            )
            whole = told if whole is None else whole + told
        return whole


def _trusted(right: float, chance: float, items: float) -> bool:
    if items < _LEAST_ITEMS:
        return False
    least, blind = wilson(right / items, items, -_Z), chance / items
    return blind < 1 and (least - blind) / (1 - blind) > _LEAST_KAPPA
