"""Questions before much is moved: who is asked where, and what counts as a yes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.confirmation import Effect, Limits, Question
from dml_sdk.errors import NotConfirmed, PromptUnavailable
from dml_sdk.types import Amount
from dml_sdk.widgets import StakePanel, confirm
from dml_sdk.widgets.asking import Asking, question_plain
from dml_sdk.widgets.confirm_dialog import ConfirmDialog
from tests.waiting import until
from tests.widgets.conftest import DML
from tests.widgets.page import Page


class Shown:
    """Where a question is shown."""

    def __init__(self) -> None:
        self.question: Any = {}


@pytest.fixture
def question(session: dml.Session) -> Question:
    moved = {session.signer.address: (DML.amount(500),)}
    effect = Effect((DML.amount(500),), moved)
    return Question(session.signer, "Pools.fund", {"model": 0}, effect, DML.amount("0.0059"))


def answering(asking: Asking, question: Question) -> tuple[threading.Thread, list[bool]]:
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(asking.ask(question)))
    waiting.start()
    return waiting, answers


@pytest.mark.parametrize("yes", [True, False])
def test_whoever_asks_waits_for_the_answer(question: Question, yes: bool) -> None:
    shown = Shown()
    asking = Asking(shown)
    waiting, answers = answering(asking, question)
    until(lambda: shown.question, "the question")
    asking.answer(shown.question["id"] + 1, True)
    assert waiting.is_alive(), "an answer to another question is none"
    asking.answer(shown.question["id"], yes)
    waiting.join(20)
    assert answers == [yes] and shown.question == {}


def test_no_answer_in_time_is_a_no(question: Question) -> None:
    assert Asking(Shown()).ask(question, seconds=0) is False


def test_closing_answers_what_is_open_and_what_comes_with_no(question: Question) -> None:
    shown = Shown()
    asking = Asking(shown)
    waiting, answers = answering(asking, question)
    until(lambda: shown.question, "the question")
    asking.close()
    waiting.join(20)
    assert answers == [False]
    assert asking.ask(question) is False


def test_a_question_is_told_in_exact_amounts(question: Question) -> None:
    told = question_plain(question)
    assert told["leaves"] == [["500", "DML"]] and told["fee"] == ["0.0059", "DML"]
    assert told["arguments"] == [["model", "0"]] and told["signer"]["name"] == "alice"


def test_without_a_notebook_nobody_is_asked_and_it_is_said(question: Question) -> None:
    with pytest.raises(PromptUnavailable, match="no notebook to ask in"):
        confirm(question)


def test_the_dialogue_keeps_what_was_answered(question: Question, sent: Any) -> None:
    dialog = ConfirmDialog(question)
    asked = threading.Thread(target=dialog.ask)
    asked.start()
    until(lambda: dialog.question, "the question")
    Page(dialog).send(do="answer", question=dialog.question["id"], yes=True)
    asked.join(20)
    assert dialog.answer == "Confirmed: Pools.fund, 500 DML."
    assert "Confirmed: Pools.fund" in dialog.picture_html()
    dialog.close()


@pytest.fixture
def page(model: dml.Model, sent: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A panel on a chain whose transactions over 10 DML are asked about."""
    chain = model.session.chain
    submit = chain.submit

    def effect(call: Any, signer: Any) -> Effect:
        return Effect((DML.amount(20),))

    limits = Limits([DML.amount(10)], confirm, effect)

    def asking(call: Any, signer: Any, confirmed: Any = None) -> Any:
        refusal = limits.refusal(call, signer, lambda: {}, lambda: Amount(1, DML))
        if refusal is not None:
            raise refusal
        return submit(call, signer, confirmed)

    monkeypatch.setattr(chain, "submit", asking)
    panel = StakePanel(model.pool)
    yield Page(panel)
    panel.close()


def test_an_action_of_a_panel_is_asked_about_in_that_panel(page: Page) -> None:
    token = page.begin("fund", amount="20")
    until(lambda: page.panel.question, "the question")
    assert page.panel.question["call"] == "Pools.fund"
    page.send(do="answer", question=page.panel.question["id"], yes=True)
    until(lambda: page.outcome(token), "its outcome")
    assert page.panel.outcome["state"] == "accepted"


def test_what_was_not_confirmed_is_no_failure_and_nothing_was_sent(page: Page) -> None:
    block = page.panel.session.chain.block_number
    token = page.begin("fund", amount="20")
    until(lambda: page.panel.question, "the question")
    page.send(do="answer", question=page.panel.question["id"], yes=False)
    until(lambda: page.outcome(token), "its outcome")
    error = page.panel.outcome["error"]
    assert error["kind"] == NotConfirmed.__name__ and error["calm"] and not error["paid"]
    assert page.panel.session.chain.block_number == block
