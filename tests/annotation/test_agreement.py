from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import krippendorff
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from dml_sdk.annotation.asked.answers import Answer, Sheet, decode_sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Polygons
from dml_sdk.annotation.worth import evidence as evidence_module
from dml_sdk.annotation.worth import likeness, policies
from dml_sdk.annotation.worth.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.figures import by_pair, by_question, disagreements, pair_table
from dml_sdk.annotation.worth.overlap import box_iou, interval_iou, matched, polygon_iou
from dml_sdk.annotation.worth.validation import validate
from dml_sdk.errors import UsageError
from tests.annotation.people import sheets_of

SEEDS = st.integers(0, 2**32 - 1)
SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(["none", "linear", "quadratic"]))
def test_cohens_kappa_is_scikit_learns(seed: int, weighting: str) -> None:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, 40)
    second = np.where(rng.random(40) < 0.5, first, rng.integers(0, 5, 40))
    theirs = cohen_kappa_score(first, second, weights=None if weighting == "none" else weighting)
    assert cohen_kappa(first, second, weighting) == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 7))
def test_fleiss_kappa_is_statsmodels(seed: int, annotators: int) -> None:
    counts = np.random.default_rng(seed).multinomial(annotators, [0.5, 0.3, 0.1, 0.1], 30)
    assert fleiss_kappa(counts) == pytest.approx(statsmodels_fleiss(counts), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_krippendorffs_alpha_is_that_of_his_library_with_gaps_too(seed: int, level: str) -> None:
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 6, (4, 30)).astype(float)
    ratings[:, 20:] = ratings[0, 20:]
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    theirs = krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
    assert krippendorff_alpha(ratings, level) == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_kappa_of_each_two_annotators_is_scikit_learns_and_their_mean_is_a_figure(seed) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 30)
    said = {
        name: np.where(rng.random(30) < 0.6, truth, rng.integers(0, 3, 30)).tolist()
        for name in ("ada", "bob", "eve")
    }
    evidence = Evidence(
        Questionnaire([Choice("kind", "Which?", options=range(3))]), sheets_of(said, batch=30)
    )
    pairs = by_pair(evidence, evidence.questionnaire.questions[0])
    theirs = [cohen_kappa_score(said[pair.first], said[pair.second]) for pair in pairs]
    assert [pair.kappa for pair in pairs] == pytest.approx(theirs, abs=1e-9)
    assert [(pair.first, pair.second, pair.items) for pair in pairs] == [
        ("ada", "bob", 30), ("ada", "eve", 30), ("bob", "eve", 30),
    ]  # fmt: skip
    (figures,) = by_question(evidence)
    assert figures.cohen == pytest.approx(np.mean(theirs), abs=1e-9)
    assert pair_table(evidence).column("kappa") == [pair.kappa for pair in pairs]


def test_where_only_one_label_occurs_there_is_nothing_to_agree_about() -> None:
    assert np.isnan(cohen_kappa([1, 1], [1, 1]))
    assert np.isnan(fleiss_kappa([[3, 0], [3, 0]]))
    assert np.isnan(krippendorff_alpha([[1.0, 1.0], [1.0, 1.0]]))
    assert np.isnan(krippendorff_alpha([[1.0, np.nan], [np.nan, 1.0]]))


def test_tables_that_a_measure_cannot_take_are_refused() -> None:
    with pytest.raises(UsageError, match="two of each item"):
        cohen_kappa([1, 2], [1])
    with pytest.raises(UsageError, match="krippendorff_alpha takes"):
        fleiss_kappa([[2, 1], [1, 1]])
    with pytest.raises(UsageError, match="nominal, ordinal"):
        krippendorff_alpha([[1.0, 2.0], [1.0, 1.0]], "cardinal")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="weighting="):
        cohen_kappa([1, 2], [1, 1], "cubic")  # type: ignore[arg-type]


def test_boxes_that_share_a_quarter_of_each_overlap_by_a_seventh() -> None:
    one = {"x": 0.0, "y": 0.0, "width": 0.5, "height": 0.5}
    others = [{**one, "x": 0.25, "y": 0.25}, one, {**one, "x": 0.5}]
    assert box_iou([one], others).tolist() == [[pytest.approx(1 / 7), 1.0, 0.0]]
    spans = [{"start": 0, "end": 2}, {"start": 1, "end": 3}]
    assert interval_iou(spans, spans).tolist() == [[1.0, pytest.approx(1 / 3)]] * 1 + [
        [pytest.approx(1 / 3), 1.0]
    ]


BOXES = st.builds(
    lambda x, y, width, height: {
        "x": x * (1 - width), "y": y * (1 - height), "width": width, "height": height,
    },
    *[st.floats(0, 1)] * 2,
    *[st.floats(0.001, 1)] * 2,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(BOXES, max_size=4), st.lists(BOXES, max_size=4))
def test_boxes_overlap_as_shapely_has_it(first, second) -> None:
    table = box_iou(first, second)
    assert table.shape == (len(first), len(second))
    for (row, column), told in np.ndenumerate(table):
        assert told == pytest.approx(_iou(*map(_box, (first[row], second[column]))), abs=1e-9)


INTERVALS = st.builds(
    lambda start, length: {"start": start, "end": start + length},
    st.integers(0, 50), st.integers(1, 50),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(INTERVALS, max_size=4), st.lists(INTERVALS, max_size=4))
def test_intervals_overlap_as_lines_do_in_shapely(first, second) -> None:
    for (row, column), told in np.ndenumerate(interval_iou(first, second)):
        one, other = (
            shapely.LineString([(part["start"], 0), (part["end"], 0)])
            for part in (first[row], second[column])
        )
        whole = one.union(other).length
        assert told == pytest.approx(one.intersection(other).length / whole, abs=1e-9)


def round_outline(seed: int, corners: int) -> list[list[float]]:
    """An outline around a middle, which never crosses itself."""
    rng = np.random.default_rng(seed)
    turns = np.sort(rng.random(corners)) * 2 * np.pi
    away = 0.05 + 0.2 * rng.random(corners)
    x, y = rng.random(2) * 0.5 + 0.25
    return np.stack([x + away * np.cos(turns), y + away * np.sin(turns)], axis=1).tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(SEEDS, max_size=4), st.lists(SEEDS, max_size=4), st.integers(3, 40))
def test_outlines_overlap_as_shapely_has_it(first, second, corners: int) -> None:
    one, other = ([round_outline(seed, corners) for seed in seeds] for seeds in (first, second))
    table = polygon_iou(one, other)
    assert table.shape == (len(one), len(other))
    assert table == pytest.approx(polygon_iou(other, one).T, abs=1e-9)
    for (row, column), told in np.ndenumerate(table):
        shapes = shapely.Polygon(one[row]), shapely.Polygon(other[column])
        if all(shape.is_valid for shape in shapes):
            assert told == pytest.approx(_iou(*shapes), abs=1e-9)


def test_an_outline_that_crosses_itself_has_nothing_in_common_with_any() -> None:
    shifted = [[x + 0.5, y + 0.5] for x, y in SQUARE]
    bow_tie = [[0, 0], [1, 1], [1, 0], [0, 1]]
    line = [[0, 0], [1, 1], [0.5, 0.5]]
    told = polygon_iou(
        [SQUARE, bow_tie, line], [shifted, SQUARE, bow_tie, [[0, 0], [1, 0], [0, 1]]]
    )
    assert told[0].tolist() == pytest.approx([1 / 7, 1, 0, 0.5])
    assert not told[1:].any()


def test_only_outlines_that_are_wanted_and_whose_bounds_meet_are_measured(monkeypatch) -> None:
    measured: list[int] = []
    intersection = shapely.intersection

    def count(one, other):
        measured.append(len(one))
        return intersection(one, other)

    monkeypatch.setattr(shapely, "intersection", count)
    far = [[[x + 2 * at, y] for x, y in SQUARE] for at in range(5)]
    assert polygon_iou(far, far).tolist() == np.eye(5).tolist()
    assert polygon_iou(far, far, np.zeros((5, 5), dtype=bool)).max() == 0
    assert measured == [5, 0]


def comb(teeth: int, upright: bool) -> list[list[float]]:
    """An outline that a comb of the other kind crosses with every edge."""
    points = [[0.0, 0.0]]
    for at in range(teeth):
        x, half = at / teeth, 0.5 / teeth
        points += [[x, 0.05], [x, 0.95], [x + half, 0.95], [x + half, 0.05]]
    points += [[1.0, 0.05], [1.0, 0.0]]
    return points if upright else [[y, x] for x, y in points]


def test_outlines_that_cross_more_often_than_peoples_do_are_not_measured(monkeypatch) -> None:
    monkeypatch.setattr(shapely, "intersection", lambda *_: pytest.fail("measured"))
    assert polygon_iou([comb(249, True)] * 10, [comb(249, False)] * 10).max() == 0


def test_a_comb_of_few_teeth_is_measured_all_the_same() -> None:
    one, other = comb(20, True), comb(20, False)
    expected = _iou(shapely.Polygon(one), shapely.Polygon(other))
    assert polygon_iou([one], [other])[0, 0] == pytest.approx(expected) != 0


def test_a_hostile_sheet_of_outlines_is_judged_with_each_pair_compared_once(monkeypatch) -> None:
    asked = Questionnaire([Polygons("o", "?", labels=["x"])])

    def sheet(outlines: Callable[[int], list[list[list[float]]]]) -> Sheet:
        return Sheet(0, tuple(
            Answer(item, {"o": [{"label": "x", "points": p} for p in outlines(item)]})
            for item in range(5)
        ))  # fmt: skip

    def triangle(item: int) -> list[list[list[float]]]:
        left = item / 5
        return [[[left, 0.1], [left + 0.2, 0.1], [left + 0.2, 0.9]]]

    compared: list[tuple[int, int]] = []

    def count(question, first, second, reach) -> float:
        compared.append((id(first), id(second)))
        return likeness.compared_within(question, first, second, reach)

    monkeypatch.setattr(evidence_module, "compared_within", count)
    hostile = [sheet(lambda _, upright=u: [comb(249, upright)] * 10) for u in (True, False)]
    honest = [sheet(triangle) for _ in range(2)]
    sheets = list(zip(("mallory", "trudy", "ada", "bob"), [*hostile, *honest], strict=True))
    for _, one in sheets:
        decode_sheet(one.encode(), asked, 0, range(5))
    evidence = Evidence(asked, sheets)
    judged = validate(evidence, policies.dawid_skene() & policies.agreement())
    by_question(evidence), disagreements(evidence, judged)
    assert len(compared) == len(set(compared)) == 5 * 6
    scores = {score.annotator: score.score for score in judged.scores}
    assert min(scores["ada"], scores["bob"]) > max(scores["mallory"], scores["trudy"])


def test_what_chance_brings_about_is_measured_without_answers_that_are_too_much_work() -> None:
    asked = Polygons("o", "?", labels=["x"])
    large = [{"label": "x", "points": comb(249, True)}] * 10
    small = [{"label": "x", "points": SQUARE}]
    pairs = [(large, large)] * 20 + [(small, small)]
    told = likeness.compared(asked, pairs)
    assert len(told) < len(pairs) and 1.0 in told


def _box(told) -> shapely.Polygon:
    return shapely.box(told["x"], told["y"], told["x"] + told["width"], told["y"] + told["height"])


def _iou(one: shapely.Polygon, other: shapely.Polygon) -> float:
    return one.intersection(other).area / one.union(other).area


def test_lists_of_parts_are_matched_one_to_one_and_extra_parts_cost() -> None:
    assert matched(np.array([[1.0, 0.9], [0.9, 0.0]])) == pytest.approx(0.5)
    assert matched(np.array([[1.0, 0.0, 0.0]])) == pytest.approx(1 / 3)
    assert matched(np.zeros((0, 0))) == 1.0
    assert matched(np.zeros((0, 2))) == 0.0


def test_alpha_of_many_different_numbers_needs_no_table_of_all_of_them() -> None:
    ratings = np.random.default_rng(0).random((3, 10_000))
    tracemalloc.start()
    try:
        for level in ("nominal", "ordinal", "interval"):
            assert abs(krippendorff_alpha(ratings, level)) < 0.1
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
