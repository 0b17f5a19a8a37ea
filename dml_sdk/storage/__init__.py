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

import re
from pathlib import Path

from dml_sdk.arguments import discreet, looks_secret, require_path
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

# What a daemon's address begins with; anything else that begins with a slash is a folder, but for
# what is more likely such an address with a slip in it.
_MULTIADDRS = ("/ip4/", "/ip6/", "/dns/", "/dns4/", "/dns6/", "/dnsaddr/")
_LIKE_A_MULTIADDR = re.compile(r"/(ip\d|dns)[^/]*(/.*)?", re.DOTALL)

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


def open_store(spec: str | Path | Store = "local") -> Store:
    """Open the store that a word or an address stands for.

    Args:
        spec: "local", a directory in the user's data directory; another directory, as a path or as
            text that is ".." or begins with "/", "~", "./" or "../"; "temporary", one that goes
            when the store is closed; "memory"; "ipfs", the daemon on this machine;
            "ipfs://host:port" or a multiaddr ("/ip4/10.0.0.5/tcp/5001"), another daemon; or a
            store, which is returned as it is.

    Raises:
        UsageError: none of these; the working directory itself, or no path at all; or text that
            begins like a multiaddr and is none, which may be meant as a folder: give a `Path` then.
        MissingExtra: "ipfs" without the ipfs extra.
        StoreUnreachable: no daemon answers, or the directory cannot be made.
    """
    if isinstance(spec, Path):
        return _in(spec)
    if not isinstance(spec, str):
        if isinstance(spec, Store):
            return spec
        raise UsageError(
            f"A {type(spec).__name__} is not a store: it lacks methods of dml_sdk.storage.Store."
        )
    if spec == "local":
        return LocalStore()
    if spec == "temporary":
        return TemporaryStore()
    if spec == "memory":
        return MemoryStore()
    if spec == "ipfs":
        return IPFSStore(DEFAULT_ADDRESS)
    if spec.startswith(("ipfs://", *_MULTIADDRS)):
        return IPFSStore(spec)
    if _LIKE_A_MULTIADDR.fullmatch(spec):
        raise UsageError(
            f"{discreet(spec)} begins like a multiaddr and is not a store: write one such as "
            "/ip4/10.0.0.5/tcp/5001, or give a folder of that name as pathlib.Path(…)."
        )
    if spec == ".." or spec.startswith(("/", "~", "./", "../")):
        return _in(spec)
    raise UsageError(
        f"{discreet(spec)} is not a store: write local, temporary, memory, ipfs, ipfs://host:port, "
        "a multiaddr or a folder (./store)."
    )


def _in(folder: str | Path) -> LocalStore:
    path = require_path("store", folder)
    if path == Path():  # as Path("") is, too
        raise UsageError(
            "The working directory itself is not a store, nor is an empty path: name a folder of "
            "the store's own, such as ./store."
        )
    if looks_secret(path):
        raise UsageError(
            "What was given as the store's path looks like a recovery phrase or a seed: give the "
            "folder to keep files in."
        )
    return LocalStore(path)
