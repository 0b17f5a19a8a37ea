"""A model's proposals, read anew without reading what has ended twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

MOST_RECORDS = 100

Record = Mapping[str, Any]


class Records:
    """The newest proposals of a model, by their ids; those under way are read anew each time.

    Args:
        chain: whose proposals they are.
        model: the model's number.
        is_under_way: whether a proposal may still change.

    Attributes:
        told: the newest, by id, as the chain tells them.
        is_whole: whether there are no older ones.
    """

    def __init__(
        self,
        chain: Chain,
        model: int,
        is_under_way: Callable[[Record], bool],
    ) -> None:
        self._chain, self._model = chain, model
        self._is_under_way = is_under_way
        self._count = -1
        self._ids: tuple[int, ...] = ()
        self.told: dict[int, Record] = {}
        self.is_whole = True

    def read(self, and_also: Iterable[int] = ()) -> None:
        """Brings them up to date.

        Args:
            and_also: ids that are wanted however old they are.
        """
        count = self._chain.get("Collectives", "NextProposalId")
        if count != self._count:
            listed = self._chain.entries("Collectives", "ByModel", self._model)
            ids = sorted(number for number, _ in listed)
            self.is_whole = len(ids) <= MOST_RECORDS
            self._ids, self._count = tuple(ids[-MOST_RECORDS:]), count
        wanted = sorted({*self._ids, *and_also})
        kept, self.told = self.told, {}
        for number in wanted:
            record = kept.get(number)
            if record is None or self._is_under_way(record):
                record = self._chain.get("Collectives", "Proposals", number)
            if record is not None:  # else the chain was rewound since it was listed
                self.told[number] = record

    def forget(self) -> None:
        """Begins anew, as after a chain was rewound."""
        self._count, self.told = -1, {}


def state_name(record: Record) -> str:
    """The variant that a record's state is."""
    state = record["state"]
    return state if isinstance(state, str) else str(next(iter(state)))


def state_held(record: Record) -> Mapping[str, Any]:
    """What a record's state holds, by name."""
    state = record["state"]
    held: Mapping[str, Any] = {} if isinstance(state, str) else next(iter(state.values()))
    return held
