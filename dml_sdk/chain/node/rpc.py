"""The JSON-RPC methods of a Substrate node, each a few lines over the node.

Source: https://paritytech.github.io/json-rpc-interface-spec and the legacy methods of the
reference node, whose shapes and error codes these have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from dml_sdk.chain.node import authoring, genesis, proofs
from dml_sdk.chain.node.authoring import EXTRINSIC_SECONDS
from dml_sdk.chain.node.blocks import Block, Header
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.params import MOST_KEYS, Params, too_many
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.validity import MALFORMED, opaque
from dml_sdk.chain.node.version import RuntimeVersion
from dml_sdk.errors import DMLError, RpcError, RuntimeIncompatible, RuntimePanic, StateDiscarded

if TYPE_CHECKING:
    from dml_sdk.chain.node.node import Node

METHOD_NOT_FOUND, INTERNAL_ERROR = -32601, -32603
CLIENT_ERROR, VERIFICATION_ERROR = 4003, 1002
RUNTIME_ERROR, DECODE_ERROR = 1, 2  # of the methods of pallets

_FAILED = (RuntimePanic, RuntimeIncompatible)
Method: TypeAlias = Callable[["Rpc", Params], object]
_METHODS: dict[str, Method] = {}
EMPTY_POOL = 1
_CREATED = {
    "header_only": False,
    "clear_justification_requests": False,
    "needs_justification": False,
    "bad_justification": False,
    "is_new_best": True,
}
_CREATE_BLOCK = "engine_createBlock"
_CLASSES = ("normal", "operational", "mandatory")


def _answers(*names: str) -> Callable[[Method], Method]:
    """Enter a function into the table under its names."""

    def enter(function: Method) -> Method:
        for name in names:
            _METHODS[name] = function
        return function

    return enter


class Rpc:
    """Answers the requests to one node.

    Args:
        call_seconds: of the processor's time, after which a call into the runtime is stopped;
            less where strangers ask for them.
    """

    def __init__(self, node: Node, *, call_seconds: float = EXTRINSIC_SECONDS) -> None:
        self.node = node
        self._call_seconds = call_seconds

    @property
    def methods(self) -> set[str]:
        """The names of the methods that this node has."""
        by_hand = self.node.sealing.mode == "manual"
        return set(_METHODS) if by_hand else _METHODS.keys() - {_CREATE_BLOCK}

    def call(self, method: str, params: Sequence[object]) -> object:
        """The result of a method.

        Raises:
            RpcError: always this, whatever went wrong.
        """
        function = _METHODS.get(method) if isinstance(method, str) else None
        if function is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found", str(method)[:80])
        try:
            return function(self, Params(method, params))
        except _FAILED as error:
            raise RpcError(CLIENT_ERROR, "Client error: Execution failed", str(error)) from error
        except StateDiscarded as gone:
            message = "Client error: UnknownBlock: State already discarded"
            raise RpcError(CLIENT_ERROR, message, str(gone)) from gone
        except RpcError:
            raise
        except DMLError as error:
            raise RpcError(INTERNAL_ERROR, "Internal error", str(error)) from error

    # --- chain --------------------------------------------------------------------------------

    def block(self, params: Params, index: int) -> Block:
        """The block that a parameter names, the head when there is none.

        Raises:
            RpcError: no such block (4003).
        """
        if not params.has(index):
            return self.node.chain.head
        block_hash = params.hash32(index, "the block hash")
        found = self.node.chain.by_hash(block_hash)
        if found is None:
            raise RpcError(
                CLIENT_ERROR,
                "Client error: UnknownBlock: Header was not found in the database: "
                f"0x{block_hash.hex()}",
            )
        return found

    def known(self, params: Params, index: int) -> Block | None:
        """The block that a parameter names, the head when there is none; None when unknown."""
        if not params.has(index):
            return self.node.chain.head
        return self.node.chain.by_hash(params.hash32(index, "the block hash"))

    @_answers("chain_getHeader")
    def _header(self, params: Params) -> object:
        block = self.known(params, 0)
        return None if block is None else header_json(block.header)

    @_answers("chain_getBlock")
    def _block(self, params: Params) -> object:
        block = self.known(params, 0)
        if block is None:
            return None
        extrinsics = [_hex(extrinsic) for extrinsic in block.extrinsics]
        body = {"header": header_json(block.header), "extrinsics": extrinsics}
        return {"block": body, "justifications": None}

    @_answers("chain_getBlockHash", "chain_getHead")
    def _block_hash(self, params: Params) -> object:
        chain = self.node.chain
        if not params.has(0):
            return _hex(chain.head.hash)
        wanted = params.raw(0)
        if isinstance(wanted, (list, tuple)):
            if len(wanted) > MOST_KEYS:
                raise too_many(len(wanted))
            return [self._hash_at(params, number) for number in wanted]
        return self._hash_at(params, wanted)

    def _hash_at(self, params: Params, number: object) -> str | None:
        if isinstance(number, str):
            try:
                number = int(number, 16) if number[:2] == "0x" and len(number) < 20 else None
            except ValueError:
                number = None
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise params.refused('the block number is a number or "0x" and its hexadecimal digits')
        block = self.node.chain.by_number(number)
        return None if block is None else _hex(block.hash)

    @_answers("chain_getFinalizedHead", "chain_getFinalisedHead")
    def _finalised_head(self, params: Params) -> object:
        params.at_most(0)
        return _hex(self.node.chain.head.hash)

    # --- state --------------------------------------------------------------------------------

    @_answers("state_getStorage", "state_getStorageAt")
    def _storage(self, params: Params) -> object:
        key = params.data(0, "the key")
        return _hex_or_none(self.block(params, 1).state.get(key))

    @_answers("state_getStorageHash", "state_getStorageHashAt")
    def _storage_hash(self, params: Params) -> object:
        key = params.data(0, "the key")
        value = self.block(params, 1).state.get(key)
        return None if value is None else _hex(blake2_256(value))

    @_answers("state_getStorageSize", "state_getStorageSizeAt")
    def _storage_size(self, params: Params) -> object:
        """Of the value at a key; where there is none, of all that is below it as a prefix."""
        key, state = params.data(0, "the key"), self.block(params, 1).state
        value = state.get(key)
        if value is not None:
            return len(value)
        return sum(len(state.get(below) or b"") for below in state.keys(key)) or None

    @_answers("state_getKeysPaged", "state_getKeysPagedAt")
    def _keys_paged(self, params: Params) -> object:
        prefix = params.data(0, "the prefix") if params.has(0) else b""
        count = params.count(1, "the count")
        after = params.data(2, "the start key") if params.has(2) else None
        if count > MOST_KEYS:
            raise too_many(count)
        keys = self.block(params, 3).state.keys(prefix, after)
        return [_hex(key) for key in islice(keys, count)]

    @_answers("state_queryStorageAt")
    def _query_storage(self, params: Params) -> object:
        keys = params.keys(0)
        block = self.block(params, 1)
        changes = [[_hex(key), _hex_or_none(block.state.get(key))] for key in keys]
        return [{"block": _hex(block.hash), "changes": changes}]

    @_answers("state_getReadProof")
    def _read_proof(self, params: Params) -> object:
        keys, block = params.keys(0), self.block(params, 1)
        proof = [_hex(node) for node in proofs.prove(block.state, keys)]
        return {"at": _hex(block.hash), "proof": proof}

    @_answers("state_call", "state_callAt")
    def _call(self, params: Params) -> object:
        name = params.text(0, "the function")
        argument = params.data(1, "the argument")
        return _hex(self.call_at(self.block(params, 2), name, argument))

    def call_at(self, block: Block, name: str, argument: bytes) -> bytes:
        """What a runtime API answers on the state of a block; changes are forgotten.

        Raises:
            RuntimePanic: it trapped, or took too long.
            RuntimeIncompatible: there is no such function, or no runtime that can be run.
        """
        runtime, overlay = self.node.executor.of(block.state), Overlay(block.state)
        return runtime.call(name, argument, overlay, seconds=self._call_seconds, beside=True)

    @_answers("state_getMetadata")
    def _metadata(self, params: Params) -> object:
        return _hex(self.node.executor.of(self.block(params, 0).state).metadata)

    @_answers("state_getRuntimeVersion", "chain_getRuntimeVersion")
    def _runtime_version(self, params: Params) -> object:
        return version_json(self.version_at(self.block(params, 0)))

    def version_at(self, block: Block) -> RuntimeVersion:
        """The version of the runtime that a block left behind."""
        return self.node.executor.of(block.state).version

    # --- author -------------------------------------------------------------------------------

    @_answers("author_submitExtrinsic")
    def _submit(self, params: Params) -> object:
        extrinsic = params.data(0, "the extrinsic")
        try:
            return _hex(self.node.submit(extrinsic))
        except _FAILED as error:
            raise RpcError(VERIFICATION_ERROR, "Verification Error", str(error)) from error

    @_answers("author_pendingExtrinsics")
    def _pending(self, params: Params) -> object:
        params.at_most(0)
        """Those that are ready; what waits for others is not told."""
        return [_hex(transaction.extrinsic) for transaction in self.node.pool.ready()]

    @_answers(_CREATE_BLOCK)
    def _create_block(self, params: Params) -> object:
        """Of nodes that seal by hand: a block of what is ready, or an empty one if that may be."""
        node = self.node
        if _CREATE_BLOCK not in self.methods:
            why = f"this node seals {node.sealing}"
            raise RpcError(METHOD_NOT_FOUND, "Method not found", why)
        may_be_empty, _ = params.flag(0, "whether it may be empty"), params.flag(1, "finalize")
        if params.has(2) and self.block(params, 2).hash != node.chain.head.hash:
            raise params.refused("a block's parent is the head of the chain")
        if not may_be_empty and not node.pool.ready():
            raise RpcError(EMPTY_POOL, "Transaction pool is empty")
        return {"hash": _hex(node.seal().hash), "aux": _CREATED}

    # --- payment ------------------------------------------------------------------------------

    @_answers("payment_queryInfo")
    def _fee_info(self, params: Params) -> object:
        with _of_pallet("Unable to query dispatch info."):
            read = Reader(self._fee_query("TransactionPaymentApi_query_info", params))
            weight = {"ref_time": read.compact(), "proof_size": read.compact()}
            kind = _CLASSES[min(read.uint(1), len(_CLASSES) - 1)]
            return {"weight": weight, "class": kind, "partialFee": str(read.uint(16))}

    @_answers("payment_queryFeeDetails")
    def _fee_details(self, params: Params) -> object:
        with _of_pallet("Unable to query fee details."):
            read = Reader(self._fee_query("TransactionPaymentApi_query_fee_details", params))
            if not read.option():
                return {"inclusionFee": None}
            names = ("baseFee", "lenFee", "adjustedWeightFee")
            return {"inclusionFee": {name: hex(read.uint(16)) for name in names}}

    def _fee_query(self, name: str, params: Params) -> bytes:
        extrinsic = opaque(params.data(0, "the extrinsic"))
        length = len(extrinsic).to_bytes(4, "little")
        return self.call_at(self.block(params, 1), name, extrinsic + length)

    # --- system -------------------------------------------------------------------------------

    @_answers("system_accountNextIndex", "account_nextIndex")
    def _next_index(self, params: Params) -> object:
        account = params.account(0, "the account")
        with _of_pallet("Unable to query nonce."):
            answer = self.call_at(self.node.chain.head, "AccountNonceApi_account_nonce", account)
        nonce = int.from_bytes(answer, "little")
        while self.node.pool.provides(account + nonce.to_bytes(4, "little")):
            nonce += 1
        return nonce

    @_answers("system_dryRun", "system_dryRunAt")
    def _dry_run(self, params: Params) -> object:
        extrinsic, node = params.data(0, "the extrinsic"), self.node
        now, seconds = node.clock.now_ms(), self._call_seconds
        with _of_pallet("Unable to dry run extrinsic."):
            block, extrinsic = self.block(params, 1), opaque(extrinsic)
            return _hex(authoring.dry_run(node.executor, block, now, extrinsic, seconds=seconds))

    @_answers("system_name")
    def _name(self, params: Params) -> object:
        return "DML embedded node"

    @_answers("system_version")
    def _version(self, params: Params) -> object:
        try:
            return version("dml-sdk")
        except PackageNotFoundError:  # a plain checkout
            return "0+checkout"

    @_answers("system_chain")
    def _chain_name(self, params: Params) -> object:
        return f"DML {self.node.preset}"

    @_answers("system_chainType")
    def _chain_type(self, params: Params) -> object:
        return "Development"

    @_answers("system_properties")
    def _properties(self, params: Params) -> object:
        return genesis.properties(self.node.runtime(), self.node.chain.head.state)

    @_answers("system_health")
    def _health(self, params: Params) -> object:
        return {"peers": 0, "isSyncing": False, "shouldHavePeers": False}

    @_answers("system_peers")
    def _peers(self, params: Params) -> object:
        return []

    @_answers("rpc_methods")
    def _methods(self, params: Params) -> object:
        return {"methods": sorted(self.methods)}


@contextmanager
def _of_pallet(message: str) -> Iterator[None]:
    """Errors are told as the reference's pallets do, which have codes of their own."""
    try:
        yield
    except (*_FAILED, StateDiscarded, ScaleError) as error:
        raise RpcError(RUNTIME_ERROR, message, str(error)) from error
    except RpcError as error:
        codes = {MALFORMED: DECODE_ERROR, CLIENT_ERROR: RUNTIME_ERROR}
        if error.code not in codes:
            raise
        raise RpcError(codes[error.code], message, error.data or error.message) from error


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _hex_or_none(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()


def header_json(header: Header) -> dict[str, object]:
    """A header as it is told."""
    return {
        "parentHash": _hex(header.parent_hash),
        "number": hex(header.number),
        "stateRoot": _hex(header.state_root),
        "extrinsicsRoot": _hex(header.extrinsics_root),
        "digest": {"logs": [_hex(item) for item in header.digest]},
    }


def version_json(told: RuntimeVersion) -> dict[str, object]:
    """A runtime's version as it is told."""
    return {
        "specName": told.spec_name,
        "implName": told.impl_name,
        "authoringVersion": told.authoring,
        "specVersion": told.spec,
        "implVersion": told.impl,
        "apis": [[_hex(name), number] for name, number in told.apis],
        "transactionVersion": told.transaction,
        "systemVersion": told.system,
        "stateVersion": told.state,
    }
