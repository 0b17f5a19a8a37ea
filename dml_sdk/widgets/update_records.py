"""A model's updates for the panels: what waits is found however much was proposed since.

Anybody may propose updates and take them back, as often as they like to pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

MOST_WAITING = 100
_SEARCHED_AT_ONCE = 256

Record = Mapping[str, Any]


class UpdateRecords:
    """The newest of a model's updates, and those that wait; what was decided on is read once.

    Args:
        chain: whose records they are.
        model: the model's number.

    Attributes:
        told: by id, as the chain tells them: the newest, and the newest that wait.
        count: how many there are of the model.
        waiting: how many of them wait to be decided on, once that was asked for.
    """

    def __init__(self, chain: Chain, model: int) -> None:
        self._chain, self._model = chain, model
        self.forget()

    def forget(self) -> None:
        """Begins anew, as after a chain was rewound."""
        self._next, self._newest, self._searches = -1, 0, False
        self._ids: list[int] = []
        self._decided: set[int] = set()
        self.told: dict[int, Record] = {}
        self.count = self.waiting = 0

    def read(self, newest: int, *, waiting: bool = True) -> None:
        """Brings them up to date; what was asked for once is told from then on.

        Args:
            newest: how many to know of whatever kind.
            waiting: whether to look for those that wait among all others too.
        """
        self._newest, self._searches = max(self._newest, newest), self._searches or waiting
        chain, model = self._chain, self._model
        proposed = chain.get("Updates", "NextUpdateId")
        if proposed != self._next:
            self._ids = sorted(number for number, _ in chain.entries("Updates", "ByModel", model))
            self._next, self.count = proposed, len(self._ids)
        first = max(0, len(self._ids) - self._newest)
        kept, self.told = self.told, {}
        for number in self._ids[first:]:
            if number in self._decided and number in kept:
                self.told[number] = kept[number]
        self._learn(number for number in self._ids[first:] if number not in self.told)
        if self._searches:
            self.waiting = sum(n for _, n in chain.entries("Updates", "OpenCount", model))
            self._search(first)

    def waits(self) -> list[int]:
        """The ids of those known that wait, the newest first."""
        return sorted((n for n in self.told if n not in self._decided), reverse=True)

    def _search(self, end: int) -> None:
        """Looks for those that wait among the older, from some place on, the newest first."""
        wanted = min(self.waiting, MOST_WAITING)
        unknown = [number for number in self._ids[:end] if number not in self._decided]
        while unknown and len(self.waits()) < wanted:
            asked, unknown = unknown[-_SEARCHED_AT_ONCE:], unknown[:-_SEARCHED_AT_ONCE]
            self._learn(asked)
            for number in asked:
                if number in self._decided:
                    self.told.pop(number, None)

    def _learn(self, numbers: Iterable[int]) -> None:
        found = self._chain.get_all("Updates", "Updates", list(numbers))
        for number, record in found.items():  # what is not found was rewound since it was listed
            self.told[number] = record
            if record["state"] != "Proposed":
                self._decided.add(number)
