"""Assets that strangers made: shown with their id, in any number of decimals, destroyed or not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.errors import NotConfirmed
from dml_sdk.types import Amount, Asset
from dml_sdk.widgets.wording import exact, significant

SHARES = dict.fromkeys(("engineers", "contributors", "annotators", "validators", "clients"), 0)


def sub(session: dml.Session, who: str, pallet: str, function: str, **arguments: object) -> None:
    session.chain.submit(session.chain.call(pallet, function, **arguments), session.account(who))


@pytest.fixture
def evil(session: dml.Session, network: dml.networks.MLP):
    """Makes Ferdie's model with a pool in an asset of his own."""

    def make(symbol: bytes = b"DML", decimals: int = 12, planck: int = 2**120) -> dml.Model:
        me = session.account("ferdie").address
        for name, arguments in (
            ("create", dict(admin=me, min_balance=1)),
            ("mint", dict(beneficiary=me, amount=2**127)),
            ("set_metadata", dict(name="0x78", symbol="0x" + symbol.hex(), decimals=decimals)),
        ):
            sub(session, "ferdie", "Assets", name, id=77, **arguments)
        ferdies = session.as_("ferdie")
        model = ferdies.models.upload(network, name="evil", licence="MIT", pool=None)
        sub(session, "ferdie", "Pools", "create", model=model.id, asset={"WithId": 77},
            shares={"creator": 1_000_000, **SHARES}, amount=planck)  # fmt: skip
        return model

    return make


def destroy(session: dml.Session) -> None:
    for name in ("freeze_asset", "start_destroy", "destroy_accounts", "finish_destroy"):
        sub(session, "ferdie", "Assets", name, id=77)


@given(planck=st.integers(0, 2**128 - 1), decimals=st.integers(0, 255))
def test_any_amount_of_any_asset_can_be_told(planck, decimals):
    amount = Amount(planck, Asset("X", decimals, 77))
    assert str(amount).endswith(" X (asset 77)") and repr(amount)
    assert Decimal(exact(amount)) == amount.tokens
    told = significant(amount.tokens)
    assert Decimal(told.replace(",", "")) == pytest.approx(amount.tokens, rel=Decimal("0.001"))


def test_the_native_token_has_no_id_and_one_without_a_symbol_has_nothing_else():
    assert str(Asset("DML", 12).amount(5)) == "5 DML"
    assert str(Asset("DML", 12, 7).amount(5)) == "5 DML (asset 7)"
    assert str(Asset("#7", 0, 7).amount(5)) == "5 (asset 7)"
    assert str(Asset("#1", 0, 7).amount(5)) == "5 (asset 7)"


NO_SYMBOLS = [
    b"DML, and you get 9,999 DML", b"DML\x1b[2K\rfree", b"DML\xe2\x80\xae", b"<b>DML</b>",
    b"DML (asset 1)", b" ", b"", b"\n\nSigned", b"D" * 13, "D\u041cL".encode(),
    b"of a destroyed asset", b"#5",
]  # fmt: skip


@pytest.mark.parametrize("symbol", NO_SYMBOLS, ids=repr)
def test_a_symbol_that_is_none_is_not_shown(session, evil, bob, symbol):
    theirs = evil(symbol=symbol, planck=10**16)
    sub(session, "ferdie", "Assets", "transfer", id=77, target=bob.address, amount=10**16)
    pool = session.as_(bob).pools.get(theirs.id)
    assert str(pool.asset.amount(5)) == "5 (asset 77)"
    assert "10,000 (asset 77) held" in repr(pool)
    told = [*pool.preview_stake(5).effects, pool.preview_stake(5)._repr_html_(), pool._repr_html_()]
    assert any("5 (asset 77)" in line for line in told)
    for part in ("9,999", "[2K", "\u202e", "<b>DML", "(asset 1)", "Signed", "DDD", "destroyed"):
        assert not any(part in line for line in told), told


@pytest.mark.parametrize("symbol", ["DML", "USDt", "stETH-2", "$A_b.c", "X" * 12])
def test_a_symbol_is_shown_with_the_assets_id(symbol):
    assert str(Asset(symbol, 0, 7).amount(5)) == f"5 {symbol} (asset 7)"
    assert str(Asset("free DML!", 12).amount(5)) == "5 (native token)"


def test_an_asset_that_is_called_as_the_native_one_is_told_from_it_everywhere(
    session, evil, bob, model
):
    theirs = evil(planck=10**16)
    sub(session, "ferdie", "Assets", "transfer", id=77, target=bob.address, amount=10**16)
    bobs, asked = session.as_(bob), []
    pool = bobs.pools.get(theirs.id)
    for told in (
        repr(pool), pool._repr_html_(), repr(pool.preview_stake(5)),
        pool.preview_stake(5)._repr_html_(), repr(session.as_(bob).balance(asset=pool.asset)),
    ):  # fmt: skip
        assert "DML (asset 77)" in told
    bobs.ask_over(1, confirm=lambda question: asked.append(question))
    try:
        with pytest.raises(NotConfirmed, match=r"5 DML \(asset 77\)"):
            pool.fund(5)
        assert [str(amount) for amount in asked[0].effect.leaves] == ["5 DML (asset 77)"]
        with pytest.raises(NotConfirmed, match="5 DML from"):
            bobs.pools.get(model.id).fund(5)
    finally:
        bobs.never_ask()


def test_what_is_reserved_and_what_others_may_take_is_asked_about(session, evil, bob):
    evil(decimals=0)
    sub(session, "ferdie", "Assets", "transfer", id=77, target=bob.address, amount=1_000)
    bobs, asked, call = session.as_(bob), [], session.chain.call
    create = call("Assets", "create", id=78, admin=bob.address, min_balance=1)
    approve = call("Assets", "approve_transfer", id=77, delegate=session.signer.address, amount=500)
    assert any("reserved" in line for line in bobs.preview(create).effects)
    told = bobs.preview(approve).effects
    assert any("Alice may take 500 DML (asset 77)" in line for line in told), told
    bobs.ask_over(1, confirm=lambda question: asked.append(question.effect.leaves))
    try:
        for wanted in (create, approve):
            with pytest.raises(NotConfirmed):
                session.chain.submit(wanted, bob)
        (deposit,), leaves = asked
        assert deposit.asset == session.chain.token and deposit.tokens >= 1
        assert 500 in [amount.planck for amount in leaves if amount.asset.id == 77]
    finally:
        bobs.never_ask()
    session.chain.submit(create, bob)
    bobs.ask_over(1, confirm=lambda question: False)
    try:  # the deposit comes back: nothing leaves
        session.chain.submit(call("Assets", "start_destroy", id=78), bob)
        session.chain.submit(call("Assets", "finish_destroy", id=78), bob)
    finally:
        bobs.never_ask()


def test_a_destroyed_asset_is_told_in_words_and_its_statement_adds_up(session, bob):
    with session.fork() as fork:  # whose audit is the fork's own
        other = fork.as_("ferdie")
        me = other.signer.address
        for name, arguments in (
            ("create", dict(admin=me, min_balance=1)),
            ("mint", dict(beneficiary=me, amount=1_000)),
            ("transfer", dict(target=bob.address, amount=100)),
        ):
            sub(fork, "ferdie", "Assets", name, id=77, **arguments)
        asset = fork.chain.asset(77)
        before = fork.chain.block_number
        destroy(fork)
        gone = fork.chain.asset(77)
        assert str(gone.amount(5)) == "5 of a destroyed asset (asset 77)" and asset != gone
        whole = fork.statement(bob)
        assert whole.unexplained == {}
        assert any("destroyed" in row["what"] for row in whole)
        late = fork.statement(bob, first=before + 1)
        assert late.unexplained == {}
