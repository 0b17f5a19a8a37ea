"""Networks as JSON: honest ones come back the same, and nothing in a description is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dml_sdk.errors import EngineUnavailable, UsageError
from dml_sdk.training import keras
from dml_sdk.training.description import describe, from_description
from dml_sdk.training.network import mlp

from .conftest import needs_tff


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow", reason="TensorFlow is not installed")


def layer(name: str, config: dict[str, Any], inbound: list[Any] | None = None) -> dict[str, Any]:
    told = {"module": "keras.layers", "class_name": name, "config": config, "registered_name": None}
    if inbound is not None:
        told |= {"name": config["name"], "inbound_nodes": inbound}
    return told


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    first = layer("InputLayer", {"batch_input_shape": [None, 4], "dtype": "float32", "name": "in"})
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [first, *layers]}}
    return {"kind": "keras", "model": model}


def functional(*layers: dict[str, Any]) -> dict[str, Any]:
    first = layer(
        "InputLayer", {"batch_input_shape": [None, 4], "dtype": "float32", "name": "in"}, []
    )
    config = {
        "name": "m",
        "layers": [first, *layers],
        "input_layers": [["in", 0, 0]],
        "output_layers": [[layers[-1]["name"], 0, 0]],
    }
    return {"kind": "keras", "model": {"class_name": "Functional", "config": config}}


def test_a_perceptron_is_described_without_keras() -> None:
    network = mlp(8, (5,), 3)
    assert from_description(json.loads(json.dumps(describe(network)))) == network


@pytest.mark.parametrize("kind", ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"])
def test_a_description_that_calls_a_function_of_tensorflow_is_refused(
    tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "written"
    call = layer(
        kind,
        {"name": "op", "function": "io.write_file"},
        [["_CONSTANT_VALUE", -1, str(file), {"contents": "x"}]],
    )
    dense = layer("Dense", {"name": "d", "units": 2}, [[["in", 0, 0, {}]]])
    with pytest.raises(EngineUnavailable, match=kind):
        from_description(functional(call, dense))
    assert not file.exists()


@pytest.mark.parametrize(
    "evil",
    [
        layer("Lambda", {"name": "l", "function": ["4wEAAAA=", None, None]}),
        layer("TextVectorization", {"name": "t", "vocabulary": "/etc/passwd"}),
        layer("Dense", {"name": "d", "units": 2}) | {"module": "somewhere.else"},
        layer("Dense", {"name": "d", "units": 2}) | {"module": "keras.utils"},
        layer("Dense", {"name": "d", "units": 2}) | {"module": None},
        layer("Dense", {"name": "d", "units": 2}) | {"registered_name": "mine>Dense"},
        layer("Dense", {"name": "d", "units": 2}) | {"class_name": ["Lambda"]},
        layer("Dense", {"name": "d", "units": 2, "activation": "get"}),
        layer("Dense", {"name": "d", "units": 2, "activation": ["relu"]}),
        layer("LSTM", {"name": "d", "units": 2, "recurrent_activation": "backend"}),
        layer("Dense", {"name": "d", "units": 2, "activation": {"class_name": "function"}}),
        layer("Dense", {"name": "d", "units": 2, "activation": {"value": ["4wEAAAA="]}}),
        layer("Dense", {"name": "d", "units": 2, "kernel_constraint": {"value": ["4wEA"]}}),
        layer("Dense", {"name": "d", "units": 2, "kernel_initializer": "get"}),
        layer("Dense", {"name": "d", "units": 2, "kernel_regularizer": ["get"]}),
        layer("Dense", {"name": "d", "units": {"class_name": "__lambda__", "config": {}}}),
        layer("TimeDistributed", {"name": "t", "layer": layer("Lambda", {"name": "l"})}),
        layer("Dense", {"name": "d", "units": 2}) | {"compile_config": {"loss": "mse"}},
        layer("Dense", {"name": "d", "units": 2}, [[["_CONSTANT_VALUE", -1, 3, {}]]]),
    ],
)  # fmt: skip
def test_what_is_not_listed_is_refused_before_keras_sees_it(evil: dict[str, Any]) -> None:
    with pytest.raises(EngineUnavailable, match="Keras' own") as refused:
        from_description(sequential(evil))
    assert "4wEA" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Dense", {"units": 2_000_000_000}),
        ("Dense", {"units": "2000000000"}),
        ("Dense", {"units": 2e9}),
        ("Dense", {"units": 10**400}),
        ("Conv1D", {"filters": 1_000_001, "kernel_size": [3]}),
        ("Embedding", {"input_dim": 10**7, "output_dim": 1}),
        ("Embedding", {"input_dim": 1, "output_dim": 10**7}),
        ("Dense", {"units": 1, "batch_input_shape": [None, 10**7]}),
        ("Dense", {"units": 1, "build_config": {"input_shape": [None, 10**7]}}),
    ],
)
def test_a_size_that_no_honest_network_has_is_refused(name: str, config: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="1,000,000"):
        from_description(sequential(layer(name, {"name": "d", **config})))


@pytest.mark.parametrize(
    "told",
    [None, [], {}, {"kind": "keras"}, {"kind": "keras", "model": []},
     {"kind": "keras", "model": {"class_name": "Dense", "config": {"units": 2}}},
     {"kind": "keras", "model": {"class_name": ["Sequential"]}}],
)  # fmt: skip
def test_what_is_no_description_is_refused(told: Any) -> None:
    with pytest.raises(UsageError):
        from_description(told)


@needs_tff
@pytest.mark.slow
class TestWithKeras:
    def round_trip(self, model: Any) -> Any:
        again = from_description(json.loads(json.dumps(describe(model))))
        shapes = {name: w.shape for name, w in keras.weights_of(model).items()}
        assert {name: w.shape for name, w in keras.weights_of(again).items()} == shapes
        return again

    def test_a_convolutional_network_with_branches_computes_the_same_again(self, tf: Any) -> None:
        k = tf.keras.layers
        inputs = tf.keras.Input((8, 8, 1))
        left = k.Conv2D(4, 3, activation="relu", kernel_regularizer="l2")(inputs)
        right = k.SeparableConv2D(4, 3, kernel_constraint=None)(inputs)
        joined = k.BatchNormalization()(k.Add()([left, right]))
        hidden = k.Dropout(0.5)(k.Flatten()(k.MaxPooling2D()(joined)))
        model = tf.keras.Model(inputs, k.Dense(3, tf.nn.softmax)(k.Dense(6, k.LeakyReLU())(hidden)))
        again = self.round_trip(model)
        keras.set_weights(again, keras.weights_of(model))
        x = np.random.default_rng(1).random((5, 8, 8, 1), np.float32)
        np.testing.assert_array_equal(model(x).numpy(), again(x).numpy())

    def test_recurrent_nested_and_attending_networks_come_back(self, tf: Any) -> None:
        k = tf.keras.layers
        self.round_trip(
            tf.keras.Sequential(
                [k.Embedding(10, 4, input_length=5), k.Bidirectional(k.LSTM(4)), k.Dense(2)]
            )
        )
        inner = tf.keras.Sequential([k.Input((6, 4)), k.GRU(3, return_sequences=True)])
        inputs = tf.keras.Input((6, 4))
        hidden = inner(inputs)
        hidden = k.MultiHeadAttention(2, 3)(hidden, hidden)
        self.round_trip(tf.keras.Model(inputs, k.Dense(2)(k.GlobalMaxPooling1D()(hidden))))

    def test_arithmetic_on_tensors_is_a_function_call_and_cannot_be_described(
        self, tf: Any
    ) -> None:
        k = tf.keras.layers
        inputs = tf.keras.Input((4,))
        for outputs in (k.Dense(2)(inputs * 2.0), k.Lambda(lambda x: x)(k.Dense(2)(inputs))):
            with pytest.raises(EngineUnavailable, match="Lambda"):
                describe(tf.keras.Model(inputs, outputs))
        own = tf.keras.Sequential([k.Input((4,)), k.Dense(2, lambda x: x * x), k.Dense(2)])
        with pytest.raises(EngineUnavailable, match="Keras' own") as refused:
            describe(own)
        assert "4wEA" not in str(refused.value) and "lambda" not in repr(refused.value).lower()

    def test_many_small_sizes_that_make_a_large_network_are_refused_before_it_is_built(
        self, tf: Any
    ) -> None:
        # Built, this network would take 4 TB.
        wide = [layer("Dense", {"name": f"d{i}", "units": 1_000_000}) for i in range(2)]
        with pytest.raises(UsageError, match="over 100,000,000"):
            from_description(sequential(*wide))
