"""Desk: an annotator's place of work, item after item; what a panel shows and a program uses.

    resume | open ---> answer, skip, flag, undo, go ---> submit ---> open …
                       each kept on the disk at once

All rules of answering are here: what is asked, what fits, what is complete. Whoever shows it only
shows it. Every method may be called from any thread; answering never waits for the chain, nor for
content that is being fetched.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.batch import Batch, Item
from dml_sdk.annotation.course import handing_in, leasing, revealing
from dml_sdk.annotation.course.contents import Contents
from dml_sdk.annotation.course.drafts import Draft, Drafts, Entry
from dml_sdk.annotation.course.earnings import Earnings, earnings_of
from dml_sdk.annotation.course.worksheet import ItemState, Worksheet
from dml_sdk.arguments import require_whole, shown
from dml_sdk.errors import UsageError
from dml_sdk.types import Receipt

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

_log = logging.getLogger(__name__)


class Desk:
    """An annotator's place of work in a task.

    Attributes:
        task: whose items are answered; its session's signer answers them.

    Raises:
        UsageError: what needs a batch, or a place in it, where there is none.
        DraftsUnwritable: whatever changes something and cannot be kept; all is as it was.
    """

    def __init__(self, task: AnnotationTask, drafts: Drafts) -> None:
        self.task = task
        self._drafts = drafts
        self._lock = threading.RLock()
        self._at_chain = threading.Lock()
        self._batch: Batch | None = None
        self._position = 0
        self._worksheet: Worksheet | None = None
        self._since = time.monotonic()
        self._listeners: list[Callable[[], None]] = []
        self._contents = Contents(task.documents)

    # --- the batch ------------------------------------------------------------------------------

    def resume(self) -> bool:
        """Goes on with the batch that the account holds, with what was answered of it before.

        Nothing is signed.

        Returns:
            whether one is held.

        Raises:
            ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt: the task's
                documents cannot be read.
        """
        self.task.items()
        with self._at_chain:
            batch = leasing.held(self.task)
            self._show(batch)
        self._tell()
        return batch is not None

    def open(self) -> Receipt | None:
        """Goes on with the batch that the account holds, or takes the next one on lease.

        Returns:
            the receipt of taking it; None where it was held.

        Raises:
            NothingToAnnotate: there is none now; it says why, and when there may be one.
            ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt: the task's
                documents cannot be read; nothing was taken.
            DispatchError: Stakes.TooManyLocks, …
        """
        self.task.items()
        with self._at_chain:
            revealing.reveal_on_the_way(self.task, self._drafts)
            batch, receipt = leasing.take(self.task)
            self._show(batch)
        self._tell()
        return receipt

    def take_call(self) -> Call:
        """What `open` would sign now, for a preview.

        Raises:
            NothingToAnnotate: a batch is held, or there is none.
        """
        return leasing.take_call(self.task)

    def submit(self) -> Receipt:
        """Hands the batch in: its answers are fixed, and revealed when all of the batch are.

        Returns:
            the receipt of the commitment.

        Raises:
            AnswersInvalid: something is missing; each is named by its path.
            DraftsUnwritable: the answers cannot be kept on this machine; nothing was sent.
            DispatchError: Annotations.LeaseOver, Annotations.NotHolding, …; nothing was signed.
        """
        with self._at_chain:
            batch, sheet = self._sheet()
            receipt = handing_in.commit(self.task, self._drafts, sheet)
            self._drafts.drop(batch.number)
            self._show(None)
            revealing.reveal_on_the_way(self.task, self._drafts)
        self._tell()
        return receipt

    def submit_call(self) -> Call:
        """A call like the one that `submit` would sign now, for a preview.

        Raises:
            AnswersInvalid: something is missing.
        """
        return handing_in.commit_call(self.task, self._sheet()[1])

    @property
    def revealable(self) -> int:
        """How many batches of the account's answers can be revealed now; what is not revealed in
        time earns nothing."""
        return revealing.revealable(self.task, self._drafts)

    def reveal(self) -> list[Receipt]:
        """Reveals all answers of the account that can be.

        Raises:
            StoreUnreachable: the answers cannot be put into the store; none was revealed.
            DispatchError: Annotations.TooLateToReveal, …
        """
        with self._at_chain:
            receipts = revealing.reveal(self.task, self._drafts)
        self._tell()
        return receipts

    def reveal_call(self) -> Call:
        """The first call that `reveal` would sign now, for a preview; nothing is stored.

        Raises:
            UsageError: nothing can be revealed now.
        """
        return revealing.reveal_call(self.task, self._drafts)

    def release(self) -> Receipt:
        """Gives the batch up; what was answered of it is forgotten, and it cannot be had again.

        Raises:
            DispatchError: Annotations.NotHolding.
        """
        with self._at_chain:
            batch = self._held()
            receipt = self.task.release()
            self._drafts.drop(batch.number)
            self._show(None)
        self._tell()
        return receipt

    # --- look -----------------------------------------------------------------------------------

    @property
    def batch(self) -> Batch | None:
        """The batch that is worked on."""
        return self._batch

    @property
    def position(self) -> int:
        """The place in the batch of the item that is looked at."""
        return self._position

    @property
    def states(self) -> tuple[ItemState, ...]:
        """Where each item of the batch stands: "open", "answered", "skipped" or "flagged"."""
        worksheet = self._worksheet
        return () if worksheet is None else worksheet.states

    @property
    def complete(self) -> bool:
        """Whether the batch can be handed in: all that is required is answered, or skipped."""
        worksheet = self._worksheet
        return worksheet is not None and worksheet.complete

    @property
    def earnings(self) -> Earnings:
        """What the account has earned and may earn, as the chain tells it."""
        with self._lock:
            batch, worksheet = self._batch, self._worksheet
        return earnings_of(
            self.task, 0 if batch is None else len(batch), worksheet.points if worksheet else 0
        )

    def item(self, index: int) -> Item:
        """What is looked at at a place of the batch.

        Raises:
            UsageError: no batch, or no such place.
        """
        with self._lock:
            return self._held().item(self._place(index))

    def content(self, index: int, part_index: int) -> tuple[bytes, str]:
        """The bytes of an item's part and their media type: checked, and able to run no script.

        Raises:
            MediaRefused: they are something else than the task says.
            ContentNotFound, ContentCorrupt, StoreUnreachable: the store does not give them.
            UsageError: no batch, no such place or part.
        """
        parts = self.item(index).parts
        return self._contents.get(
            parts[require_whole("part_index", part_index, most=len(parts) - 1)]
        )

    def prefetch(self, count: int = 3) -> None:
        """Fetches, in a thread, what the next items show; `content` then has it at hand."""
        with self._lock:
            batch, position = self._batch, self._position
        if batch is not None:
            ahead = range(position, min(position + 1 + count, len(batch)))
            self._contents.prefetch([part for at in ahead for part in batch.parts[at]])

    def answers(self, index: int) -> dict[str, Value]:
        """What is answered of an item so far, by the question's id."""
        return dict(self._entry(index).given)

    def asked(self, index: int) -> list[Question]:
        """The questions that are asked of an item, as its answers so far are."""
        with self._lock:
            return self._sheet_of_work().asked(self._place(index))

    def flagged(self, index: int) -> str:
        """Why an item was flagged; "" where it was not."""
        return self._entry(index).flag

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back after every change, from whichever thread made it; returns how to stop that.

        What the callback raises is logged: the change was made.

        Raises:
            UsageError: what cannot be called.
        """
        if not callable(callback):
            raise UsageError(f"callback={shown(callback)}: give a function without arguments.")
        self._listeners.append(callback)

        def stop() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return stop

    # --- answer ---------------------------------------------------------------------------------

    def answer(self, index: int, question_id: str, value: Value) -> None:
        """Answers a question about an item; kept on the disk before this returns.

        Answers to questions that are no longer asked after this one are taken back.

        Raises:
            AnswersInvalid: no such question, not asked here, or a value that does not fit.
        """
        self._change(index, lambda sheet, place: sheet.answer(place, question_id, value))

    def clear(self, index: int, question_id: str) -> None:
        """Takes an answer back, and those that were only asked because of it."""
        self._change(index, lambda sheet, place: sheet.clear(place, question_id))

    def skip(self, index: int) -> None:
        """Leaves an item unanswered: its answers are taken back, and it earns nothing."""
        self._change(index, lambda sheet, place: sheet.skip(place))

    def flag(self, index: int, why: str) -> None:
        """Says that something is wrong with an item; "" takes that back. It may be answered too.

        Raises:
            AnswersInvalid: no text, or more than 500 characters.
        """
        self._change(index, lambda sheet, place: sheet.flag(place, why))

    def go(self, index: int) -> None:
        """Looks at another item."""
        with self._lock:
            place = self._place(index)
            self._keep(self._timed(), place)
        self._tell()

    def undo(self) -> int | None:
        """Takes the last change back, up to ten of them, and looks at its item.

        Returns:
            the item's place; None where there is nothing to take back.
        """
        with self._lock:
            if self._worksheet is None:
                return None
            changed = self._timed()
            place = changed.undo()
            if place is None:
                return None
            self._keep(changed, place)
        self._tell()
        return place

    # --- inside ---------------------------------------------------------------------------------

    def _show(self, batch: Batch | None) -> None:
        """Begins with a batch, or goes on with it."""
        with self._lock:
            if batch is not None and self._batch is not None and batch.number == self._batch.number:
                self._batch = batch
                return
            self._batch, self._position, self._worksheet = batch, 0, None
            self._since = time.monotonic()
            if batch is not None:
                draft = self._drafts.load(batch.number, len(batch))
                entries = (Entry(),) * len(batch) if draft is None else draft.entries
                self._position = 0 if draft is None else draft.position
                self._worksheet = Worksheet(self.task.questionnaire(), entries)

    def _sheet(self) -> tuple[Batch, Sheet]:
        with self._lock:
            batch = self._held()
            return batch, self._timed().sheet(batch.number, batch.items)

    def _change(self, index: int, change: Callable[[Worksheet, int], None]) -> None:
        """Changes the worksheet, where that can be kept."""
        with self._lock:
            place = self._place(index)
            changed = self._timed()
            change(changed, place)
            self._keep(changed, self._position)
        self._tell()

    def _timed(self) -> Worksheet:
        """A copy of the worksheet to change, the time counted to the item that is looked at."""
        changed = self._sheet_of_work().copy()
        changed.spent(self._position, int((time.monotonic() - self._since) * 1_000))
        return changed

    def _keep(self, changed: Worksheet, position: int) -> None:
        """Keeps a worksheet on the disk, and goes on with it."""
        self._drafts.save(self._held().number, Draft(position, changed.entries))
        self._worksheet, self._position = changed, position
        self._since = time.monotonic()

    def _entry(self, index: int) -> Entry:
        with self._lock:
            return self._sheet_of_work().entries[self._place(index)]

    def _sheet_of_work(self) -> Worksheet:
        if self._worksheet is None:
            raise _nothing_here()
        return self._worksheet

    def _held(self) -> Batch:
        if self._batch is None:
            raise _nothing_here()
        return self._batch

    def _place(self, index: int) -> int:
        return require_whole("index", index, most=len(self._held()) - 1)

    def _tell(self) -> None:
        for callback in list(self._listeners):
            try:
                callback()
            except Exception:  # noqa: BLE001 - whatever listens, the change was made
                _log.exception("What listens to a desk raised")

    def __repr__(self) -> str:
        batch = self._batch
        if batch is None:
            return f"<Desk of task {self.task.id}, nothing on it>"
        done = sum(state != "open" for state in self.states)
        return f"<Desk of task {self.task.id}, batch {batch.number}: {done} of {len(batch)} done>"


def _nothing_here() -> UsageError:
    return UsageError("There is no batch on the desk: open() takes one.")
