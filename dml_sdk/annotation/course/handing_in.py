"""How answers are handed in: checked, kept, and committed to; nobody else sees them yet."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.answers import LARGEST, Sheet, check_sheet
from dml_sdk.annotation.course.drafts import Drafts, Sealed
from dml_sdk.errors import AnswersInvalid
from dml_sdk.secret import Secret
from dml_sdk.types import Receipt

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

_ON_THE_WAY = 8  # batches that are looked at beside something else


def commit(task: AnnotationTask, drafts: Drafts, sheet: Sheet) -> Receipt:
    """Checks a sheet, keeps it, and commits to it.

    Raises:
        AnswersInvalid: answers that do not fit; each fault is named by its path.
        DraftsUnwritable: they cannot be kept; nothing was sent.
        DispatchError: Annotations.NotHolding, Annotations.LeaseOver, …; nothing was signed.
    """
    document = _checked(task, sheet)
    # Asked before anything is kept: what was committed to before must not be overwritten.
    _require_accepted(task, _trial_call(task, sheet.batch, document))
    sealed = drafts.seal(sheet.batch, document)
    return task.handle.submit(_commit_call(task, sheet.batch, sealed))


def commit_call(task: AnnotationTask, sheet: Sheet) -> Call:
    """A call like the one that `commit` signs, for a preview; nothing is kept.

    Raises:
        AnswersInvalid: answers that do not fit.
    """
    return _trial_call(task, sheet.batch, _checked(task, sheet))


def _checked(task: AnnotationTask, sheet: Sheet) -> bytes:
    """The document of a sheet that fits its batch."""
    items = task.terms.items_of(sheet.batch)
    check_sheet(sheet, task.questionnaire(), sheet.batch, items)
    document = sheet.encode()
    if len(document) > LARGEST:
        raise AnswersInvalid(
            "The answers cannot be taken",
            [("$", f"{len(document):,} bytes together, {LARGEST:,} are the most")],
            "Shorten the longest texts.",
        )
    return document


def _trial_call(task: AnnotationTask, batch: int, document: bytes) -> Call:
    """A commitment with a salt that nothing keeps."""
    return _commit_call(task, batch, Sealed(document, Secret(secrets.token_bytes(32))))


def _commit_call(task: AnnotationTask, batch: int, sealed: Sealed) -> Call:
    commitment = sealed.commitment(task.id, batch, task.session.signer.account_id)
    return task.handle.chain.call(
        "Annotations", "commit", task=task.id, batch=batch, commitment=commitment
    )


def _require_accepted(task: AnnotationTask, call: Call) -> None:
    refused = task.handle.chain.dry_run(call, task.session.signer.address).error
    if refused is not None:
        raise refused
