"""What every action is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from dml_sdk.arguments import Noun, id_of, require_origin
from dml_sdk.measures import (
    BILLION,
    Usage,
    part_of,
)
from dml_sdk.terms import CollectiveTerms, LicenceTerms
from dml_sdk.types import Asset


@dataclass(frozen=True, slots=True)
class Units:
    """What amounts are in.

    Attributes:
        native: the chain's own token, for deposits.
        pool: the asset of the model's pool, or the native one where there is none.
        chain: what tells the chain that acts from others; None where nothing acts.
    """

    native: Asset
    pool: Asset
    chain: object = None


class Action(ABC):
    """Something that a collective decides; `str(action)` says what in a sentence."""

    __slots__ = ("_origin",)
    _origin: tuple[str, object]

    @abstractmethod
    def arguments(self, units: Units) -> dict[str, Any] | None:
        """What the chain's action of the same name holds; None for nothing."""

    @classmethod
    @abstractmethod
    def told(cls, told: Mapping[str, Any], units: Units) -> Action:
        """The action of what the chain tells that it holds."""

    def encoded(self, units: Units) -> Any:
        """As the runtime takes it.

        Raises:
            UsageError: it was made of a handle of another chain.
        """
        kind, origin = getattr(self, "_origin", ("", None))
        if origin is not None and units.chain is not None:
            require_origin(kind, origin, units.chain)
        name, holds = type(self).__name__, self.arguments(units)
        return name if holds is None else {name: holds}


class Present(Protocol):
    """What is set for a model now, as a change is made from it."""

    def licence_terms(self, usage: Usage) -> LicenceTerms | None: ...
    def collective_terms(self) -> CollectiveTerms: ...


class Change(ABC):
    """A change of a part of what is set, which becomes an action from what is set now."""

    __slots__ = ()

    @abstractmethod
    def action(self, present: Present) -> Action:
        """The action that sets the whole."""


def score_of(what: str, given: object) -> Decimal:
    """A part from 0 to 1, as scores are counted."""
    return part_of(what, given, BILLION)


def number_of(action: Action, kind: str, given: object) -> int:
    """The id of something that an action is about; of a handle, its chain is kept in mind."""
    number = id_of(given, kind)
    if isinstance(given, Noun):
        assign(action, _origin=(kind, given.origin))
    return number


def assign(frozen: object, **values: Any) -> None:
    """Sets fields of a frozen value while it is made."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)
