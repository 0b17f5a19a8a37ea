"""Asking before much is moved: who is asked, about what, and what an answer does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.confirmation import Effect, Question
from dml_sdk.errors import ChainError, ChainUnreachable, DispatchError, NotConfirmed, UsageError
from dml_sdk.types import Amount, Asset, Receipt

OTHER = Asset("USD", 6, 7)


class Preview:
    """What the chain would tell of each call; tests say what."""

    def __init__(self, session: dml.Session) -> None:
        self._session = session
        self.effects: dict[str, Effect] = {}
        self.asked: list[tuple[Call, Account]] = []

    def __call__(self, call: Call, signer: Account) -> Effect:
        self.asked.append((call, signer))
        return self.effects.get(call.name, Effect(()))


@pytest.fixture
def preview(session: dml.Session) -> Any:
    yield Preview(session)
    session.never_ask()


def fund(session: dml.Session, model: dml.Model, tokens: int) -> Receipt:
    return session.pools.get(model.id).fund(tokens)


def leaves(*amounts: Amount) -> Effect:
    return Effect(amounts)


def test_what_moves_more_than_the_amount_is_asked_and_sent_when_confirmed(session, model, preview):
    questions: list[Question] = []

    def yes(question: Question) -> bool:
        questions.append(question)
        return True

    token = session.chain.token
    preview.effects["Pools.fund"] = told = leaves(token.amount(200))
    session.ask_over(100, confirm=yes, preview=preview)
    receipt = fund(session, model, 200)
    (question,) = questions
    assert question.signer is session.signer and question.call == "Pools.fund"
    assert question.arguments == {"model": model.id, "amount": 200 * 10**12}
    assert question.effect is told
    assert question.fee == receipt.fee
    assert preview.asked[0][0].name == "Pools.fund" and preview.asked[0][1] is session.signer


def test_what_is_not_confirmed_is_not_sent_and_costs_nothing(session, model, preview):
    preview.effects["Pools.fund"] = leaves(session.chain.token.amount(200))
    session.ask_over("100", confirm=lambda _: False, preview=preview)
    before = session.chain.block_number, session.balance()
    with pytest.raises(NotConfirmed, match=r"200 DML.*Nothing was signed") as caught:
        fund(session, model, 200)
    assert isinstance(caught.value, ChainError)
    assert (session.chain.block_number, session.balance()) == before
    session.never_ask()
    assert fund(session, model, 200).block == before[0] + 1


@pytest.mark.parametrize(
    ("planck", "is_asked"), [(0, False), (10**12, False), (10**12 + 1, True), (-(10**13), False)]
)
def test_the_amount_itself_is_not_over_it(session, model, preview, planck, is_asked):
    asked: list[Question] = []
    preview.effects["Pools.fund"] = leaves(Amount(planck, session.chain.token))
    session.ask_over(1, confirm=lambda q: not asked.append(q), preview=preview)
    fund(session, model, 1)
    assert bool(asked) is is_asked


def test_of_an_asset_without_an_amount_of_its_own_any_is_asked_about(session, model, preview):
    asked: list[Question] = []
    preview.effects["Pools.fund"] = leaves(Amount(1, OTHER))

    def yes(question: Question) -> bool:
        asked.append(question)
        return True

    session.ask_over(Decimal(1_000_000), confirm=yes, preview=preview)
    fund(session, model, 1)
    assert len(asked) == 1
    session.ask_over(1_000_000, OTHER.amount(1), confirm=yes, preview=preview)
    fund(session, model, 1)
    assert len(asked) == 1


async def later(_: Question) -> bool:
    return True


@pytest.mark.parametrize("answer", [None, 0, 1, "yes", object()])
def test_only_true_is_a_yes(session, model, preview, answer):
    preview.effects["Pools.fund"] = leaves(session.chain.token.amount(5))
    session.ask_over(1, confirm=lambda _: answer, preview=preview)
    with pytest.raises(NotConfirmed):
        fund(session, model, 5)


def test_a_coroutine_that_nobody_awaits_is_no_yes(session, model, preview):
    coroutines = []

    def confirm(question: Question) -> Any:
        coroutines.append(later(question))
        return coroutines[-1]

    preview.effects["Pools.fund"] = leaves(session.chain.token.amount(5))
    session.ask_over(1, confirm=confirm, preview=preview)
    with pytest.raises(NotConfirmed):
        fund(session, model, 5)
    with ThreadPoolExecutor(1) as thread:  # in this one a browser of other tests may have a loop
        assert thread.submit(asyncio.run, coroutines[0]).result() is True


def test_whoever_asks_and_fails_has_not_said_yes(session, model, preview):
    def fails(_: Question) -> bool:
        raise RuntimeError("the page is gone")

    preview.effects["Pools.fund"] = leaves(session.chain.token.amount(5))
    session.ask_over(1, confirm=fails, preview=preview)
    with pytest.raises(NotConfirmed) as caught:
        fund(session, model, 5)
    assert "page is gone" in str(caught.value.__cause__)


def test_a_preview_that_cannot_be_had_lets_nothing_through(session, model):
    def gone(_: Call, __: Account) -> Effect:
        raise ChainUnreachable("no answer")

    before = session.chain.block_number
    try:
        session.ask_over(1, confirm=lambda _: True, preview=gone)
        with pytest.raises(ChainUnreachable):
            fund(session, model, 1)
        session.ask_over(1, confirm=lambda _: True, preview=lambda c, s: None)  # type: ignore[arg-type,return-value]
        with pytest.raises(UsageError, match="Effect"):
            fund(session, model, 1)
    finally:
        session.never_ask()
    assert session.chain.block_number == before


def test_what_a_rule_would_refuse_is_told_by_its_rule_without_a_question_or_a_fee(
    session, model, preview
):
    error = DispatchError.named("Pools", "PoolClosed")("", call="Pools.fund")
    preview.effects["Pools.fund"] = Effect((session.chain.token.amount(5),), error=error)
    session.ask_over(1, confirm=lambda _: pytest.fail("asked"), preview=preview)
    before = session.balance()
    with pytest.raises(DispatchError.named("Pools", "PoolClosed")):
        fund(session, model, 5)
    assert session.balance() == before


def test_one_that_is_not_confirmed_stops_no_other_and_takes_no_nonce(session, alice, bob, preview):
    chain = session.chain
    remark = chain.call("System", "remark", remark=b"x")
    pay = chain.call("Balances", "transfer_keep_alive", dest=bob.address, value=5 * 10**12)
    preview.effects[pay.name] = leaves(chain.token.amount(5))
    session.ask_over(1, confirm=lambda _: False, preview=preview)
    outcomes = chain.submit_all([(remark, alice), (pay, alice), (remark, alice)])
    assert [type(told) for told in outcomes] == [Receipt, NotConfirmed, Receipt]
    assert outcomes[0].block == outcomes[2].block


def test_it_holds_for_every_signer_on_the_chain(session, model, preview):
    preview.effects["Pools.fund"] = leaves(session.chain.token.amount(5))
    session.ask_over(1, confirm=lambda _: False, preview=preview)
    with pytest.raises(NotConfirmed):
        fund(session.as_("bob"), model, 5)


@pytest.mark.parametrize("odd", [None, -1, "many", float("nan"), object()])
def test_what_is_no_amount_is_refused(session, odd):
    with pytest.raises(UsageError):
        session.ask_over(odd, confirm=lambda _: True, preview=lambda c, s: Effect(()))
    with pytest.raises(UsageError):
        session.ask_over(1, odd, confirm=lambda _: True, preview=lambda c, s: Effect(()))
    assert session.chain.limits is None


def test_two_amounts_of_one_asset_and_what_cannot_be_called_are_refused(session):
    token = session.chain.token
    for amounts, confirm, preview in (
        ((token.amount(1), token.amount(2)), print, print),
        ((1,), None, print),
        ((1,), print, "ask"),
    ):
        with pytest.raises(UsageError):
            session.ask_over(*amounts, confirm=confirm, preview=preview)


# --- what the runtime's own preview says goes out -------------------------------------------------


@pytest.fixture
def asked_over_one(session: dml.Session) -> Any:
    """What somebody who says no is asked about, over one token."""
    asked: list[list[str]] = []

    def no(question: Question) -> bool:
        asked.append([str(amount) for amount in question.effect.leaves])
        return False

    session.ask_over(1, confirm=no)
    yield asked
    session.never_ask()


def transfer(session: dml.Session, to: Account, tokens: str) -> Call:
    planck = session.chain.token.amount(tokens).planck
    return session.chain.call("Balances", "transfer_keep_alive", dest={"Id": to.address},
                              value=planck)  # fmt: skip


def test_a_deposit_that_comes_back_does_not_hide_what_goes_out(
    session, model, alice, bob, asked_over_one
):
    chain = session.chain
    session.never_ask()
    model.collective.add_member(bob)
    proposal = model.collective.propose(dml.actions.SetAllowance(1))
    session.ask_over(1, confirm=lambda q: asked_over_one.append(q.effect.leaves))
    back = chain.call("Collectives", "withdraw", proposal=proposal.id)
    before = session.balance(bob)
    with pytest.raises(NotConfirmed, match=r"1\.4 DML"):
        chain.submit(chain.batch([back, transfer(session, bob, "1.4")]), alice)
    assert session.balance(bob) == before and len(asked_over_one) == 1
    chain.submit(chain.batch([back, transfer(session, bob, "1")]), alice)  # that is not over it


def test_what_is_claimed_does_not_hide_what_goes_out(session, model, alice, bob, asked_over_one):
    chain = session.chain
    session.never_ask()
    model.pool.reward("contributor", {bob: 1})
    session.ask_over(1, confirm=lambda q: asked_over_one.append(list(map(str, q.effect.leaves))))
    claim = chain.call("Pools", "claim", model=model.id)
    for calls in ([claim, transfer(session, alice, "40")], [transfer(session, alice, "40"), claim]):
        with pytest.raises(NotConfirmed):
            chain.submit(chain.batch(calls), bob)
    assert asked_over_one == [["40 DML"], ["40 DML"]]
    chain.submit(claim, bob)


def test_several_small_amounts_are_one_large_one_and_a_fee_is_none(
    session, alice, bob, asked_over_one
):
    chain = session.chain
    with pytest.raises(NotConfirmed):
        chain.submit(chain.batch([transfer(session, bob, "0.6")] * 2), alice)
    assert asked_over_one == [["1.2 DML"]]
    session.ask_over(0, confirm=lambda _: pytest.fail("asked about a fee"))
    chain.submit(chain.call("System", "remark", remark=b"x"), alice)
    chain.submit(transfer(session, alice, "5"), alice)  # to oneself
