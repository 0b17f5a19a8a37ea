"""SCALE types of the runtime's own API, which metadata version 14 doesn't list.

The order of fields is the runtime's (`chain/README.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain


def _struct(**fields: str) -> dict[str, Any]:
    return {"type": "struct", "type_mapping": [[name, kind] for name, kind in fields.items()]}


_TYPES: dict[str, Any] = {
    "DmlAsset": {"type": "enum", "type_mapping": [["Native", "Null"], ["WithId", "u32"]]},
    "DmlPoolAudit": _struct(
        model="u32", asset="DmlAsset", funded="u128", paid="u128", refunded="u128", held="u128",
        buckets_total="u128", claimable_total="u128", refundable="u128", deposit="u128",
        escrow_balance="u128", ok="bool",
    ),
    "DmlConservation": _struct(
        issuance="u128", accounts_total="u128", pools="Vec<DmlPoolAudit>", ok="bool"
    ),
    "DmlByRole": _struct(
        creator="u128", engineers="u128", contributors="u128", annotators="u128",
        validators="u128", clients="u128",
    ),
    "DmlAllocation": _struct(
        who="AccountId", earned="DmlByRole", claimed="u128", claimable="u128"
    ),
    "DmlAllocations": "Vec<DmlAllocation>",
    "DmlRole": {
        "type": "enum",
        "value_list": ["Creator", "Engineer", "Contributor", "Annotator", "Validator", "Client"],
    },
    "DmlRewards": "Vec<(AccountId, u32)>",
    "DmlPreview": {"type": "enum", "type_mapping": [["Ok", "Vec<u128>"], ["Err", "Bytes"]]},
}  # fmt: skip


def define(chain: Chain) -> None:
    """Tells the chain's codec of these types."""
    chain.define_types(_TYPES)
