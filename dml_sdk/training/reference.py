"""The NumPy engine: local training of a perceptron, as short as it can be read.

Other engines are held against it in tests, and it is what runs where TensorFlow cannot. Forward
and backward pass are Rumelhart, Hinton and Williams 1986 with cross-entropy on softmax outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import ClientFailed, TrainingError
from dml_sdk.training import keras
from dml_sdk.training.data import Client, Dataset, failing_alone
from dml_sdk.training.engine import (
    ClientFailure,
    ClientUpdate,
    EngineName,
    Evaluation,
    Examples,
    LocalPlan,
    Network,
    Probabilities,
    batches,
    fitted,
    fitted_for_evaluation,
    initial_weights,
    load_client,
)
from dml_sdk.training.network import MLP
from dml_sdk.training.weights import Weights, require_valid

Floats: TypeAlias = npt.NDArray[np.float32]
Layers: TypeAlias = list[tuple[Floats, Floats]]
# Evaluation holds one chunk's activations at a time: 2,000 x 200 floats are 1.6 MB.
CHUNK = 2_000


class NumpyEngine:
    """Trains multi-layer perceptrons with NumPy alone, one client after the other.

    Raises:
        UsageError: a Keras model that is not built yet.
        EngineUnavailable: a Keras model with a layer that is not computed here, named.
    """

    def __init__(self, network: Network) -> None:
        self.network = network if isinstance(network, MLP) else keras.from_keras(network)
        self._source = network
        self._closed = False

    @property
    def name(self) -> EngineName:
        return "numpy"

    def __repr__(self) -> str:
        return f"<NumpyEngine {self.network}>"

    def initial(self, seed: int = 0) -> Weights:
        return initial_weights(self._source, seed)

    def train(
        self,
        weights: Weights,
        clients: Sequence[Client],
        plan: LocalPlan,
        round_number: int,
        should_stop: Callable[[], bool] | None = None,
        on_update: Callable[[ClientUpdate], None] | None = None,
    ) -> list[ClientUpdate | ClientFailure]:
        if self._closed:
            raise TrainingError("This engine is closed; open another with open_engine(…).")
        require_fits(weights, self.network, "the round's model")
        results: list[ClientUpdate | ClientFailure] = []
        for client in clients:
            try:
                with failing_alone(client.name, "Training on the data"):
                    data = load_client(client, (self.network.inputs,), self.network.classes)
                    order = batches(len(data), plan, client.name, round_number)
                    trained = local_training(self.network, weights, data, order, plan, should_stop)
            except ClientFailed as e:
                results.append(ClientFailure(client.name, str(e)))
                continue
            if trained is None:
                break
            update = ClientUpdate(client.name, trained[0], len(data), trained[1])
            results.append(update)
            if on_update is not None:
                on_update(update)
        return results

    def evaluate(self, weights: Weights, data: Dataset) -> Evaluation:
        require_fits(weights, self.network, "the evaluated model")
        return evaluate(self.network, weights, data)

    def predict(self, weights: Weights, examples: Examples) -> Probabilities:
        require_fits(weights, self.network, "the model that predicts")
        return predict(self.network, weights, examples)

    def close(self) -> None:
        self._closed = True


def local_training(
    network: MLP,
    weights: Weights,
    data: Dataset,
    order: Sequence[npt.NDArray[np.int64]],
    plan: LocalPlan,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Weights, float] | None:
    """Stochastic gradient descent over the batches; ClientUpdate of McMahan et al. 2017.

    Returns:
        the weights after training and the last epoch's mean loss; None once told to stop.
    """
    layers = [(kernel.copy(), bias.copy()) for kernel, bias in to_layers(network, weights)]
    last_epoch = len(order) - len(order) // plan.epochs
    loss_sum = 0.0
    # A learning rate that is too high overflows. The update then holds NaN or infinity, which
    # validators reject in words; warnings from in here would tell less.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step, batch in enumerate(order):
            if should_stop is not None and should_stop():
                return None
            gradients, losses = backward(network, layers, data.x[batch], data.y[batch])
            for layer, gradient in zip(layers, gradients, strict=True):
                for values, slopes in zip(layer, gradient, strict=True):
                    slopes *= plan.learning_rate
                    values -= slopes
            if step >= last_epoch:
                loss_sum += float(losses.sum())
    return from_layers(layers), loss_sum / len(data)


def forward(network: MLP, layers: Layers, x: Floats) -> list[Floats]:
    """Activations of every layer: the input first, the logits [n, classes] last."""
    activations = [x]
    for depth, (kernel, bias) in enumerate(layers, start=1):
        x = x @ kernel + bias
        if depth < network.depth:
            x = np.maximum(x, 0) if network.activation == "relu" else np.tanh(x)
        activations.append(x)
    return activations


def cross_entropy(logits: Floats, y: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Softmax probabilities [n, classes] and each example's loss [n], in nats."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[np.arange(len(y)), y]
    return exponentials / total, losses


def backward(
    network: MLP, layers: Layers, x: Floats, y: npt.NDArray[np.int64]
) -> tuple[Layers, Floats]:
    """Gradients of the batch's mean loss, layer by layer, and each example's loss [n]."""
    activations = forward(network, layers, x)
    slope, losses = cross_entropy(activations[-1], y)
    slope[np.arange(len(y)), y] -= 1
    slope /= len(y)
    gradients: Layers = []
    for depth in reversed(range(network.depth)):
        below = activations[depth]
        gradients.append((below.T @ slope, slope.sum(axis=0)))
        if depth:
            slope = slope @ layers[depth][0].T
            slope *= below > 0 if network.activation == "relu" else 1 - below**2
    return gradients[::-1], losses


def evaluate(network: MLP, weights: Weights, data: Dataset) -> Evaluation:
    """Mean loss and accuracy, a chunk of examples at a time.

    Raises:
        UsageError: there are no examples, or they do not fit the network.
    """
    x = fitted_for_evaluation(data, (network.inputs,), network.classes)
    layers = to_layers(network, weights)
    loss, right = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(data), CHUNK):
            y = data.y[start : start + CHUNK]
            logits = forward(network, layers, x[start : start + CHUNK])[-1]
            loss += float(cross_entropy(logits, y)[1].sum(dtype=np.float64))
            right += int((logits.argmax(axis=1) == y).sum())
    return Evaluation(loss / len(data), right / len(data), len(data))


def predict(network: MLP, weights: Weights, examples: Examples) -> Probabilities:
    """How likely each label is, float32 [n, classes], a chunk of examples at a time.

    Raises:
        UsageError: the examples do not fit the network.
    """
    x = fitted(examples, (network.inputs,))
    layers = to_layers(network, weights)
    told = np.empty((len(x), network.classes), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(x), CHUNK):
            logits = forward(network, layers, x[start : start + CHUNK])[-1]
            told[start : start + CHUNK] = cross_entropy(logits, np.zeros(len(logits), np.int64))[0]
    return told


def require_fits(weights: Weights, network: MLP, whose: str) -> None:
    """Refuse weights that are not the network's, or not finite.

    Raises:
        UpdateInvalid: says which array and why.
    """
    like: dict[str, npt.NDArray[Any]] = {
        # A broadcast zero has the right shape and takes no memory.
        name: np.broadcast_to(np.float32(0), shape)
        for name, shape in network.shapes.items()
    }
    require_valid(weights, like, whose)


def to_layers(network: MLP, weights: Weights) -> Layers:
    """(kernel, bias) of each dense layer as float32, from the input to the output."""
    return [
        (
            np.asarray(weights[f"dense_{i}/kernel"], np.float32),
            np.asarray(weights[f"dense_{i}/bias"], np.float32),
        )
        for i in range(1, network.depth + 1)
    ]


def from_layers(layers: Layers) -> Weights:
    """The inverse of `to_layers`."""
    weights: dict[str, Floats] = {}
    for i, (kernel, bias) in enumerate(layers, start=1):
        weights[f"dense_{i}/kernel"], weights[f"dense_{i}/bias"] = kernel, bias
    return weights
