"""From a block's decoded events to receipts and typed errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from dml_sdk.errors import DispatchError
from dml_sdk.types import Amount, Asset, Event, Receipt

# What the runtime's own (non-pallet) dispatch errors mean; the metadata has no words for them.
_BUILT_IN = {
    "BadOrigin": "This account may not make this call.",
    "CannotLookup": "An address in the call belongs to no account.",
    "ConsumerRemaining": "The account is still in use.",
    "NoProviders": "The account does not exist.",
    "Exhausted": "The block has no room left.",
    "Corruption": "The chain's state is corrupt.",
    "Unavailable": "Something that the call needs is not available.",
    "RootNotAllowed": "Root may not make this call.",
    "FundsUnavailable": "The account does not hold that much.",
    "OnlyProvider": "This would leave the account with nothing; it must keep its minimum.",
    "BelowMinimum": "The amount is below the minimum that an account of this asset must hold.",
    "CannotCreate": "The receiving account does not exist and this cannot create it.",
    "UnknownAsset": "There is no such asset.",
    "Frozen": "The tokens are frozen.",
    "Unsupported": "The asset does not support this.",
    "NotExpendable": "This would end the account; it must keep its minimum.",
    "Blocked": "The account is blocked.",
    "Underflow": "An amount would fall below zero.",
    "Overflow": "An amount is more than the chain can count.",
    "DivisionByZero": "A division by zero.",
}


Movement: TypeAlias = tuple[str, int, int | None, str]
"""Whose balance changed, by how many planck, of which asset (None: native), and with whom ("")."""


def movements(event: Event) -> Iterator[Movement]:
    """How an event says that balances changed."""
    f = event.fields

    def planck(name: str = "amount") -> int:
        return int(str(f[name]))

    def between(source: str, to: str, asset: int | None = None) -> Iterator[Movement]:
        yield str(f[source]), -planck(), asset, str(f[to])
        yield str(f[to]), planck(), asset, str(f[source])

    match event.pallet, event.name:
        case "Balances", "Transfer":
            yield from between("from", "to")
        case "Balances", "TransferOnHold":
            yield from between("source", "dest")
        case "Balances", "ReserveRepatriated":
            yield from between("from", "to")
        case "Balances", ("Deposit" | "Minted" | "Restored"):
            yield str(f["who"]), planck(), None, ""
        case "Balances", ("Withdraw" | "Burned" | "BurnedHeld" | "Slashed" | "Suspended"):
            yield str(f["who"]), -planck(), None, ""
        case "Balances", "DustLost":
            yield str(f["account"]), -planck(), None, ""
        case "Assets", "Transferred":
            yield from between("from", "to", planck("asset_id"))
        case "Assets", "Issued":
            yield str(f["owner"]), planck(), planck("asset_id"), ""
        case "Assets", "Burned":
            yield str(f["owner"]), -planck("balance"), planck("asset_id"), ""
        case "Assets", "Deposited":
            yield str(f["who"]), planck(), planck("asset_id"), ""
        case "Assets", "Withdrawn":
            yield str(f["who"]), -planck(), planck("asset_id"), ""


def receipt_of(
    events: Sequence[Event],
    *,
    block: int,
    block_hash: str,
    extrinsic_hash: str,
    call: str,
    signer: str,
    native: Asset,
    asset: Callable[[int], Asset],
) -> Receipt:
    """The receipt of one extrinsic, all of it told by that extrinsic's own events."""
    fee = 0
    moved: dict[tuple[str, int | None], int] = {}
    for event in events:
        if (event.pallet, event.name) == ("TransactionPayment", "TransactionFeePaid"):
            fee = int(str(event.fields["actual_fee"])) + int(str(event.fields["tip"]))
        for who, planck, asset_id, _ in movements(event):
            moved[who, asset_id] = moved.get((who, asset_id), 0) + planck
    by_account: dict[str, tuple[Amount, ...]] = {}
    for (account, asset_id), planck in moved.items():
        if planck:
            unit = native if asset_id is None else asset(asset_id)
            by_account[account] = (*by_account.get(account, ()), Amount(planck, unit))
    return Receipt(
        block=block,
        block_hash=block_hash,
        extrinsic_hash=extrinsic_hash,
        call=call,
        signer=signer,
        fee=Amount(fee, native),
        events=tuple(events),
        moved=by_account,
    )


def failure_of(
    events: Sequence[Event], metadata: Any, *, call: str, signer: str
) -> DispatchError | None:
    """The typed error of an extrinsic that was included but refused, or None if it succeeded."""
    for event in events:
        if (event.pallet, event.name) == ("System", "ExtrinsicFailed"):
            return dispatch_error(event.fields["dispatch_error"], metadata, call, signer)
    return None


def dispatch_error(told: Any, metadata: Any, call: str = "", signer: str = "") -> DispatchError:
    """A decoded `DispatchError` of the runtime as the class of its name."""
    if isinstance(told, dict) and "Module" in told:
        index = told["Module"]["index"]
        code = told["Module"]["error"]
        number = int(code[2:4], 16) if isinstance(code, str) else int(code)
        error = metadata.get_module_error(module_index=index, error_index=number)
        pallet = next(
            (p.value["name"] for p in metadata.pallets if p.value["index"] == index), str(index)
        )
        docs = " ".join(line.strip() for line in error.docs)
        return DispatchError.named(pallet, error.name)(docs, call=call, account=signer)
    group, name = next(iter(told.items())) if isinstance(told, dict) else ("System", told)
    return DispatchError.named(str(group), str(name))(
        _BUILT_IN.get(str(name), ""), call=call, account=signer
    )
