"""The runtime's own API, `DmlApi`: what each method takes and answers with.

The order of fields is the runtime's (`chain/README.md`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dml_sdk.chain.client.calls import found
from dml_sdk.chain.client.codec.decoding import Decoder, read
from dml_sdk.chain.client.codec.encoding import Encoder, Refused
from dml_sdk.chain.client.codec.notation import Definition, Notation
from dml_sdk.errors import UsageError

_ASSET = "frame_support::traits::tokens::fungible::union_of::NativeOrWithId"
_ROLE = "pallet_pools::roles::Role"

_METHODS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "asset": ({"asset": _ASSET}, "Option<AssetInfo>"),
    "conservation": ({}, "Conservation"),
    "allocations": ({"model": "u32", "who": "Option<AccountId>"}, "Vec<AllocationOf>"),
    "preview_reward": (
        {"model": "u32", "role": _ROLE, "rewards": "Vec<(AccountId, u32)>"},
        "Result<Vec<u128>, Bytes>",
    ),
    "staking": ({"model": "u32"}, "Option<StakingInfo>"),
    "stakes": ({"model": "u32", "who": "Option<AccountId>"}, "Vec<StakeInfo>"),
    "licences": ({"model": "Option<u32>", "holder": "Option<AccountId>"}, "Vec<LicenceInfo>"),
    "may_download": ({"model": "u32", "who": "AccountId"}, "bool"),
    "allowance": ({"model": "u32"}, "Option<pallet_pools::types::Allowance>"),
    "collective": ({"model": "u32"}, "Option<CollectiveOf>"),
    "tally": ({"proposal": "u32"}, "Option<TallyOf>"),
    "task": ({"task": "u32"}, "Option<TaskOf>"),
    "next_batch": ({"task": "u32", "who": "AccountId"}, "Result<Option<BatchOf>, Bytes>"),
    "awards": ({"task": "u32", "who": "Option<AccountId>"}, "Vec<AwardOf>"),
    "dry_run": (
        {"who": "AccountId", "call": "dml_runtime::RuntimeCall", "at_ms": "Option<u64>"},
        "DryRun",
    ),
}

TYPES: Mapping[str, Definition] = {
    "AssetInfo": {"symbol": "Bytes", "decimals": "u8", "minimum": "u128"},
    "Conservation": {
        "issuance": "u128",
        "accounts_total": "u128",
        "pools": "Vec<Statement>",
        "stakes": "Vec<StakeStatement>",
        "deposits": "Vec<DepositOf>",
        "tasks": "Vec<TaskStatement>",
        "ok": "bool",
    },
    "Statement": {
        "model": "u32",
        "asset": _ASSET,
        **dict.fromkeys(
            (
                "funded", "paid", "refunded", "held", "buckets_total", "claimable_total",
                "refundable", "set_aside", "deposit", "escrow_balance", "short",
            ),
            "u128",
        ),
        "balanced": "bool",
        "ok": "bool",
    },
    "StakeStatement": {
        "model": "u32",
        "asset": _ASSET,
        **dict.fromkeys(
            (
                "staked", "withdrawn", "slashed", "held", "active_total", "unbonding_total",
                "deposit", "escrow_balance", "short",
            ),
            "u128",
        ),
        "balanced": "bool",
        "ok": "bool",
    },
    "DepositOf": {"who": "AccountId", "held": "u128", "owed": "u128"},
    "ByRole": dict.fromkeys(
        ("creator", "engineers", "contributors", "annotators", "validators", "clients"), "u128"
    ),
    "AllocationOf": {
        "who": "AccountId", "earned": "ByRole", "claimed": "u128", "claimable": "u128",
    },
    "StakingInfo": {
        "asset": _ASSET,
        "open": "bool",
        "terms": "pallet_stakes::types::StakingTerms",
        "minimum": "u128",
        "deposit": "u128",
    },
    "StakeInfo": {
        "who": "AccountId",
        "active": "ByRole",
        "unbonding": "Vec<pallet_stakes::types::Unbonding>",
        "withdrawable": "u128",
        "locked": "u128",
        "locks": "Vec<pallet_stakes::types::Lock>",
    },
    "LicenceInfo": {
        "id": "u32", "licence": "pallet_licences::types::Licence", "valid": "bool",
    },
    "CollectiveOf": {
        "members": "Vec<MemberOf>",
        "weighting": "pallet_collectives::types::Weighting",
        "terms": "pallet_collectives::types::Terms",
        "owner_decides": "bool",
        "counts_by": "pallet_collectives::types::Weighting",
        "settle_ms": "u64",
    },
    "MemberOf": {
        "who": "AccountId", "assigned": "u32", "weight": "u128", "delegate": "Option<AccountId>",
    },
    "TallyOf": {
        "stage": "pallet_collectives::proposal::Stage",
        "tally": "pallet_collectives::tally::Tally",
        "outcome": "pallet_collectives::tally::Outcome",
        "can_close": "bool",
        "voters": "Vec<Voter>",
    },
    "Voter": {
        "who": "AccountId",
        "vote": "Option<pallet_collectives::ballot::Vote>",
        "conviction": "pallet_collectives::ballot::Conviction",
        "weight": "u128",
        "via": "Option<AccountId>",
    },
    "TaskStatement": {
        "task": "u32",
        "model": "u32",
        **dict.fromkeys(("set_aside", "paid", "returned", "held"), "u128"),
        "ok": "bool",
    },
    "TaskOf": {
        "task": "pallet_annotations::types::Task",
        "batches": "u32",
        "remaining": "u128",
        "reveal_until_ms": "u64",
        "score_until_ms": "u64",
        "ends_ms": "u64",
        "can_close": "bool",
    },
    "BatchOf": {
        "batch": "u32", "first_item": "u32", "items": "u32", "until_ms": "Option<u64>",
    },
    "AwardOf": {
        "batch": "u32",
        "who": "AccountId",
        "stage": "pallet_annotations::types::Stage",
        "answers": "Option<(pallet_models::types::Location, primitive_types::H256)>",
        "amount": "u128",
        "most": "u128",
        "due_ms": "Option<u64>",
    },
    "DryRun": {
        "error": "Option<Bytes>", "events": "Vec<dml_runtime::RuntimeEvent>", "fee": "u128",
    },
}  # fmt: skip
"""Types of the API that the metadata does not list."""


class Api:
    """Writes what a method is asked with and reads its answer; by any thread.

    Args:
        notation: the registry, which the types of the API are added to when first needed.
        encoder, decoder: of the same registry.
    """

    def __init__(self, notation: Notation, encoder: Encoder, decoder: Decoder) -> None:
        self._notation, self._encoder, self._decoder = notation, encoder, decoder
        self._lock = threading.Lock()

    def arguments(self, method: str, given: Sequence[Any]) -> bytes:
        """The arguments of a method, in order, encoded.

        Raises:
            UsageError: no such method, or what its arguments cannot hold.
        """
        takes, _ = found(_METHODS, method, "method of DmlApi")
        parts = []
        try:
            for (name, kind), value in zip(takes.items(), given, strict=True):
                try:
                    parts.append(self._encoder.of(self._type_id(kind))(value))
                except Refused as e:
                    raise UsageError(f"{e.told(f'DmlApi.{method}: {name}')}.") from None
        except ValueError as e:
            if isinstance(e, UsageError):
                raise
            raise UsageError(f"DmlApi.{method} takes {', '.join(takes) or 'nothing'}.") from e
        return b"".join(parts)

    def answer(self, method: str, data: bytes) -> Any:
        """What a method answered, decoded.

        Raises:
            RuntimeIncompatible: bytes that are no such answer.
        """
        decode = self._decoder.of(self._type_id(_METHODS[method][1]))
        return read(decode, data, f"The answer of DmlApi.{method}")

    def _type_id(self, kind: str) -> int:
        with self._lock:
            return self._notation.type_id(kind)
