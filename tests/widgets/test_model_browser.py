"""The kernel half of the model browser, on a real chain and a comm that counts, not a page."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.errors import ChainUnreachable, UnknownModel, UsageError
from dml_sdk.locations import Document
from dml_sdk.texts import store_text
from dml_sdk.types import Location
from dml_sdk.widgets import ModelBrowser
from dml_sdk.widgets.model_browser.picture import models_html
from tests.waiting import until
from tests.widgets.conftest import SENT
from tests.widgets.page import Page

EVIL = '<img src=x onerror="alert(1)">\'"&'
MONTH = timedelta(days=30)
LOOK = {
    "text": "", "usage": "", "max_price": "", "may_download": False, "sort": "newest", "first": 0,
}  # fmt: skip


@pytest.fixture
def sold(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """Alice's model: 1 DML to download it, 50 for a month of use in business, 3 holders at most."""
    return session.models.upload(
        network,
        name="digits",
        licence="Apache-2.0",
        pool=dml.PoolTerms(amount=1_000),
        fees={
            "download": 1,
            "commercial": dml.LicenceTerms(
                price=50, duration=MONTH, maximum=3, transferable=True, jurisdiction="EU"
            ),
        },
    )


@pytest.fixture
def panel(sold: dml.Model, sent: Any) -> Iterator[ModelBrowser]:
    """Bob looks at Alice's model."""
    shown = ModelBrowser(sold.session.as_("bob"), model=sold)
    yield shown
    shown.close()


@pytest.fixture
def page(panel: ModelBrowser) -> Page:
    return Page(panel)


def look(page: Page, **query: Any) -> None:
    """What the page sends once somebody has changed what they look for."""
    wanted = {**LOOK, **query}
    page.send(do="find", query=wanted)
    plain = {name: value for name, value in wanted.items() if name != "first"}
    page.shows(lambda p: p.found["query"] == plain, "what is looked for")


def names(panel: ModelBrowser) -> list[str]:
    return [card["name"] for card in panel.found["cards"]]


def buy(page: Page, model: dml.Model, usage: str, max_price: str) -> dict[str, Any]:
    return page.press("buy", model=str(model.id), usage=usage, max_price=max_price)


def register(session: dml.Session, like: dml.Model, count: int) -> None:
    """So many more models, in few blocks; every third is sold for use within the house."""
    chain, latest = session.chain, like.latest
    first = 1 + max(row["id"] for row in session.models.list())
    calls = []
    for number in range(count):
        calls.append(
            chain.call(
                "Models", "register", location={"Cid": str(latest.location.cid)},
                hash="0x" + latest.sha256, name=f"model {number}", licence="MIT",
                metadata_hash="0x" + "00" * 32,
            )
        )  # fmt: skip
        if number % 3 == 0:
            terms = dml.LicenceTerms(price=0, maximum=5).encoded(chain.token)
            calls.append(
                chain.call(
                    "Licences", "set_terms", model=first + number, usage="Internal", terms=terms
                )
            )
    for start in range(0, len(calls), 24):
        chain.submit(chain.batch(calls[start : start + 24]), session.signer)


# --- what is shown -------------------------------------------------------------------------------


def test_a_card_says_what_a_model_is_and_what_it_costs(
    panel: ModelBrowser, sold: dml.Model
) -> None:
    (card,) = panel.found["cards"]
    assert (card["name"], card["licence"], card["guid"]) == ("digits", "Apache-2.0", sold.guid)
    assert (card["asset"], card["decimals"], card["left"]) == ("DML", 12, "1000")
    download, commercial = card["offers"]
    assert (download["usage"], download["price"], download["duration"]) == ("download", "1", None)
    assert commercial == {
        "usage": "commercial", "price": "50", "duration": 30 * 86_400_000, "maximum": 3, "sold": 0,
        "transferable": True, "jurisdiction": "EU", "own_terms": False,
    }  # fmt: skip
    assert card["holders"] == 0 and card["held"] == [] and not card["may_download"]
    assert card["owner"] == sold.owner and not card["is_mine"]
    assert panel.head["signer"]["name"] == "bob" and panel.head["state"] == "live"


def test_prices_are_in_the_asset_of_the_pool_with_its_decimals(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    chain, me = session.chain, session.signer.address
    made = [
        chain.call("Assets", "create", id=7, admin=me, min_balance=10),
        chain.call("Assets", "set_metadata", id=7, name="Euro", symbol="EUR", decimals=2),
        chain.call("Assets", "mint", id=7, beneficiary=me, amount=1_000_00),
    ]
    chain.submit(chain.batch(made), session.signer)
    model = session.models.upload(
        network, name="in euro", licence="MIT", pool=dml.PoolTerms(amount="500.25", asset=7),
        fees=dict(commercial="12.5"),
    )  # fmt: skip
    page = Page(ModelBrowser(session, model=model))
    (card,) = page.panel.found["cards"]
    assert (card["asset"], card["decimals"]) == ("EUR (asset 7)", 2)
    assert card["offers"][0]["price"] == "12.5" and card["left"] == "500.25"
    told = page.preview("buy", model=str(model.id), usage="commercial", max_price="12.5")
    assert told["error"] is None and told["asset"] == "DML"
    assert any(line.startswith("12.5 EUR (asset 7) go into the pool") for line in told["effects"])
    left = session.balance(asset=model.pool.asset).tokens - Decimal("12.5")
    assert f"your balance after it: {left.normalize():f} EUR (asset 7)" in told["effects"]
    page.panel.close()


def test_what_is_looked_for_is_found_by_words_usage_price_and_right(
    session: dml.Session, network: dml.networks.MLP, page: Page
) -> None:
    for name, fees in (("open", {}), ("cheap", {"serve": 2}), ("dear", {"download": 500})):
        session.models.upload(
            network, name=name, licence="MIT", pool=dml.PoolTerms(amount=10), fees=fees
        )
    page.shows(lambda p: names(p) == ["dear", "cheap", "open", "digits"], "the newest first")
    for query, wanted in (
        ({"text": "DIG"}, ["digits"]),
        ({"text": "mit che"}, ["cheap"]),
        ({"text": "#0"}, ["digits"]),
        ({"usage": "download"}, ["dear", "digits"]),
        ({"usage": "download", "max_price": "10"}, ["digits"]),
        ({"max_price": "2"}, ["cheap", "digits"]),
        ({"may_download": True}, ["cheap", "open"]),
        ({"sort": "name"}, ["cheap", "dear", "digits", "open"]),
        ({"sort": "price"}, ["digits", "cheap", "dear", "open"]),
        ({"sort": "pool"}, ["digits", "dear", "cheap", "open"]),
        ({"sort": "oldest", "text": "5Grw"}, ["digits", "open", "cheap", "dear"]),
        ({"text": "nothing at all"}, []),
    ):
        look(page, **query)
        assert names(page.panel) == wanted, query
    assert page.panel.found["total"] == 0 and page.panel.found["among"] == 4


def test_a_filter_can_be_given_in_python(session: dml.Session, sold: dml.Model, sent: Any) -> None:
    shown = session.models.browse(usage="commercial", max_price=100, sort="price")
    assert isinstance(shown, ModelBrowser) and names(shown) == ["digits"]
    assert shown.found["query"]["max_price"] == "100" and shown.opened == {}
    shown.close()


@pytest.mark.parametrize(
    "filters",
    [
        {"text": 5}, {"text": "x" * 101}, {"usage": "steal"}, {"max_price": "much"},
        {"may_download": 1}, {"sort": "best"}, {"model": "x"},
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(
    session: dml.Session, sent: Any, filters: dict[str, Any]
) -> None:
    with pytest.raises(UsageError):
        ModelBrowser(session, **filters)


def test_what_is_no_session_and_no_model_is_refused_by_name(
    session: dml.Session, sold: dml.Model, sent: Any
) -> None:
    with pytest.raises(UsageError, match="given Model"):
        ModelBrowser(sold)  # type: ignore[arg-type]
    with pytest.raises(UnknownModel, match="no model 42"):
        ModelBrowser(session, model=42)


def test_a_chain_without_models_says_so(session: dml.Session, sent: Any) -> None:
    shown = ModelBrowser(session)
    assert shown.found["among"] == 0 and shown.found["cards"] == []
    assert "none found" in shown.picture_html()
    assert shown.csv().splitlines() == [shown.csv().strip()], "only the header"
    shown.close()


# --- buying --------------------------------------------------------------------------------------


def test_buying_is_previewed_signed_and_seen(page: Page, sold: dml.Model) -> None:
    told = page.preview("buy", model=str(sold.id), usage="commercial", max_price="50")
    assert told["error"] is None
    got, money, left = told["effects"]
    assert got.startswith("you get licence 0, commercial, for 50 DML; it is valid until ")
    assert money == (
        "50 DML go into the pool: creator 5, engineers 10, contributors 20, annotators 10, "
        "validators 5"
    )
    before = sold.session.balance(sold.session.account("bob"))
    outcome = buy(page, sold, "commercial", "50")
    receipt = outcome["receipt"]
    assert outcome["state"] == "accepted" and receipt["call"] == "Licences.buy"
    assert receipt["fee"] == told["fee"], "what was previewed was paid"
    after = sold.session.balance(sold.session.account("bob"))
    assert left == f"your balance after it: {after}"
    assert (before - after).tokens == 50 + Decimal(receipt["fee"])
    page.shows(lambda p: p.found["cards"][0]["held"], "what bob holds")
    (card,) = page.panel.found["cards"]
    ((usage, expires),) = card["held"]
    assert usage == "commercial" and expires - sold.session.chain.now_ms() <= 30 * 86_400_000
    assert card["holders"] == 1 and card["offers"][1]["sold"] == 1
    assert card["may_download"], "whoever holds a licence may have the weights"
    assert card["left"] == "1050"
    (mine,) = page.panel.opened["licences"]
    assert mine["state"] == "valid" and mine["key"] == "own" and mine["paid"] == "50"


def test_every_previewed_call_is_the_one_that_is_signed(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    page.shows(lambda p: p.opened["licences"], "the licence")
    eve = sold.session.account("eve").address
    for action, call, arguments in (
        ("renew", "renew", {"licence": "0", "max_price": "50"}),
        ("name_key", "set_encryption_key", {"licence": "0"}),
        ("transfer", "transfer", {"licence": "0", "to": eve}),
        ("buy", "buy", {"model": str(sold.id), "usage": "commercial", "max_price": "50"}),
        ("resign", "resign", {"licence": "1"}),
    ):
        told = page.preview(action, **arguments)
        assert told["error"] is None, told
        receipt = page.press(action, **arguments)["receipt"]
        assert receipt["call"] == f"Licences.{call}" and told["fee"] == receipt["fee"]


def test_renewing_extends_it_and_says_until_when(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    page.shows(lambda p: p.opened["licences"], "the licence")
    first = page.panel.opened["licences"][0]["expires"]
    told = page.preview("renew", licence="0", max_price="50")
    assert "valid until" in told["effects"][0] and "go into the pool" in told["effects"][1]
    assert page.press("renew", licence="0", max_price="50")["state"] == "accepted"
    page.shows(lambda p: p.opened["licences"][0]["expires"] > first, "a later end")
    assert page.panel.opened["licences"][0]["expires"] == first + 30 * 86_400_000


def test_passing_it_on_says_what_is_lost_and_is_seen(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    eve = sold.session.account("eve")
    told = page.preview("transfer", licence="0", to=eve.address)
    assert "nothing is paid back" in " ".join(told["effects"])
    assert page.press("transfer", licence="0", to=eve.address)["state"] == "accepted"
    page.shows(lambda p: p.opened["licences"] == [], "that bob holds nothing")
    assert page.panel.refusals["renew"] == "You hold no licence of it."
    assert sold.licences.holders().column("holder") == [eve.address]


def test_an_unwanted_licence_keeps_nobody_from_buying(page: Page, sold: dml.Model) -> None:
    eve = sold.session.account("eve")
    theirs = sold.session.as_(eve).models.get(sold.id).licences.buy("commercial")
    theirs.transfer(sold.session.account("bob"))
    page.shows(lambda p: p.opened["licences"], "what came unasked")
    assert page.panel.opened["licences"][0]["key"] == "", "nobody else names it"
    offer = {"model": str(sold.id), "usage": "commercial", "max_price": "50"}
    told = page.preview("buy", **offer)["error"]
    assert told["kind"] == "Licences.AlreadyHeld" and "give it up" in told["todo"]
    assert page.press("resign", licence=str(theirs.id))["state"] == "accepted"
    page.shows(lambda p: p.opened["licences"][0]["state"] == "given up", "that it is")
    assert page.press("buy", **offer)["state"] == "accepted"


def test_what_cannot_be_passed_on_is_told_by_the_chain(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "download", "1")
    eve = sold.session.account("eve").address
    told = page.preview("transfer", licence="0", to=eve)
    assert told["error"]["kind"] == "Licences.NotTransferable"


def test_a_price_that_rose_is_not_paid_unless_somebody_agrees(page: Page, sold: dml.Model) -> None:
    sold.licences.set_terms("commercial", 80)
    page.shows(lambda p: p.found["cards"][0]["offers"][1]["price"] == "80", "the new price")
    told = page.preview("buy", model=str(sold.id), usage="commercial", max_price="50")
    assert told["error"]["kind"] == "Licences.PriceAboveMaximum"
    outcome = buy(page, sold, "commercial", "50")
    assert outcome["state"] == "failed" and "above the most" in outcome["error"]["text"]
    assert outcome["error"]["todo"] == "The price has changed; look at it again."
    assert buy(page, sold, "commercial", "80")["state"] == "accepted"


def test_what_is_held_already_is_renewed_instead(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    error = buy(page, sold, "commercial", "50")["error"]
    assert error["kind"] == "Licences.AlreadyHeld" and "Renew" in error["todo"]


def test_who_cannot_pay_is_told_before_and_after(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    model = session.models.upload(
        network, name="dear", licence="MIT", pool=dml.PoolTerms(amount=10),
        fees=dict(serve=90_000_000),
    )  # fmt: skip
    page = Page(ModelBrowser(session.as_("bob"), model=model))
    told = page.preview("buy", model=str(model.id), usage="serve", max_price="90000000")
    assert told["error"]["kind"] == "Licences.InsufficientBalance"
    error = buy(page, model, "serve", "90000000")["error"]
    assert "too little" in error["text"] and error["paid"]
    page.panel.close()


def test_somebody_elses_purchase_is_seen_until_it_is_sold_out(page: Page, sold: dml.Model) -> None:
    for number, name in enumerate(("charlie", "dave", "eve"), start=1):
        sold.session.as_(name).models.get(sold.id).licences.buy("commercial")
        page.shows(lambda p, n=number: p.found["cards"][0]["holders"] == n, f"{number} holders")
    assert page.panel.found["cards"][0]["offers"][1]["sold"] == 3
    told = page.preview("buy", model=str(sold.id), usage="commercial", max_price="50")
    assert told["error"]["kind"] == "Licences.SoldOut"


def test_a_free_licence_costs_nothing_but_the_fee(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    model = session.models.upload(network, name="free", licence="MIT", fees=dict(download=0))
    page = Page(ModelBrowser(session.as_("bob"), model=model))
    told = page.preview("buy", model=str(model.id), usage="download", max_price="0")
    assert told["effects"][0] == "you get licence 0, download, for nothing; it is valid for ever"
    assert len(told["effects"]) == 2, "no money goes anywhere"
    assert buy(page, model, "download", "0")["state"] == "accepted"
    page.panel.close()


def test_what_is_not_sold_says_why_nothing_can_be_bought(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    model = session.models.upload(network, name="open", licence="MIT")
    shown = ModelBrowser(session, model=model)
    assert "open to everybody, as MIT" in shown.refusals["buy"]
    assert shown.found["cards"][0]["pool"] == ""
    shown.close()
    shut = ModelBrowser(session)
    assert shut.refusals["buy"] == "Open a model first."
    shut.close()


def test_a_licence_that_was_revoked_says_for_what(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    page.shows(lambda p: p.opened["licences"], "the licence")
    sold.licences.revoke(0, "leak")
    page.shows(lambda p: p.opened["licences"][0]["state"] == "revoked: leak", "that it is revoked")
    assert page.panel.found["cards"][0]["held"] == []


def test_an_end_that_comes_by_time_alone_is_seen(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    page.shows(lambda p: p.found["cards"][0]["held"], "the licence")
    sold.session.clock.advance(days=30, seconds=1)
    page.shows(lambda p: p.found["cards"][0]["held"] == [], "that it has ended")
    assert page.panel.opened["licences"][0]["state"] == "expired"
    assert not page.panel.found["cards"][0]["may_download"]


# --- sealed weights and own terms ----------------------------------------------------------------


def test_a_key_that_was_delivered_is_told(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    model = session.models.upload(
        network, name="sealed", licence="MIT", pool=dml.PoolTerms(amount=10),
        fees=dict(download=1), sealed=True,
    )  # fmt: skip
    page = Page(ModelBrowser(session.as_("bob"), model=model))
    page.shows(lambda p: p.opened["sealed"] is True, "that its weights are encrypted")
    buy(page, model, "download", "1")
    page.shows(lambda p: p.opened["licences"], "the licence")
    assert not page.panel.opened["licences"][0]["delivered"]
    model.licences.deliver()
    page.shows(lambda p: p.opened["licences"][0]["delivered"], "the delivery")
    page.panel.close()


def test_own_terms_are_told_by_location_and_hash_and_read_on_demand(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    own = store_text(session.store, "terms", EVIL)
    assert own is not None
    forged = Document(Location(cid=own.location.cid), "00" * 32)
    model = session.models.upload(
        network, name="own", licence="LicenceRef-own", pool=dml.PoolTerms(amount=10),
        fees={
            "commercial": dml.LicenceTerms(price=1, text=own),
            "serve": dml.LicenceTerms(price=1, text=forged),
        },
    )  # fmt: skip
    page = Page(ModelBrowser(session, model=model))
    assert page.panel.opened["terms"]["commercial"] == {
        "location": own.location.cid, "sha256": own.sha256,
    }  # fmt: skip
    page.send(do="terms", usage="commercial")
    until(lambda: page.told("terms"), "the terms")
    assert page.told("terms") == [{"model": model.id, "usage": "commercial", "text": EVIL}]
    page.send(do="terms", usage="serve")
    until(lambda: len(page.told("terms")) == 2, "an answer")
    assert "Do not go by it" in page.told("terms")[1]["error"]
    page.panel.close()


# --- pages, and how much is sent -----------------------------------------------------------------


def test_hundreds_of_models_are_sent_a_page_at_a_time(
    session: dml.Session, sold: dml.Model, page: Page
) -> None:
    asked: list[str] = []
    ask = session.chain._substrate.ask

    def counted(method: str, params: Any) -> Any:
        asked.append(method)
        return ask(method, params)

    session.chain._substrate.ask = counted  # type: ignore[method-assign]
    try:
        register(session, sold, 12)
        page.shows(lambda p: p.found["among"] == 13, "thirteen models")
        asked.clear()
        look(page, text="model")
        few = len(asked)
        SENT.clear()
        register(session, sold, 287)
        page.shows(lambda p: p.found["among"] == 300, "three hundred")
        asked.clear()
        look(page, sort="oldest")
        many = len(asked)
        look(page, sort="oldest", first=288)
        page.shows(lambda p: p.found["first"] == 288, "the last page")
    finally:
        del session.chain._substrate.ask
    assert len(page.panel.found["cards"]) == 12 and page.panel.found["total"] == 300
    assert many <= few + 16, "a page of many models asks the chain for no more than one of few"
    sizes = [len(json.dumps(data)) for _, _, data in SENT]
    assert max(sizes) < 16_000, "no message grows with the number of models"


def test_what_does_not_concern_models_is_not_read_anew(page: Page, sold: dml.Model) -> None:
    session = sold.session
    page.shows(lambda p: p.opened["sealed"] is False, "all there is to tell")
    SENT.clear()
    to = session.account("eve").address
    for _ in range(5):
        call = session.chain.call("Balances", "transfer_keep_alive", dest=to, value=10**12)
        session.chain.submit(call, session.signer)
    head = session.chain.block_number
    page.shows(lambda p: p.head["block"] == head, "the block")
    states = [d["state"] for _, _, d in SENT if d.get("method") == "update"]
    assert states and not any("found" in state or "opened" in state for state in states)


def test_opening_and_shutting_tells_of_one_model_alone(page: Page, sold: dml.Model) -> None:
    page.send(do="shut")
    page.shows(lambda p: p.opened == {}, "that nothing is open")
    page.send(do="open", model=77)
    page.send(do="open", model=sold.id)
    page.shows(lambda p: p.opened.get("id") == sold.id, "the model")
    assert page.panel.opened["card"] == page.panel.found["cards"][0]


@pytest.mark.parametrize(
    "message",
    [
        {"do": "find"},
        {"do": "find", "query": {}},
        {"do": "find", "query": {**LOOK, "sort": "best"}},
        {"do": "find", "query": {**LOOK, "usage": "steal"}},
        {"do": "find", "query": {**LOOK, "first": -1}},
        {"do": "find", "query": {**LOOK, "first": True}},
        {"do": "find", "query": {**LOOK, "max_price": "1e9"}},
        {"do": "find", "query": {**LOOK, "text": "x" * 101}},
        {"do": "find", "query": {**LOOK, "may_download": "yes"}},
        {"do": "open", "model": True},
        {"do": "open", "model": "0"},
        {"do": "terms", "usage": ["serve"]},
        {"do": "act", "action": "buy", "arguments": {"model": "0"}, "token": "t"},
    ],
)
def test_a_message_that_no_page_of_ours_sends_does_nothing(
    page: Page, message: dict[str, Any]
) -> None:
    before = page.panel.query
    page.send(**message)
    page.preview("renew", licence="0", max_price="1")
    assert page.panel.query == before and page.panel.outcome == {}


def test_what_could_not_be_read_is_read_again(
    page: Page, sold: dml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = sold.session.chain
    ask = chain.ask

    def unreachable(method: str, *arguments: Any, **more: Any) -> Any:
        if method == "licences":
            raise ChainUnreachable("It does not answer.")
        return ask(method, *arguments, **more)

    monkeypatch.setattr(chain, "ask", unreachable)
    sold.licences.set_terms("serve", 7)
    page.shows(lambda p: p.head["state"] == "unreachable", "that it is gone")
    assert len(page.panel.found["cards"][0]["offers"]) == 2, "the last it said stays"
    monkeypatch.undo()
    page.panel.refresh()
    page.shows(lambda p: len(p.found["cards"][0]["offers"]) == 3, "the new offer")
    assert page.panel.head["state"] == "live"


def test_a_chain_that_is_rewound_forgets_what_was_made_since(
    session: dml.Session, network: dml.networks.MLP, sold: dml.Model, page: Page
) -> None:
    with session.anchor():
        later = session.models.upload(network, name="later", licence="MIT")
        later.propose_update(later.weights(), metrics={"accuracy": 0.5})
        page.shows(lambda p: names(p) == ["later", "digits"], "the new model")
        page.send(do="open", model=later.id)
        page.shows(lambda p: p.opened.get("id") == later.id, "it opened")
    page.panel.refresh()
    page.shows(lambda p: names(p) == ["digits"], "what was before")
    page.shows(lambda p: p.opened == {}, "that nothing is open")
    other = session.models.upload(network, name="other", licence="MIT")
    page.shows(lambda p: names(p) == ["other", "digits"], "another of the same number")
    page.send(do="open", model=other.id)
    page.shows(lambda p: p.opened.get("id") == other.id, "it opened")
    assert [node["key"] for node in page.panel.opened["lineage"]["nodes"]] == ["v0"]


# --- what is kept --------------------------------------------------------------------------------


def test_the_list_and_the_receipt_can_be_kept(page: Page, sold: dml.Model) -> None:
    buy(page, sold, "commercial", "50")
    page.shows(lambda p: p.found["cards"][0]["held"], "the licence")
    page.send(do="receipt")
    page.send(do="csv")
    receipt, table = page.told("file")
    assert json.loads(receipt["text"])["call"] == "Licences.buy"
    assert table["name"] == "embedded-models.csv"
    rows = list(csv.DictReader(io.StringIO(table["text"])))
    assert [(row["usage"], row["price"], row["sold_to"]) for row in rows] == [
        ("download", "1", "0"), ("commercial", "50", "1"),
    ]  # fmt: skip


def test_its_bundle_has_the_widget_and_the_picture(page: Page, panel: ModelBrowser) -> None:
    bundle = panel._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert "dml-picture" in bundle["text/html"] and "digits" in bundle["text/html"]
    assert "Lineage" in bundle["text/html"]
    assert bundle["text/plain"] == "<ModelBrowser of 'embedded': live>"


def test_a_name_a_licence_or_a_reason_cannot_become_markup(
    session: dml.Session, network: dml.networks.MLP, sent: Any
) -> None:
    model = session.models.upload(
        network, name=EVIL, licence=EVIL, pool=dml.PoolTerms(amount=10),
        fees={"commercial": dml.LicenceTerms(price=1, jurisdiction="<b>EU")},
    )  # fmt: skip
    model.propose_update(model.weights(), metrics={EVIL[:32]: 1}).reject(EVIL)
    shown = ModelBrowser(session, model=model, text="<img")
    assert names(shown) == [EVIL]
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    head = {**shown.head, "name": EVIL, "signer": {"name": EVIL, "address": EVIL}}
    card = {**shown.found["cards"][0], "asset": EVIL, "owner": EVIL}
    Tags().feed(models_html(head, {**shown.found, "cards": [card]}, shown.opened, None))
    assert not {"img", "script", "iframe"} & set(tags)
    shown.close()


def test_closing_lets_go_of_everything(session: dml.Session, sold: dml.Model, sent: Any) -> None:
    before = threading.active_count()
    panel = ModelBrowser(session.as_("bob"), model=sold)
    buy(Page(panel), sold, "download", "1")
    panel.close()
    panel.close()
    until(lambda: threading.active_count() <= before, "its threads ended")
    SENT.clear()
    sold.pool.fund(1)
    assert SENT == []
