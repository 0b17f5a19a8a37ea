"""Deliveries: content keys go to who named a sealing key, and nobody blocks another."""

from __future__ import annotations

import hashlib

import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ContentNotFound,
    DispatchError,
    KeyNotDelivered,
    UsageError,
    WrongKey,
)
from dml_sdk.storage.envelope import enclosed
from dml_sdk.storage.sealed import new_content_key, wrap
from dml_sdk.storage.weights import encode


@pytest.fixture
def sealed(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """Alice's model with encrypted weights, 1 DML to download; licences may be passed on."""
    return session.models.upload(
        network, name="sealed", licence="MIT", pool=dml.PoolTerms(amount=100), sealed=True,
        fees={"download": dml.LicenceTerms(price=1, transferable=True)},
    )  # fmt: skip


def stored_for(session: dml.Session, model: dml.Model, reader: dml.Account) -> None:
    """Has a version published that only somebody else than the owner can open."""
    data = encode(model.weights())
    cid = session.store.put(enclosed(data, [reader.sealing_key]))
    call = session.chain.call(
        "Updates", "propose", model=model.id, parent=0, location={"Cid": "0x" + cid.encode().hex()},
        hash="0x" + hashlib.sha256(data).hexdigest(), metrics=[], notes=None,
    )  # fmt: skip
    receipt = session.chain.submit(call, session.account("eve"))
    event = next(e for e in receipt.events if e.name == "Proposed")
    model.update(int(str(event.fields["update"]))).approve(0)


def test_a_key_that_came_with_a_licence_of_another_model_is_nobodys(session, sealed, network, bob):
    sealed.collective.add_member(bob)
    eve = session.account("eve")
    other = session.as_(eve).models.upload(
        network, name="bait", licence="MIT", pool=dml.PoolTerms(amount=1),
        fees={"internal": dml.LicenceTerms(price=0, transferable=True)},
    )  # fmt: skip
    session.as_(bob).models.get(other.id).licences.buy("internal")
    with pytest.raises(UsageError, match="of this model"):
        sealed.licences.deliver_to(bob.address)


def test_a_key_of_a_licence_that_is_not_valid_any_more_is_not_used(session, sealed, bob):
    licence = session.as_(bob).models.get(sealed.id).licences.buy("download")
    assert sealed.licences.deliver_to(bob.address)
    sealed.licences.revoke(licence, "leak")
    sealed.collective.add_member(bob)
    with pytest.raises(UsageError, match="of this model"):
        sealed.licences.deliver_to(bob.address)
    assert sealed.licences.deliver_to(bob.address, bob.sealing_key)


def test_a_licence_that_was_passed_on_has_no_key_that_its_new_holder_did_not_name(
    session, sealed, bob
):
    licence = session.as_("eve").models.get(sealed.id).licences.buy("download")
    licence.transfer(bob.address)
    with pytest.raises(UsageError, match="of this model"):
        sealed.licences.deliver_to(bob.address)
    session.as_(bob).licences.get(licence.id).name_key()
    location = sealed.licences.deliver_to(bob.address)
    assert session.as_(bob).models.get(sealed.id).weights(keys=location)


@pytest.mark.parametrize("key", ["0x" + "00" * 32, "0x01" + "00" * 31])
def test_a_holder_who_named_a_key_that_is_none_keeps_nobody_else_from_theirs(
    session, sealed, bob, key, monkeypatch
):
    eve = session.account("eve")
    session.as_(eve).models.get(sealed.id).licences.buy("download")
    ask = session.chain.ask

    def told(method, *arguments, **options):
        """What a runtime would tell that takes such keys, as this one does not."""
        answer = ask(method, *arguments, **options)
        for each in answer if method == "licences" else ():
            if each["licence"]["holder"] == eve.address:
                each["licence"]["encryption_key"] = key
        return answer

    monkeypatch.setattr(session.chain, "ask", told)
    with pytest.raises(UsageError, match="X25519"):
        sealed.licences.deliver()
    bobs = session.as_(bob).models.get(sealed.id)
    bobs.licences.buy("download")
    delivery = sealed.licences.deliver()
    assert len(delivery) == 1 and bobs.weights()
    (skipped,) = delivery.skipped
    assert skipped["holder"] == eve.address and skipped["version"] == 0
    assert "X25519" in skipped["why"] and "1 skipped" in repr(delivery)
    assert "X25519" in delivery._repr_html_()


def test_a_version_that_the_owner_cannot_open_keeps_nobody_from_the_others(session, sealed, bob):
    stored_for(session, sealed, session.account("eve"))
    bobs = session.as_(bob).models.get(sealed.id)
    bobs.licences.buy("download")
    delivery = sealed.licences.deliver()
    assert [row["version"] for row in delivery.skipped] == [1]
    assert bobs.weights(0)
    with pytest.raises(KeyNotDelivered):
        bobs.weights(1)
    with pytest.raises(KeyNotDelivered):
        sealed.licences.deliver()


def test_a_lost_file_keeps_nobody_from_the_other_versions(session, sealed, bob):
    first = sealed.latest.location.cid
    sealed.publish(sealed.weights())

    class Lost:
        """A store that one file is gone from."""

        def get(self, cid: str, *, limit: int | None = None) -> bytes:
            if cid == first:
                raise ContentNotFound("gone")
            return session.store.get(cid, limit=limit)

        def put(self, data: bytes) -> str:
            return session.store.put(data)

    session.as_(bob).models.get(sealed.id).licences.buy("download")
    owners = dml.Session(session.chain, Lost(), session.signer).models.get(sealed.id)
    delivery = owners.licences.deliver()
    assert [row["version"] for row in delivery.skipped] == [0] and len(delivery) == 1
    with pytest.warns(UserWarning, match="version 0"):
        location = owners.licences.deliver_to(bob)
    assert session.as_(bob).models.get(sealed.id).weights(1, keys=location)


def test_whom_the_chain_refuses_a_key_is_skipped_alone(session, sealed, bob, monkeypatch):
    for who in ("bob", "eve"):
        session.as_(who).models.get(sealed.id).licences.buy("download")
    eves = session.as_("eve").licences.list()[0]["id"]
    batch = session.chain.batch

    def late(calls):
        """As if eve had named another key after it was read which one is hers."""
        monkeypatch.setattr(session.chain, "batch", batch)
        other = session.account("ferdie").sealing_key
        named = session.chain.call(
            "Licences", "set_encryption_key", licence=eves, encryption_key="0x" + other.hex()
        )
        session.chain.submit(named, session.account("eve"))
        return batch(calls)

    monkeypatch.setattr(session.chain, "batch", late)
    delivery = sealed.licences.deliver()
    assert len(delivery) == 1 and [row["licence"] for row in delivery.skipped] == [eves]
    assert session.as_(bob).models.get(sealed.id).weights()


def delivered(session, licence, version, wrapped_key, by):
    """Delivers anything at all with a licence, as nothing but the chain's rules let somebody."""
    call = session.chain.call(
        "Licences", "deliver", licence=licence.id, version=version, wrapped_key=wrapped_key,
        encryption_key=licence.record["encryption_key"],
    )  # fmt: skip
    session.chain.submit(call, by)


def by_eve(session, sealed, readers=()):
    """A version of Eve's, who has a licence; with junk for some readers in its envelope."""
    eves = session.as_("eve").models.get(sealed.id)
    eves.licences.buy("download")
    sealed.licences.deliver()
    update = eves.propose_update(eves.weights())
    data = session.store.get(update.location.cid)
    junk = b"".join(reader + bytes(80) for reader in readers)
    count, at = data[8], 9 + 112 * data[8]
    data = data[:8] + bytes([count + len(readers)]) + data[9:at] + junk + data[at:]
    call = session.chain.call(
        "Updates", "propose", model=sealed.id, parent=0, hash="0x" + update.sha256,
        location={"Cid": session.store.put(data)}, metrics=[], notes=None,
    )  # fmt: skip
    receipt = session.chain.submit(call, session.account("eve"))
    event = next(e for e in receipt.events if e.name == "Proposed")
    sealed.update(int(str(event.fields["update"]))).approve(0)


def test_junk_that_a_publisher_delivers_keeps_nobody_from_what_the_owner_does(session, sealed, bob):
    by_eve(session, sealed)
    bobs = session.as_(bob).models.get(sealed.id)
    licence = bobs.licences.buy("download")
    delivered(session, licence, 1, bytes(80), session.account("eve"))
    with pytest.raises(WrongKey):
        bobs.weights(1)
    (receipt,) = sealed.licences.deliver()
    assert receipt.call == "Licences.deliver" and bobs.weights(1)
    delivered(session, licence, 1, b"0", session.account("eve"))
    assert bobs.weights(1) and not sealed.licences.deliver()


def test_junk_in_a_files_own_envelope_keeps_nobody_from_what_was_delivered(session, sealed, bob):
    by_eve(session, sealed, [bob.sealing_key])
    bobs = session.as_(bob).models.get(sealed.id)
    bobs.licences.buy("download")
    with pytest.raises(WrongKey):
        bobs.weights(1)
    assert bobs.weights(1, keys=sealed.licences.deliver_to(bob)), "a key ring opens it"
    sealed.licences.deliver()
    assert bobs.weights(1)


def test_another_files_key_is_passed_over(session, sealed, bob):
    by_eve(session, sealed)
    bobs = session.as_(bob).models.get(sealed.id)
    licence = bobs.licences.buy("download")
    other = wrap(new_content_key(), bob.sealing_key)
    delivered(session, licence, 1, other, session.account("eve"))
    with pytest.raises(WrongKey, match="another content key"):
        bobs.weights(1)
    sealed.licences.deliver()
    assert bobs.weights(1)


def expelled(session, sealed, bob):
    """Has Bob, a member, and Eve, one from now on, vote the owner out of the collective."""
    for action, voters in (
        (dml.actions.AddMember(session.account("eve"), 1), ("alice", "bob")),
        (dml.actions.RemoveMember(session.signer), ("bob", "eve")),
    ):
        proposal = session.as_(bob).collective(sealed).propose(action)
        for voter in voters:
            session.as_(voter).collective(sealed).vote(proposal, "aye")
        if not proposal.tally.can_close:
            session.clock.advance(days=3, seconds=1)
        session.as_(bob).collective(sealed).close(proposal)
        assert proposal.state == "executed"


def test_a_member_delivers_where_the_owner_is_none_and_the_owner_does_not(session, sealed, bob):
    session.as_(bob).models.get(sealed.id).licences.buy("download")
    sealed.licences.deliver()
    sealed.collective.add_member(bob)
    expelled(session, sealed, bob)
    ferdies = session.as_("ferdie").models.get(sealed.id)
    licence = ferdies.licences.buy("download")
    with pytest.raises(DispatchError.named("Licences", "NotPublisher")):
        delivered(session, licence, 0, b"junk", session.signer)
    told = sealed.licences.deliver()
    assert not told
    assert [(row["licence"], row["version"]) for row in told.skipped] == [(licence.id, 0)]
    assert "may not deliver it" in told.skipped[0]["why"]
    assert session.as_(bob).models.get(sealed.id).licences.deliver() and ferdies.weights()


def test_a_member_without_a_licence_delivers_by_the_key_ring_that_the_owner_left(
    session, sealed, bob
):
    sealed.collective.add_member(bob)
    ring = sealed.licences.deliver_to(bob)
    expelled(session, sealed, bob)
    ferdies = session.as_("ferdie").models.get(sealed.id)
    ferdies.licences.buy("download")
    bobs = session.as_(bob).models.get(sealed.id)
    with pytest.raises(KeyNotDelivered):
        bobs.licences.deliver()
    assert bobs.licences.deliver(keys=ring) and ferdies.weights()
    eves = session.as_("eve").models.get(sealed.id)
    location = bobs.licences.deliver_to(session.account("eve"), keys=ring)
    assert eves.weights(keys=location)


def test_who_named_no_key_is_told_of(session, sealed, bob):
    licence = session.as_("eve").models.get(sealed.id).licences.buy("download")
    licence.transfer(bob.address)
    told = sealed.licences.deliver()
    assert not told
    (row,) = told.skipped
    assert (row["licence"], row["holder"], row["version"]) == (licence.id, bob.address, None)
    assert "name_key" in row["why"]


def test_of_a_model_in_the_clear_nobody_waits_for_a_key(session, network, bob):
    clear = session.models.upload(
        network, name="clear", licence="MIT", pool=dml.PoolTerms(amount=100),
        fees={"download": dml.LicenceTerms(price=1, transferable=True)},
    )  # fmt: skip
    clear.licences.set_terms("serve", 1)
    session.as_("eve").models.get(clear.id).licences.buy("download").transfer(bob.address)
    session.as_("eve").models.get(clear.id).licences.buy("serve")
    for who in ("alice", "bob"):
        told = session.as_(who).models.get(clear.id).licences.deliver()
        assert not told and not told.skipped
