"""Keras models: read into perceptrons, named the same in every copy, trained whatever they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dml_sdk.errors import EngineUnavailable, UsageError
from dml_sdk.training import keras
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import (
    ClientFailure,
    ClientUpdate,
    LocalPlan,
    batches,
    initial_weights,
    open_engine,
)
from dml_sdk.training.network import mlp, softmax

from .conftest import blobs, clients_of, needs_tff

pytestmark = [needs_tff, pytest.mark.slow]
PLAN = LocalPlan(epochs=2, batch_size=8, learning_rate=0.05, seed=3)


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow", reason="TensorFlow is not installed")


def sequential(tf: Any, *layers: Any, shape: tuple[int, ...] = (20,)) -> Any:
    return tf.keras.Sequential([tf.keras.layers.InputLayer(shape), *layers])


def images(examples: int, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, examples)
    return Dataset(rng.random((examples, 8, 8), np.float32) + y[:, None, None], y, 3)


def convolutional(tf: Any) -> Any:
    layers = tf.keras.layers
    return sequential(
        tf,
        layers.Conv2D(4, 3, activation="tanh"),
        layers.BatchNormalization(momentum=0.9),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, kernel_regularizer="l2"),
        shape=(8, 8, 1),
    )


def apart(a: Any, b: Any) -> float:
    return max(float(np.abs(a[key] - b[key]).max()) for key in a)


def test_a_perceptron_of_keras_is_read_with_its_own_weights_and_names(tf) -> None:
    dense = tf.keras.layers.Dense
    model = sequential(tf, tf.keras.layers.Flatten(), dense(12, "relu"), dense(10), shape=(4, 5))
    network = keras.from_keras(model)
    assert network == mlp(20, (12,), 10)
    weights = keras.weights_of(model)
    assert {name: w.shape for name, w in weights.items()} == network.shapes
    assert np.array_equal(weights["dense_1/kernel"], model.layers[1].kernel.numpy())
    assert apart(initial_weights(model, seed=1), initial_weights(model, seed=2)) == 0


def test_a_functional_model_and_a_softmax_at_the_end_are_read_too(tf) -> None:
    layers = tf.keras.layers
    inputs = tf.keras.Input((6,))
    outputs = layers.Softmax()(layers.Dense(4)(layers.Dense(5, "tanh")(inputs)))
    assert keras.from_keras(tf.keras.Model(inputs, outputs)) == mlp(6, (5,), 4, "tanh")
    assert keras.from_keras(sequential(tf, layers.Dense(5, "softmax"))) == softmax(20, 5)


def test_names_do_not_depend_on_how_many_models_were_made_before(tf) -> None:
    first, second = convolutional(tf), convolutional(tf)
    assert list(keras.variables(first)) == list(keras.variables(second))
    assert list(keras.variables(first)) == [
        "conv2d_1/kernel", "conv2d_1/bias",
        "batch_normalization_1/gamma", "batch_normalization_1/beta",
        "batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance",
        "dense_1/kernel", "dense_1/bias",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (lambda layers: layers.Dropout(0.5, name="shaky"), "shaky is a Dropout"),
        (lambda layers: layers.Dense(5, "selu", name="odd"), "odd has the activation selu"),
        (lambda layers: layers.Dense(5, use_bias=False, name="bare"), "bare has no bias"),
        (lambda layers: layers.Dense(5, trainable=False, name="ice"), "ice is frozen"),
        (lambda layers: layers.Dense(5, kernel_regularizer="l2", name="reg"), "reg has a kernel_"),
    ],
)
def test_the_numpy_engine_names_the_layer_it_cannot_train(tf, layer, told) -> None:
    layers = tf.keras.layers
    with pytest.raises(EngineUnavailable, match=told):
        open_engine("numpy", sequential(tf, layer(layers), layers.Dense(3)))


def test_models_with_branches_are_not_taken_for_a_chain(tf) -> None:
    layers = tf.keras.layers
    inputs = tf.keras.Input((6,))
    hidden = layers.Dense(6, "relu")(inputs)
    joined = tf.keras.Model(inputs, layers.Dense(2)(layers.add([inputs, hidden])))
    with pytest.raises(EngineUnavailable, match="joins several inputs"):
        keras.from_keras(joined)
    shared = layers.Dense(6, "relu")
    twice = tf.keras.Model(inputs, layers.Dense(2)(shared(shared(inputs))))
    with pytest.raises(EngineUnavailable, match="more than once"):
        keras.from_keras(twice)
    beside = layers.Dense(6, "relu")(inputs)
    unused = tf.keras.Model(inputs, [layers.Dense(2)(hidden), layers.Dense(2)(beside)])
    with pytest.raises(EngineUnavailable):
        keras.from_keras(unused)


def test_models_that_no_engine_can_train_are_refused_with_the_reason(tf) -> None:
    layers = tf.keras.layers
    inputs = tf.keras.Input((None, 4))
    counted = layers.Normalization()
    counted.adapt(np.zeros((4, 20), np.float32))
    for model, told in (
        (tf.keras.Model(inputs, layers.GlobalAveragePooling1D()(inputs)), "fixed shape"),
        (sequential(tf, layers.Dense(1)), "classifiers"),
        (sequential(tf, layers.Dense(3, "sigmoid")), "sigmoid"),
        (sequential(tf, counted, layers.Dense(3)), "int"),
    ):
        with pytest.raises(EngineUnavailable, match=told):
            open_engine("tff", model).close()
    with pytest.raises(UsageError, match="input's shape"):
        open_engine("tff", tf.keras.Sequential([layers.Dense(3)]))


def test_a_class_of_ones_own_is_refused(tf) -> None:
    class Own(tf.keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = tf.keras.layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    own = Own()
    own(np.zeros((1, 20), np.float32))
    with pytest.raises((EngineUnavailable, UsageError), match=r"functional|subclassed"):
        open_engine("tff", own)


def test_softmax_at_the_end_and_logits_train_to_the_same_update(tf, opened) -> None:
    dense = tf.keras.layers.Dense
    clients = clients_of(40, 9)
    network = mlp(20, (16,), 5, "tanh")
    start = network.initial(2)
    expected = opened("numpy", network).train(start, clients, PLAN, 1)
    for last in ("linear", "softmax"):
        engine = open_engine("tff", sequential(tf, dense(16, "tanh"), dense(5, last)))
        for update, reference in zip(engine.train(start, clients, PLAN, 1), expected, strict=True):
            assert isinstance(update, ClientUpdate)
            assert isinstance(reference, ClientUpdate)
            assert apart(update.weights, reference.weights) < 1e-5
        measured = engine.evaluate(start, blobs(50))
        assert measured.loss == pytest.approx(
            opened("numpy", network).evaluate(start, blobs(50)).loss, rel=1e-5
        )
        engine.close()


@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_a_convolutional_networks_predictions_are_probabilities(tf, last) -> None:
    model = convolutional(tf)
    model.add(tf.keras.layers.Activation(last))
    engine = open_engine("tff", model)
    data = images(30, 1)
    told = engine.predict(engine.initial(), data.x)
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
    right = (told.argmax(axis=1) == data.y).mean()
    assert right == pytest.approx(engine.evaluate(engine.initial(), data).accuracy)
    engine.close()


def test_convolutions_and_batch_normalisation_train_as_a_plain_keras_loop_does(tf) -> None:
    model = convolutional(tf)
    start = keras.weights_of(model)
    clients = [Client("client-1", images(30, 1)), Client("client-2", images(13, 2))]
    engine = open_engine("tff", model)
    updates = engine.train(start, clients, PLAN, 4)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for client, update in zip(clients, updates, strict=True):
        assert isinstance(update, ClientUpdate)
        keras.set_weights(model, start)
        for batch in batches(len(client.data), PLAN, client.name, 4):
            with tf.GradientTape() as tape:
                outputs = model(client.data.x[batch][..., None], training=True)
                total = loss(client.data.y[batch], outputs) + sum(model.losses)
            for variable, gradient in zip(
                model.trainable_variables,
                tape.gradient(total, model.trainable_variables),
                strict=True,
            ):
                variable.assign_sub(PLAN.learning_rate * gradient)
        assert apart(update.weights, keras.weights_of(model)) < 1e-5
        moved = "batch_normalization_1/moving_mean"
        assert np.abs(update.weights[moved] - start[moved]).max() > 1e-3

    trained = updates[0].weights
    test = images(1_234, 9)
    keras.set_weights(model, trained)
    outputs = model(test.x[..., None], training=False).numpy()
    measured = engine.evaluate(trained, test)
    assert measured.accuracy == (outputs.argmax(axis=1) == test.y).mean()
    assert measured.loss == pytest.approx(float(loss(test.y, outputs)), rel=1e-4)
    engine.close()


def test_the_users_model_is_never_changed(tf) -> None:
    model = convolutional(tf)
    before = keras.weights_of(model)
    engine = open_engine("tff", model)
    [update] = engine.train(before, [Client("client-1", images(20))], PLAN, 1)
    assert isinstance(update, ClientUpdate)
    engine.evaluate(update.weights, images(20))
    engine.close()
    assert apart(before, keras.weights_of(model)) == 0


def test_frozen_layers_stay_as_they_are(tf) -> None:
    dense = tf.keras.layers.Dense
    model = sequential(tf, dense(8, "relu", trainable=False), dense(5))
    start = initial_weights(model)
    engine = open_engine("tff", model)
    [update] = engine.train(start, clients_of(20), PLAN, 1)
    engine.close()
    assert isinstance(update, ClientUpdate)
    assert np.array_equal(update.weights["dense_1/kernel"], start["dense_1/kernel"])
    assert not np.array_equal(update.weights["dense_2/kernel"], start["dense_2/kernel"])


def test_a_client_that_fails_inside_the_worker_drops_out_alone(tf) -> None:
    layers = tf.keras.layers
    model = sequential(tf, layers.Embedding(10, 4), layers.Flatten(), layers.Dense(3), shape=(6,))
    rng = np.random.default_rng(0)

    def words(highest: int) -> Dataset:
        return Dataset(rng.integers(0, highest, (12, 6)), rng.integers(0, 3, 12), 3)

    beyond = words(10)
    beyond.x[5, 2] = 99  # no row of the table
    clients = [Client("a", words(10)), Client("beyond", beyond), Client("b", words(10))]
    engine = open_engine("tff", model)
    results = engine.train(engine.initial(), clients, PLAN, 1)
    engine.close()
    assert [type(r) for r in results] == [ClientUpdate, ClientFailure, ClientUpdate]
    assert "beyond" in results[1].error
