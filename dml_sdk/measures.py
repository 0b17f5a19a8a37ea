"""How people say amounts, parts, times, roles, usages and causes, and how the runtime does."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from dml_sdk.arguments import decimal_of, require_mapping, shown, utf8, whole_of
from dml_sdk.errors import UsageError
from dml_sdk.types import EXACT, ROLES, Amount, Role

Usage = Literal["download", "internal", "commercial", "serve", "resale"]
USAGES: tuple[Usage, ...] = ("download", "internal", "commercial", "serve", "resale")
SLASH_CAUSES = ("false score", "bad update", "spam", "collusion", "absence")
REVOCATION_CAUSES = ("breach", "leak", "jurisdiction")

MILLION = 1_000_000
BILLION = 1_000_000_000
PARTS_A_PERCENT = 10_000
_MOST_DECIMALS = 255  # of an asset of `pallet-assets`, which has them in a byte
_MOST_PERCENT = Decimal(2**32) / PARTS_A_PERCENT
_REASON_BYTES = 128
_OTHER = "other: "
_MS = timedelta(milliseconds=1)
_MOST_MS = timedelta.max // _MS

# A role is named in the singular; the runtime's records by role have most of them in the plural.
BY_ROLE: Mapping[Role, str] = {
    "creator": "creator",
    "engineer": "engineers",
    "contributor": "contributors",
    "annotator": "annotators",
    "validator": "validators",
    "client": "clients",
}

Number: TypeAlias = Decimal | int | str | float
Tokens: TypeAlias = Number | Amount
"""Whole tokens of the asset that is meant where they are given, or an amount of just that asset."""
Time: TypeAlias = timedelta | int


def require_usage(usage: object) -> Usage:
    """A usage that licences are sold for.

    Raises:
        UsageError: it is none.
    """
    for known in USAGES:
        if isinstance(usage, str) and usage == known:
            return known
    raise UsageError(f"usage={shown(usage)}: give one of {', '.join(USAGES)}.")


def require_role(role: object) -> Role:
    """A role.

    Raises:
        UsageError: it is none.
    """
    for known in ROLES:
        if isinstance(role, str) and role == known:
            return known
    raise UsageError(f"{shown(role)} is no role: use one of {', '.join(ROLES)}.")


def percent_by_role(shares: object) -> dict[str, Decimal]:
    """Shares in percent for all roles, in order; those that are not named are 0.

    Raises:
        UsageError: no dict, no such role, or a share that is no percent to four decimals.
    """
    given = require_mapping("shares", shares, "percent by role: dict(creator=10, …)")
    names = tuple(BY_ROLE.values())
    unknown = set(given) - set(names)
    if unknown:
        raise UsageError(
            f"{', '.join(sorted(map(str, unknown)))}: no such role; shares are for "
            f"{', '.join(names)}."
        )
    found: dict[str, Decimal] = {}
    for name in names:
        percent = decimal_of(given.get(name, 0))
        if percent is None or not percent.is_finite() or not 0 <= percent < _MOST_PERCENT:
            raise _no_share(name, given[name])
        if percent * PARTS_A_PERCENT != int(percent * PARTS_A_PERCENT):
            raise _no_share(name, given[name])
        found[name] = percent
    return found


def _no_share(name: str, given: object) -> UsageError:
    return UsageError(f"{name}: {shown(given)} is no share: give percent, to four decimals.")


def encode_cause(cause: object, named: tuple[str, ...]) -> Any:
    """A cause as the runtime takes it: one that has a name, or another in words.

    Raises:
        UsageError: no text, or more than 128 bytes of it.
    """
    if not isinstance(cause, str) or not cause:
        raise UsageError(f"cause={shown(cause)}: give {', '.join(named)}, or another in words.")
    if cause in named:
        return cause.title().replace(" ", "")
    return {"Other": octets("cause", cause.removeprefix(_OTHER), _REASON_BYTES)}


def decode_cause(told: Any, named: tuple[str, ...]) -> str:
    """A cause as the runtime tells it; words that are a name's, or empty, after "other: "."""
    if isinstance(told, Mapping):
        words = str(told["Other"])
        taken = words in named or words.startswith(_OTHER) or not words
        return _OTHER + words if taken else words
    return "".join(f" {c.lower()}" if c.isupper() else c for c in str(told)).strip()


def reason_octets(reason: object) -> str:
    """A reason as the runtime takes it.

    Raises:
        UsageError: no text, or more than 128 bytes of it.
    """
    return octets("reason", reason, _REASON_BYTES)


def octets(what: str, text: object, most: int) -> str:
    """Text as the runtime takes bytes: "0x…"; what is given so already stays.

    Raises:
        UsageError: no text, or too much of it.
    """
    if not isinstance(text, str):
        raise UsageError(f"{what}={shown(text)}: give text.")
    try:
        data = binascii.unhexlify(text[2:]) if text.startswith("0x") else text.encode()
    except ValueError:
        data = utf8(what, text)
    if len(data) > most:
        raise UsageError(f"{what} has {len(data)} bytes in UTF-8; the chain holds up to {most}.")
    return "0x" + data.hex()


def tokens_of(what: str, value: object) -> Decimal | Amount:
    """Whole tokens, 0 or more; an amount stays one, for `Asset.amount` to compare its asset.

    Raises:
        UsageError: no number, negative, infinite, or more or finer than any asset counts.
    """
    number = decimal_of(value.tokens if isinstance(value, Amount) else value)
    if number is None or not number.is_finite() or number < 0:
        raise UsageError(f"{what}={shown(value)}: give whole tokens, 0 or more.")
    exponent = number.as_tuple().exponent
    if number >= 2**128 or (isinstance(exponent, int) and exponent < -_MOST_DECIMALS):
        raise UsageError(f"{what}={shown(value)}: no asset counts so much, or so finely.")
    return value if isinstance(value, Amount) else number


def part_of(what: str, value: object, whole: int) -> Decimal:
    """A part from 0 to 1, in so many steps, rounded down.

    Raises:
        UsageError: no number from 0 to 1.
    """
    number = decimal_of(value)
    if number is None or not number.is_finite() or not 0 <= number <= 1:
        raise UsageError(f"{what}={shown(value)}: give a part from 0 to 1.")
    return part_from(parts_of(number, whole), whole)


def parts_of(value: Number, whole: int) -> int:
    """A part as the runtime counts it, rounded down whatever the caller's precision is."""
    return int(EXACT.multiply(Decimal(value), whole))


def part_from(parts: int, whole: int) -> Decimal:
    """A part that the runtime counts."""
    return Decimal(parts) / whole


def time_of(what: str, value: object) -> timedelta:
    """A timedelta, or ms; whole milliseconds.

    Raises:
        UsageError: neither, or negative.
    """
    ms = value // _MS if isinstance(value, timedelta) else whole_of(value)
    if ms is None or not 0 <= ms <= _MOST_MS:
        raise UsageError(f"{what}={shown(value)}: give a timedelta, 0 or more, or its ms.")
    return _MS * ms


def ms_of(value: Time) -> int:
    """A time as the runtime takes it."""
    return value // _MS if isinstance(value, timedelta) else value


def time_words(time: Time) -> str:
    """A time for reading: "3 d", "1 h 30 min", "0 s"."""
    rest, told = ms_of(time), []
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min")):
        if count := rest // size:
            told.append(f"{count} {unit}")
        rest %= size
    if rest or not told:
        told.append(f"{plain(Decimal(rest) / 1_000)} s")
    return " ".join(told)


def plain(number: Tokens) -> str:
    """A number without zeros that say nothing: "1.50" is "1.5"; of an amount with its asset."""
    if isinstance(number, Amount):
        return f"{plain(number.tokens)} {number.asset.label}"
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def time_from(ms: int) -> timedelta:
    """A time as the runtime tells it; the longest that Python knows for what is longer."""
    return _MS * min(ms, _MOST_MS)
