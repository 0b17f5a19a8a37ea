"""What a panel's page may send, and what becomes of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.errors import (
    ChainUnreachable,
    DispatchError,
    NotConfirmed,
    TransactionRefused,
    UsageError,
)
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.refusal import refusal
from dml_sdk.widgets.worker import Worker
from tests.waiting import until
from tests.widgets.conftest import ALICE


@pytest.mark.parametrize(
    ("argument", "given_text", "read"),
    [
        (Argument("amount"), " 12.50 ", "12.50"),
        (Argument("amount"), ".5", ".5"),
        (Argument("whole"), "007", 7),
        (Argument("role"), "validator", "validator"),
        (Argument("choice", options=("aye", "nay")), "nay", "nay"),
        (Argument("address"), ALICE, ALICE),
        (Argument("text"), " as it is ", " as it is "),
        (Argument("text", may_be_empty=True), "", ""),
        (Argument("amount", may_be_empty=True), " ", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_argument_is_read(argument: Argument, given_text: str, read: object) -> None:
    assert argument.read("x", given_text) == read


@pytest.mark.parametrize(
    ("argument", "given_text", "why"),
    [
        (Argument("amount"), "", "The stake is missing"),
        (Argument("amount"), "1,000", "not an amount"),
        (Argument("whole"), "1.5", "not a whole number"),
        (Argument("role"), "boss", "choose one of creator"),
        (Argument("choice", options=("aye", "nay")), "yes", "choose one of aye, nay"),
        (Argument("address"), "5abc", "no SS58 address"),
        (Argument("text", longest=3), "four", "has 4 characters; 3 fit"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_was_mistyped_is_said_in_words(argument: Argument, given_text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        argument.read("stake", given_text)


@given(st.text(max_size=80))
def test_an_amount_is_digits_and_a_point_or_it_is_refused(text: str) -> None:
    try:
        read = Argument("amount").read("x", text)
    except UsageError:
        return
    assert set(read) <= set("0123456789.") and read.count(".") <= 1
    assert any(c.isdigit() for c in read)


@given(
    st.dictionaries(st.text(max_size=4), st.one_of(st.text(), st.integers(), st.none()))
    | st.lists(st.text())
    | st.none()
)
def test_only_the_declared_arguments_are_accepted(message: Any) -> None:
    action = Action("x", run=print, call=print, arguments={"a": Argument("text")})  # type: ignore[arg-type]
    expected = isinstance(message, dict) and message.keys() == {"a"}
    assert action.accepts(message) == (expected and isinstance(message["a"], str))


def test_a_refusal_of_the_chain_keeps_its_reason_and_says_what_to_do() -> None:
    error = DispatchError.named("Pools", "PoolLocked")("A round runs.", account=ALICE)
    told = refusal(error)
    assert told["kind"] == "Pools.PoolLocked" and told["text"] == "A round runs."
    assert "once the round has ended" in told["todo"] and told["paid"]
    unknown = refusal(DispatchError.named("Pools", "SomethingNew")("It is new."))
    assert unknown["text"] == "It is new." and unknown["todo"] and not unknown["paid"]


@pytest.mark.parametrize("kind", [ChainUnreachable, TransactionRefused, UsageError])
def test_an_error_whose_message_says_what_to_do_is_shown_as_it_is(kind: type[Any]) -> None:
    told = refusal(kind("It is away. Start it."))
    assert told["text"] == "It is away. Start it." and not told["calm"]


def test_what_somebody_declined_is_no_failure() -> None:
    assert refusal(NotConfirmed("…"))["calm"]


def test_typing_queues_nothing_up() -> None:
    worker, done, hold = Worker(), [], threading.Event()
    worker.preview("other", lambda: hold.wait(20))  # type: ignore[arg-type, return-value]
    for number in range(100):
        worker.preview("fund", lambda n=number: done.append(n))
    hold.set()
    until(lambda: 99 in done, "the newest")
    assert len(done) <= 2
    worker.close()


def test_a_job_that_fails_does_not_end_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    worker, done = Worker(), []

    def fail() -> None:
        raise ValueError("a fault of the panel's")

    assert worker.act(fail)
    until(lambda: worker.act(lambda: done.append(1)), "that it is free again")
    until(lambda: done, "the next one")
    assert "a fault of the panel's" in caplog.text
    worker.close()
    assert not worker.act(fail)


def test_however_many_views_ask_only_a_few_of_each_form_wait_and_the_newest_is_answered():
    worker, done, hold = Worker(), [], threading.Event()
    worker.preview("other", lambda: hold.wait(20))  # type: ignore[arg-type, return-value]
    for number in range(5_000):
        worker.preview("fund", lambda n=number: done.append(n), view=f"view {number}")  # type: ignore[misc]
    worker.preview("stake", lambda: done.append(-1))
    assert worker.waiting <= 8 + 2
    hold.set()
    until(lambda: done and done[-1] == -1, "the other form's")
    assert done == [*range(4_992, 5_000), -1]
    worker.close()
