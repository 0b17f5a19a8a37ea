"""The TensorFlow Federated engine: any Sequential or functional Keras model.

Local training is one federated computation, mapped over the clients of a round; its result is
placed at the clients, so every update comes back separately. What a client's data, batch order and
plan are is passed as arguments: one computation, traced once, serves every round.

Computations run in a worker process that belongs to the engine and ends with it, and with this
process however that ends. Should the worker die, the runtime starts another and repeats what was
under way.
"""

from __future__ import annotations

import atexit
import collections
import contextlib
import gc
import io
import os
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dml_sdk.errors import ClientFailed, EngineUnavailable, MissingExtra, TrainingError
from dml_sdk.training import keras, reference
from dml_sdk.training.data import Client, Dataset, failing_alone
from dml_sdk.training.engine import (
    ClientFailure,
    ClientUpdate,
    EngineName,
    Evaluation,
    Examples,
    LocalPlan,
    Network,
    Probabilities,
    batch_order,
    fitted,
    fitted_for_evaluation,
    initial_weights,
    load_client,
)
from dml_sdk.training.network import MLP
from dml_sdk.training.weights import Weights, require_valid
from dml_sdk.training.worker import Worker, sleep_while_it_lives

# TensorFlow and its worker read this when they start; their notices would fill a notebook's cell.
# "1" is what JAX sets where nothing was, once TensorFlow has imported it.
if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "1") == "1":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
if sys.version_info >= (3, 12) or sys.platform != "linux":
    raise EngineUnavailable(
        "TensorFlow Federated runs on Python 3.11 on Linux only; this is Python "
        f"{sys.version_info[0]}.{sys.version_info[1]} on {sys.platform}. "
        'Train with engine="numpy" here.'
    )
try:
    import grpc
    import tensorflow as tf
    import tensorflow_federated as tff
    from tensorflow_federated.python.core.impl.executor_stacks import executor_factory
except ImportError as e:
    raise MissingExtra("tensorflow-federated", "tff", 'engine="tff"') from e

# Only now is TensorFlow known to be there.
from dml_sdk.training import graphs

# Clients in one call to the worker. A stop takes effect between calls, and data travel once a
# call: a few clients for each core keep the cores busy, the stop prompt and the messages small.
CORES = os.cpu_count() or 1
CLIENTS_PER_CALL = 2 * CORES
EVALUATION_BATCH = 1_000

_open_engines: weakref.WeakSet[TffEngine] = weakref.WeakSet()


# All that the runtime takes from these modules is how to start a worker and how to wait for it.
executor_factory.subprocess = types.SimpleNamespace(Popen=Worker)
executor_factory.time = types.SimpleNamespace(sleep=sleep_while_it_lives)


class TffEngine:
    """Trains Keras models (and `MLP`s) with TensorFlow Federated in a worker process.

    Trainable weights follow plain gradient descent on cross-entropy plus the model's own
    regularisers; what layers keep besides (moving means of batch normalisation) is carried along
    and averaged. The model's compiled optimiser, loss and metrics are not used, and dropout draws
    its own randomness.

    Raises:
        UsageError: a Keras model that is not built yet.
        EngineUnavailable: a Keras model that is not Sequential or functional, has several inputs,
            is no classifier, or holds weights other than float32; or the worker does not start.
    """

    def __init__(self, network: Network) -> None:
        self._source = network
        self._mlp = _as_mlp(network)
        self._model = graphs.keras_of(network) if isinstance(network, MLP) else graphs.copy(network)
        self._shape = keras.input_shape(self._model)
        self._classes = keras.output_classes(self._model)
        self._variables = keras.variables(self._model)
        self._like: Weights = {
            name: np.broadcast_to(np.float32(0), tuple(v.shape))
            for name, v in self._variables.items()
        }
        self._lock = threading.Lock()
        self._measure = graphs.measurement(self._model)
        self._prediction = graphs.prediction(self._model)
        self._client_updates = _client_updates(self._model, self._shape)
        self._context: Any = tff.backends.native.create_sync_local_cpp_execution_context(
            max_concurrent_computation_calls=CORES
        )
        _open_engines.add(self)
        self._start_worker()

    @property
    def name(self) -> EngineName:
        return "tff"

    def __repr__(self) -> str:
        return f"<TffEngine {self._mlp or self._model.name}>"

    def initial(self, seed: int = 0) -> Weights:
        return initial_weights(self._source, seed)

    def train(
        self,
        weights: Weights,
        clients: Sequence[Client],
        plan: LocalPlan,
        round_number: int,
        should_stop: Callable[[], bool] | None = None,
        on_update: Callable[[ClientUpdate], None] | None = None,
    ) -> list[ClientUpdate | ClientFailure]:
        require_valid(weights, self._like, "the round's model")
        results: list[ClientUpdate | ClientFailure] = []
        broken: Exception | None = None
        for start in range(0, len(clients), CLIENTS_PER_CALL):
            if should_stop is not None and should_stop():
                return results
            ready: dict[str, Any] = {}
            failed: dict[str, str] = {}
            called = clients[start : start + CLIENTS_PER_CALL]
            for client in called:
                try:
                    with failing_alone(client.name, "Reading the data"):
                        data = load_client(client, self._shape, self._classes)
                        ready[client.name] = _argument(client, data, plan, round_number)
                except ClientFailed as e:
                    failed[client.name] = str(e)
            trained, refused = self._run_each(weights, ready)
            for client in called:
                if client.name in trained:
                    update = trained[client.name]
                    results.append(update)
                    if on_update is not None:
                        on_update(update)
                else:
                    broken = refused.get(client.name, broken)
                    error = failed.get(client.name) or (
                        f"Training {client.name} failed in TensorFlow Federated's worker: "
                        f"{_told(refused[client.name])}"
                    )
                    results.append(ClientFailure(client.name, error))
        if broken is not None and not any(isinstance(r, ClientUpdate) for r in results):
            raise TrainingError(
                "TensorFlow Federated's worker could train no client of the round: "
                f"{_told(broken)} The model's last version is untouched; train again, or train "
                'with engine="numpy".'
            ) from broken
        return results

    def evaluate(self, weights: Weights, data: Dataset) -> Evaluation:
        require_valid(weights, self._like, "the evaluated model")
        if self._mlp is not None:
            return reference.evaluate(self._mlp, weights, data)
        x = fitted_for_evaluation(data, self._shape, self._classes)
        loss, right = 0.0, 0
        with self._lock:
            for name, variable in self._variables.items():
                variable.assign(weights[name])
            for start in range(0, len(data), EVALUATION_BATCH):
                chunk = slice(start, start + EVALUATION_BATCH)
                batch_loss, batch_right = self._measure(x[chunk], data.y[chunk])
                loss += float(batch_loss)
                right += int(batch_right)
        return Evaluation(loss / len(data), right / len(data), len(data))

    def predict(self, weights: Weights, examples: Examples) -> Probabilities:
        require_valid(weights, self._like, "the model that predicts")
        if self._mlp is not None:
            return reference.predict(self._mlp, weights, examples)
        x = fitted(examples, self._shape)
        told = np.empty((len(x), self._classes), np.float32)
        with self._lock:
            for name, variable in self._variables.items():
                variable.assign(weights[name])
            for start in range(0, len(x), EVALUATION_BATCH):
                chunk = slice(start, start + EVALUATION_BATCH)
                told[chunk] = self._prediction(x[chunk]).numpy()
        return told

    def close(self) -> None:
        # The worker is stopped by the finaliser of what the context holds, and those objects
        # refer to each other: only a collection is sure to reach it.
        if self._context is not None:
            self._context = None
            gc.collect()

    def _run_each(
        self, weights: Weights, ready: dict[str, Any]
    ) -> tuple[dict[str, ClientUpdate], dict[str, Exception]]:
        """Updates by client, and what the worker said of those that it could not train."""
        if not ready:
            return {}, {}
        try:
            outputs = self._call(weights, list(ready.values()))
        except grpc.RpcError as e:
            if len(ready) == 1:
                return {}, dict.fromkeys(ready, e)
            # One client's failure fails the whole call: each alone tells which.
            trained: dict[str, ClientUpdate] = {}
            refused: dict[str, Exception] = {}
            for name, argument in ready.items():
                alone = self._run_each(weights, {name: argument})
                trained |= alone[0]
                refused |= alone[1]
            return trained, refused
        return {
            name: ClientUpdate(
                name,
                {key: np.array(a) for key, a in zip(self._like, arrays, strict=True)},
                len(argument["y"]),
                float(loss),
            )
            for (name, argument), (arrays, loss) in zip(ready.items(), outputs, strict=True)
        }, {}

    def _call(self, weights: Weights, arguments: list[Any]) -> Any:
        with self._installed():
            values = [np.asarray(weights[name], np.float32) for name in self._like]
            return self._client_updates(values, arguments)

    @contextlib.contextmanager
    def _installed(self) -> Iterator[None]:
        """Make this engine's worker the one that computations run in, on this thread."""
        if self._context is None:
            raise TrainingError("This engine is closed; open another with open_engine(…).")
        with tff.framework.get_context_stack().install(self._context):
            yield

    def _start_worker(self) -> None:
        @tff.tensorflow.computation
        def ready() -> Any:
            return tf.constant(True)

        try:
            with self._installed(), _real_stdout():
                ready()
        except Exception as e:
            self.close()
            raise EngineUnavailable(
                f"TensorFlow Federated's worker process does not start: {e}. "
                'Train with engine="numpy" here.'
            ) from e


@atexit.register
def _close_all() -> None:
    # A worker that outlives a script keeps the script's output open, and a pipe behind it hangs.
    for engine in list(_open_engines):
        engine.close()


def _argument(client: Client, data: Dataset, plan: LocalPlan, round_number: int) -> Any:
    """What the computation takes for one client, in the order of `_client_updates`."""
    return collections.OrderedDict(
        x=data.x,
        y=data.y,
        order=batch_order(len(data), plan, client.name, round_number),
        batch_size=np.int64(plan.batch_size),
        learning_rate=np.float32(plan.learning_rate),
    )


def _client_updates(model: Any, shape: tuple[int, ...]) -> Any:
    """The federated computation: (weights at server, data at clients) -> (weights, loss) each."""
    traced = graphs.sgd(graphs.copy(model), shape)
    weights_type = tff.types.to_type(
        [(np.float32, tuple(v.shape)) for v in keras.variables(model).values()]
    )
    client_type = tff.types.to_type(
        collections.OrderedDict(
            x=(np.float32, (None, *shape)),
            y=(np.int64, (None,)),
            order=(np.int64, (None, None)),
            batch_size=np.int64,
            learning_rate=np.float32,
        )
    )

    @tff.tensorflow.computation(client_type, weights_type)
    def local_training(client: Any, weights: Any) -> Any:
        *trained, loss = graphs.embed(traced, [*client.values(), *weights])
        return trained, loss

    @tff.federated_computation(
        tff.FederatedType(weights_type, tff.SERVER), tff.FederatedType(client_type, tff.CLIENTS)
    )
    def client_updates(weights: Any, clients: Any) -> Any:
        return tff.federated_map(local_training, (clients, tff.federated_broadcast(weights)))

    return client_updates


def _as_mlp(network: Network) -> MLP | None:
    """The perceptron that a network is, which NumPy evaluates faster than a graph would."""
    if isinstance(network, MLP):
        return network
    try:
        return keras.from_keras(network)
    except EngineUnavailable:
        return None


@contextlib.contextmanager
def _real_stdout() -> Iterator[None]:
    """Have `sys.stdout` and `sys.stderr` be files of the system: the worker is given both."""
    with contextlib.ExitStack() as stack:
        for redirect, stream, real in (
            (contextlib.redirect_stdout, sys.stdout, sys.__stdout__),
            (contextlib.redirect_stderr, sys.stderr, sys.__stderr__),
        ):
            try:
                stream.fileno()
            except (AttributeError, io.UnsupportedOperation):
                stack.enter_context(redirect(real))
        yield


def _told(error: Exception) -> str:
    """What the worker said, without the transport's report around it."""
    details = error.details() if hasattr(error, "details") else None
    return f"{str(details or error).splitlines()[0]}."
