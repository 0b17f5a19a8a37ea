"""What is trained, without TensorFlow: multi-layer perceptrons and softmax regression.

    mlp(784, (200, 200), 10)     the FedAvg paper's 2NN
    softmax(784, 10)             softmax regression: the same without a hidden layer

Weights are named as a Keras model of the same layers names them in this SDK ("dense_1/kernel",
"dense_1/bias", "dense_2/kernel", …), so both engines read each other's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import UsageError
from dml_sdk.training.weights import Weights

Activation: TypeAlias = Literal["relu", "tanh"]
# Untrusted descriptions come through here too: a bound keeps one from asking for all memory.
MOST_PARAMETERS = 100_000_000


@dataclass(frozen=True, slots=True)
class MLP:
    """A multi-layer perceptron for classification; its last layer gives logits.

    Attributes:
        inputs: numbers in one example; images are flattened.
        hidden: units of each hidden layer; none makes it softmax regression.
        classes: how many labels.
        activation: of the hidden layers, "relu" or "tanh".

    Raises:
        UsageError: a size below 1, fewer than two classes, or an unknown activation.
    """

    inputs: int = 784
    hidden: tuple[int, ...] = (200, 200)
    classes: int = 10
    activation: Activation = "relu"

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, tuple | list):
            raise UsageError(f"hidden={shown(self.hidden)}: give a size for each hidden layer.")
        sizes = [whole_of(size) for size in self.widths]
        whole = [size for size in sizes if size is not None and size >= 1]
        if len(whole) < len(sizes):
            raise UsageError(
                f"A network of the layers {shown(self.widths)} cannot be: sizes are whole numbers, "
                "1 or more."
            )
        inputs, *hidden, classes = whole
        for name, size in (("inputs", inputs), ("hidden", tuple(hidden)), ("classes", classes)):
            object.__setattr__(self, name, size)
        if self.classes < 2:
            raise UsageError(f"classes={self.classes}: a classifier needs two or more.")
        if self.activation not in ("relu", "tanh"):
            raise UsageError(f'activation={shown(self.activation)} is unknown: "relu" or "tanh".')
        if self.parameters > MOST_PARAMETERS:
            raise UsageError(
                f"A network of the layers {shown(self.widths)} has over {MOST_PARAMETERS:,} "
                "parameters: make it smaller."
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Sizes from the input to the output."""
        return (self.inputs, *self.hidden, self.classes)

    @property
    def depth(self) -> int:
        """How many dense layers."""
        return len(self.hidden) + 1

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Each weight's shape by name, from the input to the output."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i, (fan_in, fan_out) in enumerate(itertools.pairwise(self.widths), start=1):
            shapes[f"dense_{i}/kernel"] = (fan_in, fan_out)
            shapes[f"dense_{i}/bias"] = (fan_out,)
        return shapes

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum((a + 1) * b for a, b in itertools.pairwise(self.widths))

    def initial(self, seed: int = 0) -> Weights:
        """Weights to start from: zeros without hidden layers, else Glorot uniform, zero biases.

        Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
        networks", equation 16.
        """
        rng = np.random.default_rng(seed)
        weights: dict[str, npt.NDArray[np.float32]] = {}
        for name, shape in self.shapes.items():
            if name.endswith("/bias") or not self.hidden:
                weights[name] = np.zeros(shape, np.float32)
            else:
                limit = np.sqrt(6 / sum(shape))
                weights[name] = rng.uniform(-limit, limit, shape).astype(np.float32)
        return weights

    def config(self) -> dict[str, Any]:
        """A description that JSON can hold; `MLP.from_config` reads it."""
        return {"kind": "mlp", **asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> MLP:
        """The network of a description, which is not trusted.

        Raises:
            UsageError: not what `config()` writes.
        """
        fields = {"inputs", "hidden", "classes", "activation"}
        if config.get("kind") != "mlp" or set(config) != fields | {"kind"}:
            raise UsageError("This is not the description of a multi-layer perceptron.")
        if not isinstance(config["hidden"], list):
            raise UsageError("hidden must be a list of sizes.")
        return mlp(**{name: config[name] for name in fields})


def mlp(
    inputs: int = 784,
    hidden: Sequence[int] = (200, 200),
    classes: int = 10,
    activation: Activation = "relu",
) -> MLP:
    """A multi-layer perceptron; the defaults are the 2NN of McMahan et al. 2017 on MNIST.

    Raises:
        UsageError: a size below 1, fewer than two classes, or an unknown activation.
    """
    sizes = tuple(hidden) if isinstance(hidden, Iterable) else hidden
    return MLP(inputs, sizes, classes, activation)


def softmax(inputs: int = 784, classes: int = 10) -> MLP:
    """Softmax regression (multinomial logistic regression): one dense layer, no hidden one.

    Raises:
        UsageError: a size below 1 or fewer than two classes.
    """
    return MLP(inputs, (), classes)
