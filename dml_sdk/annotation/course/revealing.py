"""How answers are shown, once nobody can copy them any more.

A sheet lies on the annotator's machine alone until then; only now it goes to the store, where
anyone can read it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.course.drafts import Drafts, Sealed
from dml_sdk.errors import ChainError, DMLError, UsageError
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
    """
    waiting = drafts.waiting() if most is None else drafts.next_waiting(most)
    found = []
    for batch, sealed in _ready(task, drafts, waiting):
        cid = store_bytes(task.session.store, sealed.sheet)
        found.append((batch, _call(task, batch, sealed, cid)))
    if not found:
        return []
    signer = task.session.signer
    outcomes = task.handle.chain.submit_all([(call, signer) for _, call in found])
    receipts = []
    for (batch, _), outcome in zip(found, outcomes, strict=True):
        if isinstance(outcome, Receipt):
            drafts.revealed(batch)
            receipts.append(outcome)
    refused = next((o for o in outcomes if isinstance(o, ChainError)), None)
    if refused is not None:
        raise refused
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
    return sum(1 for _ in _ready(task, drafts, drafts.waiting()))


def reveal_call(task: AnnotationTask, drafts: Drafts) -> Call:
    """The first call that `reveal` would sign, for a preview; nothing is stored.

    Raises:
        UsageError: nothing can be revealed now.
    """
    found = next(_ready(task, drafts, drafts.waiting()), None)
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
    task: AnnotationTask, drafts: Drafts, waiting: Sequence[int]
) -> Iterator[tuple[int, Sealed]]:
    """The batches whose answers the chain takes in the open now, with what was committed to."""
    state = task.state if waiting else "closed"
    if state not in ("open", "revealing"):
        return
    wanted = task.terms.answers_per_item
    for batch in waiting:
        if state == "open":
            places = task.handle.chain.get("Annotations", "Batches", task.id, batch)
            task.company.saw(batch, places)
            if sum(place["until_ms"] is None for place in places) < wanted:
                continue
        sealed = _committed(task, drafts, batch)
        if sealed is not None:
            yield batch, sealed


def _committed(task: AnnotationTask, drafts: Drafts, batch: int) -> Sealed | None:
    """What the chain has the signer's commitment to, of what was sealed here; None for nothing."""
    chain, who = task.handle.chain, task.session.signer
    told: Mapping[str, Any] | None = chain.get(
        "Annotations", "Assignments", task.id, batch, who.address
    )
    stage = None if told is None else told["stage"]
    committed = stage.get("Committed") if isinstance(stage, Mapping) else None
    if committed is None:
        if stage is not None and "Leased" not in stage:
            drafts.revealed(batch)  # from elsewhere, or before the kernel was killed
        return None
    wanted = committed["commitment"]
    kept = drafts.sealed(batch)
    return next((s for s in kept if s.commitment(task.id, batch, who.account_id) == wanted), None)
