"""A training as plain values (numbers, strings, lists), which every picture of it is drawn from.

What comes from the chain, the store or a person stays text here; whoever draws it escapes it.
Amounts travel as exact decimal strings, times as ms since 1970.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from dml_sdk.errors import DMLError, UsageError
from dml_sdk.types import (
    ROLES,
    Amount,
    Asset,
    Event,
    Receipt,
    Role,
    RoundRecord,
    TrainingState,
    UpdateRecord,
    short_address,
)
from dml_sdk.untrusted import visible
from dml_sdk.widgets.receipt import receipt_line
from dml_sdk.widgets.wording import exact, percent

MOST_DOTS = 320
MOST_ROUNDS = 24
MOST_EVENTS = 60
_EVENTS_ASKED = 160
_TEXT = 160
# Said of every extrinsic; beside them the events of the round would not be seen.
_EVERYDAY = frozenset(
    {"System", "TransactionPayment", "Balances", "Assets", "Timestamp", "Utility"}
)

# Fields of this SDK's pallets that are planck, and those that are parts of 10^9 (`Perbill`).
_AMOUNTS = frozenset({"amount", "buckets", "refundable", "deposit"})
_PARTS = frozenset({"score", "evaluation", "reward_part", "verdict"})
_PARTS_OF = 1_000_000_000


class _Signer(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...


class _Chain(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def block_number(self) -> int: ...
    def events(self, last: int = 10) -> list[Event]: ...
    def on_block(self, callback: Callable[[int], None]) -> Callable[[], None]: ...


class _Session(Protocol):
    @property
    def chain(self) -> _Chain: ...
    @property
    def signer(self) -> _Signer: ...


class _Pool(Protocol):
    @property
    def buckets(self) -> Mapping[Role, Amount]: ...
    @property
    def asset(self) -> Asset: ...


class _Model(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def pool(self) -> _Pool: ...


@runtime_checkable
class Watched(Protocol):
    """What a monitor needs of a `Training`."""

    @property
    def state(self) -> TrainingState: ...
    @property
    def phase(self) -> str: ...
    @property
    def rounds_planned(self) -> int: ...
    @property
    def rounds(self) -> Sequence[RoundRecord]: ...
    @property
    def base(self) -> tuple[float, float] | None: ...
    @property
    def error(self) -> DMLError | None: ...
    @property
    def eta_seconds(self) -> float | None: ...
    @property
    def target_accuracy(self) -> float | None: ...
    @property
    def model(self) -> _Model: ...
    @property
    def model_name(self) -> str: ...
    @property
    def engine_name(self) -> str: ...
    @property
    def dataset_name(self) -> str: ...
    @property
    def session(self) -> _Session: ...
    def pause(self) -> object: ...
    def resume(self) -> object: ...
    def stop(self) -> object: ...
    def watch(self, callback: Callable[[], None]) -> Callable[[], None]: ...


def head(training: Watched) -> dict[str, Any]:
    """What the frame says: which training, its state and progress, and the last receipt."""
    rounds = training.rounds
    error = training.error
    return {
        "name": visible(training.model_name),
        "model": training.model.id,
        "engine": training.engine_name,
        "dataset": training.dataset_name,
        "signer": {
            "name": training.session.signer.name,
            "address": training.session.signer.address,
        },
        "chain": training.session.chain.name,
        "state": training.state,
        "phase": training.phase,
        "planned": training.rounds_planned,
        "done": len(rounds),
        "eta": training.eta_seconds,
        "accuracy": rounds[-1].accuracy if rounds else None,
        "version": rounds[-1].version if rounds else None,
        "error": _failure(error) if error else None,
        "receipt": receipt_line(last) if (last := last_receipt(rounds)) else None,
        "at": int(time.time() * 1000),
    }


def strip(rounds: Sequence[RoundRecord], end: int | None = None) -> dict[str, Any]:
    """The participants of the rounds up to and including index `end - 1`, newest last.

    Only as many rounds as can be looked at: see `MOST_ROUNDS` and `MOST_DOTS`.
    """
    end = len(rounds) if end is None else max(0, min(end, len(rounds)))
    first, dots = end, 0
    while first > 0 and end - first < MOST_ROUNDS:
        dots += rounds[first - 1].participants
        if dots > MOST_DOTS and first < end:
            break
        first -= 1
    return {
        "first": first,
        "end": end,
        "total": len(rounds),
        "rounds": [_round(r) for r in rounds[first:end]],
    }


def pool(training: Watched) -> dict[str, Any]:
    """What remains in each role's bucket, and what this training's rounds paid; {} for no pool."""
    held = training.model.pool
    try:
        asset, buckets = held.asset, held.buckets
    except UsageError:
        return {}
    paid = sum((r.paid.planck for r in training.rounds), 0)
    return {
        "asset": asset.label,
        "decimals": asset.decimals,
        "buckets": [[role, exact(buckets[role])] for role in ROLES if role in buckets],
        "paid": exact(Amount(paid, asset)),
    }


def events(training: Watched) -> list[list[Any]]:
    """The newest events worth reading, newest first: block, "Pallet.Name", fields as text."""
    told = [
        e for e in training.session.chain.events(last=_EVENTS_ASKED) if e.pallet not in _EVERYDAY
    ]
    try:
        asset = training.model.pool.asset
    except UsageError:
        asset = None
    return [
        [e.block, f"{e.pallet}.{e.name}", _fields(e, training.model.id, asset)]
        for e in reversed(told[-MOST_EVENTS:])
    ]


def csv_row(record: RoundRecord) -> list[Any]:
    """One line of the exported table, under `CSV_HEADER`."""
    status = [u.status for u in record.updates]
    return [
        record.number, record.version, record.accuracy, record.loss, record.participants,
        status.count("accepted"), status.count("rejected"), status.count("dropped"),
        exact(record.paid), *record.blocks, record.extrinsics,
        round(record.elapsed, 3),
    ]  # fmt: skip


CSV_HEADER = (
    "round", "version", "accuracy", "loss", "participants", "accepted", "rejected", "dropped",
    "paid", "first_block", "last_block", "extrinsics", "seconds",
)  # fmt: skip


def _round(record: RoundRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "version": record.version,
        "accuracy": record.accuracy,
        "loss": record.loss,
        "paid": exact(record.paid),
        "blocks": list(record.blocks),
        "extrinsics": record.extrinsics,
        "seconds": round(record.elapsed, 3),
        "updates": [_update(u) for u in record.updates],
    }


def _update(update: UpdateRecord) -> dict[str, Any]:
    return {
        "client": update.client,
        "account": update.account,
        "location": str(update.location) if update.location else None,
        "examples": update.examples,
        "score": update.score,
        "reward": exact(update.reward),
        "status": update.status,
        "reason": update.reason,
        "receipt": receipt_line(update.receipt) if update.receipt else None,
    }


def last_receipt(rounds: Sequence[RoundRecord]) -> Receipt | None:
    """The newest receipt of the last round's updates, or None."""
    if not rounds:
        return None
    receipts = [u.receipt for u in rounds[-1].updates if u.receipt]
    return max(receipts, key=lambda r: r.block, default=None)


def _failure(error: DMLError) -> dict[str, str]:
    return {"kind": type(error).__name__, "text": str(error)}


def _fields(event: Event, model: int, asset: Asset | None) -> str:
    """An event's fields for reading; the watched model is not named, its amounts are in tokens."""
    own = event.fields.get("model") == model
    text = ", ".join(
        f"{name} {_field(name, value, asset if own else None)}"
        for name, value in event.fields.items()
        if not (own and name == "model")
    )
    text = visible(text)
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def _field(name: str, value: object, asset: Asset | None) -> str:
    if isinstance(value, int):
        if name in _PARTS:
            return percent(value / _PARTS_OF)
        if asset and name in _AMOUNTS:
            return str(Amount(value, asset))
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_field(name, held, asset)}" for key, held in value.items())
    return _short(value)


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    if " " not in text and len(text) > 20:
        return short_address(text)
    return text
