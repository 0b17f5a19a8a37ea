"""Moments of a node, and the anchors that it comes back to by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.clock import ClockSetting
from dml_sdk.chain.node.pool import Transaction

if TYPE_CHECKING:
    from dml_sdk.chain.node.node import Node


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a node, to come back to. It belongs to the node that took it."""

    node: Node
    head: Block
    pool: tuple[Transaction, ...]
    clock: ClockSetting

    def __repr__(self) -> str:
        return f"<Snapshot of block {self.head.number}, {len(self.pool)} waiting>"


class Anchors:
    """The anchors that are set on one node. Guarded by the node's lock."""

    def __init__(self) -> None:
        self._set: list[Snapshot] = []  # the outermost first

    def add(self, moment: Snapshot) -> None:
        """Set one inside those that are set."""
        self._set.append(moment)

    def end(self, moment: Snapshot | None = None) -> Snapshot | None:
        """End an anchor (the outermost), and with it those that were set inside it.

        Returns:
            the moment to come back to; None where it has ended already.
        """
        for place, each in enumerate(self._set):
            if moment is None or each is moment:
                del self._set[place:]
                return each
        return None
