"""Any Keras model, from upload to a paid round with TensorFlow Federated."""

from __future__ import annotations

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.training.data import Split
from tests.training.conftest import needs_tff

from .conftest import blobs


@needs_tff
@pytest.mark.slow
def test_a_convolutional_keras_model_is_uploaded_trained_and_paid_for(session):
    import tensorflow as tf

    def pictures(examples: int, seed: int) -> dml.Dataset:
        flat = blobs(examples, seed, inputs=64)
        return dml.Dataset(flat.x.reshape(-1, 8, 8), flat.y, 4)

    split = Split("pictures", pictures(300, 2), pictures(80, 3), pictures(120, 4))
    keras = tf.keras.Sequential(
        [
            tf.keras.layers.Input((8, 8, 1)),
            tf.keras.layers.Conv2D(4, 3, activation="relu"),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model = session.models.upload(keras, name="conv", licence="MIT", pool=dml.PoolTerms(amount=100))
    first = model.weights()
    assert "conv2d_1/kernel" in first
    training = model.train(
        split.partition(5, seed=1), test=split.test, rounds=2, clients_per_round=3,
        learning_rate=0.1, engine="tff", seed=7,
    ).wait(300)  # fmt: skip
    assert training.rounds[-1].accuracy > training.base[0]
    assert training.rounds[-1].paid
    assert not np.array_equal(model.weights()["conv2d_1/kernel"], first["conv2d_1/kernel"])
    with pytest.raises(dml.errors.EngineUnavailable):
        model.train(
            split.partition(5), test=split.test, rounds=1, clients_per_round=3, engine="numpy"
        ).wait(60)
