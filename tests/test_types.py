"""Amounts: exact for whatever the chain can count, in words for whatever it cannot."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.errors import UsageError
from dml_sdk.types import Amount, Asset, UpdateRecord

DML = Asset("DML", 12)
assets = st.builds(Asset, st.just("T"), st.integers(0, 30))
plancks = st.integers(0, 2**128 - 1)


@given(asset=assets, planck=plancks)
def test_planck_to_tokens_and_back_is_exact(asset: Asset, planck: int) -> None:
    tokens = Amount(planck, asset).tokens
    assert tokens.as_integer_ratio() == Decimal(f"{planck}e-{asset.decimals}").as_integer_ratio()
    assert asset.amount(tokens).planck == planck
    assert asset.amount(str(tokens)).planck == planck
    assert asset.amount(f"{tokens:f}").planck == planck


@given(asset=assets, whole=st.integers(0, 2**128))
def test_whole_tokens_are_exact_or_refused(asset: Asset, whole: int) -> None:
    planck = whole * 10**asset.decimals
    if planck < 2**128:
        assert asset.amount(whole).planck == asset.amount(str(whole)).planck == planck
    else:
        with pytest.raises(UsageError, match="more than the chain can count"):
            asset.amount(whole)


@given(asset=assets, planck=plancks)
def test_a_difference_below_nothing_is_exact_too(asset: Asset, planck: int) -> None:
    less = Amount(0, asset) - Amount(planck, asset)
    assert less.tokens == Amount(planck, asset).tokens.copy_negate()


def test_the_callers_precision_changes_nothing() -> None:
    with localcontext(prec=3):
        assert DML.amount("123456.789012345678").planck == 123456789012345678
        assert str(Amount(123456789012345678, DML).tokens) == "123456.789012345678"


@pytest.mark.parametrize(
    "tokens",
    ["1e1000000", "1e-1000000", Decimal("9" * 5000), 10**4000, "9" * 5000,
     "0." + "1" * 5000, "1e99999999999999999999", 2**128,
     "340282366920938463463374607.431768211456", "0.0000000000001"],
)  # fmt: skip
def test_what_the_chain_cannot_count_is_refused_in_a_short_message(tokens: object) -> None:
    with pytest.raises(UsageError) as refused:
        DML.amount(tokens)  # type: ignore[arg-type]
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "tokens",
    [True, False, (0, (1,), 0), [0, (1,), 0], None, b"1", "", "one", "nan", "sNaN", "-inf",
     float("nan"), float("inf"), -1, "-0.5", Decimal("-1e-12")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(tokens: object) -> None:
    with pytest.raises(UsageError):
        DML.amount(tokens)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tokens", "planck"),
    [(0, 0), ("-0", 0), ("0e999999", 0), ("1.50000000000000000000", 15 * 10**11), (0.1, 10**11),
     ("1e-12", 1), ("1e12", 10**24), ("340282366920938463463374607.431768211455", 2**128 - 1),
     ("1." + "0" * 5000, 10**12)],
)  # fmt: skip
def test_amounts_are_read_as_they_are_written(tokens: str | int | float, planck: int) -> None:
    assert DML.amount(tokens).planck == planck


def test_an_update_tells_whose_it_is_and_whether_it_was_accepted() -> None:
    update = UpdateRecord("client-7", "5Bob", None, None, 10, 0.9, Amount(1, DML), "accepted")
    assert (update.who, update.accepted) == ("5Bob", True)
    assert not replace(update, status="rejected").accepted
    assert not replace(update, status="dropped").accepted


def test_an_integer_that_python_will_not_even_print_is_refused() -> None:
    with pytest.raises(UsageError, match="more than the chain can count"):
        DML.amount(10**5000)
