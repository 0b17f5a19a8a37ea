"""What became of answers, found in the chain's history without reading all of it.

Each stage of answers follows another and none comes back. So the block that one began with is found
by halving: some twenty looks at the chain as it was, however many blocks there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.chain.client.codec.addresses import account_of
from dml_sdk.errors import DMLError, RpcError, StateDiscarded
from dml_sdk.types import Event

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

COMMITTED, REVEALED, SCORED, CONTESTED, SETTLED = range(1, 6)
_RANKS = {
    "Committed": COMMITTED, "Revealed": REVEALED, "Scored": SCORED, "Contested": CONTESTED,
    "Settled": SETTLED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened to answers since they were judged.

    Attributes:
        before: the stage that they were in when they were settled, as `SCORED` and so on; 0 if they
            are not.
        scored, reported: the events of it; None where there was none.
        disputed: whether the annotator disputed the score.
        by_report: whether the owner's report settled them.
        proposal: the collective's, that settled them.
        by_owner: whether the owner settled them in the collective's place, who is alone in it.
        slashed: what that took of the annotator's stake, in planck.
    """

    before: int = 0
    scored: Event | None = None
    reported: Event | None = None
    disputed: bool = False
    by_report: bool = False
    proposal: int | None = None
    by_owner: bool = False
    slashed: int = 0


def row_of(task: AnnotationTask, batch: int, who: str, at: str | None = None) -> Any:
    """What the chain tells of answers; None where there are none.

    Args:
        at: a block's hash; the newest by default.
    """
    rows = task.handle.chain.ask("awards", task.id, who, at=at)
    return next((row for row in rows if row["batch"] == batch), None)


def stage_of(row: Any) -> tuple[str, Mapping[str, Any]]:
    """A stage by its name, with what it holds; "" for no answers."""
    if row is None:
        return "", {}
    stage = row["stage"]
    return (stage, {}) if isinstance(stage, str) else next(iter(stage.items()))


def rank_of(row: Any) -> int:
    """How far answers have come: `COMMITTED` and so on; 0 before."""
    return _RANKS.get(stage_of(row)[0], 0)


def trace(task: AnnotationTask, batch: int, who: str, rank: int) -> Trace:
    """What happened to answers that have come so far.

    Raises:
        StateDiscarded, RpcError: the node does not keep the state of blocks as old as that.
    """
    chain, needle = task.handle.chain, account_of(who)

    def rank_at(number: int) -> int:
        return rank_of(row_of(task, batch, who, chain.block_hash(number)))

    known: dict[int, int | DMLError] = {}
    head = chain.block_number
    blocks = [first_block(rank_at, stage, head, known) for stage in range(SCORED, rank + 1)]
    found: dict[str, Event] = {}
    group: Sequence[Event] = ()
    for block in sorted(set(blocks)):
        events = chain.events_of_block(block, needle)
        for event in events:
            f = event.fields
            if event.pallet == "Annotations" and (
                (f.get("task"), f.get("batch"), f.get("who")) == (task.id, batch, who)
            ):
                found[event.name] = event
        if (paid := found.get("Awarded")) is not None and paid.block == block:
            group = [event for event in events if event.extrinsic == paid.extrinsic]
    scored, reported = found.get("AnswersScored"), found.get("AnswersReported")
    disputed = "ScoreDisputed" in found
    if rank < SETTLED or (paid := found.get("Awarded")) is None:
        return Trace(0, scored, reported, disputed)
    by_report = reported is not None and _place(reported) == _place(paid)
    contested = disputed or (reported is not None and not by_report)
    so_far = known[blocks[-1] - 1] if blocks[-1] > 1 else 0
    before = max(
        so_far if isinstance(so_far, int) else 0,
        CONTESTED if contested else SCORED if scored is not None else 0,
    )
    at = group.index(paid)
    return Trace(
        before,
        scored,
        reported,
        disputed,
        by_report,
        next((_proposal(e) for e in group[at:] if _is(e, "Collectives", "Executed")), None),
        any(_is(e, "Collectives", "Decided") for e in group[at:]),
        _slashed(group[:at], who),
    )


def first_block(
    rank_at: Callable[[int], int], rank: int, head: int, known: dict[int, int | DMLError]
) -> int:
    """The first block after which something has come so far, by halving.

    Args:
        rank_at: how far it had come after a block.
        head: a block after which it has.
        known: what was asked before, and why it is not told; added to.

    Raises:
        StateDiscarded, RpcError: that block is older than what the node keeps.
    """
    low, high = 0, head
    while high - low > 1:
        middle = (low + high) // 2
        if middle not in known:
            try:
                known[middle] = rank_at(middle)
            except (StateDiscarded, RpcError) as e:  # newer ones may be kept
                known[middle] = e
        told = known[middle]
        low, high = (middle, high) if isinstance(told, DMLError) or told < rank else (low, middle)
    refused = known.get(low)
    if isinstance(refused, DMLError):
        raise refused
    return high


def _slashed(before: Sequence[Event], who: str) -> int:
    """What was taken for an award to be nothing: since the award before it, if there is one."""
    taken = 0
    for event in before:
        if _is(event, "Annotations", "Awarded"):
            taken = 0
        f: dict[str, Any] = dict(event.fields)
        if _is(event, "Stakes", "Slashed") and (f["who"], f["role"]) == (who, "Annotator"):
            taken += int(f["active"]) + int(f["unbonding"])
    return taken


def _place(event: Event) -> tuple[int, int | None]:
    return event.block, event.extrinsic


def _proposal(event: Event) -> int:
    return int(str(event.fields["proposal"]))


def _is(event: Event, pallet: str, name: str) -> bool:
    return (event.pallet, event.name) == (pallet, name)
