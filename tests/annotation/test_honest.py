"""Who looks at the items is accused of nothing, in crowds of any size; who does not is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks.labelling.small import HONEST, RINGS, Small, label
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Number, Question, Text
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.findings import findings
from dml_sdk.annotation.worth.validation import validate
from tests.annotation.people import sheets_of


def accused(evidence: Evidence) -> list[tuple[str, str]]:
    return [(finding.annotator, finding.kind) for finding in findings(evidence)]


def scores_of(evidence: Evidence, policy: policies.Policy) -> Mapping[str, float]:
    scores = validate(evidence, policy).scores
    return {
        name: float(np.mean([s.score for s in scores if s.annotator == name]))
        for name in evidence.annotators
    }


@pytest.mark.parametrize("labels", [2, 4, 10])
@pytest.mark.parametrize("gold", [0.0, 0.02])
@pytest.mark.parametrize("spam", [(), ("constant",), ("random",), ("often",)])
def test_four_who_look_are_not_accused_whatever_a_fifth_does(
    labels: int, gold: float, spam: tuple[str, ...]
) -> None:
    for seed in range(2):
        found = accused(label(Small([0.9] * 4, spam), labels, 400, gold, seed))
        assert {who.split()[0] for who, _ in found} == ({"spam"} if spam else set())


@pytest.mark.parametrize("otherwise", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("gold", [0.0, 0.1])
def test_two_who_read_some_items_otherwise_are_no_ring(otherwise: float, gold: float) -> None:
    for labels in (2, 4, 10):
        assert accused(label(Small([0.95] * 3, otherwise=otherwise), labels, 400, gold, 1)) == []


@pytest.mark.parametrize(("honest", "skill"), [(6, 0.9), (12, 0.9), (20, 0.95)])
def test_a_ring_that_fills_most_batches_makes_nobody_else_a_guesser(
    honest: int, skill: float
) -> None:
    """Three who share answers at random have most places of three batches in five; without gold."""
    asked = Questionnaire([Choice("k", "?", options=range(4))])
    for seed in range(3):
        luck = np.random.default_rng(seed)
        truth, shared = luck.integers(0, 4, (2, 1_000))

        def but(given: Any, part: float, luck: np.random.Generator = luck) -> Any:
            return np.where(luck.random(1_000) < part, luck.integers(0, 4, 1_000), given)

        said = {f"honest {n}": but(truth, (1 - skill) * 4 / 3) for n in range(honest)}
        said |= {f"ring {n}": but(shared, 0.2) for n in range(3)}
        sheets = []
        for batch in range(50):
            ring = list(range(3)) if luck.random() < 0.6 else [int(luck.integers(3))]
            others = luck.choice(honest, 5 - len(ring), replace=False)
            items = range(batch * 20, batch * 20 + 20)
            for who in [f"ring {n}" for n in ring] + [f"honest {n}" for n in others]:
                answers = tuple(Answer(i, {"k": int(said[who][i])}, ms=2_000) for i in items)
                sheets.append((who, Sheet(batch, answers)))
        evidence = Evidence(asked, sheets)
        assert accused(evidence) == []
        scores = scores_of(evidence, policies.dawid_skene())
        assert np.mean([s for who, s in scores.items() if who.startswith("honest")]) > 0.6
        assert np.mean([s for who, s in scores.items() if who.startswith("ring")]) < 0.2


def test_who_rarely_sees_what_is_rare_and_never_without_reason_is_not_constant() -> None:
    asked = Questionnaire([Choice("k", "?", options=["fine", "broken"])])
    for seed in range(4):
        luck = np.random.default_rng(seed)
        rare = luck.random(1_000) < 0.05
        said = {f"{n}": np.where(rare, luck.random(1_000) < 0.9, luck.random(1_000) < 0.005)
                for n in range(4)}  # fmt: skip
        said["cautious"] = rare & (luck.random(1_000) < 0.4)
        words = {who: ["broken" if b else "fine" for b in given] for who, given in said.items()}
        sheets = [
            (who, Sheet(0, tuple(Answer(i, {"k": w}, ms=2_000) for i, w in enumerate(given))))
            for who, given in words.items()
        ]
        assert accused(Evidence(asked, sheets)) == []


@pytest.mark.slow
@pytest.mark.parametrize("crowd", HONEST, ids=str)
def test_nobody_who_looks_is_ever_accused(crowd: Small) -> None:
    for labels in (2, 4, 10):
        for items, gold in ((100, 0.0), (400, 0.0), (400, 0.1), (1_000, 0.0)):
            for seed in range(100, 104):
                found = accused(label(crowd, labels, items, gold, seed))
                assert [who for who, _ in found if who.startswith("honest")] == []


@pytest.mark.slow
@pytest.mark.parametrize("crowd", RINGS, ids=str)
def test_a_ring_is_found_in_a_crowd_that_has_others_and_nobody_else_is(crowd: Small) -> None:
    found = there = 0
    for labels in (2, 4, 10):
        for seed in range(4):
            evidence = label(crowd, labels, 400, 0.0, seed)
            told = accused(evidence)
            assert [who for who, _ in told if who.startswith("honest")] == []
            found += len(told)
            there += crowd.ring
    # Where one answer in twenty is altered, a sloppy leader's ring is near what an opinion is.
    assert found >= (0.4 if crowd.leader and crowd.copied < 1 else 0.95) * there


def test_a_ring_of_two_who_guess_is_found_among_six() -> None:
    evidence = label(Small([0.9] * 6, ring=2, leader=0.0), 10, 400, 0.0, 3)
    assert accused(evidence) == [("ring 6", "copying"), ("ring 7", "copying")]


def of(question: Question, said: Mapping[str, list[Any]], fast: tuple[str, ...] = ()) -> Evidence:
    sheets: list[tuple[str, Sheet]] = []
    for who, values in said.items():
        sheets += sheets_of({who: values}, question.id, ms=5 if who in fast else 2_000)
    return Evidence(Questionnaire([question]), sheets)


def numbers(items: int = 200) -> tuple[np.ndarray, dict[str, list[float]]]:
    """What is right, and what three say who look, one who says 50, and one who says anything."""
    rng = np.random.default_rng(5)
    truth = rng.random(items) * 100
    looks = {f"h{at}": np.clip(truth + rng.normal(0, 2, items), 0, 100).tolist() for at in range(3)}
    return truth, looks | {"one": [50.0] * items, "any": (rng.random(items) * 100).tolist()}


@pytest.mark.parametrize("policy", [policies.dawid_skene(), policies.agreement()])
def test_numbers_without_a_look_are_worth_nothing_and_are_found(policy: policies.Policy) -> None:
    _, said = numbers()
    evidence = of(Number("n", "How much?", least=0, most=100), said)
    assert accused(evidence) == [("any", "random"), ("one", "constant")]
    judged = scores_of(evidence, policy)
    assert min(judged[who] for who in ("h0", "h1", "h2")) > 0.7
    assert max(judged[who] for who in ("one", "any")) == 0.0


def test_without_its_finding_a_constant_number_scores_as_chance_also_by_gold() -> None:
    truth, said = numbers()
    evidence = of(Number("n", "How much?", least=0, most=100), said)
    known = {item: {"n": float(truth[item])} for item in range(0, 200, 10)}
    for policy in (policies.gold(known), policies.dawid_skene(), policies.agreement()):
        judged = policy.judge(evidence)
        mean = {
            who: np.mean([judged[at].score for at, (name, _) in enumerate(evidence.sheets)
                          if name == who])
            for who in said
        }  # fmt: skip
        assert mean["h0"] > 0.7 and max(mean["one"], mean["any"]) < 0.25, policy.name


def test_boxes_that_are_always_the_same_and_texts_of_one_word_are_found() -> None:
    rng = np.random.default_rng(1)
    corners = rng.random((100, 2)) * 0.6

    def box(x: float, y: float) -> list[dict[str, Any]]:
        return [{"label": "a", "x": float(x), "y": float(y), "width": 0.3, "height": 0.3}]

    looks = {
        f"h{at}": [box(*(corner + rng.random(2) * 0.03)) for corner in corners] for at in range(3)
    }
    boxes = of(Boxes("b", "Where?", labels=["a"]), looks | {"one": [box(0.35, 0.35)] * 100})
    assert accused(boxes) == [("one", "constant")]
    words = rng.permutation([f"{a} {b}" for a in "abcdefghij" for b in "klmnop"]).tolist()
    texts = of(Text("t", "What?"), {f"h{at}": words for at in range(3)} | {"one": ["a k"] * 60})
    assert accused(texts) == [("one", "constant")]


def test_who_answers_in_words_that_nobody_else_has_did_not_guess() -> None:
    words = [f"thing {at}" for at in range(60)]
    said = {f"h{at}": words for at in range(3)}
    said["own"] = [f"chose {at + 100}" for at in range(60)]
    assert accused(of(Text("t", "What?"), said)) == []


def test_numbers_given_in_no_time_and_of_little_use_are_found() -> None:
    rng = np.random.default_rng(2)
    truth, said = numbers()
    del said["one"], said["any"]
    said["fast"] = np.where(rng.random(200) < 0.3, truth, rng.random(200) * 100).tolist()
    evidence = of(Number("n", "How much?", least=0, most=100), said, fast=("fast", "h0"))
    assert accused(evidence) == [("fast", "too fast")]


@pytest.mark.parametrize("policy", [policies.dawid_skene(), policies.agreement()])
def test_people_who_all_rightly_say_fine_are_paid(policy: policies.Policy) -> None:
    asked = Choice("k", "Is it?", options=["fine", "broken"])
    fine = of(asked, {f"h{at}": ["fine"] * 20 for at in range(3)})
    assert min(scores_of(fine, policy).values()) > 0.9 and accused(fine) == []
    same = of(Number("n", "How many?"), {f"h{at}": [3] * 40 for at in range(3)})
    assert min(scores_of(same, policy).values()) > 0.9 and accused(same) == []
    slip = of(asked, {"h0": ["fine"] * 20, "h1": ["fine"] * 20, "h2": ["broken"] + ["fine"] * 19})
    assert min(scores_of(slip, policy).values()) > 0.85


def test_where_too_few_look_nobody_is_said_not_to() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 200)
    said = {"honest": truth.tolist()} | {
        f"r{at}": rng.integers(0, 4, 200).tolist() for at in range(3)
    }
    evidence = of(Choice("k", "?", options=range(4)), said)
    assert accused(evidence) == []
