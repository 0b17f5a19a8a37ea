"""What was given to a task in the wrong place is not repeated; what strangers wrote is visible."""

from __future__ import annotations

import pytest

import dml_sdk as dml
from dml_sdk.annotation.course.explaining import Explanation
from dml_sdk.errors import DMLError
from tests.annotation.tasks import DIGITS, annotate, images, opened
from tests.test_discretion import SECRETS, assert_not_repeated, said


@pytest.mark.parametrize("secret", [*SECRETS, SECRETS[0].split(), SECRETS[3].encode()])
def test_a_secret_in_the_place_of_any_argument_of_a_task_is_not_repeated(
    session, model, secret, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    task = opened(model, items=images(4), answers_per_item=1)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    desk = mine.desk()
    desk.resume()
    settle, validation = dml.actions.SettleAnnotation, dml.validation
    wrong = [
        *(
            lambda name=name: opened(model, **{name: secret})
            for name in (
                "items", "questionnaire", "reward_per_point", "answers_per_item", "batch_size",
                "stake", "max_items", "deadline", "lease", "reveal", "scoring", "dispute",
                "validation", *(() if isinstance(secret, list) else ("validators",)),
            )
        ),
        lambda: session.task(secret), lambda: session.tasks.get(secret),
        lambda: session.tasks.list(model=secret),
        lambda: mine.submit(secret, []), lambda: mine.submit(batch, secret),
        lambda: mine.submit(batch, {str(secret): 1}), lambda: mine.submit(batch, [secret] * 4),
        lambda: mine.submit(batch, [{str(secret): 1}] * 4),
        lambda: desk.answer(0, str(secret), 1), lambda: desk.answer(0, "digit", secret),
        lambda: desk.answer(secret, "digit", 1), lambda: desk.on_change(secret),
        lambda: task.awards(secret), lambda: task.explain(secret),
        lambda: task.report(secret, secret), lambda: task.report(0, secret),
        lambda: task.report(0, session.signer, part=secret),
        lambda: mine.dispute(secret), lambda: mine.accept(secret),
        lambda: task.award([secret]), lambda: task.award([(secret, secret)]),
        lambda: task.judge(secret), lambda: task.validate(unread=secret),
        lambda: task.judge(decisions=secret), lambda: task.score([secret]),
        lambda: settle(secret, 0, session.signer, points=1, score=1),
        lambda: settle(task, secret, session.signer, points=1, score=1),
        lambda: settle(task, 0, secret, points=1, score=1),
        lambda: settle(task, 0, session.signer, points=secret, score=1),
        lambda: settle(task, 0, session.signer, points=1, score=secret),
        lambda: validation.manual({(0, str(secret)): 2}),
        lambda: validation.gold({0: {"digit": 1}}, share=secret),
        lambda: validation.model_disagreement({}, sure=secret),
        lambda: secret * validation.agreement(),
        lambda: opened(model, validation=validation.gold({str(secret): {"digit": 1}})),
        lambda: opened(model, validation=validation.gold({0: {str(secret): 1}})),
        lambda: opened(model, validation=validation.gold({0: {"digit": secret}})),
        lambda: dml.order_by_uncertainty(model, [], by=secret),
    ]  # fmt: skip
    for refused in wrong:
        with pytest.raises((DMLError, TypeError)) as caught:
            refused()
        assert_not_repeated("".join(said(caught.value)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_the_place_of_a_name_of_what_was_answered_is_not_repeated(
    session, model, secret, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    task = opened(model, items=images(4), answers_per_item=1)
    annotate(task, "bob")
    (tmp_path / "file").touch()
    for refused in (
        lambda: task.export(secret), lambda: task.export("answers.csv", f"{secret}/there/x.csv"),
        lambda: task.confusion(secret), lambda: task.confusion("digit", secret),
        lambda: task.disagreements(secret), lambda: task.dataset(secret),
        lambda: session.as_("bob").task(task, drafts=f"file/{secret}").next_batch(),
        lambda: opened(
            model, keep_gold=f"file/{secret}", validation=dml.validation.gold({0: {"digit": 1}})
        ),
    ):  # fmt: skip
        with pytest.raises(DMLError) as caught:
            refused()
        assert_not_repeated("".join(said(caught.value)))


def test_texts_of_strangers_change_no_terminal(session, model):
    hostile = "\x1b[2J\u202eDigits"
    task = opened(model, title=hostile)
    told = Explanation(0, session.signer.address, 1, 1.0, session.signer.address, why=hostile)
    for shown in (str(told), repr(told), repr(task), repr(task.questionnaire())):
        assert "\x1b" not in shown and "\u202e" not in shown, shown
    assert task.title == hostile and DIGITS.title == "Digits"


def test_a_stake_that_is_missing_is_told_as_people_write_it(session, model):
    task = opened(model, stake=5)
    with pytest.raises(dml.errors.NothingToAnnotate, match=r'\.stake\(5, "annotator"\)'):
        session.as_("bob").task(task).next_batch()
