"""Actions about who governs a model, and on which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from dml_sdk.actions.base import Action, Change, Present, Units, assign, number_of
from dml_sdk.arguments import MOST_ID, is_one_of, require_whole, shown
from dml_sdk.chain.accounts import address_of
from dml_sdk.errors import UsageError
from dml_sdk.measures import (
    Number,
    Time,
    Tokens,
)
from dml_sdk.terms import CollectiveTerms, ReferendumTerms
from dml_sdk.types import short_address

Weighting: TypeAlias = Literal["assigned", "stake", "contribution"]
WEIGHTINGS: Mapping[Weighting, str] = {
    "assigned": "Assigned", "stake": "ByStake", "contribution": "ByContribution",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AddMember(Action):
    """Take in a member, or give one another weight."""

    who: str
    weight: int = 1

    def __post_init__(self) -> None:
        assign(self, who=address_of(self.who))
        assign(self, weight=require_whole("weight", self.weight, most=MOST_ID))

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"who": self.who, "weight": self.weight}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> AddMember:
        return cls(told["who"], told["weight"])

    def __str__(self) -> str:
        return f"Make {short_address(self.who)} a member with weight {self.weight}"


@dataclass(frozen=True, slots=True)
class RemoveMember(Action):
    """Remove a member."""

    who: str

    def __post_init__(self) -> None:
        assign(self, who=address_of(self.who))

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"who": self.who}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> RemoveMember:
        return cls(told["who"])

    def __str__(self) -> str:
        return f"Remove {short_address(self.who)} from the collective"


@dataclass(frozen=True, slots=True)
class SetWeighting(Action):
    """Change what votes weigh: the "assigned" number, the "stake", or the "contribution"."""

    weighting: Weighting

    def __post_init__(self) -> None:
        if not is_one_of(self.weighting, WEIGHTINGS):
            raise UsageError(
                f"weighting={shown(self.weighting)}: give one of {', '.join(WEIGHTINGS)}."
            )

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"weighting": WEIGHTINGS[self.weighting]}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetWeighting:
        return cls(weighting_of(told["weighting"]))

    def __str__(self) -> str:
        by = {"assigned": "the assigned weights", "stake": "what members have at stake",
              "contribution": "what members have earned"}  # fmt: skip
        return f"Weigh votes by {by[self.weighting]}"


@dataclass(frozen=True, slots=True)
class SetTerms(Action):
    """Change the collective's terms, for proposals made from then on."""

    terms: CollectiveTerms

    def __post_init__(self) -> None:
        if not isinstance(self.terms, CollectiveTerms):
            raise UsageError(f"terms={shown(self.terms)}: give CollectiveTerms(…).")

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"terms": self.terms.encoded(units.native)}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> SetTerms:
        return cls(CollectiveTerms.decoded(told["terms"], units.native))

    def __str__(self) -> str:
        return f"Decide on these terms: {self.terms}"


@dataclass(frozen=True, slots=True)
class Cancel(Action):
    """Not do what was approved and waits to be enacted; a `Proposal`, or its id.

    Done as soon as it is approved, whatever the delay.
    """

    proposal: int

    def __post_init__(self) -> None:
        assign(self, proposal=number_of(self, "proposal", self.proposal))

    def arguments(self, units: Units) -> dict[str, Any]:
        return {"proposal": self.proposal}

    @classmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> Cancel:
        return cls(told["proposal"])

    def __str__(self) -> str:
        return f"Cancel proposal {self.proposal}, which waits to be enacted"


class SetThresholds(Change):
    """Change some of the collective's terms, by name; the others stay.

    Args:
        referendum: the referendum's terms, or some of them by name.
        changes: threshold, quorum, voting, delay, enact_within, deposit.

    Raises:
        UsageError: nothing, or something that there is not.
    """

    __slots__ = ("_changes", "_referendum")

    def __init__(
        self,
        *,
        referendum: ReferendumTerms | Mapping[str, Number | Time] | None = None,
        **changes: Tokens | Time,
    ) -> None:
        self._changes, self._referendum = changes, referendum
        if not changes and not referendum:
            raise UsageError("SetThresholds changes something: threshold=, quorum=, voting=, …")
        self._changed(CollectiveTerms())

    def action(self, present: Present) -> SetTerms:
        return SetTerms(self._changed(present.collective_terms()))

    def _changed(self, terms: CollectiveTerms) -> CollectiveTerms:
        changes: dict[str, Any] = dict(self._changes)
        try:
            if isinstance(self._referendum, Mapping):
                some: dict[str, Any] = dict(self._referendum)
                changes["referendum"] = replace(terms.referendum, **some)
            elif self._referendum is not None:
                changes["referendum"] = self._referendum
            return replace(terms, **changes)
        except TypeError as e:
            raise UsageError(f"SetThresholds: {e}.") from e

    def __repr__(self) -> str:
        return f"SetThresholds({', '.join(f'{n}={v}' for n, v in self._changes.items())})"


def weighting_of(told: str) -> Weighting:
    """What votes weigh, as the chain tells it."""
    return next(ours for ours, name in WEIGHTINGS.items() if name == told)
