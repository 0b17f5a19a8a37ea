from __future__ import annotations

import json

import numpy as np
import pytest

from dml_sdk.errors import UsageError
from dml_sdk.training.network import MLP, mlp, softmax


def test_the_2nn_has_the_papers_199_210_parameters() -> None:
    assert mlp().parameters == 199_210
    assert sum(w.size for w in mlp().initial(0).values()) == 199_210


def test_softmax_regression_starts_from_zeros() -> None:
    weights = softmax(784, 10).initial(5)
    assert list(weights) == ["dense_1/kernel", "dense_1/bias"]
    assert not any(w.any() for w in weights.values())


def test_hidden_layers_start_within_glorots_limit_and_biases_at_zero() -> None:
    weights = mlp(50, (40,), 10).initial(1)
    limit = np.sqrt(6 / 90)
    kernel = weights["dense_1/kernel"]
    assert kernel.dtype == np.float32
    assert 0.9 * limit < np.abs(kernel).max() <= limit
    assert not weights["dense_1/bias"].any()


def test_the_seed_decides_where_training_starts() -> None:
    first, again, other = (mlp(8, (4,), 3).initial(seed) for seed in (1, 1, 2))
    assert np.array_equal(first["dense_1/kernel"], again["dense_1/kernel"])
    assert not np.array_equal(first["dense_1/kernel"], other["dense_1/kernel"])


def test_a_network_survives_being_written_as_json() -> None:
    network = mlp(12, [7, 5], 3, "tanh")
    assert MLP.from_config(json.loads(json.dumps(network.config()))) == network


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "cnn"},
        {"hidden": "200"},
        {"hidden": [2**40]},
        {"hidden": [0]},
        {"inputs": "784"},
        {"inputs": True},
        {"classes": 1},
        {"activation": "__import__"},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_description_that_was_tampered_with_is_refused(change) -> None:
    with pytest.raises(UsageError):
        MLP.from_config({**mlp(8, (4,), 3).config(), **change})
