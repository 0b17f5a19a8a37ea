"""Desk: an annotator's place of work, item after item; what a panel shows and a program uses.

    resume | open ---> answer, skip, flag, undo, go ---> submit ---> open …
                       each kept on the disk at once

All rules of answering are here: what is asked, what fits, what is complete. Whoever shows it only
shows it. Every method may be called from any thread; answering never waits for the chain, nor for
content that is being fetched. What is answered once the batch is being handed in could not count
any more, so it is refused until that has failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.batch import Batch, Item
from dml_sdk.annotation.course import handing_in, leasing, revealing
from dml_sdk.annotation.course.contents import Contents
from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.course.earnings import Earnings, earnings_of
from dml_sdk.annotation.course.journal import Over
from dml_sdk.annotation.course.listeners import Listeners
from dml_sdk.annotation.course.work import Work
from dml_sdk.annotation.course.worksheet import ItemState, Worksheet
from dml_sdk.arguments import require_whole
from dml_sdk.errors import UsageError
from dml_sdk.types import Receipt

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call


class Desk:
    """An annotator's place of work in a task.

    Attributes:
        task: whose items are answered; its session's signer answers them.

    Raises:
        UsageError: what needs a batch, or a place in it, where there is none; whatever changes
            answers that are being handed in, or were at another desk of the account.
        DraftsUnwritable: whatever changes something and cannot be kept; all is as it was.
    """

    def __init__(self, task: AnnotationTask, drafts: Drafts) -> None:
        self.task = task
        self._drafts = drafts
        self._lock = threading.RLock()
        self._at_chain = threading.Lock()
        self._work: Work | None = None
        self._commitment = handing_in.Commitment(task, drafts)
        self._listeners = Listeners()
        self._contents = Contents(task.documents)

    # --- the batch ------------------------------------------------------------------------------

    def resume(self) -> bool:
        """Goes on with the batch that the account holds, and its answers so far; signs nothing.

        Returns:
            whether one is held.

        Raises:
            ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt: the task's
                documents cannot be read.
            DraftsUnreadable: what was answered of it cannot be read.
        """
        self.task.items()
        with self._at_chain:
            batch = leasing.held(self.task)
            self._commitment.look(batch)
            self._show(batch)
        self._listeners.tell()
        return batch is not None

    def open(self) -> Receipt | None:
        """Goes on with the batch that the account holds, or takes the next one on lease.

        Returns:
            the receipt of taking it; None where it was held.

        Raises:
            NothingToAnnotate: there is none now; it says why, and when there may be one.
            ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt,
                DraftsUnreadable: what is needed cannot be read; nothing was taken.
            DispatchError: Stakes.TooManyLocks, …
        """
        self.task.items()
        with self._at_chain:
            self._drafts.waiting()  # whose folder can be read
            revealing.reveal_on_the_way(self.task, self._drafts)
            batch, receipt = leasing.take(self.task)
            self._show(batch)
        self._listeners.tell()
        return receipt

    def take_call(self) -> Call:
        """What `open` would sign now, for a preview.

        Raises:
            NothingToAnnotate: a batch is held, or there is none.
        """
        return leasing.take_call(self.task)

    def submit(self) -> Receipt:
        """Hands the batch in: its answers are fixed, and revealed when all of the batch are.

        They cannot be changed meanwhile; they can again if the commitment is refused.

        Returns:
            the receipt of the commitment.

        Raises:
            AnswersInvalid: something is missing; each is named by its path.
            DraftsUnwritable, DraftsUnreadable: they cannot be kept here; nothing was sent.
            DispatchError: Annotations.LeaseOver, Annotations.NotHolding, …; nothing was signed.
            TransactionWaiting: the commitment is in its block once that is made; `resume` goes on.
        """
        with self._at_chain:
            with self._working() as work:
                self._commitment.require_not_to(work.batch)
                sheet = work.sheet()
                self._commitment.begins(sheet.batch)
            self._listeners.tell()
            try:
                receipt = self._commitment.make(sheet)
                self._show(None)
            finally:
                self._listeners.tell()
            revealing.reveal_on_the_way(self.task, self._drafts)
        return receipt

    def submit_call(self) -> Call:
        """A call like the one that `submit` would sign now, for a preview.

        Raises:
            AnswersInvalid: something is missing.
        """
        with self._working() as work:
            sheet = work.sheet()
        return handing_in.commit_call(self.task, sheet)

    @property
    def revealable(self) -> int:
        """How many batches of answers can be revealed now; in time, or they earn nothing."""
        return revealing.revealable(self.task, self._drafts)

    def reveal(self) -> list[Receipt]:
        """Reveals all answers of the account that can be.

        Raises:
            StoreUnreachable: the answers cannot be put into the store; none was revealed.
            DispatchError: Annotations.TooLateToReveal, …
        """
        with self._at_chain:
            receipts = revealing.reveal(self.task, self._drafts)
        self._listeners.tell()
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
            batch = self._at_work().batch
            self._commitment.require_not_to(batch)
            receipt = self.task.release()
            self._drafts.drop(batch.number, "given up")
            self._show(None)
        self._listeners.tell()
        return receipt

    # --- look -----------------------------------------------------------------------------------

    @property
    def batch(self) -> Batch | None:
        """The batch that is worked on."""
        work = self._work
        return None if work is None else work.batch

    @property
    def position(self) -> int:
        """The place in the batch of the item that is looked at."""
        work = self._work
        return 0 if work is None else work.position

    @property
    def states(self) -> tuple[ItemState, ...]:
        """Where each item of the batch stands: "open", "answered", "skipped" or "flagged"."""
        work = self._work
        return () if work is None else work.worksheet.states

    @property
    def revisions(self) -> tuple[int, ...]:
        """How often what is said of each item was changed, by whomever; it only grows."""
        work = self._work
        return () if work is None else work.worksheet.revisions

    @property
    def handing_in(self) -> bool:
        """Whether the batch is being handed in, so that nothing of it can be changed."""
        work = self._work
        return work is not None and self._commitment.is_to(work.batch)

    @property
    def points(self) -> int:
        """What the questions that are answered in the batch are worth."""
        work = self._work
        return 0 if work is None else work.worksheet.points

    @property
    def complete(self) -> bool:
        """Whether the batch can be handed in: all that is required is answered, or skipped."""
        work = self._work
        return work is not None and work.worksheet.complete

    @property
    def earnings(self) -> Earnings:
        """What the account has earned and may earn, as the chain tells it."""
        return earnings_of(self.task, self.points)

    def item(self, index: int) -> Item:
        """What is looked at at a place of the batch.

        Raises:
            UsageError: no batch, or no such place.
        """
        work = self._at_work()
        return work.batch.item(work.place(index))

    def content(self, index: int, part_index: int) -> tuple[bytes, str]:
        """The bytes of an item's part and their media type: checked, and able to run no script.

        Raises:
            MediaRefused: they are something else than the task says.
            ContentNotFound, ContentCorrupt, StoreUnreachable: the store does not give them.
            UsageError: no batch, no such place or part.
        """
        parts = self.item(index).parts
        number = require_whole("part_index", part_index, most=len(parts) - 1)
        return self._contents.get(parts[number])

    def prefetch(self, count: int = 3) -> None:
        """Fetches, in a thread, what the next items show; `content` then has it at hand."""
        work = self._work
        if work is not None:
            ahead = work.batch.parts[work.position :][: 1 + require_whole("count", count)]
            self._contents.prefetch([part for parts in ahead for part in parts])

    def answers(self, index: int) -> dict[str, Value]:
        """What is answered of an item so far, by the question's id."""
        return dict(self._at_work().entry(index).given)

    def asked(self, index: int) -> list[Question]:
        """The questions that are asked of an item, as its answers so far are."""
        work = self._at_work()
        return work.worksheet.asked(work.place(index))

    def flagged(self, index: int) -> str:
        """Why an item was flagged; "" where it was not."""
        return self._at_work().entry(index).flag

    def skipped(self, index: int) -> bool:
        """Whether an item is left unanswered, be it flagged too."""
        return self._at_work().entry(index).skipped

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back after every change, from whichever thread made it; returns how to stop that.

        What the callback raises is logged: the change was made.

        Raises:
            UsageError: what cannot be called.
        """
        return self._listeners.add(callback)

    # --- answer ---------------------------------------------------------------------------------

    def answer(self, index: int, question_id: str, value: Value) -> None:
        """Answers a question about an item; kept on the disk before this returns.

        Answers to questions that are no longer asked after this one are taken back.

        Raises:
            AnswersInvalid: no such question, not asked here, or a value that does not fit.
        """
        at = monotonic()
        self._change(index, lambda sheet, place: sheet.answer(place, question_id, value, at))

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

    def looked(self, index: int, ms: int) -> None:
        """Counts time to an item, in ms, that whoever shows it has measured, in place of the desk's
        own measure since the last change; kept with the next one."""
        with self._lock:
            work = self._at_work()
            work.looked(work.place(index), require_whole("ms", ms))

    def go(self, index: int) -> None:
        """Looks at another item."""
        with self._working() as work:
            work.go(work.place(index))
        self._listeners.tell()

    def undo(self) -> int | None:
        """Takes the last change back, up to ten of them, and looks at its item.

        Returns:
            the item's place; None where there is nothing to take back.
        """
        if self._work is None:
            return None
        with self._working() as work:
            self._commitment.require_not_to(work.batch)
            place = work.undo()
        if place is not None:
            self._listeners.tell()
        return place

    # --- inside ---------------------------------------------------------------------------------

    def _show(self, batch: Batch | None) -> None:
        """Begins with the batch that the account holds, or goes on with it."""
        with self._lock:
            work = self._work
            if batch is not None:
                self._drafts.held(batch.number)
            if batch is not None and work is not None and work.batch.number == batch.number:
                work.batch = batch
                with suppress(Over):  # in this moment; the next change tells of it
                    work.catch_up()
                return
            self._work = None
            if batch is not None:
                self._work = Work(batch, self.task.questionnaire(), self._drafts)

    @contextmanager
    def _working(self) -> Iterator[Work]:
        """The batch, for one at a time to work at; left where that is over elsewhere."""
        try:
            with self._lock:
                yield (work := self._at_work())
        except Over as e:
            with self._lock:
                self._work = None if self._work is work else self._work
            self._listeners.tell()
            raise UsageError(str(e)) from None

    def _change(self, index: int, change: Callable[[Worksheet, int], None]) -> None:
        """Changes what is answered of an item."""
        with self._working() as work:
            place = work.place(index)
            self._commitment.require_not_to(work.batch)
            work.change(lambda worksheet: change(worksheet, place))
        self._listeners.tell()

    def _at_work(self) -> Work:
        work = self._work
        if work is None:
            raise UsageError("There is no batch on the desk: open() takes one.")
        return work

    def __repr__(self) -> str:
        batch = self.batch
        if batch is None:
            return f"<Desk of task {self.task.id}, nothing on it>"
        done = sum(state != "open" for state in self.states)
        return f"<Desk of task {self.task.id}, batch {batch.number}: {done} of {len(batch)} done>"
