"""Amounts as people give them: of the asset that is meant, and nothing that is no number."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dml_sdk as dml
from dml_sdk.arguments import decimal_of, whole_of
from dml_sdk.errors import DispatchError, UsageError
from dml_sdk.measures import part_of, plain
from dml_sdk.pool import score_parts
from dml_sdk.types import Asset

JUNK = Asset("JNK", 0, 77)


def test_an_amount_of_another_asset_is_refused_wherever_one_is_given(session, model, network):
    three, pool, licences = model.collective, model.pool, model.licences
    seven = JUNK.amount(7)
    upload = session.models.upload
    wrong = [
        lambda: pool.fund(seven), lambda: pool.stake(seven), lambda: pool.preview_stake(seven),
        lambda: three.set_allowance(seven), lambda: three.preview(dml.actions.SetAllowance(seven)),
        lambda: three.act(dml.actions.SetFees(commercial=seven)),
        lambda: three.act(dml.actions.SetLicence("serve", dml.LicenceTerms(price=seven))),
        lambda: three.act(dml.actions.SetStaking(dml.StakingTerms(minimum=seven))),
        lambda: three.act(dml.actions.SetThresholds(deposit=seven)),
        lambda: three.act(dml.actions.SetTerms(dml.CollectiveTerms(deposit=seven))),
        lambda: licences.set_terms("serve", dml.LicenceTerms(price=seven)),
        lambda: licences.set_terms("serve", seven), lambda: licences.buy("serve", seven),
        lambda: upload(network, name="x", licence="MIT", pool=dml.PoolTerms(amount=seven)),
        lambda: upload(network, name="x", licence="MIT", pool=dml.PoolTerms(amount=1),
                       fees={"serve": seven}),
    ]  # fmt: skip
    before = session.chain.block_number
    for refused in wrong:
        with pytest.raises(UsageError, match=r"7 JNK \(asset 77\)> is not an amount of DML"):
            refused()
    assert session.chain.block_number == before


def test_an_amount_of_the_right_asset_is_taken_as_it_is(session, model, bob):
    native = session.chain.token
    before = model.pool.record["ledger"]["held"]
    model.pool.fund(native.amount("1.5"))
    assert model.pool.record["ledger"]["held"] == before + 15 * 10**11
    model.collective.set_allowance(native.amount(3))
    assert model.pool.allowance == native.amount(3)
    terms = dml.LicenceTerms(price=native.amount(5))
    assert "5 DML" in str(terms) and plain(native.amount("0.000000000001")) == "0.000000000001 DML"
    model.licences.set_terms("commercial", terms)
    bobs = session.as_(bob).models.get(model.id)
    assert bobs.licences.buy("commercial", native.amount(5)).holder == bob.address


def test_what_is_sold_is_listed_up_to_an_amount_in_that_amounts_asset_only(session, model):
    model.licences.set_terms("commercial", 5)
    native = session.chain.token
    assert len(session.models.list(max_fee=7)) == 1
    assert len(session.models.list(max_fee=native.amount(5))) == 1
    assert len(session.models.list(max_fee=native.amount("4.999999999999"))) == 0
    assert len(session.models.list(max_fee=JUNK.amount(7))) == 0


def test_the_model_browser_compares_numbers_and_takes_no_amount_for_one(session, model):
    widgets = pytest.importorskip("dml_sdk.widgets")
    with pytest.raises(UsageError, match="max_price"):
        widgets.ModelBrowser(session, max_price=JUNK.amount(7))


TRUTHS = [
    True, np.True_, np.False_, np.array(True), pd.array([True, None], dtype="boolean")[0],
    pd.Series([True]).iloc[0], np.array([True])[0],
]  # fmt: skip


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda v: type(v).__name__)
def test_true_and_false_are_no_numbers_whoever_made_them(session, model, bob, truth):
    assert whole_of(truth) is None and decimal_of(truth) is None
    before = session.chain.block_number
    for wrong in (
        lambda: model.pool.reward("validator", {bob: truth}), lambda: model.pool.fund(truth),
        lambda: model.pool.stake(truth), lambda: dml.actions.AddMember(bob, truth),
        lambda: dml.actions.Spend("creator", bob, truth), lambda: dml.LicenceTerms(price=truth),
        lambda: model.propose_update(model.weights(), metrics={"a": truth}),
        lambda: session.models.get(truth), lambda: dml.PoolTerms(amount=1, asset=truth),
        lambda: session.fork(at=truth), lambda: session.serve(truth),
        lambda: session.chain.call("Pools", "fund", model=truth, amount=1),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            wrong()
    assert session.chain.block_number == before


@pytest.mark.parametrize(
    "over", [1.0000000001, "1.0000000001", 1 + 1e-12, Decimal("1." + "0" * 38 + "1")], ids=str
)
def test_a_score_that_is_over_one_by_less_than_is_counted_is_over_one(session, model, bob, over):
    assert score_parts(over) > 10**9
    with pytest.raises(DispatchError) as caught:
        model.pool.reward("contributor", {bob: over})
    assert caught.value.name == "ScoreAboveOne"
    with pytest.raises(UsageError, match="from 0 to 1"):
        dml.actions.Spend("creator", bob, over)


def test_what_is_just_below_one_is_rounded_down_and_no_other_way() -> None:
    below: Any = Decimal("0." + "9" * 39)
    assert score_parts(below) == 10**9 - 1
    assert part_of("part", below, 10**9) == Decimal("0.999999999")
    assert score_parts(0.5) == 5 * 10**8 and score_parts(1) == 10**9
    assert decimal_of(Fraction(1, 3)) is None
