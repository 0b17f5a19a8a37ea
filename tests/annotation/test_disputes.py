"""A dispute lasts as long as those need who settle it."""

from __future__ import annotations

from datetime import timedelta

import pytest

import dml_sdk as dml
from dml_sdk.errors import DispatchError
from tests.annotation.tasks import annotate, images, opened


@pytest.fixture
def of_two(session: dml.Session, model: dml.Model) -> dml.Model:
    """The model, in a collective of Alice and Eve, whose tasks may set aside all there is."""
    model.collective.add_member(session.account("eve"))
    proposal = model.collective.set_allowance(None)
    model.collective.vote(proposal, "aye")
    session.as_("eve").models.get(model.id).collective.vote(proposal.id, "aye")
    model.collective.close(proposal)
    return model


def test_while_the_owner_decides_alone_a_dispute_lasts_two_days(model):
    assert opened(model).terms.dispute == timedelta(days=2)


def test_a_collective_of_several_has_the_time_to_vote(session, of_two):
    needed = session.chain.ask("collective", of_two.id)["settle_ms"]
    assert opened(of_two).terms.dispute == timedelta(milliseconds=needed) > timedelta(days=3)
    planned = of_two.annotation_task(
        questionnaire=opened(of_two).questionnaire(), reward_per_point="0.1"
    )
    assert planned.upload(images(2)).terms.dispute == timedelta(milliseconds=needed)


def test_less_time_than_the_collective_needs_is_refused(of_two):
    with pytest.raises(DispatchError.named("Annotations", "DisputeTooShort")):
        opened(of_two, dispute=timedelta(days=2))
    assert opened(of_two, dispute=timedelta(days=9)).terms.dispute == timedelta(days=9)


def test_a_score_that_is_given_and_disputed_at_the_last_moment_is_settled_by_a_vote(
    session, of_two
):
    task = opened(of_two, items=images(4), answers_per_item=1)
    annotate(task, "bob")
    bobs, bob = session.as_("bob").task(task), session.account("bob")
    terms, now = task.terms, session.chain.now_ms()
    session.clock.advance(seconds=int(terms.score_until.timestamp() - now / 1_000) - 60)
    task.validate(dml.validation.manual({(0, bob.address): 0}))
    session.clock.advance(seconds=int(terms.dispute.total_seconds()) - 60)
    bobs.dispute(0)
    action = dml.actions.SettleAnnotation(task, 0, bob, points=8, score=1)
    proposal = of_two.collective.propose(action)
    of_two.collective.vote(proposal, "aye")
    eves = session.as_("eve").models.get(of_two.id).collective
    eves.vote(proposal.id, "aye")
    session.clock.advance(days=3, hours=1)  # as long as one may vote
    assert task.award() == [], "the collective's time is not over"
    of_two.collective.close(proposal)
    told = bobs.explain(0)
    assert (told.score, told.given) == (1.0, (8, 0.0))
    assert f"by its proposal {proposal.id}" in told.decided
