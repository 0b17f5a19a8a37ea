"""Versions of a model: where their weights are, in the chain's words, and the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dml_sdk.arguments import require_mapping, shown
from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    DMLError,
    StoreUnreachable,
    WeightsMismatch,
)
from dml_sdk.storage import OWN_STORES, Store, cid_of
from dml_sdk.storage import weights as weights_format
from dml_sdk.types import Location, Version, from_ms

_WEIGHTS_LIMIT = 2 * 1024**3


def store_weights(
    store: Store, weights: Mapping[str, np.ndarray[Any, Any]]
) -> tuple[Location, str]:
    """Puts weights into the store: where they are, and the SHA-256 of the file.

    Raises:
        StoreUnreachable, ContentCorrupt: as `store_bytes`.
    """
    data = weights_format.encode(weights)
    return Location(cid=store_bytes(store, data)), weights_format.sha256(data)


def store_bytes(store: Store, data: bytes) -> str:
    """Puts bytes into a store; returns their CID, which a store of somebody else's is held to.

    The SDK's own stores compute it themselves.

    Raises:
        StoreUnreachable: the store raised something that is no error of a store's.
        ContentCorrupt: it gave something else than the CID of these bytes.
    """
    try:
        told = store.put(data)
    except DMLError:
        raise
    except Exception as e:
        raise StoreUnreachable(
            f"{shown(store)} failed to store {len(data):,} bytes: {type(e).__name__}: {shown(e)}. "
            "Nothing refers to them; repair the store, or connect with another."
        ) from e
    if type(store) in OWN_STORES:
        return told
    cid = str(cid_of(data))
    if told != cid:
        raise ContentCorrupt(
            f"{shown(store)} was given {len(data):,} bytes, whose CID is {cid}, and says that they "
            f"are under {shown(told)}. Nothing refers to them; repair the store, or connect with "
            "another."
        )
    return cid


def load_weights(store: Store, location: Location, sha256: str) -> dict[str, np.ndarray[Any, Any]]:
    """Weights from the store, checked against the hash that the chain has.

    Raises:
        WeightsMismatch: the bytes are not the ones that the chain names.
        ContentNotFound: no store holds them, or the location is of a kind that no store here reads.
    """
    if location.cid is None:
        raise ContentNotFound(f"{location} is not a CID; this session's store reads only CIDs.")
    data = store.get(location.cid, limit=_WEIGHTS_LIMIT)
    actual = weights_format.sha256(data)
    if actual != sha256:
        raise WeightsMismatch(
            f"The file at {location} has SHA-256 {actual[:16]}…, the chain says {sha256[:16]}…. "
            "It is not what was published; do not use it."
        )
    return weights_format.decode(data)


def encode_location(location: Location) -> dict[str, Any]:
    """A location as the runtime's type takes it."""
    if location.cid is not None:
        return {"Cid": "0x" + location.cid.encode().hex()}
    return {
        "Uri": {
            "uri": "0x" + str(location.uri).encode().hex(),
            "sha256": "0x" + str(location.sha256),
        }
    }


def decode_location(told: Any) -> Location:
    """A location as the runtime tells it; untrusted text."""
    if "Cid" in told:
        return Location(cid=str(told["Cid"]))
    uri = told["Uri"]
    return Location(uri=str(uri["uri"]), sha256=str(uri["sha256"]).removeprefix("0x"))


def decode_version(index: int, told: Any) -> Version:
    """A version as the runtime tells it."""
    return Version(
        index=index,
        location=decode_location(told["location"]),
        sha256=str(told["hash"]).removeprefix("0x"),
        parent=told["parent"],
        publisher=str(told["publisher"]),
        published=from_ms(told["published_ms"]),
    )


def arrays_like(
    weights: Mapping[str, np.ndarray[Any, Any]], like: Mapping[str, np.ndarray[Any, Any]]
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights that somebody gave, as arrays of the names, shapes, dtypes and order of others.

    Raises:
        UsageError: no mapping.
        WeightsMismatch: other names, shapes or dtypes, or what is no array.
    """
    require_mapping("weights", weights, "arrays by tensor name, as model.weights() gives them")
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for tensor, given in weights.items():
        try:
            arrays[tensor] = np.asarray(given)
        except (ValueError, TypeError) as e:
            raise WeightsMismatch(f"Tensor {shown(tensor)} is no array: {e}.") from e
    weights_format.check_like(arrays, like)
    return {tensor: arrays[tensor] for tensor in like}
