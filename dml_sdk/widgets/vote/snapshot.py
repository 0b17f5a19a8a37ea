"""A collective and what it votes on as plain values, which the panel and its picture draw.

Every figure is the chain's; tallies and outcomes are its `tally` api's. Weights and amounts travel
as exact decimal strings, times as ms since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dml_sdk.actions import ApproveUpdate, RejectUpdate
from dml_sdk.actions.base import Action, Units
from dml_sdk.chain.naming import development_names
from dml_sdk.errors import DMLError
from dml_sdk.measures import plain
from dml_sdk.session import Session
from dml_sdk.types import EXACT, Amount
from dml_sdk.untrusted import visible
from dml_sdk.updates import decode_metrics
from dml_sdk.votes import Proposal, Tally, state_of
from dml_sdk.widgets.vote.records import Record, state_held
from dml_sdk.widgets.wording import exact

MOST_VOTERS = 24
MOST_ENDED = 40
_LONGEST_SENTENCE = 400


def names_of(session: Session) -> dict[str, str]:
    """The accounts that have a name here: the signer, and the development accounts."""
    named = {session.signer.address: session.signer.name}
    if session.chain.is_development:
        named |= development_names()
    return named


def collective_plain(
    told: Mapping[str, Any], units: Units, one: Decimal, by_number: bool
) -> dict[str, Any]:
    """Who is a member, what votes weigh by, and the terms.

    Args:
        told: as the `collective` api tells it.
        one: what a weight of one is for reading.
        by_number: whether members' votes weigh by number.
    """
    terms = told["terms"]
    return {
        "decides": told["owner_decides"],
        "weighting": told["weighting"],
        "unit": "" if by_number else units.pool.label,
        "asset": units.pool.label,
        "members": [
            [
                member["who"],
                str(member["assigned"]),
                plain(EXACT.multiply(member["weight"], one)),
                member["delegate"],
            ]
            for member in told["members"]
        ],
        "terms": {
            **{name: plain(Decimal(terms[name]) / 1_000_000) for name in ("threshold", "quorum")},
            "voting": terms["voting_ms"],
            "delay": terms["delay_ms"],
            "enact_within": terms["enact_within_ms"],
            "deposit": exact(Amount(terms["deposit"], units.native)),
            "native": units.native.symbol,
            "referendum_threshold": plain(Decimal(terms["referendum"]["threshold"]) / 1_000_000),
            "referendum_quorum": plain(Decimal(terms["referendum"]["quorum"]) / 1_000_000),
            "referendum_voting": terms["referendum"]["voting_ms"],
            "referendum_lock": terms["referendum"]["lock_ms"],
        },
    }


def me_plain(
    address: str, told: Mapping[str, Any], one: Decimal, stakes: Sequence[Any], units: Units
) -> dict[str, Any]:
    """The signer's part: membership, weight, delegate, stake and what locks it."""
    members = {member["who"]: member for member in told["members"]}
    me = members.get(address)
    active, locks = 0, []
    if stakes:
        (mine,) = stakes
        active = sum(mine["active"].values())
        locks = [
            {
                "proposal": lock["key"],
                "amount": exact(Amount(lock["amount"], units.pool)),
                "until": lock["until_ms"],
            }
            for lock in mine["locks"]
        ]
    return {
        "address": address,
        "member": me is not None,
        "weight": plain(EXACT.multiply(me["weight"], one)) if me else "0",
        "delegate": me["delegate"] if me else None,
        "trusted_by": [who for who, other in members.items() if other["delegate"] == address],
        "staked": exact(Amount(active, units.pool)),
        "locks": locks,
    }


def proposal_plain(proposal: Proposal, action: Action | DMLError, record: Record) -> dict[str, Any]:
    """What is proposed, by whom, and where it stands; for open and ended ones alike.

    Args:
        action: what is proposed, or why that cannot be told.
    """
    held = state_held(record)
    return {
        "id": proposal.id,
        "kind": type(action).__name__ if isinstance(action, Action) else "",
        "action": cut(str(action)),
        "update": action.update if isinstance(action, ApproveUpdate | RejectUpdate) else None,
        "proposer": proposal.proposer,
        "proposed": record["proposed_ms"],
        "electorate": proposal.electorate,
        "deposit": str(proposal.deposit),
        "state": state_of(record["state"]),
        "ends": held.get("ends_ms"),
        "enact_from": held.get("enact_from_ms"),
        "enact_until": held.get("enact_until_ms"),
        "lock": record["terms"]["referendum"]["lock_ms"],
        "others_voted": record["others_voted"],
    }


def tally_plain(tally: Tally | None, unit: str) -> dict[str, Any] | None:
    """How a vote stands, as the runtime says."""
    if tally is None:
        return None
    return {
        "stage": tally.stage,
        "unit": unit,
        "aye": plain(tally.aye),
        "nay": plain(tally.nay),
        "turnout": plain(tally.turnout),
        "electorate": plain(tally.electorate),
        "ayes": tally.ayes,
        "approval": float(tally.approval),
        "voted": float(tally.voted),
        "threshold": float(tally.threshold),
        "quorum": float(tally.quorum),
        "outcome": tally.outcome,
        "can_close": tally.can_close,
        "expired": tally.expired,
    }


def voters_plain(voters: Sequence[Mapping[str, Any]], me: str) -> dict[str, Any]:
    """Who voted how: the signer first, then the heaviest; and how many more there are."""
    ordered = sorted(
        voters, key=lambda row: (row["account"] != me, row["vote"] is None, -row["weight"])
    )
    rows = [
        [
            row["account"],
            row["vote"],
            plain(row["weight"]),
            row["conviction"],
            row["through"],
        ]
        for row in ordered[:MOST_VOTERS]
    ]
    return {"rows": rows, "more": len(voters) - len(rows)}


def metrics_plain(told: Any) -> str:
    """An update's claims in a line."""
    return cut(", ".join(f"{name} {plain(value)}" for name, value in decode_metrics(told).items()))


def cut(text: str) -> str:
    """A sentence that is not endless: what is in it somebody else wrote."""
    text = visible(text)
    if len(text) <= _LONGEST_SENTENCE:
        return text
    return text[: _LONGEST_SENTENCE - 1] + "…"
