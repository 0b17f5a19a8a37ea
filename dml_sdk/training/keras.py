"""What the SDK needs to know of a Keras model, read from the object itself.

Nothing here imports Keras or TensorFlow: whoever passes a Keras model has imported it already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from dml_sdk.errors import EngineUnavailable, UsageError
from dml_sdk.training.network import MLP, Activation
from dml_sdk.training.weights import Weights


def is_keras(network: object) -> bool:
    """Whether this is a Keras model, of any Keras that is loaded."""
    return any(
        base.__name__ == "Model" and base.__module__.partition(".")[0] in ("keras", "tf_keras")
        for base in type(network).__mro__
    )


def variables(model: Any) -> dict[str, Any]:
    """Every variable of a built model by a name that is the same in each copy of the model.

    Keras numbers layers through the whole process ("dense_7"); here the first dense layer of a
    model is always "dense_1". Nested models count along.

    Raises:
        UsageError: the model is not built yet.
        EngineUnavailable: a variable that cannot be averaged or that no layer owns.
    """
    require_built(model)
    named: dict[str, Any] = {}
    seen_layers: Counter[str] = Counter()
    for layer in leaves(model):
        if not layer.weights:
            continue
        kind = _snake(type(layer).__name__)
        seen_layers[kind] += 1
        seen: Counter[str] = Counter()
        for variable in layer.weights:
            base = variable.name.partition(":")[0].rpartition("/")[2]
            seen[base] += 1
            again = f"_{seen[base]}" if seen[base] > 1 else ""
            named[f"{kind}_{seen_layers[kind]}/{base}{again}"] = variable
    if len(named) != len(model.weights):
        raise EngineUnavailable(
            f"{model.name} has weights outside its layers, or layers that share weights. "
            "Build it from layers that each own theirs (Sequential or functional)."
        )
    for name, variable in named.items():
        kind = getattr(variable.dtype, "name", str(variable.dtype))
        if kind != "float32":
            raise EngineUnavailable(
                f"The weight {name} of {model.name} is {kind}; only float32 can be averaged. "
                "Leave its layer out or build the model in float32."
            )
    return named


def weights_of(model: Any) -> Weights:
    """A copy of the model's present weights by stable names.

    Raises:
        UsageError: the model is not built yet.
        EngineUnavailable: see `variables`.
    """
    return {name: np.array(v.numpy(), np.float32) for name, v in variables(model).items()}


def set_weights(model: Any, weights: Weights) -> None:
    """Put weights into a Keras model, in place."""
    for name, variable in variables(model).items():
        variable.assign(weights[name])


def input_shape(model: Any) -> tuple[int, ...]:
    """Shape of one example.

    Raises:
        UsageError: the model is not built yet.
        EngineUnavailable: several inputs, or a size that is left open.
    """
    require_built(model)
    shape = model.input_shape
    if not isinstance(shape, tuple) or any(size is None for size in shape[1:]):
        raise EngineUnavailable(
            f"{model.name} takes {shape}; engines feed one input of a fixed shape. "
            "Give the model a single Input(shape=(…)) without None."
        )
    return tuple(int(size) for size in shape[1:])


def output_classes(model: Any) -> int:
    """How many labels the model tells apart.

    Raises:
        EngineUnavailable: its output is not one number for each of two or more classes.
    """
    shape = model.output_shape
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None or shape[1] < 2:
        raise EngineUnavailable(
            f"{model.name} gives {shape}; engines train classifiers with one output a class. "
            "End the model in Dense(classes), with or without softmax."
        )
    return int(shape[1])


def gives_probabilities(model: Any) -> bool:
    """Whether the last layer is a softmax; otherwise the outputs are taken as logits.

    Raises:
        EngineUnavailable: it ends in another activation, which is neither.
    """
    last = list(leaves(model))[-1]
    if type(last).__name__ == "Softmax":
        return True
    activation = _activation(last)
    if activation not in ("linear", "softmax"):
        raise EngineUnavailable(
            f"The last layer {last.name} ends in {activation}; "
            "engines train logits (no activation) or softmax."
        )
    return activation == "softmax"


def from_keras(model: Any) -> MLP:
    """The perceptron that a Keras model is, for the NumPy engine.

    Reads Sequential and chain-like functional models of InputLayer, Flatten and Dense (relu or
    tanh, the last one linear or softmax).

    Raises:
        UsageError: the model is not built yet.
        EngineUnavailable: names the layer that the NumPy engine cannot compute.
    """
    shape = input_shape(model)
    dense: list[Any] = []
    activations: set[str] = set()
    flat = len(shape) == 1
    layers = [layer for layer in leaves(model) if type(layer).__name__ != "InputLayer"]
    _require_chain(layers)
    for position, layer in enumerate(layers):
        kind = type(layer).__name__
        if kind == "Flatten":
            flat = True
            continue
        if kind == "Softmax" and position == len(layers) - 1 and dense:
            continue
        if kind != "Dense":
            raise _not_a_perceptron(layer, f"is a {kind} layer")
        if not flat:
            raise _not_a_perceptron(layer, "works on unflattened input; put Flatten before it")
        _require_plain(layer)
        dense.append(layer)
    if not dense:
        raise EngineUnavailable(f"{model.name} has no Dense layer for the NumPy engine to train.")
    gives_probabilities(model)
    for layer in dense[:-1]:
        if _activation(layer) not in ("relu", "tanh"):
            raise _not_a_perceptron(layer, f"has the activation {_activation(layer)}")
        activations.add(_activation(layer))
    if _activation(dense[-1]) not in ("linear", "softmax"):
        raise _not_a_perceptron(dense[-1], f"has the activation {_activation(dense[-1])}")
    if len(activations) > 1:
        raise _not_a_perceptron(dense[1], "has another activation than the layer before it")
    activation: Activation = "tanh" if activations == {"tanh"} else "relu"
    hidden = tuple(int(layer.units) for layer in dense[:-1])
    return MLP(int(np.prod(shape)), hidden, output_classes(model), activation)


def require_built(model: Any) -> None:
    """Refuse a model whose weights do not exist yet.

    Raises:
        UsageError: it has no input shape.
    """
    try:
        built = bool(model.built) and model.input_shape is not None
    except AttributeError:
        built = False
    if not built:
        raise UsageError(
            f"{model.name} does not know its input's shape yet. Build it from layers with an "
            "Input(shape=(…)) first; subclassed models are not supported."
        )


def leaves(model: Any) -> Iterator[Any]:
    """The layers in order, those of nested models in their place."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def _require_chain(layers: list[Any]) -> None:
    """Refuse branches. With one input and one output, layers that join nothing form a chain."""
    for layer in layers:
        if len(getattr(layer, "_inbound_nodes", [])) > 1:
            raise _not_a_perceptron(layer, "is used more than once")
        if isinstance(layer.input_shape, list):
            raise _not_a_perceptron(layer, "joins several inputs")


def _require_plain(layer: Any) -> None:
    if not layer.use_bias:
        raise _not_a_perceptron(layer, "has no bias")
    if not layer.trainable:
        raise _not_a_perceptron(layer, "is frozen")
    for part in ("kernel_regularizer", "bias_regularizer", "activity_regularizer",
                 "kernel_constraint", "bias_constraint"):  # fmt: skip
        if getattr(layer, part, None) is not None:
            raise _not_a_perceptron(layer, f"has a {part}")


def _activation(layer: Any) -> str:
    function = getattr(layer, "activation", None)
    return "linear" if function is None else str(getattr(function, "__name__", function))


def _not_a_perceptron(layer: Any, why: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The NumPy engine cannot train this model: the layer {layer.name} {why}. "
        'Use engine="tff", which trains any Sequential or functional Keras model.'
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
