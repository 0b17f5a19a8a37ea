"""What can be trained without TensorFlow: softmax regression and multi-layer perceptrons.

Any Keras model can be trained too, with the engine "tff".
"""

from dml_sdk.training.network import MLP, mlp, softmax

__all__ = ["MLP", "mlp", "softmax"]
