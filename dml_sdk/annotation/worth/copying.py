"""Who has answers from whom: equal answers beyond what skill and hard items explain.

Two who are right agree, so agreeing proves nothing. To be wrong alike does, if those who say what
is wrong can be relied on. So each pair is judged by outsiders: all but the pair and whoever agrees
with one of them nearly as much as they do with each other, for a ring must not vouch for itself.
Nobody is judged at all unless these outsiders are shown to be reliable: by gold answers, where they
do clearly better than the pair; or, without gold, three of them at least who agree beyond chance,
each held against the others, are right clearly more often than the pair, and are six at least where
it has answers in common, and more than are like it. Outsiders as like each other as the pair is are
one voice there: they may be the ring. Among equals, where spammers are all that is left, or
where half of the crowd would be found out, nothing is proven without gold.

Then two explanations of a pair's votes are weighed, with what is true left as open as the outsiders
leave it:

    apart     each errs by its own confusion matrix, and on some items everybody falls for the same
              trap; how often is learnt from the outsiders' own pairs
    together  on a part of the items one says what the other says

A pair is alike where the second is likelier by far, and the pair stands out from the outsiders'
pairs, which fall for the same hard items: by a robust z, with a correction for all pairs that were
looked at. Being alike costs nobody anything; in the consensus their votes count as one. To be
proven, copying must also be near-identity: where one of the two errs, both say the same nearly
always. What is counted is items: the labels of one answer, as the options of a choice of several,
hang on each other, so each of them is a part of one count. People who read a part of the items in a
way of their own are alike there and err each for itself elsewhere, which proves nothing. (Two who
do so and hardly ever err elsewhere, where others err more, have given the same answers as copiers
would: nothing tells them apart.)

Sources: Dong, Berti-Équille and Srivastava, "Integrating conflicting data: the role of source
dependence", VLDB 2 (2009), for the odds, with confusion matrices in place of one accuracy, and the
traps added. Wollack, "A nominal response model approach for detecting answer copying", Applied
Psychological Measurement 21 (1997), and van der Linden and Sotaridona, "Detecting answer copying
when the regular response process follows a known response model", Journal of Educational and
Behavioral Statistics 31 (2006), for counting equal answers against what each one's skill leads to
expect, which is the z. Iglewicz and Hoaglin, "How to detect and handle outliers" (1993), for its
median and absolute deviations; Wilson, Journal of the American Statistical Association 22 (1927),
for the bound of identity. Nothing tells the copier from the copied: on a chain of commitments
nobody can be copied who does not give his answers away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.bounds import apart, wilson
from dml_sdk.annotation.worth.dawid_skene import Priors
from dml_sdk.annotation.worth.outsiders import Outsiders, Told, both
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes, answered, in_common
from dml_sdk.annotation.worth.weighing import weigh

LEAST_COMMON = 10  # items; fewer prove nothing
LEAST_ALIKE = 0.8  # of the common items, from which a pair is looked at
_NEARLY = 0.9  # who agrees with one of a pair so much of what they agree is no outsider
LEAST_IDENTITY = 0.8  # of the items where one of them errs, at the lower end of what is left open
_IDENTITY_Z = 1.645
_ENOUGH_ERRS = 40  # such items: of fewer one pair in a hundred comes to it by luck
_GLANCE = 0.6  # the same by the plain majority of the outsiders, to be looked at closely
_LEAST_ERRS = 3
_LEAST_WRONG = 2
_MUCH_COMMON = 30
_CERTAIN = 0.7  # the probability from which outsiders say that an answer is wrong
_BY_CHANCE = 0.001  # how likely one of all pairs is to stand out by chance
_ENOUGH_COMMON = 50  # items, to take two outsiders for one voice
_BETTER = 2.33  # standard deviations by which outsiders are right more often than a pair
_PERHAPS_BETTER = 1.0
_LEAST_GOLD = 5
_RING_COMMON = 40  # items, and the rest of what a ring has to come to by gold
_RING_ALIKE = 0.88
_RING_ERRS = 5
_RING_IDENTITY = 0.9
_LEAST_VOICES = 3  # without gold
LEAST_WITNESSES = 6  # likewise, who answer what a pair has in common
_LEAST_BY_GOLD = 2


@dataclass(frozen=True, slots=True)
class Copying:
    """Two annotators whose answers depend on each other.

    Attributes:
        first, second: the annotators' numbers.
        common: how many items both have answered.
        same: on how many of these they say the same; of several labels each is a part of one.
        judged: of how many of them outsiders or gold say anything.
        errs: on how many of them one of the two is wrong by outsiders or gold.
        wrong: on how many of these they are equal, likewise in parts.
        z: standard deviations by which they agree more than the outsiders' pairs do.
        ln_odds: of copying against independence, prior included.
        outdone: standard deviations by which the outsiders are right more often than the pair.
        by_gold: whether the outsiders are known to be more often right by gold answers.
        proven: whether it is near-identity, for which award and stake may be lost; else their votes
            count as one, and nothing more.
    """

    first: int
    second: int
    common: int
    same: float
    judged: int
    errs: int
    wrong: float
    z: float
    ln_odds: float
    outdone: float
    by_gold: bool
    proven: bool


def find_copiers(
    columns: Sequence[Votes],
    *,
    prior_odds: float = 0.01,
    least_odds: float = 1_000.0,
    priors: Priors | None = None,
) -> list[Copying]:
    """Pairs whose answers depend on each other, the surest first.

    Args:
        columns: each question's votes, all of the same items by the same annotators.
        prior_odds: that two annotators copy: about as many pairs as there are where one annotator
            in ten does, and all of them in one ring.
        least_odds: below which a pair is independent.
        priors: see `Priors`.
    """
    crowd = _Crowd(columns, priors or Priors(), prior_odds)
    if not crowd.tested:
        return []
    least_z = NormalDist().inv_cdf(1 - _BY_CHANCE / crowd.tested)
    told = [one for pair in crowd.candidates() if (one := crowd.judged(pair)) is not None]
    found = [one for one in told if one.ln_odds >= np.log(least_odds) and one.z >= least_z]
    return sorted(_with_rings(_of_few(found, columns[0].annotators)), key=lambda c: -c.ln_odds)


def _of_few(found: Sequence[Copying], annotators: int) -> list[Copying]:
    """The pairs; without those that gold does not tell where these would be half of the crowd.

    A ring that fills some batches is the majority there, and makes all others look alike: what most
    people would be found to do was found by the wrong ones.
    """
    told = {who for one in found if not one.by_gold for who in (one.first, one.second)}
    return [one for one in found if one.by_gold or 2 * len(told) < annotators]


def _with_rings(found: Sequence[Copying]) -> list[Copying]:
    """The pairs, where those of a ring that gold gives away are proven together.

    A ring that fills batches by itself meets nothing there but the gold answers, too few of each
    pair for a bound. What all its pairs say together has to be near-identity as well, on all items
    as on those where one errs. In a ring of n each annotator's items are there in n - 1 pairs.
    """
    rings = connected([(one.first, one.second) for one in found])
    told = []
    for one in found:
        ring = [other for other in found if rings[other.first] == rings[one.first]]
        others = len({who for c in ring for who in (c.first, c.second)}) - 1
        common, same, errs, wrong = (
            sum(counts) / others
            for counts in zip(*((c.common, c.same, c.errs, c.wrong) for c in ring), strict=True)
        )
        given_away = (
            any(c.by_gold for c in ring)
            and sum(c.judged for c in ring) * 2 < sum(c.common for c in ring)
            and common >= _RING_COMMON
            and errs >= _RING_ERRS
            and wrong / errs >= _RING_IDENTITY
            and wilson(same / common, common, -_IDENTITY_Z) >= _RING_ALIKE
        )
        told.append(replace(one, proven=True) if given_away else one)
    return told


def connected(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The lowest number of all that each is in a pair with, directly or not."""
    group = {who: who for pair in pairs for who in pair}
    for one, other in pairs:
        low, high = sorted((group[one], group[other]))
        group = {who: low if at == high else at for who, at in group.items()}
    return group


class _Crowd:
    """All votes, and how far each two agree.

    Attributes:
        tested: how many pairs have enough in common.
    """

    def __init__(self, columns: Sequence[Votes], priors: Priors, prior_odds: float) -> None:
        self._columns, self._priors, self._prior_odds = columns, priors, prior_odds
        agreed = [in_common(votes) for votes in columns]
        same: Labels = np.sum([one for one, _ in agreed], axis=0)
        compared: Labels = np.sum([common for _, common in agreed], axis=0)
        self._common: Labels = in_common(answered(columns))[1]
        self._rate: Floats = same / np.maximum(compared, 1)
        self._seen: npt.NDArray[np.bool_] = self._common >= LEAST_COMMON
        self.tested = int(np.triu(self._seen, 1).sum())
        self._tallies = [votes.tally() for votes in columns]
        people = range(columns[0].annotators)
        self._rows = [[votes.of(who) for who in people] for votes in columns]
        self._heard: dict[tuple[bytes, bytes], Outsiders] = {}

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Pairs who agree so much that they may be copies."""
        looked_at = np.triu(self._seen & (self._rate >= LEAST_ALIKE), 1)
        yield from ((int(a), int(b)) for a, b in zip(*np.nonzero(looked_at), strict=True))

    def judged(self, pair: tuple[int, int]) -> Copying | None:
        """What outsiders say of a pair; None where they cannot be relied on, or see nothing."""
        close = self._close(pair)
        if (~close).sum() < _LEAST_BY_GOLD or self._at_a_glance(pair, close) < _GLANCE:
            return None
        outsiders = self._outsiders(close, np.arange(len(close)))
        gold = self._of_gold(pair)
        enough = min(gold[1], outsiders.gold[1]) >= _LEAST_GOLD
        better = apart(outsiders.gold, gold) if enough else 0.0
        if better <= -_BETTER:
            return None
        if outsiders.trusted.sum() >= _LEAST_BY_GOLD and better >= _BETTER:
            return self._weighed(pair, outsiders, by_gold=True)
        voices = self._outsiders(close, self._voices(pair, close))
        if voices.trusted.sum() >= _LEAST_VOICES and self._witnessed(pair, close):
            told = self._weighed(pair, voices, by_gold=False)
            seen = told.wrong >= max(_LEAST_WRONG, _GLANCE * told.errs)
            return told if seen and told.outdone >= 0 else None
        if outsiders.trusted.sum() >= _LEAST_BY_GOLD and better >= _PERHAPS_BETTER:
            # Enough to count them as one, and never to accuse them.
            return replace(self._weighed(pair, outsiders, by_gold=False), proven=False)
        return None

    def _close(self, pair: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """The pair, and who agrees with one of it nearly as much as they do with each other."""
        bar = _NEARLY * self._rate[pair]
        near = self._seen & (self._rate >= bar)
        close = near[pair[0]] | near[pair[1]]
        close[list(pair)] = True
        return np.asarray(close)

    def _witnessed(self, pair: tuple[int, int], close: npt.NDArray[np.bool_]) -> bool:
        """Whether more outsiders answer what a pair has in common than are close to it, and many.

        Without gold two blocs tell the same of each other, and the smaller one may be the ring: it
        has no say about whether most people are one voice, nor where it fills a batch.
        """
        heard = np.minimum(self._common[pair[0]], self._common[pair[1]])
        heard[list(pair)] = self._common[pair]
        outside = _how_many(heard[~close])
        return outside >= LEAST_WITNESSES and outside > _how_many(heard[close])

    def _at_a_glance(self, pair: tuple[int, int], close: npt.NDArray[np.bool_]) -> float:
        """Identity where one of them errs by the plain majority of all others.

        Where hardly anything is known to be wrong, 1 of a pair with much in common, else 0.
        """
        errs = same = 0
        for votes, tally, rows in zip(self._columns, self._tallies, self._rows, strict=True):
            left = tally.copy()
            for who in np.flatnonzero(close):
                left[votes.item[rows[who]], votes.label[rows[who]]] -= 1.0
            left[list(votes.gold), list(votes.gold.values())] += votes.annotators
            said = both(votes, rows[pair[0]], rows[pair[1]])
            right = left[said.item].argmax(axis=1)
            told = np.sort(left[said.item], axis=1)
            wrong = (told[:, -1] > told[:, -2]) & ((said.one != right) | (said.other != right))
            errs += int(wrong.sum())
            same += int((wrong & (said.one == said.other)).sum())
        if errs < _LEAST_ERRS:
            return float(self._common[pair] >= _MUCH_COMMON)
        return same / errs

    def _voices(self, pair: tuple[int, int], close: npt.NDArray[np.bool_]) -> Labels:
        """For each annotator the voice that it counts as: outsiders as alike as the pair are 1."""
        rate = self._rate[pair]
        bar = rate - 2 * np.sqrt(rate * (1 - rate) / self._common[pair])
        one = (self._common >= _ENOUGH_COMMON) & (self._rate >= bar) & ~close & ~close[:, None]
        voice = np.arange(len(close))
        for a, b in zip(*np.nonzero(np.triu(one, 1)), strict=True):
            low, high = sorted((voice[a], voice[b]))
            voice[voice == high] = low
        return voice

    def _outsiders(self, close: npt.NDArray[np.bool_], voice: Labels) -> Outsiders:
        key = close.tobytes(), voice.tobytes()
        if key not in self._heard:
            heard = [votes.without(close).merged(voice) for votes in self._columns]
            self._heard[key] = Outsiders(heard, self._priors)
        return self._heard[key]

    def _of_gold(self, pair: tuple[int, int]) -> tuple[float, float]:
        """How many gold items of a pair are right, and of how many; the pair counts as one."""
        right, asked, met = 0.0, 0, np.zeros(self._columns[0].items, dtype=bool)
        for votes, rows in zip(self._columns, self._rows, strict=True):
            known, own = votes.known(), np.concatenate([rows[who] for who in pair])
            own = own[known[votes.item[own]] >= 0]
            if len(own):
                items = len(np.unique(votes.item[own]))
                right += float((votes.label[own] == known[votes.item[own]]).mean()) * items
                asked += items
                met[votes.item[own]] = True
        return right * float(met.sum()) / max(asked, 1), float(met.sum())

    def _weighed(self, pair: tuple[int, int], outsiders: Outsiders, by_gold: bool) -> Copying:
        told: Told | None = None
        items = self._columns[0].items
        erring, alike, judged = (np.zeros(items, dtype=np.int64) for _ in range(3))  # labels each
        right = 0.0
        for at, (votes, rows) in enumerate(zip(self._columns, self._rows, strict=True)):
            said = both(votes, rows[pair[0]], rows[pair[1]])
            if not len(said.item):
                continue
            one = weigh(votes, outsiders, at, (rows[pair[0]], rows[pair[1]]), said, self._priors)
            told = one if told is None else told + one
            truth = outsiders.posterior(at, said.item)
            place, best = np.arange(len(truth)), truth.argmax(axis=1)
            seen = outsiders.seen[at][said.item]
            right += float((truth[place, said.one] + truth[place, said.other])[seen].sum()) / 2
            judged[said.item] += seen
            wrongly = (truth.max(axis=1) >= _CERTAIN) & ((said.one != best) | (said.other != best))
            erring[said.item] += wrongly
            alike[said.item] += wrongly & (said.one == said.other)
        if told is None:
            raise ValueError(f"{pair} have no item in common.")
        gain = _mean_of_exponentials(told.together[outsiders.trap]) - told.apart[outsiders.trap]
        common, rate = int(self._common[pair]), told.same / told.common
        asked = int((judged > 0).sum())
        outdone = apart(outsiders.right, (right * asked / max(int(judged.sum()), 1), asked))
        better = by_gold or outdone >= _BETTER
        wrong, errs = float((alike[erring > 0] / erring[erring > 0]).sum()), int((erring > 0).sum())
        near = errs >= _ENOUGH_ERRS and wilson(wrong / errs, errs, -_IDENTITY_Z) >= LEAST_IDENTITY
        more = wilson(rate, common, -_IDENTITY_Z) > outsiders.usual_rate
        return Copying(
            *pair,
            common=common,
            same=rate * common,
            judged=asked,
            errs=errs,
            wrong=wrong,
            z=(told.excess - outsiders.usual) / outsiders.spread,
            ln_odds=float(np.log(self._prior_odds) + gain * common / told.common),
            outdone=outdone,
            by_gold=by_gold,
            proven=bool(better and near and more),
        )


def _how_many(answers: Labels) -> float:
    """How many people so many answers of each amount to: the inverse of Simpson's index."""
    squares = float((answers.astype(np.float64) ** 2).sum())
    return float(answers.sum()) ** 2 / squares if squares else 0.0


def _mean_of_exponentials(logarithms: Floats) -> float:
    """ln of the mean of what these are logarithms of."""
    top = logarithms.max()
    return float(top + np.log(np.exp(logarithms - top).mean()))
