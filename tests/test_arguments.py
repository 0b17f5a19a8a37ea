"""Arguments: NumPy's numbers are numbers, and what cannot be meant is refused in words."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dml_sdk as dml
from dml_sdk.arguments import (
    decimal_of,
    require_part,
    require_rate,
    require_seconds,
    require_whole,
)
from dml_sdk.errors import UsageError
from dml_sdk.rounds.plan import TrainingPlan
from dml_sdk.training.engine import LocalPlan


def kind(value: object) -> str:
    """Names a case; the text of some cannot be had."""
    return type(value).__name__


WHOLE = [np.int8(3), np.uint64(3), np.array(3), 3]


@pytest.mark.parametrize("given", WHOLE, ids=kind)
def test_a_whole_number_of_numpys_becomes_pythons(given: Any) -> None:
    number = require_whole("n", given, least=1, most=3)
    assert number == 3 and type(number) is int


@pytest.mark.parametrize(
    "given",
    [True, np.True_, 3.0, np.float64(3), "3", None, np.array([3]), Decimal(3), 10**5000],
    ids=kind,
)
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="whole number"):
        require_whole("n", given, most=10)


@pytest.mark.parametrize(
    "given",
    [10**400, 10**5000, -1, 0, "0.1", True, float("nan"), float("inf"), Decimal("1e400"),
     Decimal("sNaN"), None],
    ids=kind,
)  # fmt: skip
def test_a_learning_rate_that_cannot_be_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="learning_rate"):
        LocalPlan(learning_rate=given)
    with pytest.raises(UsageError, match="rate"):
        require_rate("rate", given)


@pytest.mark.parametrize(
    "given", [10**400, -1, "0.5", True, Decimal("NaN"), float("inf")], ids=kind
)
def test_a_part_that_cannot_be_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        require_part("part", given)


@pytest.mark.parametrize("given", [10**400, -0.5, "1", True, float("nan")], ids=kind)
def test_seconds_that_nobody_can_wait_are_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="seconds"):
        require_seconds("timeout", given)


def test_numpys_numbers_are_parts_rates_and_seconds() -> None:
    assert require_part("part", np.float32(0.25)) == 0.25
    assert require_part("part", Decimal("0.1")) == Decimal("0.1")
    assert require_rate("rate", np.int64(1)) == 1.0
    assert require_seconds("timeout", np.float64(1.5)) == 1.5
    assert require_seconds("timeout", threading.TIMEOUT_MAX) == threading.TIMEOUT_MAX
    assert decimal_of(np.float32(0.1)) == Decimal("0.1")


def test_a_plan_of_numpys_numbers_is_the_same_plan() -> None:
    given: dict[str, Any] = dict(
        rounds=np.int64(3), clients_per_round=np.int8(4), epochs=np.uint8(2), minimum=np.int32(2),
        batch_size=np.int16(5), seed=np.uint32(7), learning_rate=np.float64(0.5),
        target_accuracy=np.float64(0.9),
    )  # fmt: skip
    plan = TrainingPlan(**given)
    assert plan == TrainingPlan(**{name: value.item() for name, value in given.items()})
    assert {name: type(getattr(plan, name)) for name in given} == {
        name: type(value.item()) for name, value in given.items()
    }


@pytest.mark.parametrize(
    "name", ["rounds", "clients_per_round", "epochs", "batch_size", "seed", "learning_rate"]
)
def test_a_plan_beyond_all_counting_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        TrainingPlan(**{name: 10**5000})


def test_a_networks_sizes_may_be_numpys_and_huge_ones_are_refused() -> None:
    network = dml.networks.mlp(np.int64(8), [np.int32(5)], np.uint8(4))
    assert network == dml.networks.mlp(8, (5,), 4)
    assert network.config()["hidden"] == [5] and type(network.inputs) is int
    for sizes in ((10**5000, (), 2), (8, (True,), 2), (8, "55", 2), (8, (5.0,), 2), (8, 5, 2)):
        with pytest.raises(UsageError):
            dml.networks.mlp(*sizes)


def test_a_partition_by_numpys_numbers_is_the_same_and_huge_ones_are_refused(split: Any) -> None:
    same = split.partition(np.int64(5), "shards", np.int64(1), shards_per_client=np.int8(2))
    assert same.sizes() == split.partition(5, "shards", 1, shards_per_client=2).sizes()
    for given in (
        {"n": 10**5000}, {"seed": -(10**5000)}, {"scheme": "shards", "shards_per_client": 10**5000},
        {"scheme": "dirichlet", "alpha": 10**5000},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            split.partition(**{"n": 2, **given})


def test_what_is_no_name_is_refused_in_words_wherever_one_is_chosen(session, model, bob):
    three = model.collective
    bobs = session.as_(bob).models.get(model.id)
    proposing = dml.actions.ClosePool()
    for odd in ([], {}, np.array(["validator", "aye"]), object(), b"aye"):
        for wrong in (
            lambda odd=odd: three.propose(proposing, electorate=odd),
            lambda odd=odd: model.referendum(proposing, electorate=odd),
            lambda odd=odd: three.proposals(odd),
            lambda odd=odd: model.updates(state=odd),
            lambda odd=odd: model.pool.reward(odd, {bob: 1}),
            lambda odd=odd: bobs.pool.stake(1, odd),
            lambda odd=odd: bobs.licences.terms(odd),
            lambda odd=odd: dml.actions.SetWeighting(odd),
            lambda odd=odd: dml.actions.Spend(odd, bob, 1),
            lambda odd=odd: dml.StakingTerms(slash_to=odd),
        ):
            with pytest.raises(UsageError):
                wrong()
    model.collective.add_member(bob)
    proposal = three.propose(dml.actions.SetAllowance(1))
    for odd in ([], np.array(["aye", "nay"])):
        with pytest.raises(UsageError, match="vote="):
            proposal.vote(odd)


@pytest.mark.parametrize("odd", [10**5000, -1, "x", 1.5, True], ids=kind)
def test_no_number_of_a_block_or_a_port_is_refused_in_words(session, odd):
    with pytest.raises(UsageError, match="at="):
        session.fork(at=odd)
    with pytest.raises(UsageError, match="port="):
        session.serve(odd)


def test_what_is_no_way_to_seal_is_refused_in_words(session):
    for odd in (np.array(["instant", "manual"]), [], object(), "x", 10**5000, 0):
        with pytest.raises(UsageError, match="seal="):
            session.fork(seal=odd)


def test_what_is_no_preview_has_nothing_to_unlock(model):
    for odd in (None, 5, "preview", model):
        with pytest.raises(UsageError, match="preview_unstake"):
            model.pool.unlocks(odd)


@pytest.mark.parametrize(
    "odd",
    [
        dict(amount="much"), dict(amount=-1), dict(amount=None), dict(amount=[]),
        dict(amount="1e400000"), dict(amount="1e-400000"), dict(amount=2**128),
        dict(shares=None), dict(shares={"creator": "x"}), dict(shares={"owner": 100}),
        dict(shares={"creator": -1}), dict(asset=None), dict(asset=-1), dict(asset=[]),
        dict(asset=True), dict(asset=""), dict(asset=2**32), dict(asset=b"DML"),
    ],
    ids=str,
)  # fmt: skip
def test_terms_of_a_pool_that_cannot_be_meant_are_refused_where_they_are_made(odd):
    with pytest.raises(UsageError):
        dml.PoolTerms(**{"amount": 1, **odd})


@pytest.mark.parametrize("odd", ["1e400000", "1e-400000", 2**128, 10**5000, "0e-400000"], ids=kind)
def test_amounts_that_no_asset_counts_are_refused_in_any_terms(odd):
    for wrong in (
        lambda: dml.LicenceTerms(price=odd),
        lambda: dml.StakingTerms(minimum=odd),
        lambda: dml.CollectiveTerms(deposit=odd),
        lambda: dml.actions.SetAllowance(odd),
    ):
        with pytest.raises(UsageError, match="no asset counts"):
            wrong()


def test_what_has_no_single_truth_is_refused_in_words_where_there_may_be_nothing(
    session, model, network
):
    for odd in (np.array([1, 2]), pd.Series([1, 2]), pd.DataFrame({"a": [1, 2]}), pd.NA):
        for wrong in (
            lambda odd=odd: model.propose_update(model.weights(), metrics=odd),
            lambda odd=odd: model.collective.propose_call(dml.actions.ClosePool(), stored=odd),
            lambda odd=odd: session.models.upload(network, name="x", licence="MIT", pool=None,
                                                  fees=odd),
            lambda odd=odd: model.require_room_for(odd),
        ):  # fmt: skip
            with pytest.raises(UsageError):
                wrong()


@pytest.mark.parametrize("odd", [5, None, "client-1", {"client-1"}, [1], object()], ids=kind)
def test_what_names_no_contributors_has_no_room_to_be_asked_for(model, odd):
    with pytest.raises(UsageError, match="name"):
        model.require_room_for(odd)
