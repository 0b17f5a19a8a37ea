"""What every engine keeps: one class of tests, run once for each of them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from dml_sdk.errors import EngineUnavailable, TrainingError, UpdateInvalid, UsageError
from dml_sdk.training import reference
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import (
    ClientFailure,
    ClientUpdate,
    Engine,
    LocalPlan,
    batch_order,
    batches,
    open_engine,
)
from dml_sdk.training.network import MLP, mlp, softmax
from dml_sdk.training.weights import Weights

from .conftest import blobs, clients_of, needs_tff

SMALL = mlp(20, (16, 12), 5)
PLAN = LocalPlan(epochs=3, batch_size=8, learning_rate=0.1, seed=7)
Opened = Callable[[str, object], Engine]


@pytest.fixture(params=["numpy", pytest.param("tff", marks=[needs_tff, pytest.mark.slow])])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def apart(a: Weights, b: Weights) -> float:
    """The largest difference between two sets of weights."""
    return max(float(np.abs(a[key] - b[key]).max()) for key in a)


def oracle(network: MLP, weights: Weights, client: Client, plan: LocalPlan) -> Weights:
    """The reference's update of one client, step by step, refusing data that sit on ReLU's kink.

    Where a hidden sum is closer to zero than rounding, engines may disagree about its slope, and
    the difference is no longer one of rounding. Data that come so close cannot compare engines.
    """
    data = Dataset(client.data.x.reshape(len(client.data), -1), client.data.y)
    order = batches(len(data), plan, client.name, 1)
    for step, batch in enumerate(order):
        one = LocalPlan(1, plan.batch_size, plan.learning_rate)
        layers = reference.to_layers(network, weights)
        activations = reference.forward(network, layers, data.x[batch])
        for (kernel, bias), below in zip(layers[:-1], activations, strict=False):
            nearest = np.abs(below @ kernel + bias).min()
            assert network.activation == "tanh" or nearest > 1e-6, f"on the kink at step {step}"
        trained = reference.local_training(network, weights, data, [batch], one)
        assert trained is not None
        weights = trained[0]
    return weights


class TestEveryEngine:
    @pytest.mark.parametrize(
        "network",
        [softmax(20, 5), SMALL, mlp(20, (16,), 5, "tanh")],
        ids=["softmax regression", "two hidden layers", "tanh"],
    )
    def test_updates_are_the_references_to_within_1e_5(self, opened, name, network) -> None:
        clients = clients_of(1, 7, 64, 33, 8, 50)
        start = network.initial(3)
        updates = opened(name, network).train(start, clients, PLAN, 1)
        for client, update in zip(clients, updates, strict=True):
            assert isinstance(update, ClientUpdate)
            assert update.client == client.name
            assert update.examples == len(client.data)
            assert apart(update.weights, oracle(network, start, client, PLAN)) < 1e-5

    def test_the_2nn_on_images_agrees_too(self, opened, name) -> None:
        network = mlp()
        rng = np.random.default_rng(4)
        images = Dataset(rng.random((40, 28, 28), np.float32), rng.integers(0, 10, 40), 10)
        client = Client("client-1", images)
        plan = LocalPlan(epochs=2, batch_size=10, learning_rate=0.05, seed=1)
        start = network.initial(0)
        [update] = opened(name, network).train(start, [client], plan, 1)
        assert isinstance(update, ClientUpdate)
        assert apart(update.weights, oracle(network, start, client, plan)) < 1e-5

    def test_losses_are_the_references(self, opened, name) -> None:
        clients = clients_of(30, 9)
        start = SMALL.initial(3)
        updates = opened(name, SMALL).train(start, clients, PLAN, 1)
        expected = opened("numpy", SMALL).train(start, clients, PLAN, 1)
        for update, reference_ in zip(updates, expected, strict=True):
            assert isinstance(update, ClientUpdate)
            assert isinstance(reference_, ClientUpdate)
            assert update.loss == pytest.approx(reference_.loss, abs=1e-5)

    def test_training_leaves_the_rounds_model_alone(self, opened, name) -> None:
        start = SMALL.initial(3)
        kept = {key: array.copy() for key, array in start.items()}
        opened(name, SMALL).train(start, clients_of(30), PLAN, 1)
        assert apart(start, kept) == 0

    def test_updates_do_not_share_memory_with_each_other(self, opened, name) -> None:
        first, second = opened(name, SMALL).train(SMALL.initial(0), clients_of(5, 5), PLAN, 1)
        assert isinstance(first, ClientUpdate)
        assert isinstance(second, ClientUpdate)
        kernel = "dense_1/kernel"
        assert not np.shares_memory(first.weights[kernel], second.weights[kernel])
        assert first.weights[kernel].flags.writeable

    def test_rounds_differ_and_the_same_round_repeats(self, opened, name) -> None:
        engine, start = opened(name, SMALL), SMALL.initial(3)

        def train(round_number: int) -> Weights:
            [update] = engine.train(start, clients_of(40), PLAN, round_number)
            assert isinstance(update, ClientUpdate)
            return update.weights

        assert apart(train(1), train(1)) < 1e-6
        assert apart(train(1), train(2)) > 1e-4

    def test_clients_that_cannot_train_drop_out_alone(self, opened, name) -> None:
        def unplugged() -> Dataset:
            raise OSError("device unplugged")

        good = blobs(20)
        nan = good.x.copy()
        nan[3, 4] = np.nan
        clients = [
            Client("good-1", good),
            Client("unplugged", unplugged),
            Client("nan", Dataset(nan, good.y)),
            Client("wide", blobs(20, inputs=21)),
            Client("label", blobs(200, classes=9)),
            Client("empty", blobs(0)),
            Client("good-2", blobs(1)),
        ]
        results = opened(name, SMALL).train(SMALL.initial(1), clients, PLAN, 1)
        failures = {r.client: r.error for r in results if isinstance(r, ClientFailure)}
        assert [r.client for r in results] == [c.name for c in clients]
        assert list(failures) == ["unplugged", "nan", "wide", "label", "empty"]
        assert "device unplugged" in failures["unplugged"]
        assert "NaN" in failures["nan"]
        assert "(21,)" in failures["wide"]
        assert "label 8" in failures["label"]
        assert "no examples" in failures["empty"]

    def test_a_round_of_failures_alone_is_still_a_result(self, opened, name) -> None:
        results = opened(name, SMALL).train(SMALL.initial(1), [Client("e", blobs(0))], PLAN, 1)
        assert [type(r) for r in results] == [ClientFailure]

    def test_no_client_gives_no_result(self, opened, name) -> None:
        assert opened(name, SMALL).train(SMALL.initial(1), [], PLAN, 1) == []

    def test_a_stop_before_the_first_client_trains_nobody(self, opened, name) -> None:
        engine = opened(name, SMALL)
        assert engine.train(SMALL.initial(1), clients_of(5, 5), PLAN, 1, lambda: True) == []

    def test_a_stop_in_mid_round_keeps_only_clients_that_are_done(self, opened, name) -> None:
        clients = clients_of(*[16] * 200)
        asked = iter([False] * 8)
        results = opened(name, SMALL).train(
            SMALL.initial(1), clients, PLAN, 1, lambda: next(asked, True)
        )
        assert len(results) < len(clients)
        assert [r.client for r in results] == [c.name for c in clients][: len(results)]
        assert all(isinstance(r, ClientUpdate) for r in results)

    def test_updates_are_handed_over_once_in_order_and_while_others_still_train(
        self, opened, name
    ) -> None:
        handed: list[ClientUpdate] = []
        threads: set[threading.Thread] = set()
        at_the_last = 0

        def note(update: ClientUpdate) -> None:
            handed.append(update)
            threads.add(threading.current_thread())

        def last() -> Dataset:
            nonlocal at_the_last
            at_the_last = len(handed)
            return blobs(16)

        clients = [
            *clients_of(*[16] * 200),
            Client("empty", blobs(0)),
            Client("last", last),
        ]
        results = opened(name, SMALL).train(SMALL.initial(1), clients, PLAN, 1, on_update=note)
        assert [r.client for r in results] == [c.name for c in clients]
        updates = [r for r in results if isinstance(r, ClientUpdate)]
        assert len(handed) == len(updates) == 201
        assert all(given is update for given, update in zip(handed, updates, strict=True))
        assert threads == {threading.current_thread()}
        assert 0 < at_the_last < len(updates)

    def test_what_is_raised_where_an_update_is_handed_over_ends_training(
        self, opened, name
    ) -> None:
        def full(update: ClientUpdate) -> None:
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="full"):
            opened(name, SMALL).train(SMALL.initial(1), clients_of(5, 5), PLAN, 1, on_update=full)

    def test_a_learning_rate_that_diverges_gives_an_update_to_reject_and_no_warning(
        self, opened, name
    ) -> None:
        plan = LocalPlan(epochs=20, batch_size=5, learning_rate=1e12)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            [update] = opened(name, SMALL).train(SMALL.initial(1), clients_of(30), plan, 1)
        assert isinstance(update, ClientUpdate)
        assert not all(np.isfinite(array).all() for array in update.weights.values())

    @pytest.mark.parametrize("broken", ["shape", "nan", "name"])
    def test_weights_that_are_not_the_networks_are_refused(self, opened, name, broken) -> None:
        weights = dict(SMALL.initial(1))
        if broken == "shape":
            weights["dense_1/kernel"] = np.zeros((3, 3), np.float32)
        elif broken == "nan":
            weights["dense_2/bias"] = np.full(12, np.nan, np.float32)
        else:
            weights["dense_9/bias"] = weights.pop("dense_2/bias")
        engine = opened(name, SMALL)
        with pytest.raises(UpdateInvalid):
            engine.train(weights, clients_of(5), PLAN, 1)
        with pytest.raises(UpdateInvalid):
            engine.evaluate(weights, blobs(5))

    def test_evaluation_counts_right_answers(self, opened, name) -> None:
        data = blobs(400)
        measured = opened(name, SMALL).evaluate(SMALL.initial(3), data)
        expected = reference.evaluate(SMALL, SMALL.initial(3), data)
        assert measured.accuracy == expected.accuracy
        assert measured.loss == pytest.approx(expected.loss, rel=1e-5)

    def test_evaluation_refuses_data_that_do_not_fit(self, opened, name) -> None:
        engine, weights = opened(name, SMALL), SMALL.initial(3)
        for wrong in (blobs(0), blobs(5, inputs=3), blobs(300, classes=9)):
            with pytest.raises(UsageError):
                engine.evaluate(weights, wrong)

    def test_predictions_are_probabilities_whose_largest_is_the_label_that_counts(
        self, opened, name
    ) -> None:
        data, weights = blobs(2_400), SMALL.initial(3)
        engine = opened(name, SMALL)
        told = engine.predict(weights, data.x)
        assert told.shape == (2_400, 5)
        assert told.dtype == np.float32
        np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
        measured = engine.evaluate(weights, data)
        assert (told.argmax(axis=1) == data.y).mean() == measured.accuracy
        likely = told[np.arange(len(data)), data.y]
        assert -np.log(likely).mean() == pytest.approx(measured.loss, rel=1e-4)
        assert engine.predict(weights, data.x[:0]).shape == (0, 5)

    def test_predicting_refuses_what_does_not_fit(self, opened, name) -> None:
        engine, weights = opened(name, SMALL), SMALL.initial(3)
        for wrong in (blobs(5, inputs=3).x, np.zeros(20), np.array([["a"] * 20])):
            with pytest.raises(UsageError):
                engine.predict(weights, wrong)
        with pytest.raises(UpdateInvalid):
            engine.predict({}, blobs(5).x)

    def test_training_works_in_a_background_thread(self, opened, name) -> None:
        engine = opened(name, SMALL)
        results: list[object] = []
        thread = threading.Thread(
            target=lambda: results.extend(
                engine.train(SMALL.initial(1), clients_of(10, 10), PLAN, 1)
            )
        )
        thread.start()
        thread.join()
        assert [type(r) for r in results] == [ClientUpdate, ClientUpdate]

    def test_the_engine_says_its_name(self, opened, name) -> None:
        assert opened(name, SMALL).name == name

    def test_a_closed_engine_refuses_to_train(self, name) -> None:
        engine = open_engine(name, SMALL)
        engine.close()
        engine.close()
        with pytest.raises(TrainingError, match="closed"):
            engine.train(SMALL.initial(0), clients_of(5), PLAN, 1)


def test_batches_cover_every_epoch_once_and_keep_the_short_last_batch() -> None:
    plan = LocalPlan(epochs=3, batch_size=4, seed=5)
    found = batches(10, plan, "client-2", 6)
    assert [len(batch) for batch in found] == [4, 4, 2] * 3
    for epoch in range(3):
        seen = np.concatenate(found[3 * epoch : 3 * epoch + 3])
        assert sorted(seen.tolist()) == list(range(10))


@pytest.mark.parametrize("other", [(8, "client-2", 6), (5, "client-3", 6), (5, "client-2", 7)])
def test_the_order_depends_on_seed_client_and_round(other) -> None:
    seed, client, round_number = other
    order = batch_order(100, LocalPlan(seed=5), "client-2", 6)
    assert np.array_equal(order, batch_order(100, LocalPlan(seed=5), "client-2", 6))
    assert not np.array_equal(order, batch_order(100, LocalPlan(seed=seed), client, round_number))


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 0},
        {"batch_size": True},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"learning_rate": "0.1"},
        {"seed": -1},
    ],
    ids=str,
)
def test_a_plan_out_of_range_is_refused(wrong) -> None:
    with pytest.raises(UsageError):
        LocalPlan(**wrong)


def test_an_unknown_engine_and_something_that_is_no_network_are_refused() -> None:
    with pytest.raises(EngineUnavailable, match="torch"):
        open_engine("torch", SMALL)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="dict is not a network"):
        open_engine("numpy", {})
