"""Session: who signs, which chain, which store."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import discreet, id_of, require_whole, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.clock import Clock
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.session_account import SessionAccount
from dml_sdk.storage import Store
from dml_sdk.types import Amount, Asset, short_address

if TYPE_CHECKING:
    from pathlib import Path

    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.tasks import Tasks
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.chain.confirmation import Confirm
    from dml_sdk.chain.confirmation import Preview as Asking
    from dml_sdk.chain.conservation import Conservation
    from dml_sdk.chain.node import Node
    from dml_sdk.chain.node.sealing import Seal
    from dml_sdk.chain.node.serving import Server
    from dml_sdk.chain.previews import Preview
    from dml_sdk.collective import Collective
    from dml_sdk.licences import SessionLicences
    from dml_sdk.model import Model
    from dml_sdk.models import Models
    from dml_sdk.pool import Pools
    from dml_sdk.statements import Progress, Statement

_END_SECONDS = 30.0


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
        self.signer = SessionAccount(self, signer)
        self.clock = Clock(chain)
        self._anchors: list[Anchor] = []
        self._borrows_store = False

    @property
    def models(self) -> Models:
        """Models on this chain: upload, get, list."""
        from dml_sdk.models import Models

        self.chain.require_open()
        return Models(self)

    @property
    def pools(self) -> Pools:
        """Pools on this chain: get."""
        from dml_sdk.pool import Pools

        self.chain.require_open()
        return Pools(self)

    def collective(self, model: Model | int) -> Collective:
        """The collective of a model, with this session's signer.

        Args:
            model: a Model, or its id.

        Raises:
            UsageError: neither, or a Model of another chain.
        """
        from dml_sdk.collective import Collective

        self.chain.require_open()
        return Collective(self, id_of(model, "model", self.chain.identity))

    @property
    def licences(self) -> SessionLicences:
        """Licences on this chain: list those of an account, get one."""
        from dml_sdk.licences import SessionLicences

        self.chain.require_open()
        return SessionLicences(self)

    @property
    def tasks(self) -> Tasks:
        """Annotation tasks on this chain: get, list."""
        from dml_sdk.annotation.tasks import Tasks

        self.chain.require_open()
        return Tasks(self)

    def task(
        self, task: AnnotationTask | int, *, drafts: str | Path | None = None
    ) -> AnnotationTask:
        """An annotation task, with this session's signer.

        Args:
            task: an AnnotationTask, or its id.
            drafts: the folder for answers that are not handed in yet; by default the user's own.

        Raises:
            UsageError: neither, a task of another chain, or there is no such task.
        """
        from dml_sdk.annotation.task import AnnotationTask

        self.chain.require_open()
        if isinstance(task, AnnotationTask):
            return task.as_(self, drafts)
        return AnnotationTask(self, id_of(task, "task", self.chain.identity), drafts=drafts)

    def account(self, account: str | Account) -> SessionAccount:
        """An account on this chain, with its balance and its statement.

        Args:
            account: a development account's name ("alice" to "ferdie" begin with tokens), or any
                account, such as one from a file.

        Raises:
            UsageError: a name, and this is no development chain; or neither.
        """
        self.chain.require_open()
        if isinstance(account, Account):
            return SessionAccount(self, account)
        if not self.chain.is_development:
            raise UsageError(
                f"Development accounts have public secrets; {self.chain.name} is not a development "
                "chain. Use dml.Account.from_file(…)."
            )
        return SessionAccount(self, Account.development(account))

    def as_(self, account: Account | str) -> Session:
        """The same chain and store with another signer."""
        self.chain.require_open()
        if not isinstance(account, Account | str):
            raise UsageError(
                f"{discreet(account)} cannot sign: give a dml.Account, or a development name."
            )
        other = Session(self.chain, self.store, self.account(account))
        other._anchors = self._anchors
        other._borrows_store = self._borrows_store
        return other

    def balance(self, account: Account | str | None = None, asset: Asset | None = None) -> Amount:
        """What an account (the signer's by default) holds of an asset (the native one)."""
        if not isinstance(asset, Asset | None):
            raise UsageError(f"asset={shown(asset)}: give an Asset, such as model.pool.asset.")
        return self.chain.balance(address_of(self.signer if account is None else account), asset)

    def statement(
        self,
        account: Account | str | None = None,
        *,
        first: int | None = None,
        last: int | None = None,
        progress: Progress | None = None,
    ) -> Statement:
        """Every movement of an account: when, how much, and why; from the events of all blocks.

        Args:
            account: the signer by default.
            first, last: blocks; all there are by default.
            progress: called now and then with how many blocks were read, and how many there are.

        Raises:
            UsageError: no account, or no such blocks.
            RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
        """
        from dml_sdk.statements import account_statement

        self.chain.require_open()
        who = address_of(self.signer if account is None else account)
        return account_statement(self.chain, who, first=first, last=last, progress=progress)

    def conserved(self) -> Conservation:
        """Asks the chain to add up every token it holds: none lost, none from nothing."""
        from dml_sdk.chain.conservation import conservation

        return conservation(self.chain)

    @contextmanager
    def anchor(self) -> Iterator[Session]:
        """Everything done inside is rewound at the end: chain, clock and waiting transactions.

        A training that was started inside and still runs is stopped; one that has not ended after
        half a minute, or when a Ctrl-C comes, cannot change the chain any more. A Model or Pool
        that was reached inside cannot be used afterwards: UnknownModel. Files that were put into
        the store stay; they are addressed by content and harm nobody. May be nested. Closing the
        session inside rewinds the chain first, to where the outermost anchor was set.

        Raises:
            UsageError: not the embedded chain, or a training runs on it.
        """
        self.chain.require_open()
        node = self.chain.node
        if node is None:
            raise UsageError(f"{self.chain.name} is shared with others; it cannot be rewound.")
        if any(work.alive for work in self.chain.at_work.values()):
            raise UsageError(
                "A training runs on this chain; rewinding would take its rounds away under it. "
                "Wait for it, or stop it, first."
            )
        anchor = Anchor()
        with node.anchor():
            self._anchors.append(anchor)
            try:
                yield self
            finally:
                try:
                    self._end_work()
                finally:  # also when Ctrl-C cuts the waiting short
                    self._anchors.remove(anchor)
                    anchor.rewound = True

    @property
    def anchored(self) -> Anchor | None:
        """The innermost anchor that is set, if one is."""
        return self._anchors[-1] if self._anchors else None

    def ask_over(
        self,
        amount: Amount | Decimal | int | str,
        *more: Amount,
        confirm: Confirm,
        preview: Asking | None = None,
    ) -> None:
        """Has somebody asked before a transaction is signed that takes more than an amount.

        It holds for all that is signed through this session, those that share its chain and what
        runs on it, until it is set anew or `never_ask` ends it. Each transaction is judged alone,
        fees aside, by what the chain tells before: by all that goes out of the signer's hands,
        whatever comes in or back with it.

        Args:
            amount: of the native token, or an Amount of any asset.
            more: of other assets. Of an asset that has no amount here, any is asked about.
            confirm: called with the `Question`, in the thread that submits; unless it returns True,
                the transaction ends in NotConfirmed.
            preview: asks what a call of an account would do; the runtime's dry run by default.

        Raises:
            UsageError: no amount, two of one asset, or no functions.
        """
        from dml_sdk.chain.confirmation import Limits
        from dml_sdk.chain.previews import effect

        self.chain.require_open()
        limit = amount if isinstance(amount, Amount) else self.chain.token.amount(amount)
        asked = partial(effect, self.chain) if preview is None else preview
        self.chain.limits = Limits([limit, *more], confirm, asked)

    def preview(self, call: Call) -> Preview:
        """What a call of the signer would do: fee, effects, error; nothing is signed.

        Raises:
            UsageError: something else than a call.
        """
        from dml_sdk.chain.previews import dry_run

        self.chain.require_open()
        return dry_run(self.chain, call, self.signer.address)

    def never_ask(self) -> None:
        """Ends what `ask_over` began."""
        self.chain.limits = None

    def seal(self) -> int:
        """Makes a block now, of what waits or of nothing; returns its number.

        Raises:
            UsageError: not the embedded chain.
        """
        return self._own_node("sealed").seal().number

    def fork(self, at: int | None = None, *, seal: Seal | None = None) -> Session:
        """A session on another chain, in memory, which is this one's up to a block.

        Both go on independently. The fork reads and adds to this session's store, which stays open
        when the fork is closed.

        Args:
            at: number of the block; None for the newest.
            seal: as in `connect`; None for as this chain.

        Raises:
            UsageError: not the embedded chain, or no such block.
        """
        from dml_sdk.chain.client.chain import Chain

        node = self._own_node("forked")
        block = None if at is None else require_whole("block at", at, most=self.chain.block_number)
        fork = Session(Chain(node.fork(block, seal=seal)), self.store, self.signer)
        fork._borrows_store = True
        return fork

    def serve(self, port: int = 0) -> Server:
        """Lets other notebooks, polkadot.js and wallets on this machine join the embedded chain.

        They connect to the server's `url`; closing the session closes it. `chain.node.serve` has
        more to set: other machines, web pages of other origins, limits.

        Args:
            port: 0 for any that is free.

        Raises:
            UsageError: not the embedded chain, or the port is taken.
            MissingExtra: the serve extra is not installed.
        """
        node = self._own_node("served")
        return node.serve(require_whole("port", port, most=65_535))

    def _own_node(self, done: str) -> Node:
        self.chain.require_open()
        if self.chain.node is None:
            raise UsageError(f"{self.chain.name} is a network's node; it cannot be {done} here.")
        return self.chain.node

    def close(self) -> None:
        """Stops what runs on the chain; closes its client, the embedded node and the store.

        Inside `anchor()` the chain is rewound before it is closed, as at the anchor's end.

        What was reached through the session, or another signer's on the same chain, says so from
        then on: UsageError.
        """
        try:
            self._end_work()
        finally:
            self.chain.close()
            if not self._borrows_store:
                self.store.close()

    def _end_work(self) -> None:
        """Stops what runs on the chain; what has not ended in time, or by a Ctrl-C, is cut off."""
        at_work = [work for work in list(self.chain.at_work.values()) if work.alive]
        until = time.monotonic() + _END_SECONDS
        try:
            for work in at_work:
                work.stop()
            for work in at_work:
                work.join(max(0.0, until - time.monotonic()))
        finally:
            for work in at_work:
                work.cut_off()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self.chain.name} {self._at()}, {self.signer.name} signs>"

    def _at(self) -> str:
        """Where the chain is, or why nobody can tell."""
        if self.chain.closed:
            return "(closed)"
        try:
            return f"#{self.chain.block_number}"
        except DMLError as e:
            return f"({type(e).__name__})"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any]] = [
            ("chain", f"{self.chain.name} {self._at()}"),
            ("store", repr(self.store)),
            ("signer", f"{self.signer.name} {short_address(self.signer.address)}"),
        ]
        with suppress(DMLError):  # the first row says why
            rows.append(("balance", self.balance()))
        body = "".join(
            f"<tr><th style='text-align:left'>{k}</th><td style='text-align:left'>"
            f"{html.escape(str(v))}</td></tr>"
            for k, v in rows
        )
        return f"<table><caption>Session</caption>{body}</table>"
