"""Makes blocks, and executes those that others made.

Source: Polkadot protocol specification, "Block Building Process".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dml_sdk.chain.node.blocks import NO_HASH, Block, Header, timestamp_ms
from dml_sdk.chain.node.executor import Executor, Runtime
from dml_sdk.chain.node.pool import Transaction
from dml_sdk.chain.node.scale import Reader, ScaleError, compact, vec
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.validity import Refusal, Validity, decode_validity, refusal_of
from dml_sdk.errors import ChainError, RuntimeIncompatible, RuntimePanic

_TIMESTAMP = b"timstap0"
_EXTERNAL = b"\x02"  # where a transaction comes from: over RPC
_ONLY_INHERENTS = 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Built:
    """A new block, and what became of the transactions that were to be in it.

    Attributes:
        included: those that are.
        refused: those that must not be in any block, with the reason.
    """

    block: Block
    included: tuple[Transaction, ...]
    refused: tuple[tuple[Transaction, Refusal], ...]


class TransactionPanicked(ChainError):
    """The runtime trapped while it applied a transaction; the block that was to hold it is gone."""

    def __init__(self, transaction: Transaction, panic: RuntimePanic) -> None:
        super().__init__(str(panic))
        self.transaction, self.panic = transaction, panic


def build(
    executor: Executor, parent: Block, time_ms: int, transactions: Sequence[Transaction]
) -> Built:
    """The block after `parent`.

    What the block has no room for is neither included nor refused: it may be in the next one.

    Args:
        time_ms: of the clock; the block's is over its parent's in any case.

    Raises:
        TransactionPanicked: one of the transactions made the runtime trap.
        RuntimePanic: the runtime trapped while it opened or closed the block.
    """
    runtime = executor.of(parent.state)
    overlay = Overlay(parent.state)
    opening = Header(parent.hash, parent.number + 1, NO_HASH, NO_HASH)
    mode = runtime.call("Core_initialize_block", opening.encode(), overlay)
    extrinsics = _inherents(runtime, overlay, max(time_ms, parent.timestamp_ms + 1))
    for inherent in extrinsics:
        refusal = _apply(runtime, overlay, inherent)
        if refusal is not None:
            raise RuntimePanic(f"The runtime refused its own inherent: {refusal.text}.")
    included: list[Transaction] = []
    refused: list[tuple[Transaction, Refusal]] = []
    for transaction in () if mode == bytes((_ONLY_INHERENTS,)) else transactions:
        try:
            refusal = _apply(runtime, overlay, transaction.extrinsic)
        except RuntimePanic as panic:
            raise TransactionPanicked(transaction, panic) from panic
        if refusal is None:
            included.append(transaction)
            extrinsics.append(transaction.extrinsic)
        elif refusal.for_a_later_block and included:
            break
        else:
            refused.append((transaction, refusal))
    header = Header.decode(runtime.call("BlockBuilder_finalize_block", b"", overlay))
    state = overlay.root()
    if header.state_root != state.root:
        raise RuntimePanic("The runtime changed the state after it had taken its root.")
    block = Block(header, header.hash, tuple(extrinsics), state, timestamp_ms(state), parent)
    return Built(block, tuple(included), tuple(refused))


def execute(
    executor: Executor, state: Trie, block: Block | bytes, *, seconds: float | None = None
) -> Trie:
    """The state after a block that somebody made, executed on the state before it.

    Args:
        block: if encoded, then without the seal of its author.
        seconds: after which the runtime is stopped.

    Raises:
        RuntimePanic: the block is not valid there, so also when the roots in its header differ; or
            it took too long.
    """
    overlay = Overlay(state)
    encoded = block if isinstance(block, bytes) else block.encode()
    executor.of(state).call("Core_execute_block", encoded, overlay, seconds=seconds)
    return overlay.root()


def validate(
    executor: Executor, head: Block, extrinsic: bytes, *, seconds: float | None = None
) -> Validity | Refusal:
    """What the runtime says of a transaction at the head of the chain.

    Args:
        seconds: after which the runtime is stopped.

    Raises:
        RuntimePanic: it cannot be decoded, or took too long.
    """
    answer = executor.of(head.state).call(
        "TaggedTransactionQueue_validate_transaction",
        _EXTERNAL + extrinsic + head.hash,
        Overlay(head.state),
        seconds=seconds,
    )
    return _decoded(decode_validity, answer)


def dry_run(
    executor: Executor,
    head: Block,
    time_ms: int,
    extrinsic: bytes,
    *,
    seconds: float | None = None,
) -> bytes:
    """What would come of an extrinsic in the next block: an encoded ApplyExtrinsicResult.

    Args:
        seconds: that it may take.

    Raises:
        RuntimePanic: it cannot be decoded, or takes longer.
    """
    runtime, overlay = executor.of(head.state), Overlay(head.state)
    opening = Header(head.hash, head.number + 1, NO_HASH, NO_HASH)
    runtime.call("Core_initialize_block", opening.encode(), overlay)
    for inherent in _inherents(runtime, overlay, max(time_ms, head.timestamp_ms + 1)):
        _apply(runtime, overlay, inherent)
    return runtime.call("BlockBuilder_apply_extrinsic", extrinsic, overlay, seconds=seconds)


def _inherents(runtime: Runtime, overlay: Overlay, time_ms: int) -> list[bytes]:
    # The runtime itself raises the time to its parent's plus the least period between blocks.
    data = compact(1) + _TIMESTAMP + vec(time_ms.to_bytes(8, "little"))
    read = Reader(runtime.call("BlockBuilder_inherent_extrinsics", data, overlay))
    return [vec(read.vec()) for _ in range(read.compact())]


def _apply(runtime: Runtime, overlay: Overlay, extrinsic: bytes) -> Refusal | None:
    overlay.start()
    try:
        answer = runtime.call("BlockBuilder_apply_extrinsic", extrinsic, overlay)
        refusal = _decoded(refusal_of, answer)
    except BaseException:
        overlay.rollback()
        raise
    if refusal is None:
        overlay.commit()
    else:
        overlay.rollback()
    return refusal


def _decoded(decode: Callable[[bytes], _T], answer: bytes) -> _T:
    try:
        return decode(answer)
    except ScaleError as error:
        raise RuntimeIncompatible(f"The runtime's answer cannot be read: {error}") from error
