"""Opening a session: on a chain in this process, or on a node at a URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.arguments import discreet, looks_secret, require_path, shown
from dml_sdk.chain.accounts import Account
from dml_sdk.errors import UsageError
from dml_sdk.session import Session
from dml_sdk.storage import Store, open_store

if TYPE_CHECKING:
    from dml_sdk.chain.node.sealing import Seal


def connect(
    url: str | None = None,
    *,
    path: str | Path | None = None,
    store: str | Path | Store | None = None,
    account: Account | str | None = None,
    seal: Seal = "instant",
) -> Session:
    """Opens a session on a chain in this process, or on the node at a URL.

    Args:
        url: "ws://…" or "http://…" of a node that runs this SDK's runtime; None starts the same
            runtime in this process.
        path: a folder that the embedded chain and its files are kept in, and found again; in memory
            when None.
        store: "local" (a folder of this machine's user), another folder, "temporary", "memory",
            "ipfs" (a daemon on this machine), an IPFS API address, or a `Store`. By default what
            fits the chain: a folder that goes with the session, `path`/store, or the local store
            for a network. Whoever joins a served chain has to open the store that its files are in.
        account: who signs; "alice" by default on a development chain.
        seal: when the embedded chain makes blocks: "instant", one for what is submitted at once;
            "manual", by `session.seal()` alone; or a number of ms, a block every so often.

    Raises:
        ChainUnreachable: no answer from the URL.
        RuntimeIncompatible: a chain without this SDK's pallets.
        StoreUnreachable: no answer from the IPFS daemon.
        ChainInUse, ChainCorrupt: the chain at `path` is open elsewhere, or damaged.
        UsageError: a network without an account, a path or a way of sealing together with a URL,
            or no such way of sealing.
    """
    from dml_sdk.chain.client.chain import Chain

    if not isinstance(url, str | None):
        raise UsageError(f"A node's address is text, not {discreet(url)}.")
    home = None if path is None else require_path("path", path)
    if home is not None and home.parts and looks_secret(Path(home.parts[0])):
        raise UsageError(
            "What was given as the chain's path looks like a recovery phrase or a seed: give the "
            "folder to keep it in."
        )
    if not isinstance(account, Account | str | None) or account == "":
        raise UsageError(
            f"account is {discreet(account)}: give a dml.Account, or a development name."
        )
    if url is not None:
        if home is not None:
            raise UsageError("A path is for the embedded chain; the node at a URL keeps its own.")
        if seal != "instant":
            raise UsageError(
                f"seal={shown(seal)} is for the embedded chain; the node at a URL makes its blocks "
                "when it does."
            )
        if not url.startswith(("ws://", "wss://", "http://", "https://")):
            raise UsageError(
                "What was given is no node's address: one starts with ws:// or http://."
            )
        chain = Chain(url)
        opened = open_store("local" if store is None else store)
    else:
        from dml_sdk.chain.node import Node

        node = Node(path=home / "chain.db" if home else None, seal=seal)
        try:
            chain = Chain(node)
            opened = (
                open_store(home / "store")
                if home and store in (None, "local")
                else open_store("temporary" if store is None else store)
            )
        except BaseException:
            node.close()
            raise
    if account is None or isinstance(account, str):
        if not chain.is_development:
            chain.close()
            raise UsageError(
                f"{chain.name} is not a development chain, so an account of yours must sign: "
                'account=dml.Account.from_file("keystore.json").'
            )
        account = Account.development(account or "alice")
    return Session(chain, opened, account)
