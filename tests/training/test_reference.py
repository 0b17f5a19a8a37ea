"""The oracle itself: gradients against finite differences, losses against the definition."""

from __future__ import annotations

import numpy as np
import pytest

from dml_sdk.training import reference
from dml_sdk.training.engine import LocalPlan, batches
from dml_sdk.training.network import mlp, softmax

from .conftest import blobs


@pytest.mark.parametrize("network", [softmax(6, 4), mlp(6, (5, 3), 4), mlp(6, (5,), 4, "tanh")])
def test_gradients_are_the_slopes_of_the_loss(network) -> None:
    data = blobs(9, inputs=6, classes=4)
    rng = np.random.default_rng(0)
    x = data.x.astype(np.float64)
    layers = [
        (rng.normal(size=(a, b)), rng.normal(size=b))
        for a, b in zip(network.widths, network.widths[1:], strict=False)
    ]
    gradients, _ = reference.backward(network, layers, x, data.y)

    def loss() -> float:
        logits = reference.forward(network, layers, x)[-1]
        return float(reference.cross_entropy(logits, data.y)[1].mean())

    step = 1e-6
    for layer, gradient in zip(layers, gradients, strict=True):
        for values, slopes in zip(layer, gradient, strict=True):
            for index in np.ndindex(values.shape):
                kept = values[index]
                values[index] = kept + step
                above = loss()
                values[index] = kept - step
                below = loss()
                values[index] = kept
                assert (above - below) / (2 * step) == pytest.approx(slopes[index], abs=1e-6)


def test_cross_entropy_is_the_logarithm_of_the_right_labels_probability() -> None:
    logits = np.array([[1.0, 2.0, 3.0], [1000.0, 0.0, -1000.0]], np.float32)
    probabilities, losses = reference.cross_entropy(logits, np.array([0, 0]))
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert losses[0] == pytest.approx(-np.log(np.exp(1) / np.exp([1, 2, 3]).sum()), rel=1e-6)
    assert losses[1] == 0


def test_one_full_batch_is_one_step_of_gradient_descent() -> None:
    network, data = softmax(20, 5), blobs(30)
    plan = LocalPlan(epochs=1, batch_size=30, learning_rate=0.5)
    order = batches(30, plan, "client-1", 1)
    trained = reference.local_training(network, network.initial(), data, order, plan)
    assert trained is not None
    # From zero weights every label is equally likely: the gradient can be written down.
    slope = np.full((30, 5), 0.2) - np.eye(5)[data.y]
    assert trained[0]["dense_1/kernel"] == pytest.approx(-0.5 * data.x.T @ slope / 30, abs=1e-6)
    assert trained[0]["dense_1/bias"] == pytest.approx(-0.5 * slope.mean(axis=0), abs=1e-6)
    assert trained[1] == pytest.approx(np.log(5), rel=1e-6)


def test_the_reported_loss_is_the_last_epochs() -> None:
    network, data = softmax(20, 5), blobs(64)
    losses = []
    for epochs in (1, 4):
        plan = LocalPlan(epochs=epochs, batch_size=8, learning_rate=0.1)
        trained = reference.local_training(
            network, network.initial(), data, batches(64, plan, "c", 1), plan
        )
        assert trained is not None
        losses.append(trained[1])
    assert losses[1] < 0.5 * losses[0]


def test_evaluation_in_chunks_equals_evaluation_at_once() -> None:
    network, data = mlp(20, (8,), 5), blobs(2 * reference.CHUNK + 17)
    weights = network.initial(3)
    measured = reference.evaluate(network, weights, data)
    logits = reference.forward(network, reference.to_layers(network, weights), data.x)[-1]
    assert measured.accuracy == (logits.argmax(axis=1) == data.y).mean()
    assert measured.loss == pytest.approx(
        float(reference.cross_entropy(logits, data.y)[1].mean()), rel=1e-5
    )
    assert measured.examples == len(data)
