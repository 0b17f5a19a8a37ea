"""Tasks, batches and accounts as arguments: of the right kind and the same chain, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.course.policy_document import decode
from dml_sdk.annotation.worth.policies import manual
from dml_sdk.errors import PolicyInvalid, UnknownModel, UsageError
from dml_sdk.types import Asset
from dml_sdk.widgets import QuestionnairePanel
from tests.annotation.tasks import CATS, DIGITS, annotate, images, opened, right


@pytest.fixture
def elsewhere(network):
    """A task of the same number on another chain, of which Bob holds a batch."""
    with dml.connect(store="memory") as other:
        model = other.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(1_000))
        yield opened(model)


def test_a_handle_of_another_kind_is_no_task_no_batch_and_no_account(session, model):
    task, bob = opened(model), session.account("bob")
    batch = session.as_("bob").task(task).next_batch()
    settle = dml.actions.SettleAnnotation
    for wrong, kind in (
        (lambda: session.task(model), "task"),
        (lambda: session.tasks.get(batch), "task"),
        (lambda: session.tasks.list(model=task), "model"),
        (lambda: settle(model, 0, bob, points=1, score=1), "task"),
        (lambda: settle(batch, 0, bob, points=1, score=1), "task"),
        (lambda: session.collective(task), "model"),
        (lambda: task.explain(model), "batch"),
        (lambda: task.report(task, bob), "batch"),
        (lambda: task.dispute(model), "batch"),
        (lambda: task.accept(task), "batch"),
        (lambda: task.award([(task, bob)]), "batch"),
        (lambda: task.submit(task, [1] * 4), "next_batch"),
        (lambda: task.awards(model), "account"),
        (lambda: task.report(0, task), "account"),
        (lambda: task.explain(0, batch), "account"),
        (lambda: task.confusion("digit", model), "account"),
        (lambda: opened(model, validators=[task]), "account"),
    ):
        with pytest.raises(UsageError, match=kind):
            wrong()
    assert task.progress.settled == 0


def test_a_task_and_a_batch_of_another_chain_are_not_taken_for_their_numbers(
    session, model, elsewhere
):
    task, bob = opened(model), session.account("bob")
    assert elsewhere.id == task.id
    theirs = elsewhere.session.as_("bob").task(elsewhere).next_batch()
    mine = session.as_("bob").task(task)
    own = mine.next_batch()
    assert own.number == theirs.number and own != theirs
    settle = dml.actions.SettleAnnotation(elsewhere, 0, bob, points=8, score=1)
    for wrong in (
        lambda: session.task(elsewhere),
        lambda: session.tasks.get(elsewhere),
        lambda: elsewhere.as_(session),
        lambda: session.tasks.list(model=elsewhere.session.models.get(elsewhere.model_id)),
        lambda: mine.submit(theirs, right(theirs)),
        lambda: task.report(theirs, bob),
        lambda: task.explain(theirs, bob),
        lambda: task.award([(theirs, bob)]),
        lambda: mine.dispute(theirs),
        lambda: mine.accept(theirs),
        lambda: model.collective.decide(settle),
        lambda: model.collective.propose(settle),
    ):
        with pytest.raises(UsageError, match="another chain"):
            wrong()
    assert mine.submit(own, right(own)) and task.progress.settled == 0


def test_a_batch_of_another_task_is_not_taken_for_its_number(session, model):
    first, second = opened(model), opened(model)
    batch = session.as_("bob").task(first).next_batch()
    for wrong in (
        lambda: session.as_("bob").task(second).submit(batch, right(batch)),
        lambda: second.report(batch, session.account("bob")),
        lambda: second.dispute(batch),
    ):
        with pytest.raises(UsageError, match=f"is not of task {second.id}"):
            wrong()


def test_a_batch_itself_is_as_good_as_its_number(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    (batch,) = annotate(task, "bob")
    bob = session.account("bob")
    task.validate(dml.validation.manual({(0, bob.address): 0}))
    mine = session.as_("bob").task(task)
    assert mine.explain(batch).points == 8
    mine.dispute(batch)
    assert task.awards()[0]["stage"] == "contested"
    action = dml.actions.SettleAnnotation(task, 0, bob, points=8, score=1)
    assert action == dml.actions.SettleAnnotation(task.id, 0, bob, points=8, score=1)
    model.collective.decide(action)
    assert str(task.awards()[0]["amount"]) == "0.8 DML"


def test_a_task_of_a_chain_that_was_rewound_stands_for_nothing(session, model):
    with session.anchor():
        task = opened(model)
    for wrong in (
        lambda: session.task(task),
        lambda: dml.actions.SettleAnnotation(task, 0, session.signer, points=1, score=1),
    ):
        with pytest.raises(UnknownModel, match="rewound"):
            wrong()


def test_what_a_task_pays_in_an_asset_called_as_the_native_one_is_told_from_it(session, network):
    ferdie = session.as_("ferdie")
    me, call = ferdie.signer, session.chain.call
    theirs = ferdie.models.upload(network, name="m", licence="MIT", pool=None)
    shares = dict.fromkeys(("creator", "engineers", "contributors", "validators", "clients"), 0)
    for wanted in (
        call("Assets", "create", id=77, admin=me.address, min_balance=1),
        call("Assets", "mint", id=77, beneficiary=me.address, amount=10**16),
        call("Assets", "set_metadata", id=77, name="0x78", symbol="0x444d4c", decimals=12),
        call("Pools", "create", model=theirs.id, asset={"WithId": 77}, amount=10**15,
             shares={**shares, "annotators": 1_000_000}),
    ):  # fmt: skip
        session.chain.submit(wanted, me)
    with pytest.raises(UsageError, match=r"not an amount of DML \(asset 77\)"):
        opened(theirs, reward_per_point=session.chain.token.amount("0.1"))
    task = opened(theirs, items=images(4), answers_per_item=1)
    (batch,) = annotate(task, "bob")
    task.validate(dml.validation.manual({(0, session.account("bob").address): 1}))
    mine = session.as_("bob").task(task)
    mine.accept(batch)
    (row,) = task.awards()
    assert row["formula"] == "8 points x 1 x 0.1 DML (asset 77)"
    books = next(b for b in session.conserved().tasks if b.task == task.id)
    for amount in (row["amount"], mine.desk().earnings.earned, task.progress.paid, books.paid):
        assert str(amount) == "0.8 DML (asset 77)"
    assert "0.8 DML (asset 77) paid" in repr(task)
    panel = QuestionnairePanel(mine)
    told = panel.desk_told["earnings"]
    panel.close()
    assert (told["earned"], told["asset"]) == ("0.8", "DML (asset 77)")


@pytest.mark.parametrize("name", ["reward_per_point", "stake"])
def test_an_amount_of_another_asset_is_refused_and_one_of_the_pools_is_taken(model, name):
    other = Asset("DML", 12, 77).amount(1)
    with pytest.raises(UsageError, match=r"DML \(asset 77\).*not an amount of DML"):
        opened(model, **{name: other})
    task = opened(model, **{name: model.pool.asset.amount("0.25")})
    assert getattr(task.terms, name).tokens * 4 == 1


@pytest.mark.parametrize(
    "name",
    ["reward_per_point", "stake", "answers_per_item", "batch_size", "max_items", "deadline",
     "lease"],
)  # fmt: skip
@pytest.mark.parametrize("given", [True, np.True_, np.array(True)], ids=repr)
def test_numpys_true_is_no_term_as_pythons_is_none(model, name, given):
    with pytest.raises(UsageError, match=name):
        opened(model, **{name: given})


def test_numpys_true_is_no_number_of_anything_that_is_judged_or_paid(session, model):
    task, bob = opened(model), session.account("bob")
    for wrong in (
        lambda: task.report(np.True_, bob),
        lambda: task.report(0, bob, part=np.True_),
        lambda: dml.actions.SettleAnnotation(task, np.True_, bob, points=1, score=1),
        lambda: dml.actions.SettleAnnotation(task, 0, bob, points=np.True_, score=1),
        lambda: dml.actions.SettleAnnotation(task, 0, bob, points=1, score=np.True_),
        lambda: session.task(np.True_),
        lambda: task.disagreements(most=np.True_),
        lambda: np.True_ * dml.validation.agreement(),
        lambda: dml.validation.gold({0: {"digit": 1}}, share=np.True_),
        lambda: opened(model, validation=dml.validation.gold({np.True_: {"digit": 1}})),
        lambda: opened(model, validation=dml.validation.gold({0: {"digit": np.True_}})),
    ):
        with pytest.raises((UsageError, TypeError)):
            wrong()


@pytest.mark.parametrize("given", [7, None, "all", np.zeros(2), [7], [(1, 2, 3)]], ids=repr)
def test_what_is_no_list_of_what_is_meant_is_refused_in_words(model, given):
    task, validation = opened(model), dml.validation
    for wrong in (
        lambda: task.score(given),
        lambda: task.award("all" if given is None else given),
        lambda: task.report_findings(given, part=0.5),
        lambda: validation.manual(given),
        lambda: validation.gold(given),
        lambda: validation.model_disagreement(given),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_numpys_true_is_no_answer_to_what_asks_for_a_number(session, model):
    mine = session.as_("bob").task(opened(model, questionnaire=CATS))
    batch = mine.next_batch()
    for value in (True, np.True_):
        with pytest.raises(dml.errors.AnswersInvalid, match="mood"):
            mine.submit(batch, [{"cat": "yes", "mood": value}] * 4)
    assert mine.submit(batch, [{"cat": "yes", "mood": np.int64(3)}] * 4)


def test_numpys_true_is_an_owners_word_as_pythons_is():
    said = manual({(0, "a"): np.True_, (1, "a"): np.False_, (2, "a"): np.float64(0.5)})
    assert list(said.decisions.values()) == [1.0, 0.0, 0.5]


def test_gold_can_be_numpys_numbers(model):
    labels = np.arange(12) % 10
    known = {n: {"digit": label} for n, label in enumerate(labels[:3])}
    task = opened(model, validation=dml.validation.gold(known))
    assert sorted(right["digit"] for right in task.policy().known().values()) == [0, 1, 2]
    assert task.questionnaire() == DIGITS


@pytest.mark.parametrize("weight", ['"1"', "true", "1e400", "0"])
def test_a_policy_whose_weight_is_no_number_is_refused(weight):
    document = f'{{"version": 1, "policy": {{"policy": "agreement", "weight": {weight}}}}}'
    with pytest.raises(PolicyInvalid, match="a weight is"):
        decode(document.encode())
