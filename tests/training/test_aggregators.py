from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dml_sdk.errors import UpdateInvalid, UsageError
from dml_sdk.training.aggregators import fedavg
from dml_sdk.training.engine import ClientUpdate

FINITE = st.floats(-1e6, 1e6, width=32)


def update(weights, examples: int = 1, client: str = "client-1") -> ClientUpdate:
    return ClientUpdate(client, weights, examples, 0.0)


@given(
    st.lists(
        st.tuples(arrays.arrays(np.float32, (2, 3), elements=FINITE), st.integers(1, 10_000)),
        min_size=1,
        max_size=8,
    )
)
def test_the_mean_weighs_each_model_by_its_examples(drawn) -> None:
    like = {"w": np.zeros((2, 3), np.float32)}
    mean = fedavg([update({"w": w}, n) for w, n in drawn], like)["w"]
    models, examples = zip(*drawn, strict=True)
    expected = np.average(np.array(models, np.float64), axis=0, weights=examples)
    assert mean.dtype == np.float32
    assert np.allclose(mean, expected, rtol=1e-6, atol=1e-6 * np.abs(models).max() + 1e-30)
    assert (mean <= np.max(models, axis=0) * (1 + 1e-6 * np.sign(np.max(models, axis=0)))).all()


def test_one_update_is_its_own_mean_and_is_copied() -> None:
    own = np.array([1.5, -2.0], np.float32)
    mean = fedavg([update({"w": own}, 7)], {"w": own})["w"]
    assert np.array_equal(mean, own)
    assert not np.shares_memory(mean, own)


def test_sums_are_carried_in_double_precision() -> None:
    like = {"w": np.zeros(1, np.float32)}
    many = [update({"w": np.array([0.1], np.float32)}) for _ in range(10_000)]
    assert fedavg(many, like)["w"][0] == np.float32(0.1)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({"w": np.array([1.0, np.nan], np.float32)}, "NaN"),
        ({"w": np.array([1.0, np.inf], np.float32)}, "infinity"),
        ({"w": np.zeros(3, np.float32)}, r"shape \(3,\)"),
        ({"w": np.zeros(2, np.int64)}, "floating-point"),
        ({"w": [0.0, 0.0]}, "floating-point"),
        ({}, "'w' is missing"),
        ({"w": np.zeros(2, np.float32), "v": np.zeros(1)}, "'v' does not belong"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_by_name(weights, reason) -> None:
    like = {"w": np.zeros(2, np.float32)}
    good = update(like)
    with pytest.raises(UpdateInvalid, match=f"client-9.*{reason}"):
        fedavg([good, update(weights, client="client-9")], like)


@pytest.mark.parametrize("examples", [0, -5])
def test_an_update_must_count_at_least_one_example(examples) -> None:
    like = {"w": np.zeros(2, np.float32)}
    with pytest.raises(UpdateInvalid, match="at least one"):
        fedavg([update(like, examples)], like)


def test_there_must_be_an_update_to_average() -> None:
    with pytest.raises(UsageError, match="no update"):
        fedavg([], {"w": np.zeros(2, np.float32)})
