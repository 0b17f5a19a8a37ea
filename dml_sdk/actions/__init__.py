"""Actions: what a model's collective can decide, one value each, in plain words and in the chain's.

    collective.propose(dml.actions.ApproveUpdate(update, reward=0.4))

`SetFees` and `SetThresholds` change a part of what is set, and become the whole when they are
proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dml_sdk.actions.annotating import SettleAnnotation
from dml_sdk.actions.base import Action, Change, Present, Units
from dml_sdk.actions.governing import (
    AddMember,
    Cancel,
    RemoveMember,
    SetTerms,
    SetThresholds,
    SetWeighting,
)
from dml_sdk.actions.money import (
    ClosePool,
    SetAllowance,
    SetShares,
    SetStaking,
    Slash,
    Spend,
)
from dml_sdk.actions.rights import ApproveUpdate, RejectUpdate, RevokeLicence, SetFees, SetLicence
from dml_sdk.arguments import shown
from dml_sdk.errors import RuntimeIncompatible, UsageError

__all__ = [
    "AddMember", "ApproveUpdate", "Cancel", "ClosePool", "RejectUpdate", "RemoveMember",
    "RevokeLicence", "SetAllowance", "SetFees", "SetLicence", "SetShares", "SetStaking", "SetTerms",
    "SetThresholds", "SetWeighting", "SettleAnnotation", "Slash", "Spend",
]  # fmt: skip


ACTIONS: Mapping[str, type[Action]] = {
    kind.__name__: kind
    for kind in (
        ApproveUpdate, RejectUpdate, AddMember, RemoveMember, SetWeighting, SetShares, SetLicence,
        RevokeLicence, SetTerms, SetStaking, Spend, Slash, ClosePool, SetAllowance, Cancel,
        SettleAnnotation,
    )
}  # fmt: skip
"""Every action of the chain, by its name there."""


def decode(told: Any, units: Units) -> Action:
    """An action as the chain tells it.

    Raises:
        RuntimeIncompatible: one that this SDK does not know.
    """
    name, holds = (told, {}) if isinstance(told, str) else next(iter(told.items()))
    kind = ACTIONS.get(name)
    if kind is None:
        raise RuntimeIncompatible(
            f"The collective decides on {name}, which this SDK does not know. Use a newer one."
        )
    # What holds one thing is told as that thing in a dict of its name.
    return kind.told(holds, units)


def require_action(given: object, present: Present) -> Action:
    """An action, or the one that a change becomes.

    Raises:
        UsageError: neither.
    """
    if isinstance(given, Change):
        return given.action(present)
    if not isinstance(given, Action):
        raise UsageError(f"{shown(given)} is no action: use one of dml.actions.")
    return given
