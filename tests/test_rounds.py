"""Federated rounds: trained, recorded, scored, paid; paused, stopped, resumed, broken."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ChainError,
    DispatchError,
    RoundAborted,
    TrainingRunning,
    TrainingTimeout,
    UnknownModel,
    UsageError,
)
from dml_sdk.training.data import Dataset, Partition
from dml_sdk.training.engine import ClientUpdate
from dml_sdk.versions import load_weights
from tests.waiting import LONG, until


@pytest.fixture
def clients(split):
    return split.partition(12, scheme="iid", seed=1)


def options(split, **changed):
    plan = dict(
        test=split.test, rounds=3, clients_per_round=4, batch_size=10, learning_rate=0.2,
        engine="numpy", seed=7,
    )  # fmt: skip
    return {**plan, **changed}


def test_rounds_train_a_model_pay_for_it_and_lose_no_token(session, model, clients, split):
    training = model.train(clients, **options(split)).wait(60)
    assert training.state == "finished"
    assert [r.version for r in training.rounds] == [1, 2, 3]
    assert training.rounds[-1].accuracy > 0.8 > training.base[0]
    assert model.latest.index == 3 and model.latest.parent == 2
    for record in training.rounds:
        assert record.participants == 4
        assert {u.status for u in record.updates} == {"accepted"}
        assert record.paid.planck == sum(u.reward.planck for u in record.updates) > 0
        assert all(u.receipt.block <= record.blocks[1] for u in record.updates)
    assert session.conserved().ok


def test_what_was_stored_hashes_to_what_each_wallet_signed(session, model, clients, split):
    training = model.train(clients, **options(split, rounds=1)).wait(60)
    for update in training.rounds[0].updates:
        weights = load_weights(session.store, update.location, update.sha256)
        assert set(weights) == {"dense_1/kernel", "dense_1/bias"}
        submitted = next(e for e in update.receipt.events if e.name == "UpdateSubmitted")
        assert submitted.fields["client"] == update.client
        assert update.receipt.signer == update.account == training.wallets[update.client].address


def test_a_round_in_the_sdk_equals_one_done_by_hand(session, model, clients, split, network):
    from dml_sdk.training.aggregators import fedavg
    from dml_sdk.training.engine import open_engine

    first = model.weights()
    training = model.train(clients, **options(split, rounds=1)).wait(60)
    engine = open_engine("numpy", network)
    names = [u.client for u in training.rounds[0].updates]
    number = training.rounds[0].number
    updates = engine.train(first, [clients.named(n) for n in names], training.plan.local, number)
    for name, array in fedavg(updates, first).items():
        np.testing.assert_array_equal(array, model.weights()[name])


def test_claims_pay_every_contributor_exactly_what_was_credited(session, model, clients, split):
    training = model.train(clients, **options(split)).wait(60)
    before = {n: session.balance(a) for n, a in training.wallets.items()}
    claims = training.claim()
    assert {r["client"]: r["claimed"] for r in claims} == training.paid()
    for row in claims:
        gained = session.balance(row["account"]) - before[row["client"]] + row["outcome"].fee
        assert gained == row["claimed"]
    assert len(training.claim()) == 0


def test_a_rounds_pay_follows_from_the_evaluation_and_stays_within_its_part(
    session, model, clients, split
):
    bucket = model.pool.buckets["contributor"]
    training = model.train(clients, **options(split, rounds=1, reward_part=0.5)).wait(60)
    record = training.rounds[0]
    mean_score = sum(u.score for u in record.updates) / 4
    expected = float(bucket) * 0.5 * record.accuracy * mean_score
    assert float(record.paid) == pytest.approx(expected, rel=1e-6)


def test_training_without_a_pool_records_rounds_and_pays_nobody(session, network, clients, split):
    model = session.models.upload(network, name="unpaid", licence="MIT")
    training = model.train(clients, **options(split, rounds=1)).wait(60)
    assert training.rounds[0].version == 1
    assert not training.rounds[0].paid


def test_a_bucket_that_is_empty_pays_nobody_and_training_goes_on(
    session, model, clients, split, bob
):
    model.pool.reward("contributor", {bob: 1})
    training = model.train(clients, **options(split, rounds=1)).wait(60)
    assert training.state == "finished" and not training.rounds[0].paid


def test_the_same_seed_selects_and_trains_the_same_way(session, network, clients, split):
    finals = []
    for _ in range(2):
        with session.anchor():
            model = session.models.upload(network, name="x", licence="MIT")
            model.train(clients, **options(split, rounds=2)).wait(60)
            finals.append(model.latest.sha256)
    assert finals[0] == finals[1]


def test_training_pauses_and_goes_on(model, clients, split):
    training = model.train(clients, **options(split, rounds=1_000))
    until(lambda: len(training.rounds) >= 2, "two rounds")
    training.pause()
    until(lambda: training.state == "paused", "paused")
    done = len(training.rounds)
    time.sleep(0.2)
    assert len(training.rounds) == done
    training.resume()
    until(lambda: len(training.rounds) > done, "another round")
    training.stop()
    training.wait(30)


def test_stopping_aborts_the_open_round_and_resuming_goes_on_from_the_last_version(
    session, model, clients, split
):
    training = model.train(clients, **options(split, rounds=1_000))
    until(lambda: len(training.rounds) >= 2, "two rounds")
    training.stop()
    training.wait(30)
    assert training.state == "stopped"
    done = len(training.rounds)
    assert session.chain.get("Rounds", "CurrentRound", model.id) is None
    assert model.latest.index == training.rounds[-1].version
    assert session.conserved().ok
    training.plan = training.plan.__class__(**{**_plan(training), "rounds": done + 1})
    training.resume()
    training.wait(60)
    assert training.state == "finished" and len(training.rounds) == done + 1


def _plan(training):
    return {name: getattr(training.plan, name) for name in training.plan.__slots__}


def test_a_second_training_of_the_same_model_is_refused(model, clients, split):
    training = model.train(clients, **options(split, rounds=1_000))
    with pytest.raises(TrainingRunning):
        model.train(clients, **options(split))
    training.stop()
    training.wait(30)


def test_a_round_that_a_killed_kernel_left_open_is_named_and_can_be_aborted(
    session, model, clients, split, bob
):
    model.define_contributors({"client-1": bob})
    deadline = session.chain.now_ms() + 60_000
    call = session.chain.call(
        "Rounds", "open", model=model.id, minimum=1, maximum=2, deadline_ms=deadline,
        reward_part=10**9,
    )  # fmt: skip
    session.chain.submit(call, session.signer)
    with pytest.raises(TrainingRunning, match="abort_round"):
        model.train(clients, **options(split))
    with pytest.raises(DispatchError.named("Rounds", "RoundAlreadyOpen")):
        session.chain.submit(call, session.signer)
    model.abort_round("left open")
    assert model.train(clients, **options(split, rounds=1)).wait(60).state == "finished"
    with pytest.raises(UsageError, match="no open round"):
        model.abort_round()


def test_a_deadline_in_the_past_is_refused_by_the_chain(session, model):
    call = session.chain.call(
        "Rounds", "open", model=model.id, minimum=1, maximum=2, deadline_ms=1, reward_part=0
    )
    with pytest.raises(DispatchError.named("Rounds", "DeadlinePassed")):
        session.chain.submit(call, session.signer)


def test_a_client_that_crashes_drops_out_and_the_round_goes_on(session, model, clients, split):
    def broken() -> Dataset:
        raise RuntimeError("out of memory")

    mixed = Partition(
        [dml.Client(c.name, broken if i % 3 == 0 else c.data) for i, c in enumerate(clients)]
    )
    training = model.train(
        mixed, validation=split.validation, **options(split, rounds=3, minimum=1)
    ).wait(60)
    dropped = [u for r in training.rounds for u in r.updates if u.status == "dropped"]
    assert dropped and all("out of memory" in u.reason and not u.reward for u in dropped)
    assert training.rounds[-1].accuracy > 0.8


def test_too_few_updates_abort_the_round_and_nothing_is_lost(session, model, clients, split):
    def broken() -> Dataset:
        raise RuntimeError("gone")

    mixed = Partition([dml.Client(c.name, broken) for c in clients])
    before = model.pool.buckets
    training = model.train(mixed, validation=split.validation, **options(split))
    with pytest.raises(RoundAborted, match="Nothing was paid"):
        training.wait(60)
    assert training.state == "failed" and isinstance(training.error, RoundAborted)
    assert model.pool.buckets == before and model.latest.index == 0
    assert session.chain.get("Rounds", "CurrentRound", model.id) is None


class _Poisoned:
    """The NumPy engine, but for one client whose update is spoilt on its way."""

    def __init__(self, engine, spoil):
        self._engine, self._spoil = engine, spoil

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def train(self, *args, should_stop, on_update):
        first, *others = self._engine.train(*args, should_stop)
        spoilt = self._spoil(dict(first.weights))
        updates = [ClientUpdate(first.client, spoilt, first.examples, first.loss), *others]
        for update in updates:
            on_update(update)
        return updates


def _nan(weights):
    return {**weights, "dense_1/bias": np.full(4, np.nan, np.float32)}


def _infinite(weights):
    return {**weights, "dense_1/kernel": np.full((8, 4), np.inf, np.float32)}


def _misshapen(weights):
    return {**weights, "dense_1/bias": np.zeros(9, np.float32)}


def _useless(weights):
    return {name: -100 * array for name, array in weights.items()}


@pytest.mark.parametrize("spoil", [_nan, _infinite, _misshapen, _useless])
def test_an_update_that_is_broken_or_useless_is_rejected_on_the_chain_and_not_paid(
    session, model, clients, split, spoil, monkeypatch
):
    from dml_sdk.rounds import training as module

    real = module.open_engine
    monkeypatch.setattr(module, "open_engine", lambda *a: _Poisoned(real(*a), spoil))
    training = model.train(clients, **options(split, rounds=2)).wait(60)
    for record in training.rounds:
        rejected = record.updates[0]
        assert rejected.status == "rejected" and rejected.reason and not rejected.reward
        told = session.chain.get(
            "Rounds", "Updates", model.id, record.number, "0x" + rejected.client.encode().hex()
        )
        assert "Rejected" in told["verdict"]
        assert [u.status for u in record.updates[1:]] == ["accepted"] * 3
    assert np.isfinite(model.weights()["dense_1/kernel"]).all()
    assert training.rounds[-1].accuracy > 0.8


def test_a_wallet_without_tokens_for_the_fee_drops_out(session, model, clients, split, monkeypatch):
    from dml_sdk.rounds import wallets

    monkeypatch.setattr(wallets, "_transfer", lambda *_: None)
    training = model.train(clients, **options(split, rounds=1, minimum=1))
    with pytest.raises(RoundAborted):
        training.wait(60)
    assert session.conserved().ok


def test_a_chain_that_breaks_down_in_mid_round_fails_with_a_typed_error_and_can_be_resumed(
    session, model, clients, split, monkeypatch
):
    real = session.chain.submit_all
    broken = threading.Event()

    def sometimes(jobs, confirmed=None):
        if len(jobs) > 1 and not broken.is_set():
            broken.set()
            raise dml.errors.ChainUnreachable("the cable was cut")
        return real(jobs, confirmed)

    monkeypatch.setattr(session.chain, "submit_all", sometimes)
    training = model.train(clients, **options(split))
    with pytest.raises(ChainError, match="cable"):
        training.wait(60)
    assert session.chain.get("Rounds", "CurrentRound", model.id) is None
    training.resume()
    training.wait(60)
    assert training.state == "finished" and len(training.rounds) == 3


def late(clients, split, there):
    """The same clients, whose data come once an event is set."""
    return Partition(
        [dml.Client(c.name, lambda c=c: there.wait(LONG) and c.data) for c in clients],
        "late",
        split.validation,
    )


def test_waiting_can_run_out_of_time_while_training_goes_on(model, clients, split):
    there = threading.Event()
    training = model.train(late(clients, split, there), **options(split))
    with pytest.raises(TrainingTimeout, match="It goes on"):
        training.wait(0.01)
    there.set()
    assert training.wait(60).state == "finished"


def test_watchers_are_told_of_every_round_and_a_raising_one_harms_nobody(model, clients, split):
    there = threading.Event()
    training = model.train(late(clients, split, there), **options(split, rounds=3))
    seen: set[int] = set()
    training.watch(lambda: 1 / 0)
    stop = training.watch(lambda: seen.add(len(training.rounds)))
    there.set()
    training.wait(60)
    stop()
    assert seen >= {1, 2, 3} and training.state == "finished"


def test_training_ends_early_at_its_target(model, clients, split):
    training = model.train(clients, **options(split, rounds=50, target_accuracy=0.5)).wait(60)
    assert training.state == "finished" and len(training.rounds) < 50
    with pytest.raises(UsageError, match="All rounds are done"):
        training.resume()


def test_a_training_shows_itself_and_its_history(model, clients, split):
    training = model.train(clients, **options(split)).wait(60)
    assert "finished, 3/3 rounds" in repr(training)
    assert len(training.history) == 3
    assert list(training.history.to_pandas()["round"]) == [1, 2, 3]
    assert "accuracy" in training.history._repr_html_()


def test_a_stranger_cannot_train_somebody_elses_model(session, model, clients, split):
    theirs = session.as_("bob").models.get(model.id)
    before = session.chain.block_number
    with pytest.raises(UsageError, match=r"only its owner opens rounds.*bob"):
        theirs.train(clients, **options(split))
    assert session.chain.block_number == before
    assert not any(work.alive for work in session.chain.at_work.values())


def test_two_clients_with_one_wallet_are_refused_at_once(session, model, clients, split, bob):
    before = session.chain.block_number
    with pytest.raises(UsageError, match="one wallet"):
        model.train(clients, wallets={"client-1": bob, "client-2": bob}, **options(split))
    assert session.chain.block_number == before
    assert not any(work.alive for work in session.chain.at_work.values())


def test_claiming_where_there_is_no_pool_pays_nobody_and_says_so(session, network, clients, split):
    model = session.models.upload(network, name="unpaid", licence="MIT")
    claims = model.train(clients, **options(split, rounds=1)).wait(60).claim()
    assert len(claims) == 0 and "no pool" in claims._repr_html_()


def test_a_training_whose_anchor_has_ended_still_shows_what_it_did(
    session, network, clients, split
):
    with session.anchor():
        model = session.models.upload(network, name="brief", licence="MIT")
        training = model.train(clients, **options(split, rounds=1)).wait(60)
    assert "finished, 1/1 rounds" in repr(training) and len(training.history) == 1
    with pytest.raises(UnknownModel, match="anchor"):
        training.claim()
    with pytest.raises(UnknownModel, match="anchor"):
        model.train(clients, **options(split))


@pytest.mark.parametrize(
    "changed",
    [
        dict(rounds=0), dict(rounds=2.5), dict(clients_per_round=13), dict(clients_per_round=0),
        dict(epochs=0), dict(batch_size=-1), dict(learning_rate=0), dict(engine="pytorch"),
        dict(minimum=5), dict(minimum=0), dict(reward_part=1.5), dict(reward_part=-0.1),
        dict(reject_below=float("nan")), dict(deadline=timedelta(0)), dict(seed=-1),
    ],
    ids=str,
)  # fmt: skip
def test_arguments_that_cannot_be_right_are_refused_before_anything_happens(
    session, model, clients, split, changed
):
    before = session.chain.block_number
    with pytest.raises(UsageError):
        model.train(clients, **options(split, **changed))
    assert session.chain.block_number == before


def test_clients_without_a_validation_partition_are_refused(model, clients, split):
    with pytest.raises(UsageError, match="validation="):
        model.train(list(clients), **options(split))


def test_wallets_are_topped_up_in_mid_training_before_their_fees_run_out(
    session, model, clients, split, monkeypatch
):
    from dml_sdk.rounds import training as module
    from dml_sdk.rounds import wallets

    monkeypatch.setattr(module, "ROUNDS_AHEAD", 3)
    monkeypatch.setattr(wallets, "_TOP_UP", Decimal(0))
    alone = dict(rounds=40, clients_per_round=1, minimum=1)
    training = model.train(clients[:1], validation=split.validation, **options(split, **alone))
    training.wait(120)
    (wallet,) = training.wallets.values()
    fees = [u.receipt.fee.planck for r in training.rounds for u in r.updates]
    assert len(fees) == 40
    assert 0 < session.balance(wallet).planck < sum(fees), "what it had at first was not enough"


def test_wallets_get_no_tokens_that_they_do_not_need(session, model, clients, split):
    training = model.train(clients, **options(split, rounds=1)).wait(60)
    selected = {u.account for u in training.rounds[0].updates}
    for wallet in training.wallets.values():
        assert bool(session.balance(wallet).planck) == (wallet.address in selected)


def test_a_wallet_for_a_name_that_no_client_has_is_refused(session, model, clients, split, bob):
    before = session.chain.block_number
    with pytest.raises(UsageError, match=r"'client-99'.*no client is called so.*'client-1'"):
        model.train(clients, wallets={"client-1": bob, "client-99": bob}, **options(split))
    assert session.chain.block_number == before
