"""A block's events, decoded many times a second while a training is watched."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dml_sdk.chain.client.codec.decoding import Decode, read
from dml_sdk.chain.client.interface import octets
from dml_sdk.types import Event

# twox-128 of "System" and of "Events"
_KEY = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
_NONE = b"\0"
_BLOCKS_REMEMBERED = 256


class EventDecoder:
    """Decodes `System.Events` of one runtime.

    Args:
        records: reads a `Vec<EventRecord>`.
    """

    def __init__(self, records: Decode) -> None:
        self._records = records

    def decode(self, data: bytes, block: int) -> tuple[Event, ...]:
        """The events of a block.

        Raises:
            RuntimeIncompatible: bytes that are not events of this runtime.
        """
        records = read(self._records, data, f"What block {block} tells of its events")
        return tuple(_event(record, block) for record in records)


class BlockEvents:
    """The events of blocks, of which the latest asked for are remembered.

    Args:
        ask: makes a JSON-RPC request: method and parameters to result.
    """

    def __init__(self, ask: Callable[[str, Sequence[Any]], Any]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Event, ...]] = OrderedDict()

    def encoded(self, block_hash: str) -> bytes:
        """The events of a block as the chain has them."""
        return octets(self._ask("state_getStorage", [_KEY, block_hash])) or _NONE

    def of(self, block_hash: str, number: int, decoder: EventDecoder) -> tuple[Event, ...]:
        """The events of a block, in their order.

        Raises:
            RuntimeIncompatible: the decoder is of another runtime.
        """
        with self._lock:
            if block_hash not in self._known:
                data = self.encoded(block_hash)
                self._known[block_hash] = decoder.decode(data, number)
                while len(self._known) > _BLOCKS_REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[block_hash]


def by_extrinsic(events: Sequence[Event]) -> dict[int | None, list[Event]]:
    """A block's events, those of each extrinsic together."""
    found: dict[int | None, list[Event]] = {}
    for event in events:
        found.setdefault(event.extrinsic, []).append(event)
    return found


def event_of(told_event: Mapping[str, Any], block: int, extrinsic: int | None) -> Event:
    """A decoded event of the runtime."""
    ((pallet, told),) = told_event.items()
    name, fields = (told, {}) if isinstance(told, str) else next(iter(told.items()))
    return Event(
        block=block,
        extrinsic=extrinsic,
        pallet=pallet,
        name=name,
        fields=fields if isinstance(fields, dict) else {"value": fields},
    )


def _event(record: dict[str, Any], block: int) -> Event:
    phase = record["phase"]
    extrinsic = phase["ApplyExtrinsic"] if isinstance(phase, dict) else None
    return event_of(record["event"], block, extrinsic)
