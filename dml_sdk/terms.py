"""On which terms licences are sold, stakes are taken and a collective decides.

Values as people write them: amounts in whole tokens, parts from 0 to 1, times as timedelta. Each
knows the runtime's value of itself. What is sound is the chain's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from dml_sdk.arguments import MOST_ID, is_one_of, require_flag, require_whole, shown
from dml_sdk.errors import UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import (
    MILLION,
    Number,
    Time,
    Tokens,
    ms_of,
    octets,
    part_from,
    part_of,
    parts_of,
    plain,
    time_from,
    time_of,
    time_words,
    tokens_of,
)
from dml_sdk.types import ROLES, Amount, Asset, Role
from dml_sdk.untrusted import visible

SlashTo: TypeAlias = Role | Literal["buckets", "fees"]
_JURISDICTION_BYTES = 16


@dataclass(frozen=True, slots=True)
class LicenceTerms:
    """On which terms a usage of a model is sold.

    Attributes:
        price: whole tokens of the pool's asset, or an Amount of it.
        duration: how long a licence is valid; None for ever.
        maximum: how many may hold one at once; None for any number.
        transferable: whether a holder may pass it on.
        jurisdiction: where it is valid ("EU", "US-CA"), up to 16 bytes; "" for everywhere.
        text: terms of its own; None for the model's licence.
    """

    price: Tokens = 0
    duration: Time | None = None
    maximum: int | None = None
    transferable: bool = False
    jurisdiction: str = ""
    text: Document | None = None

    def __post_init__(self) -> None:
        _set(self, price=tokens_of("price", self.price))
        if self.duration is not None:
            _set(self, duration=time_of("duration", self.duration))
        if self.maximum is not None:
            _set(self, maximum=require_whole("maximum", self.maximum, most=MOST_ID))
        _set(self, transferable=require_flag("transferable", self.transferable))
        octets("jurisdiction", self.jurisdiction, _JURISDICTION_BYTES)
        if not isinstance(self.text, Document | None):
            raise UsageError(f"text={shown(self.text)}: give a Document, or None.")

    def encoded(self, asset: Asset) -> dict[str, Any]:
        """As the runtime takes them.

        Raises:
            UsageError: an amount of another asset.
        """
        return {
            "price": asset.amount(self.price).planck,
            "duration_ms": None if self.duration is None else ms_of(self.duration),
            "maximum": self.maximum,
            "transferable": self.transferable,
            "jurisdiction": octets("jurisdiction", self.jurisdiction, _JURISDICTION_BYTES),
            "text": self.text.encoded() if self.text else None,
        }

    @classmethod
    def decoded(cls, told: Mapping[str, Any], asset: Asset) -> LicenceTerms:
        """As the runtime tells them."""
        return cls(
            price=Amount(told["price"], asset).tokens,
            duration=None if told["duration_ms"] is None else time_from(told["duration_ms"]),
            maximum=told["maximum"],
            transferable=told["transferable"],
            jurisdiction=str(told["jurisdiction"]),
            text=Document.decoded(told["text"]) if told["text"] else None,
        )

    def __str__(self) -> str:
        parts = [f"a price of {plain(self.price)}"]
        parts.append("for ever" if self.duration is None else f"for {time_words(self.duration)}")
        if self.maximum is not None:
            parts.append(f"{self.maximum} holders at most")
        if self.transferable:
            parts.append("transferable")
        if self.jurisdiction:
            parts.append(f"in {visible(self.jurisdiction)}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class StakingTerms:
    """On which terms a model takes stakes.

    Attributes:
        unbonding: how long after unstaking a stake stays slashable and cannot be withdrawn.
        minimum: the least that an account may have at stake in a role, whole tokens or an Amount.
        slash_to: where what is slashed goes: "buckets" by share, a role's bucket, or "fees".
    """

    unbonding: Time = timedelta(days=14)
    minimum: Tokens = 0
    slash_to: SlashTo = "buckets"

    def __post_init__(self) -> None:
        _set(self, unbonding=time_of("unbonding", self.unbonding))
        _set(self, minimum=tokens_of("minimum", self.minimum))
        if not is_one_of(self.slash_to, ("buckets", "fees", *ROLES)):
            raise UsageError(
                f"slash_to={shown(self.slash_to)}: give buckets, fees or one of {', '.join(ROLES)}."
            )

    def encoded(self, asset: Asset) -> dict[str, Any]:
        """As the runtime takes them.

        Raises:
            UsageError: an amount of another asset.
        """
        to = self.slash_to.capitalize()
        return {
            "unbonding_ms": ms_of(self.unbonding),
            "minimum": asset.amount(self.minimum).planck,
            "slash_to": {"Role": to} if self.slash_to in ROLES else to,
        }

    @classmethod
    def decoded(cls, told: Mapping[str, Any], asset: Asset) -> StakingTerms:
        """As the runtime tells them."""
        to = told["slash_to"]
        named: Any = (to["Role"] if isinstance(to, dict) else to).lower()
        return cls(time_from(told["unbonding_ms"]), Amount(told["minimum"], asset).tokens, named)

    def __str__(self) -> str:
        return (
            f"{time_words(self.unbonding)} to unbond, at least {plain(self.minimum)} in a "
            f"role, what is slashed goes to {self.slash_to}"
        )


@dataclass(frozen=True, slots=True)
class ReferendumTerms:
    """On which terms a wider electorate decides.

    Attributes:
        threshold: the ayes must be more than this part of ayes and nays.
        quorum: at least this part of all weight must vote.
        voting: for how long is voted.
        lock: how long after the end a stake stays locked for each step of conviction.
    """

    threshold: Number = Decimal("0.5")
    quorum: Number = Decimal("0.1")
    voting: Time = timedelta(days=7)
    lock: Time = timedelta(days=7)

    def __post_init__(self) -> None:
        for name in ("threshold", "quorum"):
            _set(self, **{name: part_of(name, getattr(self, name), MILLION)})
        for name in ("voting", "lock"):
            _set(self, **{name: time_of(name, getattr(self, name))})

    def encoded(self) -> dict[str, Any]:
        """As the runtime takes them."""
        return {
            "threshold": parts_of(self.threshold, MILLION),
            "quorum": parts_of(self.quorum, MILLION),
            "voting_ms": ms_of(self.voting),
            "lock_ms": ms_of(self.lock),
        }

    @classmethod
    def decoded(cls, told: Mapping[str, Any]) -> ReferendumTerms:
        """As the runtime tells them."""
        return cls(
            part_from(told["threshold"], MILLION),
            part_from(told["quorum"], MILLION),
            time_from(told["voting_ms"]),
            time_from(told["lock_ms"]),
        )


@dataclass(frozen=True, slots=True)
class CollectiveTerms:
    """On which terms a collective decides.

    Attributes:
        threshold: the ayes must be more than this part of ayes and nays.
        quorum: at least this part of all weight must vote.
        voting: for how long is voted.
        delay: how long after its approval an action is enacted at the earliest.
        enact_within: how long it can be enacted from then on, a day at least; longer than a round
            may run, as a pool is not closed during one.
        deposit: what proposing puts at risk, whole native tokens or an Amount of them.
        referendum: the terms of the wider electorate.
    """

    threshold: Number = Decimal("0.5")
    quorum: Number = Decimal("0.5")
    voting: Time = timedelta(days=3)
    delay: Time = timedelta(0)
    enact_within: Time = timedelta(days=35)
    deposit: Tokens = 1
    referendum: ReferendumTerms = field(default_factory=ReferendumTerms)

    def __post_init__(self) -> None:
        for name in ("threshold", "quorum"):
            _set(self, **{name: part_of(name, getattr(self, name), MILLION)})
        for name in ("voting", "delay", "enact_within"):
            _set(self, **{name: time_of(name, getattr(self, name))})
        _set(self, deposit=tokens_of("deposit", self.deposit))
        if not isinstance(self.referendum, ReferendumTerms):
            raise UsageError(f"referendum={shown(self.referendum)}: give ReferendumTerms(…).")

    def encoded(self, native: Asset) -> dict[str, Any]:
        """As the runtime takes them.

        Raises:
            UsageError: a deposit of another asset.
        """
        return {
            "threshold": parts_of(self.threshold, MILLION),
            "quorum": parts_of(self.quorum, MILLION),
            "voting_ms": ms_of(self.voting),
            "delay_ms": ms_of(self.delay),
            "enact_within_ms": ms_of(self.enact_within),
            "deposit": native.amount(self.deposit).planck,
            "referendum": self.referendum.encoded(),
        }

    @classmethod
    def decoded(cls, told: Mapping[str, Any], native: Asset) -> CollectiveTerms:
        """As the runtime tells them."""
        return cls(
            threshold=part_from(told["threshold"], MILLION),
            quorum=part_from(told["quorum"], MILLION),
            voting=time_from(told["voting_ms"]),
            delay=time_from(told["delay_ms"]),
            enact_within=time_from(told["enact_within_ms"]),
            deposit=Amount(told["deposit"], native).tokens,
            referendum=ReferendumTerms.decoded(told["referendum"]),
        )

    def __str__(self) -> str:
        return (
            f"more than {plain(Decimal(self.threshold) * 100)} % of ayes and nays, a quorum "
            f"of {plain(Decimal(self.quorum) * 100)} %, {time_words(self.voting)} to vote, "
            f"{time_words(self.delay)} of delay, a deposit of {plain(self.deposit)}"
        )


def _set(frozen: object, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(frozen, name, value)
