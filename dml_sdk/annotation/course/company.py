"""With whom an annotator has shared batches.

When the same few fill batch after batch together, what they agree on cannot be compared with what
others say: so everybody takes, of the batches that need answers as much, those of others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Places = Sequence[Mapping[str, Any]]
"""Who has a place in a batch, as the chain tells it."""


class Company:
    """Whom an account met in its batches.

    Args:
        who: SS58 address of the account.

    Attributes:
        is_known: whether the batches that it had before were looked at.
    """

    def __init__(self, who: str) -> None:
        self._who = who
        self._in: dict[int, frozenset[str]] = {}
        self.is_known = False

    def saw(self, batch: int, places: Places) -> None:
        """Notes who is in one of the account's batches."""
        others = frozenset(str(place["who"]) for place in places) - {self._who}
        self._in[batch] = others

    def least_met(self, batches: Mapping[int, Places]) -> Sequence[int]:
        """Batches, those first whose annotators were met least; alike ones in their order."""
        met = Counter(other for others in self._in.values() for other in others)
        return sorted(batches, key=lambda batch: sum(met[str(p["who"])] for p in batches[batch]))
