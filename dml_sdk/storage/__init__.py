"""Where files are: content-addressed stores, and the format that weights are stored in.

    store.py      the Store protocol; bytes in, verified bytes out
    cid.py        content identifiers: strict parsing, one spelling
    unixfs.py     how bytes become a CID, as `ipfs add` does it
    memory.py     a store in a dictionary
    local.py      the embedded store, in a directory
    temporary.py  the same in a directory that goes with the session
    ipfs.py       a store on an IPFS daemon
    weights.py    a network's weights as safetensors
    sealed.py     files that only holders of a key can read
    envelope.py   such a file together with its readers' keys
    key_ring.py   the keys of several, for one reader

Nothing here knows a chain or a training.
"""

from __future__ import annotations

from pathlib import Path

from dml_sdk.arguments import discreet
from dml_sdk.errors import UsageError
from dml_sdk.storage.cid import CID
from dml_sdk.storage.ipfs import DEFAULT_ADDRESS, IPFSStore
from dml_sdk.storage.local import LocalStore
from dml_sdk.storage.memory import MemoryStore
from dml_sdk.storage.store import Source, Store
from dml_sdk.storage.temporary import TemporaryStore
from dml_sdk.storage.unixfs import cid_of

OWN_STORES = (IPFSStore, LocalStore, MemoryStore, TemporaryStore)
"""Stores whose word for a CID is this SDK's own; classes derived from them may do anything."""

__all__ = [
    "CID",
    "OWN_STORES",
    "IPFSStore",
    "LocalStore",
    "MemoryStore",
    "Source",
    "Store",
    "TemporaryStore",
    "cid_of",
    "open_store",
]


def open_store(spec: str | Store = "local", *, path: str | Path | None = None) -> Store:
    """Open the store that a word or an address stands for.

    Args:
        spec: "local", a directory; "temporary", one that goes when the store is closed; "memory";
            "ipfs", the daemon on this machine;
            "ipfs://host:port" or a multiaddr ("/ip4/10.0.0.5/tcp/5001"), another daemon; or a
            store, which is returned as it is.
        path: the directory of a local store; by default one in the user's data directory.

    Raises:
        UsageError: none of these, or a path for a store that has no directory.
        MissingExtra: "ipfs" without the ipfs extra.
        StoreUnreachable: no daemon answers, or the directory cannot be made.
    """
    if path is not None and spec != "local":
        raise UsageError("Only a local store has a path, and another one was asked for.")
    if not isinstance(spec, str):
        if isinstance(spec, Store):
            return spec
        raise UsageError(
            f"A {type(spec).__name__} is not a store: it lacks methods of dml_sdk.storage.Store."
        )
    if spec == "local":
        return LocalStore(path)
    if spec == "temporary":
        return TemporaryStore()
    if spec == "memory":
        return MemoryStore()
    if spec == "ipfs":
        return IPFSStore(DEFAULT_ADDRESS)
    if spec.startswith(("ipfs://", "/")):
        return IPFSStore(spec)
    raise UsageError(
        f"{discreet(spec)} is not a store: write local, temporary, memory, ipfs, ipfs://host:port "
        "or a multiaddr."
    )
