"""Answers of thousands of parts: matched as the slow way would, and never beyond all measure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import (
    Boxes,
    Points,
    Polygons,
    Question,
    Regions,
    Spans,
    Text,
)  # fmt: skip
from dml_sdk.annotation.worth import effort, likeness, overlap, policies
from dml_sdk.annotation.worth.chance import drawn
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.validation import validate
from tests.annotation.people import sheets_of

BOXES = Boxes("q", "Where?", labels=["a"], most=1_000)
LARGE: dict[str, Question] = {
    "boxes": BOXES,
    "points": Points("q", "Where?", labels=["a"], most=1_000),
    "polygons": Polygons("q", "Where?", labels=["a"], most=1_000),
    "spans": Spans("q", "Where?", labels=["a"], most=1_000),
    "regions": Regions("q", "When?", labels=["a"], most=1_000),
    "text": Text("q", "What?"),
}


def box(x: float, y: float) -> dict[str, Any]:
    return {"label": "a", "x": float(x), "y": float(y), "width": 0.03, "height": 0.03}


def said(kind: str, luck: np.random.Generator, parts: int) -> Any:
    places = luck.random((parts, 2)) * 0.9
    if kind == "text":
        return " ".join(f"word{int(x * 100)}" for x, _ in places)
    if kind == "boxes":
        return [box(x, y) for x, y in places]
    if kind == "points":
        return [{"label": "a", "x": float(x), "y": float(y)} for x, y in places]
    if kind == "polygons":
        return [{"label": "a", "points": [[x, y], [x + 0.1, y], [x, y + 0.1]]} for x, y in places]
    scale = 1 if kind == "regions" else 1_000
    return [
        {"label": "a", "start": s, "end": s + scale}
        for s in (type(scale)(x * 100 * scale) for x, _ in places)
    ]


def greedily(table: Any) -> float:
    """What `matched` promises, one pair after the other."""
    rows, columns, total = set(range(table.shape[0])), set(range(table.shape[1])), 0.0
    for at in np.argsort(-table.ravel(), kind="stable"):
        row, column = divmod(int(at), table.shape[1])
        if row in rows and column in columns:
            rows.remove(row)
            columns.remove(column)
            total += table[row, column]
    return total / max(table.shape)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40),
    st.sampled_from([2, 5, 1_000]), st.sampled_from([3, 50, 4_096]),
)  # fmt: skip
def test_parts_are_matched_the_likest_first_also_where_many_are_as_like(
    seed: int, rows: int, columns: int, steps: int, at_once: int
) -> None:
    table = np.random.default_rng(seed).integers(0, steps + 1, (rows, columns)) / steps
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "_PAIRS_AT_ONCE", at_once)
        assert overlap.matched(table) == pytest.approx(greedily(table))


@pytest.mark.parametrize("kind", LARGE)
def test_at_a_glance_the_same_is_the_same_and_nothing_is_out_of_range(kind: str) -> None:
    luck = np.random.default_rng(3)
    question = LARGE[kind]
    assert effort.may_be_large(question)
    one, other, empty = said(kind, luck, 30), said(kind, luck, 20), said(kind, luck, 0)
    assert effort.roughly(question, one, one) == effort.roughly(question, empty, empty) == 1.0
    assert effort.roughly(question, one, empty) == 0.0
    told = effort.roughly(question, one, other)
    assert 0.0 <= told < 1.0 and told == effort.roughly(question, other, one)
    assert likeness.compared_within(question, one, other, np.inf) == likeness.likeness(
        question, one, other
    )
    assert likeness.compared_within(question, one, other, 1.0) == told


def test_effort_grows_with_the_product_of_parts_and_all_of_one_size_are_treated_alike() -> None:
    luck = np.random.default_rng(4)
    small, large = said("boxes", luck, 3), said("boxes", luck, 300)
    assert effort.effort(large, large) > 50 * effort.effort(large, small)
    pairs = np.array([10.0] * 5 + [1e9] * 3)
    assert effort.reach(pairs, 0) == 1e9, "one of three would be affordable, so none is"
    assert effort.reach(pairs[:6], 0) == np.inf
    assert effort.reach(pairs[:6], 0, 20) == 1e9, "twenty questions have no more together"


@pytest.mark.parametrize("others", [2, 6])
def test_two_who_draw_as_much_as_is_allowed_cost_no_more_than_a_task_has(
    monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    monkeypatch.setattr(effort, "MOST_EFFORT", 1e6)
    monkeypatch.setattr(effort, "_EFFORT_EACH", 1e4)
    spent, pairs = [], []

    def likely(question: Question, first: Any, second: Any) -> float:
        spent.append(effort.effort(first, second))
        return likeness._RULES[type(question)](question, first, second)

    monkeypatch.setattr(likeness, "likeness", likely)
    luck = np.random.default_rng(5)
    items = 20
    places = luck.random((items, 3, 2)) * 0.9
    crowd = {
        f"h{n}": [[box(*(at + luck.random(2) * 0.004)) for at in item] for item in places]
        for n in range(others)
    } | {f"spam{n}": [said("boxes", luck, 1_000) for _ in range(items)] for n in range(2)}
    evidence = Evidence(Questionnaire([BOXES]), sheets_of(crowd, "q"))
    scores = validate(evidence, policies.dawid_skene()).scores
    pairs = items * (others + 2) * (others + 1) // 2 + 3 * items * (others + 2)
    assert sum(spent) <= 2 * (1e6 + 1e4 * pairs), "what is drawn elsewhere is known by about"
    assert max(spent) < effort.effort(*(crowd[f"spam{n}"][0] for n in range(2)))
    honest = [s.score for s in scores if s.annotator.startswith("h")]
    assert min(honest) > 0.4 and max(s.score for s in scores if s.score not in honest) < 0.1


def test_a_crowd_whose_careful_answers_are_all_large_is_paid_and_chance_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effort, "MOST_EFFORT", 0.0)
    monkeypatch.setattr(effort, "_EFFORT_EACH", 0.0)
    luck = np.random.default_rng(6)
    places = luck.random((40, 60, 2)) * 0.9
    crowd = {
        f"h{n}": [[box(*(at + luck.random(2) * 0.002)) for at in item] for item in places]
        for n in range(3)
    } | {"any": [said("boxes", luck, 60) for _ in range(40)]}
    evidence = Evidence(Questionnaire([BOXES]), sheets_of(crowd, "q"))
    assert evidence.reach(BOXES) <= effort.effort(crowd["h0"][0], crowd["h1"][0])
    scores = validate(evidence, policies.dawid_skene()).scores
    assert min(s.score for s in scores if s.annotator != "any") > 0.4
    assert max(s.score for s in scores if s.annotator == "any") < 0.1


def outlines(luck: np.random.Generator, shown: Any, corners: int) -> list[dict[str, Any]]:
    """What somebody careful draws around things that are shown, with about so many corners each,
    closer to each other here than there, as by hand."""
    told = []
    for x, y, radius in shown:
        turns = np.sort(luck.uniform(0, 2 * np.pi, int(corners * luck.uniform(0.7, 1.3))))
        far = radius * (1 + 0.2 * np.sin(3 * turns)) * (1 + luck.normal(0, 0.03, len(turns)))
        points = np.stack([x + far * np.cos(turns), y + far * np.sin(turns)], axis=1)
        told.append({"label": "a", "points": points.tolist()})
    return told


def things(luck: np.random.Generator, items: int) -> Any:
    """The middle and radius of five things in each of so many images."""
    at = luck.uniform(0.2, 0.8, (items, 5, 2))
    return np.concatenate([at, luck.uniform(0.05, 0.12, (items, 5, 1))], axis=2)


def test_fine_outlines_of_few_things_are_paid_as_well_at_a_glance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effort, "MOST_EFFORT", 0.0)
    monkeypatch.setattr(effort, "_EFFORT_EACH", 10_000.0)
    luck = np.random.default_rng(7)
    question = LARGE["polygons"]
    items = things(luck, 60)
    crowd = {
        name: [outlines(luck, shown, corners) for shown in items]
        for name, corners in (("fine", 200), ("plain 1", 50), ("plain 2", 50))
    } | {"any": [outlines(luck, shown, 50) for shown in things(luck, 60)]}
    evidence = Evidence(Questionnaire([question]), sheets_of(crowd, "q"))
    exact = likeness.likeness(question, crowd["plain 1"][0], crowd["plain 2"][0])
    assert evidence.alike(0, question)[1, 2] != pytest.approx(exact, abs=1e-6), "a glance it is"
    told = {s.annotator: s.score for s in validate(evidence, policies.agreement()).scores}
    assert told.pop("any") < 0.1
    assert min(told.values()) > 0.85 and told["fine"] > max(told.values()) - 0.03


def test_outlines_of_very_many_parts_are_not_held_against_each_other_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    luck = np.random.default_rng(8)
    question = LARGE["polygons"]
    one, other = said("polygons", luck, 1_000), said("polygons", luck, 1_000)
    by_bounds = effort.roughly(question, one[:20], other[:20])
    monkeypatch.setattr(effort, "box_iou", None)
    assert 0.0 <= effort.roughly(question, one, other) < 1.0
    with pytest.raises(TypeError):
        effort.roughly(question, one[:20], other[:20])
    assert 0.0 <= by_bounds < 1.0


def test_a_thousand_items_of_five_outlines_of_60_corners_are_all_compared_corner_by_corner() -> (
    None
):
    luck = np.random.default_rng(9)
    pairs = np.concatenate(
        [
            effort.efforts([outlines(luck, shown, 60) for _ in range(3)])
            for shown in things(luck, 1_000)
        ]
    )
    assert effort.reach(pairs, drawn([3] * 1_000)) == np.inf
