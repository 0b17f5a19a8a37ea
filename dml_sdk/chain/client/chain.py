"""One chain, as this SDK speaks to it: read, call, submit, follow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from substrateinterface.exceptions import BlockNotFound

from dml_sdk.arguments import MOST_ID, require_whole, shown, url_told
from dml_sdk.chain.accounts import Account, require_signer
from dml_sdk.chain.client.calls import Call, require_call
from dml_sdk.chain.client.clock import DistantClock
from dml_sdk.chain.client.codec.addresses import address_of
from dml_sdk.chain.client.events import BlockEvents, by_extrinsic
from dml_sdk.chain.client.following import HeadFollower
from dml_sdk.chain.client.heads import Head, heads_of, number_of
from dml_sdk.chain.client.interface import Interface, octets
from dml_sdk.chain.client.receipts import dispatch_error, failure_of, receipt_of
from dml_sdk.chain.client.runtime import Runtime
from dml_sdk.chain.client.signing import signed_call
from dml_sdk.chain.client.submission import Included, Submission
from dml_sdk.chain.client.trials import Trial, trial_of
from dml_sdk.chain.confirmation import Limits
from dml_sdk.errors import ChainError, DispatchError, DMLError, RuntimeIncompatible, UsageError
from dml_sdk.types import DESTROYED, Amount, Asset, Event, Receipt, is_symbol
from dml_sdk.untrusted import text_of

if TYPE_CHECKING:
    from dml_sdk.chain.node import Node

_PALLETS = ("Models", "Pools", "Rounds", "Balances", "Assets", "Utility")
_KEYS_A_REQUEST = 500  # nodes answer 1,000 at most


class AtWork(Protocol):
    """Something that runs in a thread and changes the chain, such as a training."""

    @property
    def alive(self) -> bool: ...
    def stop(self) -> None: ...
    def join(self, timeout: float) -> None: ...
    def cut_off(self) -> None: ...


class Chain:
    """A Substrate chain that runs this SDK's pallets, in this process or behind a URL.

    Every method may be called from any thread.

    Attributes:
        name: "embedded", or the node's URL, without what in it may be a password or a key.
        node: the embedded node, or None.
        token: the native asset.
        at_work: what runs on this chain in a thread, by model.
        limits: above which somebody is asked before a transaction is signed; None for never.
        closed: whether it was closed; nothing can be asked then: UsageError.

    Raises:
        ChainUnreachable: no answer.
        RuntimeIncompatible: a chain without this SDK's pallets.
    """

    def __init__(self, target: Node | str) -> None:
        self.name = url_told(target) if isinstance(target, str) else "embedded"
        self.node = None if isinstance(target, str) else target
        self.closed = False
        self._lock = threading.RLock()
        self._substrate = Interface(target)
        with _speaking_to(self.name):
            self._substrate.init_runtime()
            present = {p.value["name"] for p in self._substrate.metadata.pallets}
        missing = [p for p in _PALLETS if p not in present]
        if missing:
            raise RuntimeIncompatible(
                f"{self.name} runs a runtime without {', '.join(missing)}. "
                "Start the node with the chain spec of this SDK's runtime."
            )
        properties = self._rpc("system_properties", [])
        self.token = Asset(
            str(_first(properties.get("tokenSymbol"), "DML")),
            int(_first(properties.get("tokenDecimals"), 12)),
        )
        self.genesis_hash = str(self._rpc("chain_getBlockHash", [0]))
        self._known: Runtime | None = None
        self._upgraded_in = ""  # hash of the block that told of it
        self._runtime()
        self.is_development = self._rpc("system_chainType", []) == "Development"
        self._submission = Submission(self._rpc, self.name, self.node)
        self._block_events = BlockEvents(self._rpc)
        self._follower = HeadFollower(
            self.node, lambda: heads_of(str(target), self._head), self._head
        )
        self._clock = DistantClock(
            lambda: self.block_number, lambda: int(self.get("Timestamp", "Now"))
        )
        self.at_work: dict[int, AtWork] = {}
        self.limits: Limits | None = None

    # --- read -----------------------------------------------------------------------------------

    @property
    def identity(self) -> object:
        """What tells this chain from others; two chains in memory may share a genesis."""
        return self.genesis_hash if self.node is None else id(self.node)

    @property
    def block_number(self) -> int:
        """Number of the newest block."""
        return number_of(self._head())

    def now_ms(self) -> int:
        """The chain's time, ms since 1970.

        Of a chain that is elsewhere: this machine's, or as much later as its newest block was.
        """
        self.require_open()
        return self.node.clock.now_ms() if self.node else self._clock.now_ms()

    def get(self, pallet: str, item: str, *keys: Any, at: str | None = None) -> Any:
        """A storage value, decoded; None when there is none.

        Args:
            pallet, item: such as "Pools", "Pools".
            keys: all keys of a map.
            at: hash of a block, "0x…"; the newest by default.

        Raises:
            UsageError: no such item, or keys that it cannot have.
            RpcError: no such block.
        """
        entry = self._runtime().storage.item(pallet, item)
        params = ["0x" + entry.whole_key(keys).hex(), *([at] if at else [])]
        return entry.read(octets(self._rpc("state_getStorage", params)))

    def get_all(self, pallet: str, item: str, keys: Sequence[Any]) -> dict[Any, Any]:
        """Many entries of a map with one key, in few requests: by key, decoded.

        What there is nothing under is left out.

        Raises:
            UsageError: no such map, or a key that it cannot have.
        """
        entry = self._runtime().storage.item(pallet, item)
        asked = {"0x" + entry.whole_key([key]).hex(): key for key in keys}
        return {
            asked[key]: entry.read(raw)
            for key, raw in self._stored(list(asked), None)
            if raw is not None
        }

    def entries(self, pallet: str, item: str, *prefix: Any) -> list[tuple[Any, Any]]:
        """All entries of a storage map under a prefix of its keys: (remaining key, value).

        They are those of one block. Several remaining keys are a tuple.

        Raises:
            UsageError: no such map, or keys that it cannot have.
        """
        entry = self._runtime().storage.item(pallet, item)
        entry.require_listable(prefix)
        below = entry.key(prefix)
        start, at = "0x" + below.hex(), self._rpc("chain_getBlockHash", [])
        listed: list[tuple[Any, Any]] = []
        last = start
        while True:
            page = self._rpc("state_getKeysPaged", [start, _KEYS_A_REQUEST, last, at])
            for key, raw in self._stored(page, at):
                if raw is not None:
                    rest = entry.rest_of_key(bytes.fromhex(key[2:]), below, len(prefix))
                    listed.append((rest, entry.read(raw)))
            if len(page) < _KEYS_A_REQUEST:
                return listed
            last = page[-1]

    def constant(self, pallet: str, name: str) -> Any:
        """A constant of a pallet, decoded.

        Raises:
            UsageError: there is none of that name.
        """
        return self._runtime().constant(pallet, name)

    def asset(self, asset_id: int) -> Asset:
        """Symbol and decimals of an asset of `pallet-assets`; both are its owner's word.

        The symbol of one that has none, or something else in its place, is "#" and its id.
        Of one that was destroyed nothing is known any more: its amounts are in planck.
        """
        if self.get("Assets", "Asset", asset_id) is None:
            return Asset(DESTROYED, 0, asset_id)
        told = self.get("Assets", "Metadata", asset_id)
        symbol = text_of(told["symbol"])
        return Asset(
            symbol if is_symbol(symbol) else f"#{asset_id}", int(told["decimals"]), asset_id
        )

    def asset_of(self, told: Any) -> Asset:
        """The asset that the runtime names: "Native", or {"WithId": id}."""
        return self.asset(int(told["WithId"])) if isinstance(told, dict) else self.token

    def balance(self, address: str, asset: Asset | None = None, *, at: str | None = None) -> Amount:
        """What an account can spend and what is reserved for it, together.

        Args:
            at: hash of a block, "0x…"; the newest by default.
        """
        if asset is None or asset.id is None:
            data = self.get("System", "Account", address, at=at)["data"]
            return Amount(data["free"] + data["reserved"], self.token)
        held = self.get("Assets", "Account", asset.id, address, at=at)
        return Amount(held["balance"] if held else 0, asset)

    def balances(self, addresses: Sequence[str]) -> dict[str, Amount]:
        """What each account holds of the native token, in few requests."""
        entry = self._runtime().storage.item("System", "Account")
        keys = {address: "0x" + entry.whole_key([address]).hex() for address in addresses}
        stored = dict(self._stored(list(dict.fromkeys(keys.values())), None))
        found: dict[str, Amount] = {}
        for address, key in keys.items():
            data = entry.read(stored[key])["data"]
            found[address] = Amount(data["free"] + data["reserved"], self.token)
        return found

    def signed_extrinsics(self) -> int:
        """How many signed extrinsics all blocks hold together."""
        count = 0
        for number in range(1, self.block_number + 1):
            block_hash = self._rpc("chain_getBlockHash", [number])
            for raw in self._rpc("chain_getBlock", [block_hash])["block"]["extrinsics"]:
                data = bytes.fromhex(raw[2:])
                prefix = {0: 1, 1: 2, 2: 4}.get(data[0] & 3, 5)  # of the compact length
                count += data[prefix] >> 7  # the top bit of the version byte says "signed"
        return count

    def ask(self, method: str, *arguments: Any, at: str | None = None) -> Any:
        """What the runtime's own API answers, decoded.

        Args:
            method: of `DmlApi`, such as "conservation".
            arguments: in order.
            at: hash of a block, "0x…"; the newest by default.

        Raises:
            UsageError: no such method, or what its arguments cannot hold.
            RpcError: no such block.
            RuntimeIncompatible: the runtime has no such method, or answers otherwise.
        """
        api = self._runtime().api
        given = "0x" + api.arguments(method, arguments).hex()
        raw = self._rpc("state_call", [f"DmlApi_{method}", given, *([at] if at else [])])
        return api.answer(method, octets(raw) or b"")

    def block_hash(self, number: int) -> str:
        """The hash of a block, "0x…".

        Raises:
            UsageError: there is no such block.
        """
        number = require_whole("a block's number", number, most=MOST_ID)
        found = self._rpc("chain_getBlockHash", [number])
        if found is None:
            raise UsageError(f"There is no block {number}; the newest is {self.block_number}.")
        return str(found)

    def events_of_block(self, number: int, holding: bytes = b"") -> tuple[Event, ...]:
        """The events of a block, in their order.

        Args:
            number: of the block.
            holding: bytes, such as an account's 32; a block whose events do not have them
                anywhere tells of none, and takes next to no time.

        Raises:
            UsageError: there is no such block.
        """
        block_hash = self.block_hash(number)
        if holding and holding not in self._block_events.encoded(block_hash):
            return ()
        return self._events_of(block_hash, number)

    def arguments_of(self, block: int, extrinsic: int) -> Mapping[str, Any]:
        """With what a transaction of a block was called: the call's arguments, decoded, by name.

        Args:
            extrinsic: its index in the block, as events have it.

        Raises:
            UsageError: there is no such block or transaction.
            RuntimeIncompatible: not signed as this SDK signs, or no call of this runtime.
        """
        found = self._rpc("chain_getBlock", [self.block_hash(block)])["block"]["extrinsics"]
        at = require_whole("extrinsic", extrinsic, most=len(found) - 1)
        return self._runtime().call_arguments(signed_call(bytes.fromhex(found[at][2:]))[1])

    # --- follow ---------------------------------------------------------------------------------

    def events(self, last: int = 10) -> list[Event]:
        """The newest events, oldest first.

        Raises:
            UsageError: `last` is not a whole number, 0 or more.
        """
        last = require_whole("last", last)
        found: list[Event] = []
        number = self.block_number
        while number >= 1 and len(found) < last:
            block_hash = str(self._rpc("chain_getBlockHash", [number]))
            found[:0] = self._events_of(block_hash, number)
            number -= 1
        return found[-last:] if last else []

    def on_block(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Calls back with each new block's number, from any thread; returns how to stop that.

        The node tells of its blocks, at once; one at an http:// address cannot, and is asked twice
        a second. One that does not answer is tried again until it does. What the callback raises
        is logged.

        Raises:
            UsageError: what cannot be called.
        """
        if not callable(callback):
            raise UsageError(
                f"callback={shown(callback)}: give a function that takes a block's number."
            )
        return self._follower.add(callback)

    # --- call -----------------------------------------------------------------------------------

    def call(self, pallet: str, function: str, /, **arguments: Any) -> Call:
        """Encodes a call; asks no node, so that any thread may do it at any time.

        Args:
            pallet, function: such as "Pools", "fund".
            arguments: by the names that the runtime gives them. Bytes are given as bytes, as text
                or as "0x…"; an account as its address; an enum as {name: value} or as the name of
                a variant that holds nothing; a struct as a dict.

        Raises:
            UsageError: no such call, an argument that is missing or too many, or one that its type
                cannot hold.
        """
        return self._runtime().calls.compose(pallet, function, arguments)

    def batch(self, calls: Sequence[Call]) -> Call:
        """Several calls as one: all of them happen, or none.

        Raises:
            UsageError: no call at all, or something else than calls.
        """
        if not isinstance(calls, Sequence) or not calls:
            raise UsageError("There is nothing to do: give a list of calls, one or more.")
        for call in calls:
            require_call(call)
        if len(calls) == 1:
            return calls[0]
        data = self.call("Utility", "batch_all", calls=list(calls)).data
        return Call(" + ".join(dict.fromkeys(c.name for c in calls)), data)

    def submit(
        self, call: Call, signer: Account, confirmed: Callable[[], object] | None = None
    ) -> Receipt:
        """Signs, submits, waits for the block.

        Args:
            confirmed: called before anything is signed, once nobody has to be asked any more.

        Raises:
            TransactionRefused: never entered a block; nothing changed.
            NotConfirmed: it moves more than `limits` allow, and nobody said yes; nothing was sent.
            SigningRefused: a signer outside did not sign it; nothing was sent.
            DispatchError: entered a block and was refused by a rule; only the fee was paid.
            UsageError: something else than a call, or a signer that is no account.
        """
        outcome = self.submit_all([(call, signer)], confirmed)[0]
        if isinstance(outcome, ChainError):
            raise outcome
        return outcome

    def submit_all(
        self,
        jobs: Sequence[tuple[Call, Account]],
        confirmed: Callable[[], object] | None = None,
    ) -> list[Receipt | ChainError]:
        """Signs and submits several transactions, in one block where the chain allows it.

        Args:
            confirmed: as for `submit`; not called where none goes ahead.

        Returns:
            for each its receipt, or the error that it ended in; one failing stops no other.

        Raises:
            UsageError: something else than a call, or a signer that is no account.
        """
        for call, signer in jobs:
            require_call(call)
            require_signer(signer)
        refused = [self._not_confirmed(call, signer) for call, signer in jobs]
        going = [job for job, refusal in zip(jobs, refused, strict=True) if refusal is None]
        if going and confirmed is not None:
            confirmed()
        with self._submission.turn(signer for _, signer in going):
            signed = self._submission.sign_outside(going, self._runtime())
            with self._lock:
                placed = iter(self._submission.send(going, self._runtime().signing, signed))
        outcomes: list[Receipt | ChainError] = []
        events: dict[str, dict[int | None, list[Event]]] = {}
        for (call, signer), refusal in zip(jobs, refused, strict=True):
            place = refusal or next(placed)
            if isinstance(place, ChainError):
                outcomes.append(place)
                continue
            if place.block_hash not in events:
                events[place.block_hash] = by_extrinsic(
                    self._events_of(place.block_hash, place.block)
                )
            own = events[place.block_hash].get(place.index, [])
            outcomes.append(self._outcome(place, own, call.name, signer.address))
        return outcomes

    def receipt(self, extrinsic_hash: str) -> Receipt:
        """The receipt of a transaction that was sent before, such as one that waited for its block.

        Args:
            extrinsic_hash: "0x…", as `TransactionWaiting.extrinsic_hash` and receipts have it.

        Raises:
            UsageError: no such hash, or no transaction of it in any block: of the embedded chain,
                or of the newest 256 of a node elsewhere.
            TransactionWaiting: it waits still.
            TransactionRefused: the embedded chain dropped it.
            DispatchError: its block refused it; only the fee was paid.
            RuntimeIncompatible: not signed as this SDK signs.
        """
        place = self._submission.find(extrinsic_hash)
        block = self._rpc("chain_getBlock", [place.block_hash])["block"]
        signer, data = signed_call(bytes.fromhex(block["extrinsics"][place.index][2:]))
        events = by_extrinsic(self._events_of(place.block_hash, place.block))
        outcome = self._outcome(
            place,
            events.get(place.index, []),
            self._runtime().call_name(data),
            address_of(signer),
        )
        if isinstance(outcome, ChainError):
            raise outcome
        return outcome

    def fee(self, call: Call, signer: Account) -> Amount:
        """What a call would cost its signer, asked of the runtime.

        Raises:
            UsageError: something else than a call, or a signer that is no account.
        """
        require_call(call)
        require_signer(signer)
        return Amount(self._submission.fee(call, signer), self.token)

    def dry_run(self, call: Call, who: str) -> Trial:
        """Carries a call out as if an account had signed it in the next block, and undoes it.

        Args:
            who: SS58 address.

        Raises:
            UsageError: something else than a call, or an address that is none.
        """
        require_call(call)
        told = self.ask("dry_run", who, call, self.now_ms())
        return trial_of(
            told,
            block=self.block_number + 1,
            call=call.name,
            signer=who,
            metadata=self._runtime().metadata,
            native=self.token,
            asset=self.asset,
        )

    def error(self, told: Any, call: str) -> ChainError:
        """A decoded DispatchError of a runtime API as its typed class."""
        return dispatch_error(told, self._runtime().metadata, call)

    def require_open(self) -> None:
        """Refuses what is asked of a chain that was closed.

        Raises:
            UsageError: it was.
        """
        if self.closed:
            raise UsageError(
                f"The session on {self.name} is closed. Open another with dml.connect(…), and get "
                "its models and pools anew."
            )

    def close(self) -> None:
        """Stops following and closes the connection or the node."""
        self._follower.close()
        self.closed = True
        self._substrate.close()
        if self.node:
            self.node.close()

    # --- inside ---------------------------------------------------------------------------------

    def _rpc(self, method: str, params: Sequence[Any]) -> Any:
        self.require_open()
        return self._substrate.ask(method, params)

    def _not_confirmed(self, call: Call, signer: Account) -> ChainError | None:
        """Why a call is not to be signed; None where nobody is to be asked, or said yes."""
        if self.limits is None:
            return None
        return self.limits.refusal(
            call,
            signer,
            lambda: self._runtime().call_arguments(call.data),
            lambda: self.fee(call, signer),
        )

    def _outcome(
        self, place: Included, own: Sequence[Event], call: str, signer: str
    ) -> Receipt | DispatchError:
        """What a transaction's own events tell of it."""
        return failure_of(own, self._runtime().metadata, call=call, signer=signer) or receipt_of(
            own,
            block=place.block,
            block_hash=place.block_hash,
            extrinsic_hash=place.extrinsic_hash,
            call=call,
            signer=signer,
            native=self.token,
            asset=self.asset,
        )

    def _head(self) -> Head:
        head: Head = self._rpc("chain_getHeader", [])
        return head

    def _stored(self, keys: Sequence[str], at: str | None) -> Iterator[tuple[str, bytes | None]]:
        """What is stored under each key, a few hundred a request."""
        for start in range(0, len(keys), _KEYS_A_REQUEST):
            asked = list(keys[start : start + _KEYS_A_REQUEST])
            for group in self._rpc("state_queryStorageAt", [asked, *([at] if at else [])]):
                for key, raw in group["changes"]:
                    yield key, octets(raw)

    def _runtime(self) -> Runtime:
        """The chain's runtime; read anew after an upgrade, and after one was rewound."""
        self.require_open()
        known = self._known
        if known is None or not self._is_at_the_head(known):
            with self._lock, _speaking_to(self.name):
                known = self._known
                if known is not None and not self._is_at_the_head(known):
                    known, self._substrate.stale = None, True
                if known is None:
                    self._substrate.init_runtime()
                    known = self._known = Runtime(
                        self._substrate.metadata,
                        int(self._substrate.runtime_version or 0),
                        int(self._substrate.transaction_version),
                        bytes.fromhex(self.genesis_hash[2:]),
                    )
        return known

    def _is_at_the_head(self, known: Runtime) -> bool:
        return self.node is None or self.node.runtime().version.spec == known.spec_version

    def _events_of(self, block_hash: str, number: int) -> tuple[Event, ...]:
        runtime = self._runtime()
        found = self._block_events.of(block_hash, number, runtime.events)
        if block_hash != self._upgraded_in and any(
            e.pallet == "System" and e.name == "CodeUpdated" for e in found
        ):
            self._upgraded_in = block_hash
            self._substrate.stale = True
            self._known = None
        return found


@contextmanager
def _speaking_to(name: str) -> Iterator[None]:
    """Turns what comes of answers in no known shape into a typed error."""
    try:
        yield
    except (KeyError, AttributeError, TypeError, ValueError, BlockNotFound) as e:
        if isinstance(e, DMLError):
            raise
        raise RuntimeIncompatible(
            f"{name} does not answer as a Substrate node does ({type(e).__name__}: {e}). "
            "Check the address."
        ) from e


def _first(value: Any, default: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else default
    return default if value is None else value
