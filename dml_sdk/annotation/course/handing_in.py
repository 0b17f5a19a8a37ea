"""How answers are handed in: checked, kept, and committed to; nobody else sees them yet."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.answers import LARGEST, Sheet, check_sheet, decode_sheet
from dml_sdk.annotation.course.drafts import Drafts, Sealed
from dml_sdk.errors import (
    AnnotationError,
    AnswersInvalid,
    DispatchError,
    NotConfirmed,
    SigningRefused,
    TransactionRefused,
    TransactionWaiting,
    UsageError,
)
from dml_sdk.secret import Secret
from dml_sdk.types import Receipt

if TYPE_CHECKING:
    from dml_sdk.annotation.batch import Batch
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

# After these nothing is on its way: it was refused before it was sent, or by its block.
_REFUSED = (AnnotationError, UsageError, DispatchError, NotConfirmed, SigningRefused)


class Commitment:
    """The commitment that is on its way to the chain, of all that are made at one desk.

    From `begins` until it is known what became of it, the answers must stay as they are: what was
    changed meanwhile would be lost with the first block.
    """

    def __init__(self, task: AnnotationTask, drafts: Drafts) -> None:
        self._task, self._drafts = task, drafts
        self._batch: int | None = None
        self._waits: str | None = None  # in the pool of a chain that is sealed by hand

    def is_to(self, batch: Batch) -> bool:
        """Whether it is one to this batch."""
        return self._batch == batch.number

    def require_not_to(self, batch: Batch) -> None:
        """Raises UsageError where it is one to this batch."""
        if self.is_to(batch):
            raise UsageError(
                f"Batch {batch.number} is being handed in, so nothing of it was changed. Wait for "
                "what comes of that; resume() asks the chain how it stands."
            )

    def begins(self, batch: int) -> None:
        """One is about to be made."""
        self._batch, self._waits = batch, None

    def make(self, sheet: Sheet) -> Receipt:
        """Commits to a sheet; raises as `commit`.

        Once that was done its batch cannot be changed any more. Nor after an error of which it is
        not known whether anything is on its way, until `look` finds out.
        """
        try:
            return commit(self._task, self._drafts, sheet)
        except _REFUSED:
            self._batch = None
            raise
        except TransactionWaiting as e:
            self._waits = e.extrinsic_hash
            raise

    def look(self, held: Batch | None) -> None:
        """Finds out whether it is on its way still.

        Args:
            held: the batch that the signer holds, so was not committed to by then.
        """
        if held is None or self._waits is None:
            self._batch = None
            return
        try:
            self._task.handle.chain.receipt(self._waits)
        except TransactionWaiting:
            return
        except (DispatchError, TransactionRefused, UsageError):
            self._batch = self._waits = None  # its block refused it, or it is nowhere


def commit(task: AnnotationTask, drafts: Drafts, sheet: Sheet) -> Receipt:
    """Checks a sheet, keeps it, and commits to it; what was answered at a desk is forgotten then.

    Raises:
        AnswersInvalid: answers that do not fit; each fault is named by its path.
        DraftsUnwritable: they cannot be kept; nothing was sent.
        DispatchError: Annotations.NotHolding, Annotations.LeaseOver, …; nothing was signed.
    """
    document = _checked(task, sheet)
    # Asked before anything is kept: what was committed to before must not be overwritten.
    task.handle.require_accepted(_trial_call(task, sheet.batch, document))
    sealed = drafts.seal(sheet.batch, document)
    receipt = task.handle.submit(_commit_call(task, sheet.batch, sealed))
    drafts.drop(sheet.batch, "handed in")
    return receipt


def commit_call(task: AnnotationTask, sheet: Sheet) -> Call:
    """A call like the one that `commit` signs, for a preview; nothing is kept.

    Raises:
        AnswersInvalid: answers that do not fit.
    """
    return _trial_call(task, sheet.batch, _checked(task, sheet))


def _checked(task: AnnotationTask, sheet: Sheet) -> bytes:
    """The document of a sheet that fits its batch."""
    batch, documents = sheet.batch, task.documents
    fits = (task.questionnaire(), batch, documents.items_of(batch), documents.parts_of(batch))
    check_sheet(sheet, *fits)
    document = sheet.encode()
    if len(document) > LARGEST:
        raise AnswersInvalid(
            "The answers cannot be taken",
            [("$", f"{len(document):,} bytes together, {LARGEST:,} are the most")],
            "Shorten the longest texts.",
        )
    decode_sheet(document, *fits)  # what nobody could read must not be committed to
    return document


def _trial_call(task: AnnotationTask, batch: int, document: bytes) -> Call:
    """A commitment with a salt that nothing keeps."""
    return _commit_call(task, batch, Sealed(document, Secret(secrets.token_bytes(32))))


def _commit_call(task: AnnotationTask, batch: int, sealed: Sealed) -> Call:
    commitment = sealed.commitment(task.id, batch, task.session.signer.account_id)
    return task.handle.chain.call(
        "Annotations", "commit", task=task.id, batch=batch, commitment=commitment
    )
