"""What somebody does who means it, call by call.

A story gives its next call, or None while it waits for time to pass, and is told what became of it.
It ends where it is refused what it cannot do without: somebody else came before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from benchmarks.market.scene import (
    DAY_MS,
    DML,
    HASH,
    KEY,
    NOWHERE,
    ROLES,
    USAGES,
    Job,
    Outcome,
    Scene,
)
from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.codec.addresses import address_of
from dml_sdk.types import Receipt

Story: TypeAlias = Generator[Job | None, Outcome | None, None]
Tale: TypeAlias = Callable[[Scene], Story]

_TRIES = 60  # blocks that a story waits for


def told(outcome: Outcome | None, event: str, field: str) -> Any:
    """What an event of a receipt says; None of a call that was refused."""
    if not isinstance(outcome, Receipt):
        return None
    return next(e.fields[field] for e in outcome.events if f"{e.pallet}.{e.name}" == event)


def waiting_until(scene: Scene, ms: int) -> Story:
    for _ in range(_TRIES):
        if scene.chain.now_ms() >= ms:
            return
        yield None


# --- pools ----------------------------------------------------------------------------------------


def funding(scene: Scene) -> Story:
    amount = scene.random.randrange(DML // 100, 3 * DML)
    yield Job(
        scene.make("Pools", "fund", model=scene.open_model(), amount=amount), scene.somebody()
    )


def rewarding(scene: Scene) -> Story:
    """An owner who decides alone rewards some, who claim."""
    model = _decided_alone(scene)
    if model is None:
        return
    earners = scene.others(3)
    role = scene.random.choice([role for role in ROLES if role != "Engineer"])
    scores = [(who.address, scene.random.randrange(10**6, 10**8)) for who in earners]
    call = scene.make("Pools", "reward", model=model, role=role, rewards=scores)
    if isinstance((yield Job(call, scene.owner(model))), Receipt):
        for who in earners:
            yield Job(scene.make("Pools", "claim", model=model), who)


def a_pool_from_its_beginning_to_its_end(scene: Scene) -> Story:
    """A model that is given up: whoever put something in gets it back, also what came too late."""
    owner, funder, earner = scene.others(3)
    model = told((yield Job(scene.register(scene.models), owner)), "Models.Registered", "model")
    if model is None:
        return
    yield Job(
        scene.make("Models", "publish_version", model=model, location=NOWHERE, hash=HASH, parent=0),
        owner,
    )
    if not isinstance((yield Job(scene.create_pool(model), owner)), Receipt):
        return
    yield Job(scene.make("Pools", "fund", model=model, amount=DML), funder)
    rewards = [(earner.address, 10**8)]
    yield Job(scene.make("Pools", "reward", model=model, role="Validator", rewards=rewards), owner)
    yield Job(scene.make("Pools", "close", model=model), owner)
    refund = scene.make("Pools", "refund", model=model, funder=funder.address)
    yield Job(refund, scene.somebody())
    yield Job(scene.make("Pools", "claim", model=model), earner)
    if model % 3 == 2:
        return  # An account that is no more takes no asset.
    # A stranger sends something to the escrow account of a pool that is settled.
    escrow = address_of((b"modldml/pool" + int(model).to_bytes(4, "little")).ljust(32, b"\0"))
    gift = scene.make("Balances", "transfer_keep_alive", dest=escrow, value=DML)
    yield Job(gift, funder)
    yield Job(scene.make("Pools", "settle", model=model), scene.somebody())


# --- rounds ---------------------------------------------------------------------------------------


def a_round(scene: Scene) -> Story:
    model = scene.open_model()
    if model in scene.training or scene.chain.get("Rounds", "CurrentRound", model) is not None:
        return
    scene.training.add(model)
    try:
        yield from _round_of(scene, model)
    finally:
        scene.training.discard(model)


def _round_of(scene: Scene, model: int) -> Story:
    owner = scene.owner(model)
    # Each of a model's people serves the same client again.
    first = scene.models + 7 * model
    numbers = scene.random.sample(range(first, first + 7), 3)
    clients = [(f"client-{n}", scene.people[n % len(scene.people)]) for n in numbers]
    names = [name for name, _ in clients]
    pairs = [(name, who.address) for name, who in clients]
    define = scene.make("Rounds", "define_contributors", model=model, contributors=pairs)
    if not isinstance((yield Job(define, owner)), Receipt):
        return
    opened = yield Job(
        scene.make(
            "Rounds", "open", model=model, minimum=1, maximum=3,
            deadline_ms=scene.chain.now_ms() + 30 * DAY_MS,
            reward_part=scene.random.randrange(10**7, 10**8),
        ),
        owner,
    )  # fmt: skip
    number = told(opened, "Rounds.RoundOpened", "round")
    if number is None:
        return
    yield Job(scene.make("Rounds", "select", model=model, round=number, clients=names), owner)
    for _, who in clients:
        submit = scene.make(
            "Rounds", "submit_update", model=model, round=number, location=NOWHERE, hash=HASH,
            examples=600,
        )  # fmt: skip
        yield Job(submit, who)
    if scene.chance(0.15):
        reason = "nobody needs it any more"
        abort = scene.make("Rounds", "abort", model=model, round=number, reason=reason)
        if isinstance((yield Job(abort, owner)), Receipt):
            remove = scene.make("Rounds", "remove_contributors", model=model, clients=names[:1])
            yield Job(remove, owner)
        return
    verdicts: list[Any] = [
        (name, {"Accepted": scene.random.randrange(10**8, 10**9)}) for name in names[:2]
    ]
    verdicts.append((names[2], {"Rejected": "worse"}))
    yield Job(scene.make("Rounds", "score", model=model, round=number, verdicts=verdicts), owner)
    evaluation = scene.random.randrange(5 * 10**8, 10**9)
    reward = scene.make("Rounds", "reward", model=model, round=number, evaluation=evaluation)
    rewarded = yield Job(reward, owner)
    if not isinstance(rewarded, Receipt):
        # More than the collective allows, say: the round is given up.
        reason = str(rewarded)[:100]
        yield Job(scene.make("Rounds", "abort", model=model, round=number, reason=reason), owner)
        return
    finalise = scene.make(
        "Rounds", "finalise", model=model, round=number, location=NOWHERE, hash=HASH
    )
    yield Job(finalise, owner)
    for _, who in clients[:2]:
        yield Job(scene.make("Pools", "claim", model=model), who)


# --- stakes ---------------------------------------------------------------------------------------


def a_stake(scene: Scene) -> Story:
    """Staked, unstaked for the most part, a part of that undone, and withdrawn in the end."""
    model, who = scene.open_model(), scene.somebody()
    role, amount = scene.random.choice(ROLES), scene.random.randrange(DML, 10 * DML)

    def call(function: str, amount: int) -> Job:
        made = scene.make("Stakes", function, model=model, role=role, amount=amount)
        return Job(made, who)

    if not isinstance((yield call("stake", amount)), Receipt) or scene.chance(0.3):
        return
    for _ in range(scene.random.randrange(10)):
        yield None
    unstaked = yield call("unstake", amount - amount // 4)
    if not isinstance(unstaked, Receipt):
        return
    yield call("restake", amount // 4)
    yield from waiting_until(scene, told(unstaked, "Stakes.Unstaked", "unlock_ms"))
    yield Job(scene.make("Stakes", "withdraw", model=model), who)


def a_slash(scene: Scene) -> Story:
    model = _decided_alone(scene)
    stakers = scene.stakers(model) if model is not None else []
    if model is None or not stakers:
        return
    who, role, _ = scene.random.choice(stakers)
    cause: Any = scene.random.choice(("Spam", "Absence", {"Other": "late, again"}))
    slash = scene.make(
        "Stakes", "slash", model=model, who=who.address, role=role, part=10**8, cause=cause
    )
    yield Job(slash, scene.owner(model))


# --- licences -------------------------------------------------------------------------------------


def licence_terms(scene: Scene) -> dict[str, Any]:
    return {
        "price": scene.random.randrange(DML // 100, DML),
        "duration_ms": scene.random.choice((None, 60_000, DAY_MS, 30 * DAY_MS)),
        "maximum": scene.random.choice((None, None, 9)),
        "transferable": True,
        "jurisdiction": "EU",
        "text": None,
    }


def an_offer(scene: Scene) -> Story:
    model = _decided_alone(scene)
    if model is None:
        return
    usage = scene.random.choice(USAGES)
    terms = licence_terms(scene)
    call = scene.make("Licences", "set_terms", model=model, usage=usage, terms=terms)
    yield Job(call, scene.owner(model))


def a_licence(scene: Scene) -> Story:
    """Bought, its key delivered, renewed, passed on, and revoked or left to expire."""
    offers = [key for key, _ in scene.chain.entries("Licences", "Offers") if key[0] in scene.open]
    if not offers:
        return
    (model, usage), buyer = scene.random.choice(offers), scene.somebody()
    owner = scene.owner(model)
    call = scene.make(
        "Licences", "buy", model=model, usage=usage, max_price=3 * DML, encryption_key=KEY
    )
    bought = yield Job(call, buyer)
    number, expires_ms = (
        told(bought, "Licences.Bought", name) for name in ("licence", "expires_ms")
    )
    if number is None:
        return
    if expires_ms is None or expires_ms > scene.chain.now_ms() + DAY_MS // 2:
        yield from _held(scene, number, owner, buyer)
    if expires_ms is not None and scene.chance(0.7):
        renew = scene.make("Licences", "renew", licence=number, max_price=3 * DML)
        holder = scene.chain.get("Licences", "Licences", number)["holder"]
        yield Job(renew, scene.by_address[holder])
    if scene.chance(0.3) and scene.owner_decides(model):
        revoke = scene.make("Licences", "revoke", licence=number, cause="Breach")
        yield Job(revoke, owner)
    elif expires_ms is not None:
        entry = scene.chain.get("Licences", "Licences", number)
        yield from waiting_until(scene, entry["expires_ms"])
        yield Job(scene.make("Licences", "prune", model=model, usage=usage), scene.somebody())


def _held(scene: Scene, number: int, owner: Account, buyer: Account) -> Story:
    deliver = scene.make(
        "Licences", "deliver", licence=number, version=0, encryption_key=KEY,
        wrapped_key="0x" + "33" * 48,
    )  # fmt: skip
    yield Job(deliver, owner)
    name_key = scene.make(
        "Licences", "set_encryption_key", licence=number, encryption_key="0x" + "44" * 32
    )
    yield Job(name_key, buyer)
    if scene.chance(0.5):
        (to,) = scene.others(1)
        transfer = scene.make("Licences", "transfer", licence=number, to=to.address)
        yield Job(transfer, buyer)


def the_platform(scene: Scene) -> Story:
    """Root sets the share of whoever runs the platform."""
    share = scene.random.randrange(0, 200_000)
    platform = {"who": scene.people[-1].address, "share": share}
    call = scene.make("Licences", "set_platform", platform=platform)
    sudo = scene.make("Sudo", "sudo", call=call)
    yield Job(sudo, scene.session.signer, "Licences.set_platform")


# --- updates --------------------------------------------------------------------------------------


def an_update(scene: Scene) -> Story:
    """Proposed by an engineer, and judged by an owner who decides alone, or taken back."""
    model = _decided_alone(scene)
    if model is None:
        return
    (engineer,) = scene.others(1)
    number = told((yield propose_update(scene, model, engineer)), "Updates.Proposed", "update")
    if number is None:
        return
    owner = scene.owner(model)
    match scene.random.randrange(4):
        case 0:
            yield Job(scene.make("Updates", "withdraw", update=number), engineer)
        case 1:
            yield Job(scene.make("Updates", "reject", update=number, reason="no better"), owner)
        case _:
            score = scene.random.randrange(10**6, 10**8)
            approve = scene.make("Updates", "approve", update=number, score=score)
            if isinstance((yield Job(approve, owner)), Receipt):
                yield Job(scene.make("Pools", "claim", model=model), engineer)


def propose_update(scene: Scene, model: int, engineer: Account) -> Job:
    call = scene.make(
        "Updates", "propose", model=model, parent=0, location=NOWHERE, hash=HASH,
        metrics=[("accuracy", 981_000_000)], notes=None,
    )  # fmt: skip
    return Job(call, engineer)


def a_version(scene: Scene) -> Story:
    model = _decided_alone(scene)
    if model is not None:
        call = scene.make(
            "Models", "publish_version", model=model, location=NOWHERE, hash=HASH, parent=0
        )
        yield Job(call, scene.owner(model))


def _decided_alone(scene: Scene) -> int | None:
    alone = [model for model in scene.open if scene.owner_decides(model)]
    return scene.random.choice(alone) if alone else None


TALES: dict[Tale, int] = {
    funding: 4, rewarding: 4, a_pool_from_its_beginning_to_its_end: 2, a_round: 6, a_stake: 6,
    a_slash: 2, an_offer: 2, a_licence: 8, the_platform: 1, an_update: 4, a_version: 1,
}  # fmt: skip
"""What is told, and how often beside the others."""
