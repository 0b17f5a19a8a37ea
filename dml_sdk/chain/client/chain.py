"""One chain, as this SDK speaks to it: read, call, submit, follow."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from substrateinterface.exceptions import BlockNotFound

from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.events import EventDecoder
from dml_sdk.chain.client.following import HeadFollower
from dml_sdk.chain.client.interface import Interface
from dml_sdk.chain.client.receipts import dispatch_error, failure_of, receipt_of
from dml_sdk.chain.client.signing import SigningContext, require_known_extensions
from dml_sdk.errors import (
    ChainError,
    ChainUnreachable,
    DMLError,
    RpcError,
    RuntimeIncompatible,
    TransactionRefused,
    UsageError,
)
from dml_sdk.types import Amount, Asset, Event, Receipt

if TYPE_CHECKING:
    from dml_sdk.chain.node import Node

_PALLETS = ("Models", "Pools", "Rounds", "Balances", "Assets", "Utility")
_INCLUSION_SECONDS = 60.0
_POLL_SECONDS = 0.02
_EVENT_BLOCKS_CACHED = 256
# twox-128 of "System" and of "Events"
_EVENTS_KEY = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
_INVALID_TRANSACTION = (1010, 1011, 1012, 1013, 1014, 1015, 1016)


class AtWork(Protocol):
    """Something that runs in a thread and changes the chain, such as a training."""

    @property
    def alive(self) -> bool: ...
    def stop(self) -> None: ...
    def join(self, timeout: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the runtime, encoded and ready to be signed."""

    name: str
    raw: Any

    def __repr__(self) -> str:
        return f"<Call {self.name}>"


class Chain:
    """A Substrate chain that runs this SDK's pallets, in this process or behind a URL.

    Every method may be called from any thread.

    Attributes:
        name: "embedded", or the node's URL.
        node: the embedded node, or None.
        token: the native asset.
        at_work: what runs on this chain in a thread, by model.

    Raises:
        ChainUnreachable: no answer.
        RuntimeIncompatible: a chain without this SDK's pallets.
    """

    def __init__(self, target: Node | str) -> None:
        self.name = target if isinstance(target, str) else "embedded"
        self.node = None if isinstance(target, str) else target
        self._lock = threading.RLock()
        self._substrate = Interface(target)
        try:
            self._substrate.init_runtime()
            present = {p.value["name"] for p in self._substrate.metadata.pallets}
        except (KeyError, AttributeError, TypeError, ValueError, BlockNotFound) as e:
            if isinstance(e, DMLError):
                raise
            raise RuntimeIncompatible(
                f"{self.name} does not answer as a Substrate node does ({type(e).__name__}: {e}). "
                "Check the address."
            ) from e
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
        self._runtime: tuple[int, SigningContext, EventDecoder] | None = None
        self.is_development = self._rpc("system_chainType", []) == "Development"
        self._decoded: OrderedDict[str, tuple[Event, ...]] = OrderedDict()
        self._follower = HeadFollower(self.node, self._head_number)
        self.at_work: dict[int, AtWork] = {}

    # --- read -----------------------------------------------------------------------------------

    @property
    def identity(self) -> object:
        """What tells this chain from others; two chains in memory may share a genesis."""
        return self.genesis_hash if self.node is None else id(self.node)

    @property
    def block_number(self) -> int:
        """Number of the newest block."""
        return self._head_number()

    def now_ms(self) -> int:
        """The chain's time, ms since 1970: the embedded clock, or this machine's."""
        return self.node.clock.now_ms() if self.node else int(time.time() * 1000)

    def get(self, pallet: str, item: str, *keys: Any, at: str | None = None) -> Any:
        """A storage value, decoded; None when there is none."""
        with self._lock, _encoding(f"{pallet}.{item} of {', '.join(map(repr, keys))}"):
            return self._substrate.query(pallet, item, list(keys), block_hash=at).value

    def entries(self, pallet: str, item: str, *prefix: Any) -> list[tuple[Any, Any]]:
        """All entries of a storage map under a prefix of its keys: (remaining key, value)."""
        with self._lock, _encoding(f"{pallet}.{item}"):
            found = self._substrate.query_map(pallet, item, list(prefix), page_size=500)
            return [(_plain(key), value.value) for key, value in found]

    def constant(self, pallet: str, name: str) -> Any:
        """A constant of a pallet, decoded."""
        with self._lock:
            return self._substrate.get_constant(pallet, name).value

    def asset(self, asset_id: int) -> Asset:
        """Symbol and decimals of an asset of `pallet-assets`."""
        told = self.get("Assets", "Metadata", asset_id)
        return Asset(str(told["symbol"] or f"#{asset_id}"), int(told["decimals"]), asset_id)

    def balance(self, address: str, asset: Asset | None = None) -> Amount:
        """What an account can spend and what is reserved for it, together."""
        if asset is None or asset.id is None:
            data = self.get("System", "Account", address)["data"]
            return Amount(data["free"] + data["reserved"], self.token)
        held = self.get("Assets", "Account", asset.id, address)
        return Amount(held["balance"] if held else 0, asset)

    def balances(self, addresses: Sequence[str]) -> dict[str, Amount]:
        """What each account holds of the native token, in one request."""
        found: dict[str, Amount] = {}
        with self._lock:
            keys = [self._substrate.create_storage_key("System", "Account", [a]) for a in addresses]
            for address, (_, value) in zip(
                addresses, self._substrate.query_multi(keys), strict=True
            ):
                data = value.value["data"]
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

    def runtime_api(self, method: str, arguments: bytes, result: str) -> Any:
        """Calls a runtime API ("DmlApi_conservation") at the newest block.

        Args:
            method: API and method.
            arguments: SCALE-encoded.
            result: type string that the answer decodes as.
        """
        with self._lock:
            raw = self._rpc("state_call", [method, "0x" + arguments.hex()])
            decoder = self._substrate.create_scale_object(result)
            return decoder.decode(_scale(raw))

    def define_types(self, types: Mapping[str, Any]) -> None:
        """Adds SCALE types that the metadata doesn't list (those of runtime APIs)."""
        with self._lock:
            self._substrate.runtime_config.update_type_registry({"types": dict(types)})

    def encode(self, type_string: str, value: Any) -> bytes:
        """A value, SCALE-encoded."""
        with self._lock, _encoding(repr(value)):
            return bytes(self._substrate.create_scale_object(type_string).encode(value).data)

    # --- follow ---------------------------------------------------------------------------------

    def events(self, last: int = 10) -> list[Event]:
        """The newest events, oldest first."""
        found: list[Event] = []
        number = self.block_number
        while number >= 1 and len(found) < last:
            block_hash = str(self._rpc("chain_getBlockHash", [number]))
            found[:0] = self._events_of(block_hash, number)
            number -= 1
        return found[-last:] if last else []

    def on_block(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Calls back with each new block's number, from any thread; returns how to stop that."""
        return self._follower.add(callback)

    # --- call -----------------------------------------------------------------------------------

    def call(self, pallet: str, function: str, **arguments: Any) -> Call:
        """Encodes a call.

        Raises:
            UsageError: an argument that its type cannot hold.
        """
        name = f"{pallet}.{function}"
        with self._lock, _encoding(name):
            return Call(name, self._substrate.compose_call(pallet, function, arguments))

    def batch(self, calls: Sequence[Call]) -> Call:
        """Several calls as one: all of them happen, or none."""
        if len(calls) == 1:
            return calls[0]
        raw = self.call("Utility", "batch_all", calls=[c.raw for c in calls]).raw
        return Call(" + ".join(dict.fromkeys(c.name for c in calls)), raw)

    def submit(self, call: Call, signer: Account) -> Receipt:
        """Signs, submits, waits for the block.

        Raises:
            TransactionRefused: never entered a block; nothing changed.
            DispatchError: entered a block and was refused by a rule; only the fee was paid.
        """
        outcome = self.submit_all([(call, signer)])[0]
        if isinstance(outcome, ChainError):
            raise outcome
        return outcome

    def submit_all(self, jobs: Sequence[tuple[Call, Account]]) -> list[Receipt | ChainError]:
        """Signs and submits several transactions, in one block where the chain allows it.

        Returns:
            for each its receipt, or the error that it ended in; one failing stops no other.
        """
        outcomes: list[Receipt | ChainError | None] = [None] * len(jobs)
        hashes: dict[int, str] = {}
        with self._lock:
            start = self.block_number
            signing, _ = self._of_runtime()
            nonces: dict[str, int] = {}
            with self._one_block():
                for i, (call, signer) in enumerate(jobs):
                    address = signer.address
                    if address not in nonces:
                        nonces[address] = int(self._rpc("system_accountNextIndex", [address]))
                    signed = signing.sign(bytes(call.raw.data.data), nonces[address], signer.key)
                    try:
                        self._rpc("author_submitExtrinsic", ["0x" + signed.hex()])
                    except RpcError as e:
                        outcomes[i] = _refused(e, call, address)
                        continue
                    nonces[address] += 1
                    hashes[i] = "0x" + hashlib.blake2b(signed, digest_size=32).hexdigest()
            placed = self._inclusions(list(hashes.values()), start)
            grouped: dict[str, dict[int | None, list[Event]]] = {}
            for i, extrinsic_hash in hashes.items():
                call, signer = jobs[i]
                if extrinsic_hash not in placed:
                    known = (
                        self.node.refusal(bytes.fromhex(extrinsic_hash[2:])) if self.node else None
                    )
                    outcomes[i] = known or TransactionRefused(
                        f"{call.name} was dropped by {self.name} before it entered a block."
                    )
                    continue
                number, block_hash, index = placed[extrinsic_hash]
                if block_hash not in grouped:
                    by_index = grouped[block_hash] = {}
                    for event in self._events_of(block_hash, number):
                        by_index.setdefault(event.extrinsic, []).append(event)
                own = grouped[block_hash].get(index, [])
                failure = failure_of(
                    own, self._substrate.metadata, call=call.name, signer=signer.address
                )
                outcomes[i] = failure or receipt_of(
                    own,
                    block=number,
                    block_hash=block_hash,
                    extrinsic_hash=extrinsic_hash,
                    call=call.name,
                    signer=signer.address,
                    native=self.token,
                    asset=self.asset,
                )
        return [o for o in outcomes if o is not None]

    def fee(self, call: Call, signer: Account) -> Amount:
        """What a call would cost its signer, asked of the runtime."""
        with self._lock:
            told = self._substrate.get_payment_info(call.raw, signer.key.signer)
        return Amount(int(told["partialFee"]), self.token)

    def error(self, told: Any, call: str) -> ChainError:
        """A decoded DispatchError of a runtime API as its typed class."""
        return dispatch_error(told, self._substrate.metadata, call)

    def close(self) -> None:
        """Stops following and closes the connection or the node."""
        self._follower.close()
        self._substrate.close()
        if self.node:
            self.node.close()

    # --- inside ---------------------------------------------------------------------------------

    def _rpc(self, method: str, params: Sequence[Any]) -> Any:
        return self._substrate.rpc_request(method, list(params))["result"]

    def _head_number(self) -> int:
        return int(self._rpc("chain_getHeader", [])["number"], 16)

    def _of_runtime(self) -> tuple[SigningContext, EventDecoder]:
        """How to sign for the runtime and read its events; made anew after an upgrade."""
        self._substrate.init_runtime()
        version = self._substrate.runtime_version or 0
        if self._runtime is None or self._runtime[0] != version:
            metadata = self._substrate.metadata
            require_known_extensions(metadata)
            signing = SigningContext(
                version,
                int(self._substrate.transaction_version),
                bytes.fromhex(self.genesis_hash[2:]),
            )
            events = metadata.get_metadata_pallet("System").get_storage_function("Events")
            type_id = int(events.get_value_type_string().removeprefix("scale_info::"))
            decoder = EventDecoder(metadata.portable_registry.value["types"], type_id)
            self._runtime = (version, signing, decoder)
        return self._runtime[1:]

    @contextmanager
    def _one_block(self) -> Iterator[None]:
        if self.node:
            with self.node.one_block():
                yield
        else:
            yield

    def _inclusions(self, hashes: Sequence[str], after: int) -> dict[str, tuple[int, str, int]]:
        """Block number, block hash and index of each transaction that entered a block."""
        found: dict[str, tuple[int, str, int]] = {}
        if self.node:
            for h in hashes:
                placed = self.node.inclusion(bytes.fromhex(h[2:]))
                if placed:
                    found[h] = (placed[0], "0x" + placed[1].hex(), placed[2])
            return found
        waiting, number = set(hashes), after
        deadline = time.monotonic() + _INCLUSION_SECONDS
        while waiting:
            if number >= self._head_number():
                if time.monotonic() > deadline:
                    raise ChainUnreachable(
                        f"{self.name} put {len(waiting)} transaction(s) into no block within "
                        f"{_INCLUSION_SECONDS:.0f} s. They may still enter one: look before "
                        "sending them again."
                    )
                time.sleep(_POLL_SECONDS)
                continue
            number += 1
            block_hash = str(self._rpc("chain_getBlockHash", [number]))
            block = self._rpc("chain_getBlock", [block_hash])["block"]
            for index, raw in enumerate(block["extrinsics"]):
                data = bytes.fromhex(raw[2:])
                h = "0x" + hashlib.blake2b(data, digest_size=32).hexdigest()
                if h in waiting:
                    waiting.discard(h)
                    found[h] = (number, block_hash, index)
        return found

    def _events_of(self, block_hash: str, number: int) -> tuple[Event, ...]:
        with self._lock:
            cached = self._decoded.get(block_hash)
            if cached is None:
                raw = self._rpc("state_getStorageAt", [_EVENTS_KEY, block_hash])
                _, decoder = self._of_runtime()
                cached = decoder.decode(bytes.fromhex(raw[2:]), number) if raw else ()
                self._decoded[block_hash] = cached
                while len(self._decoded) > _EVENT_BLOCKS_CACHED:
                    self._decoded.popitem(last=False)
                if any(e.pallet == "System" and e.name == "CodeUpdated" for e in cached):
                    self._substrate.stale = True
            return cached


@contextmanager
def _encoding(what: str) -> Iterator[None]:
    """Turns what the codec says of a value that its type cannot hold into a typed error."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as e:
        if isinstance(e, DMLError):
            raise
        raise UsageError(f"{what} cannot be encoded for the chain: {e}.") from e


def _refused(error: RpcError, call: Call, address: str) -> ChainError:
    if error.code not in _INVALID_TRANSACTION:
        return error
    why = error.data or error.args[0]
    return TransactionRefused(
        f"{call.name} by {address} was not accepted: {why}. Nothing changed, no fee was paid. "
        "If it is about fees, the account needs tokens first."
    )


def _first(value: Any, default: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else default
    return default if value is None else value


def _plain(key: Any) -> Any:
    if isinstance(key, (list, tuple)):
        return tuple(_plain(k) for k in key)
    return getattr(key, "value", key)


def _scale(hex_text: str) -> Any:
    from scalecodec.base import ScaleBytes

    return ScaleBytes(hex_text)
