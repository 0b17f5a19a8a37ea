"""Licences: fees and terms, who may have the weights, and keys for sealed ones."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ContentNotFound,
    DispatchError,
    KeyNotDelivered,
    LicenceRequired,
    SealError,
    SealMalformed,
    UsageError,
    WrongKey,
)
from dml_sdk.storage.envelope import enclosed, taken_apart


def refused(pallet: str, name: str):
    return pytest.raises(DispatchError.named(pallet, name))


@pytest.fixture
def sold(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """Alice's model: 1 DML to download it for a week, 50 for use in business."""
    return session.models.upload(
        network,
        name="sold",
        licence="Apache-2.0",
        pool=dml.PoolTerms(amount=1_000),
        fees={
            "download": dml.LicenceTerms(price=1, duration=timedelta(days=7), transferable=True),
            "commercial": 50,
        },
    )


@pytest.fixture
def sealed(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """The same with weights that are encrypted."""
    return session.models.upload(
        network, name="sealed", licence="MIT", pool=dml.PoolTerms(amount=100),
        fees=dict(download=1), sealed=True,
    )  # fmt: skip


def same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[k], right[k]) for k in left)


def test_fees_are_set_in_the_transaction_of_the_upload(session, sold):
    assert sold.receipt.call.count("Licences.set_terms") == 1
    assert [(row["usage"], str(row["price"])) for row in sold.licences.offers] == [
        ("download", "1 DML"), ("commercial", "50 DML"),
    ]  # fmt: skip
    assert sold.licences.terms("commercial").price == 50
    assert sold.licences.terms("resale") is None


def test_a_model_whose_fees_the_chain_refuses_does_not_exist(session, network):
    before = len(session.models.list())
    with refused("Licences", "NoOpenPool"):
        session.models.upload(network, name="x", licence="MIT", fees=dict(serve=3))
    with pytest.raises(UsageError, match="resale"):
        session.models.upload(network, name="x", licence="MIT", fees=dict(rent=3))
    assert len(session.models.list()) == before


def test_models_are_listed_by_usage_and_by_fee(session, sold, sealed):
    def told(**of: object) -> set[tuple[str, str, str]]:
        table = session.models.list(**of)
        assert set(table.columns) >= {"guid", "name", "usage", "price", "asset"}
        return {(row["name"], row["usage"], str(row["price"])) for row in table}

    download = {("sold", "download", "1 DML"), ("sealed", "download", "1 DML")}
    assert told(usage="download") == download
    assert told(max_fee="1.5") == download
    assert told(usage="commercial", max_fee=49) == set()
    assert told(usage="commercial", owner=session.signer) == {("sold", "commercial", "50 DML")}
    with pytest.raises(UsageError, match="download"):
        session.models.list(usage="rent")
    with pytest.raises(UsageError):
        session.models.list(max_fee="cheap")


def test_a_price_flows_into_the_buckets_and_the_licence_tells_of_itself(session, sold, bob):
    before = {role: amount.planck for role, amount in sold.pool.buckets.items()}
    licences = session.as_("bob").models.get(sold.id).licences
    preview = licences.preview_buy("commercial")
    assert any("50 DML" in line for line in preview.effects)
    licence = licences.buy("commercial")
    shares = sold.pool.shares
    after = {role: amount.planck for role, amount in sold.pool.buckets.items()}
    assert after == {role: before[role] + int(50 * 10**12 * shares[role]) for role in before}
    assert licence.receipt.fee == preview.fee
    assert (licence.usage, licence.holder, licence.valid) == ("commercial", bob.address, True)
    assert licence.expires is None and licence.paid.tokens == 50
    assert "commercial" in repr(licence) and "commercial" in sold.licences._repr_html_()
    assert [row["id"] for row in session.licences.list(bob)] == [licence.id]
    assert session.licences.get(licence.id) == licence
    with refused("Licences", "AlreadyHeld"):
        licences.buy("commercial")
    with refused("Licences", "NotForSale"):
        licences.buy("resale")


def test_a_buyer_pays_at_most_what_was_seen(session, sold):
    with refused("Licences", "PriceAboveMaximum"):
        session.as_("bob").models.get(sold.id).licences.buy("commercial", max_price="49.9")


def test_a_licence_expires_is_renewed_passed_on_and_revoked(session, sold, bob):
    licence = session.as_("bob").models.get(sold.id).licences.buy("download")
    week = timedelta(days=7)
    assert abs(licence.expires - session.clock.now() - week) < timedelta(minutes=1)
    session.clock.advance(days=8)
    assert licence.state == "expired" and not len(sold.licences.holders())
    licence.renew()
    assert licence.valid and licence.paid.tokens == 2
    eve = session.account("eve")
    licence.transfer(eve)
    assert licence.holder == eve.address
    with refused("Licences", "NotHolder"):
        licence.renew()
    sold.licences.revoke(licence, "sold the weights on")
    assert licence.state == "revoked: sold the weights on"
    assert [row["state"] for row in sold.licences.all()] == [licence.state]
    with pytest.raises(UsageError, match="no licence"):
        session.licences.get(99)


def test_the_owner_sets_and_ends_terms_and_others_do_not(session, sold):
    sold.licences.set_terms("serve", "0.5")
    assert sold.licences.terms("serve").price == Decimal("0.5")
    sold.licences.set_terms("download", None)
    assert sold.licences.restricted and "download" not in sold.licences.offers.column("usage")
    with refused("Licences", "NotOwner"):
        session.as_("bob").models.get(sold.id).licences.set_terms("serve", 1)
    with pytest.raises(UsageError, match="price"):
        sold.licences.set_terms("serve", object())


def test_the_weights_of_a_restricted_model_are_for_those_who_hold_a_licence(session, sold, bob):
    own, bobs = sold.weights(), session.as_("bob").models.get(sold.id)
    assert not sold.licences.may_download(bob)
    with pytest.raises(LicenceRequired, match=r"licences\.buy"):
        bobs.weights()
    licence = bobs.licences.buy("download")
    assert same(bobs.weights(), own)
    session.clock.advance(days=8)
    with pytest.raises(LicenceRequired):
        bobs.weights()
    licence.renew()
    assert same(bobs.weights(), own)


def test_sealed_weights_open_for_the_owner_and_for_a_holder_who_was_given_the_key(
    session, sealed, bob
):
    raw = session.store.get(sealed.latest.location.cid)
    assert sealed.sealed and raw.startswith(b"DMLKEYS")
    own = sealed.weights()
    assert sealed.latest.sha256 not in raw.hex()
    bobs = session.as_("bob").models.get(sealed.id)
    bobs.licences.buy("download")
    with pytest.raises(KeyNotDelivered, match="deliver"):
        bobs.weights()
    (receipt,) = sealed.licences.deliver()
    assert receipt.call == "Licences.deliver"
    assert same(bobs.weights(), own)
    assert sealed.licences.deliver() == ()
    sealed.publish(own)
    with pytest.raises(KeyNotDelivered):
        bobs.weights(1)
    assert len(sealed.licences.deliver()) == 1
    assert same(bobs.weights(1), own)


def test_an_unwanted_licence_is_given_up_for_one_of_ones_own(session):
    terms = dml.LicenceTerms(price=1, transferable=True)
    network = dml.networks.softmax(2, 2)
    model = session.models.upload(
        network, name="u", licence="MIT", pool=dml.PoolTerms(amount=10), fees={"serve": terms}
    )
    pushed = session.as_("bob").models.get(model.id).licences.buy("serve")
    pushed.transfer(session.account("eve"))
    eves = session.as_("eve").models.get(model.id).licences
    with refused("Licences", "AlreadyHeld"):
        eves.buy("serve")
    session.as_("eve").licences.get(pushed.id).resign()
    assert (pushed.state, pushed.valid) == ("given up", False)
    assert eves.buy("serve").valid


def test_weights_that_were_for_sale_stay_restricted(session, network):
    model = session.models.upload(
        network, name="r", licence="MIT", pool=dml.PoolTerms(amount=10), fees={"download": 5}
    )
    model.licences.set_terms("download", None)
    stranger = session.as_("bob").models.get(model.id)
    with pytest.raises(LicenceRequired):
        stranger.weights()
    model.licences.set_terms("download", 0)  # for everybody again
    stranger.licences.buy("download")
    assert same(stranger.weights(), model.weights())


def test_a_licence_that_was_passed_on_needs_the_key_anew(session, sold, network):
    sealed = session.models.upload(
        network, name="s", licence="MIT", pool=dml.PoolTerms(amount=10), sealed=True,
        fees={"download": dml.LicenceTerms(price=1, transferable=True)},
    )  # fmt: skip
    licence = session.as_("bob").models.get(sealed.id).licences.buy("download")
    sealed.licences.deliver()
    licence.transfer(session.account("eve").address)
    eves = session.as_("eve").models.get(sealed.id)
    assert sealed.licences.deliver() == ()
    with pytest.raises(KeyNotDelivered, match="name_key"):
        eves.weights()
    session.as_("eve").licences.get(licence.id).name_key()
    sealed.licences.deliver()
    assert same(eves.weights(), sealed.weights())
    with pytest.raises(LicenceRequired):
        session.as_("bob").models.get(sealed.id).weights()


def as_member(session, model, name):
    """The model as a new member of its collective sees it, who holds no licence."""
    model.collective.add_member(session.account(name))
    return session.as_(name).models.get(model.id)


def test_a_member_without_a_licence_is_given_the_keys_in_a_file_of_the_store(session, sealed, bob):
    own = sealed.weights()
    bobs = as_member(session, sealed, "bob")
    assert bobs.licences.may_download()
    with pytest.raises(KeyNotDelivered, match="deliver_to"):
        bobs.weights()
    assert sealed.licences.deliver() == (), "which is for holders of licences"
    location = sealed.licences.deliver_to(bob)
    assert same(bobs.weights(keys=location), own)
    assert same(bobs.weights(0, keys=str(location)), own)
    proposal = sealed.collective.propose(
        dml.actions.ApproveUpdate(sealed.propose_update(own), reward=0.1)
    )
    for member in (sealed, bobs):
        member.collective.vote(proposal, "aye")
    proposal.close()
    with pytest.raises(KeyNotDelivered, match="version 1"):
        bobs.weights(keys=location)
    assert same(bobs.weights(keys=sealed.licences.deliver_to(bob)), own)


def test_a_key_ring_opens_for_its_reader_and_for_its_model_alone(session, sealed, network, bob):
    bobs = as_member(session, sealed, "bob")
    location = sealed.licences.deliver_to(bob)
    eves = session.as_("eve").models.get(sealed.id)
    eves.licences.buy("download")
    with pytest.raises(WrongKey, match="somebody else"):
        eves.weights(keys=location)
    other = session.models.upload(network, name="other", licence="MIT", sealed=True)
    with pytest.raises(WrongKey, match="another model"):
        session.as_(bob).models.get(other.id).weights(keys=location)
    with pytest.raises(SealMalformed, match="no key ring"):
        bobs.weights(keys=sealed.latest.location)
    for odd in (7, b"x", dml.types.Location(uri="s3://x", sha256="00")):
        with pytest.raises(UsageError, match="keys="):
            bobs.weights(keys=odd)
    with pytest.raises(ContentNotFound):
        bobs.weights(keys="bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")


def test_keys_are_delivered_to_nobody_whom_the_chain_does_not_give_the_weights(
    session, sealed, sold, bob
):
    with pytest.raises(LicenceRequired, match="Nothing was delivered"):
        sealed.licences.deliver_to(bob)
    bobs = as_member(session, sealed, "bob")
    location = sealed.licences.deliver_to(bob)
    assert bobs.weights(keys=location)
    sealed.collective.remove_member(bob)
    for proposal in sealed.collective.proposals():
        session.as_(bob).collective(sealed).vote(proposal["id"], "aye")
        sealed.collective.vote(proposal["id"], "aye")
        sealed.collective.close(proposal["id"])
    with pytest.raises(LicenceRequired):
        bobs.weights(keys=location)
    with pytest.raises(UsageError, match="sealed"):
        sold.licences.deliver_to(session.signer)


def test_of_an_address_the_sealing_key_is_one_named_with_a_licence_of_the_model_or_one_given(
    session, sealed, sold, bob
):
    bobs = as_member(session, sealed, "bob")
    with pytest.raises(UsageError, match="sealing_key"):
        sealed.licences.deliver_to(bob.address)
    assert bobs.weights(keys=sealed.licences.deliver_to(bob.address, bob.sealing_key))
    session.as_(bob).models.get(sold.id).licences.buy("download")
    with pytest.raises(UsageError, match="of this model"):
        sealed.licences.deliver_to(bob.address)
    bobs.licences.buy("download")
    assert bobs.weights(keys=sealed.licences.deliver_to(bob.address))
    for odd in (b"", b"x" * 31, "00" * 32, bytes(32)):
        with pytest.raises(UsageError, match="sealing key"):
            sealed.licences.deliver_to(bob.address, odd)


def test_training_leaves_nothing_of_a_sealed_model_in_the_clear(session, sealed, split):
    class Watched:
        """Sees whatever is put into the store."""

        def __init__(self, store: object) -> None:
            self.store, self.put_in = store, []

        def __getattr__(self, name: str) -> object:
            return getattr(self.store, name)

        def put(self, data: bytes) -> str:
            self.put_in.append(bytes(data[:8]))
            return self.store.put(data)

    session.store = watched = Watched(session.store)
    try:
        training = sealed.train(
            split.partition(4, scheme="iid", seed=1), test=split.test, rounds=1,
            clients_per_round=2, engine="numpy", seed=1,
        )  # fmt: skip
        training.wait(timeout=120)
    finally:
        session.store = watched.store
    assert sealed.latest.index == 1 and sealed.weights()
    assert len(watched.put_in) == 3 and set(watched.put_in) == {b"DMLKEYS\x01"}


def test_an_envelope_that_was_cut_or_altered_is_refused(session, alice, bob):
    data = enclosed(b"weights", [alice.sealing_key, bob.sealing_key])
    keys, _ = taken_apart(data)
    assert list(keys) == [alice.sealing_key, bob.sealing_key]
    for cut in (3, 8, 9, 60, 200):
        with pytest.raises(SealMalformed):
            taken_apart(data[:cut])
    altered = bytearray(data)
    altered[60] ^= 1
    with pytest.raises(WrongKey):
        alice.unwrap(taken_apart(bytes(altered))[0][alice.sealing_key])
    with pytest.raises(UsageError):
        enclosed(b"", [])
    assert issubclass(KeyNotDelivered, SealError)


def test_licences_that_expired_are_taken_off_the_counts_by_anyone(session, sold, bob):
    week = dml.LicenceTerms(price=1, duration=timedelta(days=7), maximum=3)
    sold.licences.set_terms("serve", week)
    for usage in ("download", "serve", "commercial"):
        session.as_(bob).models.get(sold.id).licences.buy(usage)
    session.as_("eve").models.get(sold.id).licences.buy("serve")
    stranger = session.as_("ferdie").models.get(sold.id).licences
    assert stranger.prune() == ()
    session.clock.advance(days=8)
    (receipt,) = stranger.prune()
    assert len([e for e in receipt.events if e.name == "Expired"]) == 3
    assert stranger.prune() == ()
    sold_now = [session.chain.get("Licences", "Sold", sold.id, u) for u in ("Serve", "Commercial")]
    assert sold_now == [0, 1]
