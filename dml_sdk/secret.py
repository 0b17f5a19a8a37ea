"""Bytes that nothing shows, and work on them that leaves no trace.

Tracebacks can be shown with the values of every frame's variables: by IPython's `%xmode Verbose`,
by rich, by a debugger. So a secret lies in variables only wrapped in `Secret`, and what handles
the bare bytes runs `sheltered`, whose errors take their frames with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from dml_sdk.errors import UsageError

T = TypeVar("T")


class Secret:
    """Bytes that have no repr, no text, no copy and no pickle; equal only to itself.

    They are held by the function `reveal`, so that not even a list of all attributes has them.
    Python cannot wipe them from memory.

    Attributes:
        reveal: gives the bytes; to be called where they are used, and the result kept nowhere.
    """

    __slots__ = ("reveal",)

    reveal: Callable[[], bytes]

    def __init__(self, octets: bytes) -> None:
        def reveal() -> bytes:
            return octets

        self.reveal = reveal

    @classmethod
    def of_text(cls, text: object) -> Secret | None:
        """A password or phrase as UTF-8; None if it is no text, which no message could show."""
        if not isinstance(text, str):
            return None
        return sheltered(lambda: cls(text.encode()))

    def __repr__(self) -> str:
        return "<Secret>"

    def __getstate__(self) -> NoReturn:
        raise UsageError("A secret is not pickled or copied.")

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        raise UsageError("A secret is not pickled or copied.")


def sheltered(work: Callable[[], T]) -> T | None:
    """What `work` returns; None if it raised.

    Neither the error nor the frames that it passed are kept, in which a secret may lie; what is
    raised next has neither as its context. Ctrl-C, an exit and a lack of memory are raised anew.
    """
    try:
        return work()
    except (KeyboardInterrupt, SystemExit, MemoryError) as e:
        cut_short, said = type(e), e.args if isinstance(e, SystemExit) else ()
    except BaseException:  # noqa: BLE001 - a library in Rust panics with a class of its own
        return None
    raise cut_short(*said)


def without_fail(work: Callable[[], T]) -> T:
    """What `work` returns, `sheltered`, where its arguments were checked and it cannot fail."""
    result = sheltered(work)
    if result is None:
        raise RuntimeError("The cryptography library failed on arguments that are right.")
    return result
