"""A stranger's model in a hostile asset, beside others: it breaks no panel but its own, at most."""

from __future__ import annotations

from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk import widgets
from dml_sdk.widgets.model_browser import panel as model_browser
from tests.test_hostile_assets import SHARES, destroy, sub
from tests.waiting import until


def evil(session: dml.Session, decimals: int) -> dml.Model:
    me = session.account("ferdie").address
    sub(session, "ferdie", "Assets", "create", id=77, admin=me, min_balance=1)
    sub(session, "ferdie", "Assets", "mint", id=77, beneficiary=me, amount=2**127)
    sub(session, "ferdie", "Assets", "set_metadata", id=77, name="0x78", symbol="0x44",
        decimals=decimals)  # fmt: skip
    ferdies = session.as_("ferdie")
    model = ferdies.models.upload(
        dml.networks.softmax(2, 2), name="evil\u202e", licence="MIT", pool=None
    )
    sub(session, "ferdie", "Pools", "create", model=model.id, asset={"WithId": 77},
        shares={"creator": 1_000_000, **SHARES}, amount=2**120)  # fmt: skip
    sub(session, "ferdie", "Licences", "set_terms", model=model.id, usage="Commercial",
        terms=dict(price=2**100, duration_ms=2**64 - 1, maximum=None, transferable=False,
                   jurisdiction="0x", text=None))  # fmt: skip
    return model


@pytest.mark.parametrize("decimals", [0, 255])
@pytest.mark.parametrize("gone", [False, True])
def test_every_panel_is_drawn_beside_it_and_of_it(
    decimals: int, gone: bool, network: dml.networks.MLP, sent: Any
) -> None:
    with dml.connect(store="memory") as session:
        session.models.upload(network, name="good", licence="MIT", pool=dml.PoolTerms(amount=10))
        model = evil(session, decimals)
        if gone:
            destroy(session)
        for panel in (
            widgets.ModelBrowser(session),
            widgets.ModelBrowser(session, model=model.id, sort="pool", usage="commercial"),
            widgets.StakePanel(session.pools.get(model.id)),
            widgets.VotePanel(session.collective(model.id)),
        ):
            told = panel.picture_html()
            told += "" if isinstance(panel, widgets.VotePanel) else panel.csv()
            assert "\u202e" not in told + panel.head["name"]
            if gone and panel.noun == "Stake":
                assert panel.pool_told["asset"] == "of a destroyed asset (asset 77)"
                assert "destroyed" in panel.refusals["fund"]
            panel.close()


def test_a_model_that_cannot_be_drawn_is_left_out_and_said_so(
    session: dml.Session, model: dml.Model, monkeypatch: pytest.MonkeyPatch, sent: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    card = model_browser.card_plain
    bad = session.models.upload(dml.networks.softmax(2, 2), name="bad", licence="MIT", pool=None)

    def broken(session: Any, entry: Any, *others: Any) -> Any:
        if entry.id == bad.id:
            raise ArithmeticError("whatever a record may hold")
        return card(session, entry, *others)

    monkeypatch.setattr(model_browser, "card_plain", broken)
    browser = widgets.ModelBrowser(session)
    assert [each["id"] for each in browser.found["cards"]] == [model.id]
    assert f"model {bad.id} cannot be shown" in caplog.text
    before = browser.head["block"]
    session.seal()
    until(lambda: browser.head["block"] > before, "the next block")
    browser.close()


def test_a_fault_while_a_panel_is_read_is_said_and_ends_with_it(
    session: dml.Session, model: dml.Model, monkeypatch: pytest.MonkeyPatch, sent: Any
) -> None:
    panel = widgets.StakePanel(model.pool)
    read = panel.read

    def broken() -> Any:
        raise ArithmeticError("whatever a record may hold")

    monkeypatch.setattr(panel, "read", broken)
    session.seal()
    until(lambda: panel.head["state"] == "unreachable", "that it cannot be read")
    assert "ArithmeticError" in panel.head["why"]
    monkeypatch.setattr(panel, "read", read)
    session.seal()
    until(lambda: panel.head["state"] == "live", "that it can again")
    panel.close()
