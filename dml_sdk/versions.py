"""Versions of a model: where their weights are, in the chain's words, and the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dml_sdk.arguments import MOST_ID, require_mapping, require_whole, shown
from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    DMLError,
    KeyNotDelivered,
    StoreUnreachable,
    UsageError,
    WeightsMismatch,
)
from dml_sdk.locations import decode_location, encode_location
from dml_sdk.secret import Secret
from dml_sdk.storage import OWN_STORES, Store, cid_of
from dml_sdk.storage import weights as weights_format
from dml_sdk.storage.envelope import enclosed, is_enclosed, taken_apart
from dml_sdk.storage.sealed import unsealed
from dml_sdk.tables import Table
from dml_sdk.types import Location, Version, from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain

WEIGHTS_LIMIT = 2 * 1024**3

FindKey: TypeAlias = Callable[[Mapping[bytes, bytes], bytes], Secret]
"""Finds a sealed file's content key: from its readers' wrapped ones and the file to its key."""


def store_weights(
    store: Store, weights: Mapping[str, np.ndarray[Any, Any]], readers: Sequence[bytes] = ()
) -> tuple[Location, str]:
    """Puts weights into the store: where they are, and the SHA-256 of the safetensors file.

    Args:
        readers: sealing keys of those whom the file is sealed for; none for a file in the clear.

    Raises:
        StoreUnreachable, ContentCorrupt: as `store_bytes`.
    """
    data = weights_format.encode(weights)
    stored = enclosed(data, readers) if readers else data
    return Location(cid=store_bytes(store, stored)), weights_format.sha256(data)


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


def load_weights(
    store: Store,
    location: Location,
    sha256: str,
    content_key: FindKey | None = None,
) -> dict[str, np.ndarray[Any, Any]]:
    """Weights from the store, opened if they are sealed, checked against the chain's hash.

    Args:
        content_key: finds the key of a sealed file, given its readers' wrapped ones and the file.

    Raises:
        SealError: they are sealed and do not open.
        WeightsMismatch: the bytes are not the ones that the chain names.
        ContentNotFound: no store holds them, or the location is of a kind that no store here reads.
    """
    if location.cid is None:
        raise ContentNotFound(f"{location} is not a CID; this session's store reads only CIDs.")
    data = opened(store.get(location.cid, limit=WEIGHTS_LIMIT), content_key)
    actual = weights_format.sha256(data)
    if actual != sha256:
        raise WeightsMismatch(
            f"The file at {location} has SHA-256 {actual[:16]}…, the chain says {sha256[:16]}…. "
            "It is not what was published; do not use it."
        )
    return weights_format.decode(data)


def opened(data: bytes, content_key: FindKey | None = None) -> bytes:
    """A file as it was before it was sealed, if it is.

    Raises:
        SealError: it is sealed and does not open.
    """
    if not is_enclosed(data):
        return data
    wrapped, sealed = taken_apart(data)
    if content_key is None:
        raise KeyNotDelivered("These weights are sealed; model.weights() opens them with your key.")
    return unsealed(sealed, content_key(wrapped, sealed))


def publish_call(chain: Chain, model: int, stored: tuple[Location, str], parent: int) -> Call:
    """The call that makes stored weights a version of a model.

    Args:
        stored: as `store_weights` gives it.
        parent: index of the version that they were made from.
    """
    location, digest = stored
    return chain.call(
        "Models",
        "publish_version",
        model=model,
        location=encode_location(location),
        hash="0x" + digest,
        parent=parent,
    )


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


def versions_of(chain: Chain, model: int) -> tuple[Version, ...]:
    """Every version of a model, oldest first."""
    found = chain.entries("Models", "Versions", model)
    return tuple(decode_version(index, told) for index, told in sorted(found))


def version_of(chain: Chain, model: int, index: int, whose: str) -> Version:
    """A version of a model, by its number.

    Args:
        whose: the model, for messages.

    Raises:
        UsageError: no number, or there is no such version.
    """
    index = require_whole("version", index, most=MOST_ID)
    told = chain.get("Models", "Versions", model, index)
    if told is None:
        newest = int(chain.get("Models", "Models", model)["versions"]) - 1
        raise UsageError(f"{whose} has no version {index}; its newest is {newest}.")
    return decode_version(index, told)


def versions_table(title: str, versions: Sequence[Version]) -> Table:
    """Versions for reading, a row each."""
    rows = [
        {
            "version": v.index,
            "parent": v.parent,
            "published": v.published,
            "location": str(v.location),
            "SHA-256": v.sha256[:16] + "…",
        }
        for v in versions
    ]
    return Table(title, rows)


def readers_of(store: Store, location: Location) -> tuple[bytes, ...]:
    """The sealing keys that a stored file is sealed for; none of a file in the clear.

    Raises:
        ContentNotFound, SealMalformed: no store here has it, or it is damaged.
    """
    if location.cid is None:
        raise ContentNotFound(f"{location} is not a CID; this session's store reads only CIDs.")
    data = store.get(location.cid, limit=WEIGHTS_LIMIT)
    return tuple(taken_apart(data)[0]) if is_enclosed(data) else ()


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
