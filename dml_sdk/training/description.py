"""A network as JSON, so that it can be stored beside its weights and trained by somebody else.

A perceptron is described by its sizes alone and needs no TensorFlow to be read, whatever it was
uploaded as. Any other Keras model is described by Keras' own JSON, which is read back as layers of
Keras only: descriptions come from a store and are not trusted, and a Lambda layer is code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dml_sdk.errors import EngineUnavailable, MissingExtra, UsageError
from dml_sdk.training import keras
from dml_sdk.training.engine import Network
from dml_sdk.training.network import MLP

LONGEST = 256 * 1024
"""Bytes of a description at the most."""


def describe(network: Network) -> dict[str, Any]:
    """A network as values that JSON can hold.

    Raises:
        UsageError: neither an `MLP` nor a built Keras model, or a description over `LONGEST`.
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
    _require_plain_layers(layers)
    told = {"kind": "keras", "model": layers}
    if len(json.dumps(told)) > LONGEST:
        raise UsageError(f"The description of {network.name} is over {LONGEST:,} bytes.")
    return told


def from_description(told: Mapping[str, Any]) -> Network:
    """The network of a description, which is not trusted.

    Raises:
        UsageError: not what `describe` writes.
        EngineUnavailable: layers that are code, or not Keras' own.
        MissingExtra: a Keras model where TensorFlow is not installed.
    """
    if not isinstance(told, Mapping):
        raise UsageError("This is not the description of a network.")
    if told.get("kind") == "mlp":
        return MLP.from_config(told)
    if told.get("kind") != "keras" or not isinstance(told.get("model"), Mapping):
        raise UsageError("This is not the description of a network that this SDK can read.")
    _require_plain_layers(told["model"])
    try:
        import tensorflow
    except ImportError as e:
        raise MissingExtra("tensorflow", "tff", "A Keras model with other than dense layers") from e
    try:
        return tensorflow.keras.models.model_from_json(json.dumps(told["model"]))
    except Exception as e:
        raise UsageError(f"The description of the network cannot be read by Keras: {e}.") from e


def _require_plain_layers(told: Any) -> None:
    for node in _objects(told):
        name = node["class_name"]
        module = str(node.get("module") or "keras")
        registered = node.get("registered_name")
        if name == "Lambda" or module.split(".")[0] != "keras" or registered not in (None, name):
            raise EngineUnavailable(
                f"The layer {name} is not one of Keras' own, or is code; "
                "a model that others train is built of Keras' layers only."
            )


def _objects(told: Any) -> Iterator[Mapping[str, Any]]:
    """Everything in a Keras description that names a class."""
    pending = [told]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            if isinstance(node.get("class_name"), str):
                yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
