"""The clock of a session's chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dml_sdk.errors import UsageError
from dml_sdk.types import from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

_LAST_YEAR = 9000


@dataclass(frozen=True, slots=True)
class Clock:
    """The embedded chain's clock, which can be moved forward."""

    chain: Chain

    def now(self) -> datetime:
        """The chain's time."""
        return from_ms(self.chain.now_ms())

    def advance(self, **duration: float) -> None:
        """Moves the clock forward and makes a block at the new time.

        Args:
            duration: as `datetime.timedelta` takes it: days=3, hours=1, milliseconds=5.

        Raises:
            UsageError: a duration that is not positive, or a network, whose clock is the world's.
        """
        node = self.chain.node
        if node is None:
            raise UsageError(f"The clock of {self.chain.name} is the world's; it cannot be moved.")
        try:
            ms = timedelta(**duration) // timedelta(milliseconds=1)
            later = self.now() + timedelta(milliseconds=ms)
        except (TypeError, ValueError, OverflowError) as e:
            raise UsageError(f"The clock cannot be moved by that: {e}.") from e
        if ms <= 0:
            raise UsageError("A chain's clock moves forward only: give a positive duration.")
        if later.year > _LAST_YEAR:
            raise UsageError(f"The clock goes to the year {_LAST_YEAR} at most.")
        node.clock.advance(ms)
        node.seal()
