"""What an owner looks at: how far annotators agree, who they are, and on what they do not.

Every figure is counted here from sheets that were checked, and from what judging them came to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.asked.questionnaire import values_of
from dml_sdk.annotation.asked.questions import Choices
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.concord import (
    PairFigures,
    QuestionFigures,
    alike,
    alpha_in_words,
    by_pair,
    by_question,
    said_of,
)
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.annotation.worth.likeness import compared_within
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError
from dml_sdk.tables import Table

__all__ = [
    "AnnotatorFigures", "Confusion", "Disagreement", "PairFigures", "QuestionFigures",
    "agreement_table", "alpha_in_words", "annotator_table", "by_annotator", "by_pair",
    "by_question", "confusion", "disagreements", "pair_table",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnnotatorFigures:
    """How an annotator stands among the others.

    Attributes:
        annotator: its name.
        sheets, answers: how many it handed in; an answer is an item's.
        skipped, flagged: how many items it would not answer, and called broken.
        alike: how alike its answers are to the others', 0-1; nan where nobody else answered.
        kappa: Cohen's, against what the others say of the same items, or what is known of them;
            those whose answers depend on its own are no others. nan where nobody else answered, all
            say one thing, or no answers are from a list.
        known: how many answers it gave to what the owner knows;
        right: and how many of them are right.
        ms: the median time with an item; nan where its program does not tell.
        finding: what was proven of it, if anything.
        score: the mean of its sheets' scores; nan without any.
    """

    annotator: str
    sheets: int
    answers: int
    skipped: int
    flagged: int
    alike: float
    kappa: float
    known: int
    right: float
    ms: float
    finding: Finding | None
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """What is said of what: the rows are right by all together.

    Attributes:
        question: its id.
        right: what each row stands for. Of a question with several choices, the options.
        said: what each column stands for. Of several choices: chosen, chosen too much, left out
            wrongly, left out.
        counts: int64 [right, said].
    """

    question: str
    right: tuple[Value, ...]
    said: tuple[Value, ...]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item of which annotators say different things.

    Attributes:
        item, question: of what.
        apart: how far two answers are apart, on average, 0-1.
        certainty: of the consensus, 0-1.
        consensus: what all together come to; None where that is nothing.
        answers: who says what.
    """

    item: int
    question: str
    apart: float
    certainty: float
    consensus: Value | None
    answers: tuple[tuple[str, Value], ...]


def by_annotator(evidence: Evidence, validation: Validation) -> list[AnnotatorFigures]:
    """How each annotator stands, in the order of their names."""
    found = {finding.annotator: finding for finding in validation.findings}
    scores: dict[str, list[float]] = {}
    for score in validation.scores:
        scores.setdefault(score.annotator, []).append(score.score)
    known = _known(evidence)
    to_others = _alike_to_others(evidence)
    kappas = _kappas(evidence)
    told = []
    for number, name in enumerate(evidence.annotators):
        sheets = [sheet for who, sheet in evidence.sheets if who == name]
        answers = [answer for sheet in sheets for answer in sheet.answers]
        times = [a.ms for a in answers if a.ms is not None and not a.skipped]
        of_known, right = known.get(name, (0, 0.0))
        told.append(
            AnnotatorFigures(
                annotator=name,
                sheets=len(sheets),
                answers=sum(bool(a.given) for a in answers),
                skipped=sum(a.skipped for a in answers),
                flagged=sum(bool(a.flag) for a in answers),
                alike=to_others.get(name, math.nan),
                kappa=kappas[number],
                known=of_known,
                right=right,
                ms=float(median(times)) if times else math.nan,
                finding=found.get(name),
                score=float(np.mean(scores[name])) if name in scores else math.nan,
            )
        )
    return told


def confusion(
    evidence: Evidence, validation: Validation, question: str, annotator: str | None = None
) -> Confusion:
    """What is said of what, by all annotators or by one.

    Args:
        question: the id of one whose answers are from a list.
        annotator: whose answers count; None for everybody's.

    Raises:
        UsageError: no such question, or its answers are free.
    """
    asked = evidence.questionnaire.question(question)
    known = None if asked is None else values_of(asked)
    if asked is None or known is None:
        raise UsageError(f"question={shown(question)}: name one whose answers are from a list.")
    agreed = {a.item: a.value for a in validation.consensus if a.question == question}
    pairs = [
        (agreed[item], given[question])
        for item in evidence.items
        if item in agreed
        for at, given in evidence.given(item)
        if question in given and annotator in (None, evidence.sheets[at][0])
    ]
    if isinstance(asked, Choices):
        return _of_options(question, known, pairs)
    place = {value: at for at, value in enumerate(known)}
    counts = np.zeros((len(known), len(known)), dtype=np.int64)
    for right, said in pairs:
        counts[place[right], place[said]] += 1
    return Confusion(question, known, known, counts)


def disagreements(
    evidence: Evidence, validation: Validation, question: str | None = None
) -> list[Disagreement]:
    """The items of which annotators say different things, those most apart first.

    Args:
        question: the id of the one that counts; None for all.

    Raises:
        UsageError: no such question.
    """
    if question is not None and evidence.questionnaire.question(question) is None:
        raise UsageError(f"question={shown(question)}: the questionnaire has no such question.")
    agreed = {(a.item, a.question): a for a in validation.consensus}
    told = []
    for asked in evidence.questionnaire.questions:
        if question not in (None, asked.id):
            continue
        for item, said in said_of(evidence, asked).items():
            how_alike = alike(evidence, item, asked)
            if math.isnan(how_alike) or how_alike >= 1:
                continue
            found = agreed.get((item, asked.id))
            told.append(
                Disagreement(
                    item,
                    asked.id,
                    1 - how_alike,
                    found.certainty if found else 0.0,
                    found.value if found else None,
                    tuple((evidence.sheets[at][0], value) for at, value in said),
                )
            )
    return sorted(told, key=lambda d: (-d.apart, d.certainty, d.item, d.question))


def agreement_table(evidence: Evidence) -> Table:
    """`by_question`, as rows."""
    columns = ("question", "answers", "items", "alike", "alpha", "kappa", "cohen", "words")
    rows = [{name: getattr(f, name) for name in columns} for f in by_question(evidence)]
    return Table("Agreement by question", rows, columns)


def pair_table(evidence: Evidence) -> Table:
    """`by_pair` of every question, as rows."""
    columns = ("question", "first", "second", "items", "kappa")
    rows = [
        {name: getattr(pair, name) for name in columns}
        for question in evidence.questionnaire.questions
        for pair in by_pair(evidence, question)
    ]
    return Table("Agreement of each two annotators", rows, columns)


def annotator_table(evidence: Evidence, validation: Validation) -> Table:
    """`by_annotator`, as rows."""
    columns = (
        "annotator", "sheets", "answers", "skipped", "flagged", "alike", "kappa", "known", "right",
        "ms", "finding", "score",
    )  # fmt: skip
    rows = [
        {name: getattr(f, name) for name in columns}
        | {"finding": f"{f.finding.kind}: {f.finding.why}" if f.finding else ""}
        for f in by_annotator(evidence, validation)
    ]
    return Table("Annotators", rows, columns)


def _known(evidence: Evidence) -> dict[str, tuple[int, float]]:
    """How many answers each annotator gave to what is known, and how many of them are right."""
    told: dict[str, tuple[int, float]] = {}
    for item, right in evidence.gold.items():
        for at, given in evidence.given(item):
            for id, value in right.items():
                question = evidence.questionnaire.question(id)
                if question is not None and id in given:
                    count, sum_ = told.get(evidence.sheets[at][0], (0, 0.0))
                    reach = evidence.reach(question)
                    alike = compared_within(question, given[id], value, reach)
                    told[evidence.sheets[at][0]] = count + 1, sum_ + alike
    return told


def _alike_to_others(evidence: Evidence) -> dict[str, float]:
    """How alike each annotator's answers are to the others', on average."""
    sums: dict[str, list[float]] = {}
    for (at, _), (n, mean) in evidence.agreed.items():
        total = sums.setdefault(evidence.sheets[at][0], [0.0, 0.0])
        total[0] += float(n)
        total[1] += float(n * mean)
    return {name: alike / n for name, (n, alike) in sums.items() if n}


def _kappas(evidence: Evidence) -> list[float]:
    """How far each annotator agrees with a group that it is not of, in the order of their numbers.

    A consensus has one's own answers in it, and of few that is all there is in it. So each is held
    against the shares of the others' answers to an item: 1 says what most of them say, 0 agrees as
    often as chance has it. With one other it is Cohen's kappa.

    Source: Vanbelle and Albert, "Agreement between an isolated rater and a group of raters",
    Statistica Neerlandica 63 (2009).
    """
    sums = np.zeros((len(evidence.annotators), 3))  # agreed, agreed at most, agreed by chance
    learnt = evidence.reliability
    for column in evidence.columns if learnt is not None else ():
        assert learnt is not None, "there are votes"  # noqa: S101
        voices = column.votes.merged(learnt.group)
        tally, known = voices.tally(), voices.known()
        for number in range(len(sums)):
            own, ring = column.votes.of(number), voices.of(int(learnt.group[number]))
            items, label = column.votes.item[own], column.votes.label[own]
            voice = np.zeros(len(tally), dtype=np.int64)
            voice[voices.item[ring]] = voices.label[ring]
            said = tally[items]
            said[np.arange(len(items)), voice[items]] -= 1.0
            told = known[items] >= 0
            said[told] = np.eye(voices.classes)[known[items][told]]
            beside = said.sum(axis=1) > 0
            said, label = said[beside], label[beside]
            if not len(label):
                continue
            said /= said.sum(axis=1, keepdims=True)
            given = np.bincount(label, minlength=voices.classes)
            agreed = said[np.arange(len(label)), label].sum()
            by_chance = given @ said.sum(axis=0) / len(label)
            sums[number] += agreed, said.max(axis=1).sum(), by_chance
    return [
        float((agreed - by_chance) / (most - by_chance)) if most - by_chance > 1e-9 else math.nan
        for agreed, most, by_chance in sums
    ]


def _of_options(
    question: str, options: Sequence[Value], pairs: Sequence[tuple[Value, Value]]
) -> Confusion:
    counts = np.zeros((len(options), 4), dtype=np.int64)
    for right, said in pairs:
        for row, option in enumerate(options):
            column = (0 if option in right else 1) if option in said else 2 + (option not in right)
            counts[row, column] += 1
    said_ = ("chosen", "chosen too much", "left out wrongly", "left out")
    return Confusion(question, tuple(options), said_, counts)
