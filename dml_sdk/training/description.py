"""A network as JSON, so that it can be stored beside its weights and trained by somebody else.

A perceptron is described by its sizes alone and needs no TensorFlow to be read, whatever it was
uploaded as. Any other Keras model is described by Keras' own JSON. Descriptions come from a store
and are not trusted, and Keras' JSON can name code: a Lambda layer carries bytecode, a TFOpLambda
any function of TensorFlow, which Keras calls while it builds the model. So only classes and
activations that are listed here are read, and how large a model gets is known before it is built.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from dml_sdk.errors import EngineUnavailable, MissingExtra, UsageError
from dml_sdk.training import keras
from dml_sdk.training.engine import Network
from dml_sdk.training.network import MLP, MOST_PARAMETERS

LONGEST = 256 * 1024
"""Bytes of a description at the most."""

LARGEST_SIZE = 1_000_000
"""The largest number in a description, be it of units, filters or of an input's axis."""


_LONGEST_NAME = 64
_PART_KEYS = ("_initializer", "_regularizer", "_constraint")


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


_MODELS = frozenset({"Sequential", "Functional"})
_LAYERS = _listed(
    """
    InputLayer Dense EinsumDense Embedding Masking Activation Identity ActivityRegularization
    Flatten Reshape Permute RepeatVector Rescaling
    ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU
    Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
    DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
    LocallyConnected1D LocallyConnected2D
    AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D Cropping3D
    UpSampling1D UpSampling2D UpSampling3D
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization
    Dropout AlphaDropout GaussianDropout GaussianNoise
    SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SimpleRNN LSTM GRU Bidirectional TimeDistributed
    Attention AdditiveAttention MultiHeadAttention
    Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    """
)
_PARTS = _listed(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones
    Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    L1 L2 L1L2 OrthogonalRegularizer
    MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm
    Policy
    """
)
_CLASSES = _MODELS | _LAYERS | _PARTS
_MODULES = frozenset(
    {
        "keras",
        "keras.layers",
        "keras.models",
        "keras.initializers",
        "keras.regularizers",
        "keras.constraints",
        "keras.mixed_precision",
        "keras.src.engine.functional",
        "keras.src.engine.sequential",
    }
)
_ACTIVATIONS = _listed(
    """
    elu exponential gelu hard_sigmoid leaky_relu linear log_softmax mish relu relu6 selu sigmoid
    silu softmax softplus softsign swish tanh
    """
)


def describe(network: Network) -> dict[str, Any]:
    """A network as values that JSON can hold.

    Raises:
        UsageError: neither an `MLP` nor a built Keras model, a description over `LONGEST`, or a
            model over `LARGEST_SIZE` or `MOST_PARAMETERS`.
        EngineUnavailable: a Keras model with layers that are code, or not Keras' own.
    """
    if isinstance(network, MLP):
        return network.config()
    if not keras.is_keras(network):
        raise UsageError(
            f"A {type(network).__name__} is not a network: give a Keras model or networks.mlp(…)."
        )
    keras.require_built(network)
    try:
        return keras.from_keras(network).config()
    except EngineUnavailable:
        pass  # not a perceptron: then it is described as what it is
    try:
        layers = json.loads(network.to_json())
    except NotImplementedError as e:
        raise EngineUnavailable(
            f"{network.name} is a Keras model written as a class, which cannot be described. "
            "Build it as Sequential or functional."
        ) from e
    _require_known(layers)
    _require_size(network.count_params())
    told = {"kind": "keras", "model": layers}
    if len(json.dumps(told)) > LONGEST:
        raise UsageError(f"The description of {network.name} is over {LONGEST:,} bytes.")
    return told


def from_description(told: Mapping[str, Any]) -> Network:
    """The network of a description, which is not trusted.

    Raises:
        UsageError: not what `describe` writes, or a model over `LARGEST_SIZE` or
            `MOST_PARAMETERS`.
        EngineUnavailable: layers that are code, or not Keras' own.
        MissingExtra: a Keras model where TensorFlow is not installed.
    """
    if not isinstance(told, Mapping):
        raise UsageError("This is not the description of a network.")
    if told.get("kind") == "mlp":
        return MLP.from_config(told)
    if told.get("kind") != "keras" or not isinstance(told.get("model"), Mapping):
        raise UsageError("This is not the description of a network that this SDK can read.")
    _require_known(told["model"])
    try:
        import tensorflow
    except ImportError as e:
        raise MissingExtra("tensorflow", "tff", "A Keras model with other than dense layers") from e
    parameters = 0

    def counted(create: Any, **given: Any) -> Any:
        nonlocal parameters
        # A layer tells its variables' shapes; what has none is a counter of one number.
        parameters += math.prod(shape) if (shape := given.get("shape")) is not None else 1
        _require_size(parameters)
        return create(**given)

    try:
        # Keras asks for each variable before its memory is taken.
        with tensorflow.variable_creator_scope(counted):
            return tensorflow.keras.models.model_from_json(json.dumps(told["model"]))
    except UsageError:
        raise
    except Exception as e:
        raise UsageError(f"The description of the network cannot be read by Keras: {e}.") from e


def _require_size(parameters: int) -> None:
    if parameters > MOST_PARAMETERS:
        raise UsageError(
            f"A network of {parameters:,} parameters is over {MOST_PARAMETERS:,}: make it smaller."
        )


def _require_known(told: Any) -> None:
    """Refuse a Keras description with anything in it that is not listed above.

    Raises:
        UsageError: a number over `LARGEST_SIZE`, or no model at all.
        EngineUnavailable: an unknown class, activation or constant.
    """
    if not isinstance(told, Mapping) or told.get("class_name") not in tuple(_MODELS):
        raise UsageError("This is not the description of a Sequential or functional Keras model.")
    for key, value in _values(told):
        if isinstance(value, Mapping):
            if "class_name" in value:
                _require_known_class(value)
            if "compile_config" in value:
                raise _unknown("A compiled model inside a model")
            # Keras writes a lambda as {"value": bytecode}, without a class.
            if "class_name" not in value and key.endswith(("activation", *_PART_KEYS)):
                raise _unknown(_told(key, value))
        elif key.endswith(_PART_KEYS) and value is not None:
            raise _unknown(_told(key, value))
        elif key == "activation" or key.endswith("_activation"):
            if value is not None and value not in tuple(_ACTIVATIONS):
                raise _unknown(_told(key, value))
        elif value == "_CONSTANT_VALUE":
            raise _unknown("A constant as a layer's input")
        elif key != "seed" and _too_large(value):
            raise UsageError(
                f"{key}={value!r:.80} is over {LARGEST_SIZE:,}, too large for a network here."
            )


def _require_known_class(node: Mapping[str, Any]) -> None:
    name = node["class_name"]
    known = (
        isinstance(name, str)
        and name in _CLASSES
        and node.get("module", "keras") in tuple(_MODULES)
        and node.get("registered_name") in (None, name)
    )
    if not known:
        raise _unknown(_told("layer or part", name))


def _told(what: str, value: object) -> str:
    """What is refused, by its name if it has one: bytecode is nothing to read."""
    named = isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isidentifier()
    return f"The {what} {value!r}" if named else f"The {what}, which is no name,"


def _unknown(what: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"{what} is not one of Keras' own that can be shared, or is code; "
        "a model that others train is built of Keras' standard layers and activations only."
    )


def _too_large(value: object) -> bool:
    """Whether this is, or reads as, a number that no honest size is; Keras calls int() on text."""
    if not isinstance(value, (int, float, str)):
        return False
    try:
        return not abs(float(value)) <= LARGEST_SIZE  # NaN is not, either
    except ValueError:
        return False
    except OverflowError:
        return True


def _values(told: Any) -> Iterator[tuple[str, Any]]:
    """Every value in a description, with the key that it stands under."""
    pending: list[tuple[str, Any]] = [("", told)]
    while pending:
        key, node = pending.pop()
        yield key, node
        if isinstance(node, Mapping):
            pending.extend((str(name), value) for name, value in node.items())
        elif isinstance(node, (list, tuple)):
            pending.extend((key, value) for value in node)
