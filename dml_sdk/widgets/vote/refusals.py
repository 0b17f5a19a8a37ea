"""Why somebody can't do something about a proposal now, in words, by what the chain last told.

The chain has the last word: what is let through here it may still refuse. What depends on the time
alone is the page's to say, which has the chain's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def refusals(
    proposal: Mapping[str, Any], me: Mapping[str, Any], holds_licence: Callable[[], bool]
) -> dict[str, str]:
    """Why not, for each action on a proposal that is under way; "" where it can be done.

    Args:
        proposal, me: as the panel tells its page.
        holds_licence: asked only where licence holders vote.
    """
    return {
        "vote": _no_vote(proposal, me, holds_licence),
        "withdraw": _no_withdraw(proposal, me),
    }


def _no_vote(
    proposal: Mapping[str, Any], me: Mapping[str, Any], holds_licence: Callable[[], bool]
) -> str:
    match proposal["state"], proposal["electorate"]:
        case "members", "members":
            return "" if me["member"] else "Only members of the collective vote on this."
        case "members", wider:
            if me["member"]:
                return ""
            return f"The members vote first; once they approve, the {wider} do."
        case "referendum", "stakers":
            if me["staked"] != "0":
                return ""
            return "Stakers vote on this, and you have nothing at stake: pool.stake(…) first."
        case "referendum", _:
            if holds_licence():
                return ""
            return "Holders of a licence that cost something vote on this, and you hold none."
        case _:
            return "The votes are counted."


def _no_withdraw(proposal: Mapping[str, Any], me: Mapping[str, Any]) -> str:
    if proposal["proposer"] != me["address"]:
        return "Only who proposed it may take it back."
    if proposal["others_voted"]:
        return "Others have voted, so it can't be taken back any more."
    return ""
