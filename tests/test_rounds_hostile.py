"""Trainings that are interrupted, raced, forked and mistreated: nothing is lost, all is told."""

from __future__ import annotations

import importlib.util
import multiprocessing
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    DMLError,
    RoundAborted,
    StoreUnreachable,
    TrainingRunning,
    UsageError,
)
from dml_sdk.training.data import Partition
from tests.waiting import LONG, until

needs_tff = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_federated") is None, reason="needs TensorFlow Federated"
)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def clients(split):
    return split.partition(8, seed=1)


def options(split, **changed):
    plan = dict(
        test=split.test, rounds=1_000, clients_per_round=4, learning_rate=0.2, engine="numpy",
        seed=7,
    )  # fmt: skip
    return {**plan, **changed}


def test_an_interrupted_wait_leaves_a_training_that_can_still_be_stopped(
    model, clients, split, ctrl_c_in_a_wait
):
    training = model.train(clients, **options(split))
    until(lambda: training.rounds, "a round")
    ctrl_c_in_a_wait()
    with pytest.raises(KeyboardInterrupt):
        training.wait()
    done = len(training.rounds)
    until(lambda: len(training.rounds) > done, "it goes on")
    training.stop()
    training.wait(30)
    assert training.state == "stopped"


def test_a_client_that_ends_its_thread_drops_out_and_is_named(model, clients, split):
    mixed = Partition(
        [*clients[:7], dml.Client("quitter", lambda: sys.exit(3))], "mixed", split.validation
    )
    training = model.train(mixed, **options(split, rounds=4, clients_per_round=8)).wait(60)
    assert {u.status for r in training.rounds for u in r.updates if u.client == "quitter"} == {
        "dropped"
    }


def test_a_wallet_that_the_owner_defined_is_the_one_that_signs_and_is_paid(
    session, model, clients, split, bob
):
    model.define_contributors({"client-1": bob})
    training = model.train(clients, **options(split, rounds=1, clients_per_round=8)).wait(60)
    assert model.contributors["client-1"] == bob.address
    (update,) = [u for u in training.rounds[0].updates if u.client == "client-1"]
    assert update.account == bob.address and update.reward


def test_a_defined_wallet_that_nobody_here_can_sign_for_is_refused_in_words(
    session, model, clients, split
):
    stranger = session.account("far-away").address
    model.define_contributors({"client-1": stranger})
    before = session.chain.block_number
    with pytest.raises(UsageError, match="wallets="):
        model.train(clients, **options(split))
    assert session.chain.block_number == before
    assert not any(work.alive for work in session.chain.at_work.values())
    assert model.contributors["client-1"] == stranger


def test_clients_of_any_name_get_a_wallet_and_never_the_owners(session, model, split):
    names = ["Müller", "hospital 1", "alice", "Alice", "//Alice", "x" * 64]
    parts = split.partition(len(names), seed=1)
    named = Partition(
        [dml.Client(n, c.data) for n, c in zip(names, parts, strict=True)], "n", split.validation
    )
    training = model.train(named, **options(split, rounds=1, clients_per_round=6)).wait(60)
    addresses = {a.address for a in training.wallets.values()}
    assert len(addresses) == len(names)
    assert session.signer.address not in addresses


def test_two_chains_in_one_kernel_do_not_hold_each_other_up(model, network, clients, split):
    with dml.connect(store="memory") as other:
        mine = model.train(clients, **options(split))
        theirs = other.models.upload(network, name="blobs", licence="MIT")
        assert theirs != model
        assert theirs.train(clients, **options(split, rounds=1)).wait(60).state == "finished"
        mine.stop()
        mine.wait(30)


def test_many_threads_that_resume_start_one_training(model, clients, split):
    training = model.train(clients, **options(split))
    until(lambda: training.rounds, "a round")
    training.stop()
    training.wait(30)
    gate = threading.Barrier(8)

    def resume() -> None:
        gate.wait()
        training.resume()

    threads = [threading.Thread(target=resume) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    alive = [t for t in threading.enumerate() if t.name == f"dml-training-{model.id}"]
    assert len(alive) == 1
    training.stop()
    training.wait(30)
    assert training.error is None


def test_resuming_right_after_stopping_goes_on(model, clients, split):
    training = model.train(clients, **options(split))
    until(lambda: training.rounds, "a round")
    training.stop()
    training.resume()
    done = len(training.rounds)
    until(lambda: len(training.rounds) > done, "another round")
    training.stop()
    training.wait(30)


def test_a_forked_process_cannot_write_a_chain_that_its_parent_would_not_see(session, model):
    def child(pipe) -> None:
        try:
            model.pool.fund(7)
            pipe.send("funded")
        except DMLError as e:
            pipe.send(str(e))

    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=child, args=(theirs,))
    process.start()
    assert "forked" in ours.recv()
    process.join(30)


def test_a_chain_is_not_rewound_under_a_training(session, model, clients, split):
    training = model.train(clients, **options(split))
    with pytest.raises(UsageError, match="A training runs"), session.anchor():
        pass
    training.stop()
    training.wait(30)
    with session.anchor():
        inside = model.train(clients, **options(split))
        until(lambda: inside.rounds, "a round")
    assert not inside.alive
    assert session.chain.get("Rounds", "CurrentRound", model.id) is None


def test_a_store_that_breaks_down_is_the_cause_of_the_aborted_round(
    session, model, clients, split, monkeypatch
):
    def broken(source):
        raise StoreUnreachable("the daemon has gone away")

    monkeypatch.setattr(session.store, "put", broken)
    training = model.train(clients, **options(split))
    with pytest.raises(RoundAborted, match="gone away") as caught:
        training.wait(60)
    assert isinstance(caught.value.__cause__, StoreUnreachable)


def test_closing_a_session_stops_what_runs_on_it(network, clients, split):
    session = dml.connect(store="memory")
    model = session.models.upload(network, name="x", licence="MIT")
    training = model.train(clients, **options(split))
    until(lambda: training.rounds, "a round")
    session.close()
    assert training.state == "stopped"


def test_a_script_that_ends_while_training_runs_leaves_no_open_round_and_no_traceback(
    tmp_path, split
):
    script = f"""
        import sys, time
        sys.path.insert(0, {str(ROOT / "tests")!r})
        import dml_sdk as dml
        from conftest import blobs
        from dml_sdk.training.data import Split
        split = Split("blobs", blobs(400, 2), blobs(100, 3), blobs(200, 4))
        session = dml.connect(path={str(tmp_path)!r})
        model = session.models.upload(dml.networks.softmax(8, 4), name="x", licence="MIT")
        training = model.train(split.partition(8), test=split.test, rounds=500,
                               clients_per_round=4, engine="numpy")
        while not training.rounds:
            time.sleep(0.01)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=LONG, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    with dml.connect(path=tmp_path) as session:
        assert session.chain.get("Rounds", "CurrentRound", 0) is None


def test_a_script_that_exits_on_sigterm_leaves_no_open_round_and_no_traceback(tmp_path):
    script = f"""
        import signal, sys, time
        sys.path.insert(0, {str(ROOT / "tests")!r})
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        import dml_sdk as dml
        from conftest import blobs
        from dml_sdk.training.data import Split
        split = Split("blobs", blobs(400, 2), blobs(100, 3), blobs(200, 4))
        session = dml.connect(path={str(tmp_path)!r})
        model = session.models.upload(dml.networks.softmax(8, 4), name="x", licence="MIT")
        training = model.train(split.partition(8), test=split.test, rounds=5000,
                               clients_per_round=4, engine="numpy")
        while not training.rounds:
            time.sleep(0.01)
        print("trained", flush=True)
        training.wait()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "trained\n"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=LONG)
    assert (process.returncode, errors) == (143, "")
    with dml.connect(path=tmp_path) as session:
        assert session.chain.get("Rounds", "CurrentRound", 0) is None


def test_more_participants_than_the_chain_takes_are_refused_before_a_token_moves(
    session, model, split
):
    before = session.chain.block_number
    with pytest.raises(UsageError, match="256"):
        model.train(split.partition(300), **options(split, clients_per_round=300))
    assert session.chain.block_number == before


def test_contributors_by_the_thousand_are_defined_and_too_many_are_refused_before_any_is(
    session, model, split
):
    wallets = {f"c{i}": session.account(f"c{i}") for i in range(2_000)}
    model.define_contributors(wallets)
    assert len(model.contributors) == 2_000
    before = session.chain.block_number
    others = {f"d{i}": session.signer.address for i in range(2_097)}
    with pytest.raises(UsageError, match=r"4,097 contributors.*4,096"):
        model.define_contributors(wallets | others)
    people = Partition([dml.Client(n, split.test) for n in others], "many", split.validation)
    with pytest.raises(UsageError, match=r"4,097 contributors.*4,096"):
        model.train(people, **options(split))
    assert session.chain.block_number == before
    assert not any(work.alive for work in session.chain.at_work.values())
    model.require_room_for([*wallets, *list(others)[:-1]])


class Awkward(Exception):
    """What a contributor may raise that says nothing about itself."""

    def __str__(self) -> str:
        raise RuntimeError("even this")


class Trapped(dml.Dataset):
    """Data that raise when they are looked at."""

    def __init__(self, data: dml.Dataset, trap: BaseException) -> None:
        super().__init__(data.x, data.y, data.classes)
        object.__setattr__(self, "trap", trap)

    def __len__(self) -> int:
        if hasattr(self, "trap"):
            raise self.trap
        return len(self.y)


@pytest.mark.parametrize(
    "trap", [RuntimeError("bad disk"), MemoryError(), SystemExit(3), Awkward()], ids=repr
)
@pytest.mark.parametrize("engine", ["numpy", pytest.param("tff", marks=needs_tff)])
def test_a_client_whose_data_raise_anything_drops_out_and_the_round_goes_on(
    model, clients, split, engine, trap
):
    mixed = Partition(
        [*clients[:7], dml.Client("trapped", Trapped(clients[7].data, trap))],
        "mixed",
        split.validation,
    )
    plan = options(split, rounds=1, clients_per_round=8, engine=engine)
    training = model.train(mixed, **plan).wait(120)
    (dropped,) = [u for u in training.rounds[0].updates if u.status != "accepted"]
    assert (dropped.client, dropped.status) == ("trapped", "dropped")
    assert type(trap).__name__ in dropped.reason


@pytest.mark.parametrize(
    "changed",
    [
        dict(deadline=5), dict(minimum="a"), dict(minimum=1.5), dict(reward_part="x"),
        dict(target_accuracy="a"), dict(test=None), dict(validation=5),
    ],
    ids=str,
)  # fmt: skip
def test_arguments_of_the_wrong_kind_are_typed_errors(model, clients, split, changed):
    with pytest.raises(UsageError):
        model.train(clients, **options(split, **changed))


@pytest.mark.parametrize("people", [None, [1, 2, 3, 4], "abcd"], ids=str)
def test_what_are_no_clients_is_refused(model, split, people):
    with pytest.raises(UsageError):
        model.train(people, validation=split.validation, **options(split))


def test_clients_whose_names_repeat_or_are_too_long_are_refused(model, clients, split):
    data = clients[0].data
    for names in (["a", "a", "b", "c"], ["x" * 65, "b", "c", "d"], ["ä" * 33, "b", "c", "d"]):
        people = [dml.Client(n, data) for n in names]
        with pytest.raises(UsageError):
            model.train(people, validation=split.validation, **options(split))


def test_a_second_training_while_one_runs_says_which(model, clients, split):
    training = model.train(clients, **options(split))
    with pytest.raises(TrainingRunning, match=r"trained already|open on the chain"):
        model.train(clients, **options(split))
    training.stop()
    training.wait(30)
