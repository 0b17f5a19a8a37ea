"""Questions before much is moved: put to whoever looks at the page, answered from there.

`confirm` is what a session is given to ask with; it is called in the thread that is about to sign,
which waits. Inside a panel's action the question appears in that panel; anywhere else below the
cell.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from dml_sdk.types import Amount
from dml_sdk.widgets.wording import exact

if TYPE_CHECKING:
    from dml_sdk.chain.confirmation import Question

ANSWER_SECONDS = 120.0
_FIELDS = 12
_TEXT = 120

_ASKING: ContextVar[Asking | None] = ContextVar("asking", default=None)


class Askable:
    """What a question can be shown in: `question` is a synced trait, {} while there is none."""

    question: Any


class Asking:
    """The questions of one widget, one at a time.

    Args:
        shown_in: whose `question` is set while one is open.
    """

    def __init__(self, shown_in: Askable) -> None:
        self._shown_in = shown_in
        self._one = threading.Lock()
        self._answered = threading.Condition()
        self._number = 0
        self._open = False
        self._yes = False
        self._closed = False

    def ask(self, question: Question, seconds: float = ANSWER_SECONDS) -> bool:
        """Shows a question and waits for its answer; no answer in time is a no."""
        with self._one:
            with self._answered:
                self._number += 1
                self._open, self._yes = not self._closed, False
            self._shown_in.question = {"id": self._number, **question_plain(question)}
            try:
                with self._answered:
                    self._answered.wait_for(lambda: not self._open, seconds)
                    self._open = False
                    return self._yes
            finally:
                self._shown_in.question = {}

    def answer(self, number: int, yes: bool) -> None:
        """What the page said to a question; an answer to another than the open one is dropped."""
        with self._answered:
            if self._open and number == self._number:
                self._open, self._yes = False, yes
                self._answered.notify_all()

    def close(self) -> None:
        """Answers what is open, and all that comes, with no."""
        with self._answered:
            self._closed, self._open, self._yes = True, False, False
            self._answered.notify_all()

    @contextmanager
    def asked_here(self) -> Iterator[None]:
        """Questions that come up inside, in this thread, are shown here."""
        token = _ASKING.set(self)
        try:
            yield
        finally:
            _ASKING.reset(token)


def current() -> Asking | None:
    """Where a question of this thread belongs, if somewhere else than below the cell."""
    return _ASKING.get()


def question_plain(question: Question) -> dict[str, Any]:
    """A question for the page: amounts as exact decimal strings, all else as text."""
    return {
        "call": question.call,
        "signer": {"name": question.signer.name, "address": question.signer.address},
        "leaves": [_plain(amount) for amount in question.effect.leaves],
        "fee": _plain(question.fee),
        "moved": [
            [address, *_plain(amount)]
            for address, amounts in question.effect.moved.items()
            for amount in amounts
        ][:_FIELDS],
        "arguments": [
            [str(name), _short(value)] for name, value in list(question.arguments.items())[:_FIELDS]
        ],
    }


def _plain(amount: Amount) -> list[str]:
    return [exact(amount), amount.asset.label]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
