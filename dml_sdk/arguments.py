"""Arguments, checked where they come in: what cannot be meant is refused in words.

Every function gives its argument back, and raises `UsageError`, which names the argument and says
what to give instead. Nothing in here asks a chain: whether something exists is not checked here.
"""

from __future__ import annotations

import math
import operator
import os
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from dml_sdk.errors import UsageError

MOST_ID = 2**32 - 1  # the runtime counts models, versions and assets in 32 bits
_LONGEST_TEXT = 64  # bytes; a longer one does not decode on the chain
_SHOWN = 60
_ADDRESS = re.compile(r"[1-9A-HJ-NP-Za-km-z]{46,50}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,7}")
_SEED = re.compile(r"(?<![0-9a-fA-F])(0x)?[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_LEAST_WORDS = 12
_PLAIN = re.compile(
    r"[+-]?[0-9.,_]{1,40}([eE][+-]?[0-9]{1,9})?"  # a number
    r"|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # a GUID
    r"|(?=.{1,24}$)[A-Za-z]+([ _-][A-Za-z]+){0,2}([ _-]?[0-9]{1,4})?"  # a name: "client-17"
)
_PHRASE = re.compile(r"([A-Za-z]{3,8}[^A-Za-z0-9]{1,4}){11}[A-Za-z]{3,8}")


def require_whole(what: str, value: object, *, least: int = 0, most: int | None = None) -> int:
    """A whole number, `least` to `most`, NumPy's too; True and False are none."""
    number = whole_of(value)
    if number is None or number < least:
        raise UsageError(f"{what}={shown(value)}: give a whole number, {least} or more.")
    if most is not None and number > most:
        raise UsageError(f"{what}={shown(value)}: give a whole number, {most} at most.")
    return number


class Noun(ABC):
    """Something on a chain that a number stands for there.

    Attributes:
        kind: what it is: "model", "update", "licence", "proposal", "task" or "batch".
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def id(self) -> int:
        """The chain's number for it."""

    @property
    @abstractmethod
    def origin(self) -> object:
        """What tells the chain that it is on from others.

        Raises:
            UnknownModel: the chain was rewound to before it was reached.
        """


def id_of(given: object, kind: str, chain: object = None) -> int:
    """The id of something on a chain, or of the handle that stands for it.

    Args:
        kind: what it is to be, as `Noun.kind`.
        chain: what tells the chain that it is to be on from others; None where that is not known.

    Raises:
        UsageError: neither; a handle of something else, or of another chain.
        UnknownModel: a handle of before the chain was rewound.
    """
    if not isinstance(given, Noun):
        if whole_of(given) is None:
            raise UsageError(f"{kind}={shown(given)}: give {_a(kind)}, or its id.")
        return require_whole(kind, given, most=MOST_ID)
    if given.kind != kind:
        raise UsageError(f"{kind}={shown(given)} is {_a(given.kind)}: give {_a(kind)}, or its id.")
    origin = given.origin
    if chain is not None:
        require_origin(kind, origin, chain)
    return given.id


def require_origin(kind: str, origin: object, chain: object) -> None:
    """Refuses what is of another chain.

    Raises:
        UsageError: it is.
    """
    if origin != chain:
        raise UsageError(
            f"This {kind} is on another chain, where its number stands for something else. "
            "Get it anew through the session that acts."
        )


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def is_one_of(value: object, names: Iterable[str]) -> bool:
    """Whether something is one of some names; what is no text, such as an array, is none."""
    return isinstance(value, str) and value in tuple(names)


def require_part(what: str, value: object) -> float | Decimal | None:
    """A number from 0 to 1, or None."""
    if value is None:
        return None
    number = None if isinstance(value, str) else decimal_of(value)
    if number is None or not number.is_finite() or not 0 <= number <= 1:
        raise UsageError(f"{what}={shown(value)}: give a number from 0 to 1.")
    return number if isinstance(value, Decimal) else float(number)


def require_rate(what: str, value: object) -> float:
    """A number above 0, as floating point has it."""
    number = None if isinstance(value, str) else decimal_of(value)
    rate = float(number) if number is not None and not number.is_nan() else math.nan
    if not 0 < rate < math.inf:
        raise UsageError(f"{what}={shown(value)}: give a number above 0, such as 0.1.")
    return rate


def require_seconds(what: str, value: object) -> float | None:
    """A time in seconds, 0 or more, that a thread can wait; None is for ever."""
    if value is None:
        return None
    number = None if isinstance(value, str) else decimal_of(value)
    if number is None or number.is_nan() or not 0 <= number <= Decimal(threading.TIMEOUT_MAX):
        raise UsageError(f"{what}={shown(value)}: give seconds, 0 or more, or None to wait on.")
    return float(number)


def require_text(what: str, text: object) -> str:
    """Text that the chain can hold: up to 64 bytes of UTF-8."""
    if not isinstance(text, str):
        raise UsageError(f"{what}={shown(text)}: give text of up to {_LONGEST_TEXT} bytes.")
    size = len(utf8(what, text))
    if size > _LONGEST_TEXT:
        raise UsageError(
            f"{what} has {size:,} bytes in UTF-8; the chain holds up to {_LONGEST_TEXT}."
        )
    return text


def utf8(what: str, text: str) -> bytes:
    """Text as bytes; what the half of a character is in has none."""
    try:
        return text.encode()
    except UnicodeEncodeError as e:
        why = e.reason
    # Raised out here: the other error repeats the text.
    raise UsageError(f"{what} cannot be written as UTF-8: {why}. Give other text.")


def require_flag(what: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise UsageError(f"{what}={shown(value)}: give True or False.")
    return value


def require_path(what: str, value: object) -> Path:
    """A path of this machine, "~" expanded."""
    if isinstance(value, str | Path) and str(value) and "\0" not in str(value):
        try:
            os.fsencode(value)
            return Path(value).expanduser()
        except (UnicodeEncodeError, RuntimeError):
            pass  # what these say repeats it
    raise UsageError(f"{what} is {discreet(value)}, and no path of this machine: give a path.")


def require_mapping(what: str, value: object, holds: str) -> Mapping[Any, Any]:
    """A dict or another mapping; `holds` says of what to what."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{what} is a {type(value).__name__}: give {holds}.")
    return value


def whole_of(value: object) -> int | None:
    """A whole number of Python's or NumPy's as Python's; None of what is none, as True is."""
    try:
        if _is_truth(value):
            return None
        return operator.index(value)  # type: ignore[arg-type]  # what has none raises
    except Exception:  # noqa: BLE001 - an object of somebody else's, which may do anything
        return None


def decimal_of(value: object) -> Decimal | None:
    """A number as it is written, be it text, Python's or NumPy's; None of what is none."""
    if (whole := whole_of(value)) is not None:
        return Decimal(whole)  # not by way of text: Python writes no more than 4,300 digits
    try:
        if isinstance(value, (Decimal, str)):
            return Decimal(value)
        if isinstance(value, Real) and not _is_truth(value):
            return Decimal(str(value))
    except Exception:  # noqa: BLE001 - text that is no number, or an object of somebody else's
        return None
    return None


def _is_truth(value: object) -> bool:
    """Whether something is True or False: Python's, NumPy's or pandas', or an array of one."""
    return isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", None) == "b"


def discreet(value: object) -> str:
    """What was given as an account, a path or the like, as a message may repeat it.

    It may be a phrase, a seed or a password that was put in the wrong place, so that only what
    looks like an address, or like a name shorter than any password, is repeated.
    """
    if value is None or isinstance(value, bool):
        return repr(value)
    if not isinstance(value, str | os.PathLike):
        return _a(type(value).__name__)
    text = str(value)
    if _ADDRESS.fullmatch(text) or _NAME.fullmatch(text):
        return repr(text)
    return "the text that was given" if text else "an empty text"


def path_told(path: Path) -> str:
    """A path as a message may repeat it: where something is there, or it ends as keystores do."""
    try:
        known = path.suffix == ".json" or os.path.lexists(path)
    except ValueError:
        known = False
    if known and not looks_secret(path):
        return str(path)
    return "the path that was given"


def reason_of(error: OSError) -> str:
    """Why something could not be done with a path, without the path."""
    return error.strerror or type(error).__name__


def url_told(url: str) -> str:
    """A node's address as a message may repeat it: without what may be a password or a key.

    Providers of nodes have their customers' keys in a user's name, a path or a query.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return "the address that was given"
    if "@" not in url and url.rstrip("/") == f"{parts.scheme}://{parts.netloc}":
        return url
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}/…"


def looks_secret(path: Path) -> bool:
    """Whether a path is a recovery phrase or a seed that was put in its place."""
    text = str(path).removesuffix(".json")
    names = (name.split() for name in text.split("/"))
    return bool(_SEED.search(text)) or any(
        len(words) >= _LEAST_WORDS and all(word.isalpha() for word in words) for words in names
    )


def shown(value: object) -> str:
    """A value as a message shows it: its repr, cut where it is long.

    It may be a phrase, a seed or a password that was put in the wrong place: text is repeated where
    it looks like a number, a GUID or a short name, which is what arguments are; bytes never are.
    """
    if isinstance(value, str | os.PathLike):
        text = str(value)
        return repr(text) if _PLAIN.fullmatch(text) and not _SEED.search(text) else discreet(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, bytearray | memoryview):
        return _a(type(value).__name__)
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an object of somebody else's, which may do anything
        return _a(type(value).__name__)
    if _SEED.search(text) or _PHRASE.search(text):
        return _a(type(value).__name__)
    text = " ".join(text.split()) if "\n" in text else text  # a table has lines
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
