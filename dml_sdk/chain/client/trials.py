"""What a dry run told: events, and the fee and error that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dml_sdk.chain.client.events import event_of
from dml_sdk.chain.client.receipts import failure_of, receipt_of
from dml_sdk.errors import ChainError, TransactionRefused
from dml_sdk.types import Amount, Asset, Event


@dataclass(frozen=True, slots=True)
class Trial:
    """What a call would do.

    Attributes:
        fee: what inclusion would cost.
        events: as they would be in the block.
        moved: change of balance of each account, fee included.
        error: what it would end in, or None.
    """

    fee: Amount
    events: tuple[Event, ...]
    moved: Mapping[str, tuple[Amount, ...]]
    error: ChainError | None


def trial_of(
    told: Mapping[str, Any],
    *,
    block: int,
    call: str,
    signer: str,
    metadata: Any,
    native: Asset,
    asset: Callable[[int], Asset],
) -> Trial:
    """A decoded `DryRun` of the runtime."""
    events = tuple(event_of(event, block, 0) for event in told["events"])
    error: ChainError | None = failure_of(events, metadata, call=call, signer="")
    if error is None and told["error"] is not None:
        error = TransactionRefused(
            f"{call} of {signer} would not enter a block: {told['error']}. Nothing was signed."
        )
    receipt = receipt_of(
        events,
        block=block,
        block_hash="",
        extrinsic_hash="",
        call=call,
        signer=signer,
        native=native,
        asset=asset,
    )
    return Trial(Amount(int(told["fee"]), native), events, receipt.moved, error)
