"""Finds the states of long ago again: the checkpoint before, and the changes since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.history import History, decode_changes
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt, StateDiscarded

FOUND_AGAIN = 256
"""How many old blocks, and states, are held in case they are asked for again."""

_T = TypeVar("_T")


class States:
    """The states of a chain's blocks. Guarded by the chain's lock.

    Args:
        history: what the states are put together from.
        pruning: how many of the newest blocks have theirs; None for all.
    """

    def __init__(self, history: History, pruning: int | None) -> None:
        self._history = history
        self._pruning = pruning
        self._found: OrderedDict[int, Trie] = OrderedDict()

    def after(self, number: int, held: Callable[[int], Trie | None]) -> Trie:
        """The state after a block on the chain, not yet compared with its header.

        Args:
            held: the state after a block if somebody holds it, which saves the way to it.

        Raises:
            StateDiscarded: it is no longer kept.
            ChainCorrupt: the changes on the way to it cannot be read.
        """
        mark = self._history.checkpoint(number)
        if self._too_old(number) or mark is None:
            raise discarded(number)
        nearest, state = mark
        for at in range(number, nearest, -1):
            known = self._found.get(at) or held(at)
            if known is not None:
                nearest, state = at, known
                break
        for at in range(nearest + 1, number + 1):
            changes = self._history.record(at).changes
            if changes is None:
                raise discarded(number)
            state = state.update(self._decoded(at, changes))
            remember(self._found, at, state)
        return state

    def beside(self, block: Block, on_chain: Callable[[Block], bool]) -> Trie:
        """The state after a block that the chain has left, not yet compared with its header.

        Raises:
            StateDiscarded, ChainCorrupt: as in `after`.
        """
        way = [block]
        while (state := way[-1].held_state) is None:
            parent = way[-1].parent
            if parent is None or way[-1].changes is None:
                raise discarded(block.number)
            if on_chain(parent):
                state = parent.state
                break
            way.append(parent)
        for each in reversed(way):
            if each.held_state is None and each.changes is not None:
                state = state.update(self._decoded(each.number, each.changes))
        return state

    def changed_since_checkpoint(self, number: int) -> int:
        """How many keys have changed from the checkpoint before a block up to the block."""
        mark = self._history.checkpoint(number)
        first = number if mark is None else mark.number + 1
        changes = (self._history.record(at).changes for at in range(first, number + 1))
        return sum(Reader(each).compact() for each in changes if each)

    def forget(self, gone: Callable[[int], bool]) -> None:
        """Hold no more what was found of the blocks with such numbers."""
        forget(self._found, gone)

    def grown(self, number: int) -> None:
        """The chain has a new head: the state that is too old now is held no more."""
        if self._pruning is not None:
            self._found.pop(number - self._pruning, None)

    def _too_old(self, number: int) -> bool:
        return self._pruning is not None and number <= self._history.count - 1 - self._pruning

    def _decoded(self, number: int, changes: bytes) -> dict[bytes, bytes | None]:
        try:
            return decode_changes(changes)
        except ScaleError as error:
            raise corrupt(self._history, number) from error


def corrupt(history: History, number: int) -> ChainCorrupt:
    """The error for a block that is not what it should be."""
    return ChainCorrupt(
        f"Block {number} of {history.name} is not what its header says. "
        "Restore the file from a copy; nothing of the block was used."
    )


def discarded(number: int) -> StateDiscarded:
    """The error for a state that is not there any more."""
    return StateDiscarded(
        f"The state after block {number} is no longer kept, only that of newer ones. "
        "Ask about a newer block; a chain that is made with pruning=None keeps all."
    )


def remember(cache: OrderedDict[int, _T], number: int, value: _T) -> None:
    """Put what was found into a cache, out of which what nobody asks for goes first."""
    cache[number] = value
    cache.move_to_end(number)
    if len(cache) > FOUND_AGAIN:
        cache.popitem(last=False)


def forget(cache: OrderedDict[int, _T], gone: Callable[[int], bool]) -> None:
    """Take the numbers that are gone out of a cache."""
    for number in [number for number in cache if gone(number)]:
        del cache[number]
