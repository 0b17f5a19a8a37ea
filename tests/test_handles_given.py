"""Handles that are given where an id goes: of the right kind, of the same chain, or refused."""

from __future__ import annotations

import pytest

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.errors import UnknownModel, UsageError


@pytest.fixture
def sold(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    return session.models.upload(
        network, name="sold", licence="MIT", pool=dml.PoolTerms(amount=100), fees=dict(download=1)
    )


@pytest.fixture
def elsewhere(network: dml.networks.MLP):
    """The same model on another chain, with a licence, an update and a proposal of the same ids."""
    with dml.connect(store="memory") as other:
        yield made(other, network)


def made(session: dml.Session, network: dml.networks.MLP):
    model = session.models.upload(
        network, name="sold", licence="MIT", pool=dml.PoolTerms(amount=100), fees=dict(download=1)
    )
    bobs = session.as_("bob").models.get(model.id)
    licence = bobs.licences.buy("download")
    update = bobs.propose_update({name: array + 1 for name, array in bobs.weights().items()})
    model.collective.add_member(session.account("bob"))
    proposal = model.collective.propose(actions.SetAllowance(1))
    return model, licence, update, proposal


def test_a_handle_of_another_kind_is_not_taken_for_its_number(session, network):
    model, licence, update, proposal = made(session, network)
    collective = model.collective
    for wrong in (
        lambda: collective.approve(licence, reward=0.5),
        lambda: collective.reject(proposal),
        lambda: collective.cancel(update),
        lambda: collective.vote(update, "aye"),
        lambda: actions.ApproveUpdate(model),
        lambda: actions.RejectUpdate(licence, "no"),
        lambda: actions.RevokeLicence(update, "leak"),
        lambda: actions.Cancel(model),
        lambda: model.licences.revoke(update, "leak"),
        lambda: model.licences.renew(proposal),
        lambda: session.collective(licence),
    ):
        with pytest.raises(UsageError, match=r"give an? (update|proposal|licence|model)"):
            wrong()
    assert update.state == "proposed" and licence.valid and not proposal.tally.ayes


def test_a_handle_of_another_chain_is_not_taken_for_its_number(session, network, elsewhere):
    model, licence, update, proposal = made(session, network)
    their_model, their_licence, their_update, their_proposal = elsewhere
    collective = model.collective
    for wrong in (
        lambda: collective.approve(their_update, reward=0.5),
        lambda: collective.reject(their_update),
        lambda: collective.cancel(their_proposal),
        lambda: collective.vote(their_proposal, "aye"),
        lambda: collective.close(their_proposal),
        lambda: collective.propose(actions.ApproveUpdate(their_update)),
        lambda: collective.propose(actions.RejectUpdate(their_update)),
        lambda: collective.propose(actions.RevokeLicence(their_licence, "leak")),
        lambda: collective.preview(actions.Cancel(their_proposal)),
        lambda: model.licences.revoke(their_licence, "leak"),
        lambda: model.licences.transfer(their_licence, session.signer),
        lambda: session.collective(their_model),
    ):
        with pytest.raises(UsageError, match="another chain"):
            wrong()
    assert update.state == "proposed" and licence.valid and not proposal.tally.ayes


def test_a_licence_is_acted_on_through_its_own_model_alone(session, sold, network, bob):
    licence = session.as_(bob).models.get(sold.id).licences.buy("download")
    other = session.models.upload(network, name="other", licence="MIT")
    for given in (licence, licence.id):
        with pytest.raises(UsageError, match=f"of model {sold.id}, not of {other.id}"):
            other.licences.revoke(given, "leak")
    assert licence.valid


def test_numbers_and_handles_of_the_same_chain_stay_good(session, network):
    model, licence, update, proposal = made(session, network)
    assert session.as_("bob").collective(model) == session.collective(model.id)
    assert actions.ApproveUpdate(update) == actions.ApproveUpdate(update.id)
    assert hash(actions.Cancel(proposal)) == hash(actions.Cancel(proposal.id))
    session.as_("bob").collective(model).vote(proposal, "aye")
    model.collective.vote(proposal.id, "aye")
    model.collective.close(proposal)
    assert model.collective.propose(actions.RevokeLicence(licence, "leak")).state == "members"


def test_a_handle_of_a_chain_that_was_rewound_stands_for_nothing(session, sold):
    with session.anchor():
        bobs = session.as_("bob").models.get(sold.id)
        update = bobs.propose_update(bobs.weights() if bobs.licences.may_download() else
                                     sold.weights())  # fmt: skip
    with pytest.raises(UnknownModel, match="rewound"):
        sold.collective.approve(update)
