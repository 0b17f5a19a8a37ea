"""What TensorFlow computes of a Keras model: local training, and a model's quality, as graphs.

Imported by the TensorFlow Federated engine alone, once TensorFlow is known to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from dml_sdk.errors import EngineUnavailable
from dml_sdk.training import keras
from dml_sdk.training.network import MLP


def copy(model: Any) -> Any:
    """A copy of a Keras model with fresh variables; the user's own is never touched."""
    keras.require_built(model)
    try:
        return tf.keras.models.clone_model(model)
    except (ValueError, NotImplementedError, TypeError) as e:
        raise EngineUnavailable(
            f"{model.name} cannot be copied, and every client needs a copy: {e} "
            "Build it as a Sequential or functional model."
        ) from e


def keras_of(network: MLP) -> Any:
    layers = tf.keras.layers
    hidden = [layers.Dense(units, activation=network.activation) for units in network.hidden]
    return tf.keras.Sequential(
        [layers.InputLayer((network.inputs,)), *hidden, layers.Dense(network.classes)]
    )


def sgd(model: Any, shape: tuple[int, ...]) -> Any:
    """ClientUpdate of McMahan et al. 2017, traced: all weights after it, and last epoch's loss."""
    variables = list(keras.variables(model).values())
    losses = _cross_entropy(model)

    @tf.function
    def run(
        x: Any, y: Any, order: Any, batch_size: Any, learning_rate: Any, *weights: Any
    ) -> list[Any]:
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)
        examples = tf.shape(order, tf.int64)[1]
        loss_sum = tf.constant(0.0)
        for epoch in order:
            loss_sum = tf.constant(0.0)
            for start in tf.range(tf.constant(0, tf.int64), examples, batch_size):
                batch = epoch[start : start + batch_size]
                with tf.GradientTape() as tape:
                    each = losses(tf.gather(y, batch), model(tf.gather(x, batch), training=True))
                    loss = tf.add_n([tf.reduce_mean(each), *model.losses])
                gradients = tape.gradient(loss, model.trainable_variables)
                for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
                    variable.assign_sub(learning_rate * gradient)
                loss_sum += tf.reduce_sum(each)
        return [*variables, loss_sum / tf.cast(examples, tf.float32)]

    return run.get_concrete_function(
        tf.TensorSpec([None, *shape], tf.float32),
        tf.TensorSpec([None], tf.int64),
        tf.TensorSpec([None, None], tf.int64),
        tf.TensorSpec([], tf.int64),
        tf.TensorSpec([], tf.float32),
        *(tf.TensorSpec(variable.shape, tf.float32) for variable in variables),
    )


def embed(traced: Any, arguments: Sequence[Any]) -> list[Any]:
    """A traced function's results inside the graph that is being built, on variables of its own.

    A Keras model that is called or copied inside a graph of TensorFlow 1's kind, as federated
    computations are, turns Keras' classes into their old selves for the whole process, and every
    model that the user holds stops working. So Keras is traced outside, and its graph goes in.
    """
    inputs = [tensor.name for tensor in traced.graph.inputs[: len(arguments)]]
    handles = {id(variable.handle): variable for variable in traced.graph.variables}
    placed = dict(zip(inputs, arguments, strict=True))
    for captured, placeholder in traced.graph.captures:
        variable = handles[id(captured)]
        placed[placeholder.name] = tf.Variable(tf.zeros(variable.shape, variable.dtype)).handle
    names = [tensor.name for tensor in traced.graph.structured_outputs]
    results: list[Any] = tf.import_graph_def(
        traced.graph.as_graph_def(add_shapes=True), input_map=placed, return_elements=names, name=""
    )
    return results


def measurement(model: Any) -> Any:
    """A compiled function from examples and labels to (sum of losses, how many are right)."""
    losses = _cross_entropy(model)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, *keras.input_shape(model)], tf.float32),
            tf.TensorSpec([None], tf.int64),
        ]
    )
    def measure(x: Any, y: Any) -> Any:
        outputs = model(x, training=False)
        right = tf.equal(tf.argmax(outputs, axis=1), y)
        return tf.reduce_sum(losses(y, outputs)), tf.reduce_sum(tf.cast(right, tf.int64))

    return measure


def prediction(model: Any) -> Any:
    """A compiled function from examples to how likely each label is, [n, classes]."""
    are_logits = not keras.gives_probabilities(model)

    @tf.function(input_signature=[tf.TensorSpec([None, *keras.input_shape(model)], tf.float32)])
    def predict(x: Any) -> Any:
        outputs = model(x, training=False)
        return tf.nn.softmax(outputs) if are_logits else outputs

    return predict


def _cross_entropy(model: Any) -> Callable[[Any, Any], Any]:
    """Each example's loss from labels and the model's outputs, be they logits or softmax."""
    from_logits = not keras.gives_probabilities(model)

    def losses(labels: Any, outputs: Any) -> Any:
        return tf.keras.losses.sparse_categorical_crossentropy(
            labels, outputs, from_logits=from_logits
        )

    return losses
