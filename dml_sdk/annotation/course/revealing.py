"""How answers are shown, once nobody can copy them any more.

A sheet lies on the annotator's machine alone until then; only now it goes to the store, where
anyone can read it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dml_sdk.annotation.course.drafts import Drafts, Sealed
from dml_sdk.errors import ChainError, DMLError, DraftsUnreadable, UsageError
from dml_sdk.locations import encode_location
from dml_sdk.storage import cid_of
from dml_sdk.types import Location, Receipt
from dml_sdk.versions import store_bytes

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

_ON_THE_WAY = 8  # batches that are looked at beside something else


def reveal(task: AnnotationTask, drafts: Drafts, most: int | None = None) -> list[Receipt]:
    """Reveals all that can be revealed now.

    Args:
        most: how many batches are looked at; each time the next ones. None for all.

    Raises:
        StoreUnreachable: a sheet cannot be put into the store; none was revealed.
        ChainError: one was refused; the others were not.
        DraftsUnreadable: what one was committed with cannot be read; the others were revealed.
    """
    waiting = drafts.waiting() if most is None else drafts.next_waiting(most)
    found: list[tuple[int, Call]] = []
    unreadable: list[DraftsUnreadable] = []
    for batch, sealed in _ready(task, drafts, waiting, unreadable.append):
        cid = store_bytes(task.session.store, sealed.sheet)
        found.append((batch, _call(task, batch, sealed, cid)))
    signer = task.session.signer
    jobs = [(call, signer) for _, call in found]
    outcomes = task.handle.chain.submit_all(jobs) if jobs else []
    receipts = []
    for (batch, _), outcome in zip(found, outcomes, strict=True):
        if isinstance(outcome, Receipt):
            drafts.revealed(batch)
            receipts.append(outcome)
    refused = next((o for o in outcomes if isinstance(o, ChainError)), None)
    if refused is not None:
        raise refused
    if unreadable:
        raise unreadable[0]
    return receipts


def reveal_on_the_way(task: AnnotationTask, drafts: Drafts) -> None:
    """Reveals what can be, beside something else that must not fail with it."""
    try:
        reveal(task, drafts, _ON_THE_WAY)
    except DMLError as e:
        warnings.warn(
            f"Answers to task {task.id} could not be revealed yet ({e}) and earn nothing unless "
            f"they are, until {task.terms.reveal_until:%Y-%m-%d %H:%M:%S} UTC: call task.reveal().",
            stacklevel=3,
        )


def revealable(task: AnnotationTask, drafts: Drafts) -> int:
    """How many batches of answers can be revealed now; nothing is stored."""
    # Of what cannot be read `reveal` tells.
    return sum(1 for _ in _ready(task, drafts, drafts.waiting(), lambda _: None))


def reveal_call(task: AnnotationTask, drafts: Drafts) -> Call:
    """The first call that `reveal` would sign, for a preview; nothing is stored.

    Raises:
        UsageError: nothing can be revealed now.
        DraftsUnreadable: what it was committed with cannot be read.
    """
    unreadable: list[DraftsUnreadable] = []
    found = next(_ready(task, drafts, drafts.waiting(), unreadable.append), None)
    if found is None and unreadable:
        raise unreadable[0]
    if found is None:
        raise UsageError(f"There are no answers to task {task.id} to reveal now.")
    batch, sealed = found
    return _call(task, batch, sealed, str(cid_of(sealed.sheet)))


def _call(task: AnnotationTask, batch: int, sealed: Sealed, cid: str) -> Call:
    return task.call(
        "reveal",
        batch=batch,
        location=encode_location(Location(cid=cid)),
        hash="0x" + sealed.sha256,
        salt="0x" + sealed.salt.reveal().hex(),
    )


def _ready(
    task: AnnotationTask,
    drafts: Drafts,
    waiting: Sequence[int],
    unreadable: Callable[[DraftsUnreadable], object],
) -> Iterator[tuple[int, Sealed]]:
    """The batches whose answers the chain takes in the open now, with what was committed to.

    Args:
        unreadable: told of what cannot be read; it keeps no others back.
    """
    state = task.state if waiting else "closed"
    if state not in ("open", "revealing"):
        return
    wanted = task.terms.answers_per_item
    own = task.chain_awards(task.session.signer.address)
    stages = {award["batch"]: award["stage"] for award in own}
    for batch in waiting:
        stage = stages.get(batch)
        committed = stage.get("Committed") if isinstance(stage, Mapping) else None
        if committed is None:
            if stage is not None and "Leased" not in stage:
                drafts.revealed(batch)  # from elsewhere, or before the kernel was killed
            continue
        if state == "open":
            places = task.handle.chain.get("Annotations", "Batches", task.id, batch)
            task.company.saw(batch, places)
            if sum(place["until_ms"] is None for place in places) < wanted:
                continue
        try:
            sealed = _promised(task, drafts, batch, committed["commitment"])
        except DraftsUnreadable as e:
            unreadable(e)
            continue
        if sealed is not None:
            yield batch, sealed


def _promised(task: AnnotationTask, drafts: Drafts, batch: int, commitment: str) -> Sealed | None:
    """What the signer committed to, of what was sealed here; None where that was elsewhere."""
    who = task.session.signer.account_id
    kept = drafts.sealed(batch)
    return next((s for s in kept if s.commitment(task.id, batch, who) == commitment), None)
