"""An action in full: what would be set, beside what is set now.

A sentence leaves out what is long, and addresses are short in it: whoever votes sees all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dml_sdk.actions import (
    AddMember,
    ApproveUpdate,
    Cancel,
    RemoveMember,
    SetAllowance,
    SetLicence,
    SetShares,
    SetStaking,
    SetTerms,
    SettleAnnotation,
    SetWeighting,
    Slash,
    Spend,
)
from dml_sdk.actions.base import Action
from dml_sdk.collective import Collective
from dml_sdk.errors import DMLError
from dml_sdk.locations import Document
from dml_sdk.measures import BY_ROLE, plain, time_words
from dml_sdk.pool import Pool
from dml_sdk.terms import CollectiveTerms, LicenceTerms, StakingTerms
from dml_sdk.widgets.wording import exact

Row = list[str]
"""What, as it would be, and as it is now; "" where there is nothing to compare with."""


def details(action: Action, collective: Collective) -> list[Row]:
    """Everything that an action says, a row each."""
    match action:
        case AddMember(who, weight):
            return [["account", who, ""], ["weight", str(weight), _weight_now(collective, who)]]
        case RemoveMember(who):
            return [["account", who, ""]]
        case Spend(role, who, score):
            return [
                ["account", who, ""],
                ["role", role, ""],
                ["part of the bucket", _text(score), ""],
            ]
        case Slash(who, role, part, cause):
            return [
                ["account", who, ""],
                ["role", role, ""],
                ["part of the stake", _text(part), ""],
                ["cause", cause, ""],
            ]
        case SettleAnnotation(task, batch, who, points, score, slash):
            return [
                ["task", str(task), ""],
                ["batch", str(batch), ""],
                ["account", who, ""],
                ["points", str(points), ""],
                ["score", _text(score), ""],
                ["part of the stake to slash", _text(slash), ""],
            ]
        case ApproveUpdate(_, reward):
            return [["part of the engineers' bucket", _text(reward), ""]]
        case SetWeighting(weighting):
            return [["votes weigh by", weighting, collective.weighting]]
        case SetShares(shares):
            return _shares(shares, _pool(collective))
        case SetLicence(usage, sold):
            return _compared(_licence(sold), _licence(collective.licence_terms(usage)))
        case SetStaking(staking):
            return _compared(_values(staking), _values(_pool(collective).staking))
        case SetAllowance(amount):
            limit = _pool(collective).allowance
            now = "none" if limit is None else exact(limit)
            return [["limit of what rounds and tasks take", _text(amount), now]]
        case Cancel(proposal):
            return [["what would not be done", str(collective.proposal(proposal).action), ""]]
        case SetTerms(terms):
            return _compared(_terms(terms), _terms(collective.terms))
        case _:
            return []


def _pool(collective: Collective) -> Pool:
    return Pool(collective.session, collective.model_id)


def _weight_now(collective: Collective, who: str) -> str:
    rows = (row for row in collective.members if row["account"] == who)
    return next((str(row["assigned"]) for row in rows), "")


def _shares(shares: Mapping[str, Any], pool: Pool) -> list[Row]:
    try:
        now: Mapping[Any, Any] = pool.shares
    except DMLError:  # there is no pool, so there are no shares now
        now = {}
    return [
        [f"{role}, %", _text(shares[name]), _text(Decimal(now.get(role, 0)) * 100)]
        for role, name in BY_ROLE.items()
        if shares.get(name) or now.get(role)
    ]


def _licence(terms: LicenceTerms | None) -> dict[str, str]:
    if terms is None:
        return {"sold": "no"}
    return {"sold": "yes"} | _values(terms)


def _terms(terms: CollectiveTerms) -> dict[str, str]:
    told = _values(terms)
    del told["referendum"]
    return told | {f"referendum: {n}": v for n, v in _values(terms.referendum).items()}


def _values(terms: LicenceTerms | StakingTerms | Any) -> dict[str, str]:
    return {
        field.name.replace("_", " "): _text(getattr(terms, field.name)) for field in fields(terms)
    }


def _compared(then: Mapping[str, str], now: Mapping[str, str]) -> list[Row]:
    return [[name, value, now.get(name, "")] for name, value in then.items()]


def _text(value: object) -> str:
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return time_words(value)
        case Decimal():
            return plain(value)
        case Document():
            return f"{value.location}, SHA-256 {value.sha256}"
        case _:
            return str(value)
