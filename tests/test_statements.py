"""Statements: they tell where each token came from, and add up to what the chain says."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.errors import DMLError, UsageError


@pytest.fixture
def euro(session: dml.Session) -> dml.types.Asset:
    chain, alice = session.chain, session.signer.address
    calls = [
        chain.call("Assets", "create", id=7, admin=alice, min_balance=10),
        chain.call("Assets", "set_metadata", id=7, name=b"Euro", symbol=b"EURX", decimals=2),
        *(
            chain.call("Assets", "mint", id=7, beneficiary=address, amount=1_000_00)
            for address in (alice, session.account("bob").address)
        ),
    ]
    chain.submit(chain.batch(calls), session.signer)
    return chain.asset(7)


def test_a_statement_says_what_each_movement_was_for(session, model, bob):
    before = session.chain.block_number
    bobs = session.as_("bob").pools.get(model.id)
    bobs.fund(10)
    bobs.stake(100)
    model.pool.reward("contributor", {bob: 0.5})
    bobs.claim()
    pay = session.chain.call("Balances", "transfer_keep_alive", dest=bob.address, value=3 * 10**12)
    session.chain.submit(pay, session.signer)
    statement = session.statement(bob, first=before + 1)
    told = [(None if r["amount"] is None else str(r["amount"]), r["what"]) for r in statement]
    assert [line for line in told if line[1] != "Fee"] == [
        ("-10 DML", f"You put 10 DML into model {model.id}'s pool"),
        ("-0.001 DML", "You paid a deposit of 0.001 DML for the escrow account"),
        ("-100 DML", "You put 100 DML at stake as validator; 100 DML are at stake now, and all of "
         "it can be slashed"),
        (None, f"You earned 202 DML as contributor of model {model.id}: 0.5 of the bucket"),
        ("202 DML", f"You claimed 202 DML from model {model.id}'s pool"),
        ("3 DML", "From alice"),
    ]  # fmt: skip
    assert sum(what == "Fee" for _, what in told) == 3
    assert statement.unexplained == {}
    token = session.chain.token
    assert statement.closing[token] == session.balance(bob)
    assert statement.opening[token] + statement.total(token) == statement.closing[token]
    assert "before" in statement._repr_html_() and statement.blocks[0] == before + 1


def test_an_account_tells_its_own_statement_and_it_adds_up_to_what_the_chain_says(session, model):
    bob, token = session.account("bob"), session.chain.token
    bobs = session.as_(bob).pools.get(model.id)
    bobs.fund(10)
    bobs.stake(100)
    model.pool.reward("contributor", {bob: 0.5})
    bobs.claim()
    for account in (bob, bobs.session.signer, session.account(dml.Account.development("bob"))):
        statement = account.statement()
        assert list(statement) == list(session.statement(bob.address))
        assert statement.unexplained == {}
        assert statement.opening[token] + statement.total(token) == statement.closing[token]
        assert statement.closing[token] == account.balance() == session.chain.balance(bob.address)
    head = session.chain.block_number
    (row,) = [row for row in bob.statement(first=head) if row["what"] != "Fee"]
    assert str(row["amount"]) == "202 DML"
    told: list[tuple[int, int]] = []
    bob.statement(first=head, last=head, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]


def test_an_account_from_a_file_has_a_statement_once_a_session_looks_it_up(session, tmp_path):
    carol = dml.Account.new(tmp_path / "carol.json", password=lambda: "correct horse battery")
    assert not hasattr(carol, "statement"), "which chain's?"
    pay = session.chain.call(
        "Balances", "transfer_keep_alive", dest=carol.address, value=3 * 10**12
    )
    session.chain.submit(pay, session.signer)
    here = session.account(carol)
    assert here == carol and here.balance() == session.chain.token.amount(3)
    assert [str(row["amount"]) for row in here.statement()] == ["3 DML"]
    assert session.as_(carol).signer.statement().closing == here.statement().closing


def test_no_statement_is_told_of_a_closed_session():
    with dml.connect(store="memory") as session:
        bob = session.account("bob")
    with pytest.raises(UsageError, match="closed"):
        bob.statement()


def test_a_pools_statement_adds_up_to_what_it_holds_and_tells_who_earned_what(session, model, bob):
    model.licences.set_terms("commercial", 50)
    session.as_("eve").models.get(model.id).licences.buy("commercial")
    bobs = session.as_("bob").pools.get(model.id)
    bobs.stake(10)
    model.pool.slash(bob, "validator", 0.5, "spam")
    model.pool.reward("engineer", {bob: 0.1})
    bobs.claim()
    statement = model.pool.statement()
    held = statement.closing[model.pool.asset]
    assert held == statement.total(model.pool.asset) and statement.unexplained == {}
    told = " ".join(row["what"] for row in statement)
    for words in ("put 1,000 DML", "50 DML came", "were slashed", "earned", "claimed"):
        assert words in told
    model.pool.close()
    assert model.pool.statement().unexplained == {}


def test_what_was_earned_at_a_block_of_the_past_is_told(session, model, bob):
    model.pool.reward("creator", {bob: 0.5})
    then = session.chain.block_number
    model.pool.reward("creator", {bob: 1})
    (past,), (now,) = model.pool.allocations(bob, at=then), model.pool.allocations(bob)
    assert (str(past["earned"]), str(now["earned"])) == ("50 DML", "100 DML")
    with pytest.raises(UsageError, match="no block"):
        model.pool.allocations(bob, at=10_000_000)


def test_blocks_that_there_are_not_are_refused_and_progress_is_told(session, model):
    for blocks in (dict(first=9, last=3), dict(last=10**9), dict(first=-1), dict(first="a")):
        with pytest.raises(UsageError):
            session.statement(**blocks)
    with pytest.raises(UsageError, match="progress"):
        session.statement(progress=3)
    for _ in range(120):
        session.seal()
    told: list[tuple[int, int]] = []
    model.pool.statement(progress=lambda done, of: told.append((done, of)))
    head = session.chain.block_number
    assert told == [(100, head), (head, head)]


@pytest.mark.parametrize("seed", range(4))
def test_statements_of_all_accounts_add_up_after_whatever_happened(session, euro, network, seed):
    dice = random.Random(seed)
    names = ["alice", "bob", "charlie", "dave"]
    models = [
        session.models.upload(
            network, name=f"m{i}", licence="MIT", fees=dict(download=2, serve="1.5"),
            pool=dml.PoolTerms(amount=100, asset=asset),
        )
        for i, asset in enumerate(("DML", 7))
    ]  # fmt: skip
    share = {"who": session.account("dave").address, "share": 100_000}
    chain = session.chain
    set_platform = chain.call("Licences", "set_platform", platform=share)
    chain.submit(chain.call("Sudo", "sudo", call=set_platform), session.signer)

    def anything() -> None:
        name, number = dice.choice(names), dice.choice(models).id
        other = session.account(dice.choice(names))
        own = session.as_(name)
        model = own.models.get(number)
        pool, collective = model.pool, model.collective
        amount = Decimal(dice.randint(1, 2_000)) / 100
        dice.choice(
            [
                lambda: pool.fund(amount),
                lambda: pool.stake(amount, dice.choice(["validator", "engineer"])),
                lambda: pool.unstake(amount),
                lambda: pool.restake(amount / 2),
                lambda: pool.withdraw(),
                lambda: pool.slash(other, "validator", 0.3, "spam"),
                lambda: pool.reward("contributor", {other: 0.1}),
                lambda: pool.claim(),
                lambda: model.licences.buy(dice.choice(["download", "serve"])),
                lambda: collective.add_member(other),
                lambda: collective.propose(actions.Spend("creator", other, 0.2)),
                lambda: collective.vote(dice.randint(0, 5), "aye"),
                lambda: collective.close(dice.randint(0, 5)),
                lambda: session.clock.advance(days=dice.randint(1, 4)),
                lambda: model.propose_update(
                    {n: a + np.float32(1) for n, a in models[0].weights().items()}
                ).approve(0.2),
                lambda: chain.submit(
                    chain.call(
                        "Balances", "transfer_allow_death", dest=other.address, value=10**11
                    ),
                    own.signer,
                ),
            ]
        )()

    done = 0
    for _ in range(120):
        try:
            anything()
            done += 1
        except DMLError:
            continue
    assert done > 20
    for name in names:
        account = session.account(name)
        statement = account.statement()
        assert statement.unexplained == {}, name
        assert statement.closing[chain.token] == account.balance()
        assert not [row for row in statement if row["what"] in ("Came in", "Went out")
                    and row["amount"].asset == chain.token], name  # fmt: skip
    for model in models:
        statement = model.pool.statement()
        assert statement.unexplained == {}
        held = chain.get("Pools", "Pools", model.id)["ledger"]["held"]
        assert statement.closing == {model.pool.asset: dml.types.Amount(held, model.pool.asset)}
        assert statement.total(model.pool.asset).planck == held
    assert timedelta(0) < session.clock.now() - statement[0]["time"]
