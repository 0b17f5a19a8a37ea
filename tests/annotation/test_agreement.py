from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from dml_sdk.annotation.worth.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from dml_sdk.annotation.worth.overlap import box_iou, interval_iou, matched, polygon_iou
from dml_sdk.errors import UsageError

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
    assert box_iou(one, {**one, "x": 0.25, "y": 0.25}) == pytest.approx(1 / 7)
    assert box_iou(one, one) == pytest.approx(1.0)
    assert box_iou(one, {**one, "x": 0.5}) == 0.0
    assert interval_iou({"start": 0, "end": 2}, {"start": 1, "end": 3}) == pytest.approx(1 / 3)


def test_outlines_overlap_exactly_also_where_they_cross_themselves() -> None:
    shifted = [[x + 0.5, y + 0.5] for x, y in SQUARE]
    assert polygon_iou(SQUARE, shifted) == pytest.approx(1 / 7)
    assert polygon_iou(SQUARE, [[0, 0], [1, 0], [0, 1]]) == pytest.approx(0.5)
    bow_tie = [[0, 0], [1, 1], [1, 0], [0, 1]]
    assert polygon_iou(bow_tie, SQUARE) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_outlines_overlap_as_counted_on_a_fine_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [rng.random((int(rng.integers(3, 9)), 2)).tolist() for _ in range(2)]
    at = (np.arange(400) + 0.5) / 400
    x, y = np.meshgrid(at, at)
    one, other = (_inside(shape, x, y) for shape in shapes)
    counted = (one & other).sum() / max((one | other).sum(), 1)
    assert polygon_iou(*shapes) == pytest.approx(counted, abs=0.03)
    assert polygon_iou(*shapes) == pytest.approx(polygon_iou(*shapes[::-1]), abs=1e-9)


def _inside(corners: list[list[float]], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    inside = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        crosses = (y1 > y) != (y2 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


def test_lists_of_parts_are_matched_one_to_one_and_extra_parts_cost() -> None:
    assert matched(np.array([[1.0, 0.9], [0.9, 0.0]])) == pytest.approx(0.5)
    assert matched(np.array([[1.0, 0.0, 0.0]])) == pytest.approx(1 / 3)
    assert matched(np.zeros((0, 0))) == 1.0
    assert matched(np.zeros((0, 2))) == 0.0
