"""Actions about a model's pool and what is at stake in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dml_sdk.actions.base import Action, Units, assign, score_of
from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import address_of
from dml_sdk.errors import UsageError
from dml_sdk.measures import (
    BILLION,
    PARTS_A_PERCENT,
    SLASH_CAUSES,
    Number,
    Tokens,
    decode_cause,
    encode_cause,
    part_from,
    parts_of,
    percent_by_role,
    plain,
    require_role,
    tokens_of,
)
from dml_sdk.terms import StakingTerms
from dml_sdk.types import Amount, Role, short_address
from dml_sdk.untrusted import visible


@dataclass(frozen=True, slots=True)
class SetShares(Action):
    """Split what comes into the pool from then on by other shares: percent by role, as PoolTerms.

    The chain refuses what does not sum to exactly 100.
    """

    shares: Mapping[str, Number]

    def __post_init__(self) -> None:
        assign(self, shares=percent_by_role(self.shares))

    def __hash__(self) -> int:
        return hash(tuple(self.shares.items()))

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"shares": {n: int(Decimal(p) * PARTS_A_PERCENT) for n, p in self.shares.items()}}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetShares:
        return cls(
            {name: Decimal(parts) / PARTS_A_PERCENT for name, parts in told["shares"].items()}
        )

    def __str__(self) -> str:
        parts = ", ".join(f"{n} {plain(p)} %" for n, p in self.shares.items() if p)
        return f"Split what comes into the pool by: {parts}"


@dataclass(frozen=True, slots=True)
class SetAllowance(Action):
    """Say what rounds and annotation tasks may take of the pool, until decided again.

    Until a collective of several has decided on it, they take nothing.

    Attributes:
        amount: whole tokens of the pool's asset, or an Amount of it, less by every reward of a
            round and by all that a task sets aside; None: as much as there is.
    """

    amount: Tokens | None

    def __post_init__(self) -> None:
        if self.amount is not None:
            assign(self, amount=tokens_of("amount", self.amount))

    def arguments(self, units: Units) -> dict[str, Any]:
        limit = None if self.amount is None else units.pool.amount(self.amount).planck
        return {"amount": limit}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetAllowance:
        limit = told["amount"]
        return cls(None if limit is None else Amount(limit, units.pool).tokens)

    def __str__(self) -> str:
        if self.amount is None:
            return "Let rounds and annotation tasks take as much as there is"
        return (
            f"Let rounds and annotation tasks take {plain(self.amount)} at most, until decided "
            "otherwise"
        )


@dataclass(frozen=True, slots=True)
class SetStaking(Action):
    """Change on which terms the model takes stakes."""

    terms: StakingTerms

    def __post_init__(self) -> None:
        if not isinstance(self.terms, StakingTerms):
            raise UsageError(f"terms={shown(self.terms)}: give StakingTerms(…).")

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"terms": self.terms.encoded(units.pool)}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetStaking:
        return cls(StakingTerms.decoded(told["terms"], units.pool))

    def __str__(self) -> str:
        return f"Take stakes on these terms: {self.terms}"


@dataclass(frozen=True, slots=True)
class Spend(Action):
    """Pay an account a part, 0–1, of what remains in a role's bucket."""

    role: Role
    who: str
    score: Number

    def __post_init__(self) -> None:
        require_role(self.role)
        assign(self, who=address_of(self.who), score=score_of("score", self.score))

    def arguments(self, units: Units) -> dict[str, Any]:
        score = parts_of(self.score, BILLION)
        return {"role": self.role.capitalize(), "who": self.who, "score": score}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> Spend:
        return cls(told["role"].lower(), told["who"], part_from(told["score"], BILLION))

    def __str__(self) -> str:
        return (
            f"Pay {short_address(self.who)} {plain(self.score)} of what is for the role {self.role}"
        )


@dataclass(frozen=True, slots=True)
class Slash(Action):
    """Take a part, 0–1, of what an account has at stake in a role, for a cause.

    The cause is "false score", "bad update", "spam", "collusion", "absence", or another in words.
    """

    who: str
    role: Role
    part: Number
    cause: str

    def __post_init__(self) -> None:
        require_role(self.role)
        assign(self, who=address_of(self.who), part=score_of("part", self.part))
        encode_cause(self.cause, SLASH_CAUSES)

    def arguments(self, units: Units) -> dict[str, Any]:
        return {
            "who": self.who,
            "role": self.role.capitalize(),
            "part": parts_of(self.part, BILLION),
            "cause": encode_cause(self.cause, SLASH_CAUSES),
        }

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> Slash:
        return cls(
            told["who"],
            told["role"].lower(),
            part_from(told["part"], BILLION),
            decode_cause(told["cause"], SLASH_CAUSES),
        )

    def __str__(self) -> str:
        return (
            f"Slash {plain(self.part)} of what {short_address(self.who)} has at stake as "
            f"{self.role}: {visible(self.cause)}"
        )


@dataclass(frozen=True, slots=True)
class ClosePool(Action):
    """Close the model's pool, for good."""

    def arguments(self, units: Units) -> None:
        return None

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> ClosePool:
        return cls()

    def __str__(self) -> str:
        return "Close the pool, for good"
