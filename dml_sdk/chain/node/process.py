"""What a process that was forked must leave alone: a chain, and locks, of the one it came from.

The threads that held those locks are not in the child, so nobody there would ever let go of them;
and what the child did to its copy of the chain, the parent would never see.
"""

from __future__ import annotations

import os
import threading

from dml_sdk.errors import UsageError


class OwnProcess:
    """The process that this object was made in."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this is that process."""
        return os.getpid() == self._number

    def require(self) -> None:
        """Refuses to go on in another process.

        Raises:
            UsageError: this one was forked from it.
        """
        if not self.is_here:
            raise UsageError(
                "This process was forked from the one that the chain lives in, which would never "
                "see what is done here. Start a chain of its own with dml.connect()."
            )


class OwnLock(OwnProcess):
    """A lock that a thread may take again, in the process that it was made in."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    @property
    def here(self) -> threading.RLock:
        """The lock, to be entered.

        Raises:
            UsageError: as `require`.
        """
        self.require()
        return self._lock

    @property
    def alone(self) -> threading.RLock:
        """The lock, for what must not be interrupted by its like in the same thread.

        Raises:
            UsageError: it would be, as by the handler of a signal; or as `require`.
        """
        lock = self.here
        if lock._is_owned():  # type: ignore[attr-defined]  # what threading.Condition asks
            raise UsageError(
                "The chain is at work, and was asked for more by what interrupted it in the same "
                "thread, as the handler of a signal does. Ask again once it has returned."
            )
        return lock
