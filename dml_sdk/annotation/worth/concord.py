"""How far annotators agree on each question: alpha, kappa, and how alike their answers are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter
from typing import TypeAlias

import numpy as np

from dml_sdk.annotation.asked.questionnaire import values_of
from dml_sdk.annotation.asked.questions import Choices, Number, Question, Scale
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.agreement import (
    Level,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.likeness import compared
from dml_sdk.annotation.worth.votes import Floats

RELIABLE, TENTATIVE = 0.8, 2 / 3
"""From which alpha data can be relied on, and from which they allow tentative conclusions.

Source: Krippendorff, Content Analysis, 3rd edition (2013), chapter 12.
"""
CLEAR = 2.0
"""How many standard deviations of what guesses come to are beyond chance."""
SLIGHT = 0.2
"""Up to which agreement is slight.

Source: Landis and Koch, Biometrics 33 (1977).
"""
_MOST_PAIRS = 20_000

Said: TypeAlias = Sequence[tuple[int, Value]]
"""What is said of an item: the number of the sheet, and the value."""


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """How far annotators agree on a question.

    Attributes:
        question: its id.
        answers: how many there are.
        items: how many items have two answers at least.
        alike: how alike two answers to an item are, on average, 0-1; nan without such items.
        alpha: Krippendorff's: 1 always agreed, 0 as by chance; nan where nothing can be said.
        kappa: Fleiss', over the items with the commonest number of answers; nan where answers are
            free, or several.
        cohen: Cohen's kappa of each two annotators, on average, by the items that both answered;
            nan where answers are free, or several. `by_pair` has each of them.
        by_chance: how far from 0 alpha would be, give or take, if no answer depended on its item:
            one standard deviation; nan where alpha is.
    """

    question: str
    answers: int
    items: int
    alike: float
    alpha: float
    kappa: float
    cohen: float
    by_chance: float

    @property
    def words(self) -> str:
        """What alpha means."""
        return alpha_in_words(self.alpha, self.by_chance)


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How far two annotators agree on a question.

    Attributes:
        question: its id.
        first, second: who, in the order of their names.
        items: how many both answered.
        kappa: Cohen's; nan where both say one thing of all items.
    """

    question: str
    first: str
    second: str
    items: int
    kappa: float


def alpha_in_words(alpha: float, by_chance: float = 0.0) -> str:
    """What Krippendorff's alpha says of the answers.

    Args:
        by_chance: its standard deviation among answers that are guessed; what lies within twice
            that is not told from guesses.
    """
    if math.isnan(alpha):
        return "nothing can be said yet: no item has two answers, or all are answered the same"
    if abs(alpha) <= CLEAR * by_chance:
        if alpha >= TENTATIVE:
            return "agreed so far, on too few answers to be told from chance"
        if alpha > 0 and CLEAR * by_chance > SLIGHT:
            return "too few answers to be told from chance"
        return "as good as guessed: no more alike than chance brings about"
    if alpha >= RELIABLE:
        return "reliable"
    if alpha >= TENTATIVE:
        return "good enough for tentative conclusions"
    if alpha >= 0:
        return "too low: the question is understood in different ways, or some guess"
    return "below chance: some answer the other way round"


def by_question(evidence: Evidence) -> list[QuestionFigures]:
    """How far annotators agree on each question, in the questionnaire's order."""
    return [_question(evidence, question) for question in evidence.questionnaire.questions]


def said_of(evidence: Evidence, question: Question) -> dict[int, Said]:
    """What is said of each item that somebody has answered."""
    told: dict[int, Said] = {}
    for item in evidence.items:
        said = [
            (at, given[question.id]) for at, given in evidence.given(item) if question.id in given
        ]
        if said:
            told[item] = said
    return told


def by_pair(evidence: Evidence, question: Question) -> list[PairFigures]:
    """How far each two annotators agree on a question who have items in common; none where its
    answers are free, or several."""
    if values_of(question) is None or isinstance(question, Choices):
        return []
    both: dict[tuple[str, str], list[tuple[Value, Value]]] = {}
    for said in said_of(evidence, question).values():
        named = sorted(((evidence.sheets[at][0], value) for at, value in said), key=itemgetter(0))
        for (first, one), (second, other) in combinations(named, 2):
            both.setdefault((first, second), []).append((one, other))
    return [
        PairFigures(question.id, *pair, len(said), _kappa_of(question, said))
        for pair, said in sorted(both.items())
    ]


def alike(evidence: Evidence, item: int, question: Question) -> float:
    """How alike two answers to an item are, on average; nan of fewer than two."""
    table = evidence.alike(item, question)
    n = len(table)
    return float(table[np.triu_indices(n, 1)].mean()) if n > 1 else math.nan


def _question(evidence: Evidence, question: Question) -> QuestionFigures:
    said = said_of(evidence, question)
    several = {item: answers for item, answers in said.items() if len(answers) > 1}
    pairs = [alike(evidence, item, question) for item in several]
    alpha, spread = _alpha(evidence, question, several)
    return QuestionFigures(
        question.id,
        sum(map(len, said.values())),
        len(several),
        float(np.mean(pairs)) if pairs else math.nan,
        alpha,
        _kappa(question, several),
        _cohen(by_pair(evidence, question)),
        math.nan if math.isnan(alpha) else spread * _of_chance(several),
    )


def _of_chance(several: Mapping[int, Said]) -> float:
    """The standard deviation of how far all pairs of answers to the same items are apart, where a
    pair's is 1 and none depends on another.

    By Hoeffding, Annals of Mathematical Statistics 19 (1948): what two answers are apart beyond
    what each of them is from all others does not depend on any other two.
    """
    sizes = [len(said) for said in several.values()]
    return math.sqrt(sum(2 * n / (n - 1) for n in sizes)) / sum(sizes)


def _kappa_of(question: Question, said: Sequence[tuple[Value, Value]]) -> float:
    place = {value: at for at, value in enumerate(values_of(question) or ())}
    first, second = zip(*((place[one], place[other]) for one, other in said), strict=True)
    return cohen_kappa(first, second)


def _cohen(pairs: Sequence[PairFigures]) -> float:
    told = [(pair.kappa, pair.items) for pair in pairs if not math.isnan(pair.kappa)]
    if not told:
        return math.nan
    kappas, items = zip(*told, strict=True)
    return float(np.average(kappas, weights=items))


def _alpha(
    evidence: Evidence, question: Question, several: Mapping[int, Said]
) -> tuple[float, float]:
    """Alpha, and how much two answers to different items are apart by chance, give or take: one
    standard deviation beyond what each is from all, as a part of the mean."""
    if not several:
        return math.nan, math.nan
    known = values_of(question)
    if isinstance(question, Choices) or (known is None and not isinstance(question, Number)):
        return _alpha_by_likeness(evidence, question, several)
    place = {value: float(at) for at, value in enumerate(known or ())}
    level: Level = (
        "interval" if known is None else "ordinal" if isinstance(question, Scale) else "nominal"
    )
    table = np.full((len(evidence.annotators), len(several)), np.nan)
    for column, said in enumerate(several.values()):
        for at, value in said:
            row = evidence.number(evidence.sheets[at][0])
            table[row, column] = float(value) if known is None else place[value]
    # Of squared distances it is as much as the mean, whatever the answers are.
    spread = _of_labels(table) if level == "nominal" else 1.0
    return krippendorff_alpha(table, level), spread


def _of_labels(table: Floats) -> float:
    """The same of labels, which are one or not."""
    _, counts = np.unique(table[~np.isnan(table)], return_counts=True)
    common = counts / counts.sum()
    same = float((common**2).sum())
    deviation = math.sqrt(max(0.0, same - 2 * float((common**3).sum()) + same**2))
    return deviation / (1 - same) if same < 1 else math.nan


def _alpha_by_likeness(
    evidence: Evidence, question: Question, several: Mapping[int, Said]
) -> tuple[float, float]:
    """The same where answers are apart by how little alike they are.

    What chance brings about is measured on at most 20,000 pairs of answers, always the same, and
    without those that are too much work to compare.

    Source: Krippendorff, Content Analysis (2013), chapter 12, for any difference function; Braylan,
    Alonso and Lease, "Measuring annotator agreement generally across complex structured,
    multi-object, and free-text annotation tasks", WWW 2022.
    """
    observed = sum(len(said) * (1 - alike(evidence, i, question)) for i, said in several.items())
    observed /= sum(map(len, several.values()))
    answers = [value for said in several.values() for _, value in said]
    n = len(answers)
    if n * (n - 1) // 2 <= _MOST_PAIRS:
        pairs = list(combinations(range(n), 2))
    else:
        chance = np.random.default_rng(0)
        first = chance.integers(0, n, _MOST_PAIRS)
        second = (first + chance.integers(1, n, _MOST_PAIRS)) % n
        pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    by_chance = compared(question, [(answers[a], answers[b]) for a, b in pairs])
    expected = 1 - float(np.mean(by_chance)) if by_chance else 0.0
    if expected <= 0:
        return math.nan, math.nan
    # What each is from all others is within it: rather too much than too little.
    return 1 - observed / expected, float(np.std(by_chance)) / expected


def _kappa(question: Question, several: Mapping[int, Said]) -> float:
    known = values_of(question)
    if known is None or isinstance(question, Choices) or not several:
        return math.nan
    sizes = Counter(map(len, several.values()))
    size = max(sizes, key=lambda n: (sizes[n], n))
    place = {value: at for at, value in enumerate(known)}
    full = [said for said in several.values() if len(said) == size]
    counts = np.zeros((len(full), len(known)))
    for row, said in enumerate(full):
        for _, value in said:
            counts[row, place[value]] += 1
    return fleiss_kappa(counts)
