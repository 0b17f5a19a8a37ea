"""Uncertainty by its three measures, beside SciPy and figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy

from dml_sdk.annotation.worth.uncertainty import most_uncertain, uncertainty
from dml_sdk.errors import UsageError

MEASURES = ("least_confidence", "margin", "entropy")
SURE, TORN, SPREAD = [0.98, 0.01, 0.01], [0.5, 0.49, 0.01], [0.4, 0.3, 0.3]
ROWS = np.array([SURE, TORN, SPREAD])


@st.composite
def probabilities(draw: st.DrawFn, labels: st.SearchStrategy[int]) -> np.ndarray:
    shape = draw(st.integers(1, 30)), draw(labels)
    drawn = draw(arrays(np.float64, shape, elements=st.floats(0.0, 1.0, width=32))) + 1e-6
    return drawn / drawn.sum(axis=1, keepdims=True)


def test_each_measure_gives_what_its_definition_says():
    np.testing.assert_allclose(uncertainty(ROWS, "least_confidence"), [0.02, 0.5, 0.6])
    np.testing.assert_allclose(uncertainty(ROWS, "margin"), [0.03, 0.99, 0.9])
    np.testing.assert_allclose(uncertainty(ROWS, "entropy"), entropy(ROWS, axis=1))


def test_measures_part_where_a_model_is_torn_between_two_or_unsure_among_all():
    assert most_uncertain(ROWS, "margin").tolist() == [1, 2, 0]
    assert most_uncertain(ROWS, "least_confidence").tolist() == [2, 1, 0]
    assert most_uncertain(ROWS, "entropy").tolist() == [2, 1, 0]


def test_what_is_certain_has_no_uncertainty_and_an_even_guess_the_most():
    rows = [[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]
    for by, most in zip(MEASURES, (0.75, 1.0, np.log(4)), strict=True):
        np.testing.assert_allclose(uncertainty(rows, by), [0, most], atol=1e-12)


@given(probabilities(st.integers(2, 12)), st.sampled_from(MEASURES))
def test_the_order_names_every_row_once_and_never_rises(rows, by):
    order = most_uncertain(rows, by)
    assert sorted(order) == list(range(len(rows)))
    told = uncertainty(rows, by)
    assert (np.diff(told[order]) <= 0).all()
    assert (told >= -1e-12).all()


@given(probabilities(st.integers(2, 12)))
def test_entropy_is_scipys(rows):
    np.testing.assert_allclose(uncertainty(rows, "entropy"), entropy(rows, axis=1), atol=1e-12)


@given(probabilities(st.just(2)))
def test_of_two_labels_all_measures_agree_on_the_order(rows):
    steps = np.round(rows, 4)  # nearer ones are equal but for rounding
    first = uncertainty(steps / steps.sum(axis=1, keepdims=True), "margin")
    for by in ("least_confidence", "entropy"):
        other = uncertainty(steps / steps.sum(axis=1, keepdims=True), by)
        for a in range(len(rows)):
            for b in range(len(rows)):
                assert not (first[a] > first[b] + 1e-4 and other[a] < other[b] - 1e-9)


def test_of_equal_rows_the_first_comes_first():
    assert most_uncertain([TORN] * 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "wrong",
    [
        [0.5, 0.5],
        [[1.0], [1.0]],
        [[3.2, -1.0]],
        [[0.5, 0.6]],
        [[np.nan, np.nan]],
        [["a", "b"]],
        None,
    ],
    ids=["one row", "one label", "logits", "sum above 1", "nan", "text", "nothing"],
)
def test_what_are_no_probabilities_is_refused(wrong):
    with pytest.raises(UsageError, match="no probabilities"):
        uncertainty(wrong)


def test_an_unknown_measure_is_refused_with_those_that_there_are():
    with pytest.raises(UsageError, match="least_confidence, margin, entropy"):
        uncertainty(ROWS, "gut feeling")
