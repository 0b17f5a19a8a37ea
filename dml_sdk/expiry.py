"""Expired licences: they are counted among a model's holders until somebody takes them off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dml_sdk.access import octets_of
from dml_sdk.errors import DispatchError
from dml_sdk.types import Receipt

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.handles import Handle

AT_ONCE = 8
"""Calls in one transaction."""

_TRIES = 3
NOTHING_LEFT = DispatchError.named("Licences", "NothingToPrune")
"""Somebody else was faster, or the chain's clock is behind."""


def counted_still(handle: Handle) -> dict[str, list[int]]:
    """The licences of a model that have expired and are counted: their ids by usage."""
    now, found = handle.chain.now_ms(), dict[str, list[int]]()
    for (usage, expiry), _ in handle.chain.entries("Licences", "Expiring", handle.model_id):
        if _number(expiry["expires_ms"]) <= now:
            found.setdefault(usage, []).append(_number(expiry["licence"]))
    return found


def counted_votes(handle: Handle) -> int:
    """How many of them were paid for, and so are counted as votes of licence holders."""
    ids = {number for numbers in counted_still(handle).values() for number in numbers}
    told = handle.chain.ask("licences", handle.model_id, None) if ids else ()
    return sum(each["id"] in ids and bool(each["licence"]["paid"]) for each in told)


def prune_calls(handle: Handle) -> list[Call]:
    """The calls that take all of them off; none if there is none."""
    most = int(handle.chain.constant("Licences", "MaxPruned"))
    return [
        handle.chain.call("Licences", "prune", model=handle.model_id, usage=usage)
        for usage, numbers in sorted(counted_still(handle).items())
        for _ in range(0, len(numbers), most)
    ]


def prune(handle: Handle) -> tuple[Receipt, ...]:
    """Takes all of them off that the chain's clock says have expired, a few calls a transaction."""
    receipts: list[Receipt] = []
    refused = 0
    while refused < _TRIES and (calls := prune_calls(handle)):
        try:
            receipts.append(handle.submit(handle.chain.batch(calls[:AT_ONCE])))
        except NOTHING_LEFT:  # what is taken off by now is not listed again
            refused += 1
    return tuple(receipts)


def _number(told: object) -> int:
    """Of big-endian bytes, as the chain keeps what it sorts by."""
    return int.from_bytes(octets_of(told), "big")
