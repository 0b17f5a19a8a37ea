"""How an annotator gets a batch: the one that is held, or else the next that needs answers.

The chain says where answers are needed most; of those behind it that need them as much, one is
taken whose annotators were met least (see `company`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.course.company import Places
from dml_sdk.errors import DispatchError, NothingToAnnotate
from dml_sdk.measures import plain
from dml_sdk.types import Receipt, from_ms

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call

_TRIES = 16
_GONE = ("BatchFull", "HeldBefore")
_TAKEN = ("Annotations", "BatchTaken")
_COMPARED = 12  # batches of which one is chosen
_REMEMBERED = 48  # batches that an annotator had before, in which is looked whom it met


def held(task: AnnotationTask) -> Batch | None:
    """The batch that the signer holds; nothing is signed."""
    told = _asked(task).get("Ok")
    return None if told is None or told["until_ms"] is None else _batch(task, told)


def take(task: AnnotationTask) -> tuple[Batch, Receipt | None]:
    """The batch that the signer holds, or else the next one, with the receipt of taking it.

    Raises:
        NothingToAnnotate: there is none for the signer now.
        DispatchError: Stakes.TooManyLocks, …
    """
    for _ in range(_TRIES):
        told = _next(task)
        if told["until_ms"] is not None:
            return _batch(task, told), None
        try:
            receipt = task.handle.submit(_take_call(task, _least_met(task, told["batch"])))
        except DispatchError as e:
            # Somebody else was faster; there are others.
            if e.pallet == "Annotations" and e.name in _GONE:
                continue
            raise
        return _taken(task, receipt), receipt
    raise NothingToAnnotate(
        "taken", f"Others took every batch of {task!r} first. Try again in a moment."
    )


def take_call(task: AnnotationTask) -> Call:
    """What `take` would sign now.

    Raises:
        NothingToAnnotate: the signer holds a batch, or there is none.
    """
    told = _next(task)
    if told["until_ms"] is not None:
        raise NothingToAnnotate("held", f"Batch {told['batch']} is held already; nothing to take.")
    return _take_call(task, _least_met(task, told["batch"]))


def _take_call(task: AnnotationTask, batch: int) -> Call:
    return task.handle.chain.call("Annotations", "take", task=task.id, batch=batch)


def _asked(task: AnnotationTask) -> dict[str, Any]:
    chain, who = task.handle.chain, task.session.signer.address
    told: dict[str, Any] = chain.ask("next_batch", task.id, who)
    return told


def _next(task: AnnotationTask) -> dict[str, Any]:
    """The batch that the chain proposes, or that is held."""
    before_ms = task.handle.chain.now_ms()
    told = _asked(task)
    if "Err" in told:
        raise _refused(task, str(told["Err"]))
    if told["Ok"] is None:
        raise _none_left(task, before_ms)
    found: dict[str, Any] = told["Ok"]
    return found


def _least_met(task: AnnotationTask, proposed: int) -> int:
    """The batch to take: what the chain proposes, or one behind it that needs answers as much."""
    chain, terms = task.handle.chain, task.terms
    now_ms, size = chain.now_ms(), len(terms.items_of(proposed))
    had = [award["batch"] for award in task.chain_awards(task.session.signer.address)]
    fitting: dict[int, Places] = {}
    for ahead in range(min(_COMPARED, terms.batches)):
        batch = (proposed + ahead) % terms.batches
        told = chain.get("Annotations", "Batches", task.id, batch)
        taken = [p for p in told if p["until_ms"] is None or now_ms < p["until_ms"]]
        needs = not ahead or len(taken) <= len(fitting[proposed])
        if needs and len(terms.items_of(batch)) <= size:
            fitting[batch] = taken
    _remember(task, had)
    for batch in task.company.least_met(fitting):
        if batch not in had:
            task.company.saw(batch, fitting[batch])
            return batch
    return proposed


def _remember(task: AnnotationTask, had: Sequence[int]) -> None:
    """Looks once whom the signer met in the batches that it had before."""
    if task.company.is_known:
        return
    for batch in had[-_REMEMBERED:]:
        task.company.saw(batch, task.handle.chain.get("Annotations", "Batches", task.id, batch))
    task.company.is_known = True


def _batch(task: AnnotationTask, told: Mapping[str, Any]) -> Batch:
    """A batch that is held, as the chain tells it."""
    items = range(told["first_item"], told["first_item"] + told["items"])
    parts = task.documents.manifest().items[items.start : items.stop]
    return Batch(task.id, told["batch"], items, parts, told["until_ms"], task.origin)


def _taken(task: AnnotationTask, receipt: Receipt) -> Batch:
    """The batch that was taken just now."""
    told = next(e.fields for e in receipt.events if (e.pallet, e.name) == _TAKEN)
    number, until_ms = int(str(told["batch"])), int(str(told["until_ms"]))
    items = task.terms.items_of(number)
    parts = task.documents.manifest().items[items.start : items.stop]
    return Batch(task.id, number, items, parts, until_ms, task.origin)


def _refused(task: AnnotationTask, error: str) -> NothingToAnnotate:
    """Why the signer gets no batch, whichever it is."""
    name, terms = task.session.signer.name, task.terms
    if error == "StakeTooSmall":
        least = terms.stake
        return NothingToAnnotate(
            "no stake",
            f"{name} has less than {least} at stake as annotator of model {task.model_id}, which "
            f"task {task.id} asks for. Put it at stake with session.pools.get({task.model_id})"
            f'.stake({plain(least.tokens)}, "annotator").',
        )
    ended = {
        "DeadlinePassed": f"since {terms.deadline:%Y-%m-%d %H:%M:%S} UTC it takes no answers",
        "TaskClosed": "it is closed",
    }
    return NothingToAnnotate(
        "over",
        f"Task {task.id} gives out no batches any more: {ended.get(error, error)}. What you handed "
        "in and have not shown yet is shown by task.reveal(), as long as that can be.",
    )


def _none_left(task: AnnotationTask, now_ms: int) -> NothingToAnnotate:
    """Why there is no batch for the signer now, and when there may be one.

    Args:
        now_ms: before the chain said that there is none.
    """
    chain, who, name = task.handle.chain, task.session.signer.address, task.session.signer.name
    progress, terms = task.progress, task.terms
    if progress.committed >= progress.wanted:
        return NothingToAnnotate(
            "complete",
            f"All {progress.wanted:,} answers that task {task.id} wants are handed in, and "
            f"{progress.revealed:,} of them shown so far; no batch gets free any more. Look again "
            f"with task.reveal() if some are yours: what is not shown until "
            f"{terms.reveal_until:%Y-%m-%d %H:%M:%S} UTC earns nothing.",
        )
    given = int(chain.get("Annotations", "Annotators", task.id, who)["items"])
    smallest = min(len(terms.items_of(0)), len(terms.items_of(terms.batches - 1)))
    if given + smallest > terms.max_items and given < terms.items:
        return NothingToAnnotate(
            "maximum",
            f"{name} was given {given:,} items; task {task.id} gives {terms.max_items:,} to one "
            "annotator.",
        )
    had = {award["batch"] for award in task.chain_awards(who)}
    ends = [
        place["until_ms"]
        for batch, places in chain.entries("Annotations", "Batches", task.id)
        if batch not in had and given + len(terms.items_of(batch)) <= terms.max_items
        for place in places
        if place["until_ms"] is not None and now_ms < place["until_ms"]
    ]
    if not ends:
        return NothingToAnnotate(
            "answered",
            f"{name} had every batch of task {task.id} that still wants answers.",
        )
    again: datetime = from_ms(min(ends))
    return NothingToAnnotate(
        "taken",
        f"Others hold what is left of task {task.id}; the first of these leases ends at "
        f"{again:%Y-%m-%d %H:%M:%S} UTC.",
        again,
    )
