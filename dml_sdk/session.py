"""Session: who signs, which chain, which store."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import require_path, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.storage import Store, open_store
from dml_sdk.types import Amount, Asset, from_ms, short_address

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.chain.conservation import Conservation
    from dml_sdk.models import Models
    from dml_sdk.pool import Pools

_END_SECONDS = 30.0
_LAST_YEAR = 9000


def connect(
    url: str | None = None,
    *,
    path: str | Path | None = None,
    store: str | Store | None = None,
    account: Account | str | None = None,
) -> Session:
    """Opens a session on a chain in this process, or on the node at a URL.

    Args:
        url: "ws://…" or "http://…" of a node that runs this SDK's runtime; None starts the same
            runtime in this process.
        path: a folder that the embedded chain and its files are kept in, and found again; in memory
            when None.
        store: "local" (a folder of this machine), "temporary", "memory", "ipfs" (a daemon on this
            machine), an IPFS API address, or a `Store`. By default what fits the chain: a folder
            that goes with the session, the folder at `path`, or the local store for a network.
        account: who signs; "alice" by default on a development chain.

    Raises:
        ChainUnreachable: no answer from the URL.
        RuntimeIncompatible: a chain without this SDK's pallets.
        StoreUnreachable: no answer from the IPFS daemon.
        ChainInUse, ChainCorrupt: the chain at `path` is open elsewhere, or damaged.
        UsageError: a network without an account, or a path together with a URL.
    """
    from dml_sdk.chain.client.chain import Chain

    if not isinstance(url, str | None):
        raise UsageError(f"A node's address is text, not {url!r}.")
    home = None if path is None else require_path("path", path)
    if not isinstance(account, Account | str | None) or account == "":
        raise UsageError(f"account={account!r}: give a dml.Account, or a development name.")
    if url is not None:
        if home is not None:
            raise UsageError("A path is for the embedded chain; the node at a URL keeps its own.")
        if not url.startswith(("ws://", "wss://", "http://", "https://")):
            raise UsageError(f"{url!r} is no node's address: it starts with ws:// or http://.")
        chain = Chain(url)
        opened = open_store("local" if store is None else store)
    else:
        from dml_sdk.chain.node import Node

        node = Node(path=home / "chain.db" if home else None)
        try:
            chain = Chain(node)
            opened = (
                open_store("local", path=home / "store")
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


@dataclass(frozen=True, slots=True)
class Clock:
    """The embedded chain's clock, which can be moved forward."""

    chain: Chain

    def now(self) -> datetime:
        """The chain's time."""
        return from_ms(self.chain.now_ms())

    def advance(self, **duration: float) -> None:
        """Moves the clock forward and makes a block at the new time.

        Args:
            duration: as `datetime.timedelta` takes it: days=3, hours=1, milliseconds=5.

        Raises:
            UsageError: a duration that is not positive, or a network, whose clock is the world's.
        """
        node = self.chain.node
        if node is None:
            raise UsageError(f"The clock of {self.chain.name} is the world's; it cannot be moved.")
        try:
            ms = timedelta(**duration) // timedelta(milliseconds=1)
            later = self.now() + timedelta(milliseconds=ms)
        except (TypeError, ValueError, OverflowError) as e:
            raise UsageError(f"The clock cannot be moved by that: {e}.") from e
        if ms <= 0:
            raise UsageError("A chain's clock moves forward only: give a positive duration.")
        if later.year > _LAST_YEAR:
            raise UsageError(f"The clock goes to the year {_LAST_YEAR} at most.")
        node.clock.advance(ms)
        node.seal()


@dataclass(slots=True, eq=False)
class Anchor:
    """An anchor that was set, and whether the chain was rewound to it."""

    rewound: bool = False


class Session:
    """A chain, a store, and the account that signs; every noun hangs off one.

    Attributes:
        chain: the chain's client.
        store: where files go.
        signer: the account that signs and pays.
        clock: the embedded chain's clock.
    """

    def __init__(self, chain: Chain, store: Store, signer: Account) -> None:
        self.chain = chain
        self.store = store
        self.signer = signer
        self.clock = Clock(chain)
        self._anchors: list[Anchor] = []

    @property
    def models(self) -> Models:
        """Models on this chain: upload, get, list."""
        from dml_sdk.models import Models

        return Models(self)

    @property
    def pools(self) -> Pools:
        """Pools on this chain: get."""
        from dml_sdk.pool import Pools

        return Pools(self)

    def account(self, name: str) -> Account:
        """A development account by name; "alice" to "ferdie" begin with tokens.

        Raises:
            UsageError: not a development chain.
        """
        if not self.chain.is_development:
            raise UsageError(
                f"Development accounts have public secrets; {self.chain.name} is not a development "
                "chain. Use dml.Account.from_file(…)."
            )
        return Account.development(name)

    def as_(self, account: Account | str) -> Session:
        """The same chain and store with another signer."""
        signer = self.account(account) if isinstance(account, str) else account
        if not isinstance(signer, Account):
            raise UsageError(
                f"{shown(account)} cannot sign: give a dml.Account, or a development name."
            )
        other = Session(self.chain, self.store, signer)
        other._anchors = self._anchors
        return other

    def balance(self, account: Account | str | None = None, asset: Asset | None = None) -> Amount:
        """What an account (the signer's by default) holds of an asset (the native one)."""
        if not isinstance(asset, Asset | None):
            raise UsageError(f"asset={shown(asset)}: give an Asset, such as model.pool.asset.")
        return self.chain.balance(address_of(self.signer if account is None else account), asset)

    def conserved(self) -> Conservation:
        """Asks the chain to add up every token it holds: none lost, none from nothing."""
        from dml_sdk.chain.conservation import conservation

        return conservation(self.chain)

    @contextmanager
    def anchor(self) -> Iterator[Session]:
        """Everything done inside is rewound at the end: chain, clock and waiting transactions.

        A training that was started inside and still runs is stopped. A Model or Pool that was
        reached inside cannot be used afterwards: UnknownModel. Files that were put into the store
        stay; they are addressed by content and harm nobody.

        Raises:
            UsageError: not the embedded chain, or a training runs on it.
        """
        node = self.chain.node
        if node is None:
            raise UsageError(f"{self.chain.name} is shared with others; it cannot be rewound.")
        if any(work.alive for work in self.chain.at_work.values()):
            raise UsageError(
                "A training runs on this chain; rewinding would take its rounds away under it. "
                "Wait for it, or stop it, first."
            )
        before, anchor = node.snapshot(), Anchor()
        self._anchors.append(anchor)
        try:
            yield self
        finally:
            self._end_work()
            self._anchors.remove(anchor)
            anchor.rewound = True
            node.restore(before)

    @property
    def anchored(self) -> Anchor | None:
        """The innermost anchor that is set, if one is."""
        return self._anchors[-1] if self._anchors else None

    def close(self) -> None:
        """Stops what runs on the chain; closes its client, the embedded node and the store."""
        self._end_work()
        self.chain.close()
        self.store.close()

    def _end_work(self) -> None:
        for work in list(self.chain.at_work.values()):
            if work.alive:
                work.stop()
                work.join(_END_SECONDS)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self.chain.name} #{self.chain.block_number}, {self.signer.name} signs>"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any]] = [
            ("chain", f"{self.chain.name}, block {self.chain.block_number}"),
            ("store", repr(self.store)),
            ("signer", f"{self.signer.name} {short_address(self.signer.address)}"),
            ("balance", self.balance()),
        ]
        body = "".join(
            f"<tr><th style='text-align:left'>{k}</th><td style='text-align:left'>"
            f"{html.escape(str(v))}</td></tr>"
            for k, v in rows
        )
        return f"<table><caption>Session</caption>{body}</table>"
