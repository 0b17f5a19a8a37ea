"""Actions and terms: what a person wrote is what the chain gets, and what comes back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.actions import ACTIONS, decode
from dml_sdk.actions.base import Units
from dml_sdk.chain.client.codec.decoding import read
from dml_sdk.errors import RuntimeIncompatible, UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import (
    BILLION,
    BY_ROLE,
    MILLION,
    REVOCATION_CAUSES,
    SLASH_CAUSES,
    USAGES,
)
from dml_sdk.types import ROLES, Asset, Location

EURO = Asset("EURX", 2, 7)
PATH = "pallet_collectives::action::Action"


def parts(whole: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, whole).map(lambda n: Decimal(n) / whole)


def tokens(decimals: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, 2**128 - 1).map(lambda n: Decimal(f"{n}E-{decimals}"))


def words(most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"), max_size=most).filter(
        lambda text: len(text.encode()) <= most and not text.startswith("0x")
    )


times = st.integers(0, 2**50).map(lambda ms: timedelta(milliseconds=ms))
ids = st.integers(0, 2**32 - 1)
who = st.sampled_from(["alice", "bob", "zoe"]).map(lambda name: dml.Account.development(name))
addresses = who.map(lambda account: account.address)
roles = st.sampled_from(ROLES)
locations = st.one_of(
    words(64).map(lambda cid: Location(cid="c" + cid)),
    words(64).map(lambda uri: Location(uri="u" + uri, sha256="ab" * 32)),
)
documents = st.builds(Document, locations, st.just("cd" * 32))
licence_terms = st.builds(
    dml.LicenceTerms,
    tokens(EURO.decimals),
    st.none() | times,
    st.none() | ids,
    st.booleans(),
    words(16),
    st.none() | documents,
)
referendum_terms = st.builds(dml.ReferendumTerms, parts(MILLION), parts(MILLION), times, times)
shares = st.lists(st.integers(0, 2**32 - 1), min_size=6, max_size=6).map(
    lambda counts: {n: Decimal(c) / 10_000 for n, c in zip(BY_ROLE.values(), counts, strict=True)}
)


def causes(named: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(named) | words(128).filter(
        lambda text: text and not text.startswith("other: ")
    )


SOME = st.one_of(
    st.builds(actions.ApproveUpdate, ids, parts(BILLION)),
    st.builds(actions.RejectUpdate, ids, words(128)),
    st.builds(actions.AddMember, addresses, ids),
    st.builds(actions.RemoveMember, addresses),
    st.builds(actions.SetWeighting, st.sampled_from(["assigned", "stake", "contribution"])),
    st.builds(actions.SetShares, shares),
    st.builds(actions.SetLicence, st.sampled_from(USAGES), st.none() | licence_terms),
    st.builds(actions.RevokeLicence, ids, causes(REVOCATION_CAUSES)),
    st.builds(
        actions.SetTerms,
        st.builds(
            dml.CollectiveTerms, parts(MILLION), parts(MILLION), times, times, times, tokens(12),
            referendum_terms,
        ),
    ),
    st.builds(
        actions.SetStaking,
        st.builds(
            dml.StakingTerms, times, tokens(EURO.decimals),
            st.sampled_from(["buckets", "fees", *ROLES]),
        ),
    ),
    st.builds(actions.Spend, roles, addresses, parts(BILLION)),
    st.builds(actions.Slash, addresses, roles, parts(BILLION), causes(SLASH_CAUSES)),
    st.just(actions.ClosePool()),
    st.builds(actions.SetAllowance, st.none() | tokens(EURO.decimals)),
    st.builds(actions.Cancel, ids),
    st.builds(
        actions.SettleAnnotation, ids, ids, addresses, ids, parts(BILLION), parts(BILLION)
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def runtime(chain_of_all_tests: dml.Session):
    return chain_of_all_tests.chain._runtime()


@given(action=SOME)
@settings(max_examples=400, deadline=None)
def test_an_action_comes_back_from_the_chains_own_encoding_as_it_was(runtime, action):
    units = Units(Asset("DML", 12), EURO)
    kind = runtime.api._type_id(PATH)
    data = runtime.calls.encoder.of(kind)(action.encoded(units))
    assert decode(read(runtime._decoder.of(kind), data, "an action"), units) == action
    assert str(action).startswith(str(action)[0].upper())


def test_every_action_of_the_chain_has_its_class(runtime):
    kind = runtime.api._type_id(PATH)
    variants = runtime._decoder._types[kind]["def"]["variant"]["variants"]
    assert [variant["name"] for variant in variants] == list(ACTIONS)
    with pytest.raises(RuntimeIncompatible, match="Dissolve"):
        decode("Dissolve", Units(EURO, EURO))


def test_actions_say_what_they_do():
    bob = dml.Account.development("bob")
    assert str(actions.ApproveUpdate(3, reward=0.4)) == (
        "Approve update 3 and reward its engineer with 0.4 of the engineers' bucket"
    )
    assert "0.5 of what 5FHneW…94ty has at stake as validator: spam" in str(
        actions.Slash(bob, "validator", 0.5, "spam")
    )
    assert str(actions.ClosePool()) == "Close the pool, for good"
    limit = str(actions.SetAllowance(1_500))
    assert limit == "Let rounds and annotation tasks take 1500 at most, until decided otherwise"
    assert "as much as there is" in str(actions.SetAllowance(None))
    settled = actions.SettleAnnotation(3, 1, bob, points=8, score=0.5, slash=0.25)
    assert str(settled) == (
        "Pay 5FHneW…94ty 8 points at a score of 0.5 for batch 1 of task 3, "
        "and slash 0.25 of what 5FHneW…94ty has at stake as annotator"
    )
    assert "slash" not in str(actions.SettleAnnotation(3, 1, bob, points=8, score=0.5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: actions.ApproveUpdate(-1),
        lambda: actions.ApproveUpdate(1, reward=1.5),
        lambda: actions.RejectUpdate(1, "x" * 129),
        lambda: actions.AddMember("bob"),
        lambda: actions.SetWeighting("luck"),
        lambda: actions.SetShares({"kings": 100}),
        lambda: actions.SetShares({"creator": "0.00001"}),
        lambda: actions.SetLicence("rent", None),
        lambda: actions.SetLicence("serve", 5),
        lambda: actions.SetFees(commercial=1, serve=2),
        lambda: actions.SetFees(rent=1),
        lambda: actions.SetThresholds(),
        lambda: actions.SetThresholds(speed=3),
        lambda: actions.SetTerms(None),
        lambda: actions.SetStaking(None),
        lambda: actions.Spend("king", "bob", 0.5),
        lambda: actions.RevokeLicence(1, ""),
        lambda: actions.SetAllowance(-1),
        lambda: actions.SetAllowance("all"),
        lambda: actions.Cancel("the last"),
        lambda: actions.SettleAnnotation(0, -1, dml.Account.development("bob"), 1, 1),
        lambda: actions.SettleAnnotation(0, 0, dml.Account.development("bob"), 1, 1, slash=2),
        lambda: dml.LicenceTerms(price=-1),
        lambda: dml.LicenceTerms(duration=timedelta(-1)),
        lambda: dml.LicenceTerms(transferable="yes"),
        lambda: dml.StakingTerms(slash_to="me"),
        lambda: dml.CollectiveTerms(threshold=2),
    ],
)
def test_what_cannot_be_meant_is_refused(make):
    with pytest.raises(UsageError):
        make()


def test_a_cause_in_words_that_are_a_names_stays_what_it_is(session, model):
    from dml_sdk.measures import decode_cause, encode_cause

    for told in ({"Other": "spam"}, {"Other": ""}, {"Other": "other: x"}):
        text = decode_cause(told, SLASH_CAUSES)
        raw = bytes.fromhex(encode_cause(text, SLASH_CAUSES)["Other"][2:]).decode()
        assert raw == told["Other"]
