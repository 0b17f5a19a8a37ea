"""Who has answers from whom: equal answers beyond what skill and hard items explain.

Two who are right agree, so agreeing proves nothing. To be wrong alike does, and so does never to
differ where both are known to err. Each pair is asked which explains its votes better:

    apart     each errs by its own confusion matrix, and on some items everybody falls for the same
              trap; how often is learnt from all pairs, so that hard items accuse nobody
    together  on a part of the items one says what the other says

What is true, and how the two err, is judged without them and without anyone who agrees with them
as much as they do with each other: a ring must not vouch for itself. Where nobody is left to judge
by, the prior is all there is, and little is proven.

Source: Dong, Berti-Équille and Srivastava, "Integrating conflicting data: the role of source
dependence", VLDB 2 (2009), with confusion matrices in place of one accuracy, and the traps added.
Nothing tells the copier from the copied: on a chain of commitments nobody can be copied who does
not give his answers away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.dawid_skene import Fit, Priors, clamp, matrices, softmax
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes

LEAST_COMMON = 10  # items; fewer prove nothing
_ENOUGH_COMMON = 30  # items, to tell that somebody agrees with two as much as they with each other
_COPIED = np.array([0.5, 0.7, 0.85, 0.95, 0.99])  # parts of the items that one has from the other
_STEADY = 1e-3
_ROUNDS = 20  # of expectation and maximisation for one annotator
_GOOD = 0.95  # the skill of somebody whom nobody can judge, to the benefit of the doubt
_TRAPS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3])  # parts of items that all err alike on


@dataclass(frozen=True, slots=True)
class Copying:
    """Two annotators whose answers are not their own.

    Attributes:
        first, second: the annotators' numbers.
        common: how many answers of theirs can be compared.
        same: how many of these are equal.
        wrong: how many of the equal ones the others and the gold items contradict, as expected.
        ln_odds: of copying against independence, prior included.
    """

    first: int
    second: int
    common: int
    same: int
    wrong: float
    ln_odds: float


@dataclass(slots=True)
class _Pair:
    """What is counted of a pair: ln P(its votes), for each rate of traps and of copying.

    Attributes:
        like: who agrees with both, on enough items, as much as they do with each other.
    """

    apart: Floats  # [traps]
    together: Floats  # [traps, rates]
    common: int = 0
    same: int = 0
    wrong: float = 0.0
    like: frozenset[int] = frozenset()


def find_copiers(
    columns: Sequence[tuple[Votes, Fit]],
    *,
    prior_odds: float = 0.01,
    least_odds: float = 100.0,
    priors: Priors | None = None,
) -> list[Copying]:
    """Pairs who copy, the surest first.

    Args:
        columns: each question's votes, and what was fitted to them; all of the same annotators.
        prior_odds: that two annotators copy: about as many pairs as there are where one annotator
            in ten does, and all of them in one ring.
        least_odds: below which nobody is accused.
        priors: that the fits were made with.
    """
    pairs: dict[tuple[int, int], _Pair] = {}
    for votes, fitted in columns:
        for key, told in _pairs(votes, fitted, priors or Priors()):
            _add(pairs, key, told)
    pairs = {key: told for key, told in pairs.items() if told.common >= LEAST_COMMON}
    if not pairs:
        return []
    trap = _common_trap(list(pairs.values()))
    found = []
    for (first, second), told in pairs.items():
        gain = _mean_of_exponentials(told.together[trap]) - told.apart[trap]
        ln_odds = float(np.log(prior_odds) + gain)
        if ln_odds >= np.log(least_odds):
            found.append(Copying(first, second, told.common, told.same, told.wrong, ln_odds))
    accused = {(one.first, one.second) for one in found}
    found = [one for one in found if _with_its_ring(one, pairs, accused)]
    return sorted(found, key=lambda c: -c.ln_odds)


def _with_its_ring(
    one: Copying, pairs: Mapping[tuple[int, int], _Pair], accused: Set[tuple[int, int]]
) -> bool:
    """Whether nobody is as like the pair as they are to each other, or whoever is, is accused too.

    Who agrees with both as much as they do with each other does not judge them, being perhaps of
    their ring. If none of these is accused with them, the two merely agree as people do who look,
    and those who did judge them may know too little.
    """
    like = pairs[one.first, one.second].like
    return not like or any(
        (min(who, other), max(who, other)) in accused
        for who in (one.first, one.second)
        for other in like
    )


def _pairs(votes: Votes, fitted: Fit, priors: Priors) -> Iterator[tuple[tuple[int, int], _Pair]]:
    """The evidence about each pair with items in common."""
    same, common = _agreement(votes)
    logits, evidence, known = fitted.logits(votes), fitted.evidence(votes), votes.known()
    rows = [votes.of(annotator) for annotator in range(votes.annotators)]
    for a, b in zip(*np.nonzero(np.triu(common, 1)), strict=True):
        pair = int(a), int(b)
        like = _like(same, common, pair)
        outside = _outside(votes, rows, logits, evidence, known, like, pair)
        told = _weigh(votes, fitted, rows, outside, priors, pair)
        seen = like & (np.minimum(common[a], common[b]) >= _ENOUGH_COMMON)
        told.like = frozenset(int(other) for other in np.flatnonzero(seen)) - {*pair}
        yield pair, told


def _agreement(votes: Votes) -> tuple[Labels, Labels]:
    """How many items each two share, and on how many they agree; int64 [annotators, annotators]."""
    order = np.argsort(votes.item, kind="stable")
    item, who, label = votes.item[order], votes.annotator[order], votes.label[order]
    same = np.zeros((votes.annotators, votes.annotators), dtype=np.int64)
    common = np.zeros_like(same)
    for apart in range(1, int(np.bincount(item).max()) if len(item) else 1):
        both = item[apart:] == item[:-apart]
        first, second = who[:-apart][both], who[apart:][both]
        np.add.at(common, (first, second), 1)
        np.add.at(same, (first, second), label[:-apart][both] == label[apart:][both])
    return same + same.T, common + common.T


def _like(same: Labels, common: Labels, pair: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The pair, and who agrees with both of it as much as they do with each other; [annotators]."""
    a, b = pair
    rate = same[a, b] / common[a, b]
    slack = 2 * np.sqrt(rate * (1 - rate) / common[a, b]) + 1.0 / common[a, b]
    with np.errstate(invalid="ignore"):
        like = (same[a] / common[a] >= rate - slack) & (same[b] / common[b] >= rate - slack)
    like[[a, b]] = True
    return np.asarray(like)


def _outside(
    votes: Votes,
    rows: Sequence[Labels],
    logits: Floats,
    evidence: Floats,
    known: Labels,
    like: npt.NDArray[np.bool_],
    pair: tuple[int, int],
) -> tuple[Labels, Floats]:
    """The items of a pair, and their labels' probabilities by those who are not like it."""
    a, b = pair
    items = np.unique(votes.item[np.concatenate([rows[a], rows[b]])])
    left = logits[items].copy()
    for other in np.flatnonzero(like):
        at = np.searchsorted(items, votes.item[rows[other]])
        at = np.minimum(at, len(items) - 1)
        inside = items[at] == votes.item[rows[other]]
        left[at[inside]] -= evidence[rows[other][inside]]
    posterior = softmax(left)
    clamp(posterior, known[items])
    return items, posterior


def _weigh(
    votes: Votes,
    fitted: Fit,
    rows: Sequence[Labels],
    outside: tuple[Labels, Floats],
    priors: Priors,
    pair: tuple[int, int],
) -> _Pair:
    """A pair's votes by each explanation, each with the skills that serve it best.

    Skills are learnt from those outside, from the usual prior or from one that thinks highly of
    everybody: a pair whom hardly anyone can judge may simply be good. Votes on items that they do
    not share count too, so that nobody is good on the shared items alone.
    """
    one, other = rows[pair[0]], rows[pair[1]]
    shared, first, second = np.intersect1d(votes.item[one], votes.item[other], return_indices=True)
    told: list[_Pair] = []
    for prior in (priors, replace(priors, skill=max(priors.skill, _GOOD))):
        mine, theirs = (_alone(votes, fitted.errors, own, outside, prior) for own in (one, other))
        seen = _explain(
            outside[1][np.searchsorted(outside[0], shared)],
            (votes.label[one[first]], votes.label[other[second]]),
            (mine, theirs),
            fitted.errors,
        )
        elsewhere = _likelihood(votes, np.delete(one, first), outside, mine)
        elsewhere += _likelihood(votes, np.delete(other, second), outside, theirs)
        told.append(replace(seen, apart=seen.apart + elsewhere, together=seen.together + elsewhere))
    usual, good = told
    return replace(
        usual,
        apart=np.maximum(usual.apart, good.apart),
        together=np.maximum(usual.together, good.together),
    )


def _likelihood(votes: Votes, rows: Labels, outside: tuple[Labels, Floats], skill: Floats) -> float:
    """ln P of somebody's votes, where its confusion matrix is known."""
    truth = outside[1][np.searchsorted(outside[0], votes.item[rows])]
    return float(np.log((truth * skill[:, votes.label[rows]].T).sum(axis=1)).sum())


def _explain(
    truth: Floats, labels: tuple[Labels, Labels], skills: tuple[Floats, Floats], errors: Floats
) -> _Pair:
    """Two annotators' labels of the same items, where both skills are known.

    Args:
        truth: the labels' probabilities by those outside, float64 [items, classes].
    """
    (one, other), (mine, theirs) = labels, skills
    equal = (one == other)[:, None]
    alone_one, alone_other = mine[:, one].T, theirs[:, other].T  # [items, right label]
    traps = _TRAPS[:, None, None]
    apart = (1 - traps) * alone_one * alone_other + traps * equal * errors[:, one].T
    copied = equal * (alone_one + theirs[:, one].T) / 2
    rates = _COPIED[:, None, None, None]
    together = rates * copied + (1 - rates) * apart
    return _Pair(
        apart=np.log((truth * apart).sum(axis=-1)).sum(axis=-1),
        together=np.log((truth * together).sum(axis=-1)).sum(axis=-1).T,
        common=len(one),
        same=int(equal.sum()),
        wrong=float((1 - truth[np.arange(len(one)), one])[equal[:, 0]].sum()),
    )


def _alone(
    votes: Votes, errors: Floats, rows: Labels, outside: tuple[Labels, Floats], priors: Priors
) -> Floats:
    """The confusion matrix of somebody, by those outside the pair and its own votes.

    Counting by the outside alone would take every doubt of theirs for an error of its own; so what
    it says is weighed with what they say, until that changes little.
    """
    items, posterior = outside
    label = votes.label[rows]
    truth = posterior[np.searchsorted(items, votes.item[rows])]
    said, ones = np.eye(votes.classes)[label], np.ones(votes.classes)
    # Begun with the prior: votes that nobody outside can judge must not count as errors.
    confusion: Floats = matrices(np.zeros((1, votes.classes, votes.classes)), errors, priors)[0]
    for _ in range(_ROUNDS):
        weighed = truth * confusion.T[label]
        weighed /= (weighed @ ones)[:, None]
        counts = weighed.T @ said
        before, confusion = confusion, matrices(counts[None], errors, priors)[0]
        if np.abs(confusion - before).max() < _STEADY:
            break
    return confusion


def _add(pairs: dict[tuple[int, int], _Pair], key: tuple[int, int], told: _Pair) -> None:
    if (known := pairs.get(key)) is None:
        pairs[key] = told
        return
    known.apart = known.apart + told.apart
    known.together = known.together + told.together
    known.common += told.common
    known.same += told.same
    known.wrong += told.wrong
    known.like &= told.like


def _common_trap(pairs: Sequence[_Pair]) -> int:
    """Which rate of traps explains the pairs best who look most independent, five in six."""
    gains = np.array([_mean_of_exponentials(p.together[1]) - p.apart[1] for p in pairs])
    plain = np.argsort(gains)[: max(1, len(pairs) * 5 // 6)]
    return int(np.sum([pairs[i].apart for i in plain], axis=0).argmax())


def _mean_of_exponentials(logarithms: Floats) -> float:
    """ln of the mean of what these are logarithms of."""
    top = logarithms.max()
    return float(top + np.log(np.exp(logarithms - top).mean()))
