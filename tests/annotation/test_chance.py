"""What chance brings about does not hang on names, on the order of items, or on one spammer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Choices, Scale, Text
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.chance import listed_chance
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.validation import Validation, validate
from tests.annotation.people import sheets_of

ITEMS = 60
NAMES = ("ada", "bob", "charlie", "dave", "eve")
KINDS = {
    "choice": Choice("q", "Which?", options=range(10)),
    "choices": Choices("q", "Which?", options=range(6)),
    "scale": Scale("q", "How much?", least=0, most=9),
    "text": Text("q", "What?"),
}


def value(kind: str, number: int):
    if kind == "choices":
        return sorted({number % 6, number // 2})
    return f"it is number {number}" if kind == "text" else number


def crowd(kind: str, spammer: int | None, order=None, names=NAMES, cycle=False):
    """Five who are right nine times in ten; one of them may answer the same everywhere."""
    rng = np.random.default_rng(4)
    truth = np.arange(ITEMS) % 10 if cycle else rng.integers(0, 10, ITEMS)
    looks = rng.random((5, ITEMS)) < 0.9
    told = np.where(looks, truth, rng.integers(0, 10, (5, ITEMS)))
    if spammer is not None:
        told[spammer] = 3
    if order is not None:
        told = told[:, order]
    said = {
        name: [value(kind, int(number)) for number in row]
        for name, row in sorted(zip(names, told, strict=True))
    }
    return Evidence(Questionnaire([KINDS[kind]]), sheets_of(said, "q"))


def scores(evidence: Evidence) -> dict[str, float]:
    judged = validate(evidence, policies.agreement())
    return {
        name: float(np.mean([s.score for s in judged.scores if s.annotator == name]))
        for name in evidence.annotators
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spammer", [None, 0, 3])
def test_scores_hang_on_no_order_of_items(kind: str, spammer: int | None) -> None:
    told = scores(crowd(kind, spammer))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(ITEMS)
        assert scores(crowd(kind, spammer, order)) == pytest.approx(told, abs=0.06)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("items", [5, ITEMS])
def test_scores_and_consensus_hang_on_nobodys_name(kind: str, items: int) -> None:
    whole = crowd(kind, None)
    said = [(who, replace(sheet, answers=sheet.answers[:items])) for who, sheet in whole.sheets]

    def judged(names: Sequence[str]) -> Validation:
        called = dict(zip(NAMES, names, strict=True))
        sheets = sorted(((called[who], sheet) for who, sheet in said), key=lambda one: one[0])
        policy = policies.agreement() & policies.dawid_skene()
        return validate(Evidence(whole.questionnaire, sheets), policy)

    first = judged(NAMES)
    for seed in range(3):
        names = [str(name) for name in np.random.default_rng(seed).permutation(NAMES)]
        other = judged(names)
        own = {(s.annotator, s.batch): s.score for s in other.scores}
        for score in first.scores:
            called = names[NAMES.index(score.annotator)]
            assert own[called, score.batch] == pytest.approx(score.score, abs=1e-6)
        assert [c.value for c in other.consensus] == [c.value for c in first.consensus]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spammer", range(5))
def test_one_who_answers_the_same_everywhere_takes_nothing_from_the_others(kind, spammer) -> None:
    without, told = scores(crowd(kind, None)), scores(crowd(kind, spammer))
    for number, name in enumerate(NAMES):
        if number == spammer:
            assert told[name] < 0.1
        else:
            assert told[name] > without[name] - 0.15 > 0.4


@pytest.mark.parametrize("kind", KINDS)
def test_classes_that_come_in_a_cycle_are_no_chance(kind) -> None:
    rng = np.random.default_rng(1)
    told, shuffled = (crowd(kind, None, o, cycle=True) for o in (None, rng.permutation(ITEMS)))
    assert scores(told) == pytest.approx(scores(shuffled), abs=0.06)
    assert min(scores(told).values()) > 0.5


def test_the_chance_of_a_list_is_the_mean_over_all_pairs_of_answers_to_different_items() -> None:
    said = {"ada": [0, 1, 1, 2], "bob": [0, 1, 2, 2]}
    evidence = Evidence(Questionnaire([KINDS["choice"]]), sheets_of(said, "q"))
    trust = {name: evidence.trust(number) for number, name in enumerate(evidence.annotators)}
    alike = weighed = 0.0
    for one, first in said.items():
        for other, second in said.items():
            for at, a in enumerate(first):
                for place, b in enumerate(second):
                    if at != place:
                        weighed += trust[one] * trust[other]
                        alike += trust[one] * trust[other] * (a == b)
    assert listed_chance(evidence, KINDS["choice"]) == pytest.approx(alike / weighed)


def test_of_very_many_different_answers_a_sample_is_compared() -> None:
    question = Choices("q", "Which?", options=range(12))
    rng = np.random.default_rng(0)
    said = {
        name: [sorted(map(int, np.flatnonzero(row))) for row in rng.random((300, 12)) < 0.5]
        for name in ("ada", "bob")
    }
    evidence = Evidence(Questionnaire([question]), sheets_of(said, "q"))
    assert listed_chance(evidence, question) == pytest.approx(1 / 3, abs=0.03)
