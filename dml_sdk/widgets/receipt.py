"""A receipt as plain values: its line for a footer, and all of it as JSON to be kept or handed on.

Every amount is an exact decimal string.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dml_sdk.types import Amount, Receipt
from dml_sdk.widgets.wording import exact


def receipt_line(receipt: Receipt) -> dict[str, Any]:
    """What a footer says of a receipt; `moved` is what it did to the signer's own account."""
    moved = receipt.moved.get(receipt.signer, ())
    return {
        "call": receipt.call,
        "block": receipt.block,
        "block_hash": receipt.block_hash,
        "extrinsic": receipt.extrinsic_hash,
        "fee": exact(receipt.fee),
        "asset": receipt.fee.asset.label,
        "moved": [[exact(amount), amount.asset.label] for amount in moved],
    }


def receipt_json(receipt: Receipt) -> str:
    """Everything that a receipt tells, as JSON text.

    Amounts are `{"tokens": "1.5", "asset": "DML", "planck": "1500000000000"}`: text, for many
    readers of JSON keep 53 bits of a number. Bytes are "0x…".
    """
    told = {
        "call": receipt.call,
        "signer": receipt.signer,
        "block": receipt.block,
        "block_hash": receipt.block_hash,
        "extrinsic_hash": receipt.extrinsic_hash,
        "fee": _plain(receipt.fee),
        "moved": _plain(receipt.moved),
        "events": [
            {"name": f"{e.pallet}.{e.name}", "fields": _plain(e.fields)} for e in receipt.events
        ],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _plain(value: object) -> Any:
    match value:
        case Amount():
            asset = value.asset
            named = {"asset": asset.label} | ({} if asset.id is None else {"asset_id": asset.id})
            return {"tokens": f"{value.tokens:f}", **named, "planck": str(value.planck)}
        case Mapping():
            return {str(key): _plain(held) for key, held in value.items()}
        case list() | tuple():
            return [_plain(held) for held in value]
        case bytes():
            return "0x" + value.hex()
        case bool() | None | str():
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case _:
            return str(value)
