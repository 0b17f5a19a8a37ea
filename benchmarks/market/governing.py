"""What those do who govern a model together, call by call."""

from __future__ import annotations

from typing import Any

from benchmarks.market.scene import DAY_MS, DML, ROLES, SHARES, USAGES, Job, Scene
from benchmarks.market.stories import (
    Story,
    Tale,
    licence_terms,
    propose_update,
    told,
    waiting_until,
)
from dml_sdk.chain.accounts import Account
from dml_sdk.types import Receipt

_REGRETTED = 0.4


def governed_together(model: int) -> bool:
    """Whether the owner of a model shares the power over it, in this economy."""
    return model % 2 == 1


def terms(scene: Scene) -> dict[str, Any]:
    return {
        "threshold": 500_000,
        "quorum": 400_000,
        "voting_ms": 9 * DAY_MS,
        "delay_ms": scene.random.choice((0, 2 * DAY_MS)),
        "enact_within_ms": 60 * DAY_MS,
        "deposit": DML,
        "referendum": {
            "threshold": 500_000,
            "quorum": 100_000,
            "voting_ms": 9 * DAY_MS,
            "lock_ms": DAY_MS // 2,
        },
    }


def action(scene: Scene, model: int) -> Any:
    """Something to decide that makes sense."""
    stakers = scene.stakers(model)
    someone = scene.somebody().address
    some: list[Any] = [
        {"SetWeighting": {"weighting": "Assigned"}},
        {"SetShares": {"shares": SHARES}},
        {"SetLicence": {"usage": scene.random.choice(USAGES), "terms": licence_terms(scene)}},
        {"SetTerms": {"terms": terms(scene)}},
        {
            "SetStaking": {
                "terms": {"unbonding_ms": 5 * DAY_MS, "minimum": 0, "slash_to": "Buckets"}
            }
        },
        {"Spend": {"role": scene.random.choice(ROLES), "who": someone, "score": 10**6}},
        {"SetAllowance": {"amount": scene.random.choice((None, 20 * DML, DML))}},
    ]
    if stakers:
        who, role, _ = scene.random.choice(stakers)
        slash = {"who": who.address, "role": role, "part": 10**7, "cause": "Collusion"}
        some.append({"Slash": slash})
    return scene.random.choice(some)


def a_decision(scene: Scene) -> Story:
    """An owner alone decides."""
    alone = [m for m in scene.open if scene.owner_decides(m) and not governed_together(m)]
    if alone:
        model = scene.random.choice(alone)
        call = scene.make("Collectives", "decide", model=model, action=action(scene, model))
        yield Job(call, scene.owner(model))


def a_vote(scene: Scene) -> Story:
    model = _together(scene)
    if model is None:
        return
    if scene.owner_decides(model):
        yield from _founding(scene, model)
        return
    electorate = scene.random.choice(("Members", "Members", "Members", "Stakers"))
    what: Any = action(scene, model)
    if scene.chance(0.3):
        (engineer,) = scene.others(1)
        proposed = yield propose_update(scene, model, engineer)
        number = told(proposed, "Updates.Proposed", "update")
        if number is not None:
            what = {"ApproveUpdate": {"update": number, "reward": 10**7}}
    yield from _campaign(scene, model, what, electorate)


def a_newcomer(scene: Scene) -> Story:
    """Voted in, votes through a delegate and then not, and leaves."""
    model = _together(scene)
    if model is None or scene.owner_decides(model):
        return
    (who,) = scene.others(1)
    yield from _campaign(scene, model, {"AddMember": {"who": who.address, "weight": 1}}, "Members")
    if who not in scene.governing(model):
        return
    to = scene.owner(model).address
    delegated = yield Job(scene.make("Collectives", "delegate", model=model, to=to), who)
    if isinstance(delegated, Receipt):
        yield Job(scene.make("Collectives", "undelegate", model=model), who)
    yield Job(scene.make("Collectives", "resign", model=model), who)


def _founding(scene: Scene, model: int) -> Story:
    """The owner sets terms, and takes in two others."""
    owner = scene.owner(model)
    actions: list[Any] = [{"SetTerms": {"terms": terms(scene)}}]
    actions += [{"AddMember": {"who": who.address, "weight": 1}} for who in scene.others(1)]
    for what in actions:
        yield Job(scene.make("Collectives", "decide", model=model, action=what), owner)


def _campaign(scene: Scene, model: int, what: Any, electorate: str) -> Story:
    members = scene.governing(model)
    call = scene.make(
        "Collectives", "propose", model=model, action=what, text=None, electorate=electorate
    )
    proposer = scene.random.choice(members)
    number = told((yield Job(call, proposer)), "Collectives.Proposed", "proposal")
    if number is None:
        return
    if scene.chance(0.1):
        yield Job(scene.make("Collectives", "withdraw", proposal=number), proposer)
        return
    for who in members:
        yield _ballot(scene, number, who, "None")
    yield from _counted(scene, number)
    if "Referendum" in _state(scene, number):
        for who in dict.fromkeys(who for who, _, _ in scene.stakers(model)[:4]):
            yield _ballot(scene, number, who, scene.random.choice(("None", "Locked1x")))
        yield from _counted(scene, number)
    if "Approved" not in _state(scene, number):
        return
    if scene.chance(_REGRETTED):
        yield from _campaign(scene, model, {"Cancel": {"proposal": number}}, "Members")
    approved = _state(scene, number).get("Approved")
    if approved:
        yield from waiting_until(scene, approved["enact_from_ms"])
        yield Job(scene.make("Collectives", "enact", proposal=number), scene.somebody())


def _ballot(scene: Scene, number: int, who: Account, conviction: str) -> Job:
    vote = scene.random.choice(("Aye", "Aye", "Aye", "Aye", "Aye", "Nay", "Abstain"))
    call = scene.make("Collectives", "vote", proposal=number, vote=vote, conviction=conviction)
    return Job(call, who)


def _counted(scene: Scene, number: int) -> Story:
    """Closes a vote, once that can be done."""
    tally = scene.chain.ask("tally", number)
    if tally is not None and not tally["can_close"]:
        (held,) = _state(scene, number).values()
        yield from waiting_until(scene, held["ends_ms"])
    yield Job(scene.make("Collectives", "close", proposal=number), scene.somebody())


def _state(scene: Scene, number: int) -> dict[str, Any]:
    """Where a proposal is, and what that state holds; nothing of one that has ended."""
    state = scene.chain.get("Collectives", "Proposals", number)["state"]
    return state if isinstance(state, dict) else {}


def _together(scene: Scene) -> int | None:
    some = [model for model in scene.open if governed_together(model)]
    return scene.random.choice(some) if some else None


TALES: dict[Tale, int] = {a_decision: 4, a_vote: 8, a_newcomer: 2}
"""What is told, and how often beside the others."""
