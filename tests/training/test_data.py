from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dml_sdk.errors import ClientFailed, DatasetError, UsageError
from dml_sdk.training.data import Client, Dataset, Partition
from dml_sdk.training.engine import ClientFailure, ClientUpdate, LocalPlan
from dml_sdk.training.network import mlp

from .conftest import blobs, clients_of, needs_tff


def test_a_data_set_is_float32_and_int64_whatever_it_was_made_of() -> None:
    data = Dataset([[1, 2], [3, 4]], [0, 2])  # type: ignore[arg-type]
    assert (data.x.dtype, data.y.dtype, data.classes, len(data)) == (np.float32, np.int64, 3, 2)


@pytest.mark.parametrize(
    ("x", "y", "classes"),
    [
        (np.zeros((3, 2)), np.zeros(2, int), 0),
        (np.zeros(3), np.zeros(3, int), 0),
        (np.zeros((3, 2)), np.zeros(3), 0),
        (np.zeros((3, 2)), np.zeros((3, 1), int), 0),
        (np.zeros((3, 2)), np.array([0, -1, 0]), 0),
        (np.zeros((3, 2)), np.array([0, 1, 2]), 2),
        (np.array([["a"], ["b"]]), np.array([0, 1]), 0),
    ],
)
def test_data_that_do_not_belong_together_are_refused(x, y, classes) -> None:
    with pytest.raises(DatasetError):
        Dataset(x, y, classes)


def test_taking_keeps_the_order_asked_for_and_the_number_of_classes() -> None:
    data = blobs(10)
    taken = data.take([4, 1])
    assert np.array_equal(taken.x, data.x[[4, 1]])
    assert taken.classes == data.classes
    assert len(data.take([])) == 0
    assert len(data.take(slice(2, 5))) == 3
    with pytest.raises(UsageError, match="10 examples"):
        data.take([10])


def test_a_sample_is_the_same_every_time_and_never_larger_than_the_data() -> None:
    data = blobs(50)
    assert np.array_equal(data.sample(20).x, data.sample(20).x)
    assert len(np.unique(data.sample(20).x, axis=0)) == 20
    assert data.sample(50) is data


def test_a_partition_names_its_clients_and_holds_all_training_examples(split) -> None:
    clients = split.partition(7)
    assert clients.names == tuple(f"client-{i}" for i in range(1, 8))
    assert sum(len(client.data) for client in clients) == len(split.train)
    held = np.concatenate([client.data.x for client in clients])
    assert np.array_equal(np.sort(held, axis=0), np.sort(split.train.x, axis=0))
    assert clients.named("client-3") is clients[2]
    assert isinstance(clients[1:3], Partition)
    with pytest.raises(UsageError, match="client-8"):
        clients.named("client-8")


def test_names_must_differ_and_somebody_must_be_there() -> None:
    with pytest.raises(UsageError, match="names must differ"):
        Partition([Client("a", blobs(1)), Client("a", blobs(1))])
    with pytest.raises(UsageError, match="at least one"):
        Partition([])
    with pytest.raises(UsageError, match="not a Client"):
        Partition([blobs(1)])  # type: ignore[list-item]


def test_a_loader_that_raises_is_that_clients_failure() -> None:
    def missing() -> Dataset:
        raise FileNotFoundError("disk of client-9")

    with pytest.raises(ClientFailed, match=r"client-9.*FileNotFoundError"):
        _ = Client("client-9", missing).data
    with pytest.raises(ClientFailed, match="a list where a Dataset belongs"):
        _ = Client("client-9", list).data  # type: ignore[arg-type]


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("engine", [pytest.param("tff", marks=needs_tff), "numpy"])
def test_a_loader_that_tries_to_end_the_thread_only_drops_its_own_client(
    opened, engine, raised
) -> None:
    def leaving() -> Dataset:
        raise raised("enough")

    network = mlp(20, (), 5)
    trainer = opened(engine, network)
    clients = [Client("leaver", leaving), *clients_of(12)]
    with ThreadPoolExecutor(1) as thread:
        left, stayed = thread.submit(
            trainer.train, network.initial(0), clients, LocalPlan(), 1
        ).result()
    assert isinstance(left, ClientFailure) and raised.__name__ in left.error
    assert isinstance(stayed, ClientUpdate) and stayed.examples == 12


def test_a_users_own_interrupt_is_not_taken_for_a_clients_failure() -> None:
    def interrupted() -> Dataset:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _ = Client("slow", interrupted).data
    with pytest.raises(ClientFailed, match="SystemExit"):
        _ = Client("leaver", sys.exit).data


def test_a_partition_shows_sizes_and_label_counts_without_relying_on_colour(split) -> None:
    shown = split.partition(3, "shards")._repr_html_()
    counts = split.partition(3, "shards")[0].data.label_counts()
    assert 'scope="row">client-1</th>' in shown
    for label, count in enumerate(counts):
        if count:
            assert f"label {label}: {count}" in shown
    assert repr(split.partition(3, sizes=[10, 20, 30])) == (
        "<Partition blobs, iid: 3 clients, 10–30 examples>"
    )


def test_a_partition_of_many_shows_a_few_and_says_how_many_more(split) -> None:
    assert "and 80 more" in split.partition(100)._repr_html_()


def test_a_clients_name_cannot_smuggle_markup_into_a_notebook() -> None:
    shown = Partition([Client("<script>x</script>", blobs(3))])._repr_html_()
    assert "<script>" not in shown


def test_data_on_demand_are_not_loaded_to_be_shown() -> None:
    def never() -> Dataset:
        raise AssertionError("loaded")

    partition = Partition([Client("lazy", never), Client("empty", blobs(0))])
    assert "loaded on demand" in partition._repr_html_()
    assert partition.sizes() == {"lazy": None, "empty": 0}
    assert "on demand" in repr(partition[0])
