"""Makes blocks, and executes those that others made.

Source: Polkadot protocol specification, "Block Building Process".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from dml_sdk.chain.node.blocks import NO_HASH, Block, Header, timestamp_ms
from dml_sdk.chain.node.compiling import Patience, StillCompiling
from dml_sdk.chain.node.executor import CODE, Executor
from dml_sdk.chain.node.interrupts import Held
from dml_sdk.chain.node.pool import Transaction
from dml_sdk.chain.node.runtime import Runtime
from dml_sdk.chain.node.scale import Reader, ScaleError, compact, vec
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.validity import Refusal, Validity, decode_validity, refusal_of
from dml_sdk.chain.node.vm import LONGEST_SECONDS
from dml_sdk.errors import ChainError, RuntimeIncompatible, RuntimePanic

EXTRINSIC_SECONDS = BLOCK_SECONDS = 10.0
"""Of the processor's time, that an extrinsic may take, and each call that opens or closes a block.

What fills a whole block's weight takes a tenth of that, as does closing a block of 5,000 transfers;
so a machine that is many times slower refuses nothing that is honest.
"""

VALIDATION_SECONDS = 0.5
"""How long the runtime may look at a transaction that comes in; it takes a thousandth of that."""

_TIMESTAMP = b"timstap0"
_EXTERNAL = b"\x02"  # where a transaction comes from: over RPC
_ONLY_INHERENTS = 1
_APPLY = "BlockBuilder_apply_extrinsic"
_NOT_OPENED = (RuntimePanic, RuntimeIncompatible, ScaleError)
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
    """The runtime stopped while it applied a transaction; the block that was to hold it is gone.

    Attributes:
        panic: what is told to whoever sent it.
        may_come_again: another time may be better.
    """

    def __init__(self, transaction: Transaction, why: RuntimePanic | RuntimeIncompatible) -> None:
        self.transaction = transaction
        self.may_come_again = isinstance(why, StillCompiling)
        self.panic = RuntimePanic(
            f"{why} The transaction was dropped: it is in no block, and no fee was paid.",
            out_of_time=_ran_out(why),
        )
        super().__init__(str(self.panic))


class Unsealable(RuntimePanic):
    """The runtime cannot open or close a block here, whatever transactions there are."""

    def __init__(self, parent: Block, why: ChainError | ScaleError) -> None:
        super().__init__(
            f"No block can be sealed on block {parent.number}, with the runtime that it left: "
            f"{str(why).rstrip('.')}. The chain can be read, but goes on only from a block before "
            "that runtime: leave the anchor, restore a snapshot, or fork the node there.",
            out_of_time=_ran_out(why),
        )


def build(
    executor: Executor,
    parent: Block,
    time_ms: int,
    transactions: Sequence[Transaction],
    patience: Patience,
) -> Built:
    """The block after `parent`.

    What the block has no room for is neither included nor refused: it may be in the next one.

    Args:
        time_ms: of the clock; the block's is over its parent's in any case.
        patience: of those who wait for the block, for another runtime to be compiled. A block is
            only made once the runtime can be called that it leaves.

    Raises:
        TransactionPanicked: one of the transactions made the runtime trap, or brings a runtime that
            is not compiled when patience ends.
        Unsealable: the runtime cannot be run, or stopped while it opened the block, or closed an
            empty one.
        RuntimePanic: it stopped while it closed one with transactions.
    """
    with Held():
        return _built(executor, parent, time_ms, transactions, patience)


def _built(
    executor: Executor,
    parent: Block,
    time_ms: int,
    transactions: Sequence[Transaction],
    patience: Patience,
) -> Built:
    overlay = Overlay(parent.state)
    try:
        runtime = executor.of(parent.state)
        mode, extrinsics = _open(
            runtime, overlay, parent, time_ms, BLOCK_SECONDS, patience=patience
        )
        executor.prepare(overlay, patience)
    except _NOT_OPENED as why:
        raise Unsealable(parent, why) from why
    code = overlay.get(CODE)
    included: list[Transaction] = []
    refused: list[tuple[Transaction, Refusal]] = []
    for transaction in () if mode == bytes((_ONLY_INHERENTS,)) else transactions:
        try:
            refusal = _apply(
                runtime, overlay, transaction.extrinsic, EXTRINSIC_SECONDS, patience=patience
            )
            if overlay.get(CODE) is not code:
                executor.prepare(overlay, patience)
        except (RuntimePanic, RuntimeIncompatible) as panic:
            raise TransactionPanicked(transaction, panic) from panic
        if refusal is None:
            included.append(transaction)
            extrinsics.append(transaction.extrinsic)
        elif refusal.for_a_later_block and included:
            break
        else:
            refused.append((transaction, refusal))
    try:
        header, state = _close(runtime, overlay, parent, patience)
        executor.prepare(state, patience)
    except (RuntimePanic, RuntimeIncompatible) as why:
        if included or refused:
            raise RuntimePanic(
                f"{why} There is no block: what was to be in it was dropped, no fee was paid.",
                out_of_time=_ran_out(why),
            ) from why
        raise Unsealable(parent, why) from why
    block = Block(header, header.hash, tuple(extrinsics), state, timestamp_ms(state), parent)
    return Built(block, tuple(included), tuple(refused))


def execute(
    executor: Executor, state: Trie, block: Block | bytes, *, seconds: float = LONGEST_SECONDS
) -> Trie:
    """The state after a block that somebody made, executed on the state before it.

    Args:
        block: if encoded, then without the seal of its author.
        seconds: of the processor's time, after which the runtime is stopped.

    Raises:
        RuntimePanic: the block is not valid there, so also when the roots in its header differ; or
            it took too long.
    """
    overlay = Overlay(state)
    encoded = block if isinstance(block, bytes) else block.encode()
    executor.of(state).call(
        "Core_execute_block", encoded, overlay, seconds=seconds, patience=Patience.endless()
    )
    return overlay.root()


def validate(executor: Executor, head: Block, extrinsic: bytes) -> Validity | Refusal:
    """What the runtime says of a transaction at the head of the chain.

    Raises:
        RuntimePanic: it cannot be decoded, or took too long.
    """
    answer = executor.of(head.state).call(
        "TaggedTransactionQueue_validate_transaction",
        _EXTERNAL + extrinsic + head.hash,
        Overlay(head.state),
        seconds=VALIDATION_SECONDS,
    )
    return _decoded(decode_validity, answer)


def dry_run(
    executor: Executor,
    head: Block,
    time_ms: int,
    extrinsic: bytes,
    *,
    seconds: float = EXTRINSIC_SECONDS,
) -> bytes:
    """What would come of an extrinsic in the next block: an encoded ApplyExtrinsicResult.

    Args:
        seconds: of the processor's time, that each call into the runtime may take.

    Raises:
        RuntimePanic: it cannot be decoded, or takes longer.
    """
    runtime, overlay, patience = executor.of(head.state), Overlay(head.state), Patience()
    _open(runtime, overlay, head, time_ms, seconds, beside=True, patience=patience)
    return runtime.call(_APPLY, extrinsic, overlay, seconds=seconds, beside=True, patience=patience)


def _open(
    runtime: Runtime,
    overlay: Overlay,
    parent: Block,
    time_ms: int,
    seconds: float,
    *,
    beside: bool = False,
    patience: Patience,
) -> tuple[bytes, list[bytes]]:
    """Begin a block: which extrinsics may be in it, encoded, and the inherents that are."""
    call = partial(runtime.call, overlay=overlay, seconds=seconds, beside=beside, patience=patience)
    opening = Header(parent.hash, parent.number + 1, NO_HASH, NO_HASH)
    mode = call("Core_initialize_block", opening.encode())
    # The runtime itself raises the time to its parent's plus the least period between blocks.
    time = vec(max(time_ms, parent.timestamp_ms + 1).to_bytes(8, "little"))
    read = Reader(call("BlockBuilder_inherent_extrinsics", compact(1) + _TIMESTAMP + time))
    inherents = [vec(read.vec()) for _ in range(read.compact())]
    for inherent in inherents:
        refusal = _apply(runtime, overlay, inherent, seconds, beside=beside, patience=patience)
        if refusal is not None:
            raise RuntimePanic(f"The runtime refused its own inherent: {refusal.text}.")
    return mode, inherents


def _close(
    runtime: Runtime, overlay: Overlay, parent: Block, patience: Patience
) -> tuple[Header, Trie]:
    closed = runtime.call(
        "BlockBuilder_finalize_block", b"", overlay, seconds=BLOCK_SECONDS, patience=patience
    )
    header, state = _decoded(Header.decode, closed), overlay.root()
    if header.state_root != state.root:
        raise RuntimePanic("The runtime changed the state after it had taken its root.")
    if (header.number, header.parent_hash) != (parent.number + 1, parent.hash):
        raise RuntimePanic(
            f"The runtime gave its block another place than the one after block {parent.number}."
        )
    return header, state


def _ran_out(why: Exception) -> bool:
    return isinstance(why, RuntimePanic) and why.out_of_time


def _apply(
    runtime: Runtime,
    overlay: Overlay,
    extrinsic: bytes,
    seconds: float,
    *,
    beside: bool = False,
    patience: Patience,
) -> Refusal | None:
    overlay.start()
    try:
        answer = runtime.call(
            _APPLY, extrinsic, overlay, seconds=seconds, beside=beside, patience=patience
        )
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
