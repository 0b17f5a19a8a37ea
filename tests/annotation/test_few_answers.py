"""How much was answered is counted in items: the labels of one answer prove little together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Choices, Text
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.findings import LEAST_ITEMS, findings
from dml_sdk.annotation.worth.reliability import Standing


def options(count: int) -> Questionnaire:
    return Questionnaire([Choices("q", "Which?", options=range(count), required=False)])


def ticked(row: Any) -> dict[str, Any]:
    return {"q": [int(option) for option in np.flatnonzero(row)]}


def sheet(given: Sequence[dict[str, Any]], ms: int = 2_000) -> Sheet:
    return Sheet(0, tuple(Answer(item, one, ms) for item, one in enumerate(given)))


def three_who_look(luck: np.random.Generator, items: int, count: int) -> tuple[Any, list[Any]]:
    """What is right, and three people's sheets who see an option wrongly one time in twenty."""
    truth = luck.random((items, count)) < 0.4
    return truth, [
        (f"h{n}", sheet([ticked(row) for row in truth ^ (luck.random((items, count)) < 0.05)]))
        for n in range(3)
    ]


def accused(evidence: Evidence) -> list[tuple[str, str]]:
    return [(finding.annotator, finding.kind) for finding in findings(evidence)]


@pytest.mark.parametrize(("answers", "count"), [(1, 40), (3, 10), (6, 10), (29, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_a_newcomer_of_few_answers_is_proven_nothing_however_many_options_each_has(
    answers: int, count: int, seed: int
) -> None:
    luck = np.random.default_rng(seed)
    truth, looks = three_who_look(luck, 40, count)
    none, of_the_next, wrong = truth[:answers] & False, truth[1 : answers + 1], ~truth[:answers]
    for said in (none, of_the_next, wrong, truth[:answers]):
        newcomer = "new", sheet([ticked(row) for row in said])
        assert accused(Evidence(options(count), [*looks, newcomer])) == []


def test_who_says_none_of_them_of_many_items_is_constant_nevertheless() -> None:
    truth, looks = three_who_look(np.random.default_rng(0), 40, 10)
    lazy = "lazy", sheet([ticked(row) for row in truth & False])
    (found,) = findings(Evidence(options(10), [*looks, lazy]))
    assert (found.annotator, found.kind) == ("lazy", "constant")
    assert "400 votes on 40 items" in found.why


def test_an_item_with_thirty_questions_is_one_item() -> None:
    luck = np.random.default_rng(1)
    asked = Questionnaire([Choice(f"q{n}", "?", options=["a", "b"]) for n in range(30)])
    truth = luck.choice(["a", "b"], (40, 30))

    def given(rows: Any) -> list[dict[str, Any]]:
        return [{f"q{n}": str(value) for n, value in enumerate(row)} for row in rows]

    looks = [(f"h{n}", sheet(given(truth))) for n in range(3)]
    newcomer = "new", sheet(given(np.full((1, 30), "a")))
    assert accused(Evidence(asked, [*looks, newcomer])) == []


def test_words_for_many_questions_about_few_items_are_not_found_to_be_random() -> None:
    luck = np.random.default_rng(2)
    asked = Questionnaire([Text(f"t{n}", "?") for n in range(10)])

    def words(items: int) -> list[dict[str, Any]]:
        drawn = luck.integers(0, 15, (items, 10))
        return [{f"t{n}": f"word{word}" for n, word in enumerate(row)} for row in drawn]

    truth, anything = words(60), words(60)
    looks = [(f"h{n}", sheet(truth)) for n in range(3)]
    few, many = (Evidence(asked, [*looks, ("new", sheet(anything[:n]))]) for n in (5, 60))
    assert accused(few) == [] and accused(many) == [("new", "random")]


def test_whoever_hardly_answered_is_not_too_fast() -> None:
    asked = Questionnaire([Choice("k", "?", options=["a", "b"], required=False)])
    luck = np.random.default_rng(3)
    truth = [{"k": str(value)} for value in luck.choice(["a", "b"], 60)]
    wrong = [{"k": "b" if one["k"] == "a" else "a"} for one in truth]
    looks = [(f"h{n}", sheet(truth)) for n in range(3)]
    passes = "passes", sheet([*wrong[:3], *({} for _ in range(57))], ms=80)
    assert accused(Evidence(asked, [*looks, passes])) == []
    third = [truth[n] if n % 3 else wrong[n] for n in range(60)]
    hurries = "hurries", sheet(third, ms=80)
    assert accused(Evidence(asked, [*looks, hurries])) == [("hurries", "too fast")]


def test_gold_and_what_bounds_leave_open_are_counted_in_items() -> None:
    truth, looks = three_who_look(np.random.default_rng(4), 40, 10)
    gold: Gold = {item: ticked(truth[item]) for item in (0, 1, 30)}
    newcomer = "new", sheet([ticked(row) for row in ~truth[:3]])
    evidence = Evidence(options(10), [*looks, newcomer], gold)
    assert evidence.reliability is not None
    standing = evidence.reliability.standings[evidence.number("new")]
    assert (standing.votes, standing.items, standing.gold) == (30, 3, 2)
    more = Standing(30, 30, standing.accuracy, standing.chance, 0.0, 2, ())
    assert standing.kappa_at_most > more.kappa_at_most


def test_nobody_looks_where_all_draw_one_box_and_nobody_is_said_not_to() -> None:
    box = {"label": "b", "x": 0.5144524714962926, "y": 0.11436697456567374,
           "width": 0.0015920371448769834, "height": 0.19044897958700466}  # fmt: skip
    asked = Questionnaire(
        [Boxes("b", "Where?", labels=["b"]), Choices("q", "Which?", options=["u", "v", "w"])]
    )
    same = sheet([{"b": [box], "q": ["w"]}] * 40)
    gold: Gold = {item: {"q": ["u", "v"]} for item in (4, 16, 30)}
    evidence = Evidence(asked, [(f"p{n}", same) for n in range(5)], gold)
    assert accused(evidence) == []
    free = evidence.free(asked.questions[0])
    assert [free[number].dependence for number in range(5)] == [0.0] * 5


def ring_of_three(items: int, seed: int) -> Evidence:
    """Seven who look, and three who have nearly all from somebody who looks half the time."""
    luck = np.random.default_rng(seed)
    truth = luck.random((items, 10)) < 0.3

    def looks(part: float) -> Any:
        return np.where(luck.random((items, 10)) < part, truth, luck.random((items, 10)) < 0.3)

    said = {f"h{n}": looks(0.85) for n in range(7)}
    first = looks(0.5)
    for n in range(3):
        said[f"ring{n}"] = np.where(luck.random((items, 1)) < 0.03, looks(0.5), first)
    sheets = [(who, sheet([ticked(row) for row in rows])) for who, rows in said.items()]
    return Evidence(options(10), sheets)


@pytest.mark.parametrize("seed", range(3))
def test_copying_is_proven_by_many_items_and_not_by_many_options_of_few(seed: int) -> None:
    assert accused(ring_of_three(25, seed)) == []
    many = ring_of_three(200, seed)
    assert accused(many) == [(f"ring{n}", "copying") for n in range(3)]
    assert many.reliability is not None
    assert {pair.common for pair in many.reliability.copying if pair.proven} == {200}


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, LEAST_ITEMS - 1), st.integers(2, 12))
def test_nobody_is_found_out_on_fewer_than_thirty_items(seed: int, items: int, count: int) -> None:
    luck = np.random.default_rng(seed)
    parts = luck.random(5)
    sheets = [
        (f"p{n}", sheet([ticked(row) for row in luck.random((items, count)) < part], ms=50))
        for n, part in enumerate(parts)
    ]
    gold = {item: ticked(luck.random(count) < 0.5) for item in range(items)}
    assert accused(Evidence(options(count), sheets)) == []
    assert accused(Evidence(options(count), [*sheets, ("copy", sheets[0][1])], gold)) == []


NOTED = Questionnaire(
    [Choice("k", "Which?", options=["a", "b"]), Text("note", "Anything else?", required=False)]
)


def noted(labels: Any, notes: int) -> Sheet:
    """Labels, with a note on the first few that everybody words alike."""
    return sheet([
        {"k": "b" if label else "a"} | ({"note": f"item {at} is old"} if at < notes else {})
        for at, label in enumerate(labels)
    ])  # fmt: skip


@pytest.mark.parametrize("notes", range(4))
def test_a_few_notes_on_the_way_do_not_hide_who_says_anything_or_one_thing(notes: int) -> None:
    luck = np.random.default_rng(0)
    truth = luck.random(300) < 0.5
    crowd = [(f"h{n}", noted(truth ^ (luck.random(300) < 0.05), 10)) for n in range(5)]
    spam = [("any", noted(luck.random(300) < 0.5, notes)), ("one", noted(truth & False, notes))]
    told = accused(Evidence(NOTED, [*crowd, *spam]))
    assert told == [("any", "random"), ("one", "constant")]


@pytest.mark.parametrize("notes", [3, 5, 8])
def test_who_leaves_out_what_is_optional_is_not_accused_by_those_who_guess_all_the_rest(
    notes: int,
) -> None:
    for seed in range(5):
        luck = np.random.default_rng(seed)
        guesses = [(f"s{n}", noted(luck.random(200) < 0.5, notes)) for n in range(3)]
        honest = "honest", noted(luck.random(200) < 0.5, 0)
        assert accused(Evidence(NOTED, [honest, *guesses])) == []


@pytest.mark.parametrize("items", [60, 200, 400])
def test_two_who_hand_in_the_same_do_not_know_more_than_the_only_one_who_looks(items: int) -> None:
    for seed in range(5):
        luck = np.random.default_rng(seed)
        made_up = noted(luck.random(items) < 0.5, 0)
        honest = "honest", noted(luck.random(items) < 0.5, 0)
        assert accused(Evidence(NOTED, [honest, ("c1", made_up), ("c2", made_up)])) == []
