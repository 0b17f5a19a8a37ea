"""Files of a round are stored beside its training: none is missing, and none is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ContentCorrupt,
    RoundAborted,
    StoreUnreachable,
    TrainingError,
    UsageError,
)
from dml_sdk.storage import LocalStore, MemoryStore, cid_of
from dml_sdk.training.data import Dataset, Partition, Split
from tests.waiting import LONG, until

MEMBERS = 8


class Gate(LocalStore):
    """A store on the disk whose writers can be held up, and one of them be refused."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.go.set()
        self.begun = self.stored = 0
        self.refused: int | None = None
        self._count = threading.Lock()

    def put(self, source) -> str:
        with self._count:
            self.begun += 1
            number = self.begun
        assert self.go.wait(LONG), "nobody opened the gate"
        if number == self.refused:
            raise StoreUnreachable("the disk is full")
        cid = super().put(source)
        with self._count:
            self.stored += 1
        return cid

    @property
    def half_written(self) -> list[Path]:
        return list((self.path / "partial").iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def session(store: Gate) -> Iterator[dml.Session]:
    with dml.connect(store=store) as opened:
        yield opened
        assert opened.conserved().ok


def options(split: Split, **changed):
    plan = dict(
        test=split.test, validation=split.validation, rounds=1, clients_per_round=MEMBERS,
        learning_rate=0.2, engine="numpy",
    )  # fmt: skip
    return {**plan, **changed}


def loading(split: Split, before_each) -> Partition:
    """Clients whose data come once `before_each(n)` has returned, n of them having come before."""
    loads = iter(range(1_000_000))

    def client(name: str, data: Dataset) -> dml.Client:
        def load() -> Dataset:
            before_each(next(loads))
            return data

        return dml.Client(name, load)

    return Partition([client(c.name, c.data) for c in split.partition(MEMBERS, seed=1)], "late")


def storing_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("dml-store")]


def open_round(model: dml.Model) -> object:
    return model.session.chain.get("Rounds", "CurrentRound", model.id)


def test_each_update_is_in_the_store_before_the_next_client_has_its_data(store, model, split):
    before = store.stored
    clients = loading(split, lambda n: until(lambda: store.stored >= before + n, "stored"))
    training = model.train(clients, **options(split)).wait(120)
    assert [u.status for u in training.rounds[0].updates] == ["accepted"] * MEMBERS
    assert not storing_threads()


def test_an_update_that_the_store_refuses_drops_out_unpaid_and_the_round_goes_on(
    session, store, model, split
):
    store.refused = store.begun + 3
    training = model.train(split.partition(MEMBERS, seed=1), **options(split)).wait(60)
    (record,) = training.rounds
    (dropped,) = [u for u in record.updates if u.status != "accepted"]
    assert dropped.status == "dropped" and "disk is full" in dropped.reason
    assert not dropped.reward and dropped.location is None and dropped.receipt is None
    assert session.chain.get(
        "Rounds", "Updates", model.id, record.number, "0x" + dropped.client.encode().hex()
    ) is None  # fmt: skip
    paid = [u for u in record.updates if u.reward]
    assert len(paid) == MEMBERS - 1
    assert all(store.has(u.location.cid) for u in paid)


def test_a_version_that_the_store_refuses_is_not_published_and_nobody_is_paid(store, model, split):
    before = model.pool.buckets
    store.refused = store.begun + MEMBERS + 1
    training = model.train(split.partition(MEMBERS, seed=1), **options(split))
    with pytest.raises(StoreUnreachable, match="disk is full"):
        training.wait(60)
    assert open_round(model) is None and model.latest.index == 0
    assert model.pool.buckets == before
    assert not storing_threads() and not store.half_written
    training.resume()
    assert training.wait(60).rounds[0].version == 1


def test_stopping_in_mid_training_finishes_the_files_begun_and_begins_no_other(store, model, split):
    handed_over, stopped = threading.Event(), threading.Event()

    def before_each(n: int) -> None:
        if n == MEMBERS - 1:
            handed_over.set()
            assert stopped.wait(LONG)

    before = store.begun
    store.go.clear()
    training = model.train(loading(split, before_each), **options(split))
    assert handed_over.wait(60)
    until(lambda: store.begun > before, "files are on their way")
    training.stop()
    stopped.set()
    training.join(0.2)
    assert training.alive, "it waits for the files that were begun"
    store.go.set()
    training.wait(30)
    assert training.state == "stopped" and open_round(model) is None
    assert 0 < store.begun - before < MEMBERS - 1
    assert store.stored == store.begun
    assert not storing_threads() and not store.half_written


def test_an_engine_that_breaks_down_after_some_updates_leaves_no_thread_and_no_open_round(
    store, model, split, monkeypatch
):
    from dml_sdk.rounds import training as module

    opened = module.open_engine

    class Breaking:
        def __init__(self, engine):
            self._engine = engine

        def __getattr__(self, name):
            return getattr(self._engine, name)

        def train(self, weights, clients, *args, should_stop, on_update):
            self._engine.train(weights, clients[:3], *args, should_stop, on_update)
            raise TrainingError("the worker has gone away")

    monkeypatch.setattr(module, "open_engine", lambda *a: Breaking(opened(*a)))
    training = model.train(split.partition(MEMBERS, seed=1), **options(split))
    with pytest.raises(TrainingError, match="gone away"):
        training.wait(60)
    assert open_round(model) is None and model.latest.index == 0
    assert store.stored == store.begun
    assert not storing_threads() and not store.half_written


def test_ctrl_c_while_an_anchor_ends_rewinds_the_chain_and_cuts_the_training_off(
    session, store, model, split, ctrl_c_in_a_wait
):
    before = session.chain.block_number
    held: list[dml.Training] = []

    def leave_while_it_stores() -> None:
        with session.anchor():
            store.go.clear()
            held.append(model.train(split.partition(MEMBERS, seed=1), **options(split)))
            until(lambda: held[0].phase == "store", "it waits for the store")
            ctrl_c_in_a_wait()

    with pytest.raises(KeyboardInterrupt):
        leave_while_it_stores()
    (training,) = held
    assert training.alive, "the store holds it up"
    assert session.anchored is None and session.chain.block_number == before
    with pytest.raises(UsageError, match="A training runs"), session.anchor():
        pass
    store.go.set()
    training.join(30)
    assert training.state == "stopped" and training.error is None
    assert session.chain.block_number == before and open_round(model) is None
    again = model.train(split.partition(MEMBERS, seed=1), **options(split)).wait(60)
    assert again.rounds[0].version == 1


class Telling(MemoryStore):
    """A store that answers what it likes."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = answer

    def put(self, source) -> str:
        return self.answer(super().put(source))


def _raise(_: str) -> str:
    raise RuntimeError("not made for this")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: "nonsense", ContentCorrupt),
        (lambda _: None, ContentCorrupt),
        (lambda _: 5, ContentCorrupt),
        (lambda _: str(cid_of(b"something else")), ContentCorrupt),
        (_raise, StoreUnreachable),
    ],
)
def test_a_store_that_tells_another_cid_is_refused_before_anything_is_paid(
    network, split, answer, error
):
    store = Telling(answer)
    with dml.connect(store=store) as session:
        with pytest.raises(error, match="Nothing refers to"):
            session.models.upload(network, name="x", licence="MIT")
        assert session.chain.block_number == 0
        store.answer = str
        model = session.models.upload(
            network, name="x", licence="MIT", pool=dml.PoolTerms(amount=1_000)
        )
        buckets = model.pool.buckets
        store.answer = answer
        with pytest.raises(error):
            model.publish(model.weights())
        training = model.train(split.partition(MEMBERS, seed=1), **options(split))
        with pytest.raises(RoundAborted) as caught:
            training.wait(60)
        assert isinstance(caught.value.__cause__, error)
        assert model.pool.buckets == buckets and model.latest.index == 0


def test_ctrl_c_while_a_session_closes_closes_it_all_the_same(
    tmp_path, network, split, ctrl_c_in_a_wait
):
    store = Gate(tmp_path)
    session = dml.connect(store=store)
    model = session.models.upload(network, name="x", licence="MIT")
    store.go.clear()
    training = model.train(split.partition(MEMBERS, seed=1), **options(split))
    until(lambda: training.phase == "store", "it waits for the store")
    ctrl_c_in_a_wait()
    with pytest.raises(KeyboardInterrupt):
        session.close()
    assert session.chain.closed and training.alive
    store.go.set()
    training.join(30)
    assert training.state == "stopped" and training.error is None
