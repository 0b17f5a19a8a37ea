"""What chance alone brings about where answers are free: numbers, texts, boxes and the like.

An annotator's answers are compared with what others say of the same items, and with what others
say of other items. The second is what it would come to without a look at the items, whatever its
habits are: who gives one answer to everything is as like the one as the other, and so is who
answers at random. A sample of each annotator's answers is enough, the same one whenever it is
asked for.

Where answers are from a list it is one figure for all, from what everybody gives how often.

Source: the permutation null of Edgington and Onghena, "Randomization tests", 4th edition (2007);
Krippendorff, Content Analysis, 3rd edition (2013), chapter 12, has the same in alpha's expected
disagreement.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from dml_sdk.annotation.asked.questionnaire import values_of
from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.bounds import kappa
from dml_sdk.annotation.worth.likeness import compared, compared_within, likeness
from dml_sdk.annotation.worth.votes import Floats

if TYPE_CHECKING:
    from dml_sdk.annotation.worth.evidence import Evidence
    from dml_sdk.annotation.worth.reliability import Reliability

_MOST = 200  # answers of each annotator to a question
_ELSEWHERE = 3  # others' answers to other items that each is compared with
_SEED = 0
_ROUNDING = 1e-9  # of likenesses that are equal: of boxes, say, that are all the same
_MOST_VALUES = 200
"""How many different answers are all compared with each other; of more, a sample is."""
_DRAWN = 10_000
ALL_ALIKE = 0.999
"""How alike answers to different items are from which they do not vary at all."""


@dataclass(slots=True)
class Free:
    """What is counted of an annotator's free answers, over all questions or of one.

    Attributes:
        answers: how many there are.
        items: those whose answers can be compared; what is said of one item to several questions
            hangs on each other, so this is how often something was seen.
        here: how alike each of a sample of answers is to the others' of the same item, 0-1.
        elsewhere: the same of others' answers to other items.
        commonest: how often it gives its commonest answer to each question, added up.
    """

    answers: int = 0
    items: set[int] = field(default_factory=set)
    here: list[float] = field(default_factory=list)
    elsewhere: list[float] = field(default_factory=list)
    commonest: int = 0

    def add(self, other: Free) -> None:
        """Counts another question's as well."""
        self.answers += other.answers
        self.items |= other.items
        self.here += other.here
        self.elsewhere += other.elsewhere
        self.commonest += other.commonest

    @property
    def alike(self) -> float:
        """How alike its answers are to the others', 0-1; nan where nothing can be compared."""
        return float(np.mean(self.here)) if self.here else math.nan

    @property
    def chance(self) -> float:
        """The same by chance."""
        return float(np.mean(self.elsewhere)) if self.elsewhere else math.nan

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, as a part of what is beyond chance; nan where it is unknown."""
        return kappa(self.alike, self.chance)

    @property
    def kappa_at_most(self) -> float:
        """The same at the upper end of what the number of items leaves open (99.9 %)."""
        return kappa(min(self.alike + 3.09 * self._error, 1.0), self.chance)

    @property
    def dependence(self) -> float:
        """Standard deviations by which its answers are more like those to the same items."""
        if not self.here or not self.elsewhere:
            return 0.0
        gap = self.alike - self.chance
        if abs(gap) < _ROUNDING:
            return 0.0
        return gap / self._error if self._error else math.inf * np.sign(gap)

    @property
    def _error(self) -> float:
        if min(len(self.here), len(self.elsewhere)) < 2:
            return 0.0
        # Those elsewhere come in threes of one answer, which counts once; so does each item.
        questions = len(self.here) / len(self.items)
        return math.sqrt(
            np.var(self.here) * questions / len(self.here)
            + np.var(self.elsewhere) * _ELSEWHERE * questions / len(self.elsewhere)
        )


def free_answers(evidence: Evidence, question: Question) -> Mapping[int, Free]:
    """What free answers to a question come to, by the annotator's number; those alone who have one
    that others' can be compared with."""
    said: list[tuple[int, int, int, Value]] = []  # item, its place there, annotator, value
    by: dict[int, list[int]] = {}
    for item in evidence.items:
        answers = [(at, given) for at, given in evidence.given(item) if question.id in given]
        for place, (at, given) in enumerate(answers):
            who = evidence.number(evidence.sheets[at][0])
            by.setdefault(who, []).append(len(said))
            said.append((item, place, who, given[question.id]))
    texts = [json.dumps(value, sort_keys=True) for _, _, _, value in said]
    # Whoever takes another name must not get another draw: only what people say decides on these.
    order = sorted(by, key=lambda who: [(said[at][0], texts[at]) for at in by[who]])
    strangers = [at for who in order for at in by[who]]
    rng = np.random.default_rng(_SEED)
    within = evidence.reach(question)
    counted: dict[int, Free] = {}
    for who in order:
        own = by[who]
        commonest = max(Counter(texts[at] for at in own).values())
        told = counted[who] = Free(answers=len(own), commonest=commonest)
        for at in rng.permutation(own)[:_MOST].tolist():
            item, place, _, value = said[at]
            row = evidence.alike(item, question)[place]
            if len(row) < 2:
                continue
            told.items.add(item)
            told.here.append(float((row.sum() - row[place]) / (len(row) - 1)))
            for other in rng.integers(0, len(said), _ELSEWHERE).tolist():
                elsewhere, _, stranger, theirs = said[strangers[other]]
                if elsewhere != item and stranger != who:
                    told.elsewhere.append(compared_within(question, value, theirs, within))
    return {who: told for who, told in counted.items() if told.here and told.elsewhere}


def drawn(answers: Iterable[int]) -> int:
    """About how many pairs of answers to different items are compared, where each item has so many
    answers."""
    return _ELSEWHERE * sum(answers)


def listed_chance(evidence: Evidence, question: Question) -> float:
    """How alike two answers to different items are where answers are from a list, 0-1.

    All answers count, by their annotators' trust: who answers the same everywhere makes nobody's
    agreement chance. It is the mean over all pairs, so neither names nor the items' order matter.
    """
    trust = np.array([evidence.trust(number) for number in range(len(evidence.annotators))])
    values: dict[str, Value] = {}
    rows: list[tuple[int, str, float]] = []
    for place, item in enumerate(evidence.items):
        for at, given in evidence.given(item):
            if question.id in given:
                value = given[question.id]
                key = json.dumps(
                    sorted(value, key=str) if isinstance(value, list | tuple) else value
                )
                values[key] = value
                rows.append((place, key, trust[evidence.number(evidence.sheets[at][0])]))
    column = {key: number for number, key in enumerate(sorted(values))}
    said = [values[key] for key in column]
    items = np.array([item for item, _, _ in rows], dtype=np.int64)
    labels = np.array([column[key] for _, key, _ in rows], dtype=np.int64)
    weights = np.array([weight for _, _, weight in rows])
    pooled = np.bincount(labels, weights, len(said))
    if len(said) > _MOST_VALUES:
        drawn = np.random.default_rng(_SEED).choice(len(said), (_DRAWN, 2), p=pooled / pooled.sum())
        alike = compared(question, [(said[one], said[other]) for one, other in drawn])
        return float(np.mean(alike)) if alike else 0.0
    by_item = np.zeros((len(evidence.items), len(said)))
    np.add.at(by_item, (items, labels), weights)
    pairs = pooled.sum() ** 2 - (by_item.sum(axis=1) ** 2).sum()
    table = np.eye(len(said))
    for one, other in combinations(range(len(said)), 2):
        table[one, other] = table[other, one] = likeness(question, said[one], said[other])
    if pairs <= 1e-9 * pooled.sum() ** 2:  # of one item alone
        return 0.0
    return float((pooled @ table @ pooled - ((by_item @ table) * by_item).sum()) / pairs)


def is_free(question: Question) -> bool:
    """Whether its answers are from no list, and so are compared rather than counted."""
    return values_of(question) is None


@dataclass(frozen=True, slots=True)
class Unusual:
    """How many items there are whose answer is another than the usual one.

    These are what tells who looks from who always says the usual.

    Attributes:
        met: how many each annotator met, by the usual of those that it met; float64 [annotators].
        elsewhere: how many more there are in the whole task, by the usual of all; float64
            [annotators].
    """

    met: Floats
    elsewhere: Floats


def unusual(evidence: Evidence) -> Unusual:
    """How many items have an unusual answer, by everybody together.

    Of free answers it is as many as would be expected to be unlike others', if they were given to
    other items.
    """
    met = np.zeros(len(evidence.annotators))
    whole = np.zeros(len(evidence.annotators))
    if evidence.reliability is not None:
        for number in range(len(met)):
            met[number] = _listed_otherwise(evidence, evidence.reliability, number)
        whole[:] = _listed_otherwise(evidence, evidence.reliability)
    for question in evidence.questionnaire.questions:
        if is_free(question):
            items = sum(
                any(question.id in given for _, given in evidence.given(item))
                for item in evidence.items
            )
            for number, free in evidence.free(question).items():
                if free.chance < ALL_ALIKE:
                    met[number] += free.answers * (1.0 - free.chance)
                    whole[number] += items * (1.0 - free.chance)
    return Unusual(met, np.maximum(whole - met, 0.0))


def _listed_otherwise(
    evidence: Evidence, reliability: Reliability, annotator: int | None = None
) -> float:
    """How many items have another answer than the usual one, where these are from a list: of an
    annotator's, or of all that are answered."""
    other = np.zeros(len(evidence.items))
    for column, fit in zip(evidence.columns, reliability.fits, strict=True):
        votes = column.votes
        items = np.unique(votes.item if annotator is None else votes.item[votes.of(annotator)])
        if len(items):
            truth = fit.posterior[items]
            usual = truth.sum(axis=0).argmax()
            other[items] = np.maximum(other[items], 1.0 - truth[:, usual])
    return float(other.sum())
