"""Pools: funding, rewards, claims, closing; and every refusal changes nothing."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.errors import DispatchError, UsageError


def refused(pallet: str, name: str):
    return pytest.raises(DispatchError.named(pallet, name))


def test_a_pool_is_split_over_roles_by_share(model):
    buckets = {role: float(amount) for role, amount in model.pool.buckets.items()}
    assert buckets == {
        "creator": 100, "engineer": 200, "contributor": 400, "annotator": 200, "validator": 100,
    }  # fmt: skip
    assert sum(model.pool.shares.values()) == 1


def test_a_pool_shows_itself(model):
    assert "1,000 DML" in repr(model.pool)
    assert "contributor" in model.pool._repr_html_()


def test_a_pool_that_there_is_not_says_how_to_make_one(session, network):
    pool = session.models.upload(network, name="unpaid", licence="MIT").pool
    assert "none" in repr(pool)
    assert "no pool" in pool._repr_html_() and "PoolTerms" in pool._repr_html_()
    with pytest.raises(UsageError, match="PoolTerms"):
        _ = pool.buckets


def test_anyone_may_add_to_a_pool(session, model):
    session.as_("bob").pools.get(model.id).fund("0.5")
    assert model.pool.buckets["contributor"].tokens == Decimal("400.2")


def test_a_reward_is_a_part_of_what_remains_and_equal_scores_get_equal_pay(session, model, bob):
    eve = session.account("eve")
    preview = model.pool.preview_reward("contributor", {bob: 0.25, eve: 0.25})
    model.pool.reward("contributor", {bob: 0.25, eve: 0.25})
    assert {float(a) for a in preview.values()} == {100.0}
    assert model.pool.buckets["contributor"].tokens == 200
    rows = model.pool.allocations()
    assert {r["account"]: float(r["earned"]) for r in rows} == {
        bob.address: 100.0, eve.address: 100.0,
    }  # fmt: skip
    assert len(model.pool.allocations(bob)) == 1


def test_a_claim_pays_out_what_was_credited_once(session, model, bob):
    model.pool.reward("contributor", {bob: 0.5})
    before = session.balance(bob)
    receipt = session.as_(bob).pools.get(model.id).claim()
    assert (session.balance(bob) - before + receipt.fee).tokens == 200
    with refused("Pools", "NothingToClaim"):
        session.as_(bob).pools.get(model.id).claim()


def test_closing_returns_what_remains_and_keeps_what_was_earned(session, model, bob):
    model.pool.reward("contributor", {bob: 1})
    before = session.balance()
    receipt = model.pool.close()
    assert (session.balance() - before + receipt.fee).tokens >= 600
    session.as_(bob).pools.get(model.id).claim()
    with refused("Pools", "PoolClosed"):
        model.pool.fund(1)


def test_a_pool_can_be_in_any_asset(session, network):
    chain = session.chain
    calls = [
        chain.call("Assets", "create", id=7, admin=session.signer.address, min_balance=10),
        chain.call("Assets", "set_metadata", id=7, name="0x" + b"Euro".hex(),
                   symbol="0x" + b"EURX".hex(), decimals=2),
        chain.call("Assets", "mint", id=7, beneficiary=session.signer.address, amount=1_000_00),
    ]  # fmt: skip
    chain.submit(chain.batch(calls), session.signer)
    model = session.models.upload(
        network, name="in euro", licence="MIT", pool=dml.PoolTerms(amount="500.25", asset=7)
    )
    # 40 % of 50,025 cents, and the cent that rounding left over goes to the largest share.
    assert str(model.pool.buckets["contributor"]) == "200.11 EURX (asset 7)"
    assert session.conserved().ok


@pytest.mark.parametrize(
    "shares",
    [dict(creator=50), dict(creator=60, engineers=60), dict(creator=0), dict(clients="100.0001")],
)
def test_shares_that_do_not_sum_are_refused_and_leave_neither_model_nor_pool(
    session, network, shares
):
    models = len(session.models.list())
    with refused("Pools", "SharesDoNotSum"):
        session.models.upload(
            network, name="x", licence="MIT", pool=dml.PoolTerms(amount=1, shares=shares)
        )
    assert len(session.models.list()) == models


def test_staking_more_than_the_balance_is_refused(session, network):
    with pytest.raises(DispatchError) as caught:
        session.models.upload(network, name="x", licence="MIT", pool=dml.PoolTerms(amount=10**9))
    assert caught.value.name == "InsufficientBalance"


def test_a_reward_over_one_is_refused_by_the_chain_and_one_below_zero_before_it(model, bob):
    with refused("Pools", "ScoreAboveOne"):
        model.pool.reward("contributor", {bob: 1.01})
    with refused("Pools", "ScoresAboveOne"):
        model.pool.reward("contributor", {bob: 0.6, model.owner: 0.6})
    for score in (-0.1, "much", float("nan"), float("inf")):
        with pytest.raises(UsageError, match="between 0 and 1"):
            model.pool.reward("contributor", {bob: score})


class Unspeakable:
    """Something whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


NO_NUMBERS = [
    10**5000, -(10**5000), Unspeakable(), None, True, "1/2", "9" * 5000, [1], Decimal("sNaN"),
    float("inf"),
]  # fmt: skip


@pytest.mark.parametrize("given", NO_NUMBERS, ids=lambda v: type(v).__name__)
def test_what_is_no_score_and_no_share_is_refused_in_words(session, model, bob, given):
    before = session.chain.block_number
    with pytest.raises(UsageError, match="no score"):
        model.pool.reward("contributor", {bob: given})
    with pytest.raises(UsageError, match="no share"):
        dml.PoolTerms(amount=1, shares={"creator": given})
    with pytest.raises(UsageError):
        model.pool.fund(given)
    assert session.chain.block_number == before


def test_numpys_numbers_are_scores_shares_and_amounts(session, network, bob):
    terms = dml.PoolTerms(
        amount=np.int64(100),
        shares={"creator": np.int32(60), "contributors": np.float64(39.5), "clients": 0.5},
    )
    model = session.models.upload(network, name="x", licence="MIT", pool=terms)
    model.pool.fund(np.float32(0.5))
    assert model.pool.buckets["creator"].tokens == Decimal("60.3")
    model.pool.reward("creator", {bob: np.float32(0.1)})
    assert model.pool.buckets["creator"].tokens == Decimal("54.27")
    assert session.models.get(np.uint8(model.id)) == model


def test_a_stranger_may_not_make_an_owners_calls(session, model, bob):
    as_bob = session.as_(bob)
    pool = as_bob.pools.get(model.id)
    for act in (lambda: pool.reward("contributor", {bob: 1}), pool.close):
        with refused("Pools", "NotOwner"):
            act()


def test_unknown_ids_are_refused_in_words(session):
    with pytest.raises(UsageError, match="no pool"):
        session.pools.get(4_000_000)
    with pytest.raises(UsageError, match="no role"):
        dml.Pool(session, 0).reward("chef", {})


@pytest.mark.parametrize("amount", [-1, "1e-13", "nan", "inf", "a lot", 2**128, None])
def test_an_amount_that_cannot_be_is_refused_before_the_chain(session, model, amount):
    before = session.chain.block_number
    with pytest.raises(UsageError):
        model.pool.fund(amount)
    assert session.chain.block_number == before


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["fund", "reward", "claim", "close", "refund"]),
            st.sampled_from(["alice", "bob", "eve"]),
            st.integers(0, 2_000_000_000),
        ),
        max_size=8,
    )
)
def test_no_sequence_of_calls_by_anybody_loses_or_makes_a_token(session, model, steps):
    with session.anchor():
        for act, who, number in steps:
            pool = session.as_(who).pools.get(model.id)
            try:
                match act:
                    case "fund":
                        pool.fund(Decimal(number).scaleb(-12))
                    case "reward":
                        pool.reward("contributor", {session.account("eve"): number / 10**9})
                    case "claim":
                        pool.claim()
                    case "close":
                        pool.close()
                    case "refund":
                        pool.refund()
            except DispatchError:
                pass
            assert session.conserved().ok
