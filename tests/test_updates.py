"""Updates: what engineers propose, what becomes of it, and what of it can be believed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    DispatchError,
    KeyNotDelivered,
    LicenceRequired,
    UsageError,
    WeightsMismatch,
)
from dml_sdk.pool import create_call


def refused(pallet: str, name: str):
    return pytest.raises(DispatchError.named(pallet, name))


@pytest.fixture
def bobs(session: dml.Session, model: dml.Model) -> dml.Model:
    return session.as_("bob").models.get(model.id)


def better(model: dml.Model) -> dict[str, np.ndarray]:
    return {name: array + np.float32(0.5) for name, array in model.weights().items()}


def test_an_update_says_what_was_proposed(session, model, bobs, bob):
    weights = better(model)
    update = bobs.propose_update(
        weights, metrics={"accuracy": 0.965, "loss": "0.125"}, notes="dropout 0.2 <b>"
    )
    assert (update.engineer, update.parent, update.state) == (bob.address, 0, "proposed")
    assert update.metrics == {"accuracy": Decimal("0.965"), "loss": Decimal("0.125")}
    assert update.notes == "dropout 0.2 <b>" and "accuracy" in update._repr_html_()
    assert update.block == update.receipt.block and update.version is update.reward is None
    seen = model.update(update.id)
    assert seen == dml.Update(session, update.id)
    assert all(np.array_equal(seen.weights()[name], weights[name]) for name in weights)


def test_an_approved_update_is_a_version_and_earns_a_part_of_the_engineers_bucket(
    session, model, bobs, bob
):
    update = bobs.propose_update(better(model))
    bucket = model.pool.buckets["engineer"]
    with refused("Updates", "NotOwner"):
        update.approve()
    model.update(update.id).approve(reward=0.25)
    assert (update.state, update.version, update.reward.planck) == (
        "accepted", 1, bucket.planck // 4,
    )  # fmt: skip
    assert model.latest.index == 1 and model.latest.publisher == bob.address
    bobs.pool.claim()
    with refused("Updates", "UpdateClosed"):
        model.update(update.id).reject("late")


def test_updates_are_listed_by_engineer_and_by_state_and_engineers_with_what_they_earned(
    session, model, bobs, bob
):
    eves = session.as_("eve").models.get(model.id)
    first, second = (m.propose_update(better(model)) for m in (bobs, eves))
    third = bobs.propose_update(better(model))
    model.update(first.id).approve(reward=1)
    model.update(second.id).reject("overfits")
    third.withdraw()
    assert second.reason == "overfits"
    states = [(row["id"] - first.id, row["state"]) for row in model.updates()]
    assert states == [(0, "accepted"), (1, "rejected"), (2, "withdrawn")]
    assert [row["id"] for row in model.updates(engineer=bob)] == [first.id, third.id]
    assert [row["id"] for row in model.updates(state="rejected")] == [second.id]
    rows = {row["engineer"]: (row["updates"], row["accepted"]) for row in model.engineers()}
    assert rows == {bob.address: (2, 1), session.account("eve").address: (1, 0)}
    with pytest.raises(UsageError, match="withdrawn"):
        model.updates(state="lost")  # type: ignore[arg-type]


def test_what_is_no_update_is_refused(session, model, bobs, network):
    with pytest.raises(WeightsMismatch):
        bobs.propose_update({"a": np.zeros(3, np.float32)})
    for metrics in ({"a": "much"}, {"a" * 33: 1}, dict.fromkeys(map(str, range(17)), 1), [1]):
        with pytest.raises(UsageError):
            bobs.propose_update(better(model), metrics=metrics)
    with refused("Updates", "UnknownParent"):
        bobs.propose_update(better(model), parent=7)
    update = bobs.propose_update(better(model))
    other = session.models.upload(network, name="other", licence="MIT")
    with pytest.raises(UsageError, match="is of model"):
        other.update(update.id)
    with pytest.raises(UsageError, match="no update"):
        model.update(update.id + 1)


def test_notes_that_were_altered_or_lost_are_not_told(session, model, bobs):
    update = bobs.propose_update(better(model), notes="honest")
    cid = dml.Update(session, update.id)._told["notes"][0]["Cid"]

    class Lying:
        def __init__(self, told: object) -> None:
            self.told = told

        def get(self, asked: str, **_: object) -> bytes:
            assert asked == cid
            if isinstance(self.told, Exception):
                raise self.told
            return self.told

        def close(self) -> None:
            """Nothing."""

    for told, error in (
        (b"forged", ContentCorrupt),
        (b"\xff", ContentCorrupt),
        (ContentNotFound("gone"), ContentNotFound),
    ):
        liar = dml.Session(session.chain, Lying(told), session.signer)
        with pytest.raises(error):
            _ = dml.Update(liar, update.id).notes


def test_an_update_of_a_sealed_model_is_for_its_engineer_and_the_owner(session, network, bob):
    model = session.models.upload(
        network, name="s", licence="MIT", pool=dml.PoolTerms(amount=100),
        fees=dict(download=1), sealed=True,
    )  # fmt: skip
    engineers, eves = (session.as_(who).models.get(model.id) for who in ("bob", "eve"))
    for buyer in (engineers, eves):
        buyer.licences.buy("download")
    model.licences.deliver()
    weights = better(engineers)
    update = engineers.propose_update(weights)
    assert session.store.get(update.location.cid).startswith(b"DMLKEYS")
    for reader in (engineers, model):
        found = reader.update(update.id).weights()
        assert all(np.array_equal(found[name], weights[name]) for name in weights)
    with pytest.raises(KeyNotDelivered):
        eves.update(update.id).weights()
    with pytest.raises(LicenceRequired):
        session.as_("ferdie").models.get(model.id).update(update.id).weights()
    model.update(update.id).approve()
    (receipt,) = model.licences.deliver()
    assert receipt.call == "Licences.deliver"
    assert all(np.array_equal(eves.weights(1)[name], weights[name]) for name in weights)


def named_again(session, model, version=0):
    """An update of Eve's that names the file of a version, which she may not have."""
    told = session.chain.get("Models", "Versions", model.id, version)
    call = session.chain.call(
        "Updates", "propose", model=model.id, parent=0, location=told["location"],
        hash=told["hash"], metrics=[], notes=None,
    )  # fmt: skip
    receipt = session.chain.submit(call, session.account("eve"))
    event = next(e for e in receipt.events if e.name == "Proposed")
    return int(str(event.fields["update"]))


def registered_again(session, model, version=0):
    """A model of Eve's that names the file of a version of another."""
    record = session.chain.get("Models", "Models", model.id)
    told = session.chain.get("Models", "Versions", model.id, version)
    call = session.chain.call(
        "Models", "register", location=told["location"], hash=told["hash"], name="copy",
        licence="MIT", metadata_hash=record["metadata_hash"],
    )  # fmt: skip
    receipt = session.chain.submit(call, session.account("eve"))
    event = next(e for e in receipt.events if e.name == "Registered")
    return int(str(event.fields["model"]))


@pytest.fixture
def restricted(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """Alice's model for sale, whose first weights somebody trained."""
    weights = {name: array + np.float32(1) for name, array in network.initial().items()}
    return session.models.upload(
        network, name="sold", licence="MIT", pool=dml.PoolTerms(amount=100),
        fees=dict(download=100), weights=weights,
    )  # fmt: skip


def test_the_file_of_a_restricted_model_is_not_handed_out_under_another_name(
    session, restricted, network
):
    eve = session.as_("eve")
    update = named_again(session, restricted)
    with pytest.raises(LicenceRequired, match=f"model {restricted.id}"):
        eve.models.get(restricted.id).update(update).weights()
    copy = registered_again(session, restricted)
    with pytest.raises(LicenceRequired, match=f"model {restricted.id}"):
        eve.models.get(copy).weights()
    assert restricted.update(update).weights() and session.models.get(copy).weights()
    eve.models.get(restricted.id).licences.buy("download")
    assert eve.models.get(restricted.id).update(update).weights()
    assert eve.models.get(copy).weights()


def test_who_names_a_file_later_keeps_nobody_from_it(session, model, restricted):
    trained = model.propose_update(better(model))
    trained.approve()
    copy = session.as_("eve").models.get(registered_again(session, model, 1))
    pool = create_call(copy.session, copy.id, dml.PoolTerms(amount=10))
    session.chain.submit(pool, copy.session.signer)
    copy.licences.set_terms("download", 5)
    bobs = session.as_("bob").models.get(model.id)
    assert bobs.weights() and bobs.update(trained.id).weights()


def test_what_every_network_begins_with_is_nobodys_secret(session, network, model):
    session.models.upload(
        network, name="first", licence="MIT", pool=dml.PoolTerms(amount=10), fees=dict(download=9)
    )
    bobs = session.as_("bob").models.upload(network, name="second", licence="MIT")
    assert bobs.weights()
    assert bobs.propose_update(bobs.weights()).weights()
