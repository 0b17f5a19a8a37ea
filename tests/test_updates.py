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
