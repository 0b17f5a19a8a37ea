"""What every engine does: local training of some clients from one set of weights.

A round is three computations, so that others can stand between them: an engine gives back every
client's update separately, validators score them (`scoring.py`), and what was accepted is averaged
(`aggregators.py`).

Engines see the same batches (`batches`) and agree to within 1e-5 with the reference, with one
exception that lies in the mathematics: where a hidden unit's sum is nearer to zero than rounding,
two correct engines may take either slope of ReLU, and such a client's updates part company.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import require_rate, require_whole, shown
from dml_sdk.errors import ClientFailed, EngineUnavailable, UsageError
from dml_sdk.training import keras
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.network import MLP
from dml_sdk.training.weights import Weights

Network: TypeAlias = Any
"""An `MLP`, or a built Sequential or functional Keras model (Keras has no types to name)."""
EngineName: TypeAlias = Literal["tff", "numpy"]
Examples: TypeAlias = npt.NDArray[Any]
"""Numbers, [n, …]: images in a shape of their own, or flat."""
Probabilities: TypeAlias = npt.NDArray[np.float32]
ENGINES: tuple[EngineName, ...] = ("tff", "numpy")

_MOST_COUNT = 2**63 - 1  # engines count in 64 bits
_MOST_SEED = 2**128 - 1  # as many bits as NumPy draws for a seed of its own


@dataclass(frozen=True, slots=True)
class LocalPlan:
    """How each client trains: E, B, eta and the seed of McMahan et al. 2017, algorithm 1.

    Attributes:
        epochs: passes over the client's data.
        batch_size: examples a step; the last batch of an epoch may be shorter.
        learning_rate: of plain stochastic gradient descent.
        seed: of the order of examples.

    Raises:
        UsageError: an epoch or batch size below 1, a learning rate not above 0, a negative seed.
    """

    epochs: int = 1
    batch_size: int = 10
    learning_rate: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least, most in (
            ("epochs", 1, _MOST_COUNT), ("batch_size", 1, _MOST_COUNT), ("seed", 0, _MOST_SEED)
        ):  # fmt: skip
            given = require_whole(name, getattr(self, name), least=least, most=most)
            object.__setattr__(self, name, given)
        rate = require_rate("learning_rate", self.learning_rate)
        object.__setattr__(self, "learning_rate", rate)


@dataclass(frozen=True, slots=True, eq=False)
class ClientUpdate:
    """What one client's training gave.

    Attributes:
        client: its name.
        weights: its model after local training.
        examples: how many it trained on, the update's weight in the average.
        loss: mean training loss over its last epoch, each batch measured before its step.
    """

    client: str
    weights: Weights = field(repr=False)
    examples: int
    loss: float


@dataclass(frozen=True, slots=True)
class ClientFailure:
    """A client that dropped out; the round goes on without it.

    Attributes:
        client: its name.
        error: what happened, in words.
    """

    client: str
    error: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a model is on some data.

    Attributes:
        loss: mean cross-entropy, in nats.
        accuracy: share of examples whose likeliest label is right, 0–1.
        examples: how many were looked at.
    """

    loss: float
    accuracy: float
    examples: int


class Engine(Protocol):
    """Trains clients and evaluates models of one network; safe to call from any thread.

    Attributes:
        name: "tff" or "numpy", said wherever a training is shown.
    """

    @property
    def name(self) -> EngineName: ...

    def initial(self, seed: int = 0) -> Weights:
        """Weights to start from: drawn by the seed, or a Keras model's own."""
        ...

    def train(
        self,
        weights: Weights,
        clients: Sequence[Client],
        plan: LocalPlan,
        round_number: int,
        should_stop: Callable[[], bool] | None = None,
        on_update: Callable[[ClientUpdate], None] | None = None,
    ) -> list[ClientUpdate | ClientFailure]:
        """Train each client from `weights`, in the order given.

        Args:
            round_number: goes into the order of examples, so that rounds differ.
            should_stop: asked from time to time; once true, clients that are not done yet are
                missing from the result.
            on_update: called in this thread with every update of the result, as soon as it is
                there and once; others train on when it returns. What it raises ends training.

        Raises:
            UpdateInvalid: `weights` are not this network's.
            TrainingError: the engine itself broke down.
        """
        ...

    def evaluate(self, weights: Weights, data: Dataset) -> Evaluation:
        """Loss and accuracy of a model.

        Raises:
            UpdateInvalid: `weights` are not this network's.
            UsageError: there are no examples, or they do not fit the network.
        """
        ...

    def predict(self, weights: Weights, examples: Examples) -> Probabilities:
        """How likely each label is for each example, float32 [n, classes]; rows sum to 1.

        Raises:
            UpdateInvalid: `weights` are not this network's.
            UsageError: the examples do not fit the network.
        """
        ...

    def close(self) -> None:
        """Let go of what the engine holds; a closed engine refuses to train."""
        ...


def open_engine(name: EngineName, network: Network) -> Engine:
    """The engine of that name for a network; none ever stands in for another.

    Args:
        name: "tff" (TensorFlow Federated) or "numpy".
        network: an `MLP`, or a built Sequential or functional Keras model.

    Raises:
        UsageError: `network` is neither.
        EngineUnavailable: no such engine, it cannot run here, or it cannot train this network.
        MissingExtra: what the engine needs is not installed.
    """
    if name not in ENGINES:
        raise EngineUnavailable(f'There is no engine {shown(name)}: choose "tff" or "numpy".')
    if not isinstance(network, MLP) and not keras.is_keras(network):
        raise UsageError(
            f"A {type(network).__name__} is not a network: give a Keras model or networks.mlp(…)."
        )
    if name == "numpy":
        from dml_sdk.training.reference import NumpyEngine

        return NumpyEngine(network)
    from dml_sdk.training.tff import TffEngine

    engine: Engine = TffEngine(network)
    return engine


def initial_weights(network: Network, seed: int = 0) -> Weights:
    """Weights to start from: drawn by the seed for an `MLP`, a Keras model's own otherwise.

    Raises:
        UsageError: a Keras model that is not built yet.
        EngineUnavailable: a Keras model with weights that cannot be averaged.
    """
    return network.initial(seed) if isinstance(network, MLP) else keras.weights_of(network)


def weights_like(network: Network) -> Weights:
    """Zeros of the names, shapes and dtypes that a network's weights have; they take no memory.

    Raises:
        UsageError: a Keras model that is not built yet.
        EngineUnavailable: a Keras model with weights that cannot be averaged.
    """
    shapes = (
        network.shapes
        if isinstance(network, MLP)
        else {name: tuple(v.shape) for name, v in keras.variables(network).items()}
    )
    return {name: np.broadcast_to(np.float32(0), shape) for name, shape in shapes.items()}


def require_trainable(network: Network) -> None:
    """Refuse a Keras model that neither engine could train; an `MLP` always can be.

    Raises:
        UsageError: a Keras model that is not built yet.
        EngineUnavailable: several or open inputs, an output that is no classifier's, or weights
            that cannot be averaged.
    """
    if isinstance(network, MLP):
        return
    keras.input_shape(network)
    keras.output_classes(network)
    keras.gives_probabilities(network)
    if not keras.variables(network):
        raise EngineUnavailable(f"{network.name} has no weights to train.")


def batch_order(
    examples: int, plan: LocalPlan, client: str, round_number: int
) -> npt.NDArray[np.int64]:
    """The order in which a client's examples are seen, int64 [epochs, examples].

    Every row is a permutation; it depends on the plan's seed, the client's name and the round.
    """
    name = int.from_bytes(hashlib.sha256(client.encode()).digest()[:8], "big")
    rng = np.random.default_rng([plan.seed, round_number, name])
    order = np.empty((plan.epochs, examples), np.int64)
    for row in order:
        row[:] = rng.permutation(examples)
    return order


def batches(
    examples: int, plan: LocalPlan, client: str, round_number: int
) -> list[npt.NDArray[np.int64]]:
    """The positions in each batch, in order; the last batch of an epoch may be short."""
    starts = range(0, examples, plan.batch_size)
    order = batch_order(examples, plan, client, round_number)
    return [epoch[s : s + plan.batch_size] for epoch in order for s in starts]


def fitted(examples: Examples, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """The examples in a network's input shape; [n, 28, 28] also fits (784,) and (28, 28, 1).

    Raises:
        UsageError: they are no numbers, or an example has another number of values.
    """
    x = np.asarray(examples)
    if x.dtype.kind not in "fiub" or x.ndim < 2:
        raise UsageError(
            f"{shown(examples)} are no examples: give numbers, one row (or image) each."
        )
    if math.prod(x.shape[1:]) != math.prod(shape):
        raise UsageError(
            f"Examples of the shape {x.shape[1:]} do not fit a network with the input {shape}."
        )
    return x.astype(np.float32, copy=False).reshape(len(x), *shape)


def fitted_for_evaluation(
    data: Dataset, shape: tuple[int, ...], classes: int
) -> npt.NDArray[np.float32]:
    """The examples in the network's input shape.

    Raises:
        UsageError: none are there, or they or their labels do not fit the network.
    """
    if not len(data):
        raise UsageError("There are no examples to evaluate on; hold some out first.")
    if int(data.y.max()) >= classes:
        raise UsageError(f"The label {int(data.y.max())} is none of the network's {classes}.")
    return fitted(data.x, shape)


def load_client(client: Client, shape: tuple[int, ...], classes: int) -> Dataset:
    """A client's data, checked and in the network's input shape.

    Raises:
        ClientFailed: they cannot be loaded, are empty, do not fit, or hold NaN or infinity.
    """
    data = client.data
    if not len(data):
        raise ClientFailed(f"{client.name} has no examples to train on.")
    try:
        x = fitted(data.x, shape)
    except UsageError as e:
        raise ClientFailed(f"{client.name} cannot train: {e}") from e
    if not np.isfinite(x).all():
        raise ClientFailed(f"The examples of {client.name} hold NaN or infinity; clean them first.")
    if int(data.y.max()) >= classes:
        raise ClientFailed(
            f"{client.name} holds the label {int(data.y.max())}; "
            f"the network tells {classes} classes apart, counted from 0."
        )
    return Dataset(x, data.y, classes)
