"""Stakes and previews: what is put at risk, when it unlocks, what the runtime says before."""

from __future__ import annotations

from datetime import timedelta

import pytest

import dml_sdk as dml
from dml_sdk.chain.confirmation import Question
from dml_sdk.errors import DispatchError, NotConfirmed, TransactionRefused, UsageError


def refused(pallet: str, name: str):
    return pytest.raises(DispatchError.named(pallet, name))


@pytest.fixture
def bobs(session: dml.Session, model: dml.Model) -> dml.Pool:
    return session.as_("bob").pools.get(model.id)


def rows(pool: dml.Pool, **of: object) -> list[tuple[str, str, float]]:
    return [(row["role"], row["state"], float(row["amount"])) for row in pool.stakes()]


def test_a_stake_unlocks_after_the_unbonding_period_and_is_then_withdrawn(session, bobs, bob):
    before = session.balance(bob)
    fees = [bobs.stake(100, role="validator").fee.planck, bobs.unstake(40).fee.planck]
    assert rows(bobs) == [("validator", "active", 60), ("validator", "unbonding", 40)]
    (unbonding,) = [row for row in bobs.stakes(bob) if row["state"] == "unbonding"]
    with refused("Stakes", "NothingToWithdraw") as early:
        bobs.withdraw()
    assert early.value.docs
    session.clock.advance(days=14, seconds=1)
    assert unbonding["unlocks"] < session.clock.now()
    assert ("validator", "withdrawable", 40) in rows(bobs)
    fees.append(bobs.withdraw().fee.planck)
    assert rows(bobs) == [("validator", "active", 60)]
    moved = before.planck - session.balance(bob).planck - sum(fees)
    assert 60 * 10**12 <= moved < 61 * 10**12  # the escrow's deposit, and the refused call's fee


def test_what_is_unbonding_can_be_put_back_at_stake(bobs):
    bobs.stake(100, role="engineer")
    bobs.unstake(40)
    bobs.restake(15)
    assert rows(bobs) == [("engineer", "active", 75), ("engineer", "unbonding", 25)]


def test_a_role_must_be_named_where_there_are_several_and_where_there_is_none(bobs):
    with pytest.raises(UsageError, match="none"):
        bobs.unstake(1)
    bobs.stake(10, role="validator")
    bobs.stake(10, role="engineer")
    with pytest.raises(UsageError, match="engineer, validator"):
        bobs.unstake(1)
    bobs.unstake(1, role="engineer")
    with pytest.raises(UsageError, match="no role"):
        bobs.stake(1, role="king")  # type: ignore[arg-type]


def test_the_owner_alone_slashes_for_a_cause_and_the_pool_gets_it(session, model, bobs, bob):
    bobs.stake(100)
    bobs.unstake(40)
    before = sum(float(a) for a in model.pool.buckets.values())
    with refused("Stakes", "NotOwner"):
        bobs.slash(bob, "validator", 0.5, "spam")
    receipt = model.pool.slash(bob, "validator", 0.5, "took bribes")
    told = next(e for e in receipt.events if e.name == "Slashed")
    assert told.fields["cause"] == {"Other": "took bribes"}
    assert rows(bobs) == [("validator", "active", 30), ("validator", "unbonding", 20)]
    assert sum(float(a) for a in model.pool.buckets.values()) == before + 50
    with pytest.raises(UsageError, match="128"):
        model.pool.slash(bob, "validator", 0.5, "x" * 129)


def test_staking_terms_are_told(model):
    assert model.pool.staking == dml.StakingTerms(unbonding=timedelta(days=14))


def test_a_preview_tells_fee_effects_and_unlock_time_and_changes_nothing(session, bobs, bob):
    before = session.chain.block_number, session.balance(bob)
    preview = bobs.preview_stake(100)
    assert preview and "100 DML at stake as validator" in " ".join(preview.effects)
    assert "slashed" in " ".join(preview.effects) and "deposit" in preview._repr_html_()
    assert (session.chain.block_number, session.balance(bob)) == before
    receipt = bobs.stake(100)
    assert preview.fee == receipt.fee and preview.moved == receipt.moved
    leaving = bobs.preview_unstake(40)
    due = session.clock.now() + timedelta(days=14)
    assert abs(bobs.unlocks(leaving) - due) < timedelta(minutes=1)
    assert any("unlock on" in line for line in leaving.effects)


def test_a_preview_tells_the_typed_error_that_the_call_would_end_in(session, model, bobs):
    preview = bobs.preview_unstake(1, role="validator")
    assert not preview and isinstance(
        preview.error, DispatchError.named("Stakes", "InsufficientStake")
    )
    with refused("Stakes", "InsufficientStake") as really:
        bobs.unstake(1, role="validator")
    assert preview.error.docs == really.value.docs
    poor = session.as_("nobody").pools.get(model.id).preview_stake(1)
    assert isinstance(poor.error, TransactionRefused)


def test_who_is_asked_over_an_amount_is_asked_by_what_the_runtime_says(session, model):
    asked: list[Question] = []
    session.ask_over(100, confirm=lambda question: bool(asked.append(question)))
    try:
        model.pool.fund(100)
        with pytest.raises(NotConfirmed, match=r"100\.5 DML"):
            model.pool.fund("100.5")
        with refused("Pools", "AmountZero"):
            model.pool.fund(0)
        model.pool.stake(90)
        with pytest.raises(NotConfirmed):
            model.pool.stake("100.01")
    finally:
        session.never_ask()
    assert [str(q.effect.leaves[0]) for q in asked] == ["100.5 DML", "100.01 DML"]


def test_the_audit_has_stakes_and_says_so(session, model, bobs):
    bobs.stake(100)
    audit = session.conserved()
    (books,) = audit.stakes
    assert audit.ok and books.held.tokens == 100 and books.escrow.tokens > 100
    assert "1 escrow(s) of stakes balance" in audit.summary()
