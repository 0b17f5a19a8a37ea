"""Models: uploading, versions, weights that are checked; and what is refused."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    DispatchError,
    EngineUnavailable,
    UpdateInvalid,
    UsageError,
    WeightsMismatch,
)
from dml_sdk.locations import encode_location
from dml_sdk.types import Location


def test_an_uploaded_model_can_be_found_by_id_and_guid_with_the_same_weights(session, model):
    for reference in (model.id, model.guid, uuid.UUID(model.guid)):
        found = session.models.get(reference)
        assert found == model
        assert found.name == "blobs" and found.licence == "Apache-2.0"
        assert found.owner == session.signer.address
    again = session.models.get(model.guid)
    assert again.network == dml.networks.softmax(8, 4)
    for name, array in model.weights().items():
        np.testing.assert_array_equal(array, again.weights()[name])


def test_two_models_have_different_guids(session, model, network):
    other = session.models.upload(network, name="blobs", licence="Apache-2.0")
    assert other.guid != model.guid


def test_a_model_shows_itself_and_the_list_shows_it(session, model):
    assert "'blobs'" in repr(model)
    assert "Apache-2.0" in model._repr_html_()
    assert model.guid in session.models._repr_html_()
    assert [r["id"] for r in session.models.list(owner=session.signer)] == [model.id]
    assert len(session.models.list(owner=session.account("bob"))) == 0


def test_names_from_the_chain_are_escaped_where_they_are_shown(session, network):
    evil = "<img src=x onerror=alert(1)>"
    model = session.models.upload(network, name=evil, licence="<b>MIT")
    for shown in (model._repr_html_(), session.models._repr_html_()):
        assert "<img" not in shown and "<b>MIT" not in shown


def test_a_published_version_has_its_parent_and_its_own_weights(model):
    better = {name: array + 1 for name, array in model.weights().items()}
    model.publish(better)
    latest = model.latest
    assert (latest.index, latest.parent) == (1, 0)
    assert len(model.versions) == 2
    np.testing.assert_array_equal(model.weights()["dense_1/bias"], better["dense_1/bias"])
    np.testing.assert_array_equal(model.weights(0)["dense_1/bias"], np.zeros(4, np.float32))


def lose(store: Path, model: dml.Model) -> None:
    """Takes the file of a model's newest version away."""
    kept = [f for f in store.rglob(f"*{model.latest.location}*") if f.is_file()]
    assert kept
    for file in kept:
        file.unlink()


def test_a_model_whose_newest_file_is_lost_can_be_published_to_again(tmp_path, network):
    with dml.connect(path=tmp_path) as session:
        model = session.models.upload(network, name="x", licence="MIT")
        weights = model.weights()
        for published in (weights, {name: array + 1 for name, array in weights.items()}):
            lose(tmp_path / "store", model)
            with pytest.raises(ContentNotFound):
                model.weights()
            session.models.get(model.id).publish(published)
            for name, array in model.weights().items():
                np.testing.assert_array_equal(array, published[name])
        lose(tmp_path / "store", model)
        model.publish(weights, parent=0)  # the very bytes that the first version had
        assert (model.latest.parent, model.latest.sha256) == (0, model.versions[0].sha256)
        np.testing.assert_array_equal(model.weights(0)["dense_1/bias"], weights["dense_1/bias"])
        with pytest.raises(WeightsMismatch):
            model.publish({**weights, "dense_1/bias": np.zeros(5, np.float32)})


def test_a_model_whose_description_is_lost_can_still_be_published_to(session, model, monkeypatch):
    weights = model.weights()
    found = session.models.get(model.id)
    get = session.store.get

    def without_descriptions(cid: str, *, limit: int | None = None) -> bytes:
        if cid != str(model.latest.location):
            raise ContentNotFound(f"there is no {cid}")
        return get(cid, limit=limit)

    monkeypatch.setattr(session.store, "get", without_descriptions)
    found.publish(weights)
    with pytest.raises(WeightsMismatch):
        found.publish({**weights, "dense_1/bias": np.zeros(5, np.float32)})
    assert found.latest.index == 1


def test_an_older_version_is_gone_back_to_by_publishing_it_again(model):
    first = model.weights()
    model.publish({name: array + 1 for name, array in first.items()})
    model.publish(model.weights(np.int64(0)), parent=np.int64(0))
    assert (model.latest.index, model.latest.parent) == (2, 0)
    assert model.latest.sha256 == model.versions[0].sha256


def test_publishing_nan_or_other_tensors_is_refused_before_the_chain(session, model):
    weights = model.weights()
    before = session.chain.block_number
    with pytest.raises(UpdateInvalid, match="dense_1/bias"):
        model.publish({**weights, "dense_1/bias": np.full(4, np.nan, np.float32)})
    with pytest.raises(WeightsMismatch):
        model.publish({**weights, "dense_1/bias": np.zeros(5, np.float32)})
    with pytest.raises(WeightsMismatch):
        model.publish({"dense_1/bias": weights["dense_1/bias"]})
    assert session.chain.block_number == before


def test_a_stranger_may_not_publish(session, model):
    as_bob = session.as_("bob").models.get(model.id)
    with pytest.raises(DispatchError.named("Models", "NotOwner")):
        as_bob.publish(model.weights())


def test_weights_that_are_not_the_ones_the_chain_names_are_refused(session, model):
    other = session.store.put(b"something else entirely")
    chain = session.chain
    call = chain.call(
        "Models",
        "publish_version",
        model=model.id,
        location=encode_location(Location(cid=other)),
        hash="0x" + model.latest.sha256,
        parent=0,
    )
    chain.submit(call, session.signer)
    with pytest.raises(WeightsMismatch, match="the chain says"):
        model.weights()


@pytest.mark.parametrize("cid", ["bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"])
def test_weights_that_nobody_stores_are_not_found(session, model, cid):
    call = session.chain.call(
        "Models",
        "publish_version",
        model=model.id,
        location=encode_location(Location(cid=cid)),
        hash="0x" + "00" * 32,
        parent=0,
    )
    session.chain.submit(call, session.signer)
    with pytest.raises(ContentNotFound):
        model.weights()


def test_a_truncated_file_in_the_store_is_refused(tmp_path, network):
    with dml.connect(path=tmp_path) as session:
        model = session.models.upload(network, name="x", licence="MIT")
        cid = str(model.latest.location)
        (file,) = [f for f in (tmp_path / "store").rglob(f"*{cid}*") if f.stat().st_size > 100]
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[:-7])
        with pytest.raises(ContentCorrupt):
            model.weights()


@pytest.mark.parametrize("reference", [10**6, -1, 2**40, "no guid", str(uuid.uuid4())])
def test_a_model_that_does_not_exist_is_refused_in_words(session, reference):
    with pytest.raises(UsageError, match=r"no model|neither"):
        session.models.get(reference)


@pytest.mark.parametrize(
    ("name", "licence", "error"),
    [("", "MIT", "NameEmpty"), ("x", "", "LicenceEmpty")],
)
def test_an_empty_name_or_licence_is_refused_by_the_chain(session, network, name, licence, error):
    with pytest.raises(DispatchError.named("Models", error)):
        session.models.upload(network, name=name, licence=licence)


@pytest.mark.parametrize("what", ["name", "licence"])
@pytest.mark.parametrize(
    ("text", "why"),
    [("x" * 65, "up to 64"), ("é" * 33, "66 bytes"), ("\ud800", "UTF-8"), (b"x", "give text"),
     (None, "give text")],
)  # fmt: skip
def test_a_name_or_licence_that_the_chain_cannot_hold_is_refused_before_it(
    session, network, what, text, why
):
    before = session.chain.block_number
    with pytest.raises(UsageError, match=rf"{what}.*{why}"):
        session.models.upload(network, **{"name": "x", "licence": "MIT", what: text})
    assert session.chain.block_number == before


def test_a_name_of_exactly_the_bound_is_kept(session, network):
    name = "é" * 32
    assert session.models.upload(network, name=name, licence="L" * 64).name == name


@pytest.mark.parametrize(
    "options",
    [{"seed": -1}, {"seed": 1.5}, {"seed": True}, {"pool": 1_000}, {"pool": {"amount": 1}},
     {"weights": [1, 2]}],
)  # fmt: skip
def test_an_option_of_an_upload_that_cannot_be_right_is_refused(session, network, options):
    (option,) = options
    before = session.chain.block_number
    with pytest.raises(UsageError, match=option):
        session.models.upload(network, name="x", licence="MIT", **options)
    assert session.chain.block_number == before


@pytest.mark.parametrize(
    "change",
    [
        lambda w: {},
        lambda w: {"dense_1/bias": w["dense_1/bias"]},
        lambda w: {**w, "more": np.zeros(1, np.float32)},
        lambda w: {**w, "dense_1/bias": np.zeros(5, np.float32)},
        lambda w: {**w, "dense_1/bias": np.zeros(4, np.float64)},
        lambda w: {**w, "dense_1/bias": ["a", "b", "c", "d"]},
    ],
)
def test_weights_of_another_network_are_refused_before_the_chain(session, network, change):
    before = session.chain.block_number
    with pytest.raises(WeightsMismatch):
        session.models.upload(network, name="x", licence="MIT", weights=change(network.initial()))
    assert session.chain.block_number == before


def test_weights_are_stored_in_the_order_of_the_layers(session, network):
    weights = network.initial()
    backwards = dict(reversed(weights.items()))
    one = session.models.upload(network, name="x", licence="MIT", weights=weights)
    other = session.models.upload(network, name="y", licence="MIT", weights=backwards)
    assert one.latest.sha256 == other.latest.sha256
    one.publish(backwards)
    assert one.latest.sha256 == other.latest.sha256


def test_a_keras_model_that_no_engine_can_train_is_refused_before_the_chain(session):
    tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    k = tf.keras.layers
    before = session.chain.block_number
    for *layers, why in (
        [k.Input((4,)), k.Dense(1), "one output a class"],
        [k.Input((4,)), k.Dense(3, "sigmoid"), "sigmoid"],
        [k.Input((None, 4)), k.GlobalMaxPooling1D(), k.Dense(3), "fixed shape"],
        [k.Input((8,)), k.Reshape((2, 4)), k.GlobalMaxPooling1D(), "no weights"],
    ):
        with pytest.raises(EngineUnavailable, match=why):
            session.models.upload(tf.keras.Sequential(layers), name="x", licence="MIT")
    assert session.chain.block_number == before


class LyingStore:
    """Gives the bytes that it was told to, whatever is asked for."""

    name = "lying"

    def __init__(self, told: bytes) -> None:
        self.told = told

    def get(self, cid: str, *, limit: int | None = None) -> bytes:
        return self.told


def test_a_description_that_is_not_the_one_on_the_chain_is_refused(session, model, monkeypatch):
    other = b'{"schema": "dml-model/1", "network": {"kind": "mlp", "inputs": 1, "classes": 2}}'
    found = session.models.get(model.id)
    monkeypatch.setattr(session, "store", LyingStore(other))
    with pytest.raises(ContentCorrupt, match="SHA-256"):
        _ = found.network


def test_what_is_no_network_is_refused(session):
    with pytest.raises(UsageError, match="not a network"):
        session.models.upload(object(), name="x", licence="MIT")


def test_contributors_are_defined_moved_and_rewarded_by_name(session, model, bob):
    model.define_contributors({"client-1": bob, "client-2": session.account("eve").address})
    assert model.contributors["client-1"] == bob.address
    model.reward_contributors({"client-1": 0.25})
    assert model.pool.allocations(bob)[0]["earned"].tokens == 100
    model.define_contributors({"client-1": session.account("dave")})
    assert model.contributors["client-1"] == session.account("dave").address
    with pytest.raises(UsageError, match="client-9"):
        model.reward_contributors({"client-9": 0.1})


def test_one_wallet_does_not_stand_for_two_contributors(model, bob):
    with pytest.raises(DispatchError.named("Rounds", "DuplicateWallet")):
        model.define_contributors({"client-1": bob, "client-2": bob})
