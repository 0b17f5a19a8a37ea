"""The kernel half of the stake panel, on a real chain and a comm that counts instead of a page."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.errors import UsageError
from dml_sdk.widgets import StakePanel
from dml_sdk.widgets.stake.picture import stake_html
from tests.waiting import until
from tests.widgets.conftest import SENT
from tests.widgets.page import Page

EVIL = '<img src=x onerror="alert(1)">\'"&'


@pytest.fixture
def panel(model: dml.Model, sent: Any) -> Iterator[StakePanel]:
    """Alice's panel on her model's pool of 1,000 DML."""
    shown = StakePanel(model.pool)
    yield shown
    shown.close()


@pytest.fixture
def page(panel: StakePanel) -> Page:
    return Page(panel)


def test_it_shows_buckets_shares_and_what_is_mine(panel: StakePanel) -> None:
    assert dict(panel.pool_told["buckets"])["contributor"] == "400"
    assert panel.pool_told["shares"]["contributor"] == "0.4"
    assert panel.pool_told["held"] == panel.part["put_in"] == "1000"
    assert panel.part["earned"] == []
    assert panel.head["name"] == "blobs" and panel.head["state"] == "live"
    assert panel.head["signer"]["name"] == "alice"


def test_funding_is_previewed_signed_and_seen(page: Page, panel: StakePanel) -> None:
    told = page.preview("fund", amount="12.5")
    assert told["error"] is None
    assert told["effects"][0] == f"You put 12.5 DML into model {panel.pool.model_id}'s pool"
    outcome = page.press("fund", amount="12.5")
    receipt = outcome["receipt"]
    assert outcome["state"] == "accepted" and receipt["call"] == "Pools.fund"
    assert Decimal(receipt["fee"]) == Decimal(told["fee"]), "what was previewed was paid"
    ((moved, symbol),) = receipt["moved"]
    assert Decimal(moved) == -Decimal("12.5") - Decimal(receipt["fee"]) and symbol == "DML"
    page.shows(lambda p: p.pool_told["held"] == "1012.5", "the new sum")
    assert panel.history["lines"][0]["text"] == "you put in 12.5 DML"


def test_every_previewed_call_is_the_one_that_is_signed(
    page: Page, model: dml.Model, bob: dml.Account
) -> None:
    model.pool.reward("engineer", {model.session.signer: 0.1})
    for action, arguments in (("fund", {"amount": "1"}), ("claim", {}), ("close", {})):
        told = page.preview(action, **arguments)
        receipt = page.press(action, **arguments)["receipt"]
        assert receipt["call"] == f"Pools.{action}"
        assert told["fee"] == receipt["fee"]


def test_a_claim_says_how_much_it_brings_and_why(page: Page, model: dml.Model) -> None:
    assert "earned nothing" in page.panel.refusals["claim"]
    model.pool.reward("engineer", {model.session.signer: 0.25})
    page.shows(lambda p: p.part["claimable"] == "50", "what can be claimed")
    assert page.panel.part["earned"] == [
        ["engineer", "50", "the owner gave 25.0 % of what was in the bucket"]
    ]
    assert page.panel.refusals["claim"] == ""
    assert page.preview("claim")["effects"] == [f"You claimed 50 DML from model {model.id}'s pool"]
    assert page.press("claim")["state"] == "accepted"
    page.shows(lambda p: p.part["claimed"] == "50", "that it was claimed")
    assert "claimed all" in page.panel.refusals["claim"]


def test_staking_shows_what_can_be_slashed_and_when_it_unlocks(
    page: Page, model: dml.Model
) -> None:
    panel, session = page.panel, model.session
    assert panel.stakes["active"] == [] and "nothing at stake" in panel.refusals["unstake"]
    told = page.preview("stake", amount="100", role="validator")
    assert told["error"] is None and "can be slashed" in " ".join(told["effects"])
    assert page.press("stake", amount="100", role="validator")["state"] == "accepted"
    page.shows(lambda p: p.stakes["active"] == [["validator", "100"]], "what is at stake")
    assert "nothing to withdraw" in panel.refusals["withdraw"]
    told = page.preview("unstake", amount="40", role="validator")
    assert "40 DML as validator unlock on" in told["effects"][0]
    assert page.press("unstake", amount="40", role="validator")["state"] == "accepted"
    page.shows(lambda p: p.stakes["unbonding"], "what is unbonding")
    ((role, amount, unlocks),) = panel.stakes["unbonding"]
    assert (role, amount) == ("validator", "40")
    assert unlocks - session.chain.now_ms() <= panel.stakes["unbonding_ms"] == 14 * 86_400_000
    assert "still locked" in panel.refusals["withdraw"]
    assert page.press("restake", amount="10", role="validator")["state"] == "accepted"
    session.clock.advance(days=14, seconds=1)
    page.shows(lambda p: p.stakes["withdrawable"] == "30", "what can be withdrawn")
    assert page.press("withdraw")["state"] == "accepted"
    page.shows(lambda p: p.stakes["unbonding"] == [], "that it was withdrawn")
    texts = [line["text"] for line in panel.history["lines"]]
    assert texts[0] == "you took out of the stakes 30 DML"
    assert any("unlocks on" in text for text in texts)
    assert "70" in panel.picture_html() and "as validator" in panel.picture_html()


def test_too_much_is_told_by_the_chain_before_it_is_signed(page: Page) -> None:
    told = page.preview("unstake", amount="1", role="engineer")
    assert told["error"]["kind"] == "Stakes.InsufficientStake" and not told["error"]["paid"]


def test_a_refusal_comes_with_the_chains_reason_and_what_to_do(page: Page) -> None:
    outcome = page.press("fund", amount="999999999")
    assert outcome["state"] == "failed"
    assert outcome["error"] == {
        "kind": "Pools.InsufficientBalance",
        "text": "The account has too little that it is free to spend above the minimum it must "
        "keep.",
        "todo": "Give a smaller amount, or put tokens into the account first.",
        "calm": False,
        "paid": True,
    }


@pytest.mark.parametrize("amount", ["abc", "1,5", "-1", "1e3", "NaN", "0x10", "1.2.3", "٣"])
def test_what_is_no_amount_is_said_and_never_sent(page: Page, amount: str) -> None:
    before = page.panel.session.chain.block_number
    assert "not an amount" in page.preview("fund", amount=amount)["error"]["text"]
    outcome = page.press("fund", amount=amount)
    assert outcome["state"] == "failed" and outcome["error"]["kind"] == "UsageError"
    assert page.panel.session.chain.block_number == before


def test_an_amount_finer_than_a_planck_is_said_before_anything_is_asked(page: Page) -> None:
    told = page.preview("fund", amount="0.0000000000001")
    assert "finer than one planck" in told["error"]["text"] and told["fee"] is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "act"},
        {"do": "act", "action": "drain", "arguments": {}, "token": "t"},
        {"do": "act", "action": "fund", "arguments": {}, "token": "t"},
        {"do": "act", "action": "fund", "arguments": {"amount": 5}, "token": "t"},
        {"do": "act", "action": "fund", "arguments": {"amount": "5", "x": "1"}, "token": "t"},
        {"do": "act", "action": "fund", "arguments": {"amount": "5" * 30_000}, "token": "t"},
        {"do": "act", "action": "fund", "arguments": [["amount", "5"]], "token": "t"},
        {"do": "act", "action": "fund", "arguments": {"amount": "5"}, "token": 5},
        {"do": "answer", "question": 1, "yes": "yes"},
        {"do": ["act"]},
    ],
)
def test_a_message_that_no_page_of_ours_sends_does_nothing(
    page: Page, message: dict[str, Any]
) -> None:
    before = page.panel.session.chain.block_number
    page.send(**message)
    page.preview("claim")
    assert page.panel.outcome == {}
    assert page.panel.session.chain.block_number == before


def test_the_page_changes_nothing_by_state(panel: StakePanel) -> None:
    before = dict(panel.part)
    panel._handle_msg(
        {"content": {"data": {"method": "update", "state": {"part": {}}, "buffer_paths": []}}}
    )
    assert panel.part == before


def test_the_most_that_can_be_put_in_can_be_put_in(page: Page) -> None:
    most = page.panel.part["most"]
    assert Decimal(most) > 900_000
    assert page.press("fund", amount=most)["state"] == "accepted"
    page.shows(lambda p: Decimal(p.part["most"]) < 1, "that nothing is left to put in")


def test_the_owner_closes_and_whoever_put_something_in_is_refunded(
    page: Page, model: dml.Model, bob: dml.Account
) -> None:
    model.session.as_(bob).pools.get(model.id).fund(50)
    page.shows(lambda p: p.pool_told["held"] == "1050", "what bob put in")
    assert "Refunds come when" in page.panel.refusals["refund"]
    assert page.press("close")["state"] == "accepted"
    page.shows(lambda p: p.pool_told["state"] == "closed", "the end")
    assert page.panel.funders == [[bob.address, "50"]]
    assert "got back 50 DML" in page.preview("refund", funder=bob.address)["effects"][0]
    assert page.press("refund", funder=bob.address)["state"] == "accepted"
    page.shows(lambda p: p.head["state"] == "read-only", "a settled pool")
    assert "what is left is its history" in page.panel.head["why"]


def test_only_the_owner_is_let_close(model: dml.Model, bob: dml.Account, sent: Any) -> None:
    page = Page(StakePanel(model.session.as_(bob).pools.get(model.id)))
    assert "Only the model's owner" in page.panel.refusals["close"]
    outcome = page.press("close")
    assert outcome["error"]["kind"] == "Pools.NotOwner"
    assert outcome["error"]["todo"].startswith("Ask the model's owner")
    page.panel.close()


def test_an_address_that_is_none_is_said(page: Page) -> None:
    assert "no SS58 address" in page.preview("refund", funder="5abc")["error"]["text"]


def test_two_panels_of_two_accounts_stay_in_step(
    page: Page, model: dml.Model, bob: dml.Account
) -> None:
    theirs = StakePanel(model.session.as_(bob).pools.get(model.id))
    assert page.press("fund", amount="7")["state"] == "accepted"
    until(lambda: theirs.pool_told["held"] == "1007", "bob sees what alice put in")
    assert theirs.head["signer"]["name"] == "bob" and theirs.outcome == {}
    theirs.close()


def test_one_action_at_a_time_and_the_second_is_told(page: Page, model: dml.Model) -> None:
    chain = model.session.chain
    held = threading.Event()
    submit = chain.submit

    def slow(*args: Any) -> Any:
        held.wait(20)
        return submit(*args)

    chain.submit = slow  # type: ignore[method-assign]
    try:
        first = page.begin("fund", amount="1")
        until(lambda: page.panel.outcome.get("state") == "pending", "the first is under way")
        second = page.begin("fund", amount="2")
        assert page.told("busy") == [second]
        held.set()
        until(lambda: page.outcome(first), "the first is done")
    finally:
        del chain.submit
    assert page.press("fund", amount="2")["state"] == "accepted"


def test_a_block_made_by_hand_is_waited_for(sent: Any, network: Any) -> None:
    with dml.connect(store="memory", seal="manual") as session:
        owner = session.signer
        with pytest.raises(dml.errors.TransactionWaiting):
            session.models.upload(
                network, name="slow", licence="MIT", pool=dml.PoolTerms(amount=100)
            )
        session.seal()
        panel = StakePanel(session.pools.get(0))
        page = Page(panel)
        assert panel.head["state"] == "paused" and "session.seal()" in panel.head["why"]
        page.begin("fund", amount="5")
        until(lambda: panel.outcome.get("state") == "waiting", "it waits")
        assert "Seal a block" in panel.outcome["text"]
        session.seal()
        until(lambda: panel.outcome["state"] == "accepted", "its block")
        assert panel.receipt is not None and panel.receipt.signer == owner.address
        panel.close()


def test_a_chain_that_is_gone_is_said_and_the_last_figures_stay(sent: Any, network: Any) -> None:
    session = dml.connect(store="memory")
    model = session.models.upload(network, name="x", licence="MIT", pool=dml.PoolTerms(amount=100))
    panel = StakePanel(model.pool)
    session.close()
    panel.refresh()
    until(lambda: panel.head["state"] == "unreachable", "that it is gone")
    assert "closed" in panel.head["why"] and panel.head["name"] == "x"
    assert panel.pool_told["held"] == "100"
    assert Page(panel).press("claim")["error"]["kind"] == "UsageError"
    panel.close()


def test_the_last_receipt_and_the_history_can_be_kept(page: Page) -> None:
    page.send(do="receipt")
    assert "no receipt yet" in page.told("said")[0]
    page.press("fund", amount="3")
    page.shows(lambda p: p.pool_told["held"] == "1003", "the funding")
    page.send(do="receipt")
    page.send(do="csv")
    receipt, history = page.told("file")
    assert receipt["name"] == "blobs-receipt.json"
    assert json.loads(receipt["text"])["call"] == "Pools.fund"
    rows = list(csv.DictReader(io.StringIO(history["text"])))
    assert [row["event"] for row in rows][-1] == "Pools.Funded"
    assert Decimal(rows[-1]["amount"]) == 3


def test_its_bundle_has_the_widget_and_the_picture(page: Page, panel: StakePanel) -> None:
    page.press("fund", amount="3")
    bundle = panel._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert "dml-picture" in bundle["text/html"]
    assert "Last receipt: Pools.fund" in bundle["text/html"]
    assert bundle["text/plain"] == "<StakePanel of 'blobs': live>"


def test_a_name_cannot_become_markup(page: Page, panel: StakePanel) -> None:
    signer = {"name": EVIL, "address": EVIL}
    head = {**panel.head, "name": EVIL, "noun": EVIL, "signer": signer}
    pool = {**panel.pool_told, "asset": EVIL, "state": EVIL}
    history = {"lines": [{"block": 1, "text": EVIL}]}
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Tags().feed(stake_html(head, pool, panel.part, history, panel.stakes, None))
    assert not {"img", "script", "iframe"} & set(tags)


def test_closing_lets_go_of_everything(model: dml.Model, sent: Any) -> None:
    before = threading.active_count()
    panel = StakePanel(model.pool)
    Page(panel).press("fund", amount="1")
    panel.close()
    panel.close()
    until(lambda: threading.active_count() <= before, "its threads ended")
    SENT.clear()
    model.pool.fund(1)
    assert SENT == []


def test_what_is_no_pool_is_refused_by_name(session: dml.Session, network: Any) -> None:
    with pytest.raises(UsageError, match="given int"):
        StakePanel(42)  # type: ignore[arg-type]
    model = session.models.upload(network, name="poor", licence="MIT")
    with pytest.raises(UsageError, match="has no pool"):
        StakePanel(model.pool)


def test_never_more_than_ten_messages_leave_the_kernel_in_a_second(
    page: Page, model: dml.Model
) -> None:
    SENT.clear()
    for _ in range(40):
        model.pool.fund(1)
    page.shows(lambda p: p.pool_told["held"] == "1040", "the last of them")
    times = [at for at, _, _ in SENT]
    busiest = max(sum(t <= other < t + 1 for other in times) for t in times)
    assert busiest <= 10


def test_the_page_is_told_which_widget_it_is(panel: StakePanel) -> None:
    state = panel.get_state()
    assert (state["_model_module"], state["_model_name"]) == ("anywidget", "AnyModel")
    assert "export default { render };" in state["_esm"] and ".dml-stake-panel" in state["_css"]


def test_a_pool_in_another_asset_is_funded_in_it_and_the_fee_is_native(
    session: dml.Session, network: Any, sent: Any
) -> None:
    chain, alice = session.chain, session.signer
    for call in (
        chain.call("Assets", "create", id=7, admin=alice.address, min_balance=100),
        chain.call("Assets", "set_metadata", id=7, name="Euro", symbol="EUR", decimals=2),
        chain.call("Assets", "mint", id=7, beneficiary=alice.address, amount=100_000),
    ):
        chain.submit(call, alice)
    model = session.models.upload(
        network, name="in euro", licence="MIT", pool=dml.PoolTerms(amount=500, asset=7)
    )
    page = Page(StakePanel(model.pool))
    part = page.panel.part
    assert page.panel.pool_told["asset"] == "EUR (asset 7)" and not page.panel.pool_told["native"]
    assert part["balance"] == "499" and part["most"] == "498", "the minimum stays"
    assert "finer than one planck" in page.preview("fund", amount="0.001")["error"]["text"]
    receipt = page.press("fund", amount=part["most"])["receipt"]
    assert ["-498", "EUR (asset 7)"] in receipt["moved"] and receipt["asset"] == "DML"
    page.panel.close()


def test_panels_of_several_sessions_of_one_account_that_are_pressed_at_once_all_succeed(
    session: dml.Session, model: dml.Model, sent: Any
) -> None:
    held = sum(amount.planck for amount in model.pool.buckets.values())
    with (
        session.serve() as server,
        dml.connect(server.url, account="alice", store=session.store) as other,
    ):
        pools = [model.pool, model.pool, *[other.models.get(model.id).pool] * 2]
        pages = [Page(StakePanel(pool)) for pool in pools]
        pressed = [(page, page.begin("fund", amount="1")) for page in pages]
        for page, token in pressed:
            until(lambda page=page, token=token: page.outcome(token), "an outcome")
            assert page.panel.outcome["state"] == "accepted", page.panel.outcome
            page.panel.close()
    now = sum(amount.planck for amount in model.pool.buckets.values())
    assert now == held + len(pages) * 10**12
