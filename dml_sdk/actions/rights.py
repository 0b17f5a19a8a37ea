"""Actions about updates and licences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from dml_sdk.actions.base import Action, Change, Present, Units, assign, number_of, score_of
from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError
from dml_sdk.measures import (
    BILLION,
    REVOCATION_CAUSES,
    Number,
    Tokens,
    Usage,
    decode_cause,
    encode_cause,
    part_from,
    parts_of,
    plain,
    reason_octets,
    require_usage,
)
from dml_sdk.terms import LicenceTerms
from dml_sdk.untrusted import visible


@dataclass(frozen=True, slots=True)
class ApproveUpdate(Action):
    """Publish an update as a version and reward its engineer.

    Attributes:
        update: an `Update`, or its id.
        reward: 0–1, the part of what remains in the engineers' bucket.
    """

    update: int
    reward: Number = Decimal(0)

    def __post_init__(self) -> None:
        assign(
            self,
            update=number_of(self, "update", self.update),
            reward=score_of("reward", self.reward),
        )

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"update": self.update, "reward": parts_of(self.reward, BILLION)}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> ApproveUpdate:
        return cls(told["update"], part_from(told["reward"], BILLION))

    def __str__(self) -> str:
        if not self.reward:
            return f"Approve update {self.update} without a reward"
        return (
            f"Approve update {self.update} and reward its engineer with {plain(self.reward)} of "
            "the engineers' bucket"
        )


@dataclass(frozen=True, slots=True)
class RejectUpdate(Action):
    """Reject an update, for a reason of up to 128 bytes."""

    update: int
    reason: str = ""

    def __post_init__(self) -> None:
        assign(self, update=number_of(self, "update", self.update))
        reason_octets(self.reason)

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"update": self.update, "reason": reason_octets(self.reason)}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> RejectUpdate:
        return cls(told["update"], str(told["reason"]))

    def __str__(self) -> str:
        return f"Reject update {self.update}" + (f": {visible(self.reason)}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class SetLicence(Action):
    """Sell licences of a usage on these terms; None: no more."""

    usage: Usage
    terms: LicenceTerms | None

    def __post_init__(self) -> None:
        require_usage(self.usage)
        if not isinstance(self.terms, LicenceTerms | None):
            raise UsageError(f"terms={shown(self.terms)}: give LicenceTerms(…), or None.")

    def arguments(self, units: Units) -> dict[str, Any]:
        terms = self.terms.encoded(units.pool) if self.terms else None
        return {"usage": self.usage.capitalize(), "terms": terms}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetLicence:
        terms = LicenceTerms.decoded(told["terms"], units.pool) if told["terms"] else None
        return cls(told["usage"].lower(), terms)

    def __str__(self) -> str:
        if self.terms is None:
            return f"Sell no more {self.usage} licences"
        return f"Sell {self.usage} licences: {self.terms}"


class SetFees(Change):
    """Change what a usage costs, by its name: `SetFees(commercial=80)`; its other terms stay.

    Raises:
        UsageError: not one usage, or no price.
    """

    __slots__ = ("price", "usage")

    def __init__(self, **fee: Tokens) -> None:
        if len(fee) != 1:
            raise UsageError("SetFees is of one usage, such as SetFees(commercial=80).")
        ((usage, price),) = fee.items()
        self.usage = require_usage(usage)
        self.price = LicenceTerms(price=price).price

    def action(self, present: Present) -> SetLicence:
        terms = present.licence_terms(self.usage) or LicenceTerms()
        return SetLicence(self.usage, replace(terms, price=self.price))

    def __repr__(self) -> str:
        return f"SetFees({self.usage}={plain(self.price)})"


@dataclass(frozen=True, slots=True)
class RevokeLicence(Action):
    """Revoke a licence for a cause: "breach", "leak", "jurisdiction", or another in words."""

    licence: int
    cause: str

    def __post_init__(self) -> None:
        assign(self, licence=number_of(self, "licence", self.licence))
        encode_cause(self.cause, REVOCATION_CAUSES)

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"licence": self.licence, "cause": encode_cause(self.cause, REVOCATION_CAUSES)}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> RevokeLicence:
        return cls(told["licence"], decode_cause(told["cause"], REVOCATION_CAUSES))

    def __str__(self) -> str:
        return f"Revoke licence {self.licence}: {visible(self.cause)}"
