"""What events say, in sentences: previews, statements and panels tell them alike.

An event is told as seen by one account, which is "you". What only repeats another event (a transfer
into an escrow account beside the staking that it was for) is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dml_sdk.chain.naming import Called, called_on
from dml_sdk.measures import plain
from dml_sdk.types import Amount, Asset, Event, from_ms, short_address
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

SCORE_ONE = 1_000_000_000


def sentences(events: Sequence[Event], chain: Chain, me: str) -> Iterator[str]:
    """What happened, event by event, for those that have something to say.

    Args:
        chain: asked for the asset of each model's pool.
        me: SS58 address of who reads it.
    """

    @cache
    def asset_of(model: int) -> Asset:
        return pool_asset(chain, model)

    called = called_on(chain)
    for event in events:
        asset_id = event.fields.get("asset_id")
        own = asset_of if asset_id is None else partial(_asset, chain, int(str(asset_id)))
        sentence = told(event, own, chain.token, me, called)
        if sentence:
            yield sentence


def _asset(chain: Chain, asset_id: int, _: int) -> Asset:
    return chain.asset(asset_id)


def pool_asset(chain: Chain, model: int) -> Asset:
    """The asset of a model's pool; the native one where there is no pool."""
    record = chain.get("Pools", "Pools", model)
    return chain.asset_of(record["asset"]) if record else chain.token


def told(
    event: Event, asset_of: Any, native: Asset, me: str, called: Called = short_address
) -> str:
    """One event in a sentence; "" if it has none.

    Args:
        asset_of: gives the asset of a model's pool; of an event of an asset, that asset.
        native: the native token.
        me: who reads it.
        called: gives what others are called.
    """
    words = _WORDS.get((event.pallet, event.name))
    if words is None:
        return ""
    f: dict[str, Any] = dict(event.fields)
    about = f.get("model", f.get("asset_id"))
    asset = native if about is None else asset_of(about)

    def amount(name: str = "amount") -> Amount:
        return Amount(int(f[name]), asset)

    def who(name: str = "who") -> str:
        return "you" if f[name] == me else called(str(f[name]))

    match event.pallet, event.name:
        case "Stakes", "Slashed":
            f["amount"] = int(f["active"]) + int(f["unbonding"])
        case "Collectives", ("Proposed" | "DepositLost" | "DepositReturned"):
            asset = native
        case "Pools", "AllowanceSet" if f["amount"] is None:
            words = "rounds and annotation tasks of model {model} may take as much as there is"
    values = {
        name: _value(name, value, asset, who) for name, value in f.items() if value is not None
    }
    if f.get("amount") is not None:
        values["amount"] = str(amount())
    if (event.pallet, event.name) == ("Annotations", "Awarded"):  # a formula, to be reckoned again
        values |= {name: plain(amount(name)) for name in ("amount", "reward_per_point")}
    sentence = visible(words.format_map(_Lenient(values)))
    return sentence[:1].upper() + sentence[1:]


class _Lenient(dict[str, str]):
    """Names what an event lacks as nothing, so that words hold for all of its forms."""

    def __missing__(self, name: str) -> str:
        return ""


_VARIANTS = frozenset({"role", "usage", "cause", "vote", "outcome"})
_AMOUNTS = frozenset(
    {
        "deposit", "price", "active", "refundable", "reward", "reward_per_point", "set_aside",
        "paid", "returned",
    }
)  # fmt: skip
_ACCOUNTS = frozenset(
    {
        "who", "owner", "source", "delegate", "depositor", "holder", "engineer", "payer",
        "proposer", "to", "from", "by",
    }
)  # fmt: skip


def _value(name: str, value: Any, asset: Asset, who: Any) -> str:
    if name in _AMOUNTS and isinstance(value, int):
        return str(Amount(value, asset))
    if name in _ACCOUNTS and isinstance(value, str) and len(value) > 40:
        return str(who(name))
    if name.endswith("_ms") and isinstance(value, int):
        return moment(value)
    if name in ("score", "part"):
        return plain(Decimal(int(value)) / SCORE_ONE)
    if isinstance(value, Mapping):  # a cause in words: {"Other": "…"}
        return " ".join(map(str, value.values()))
    return (
        in_words(str(value))
        if name in ("role", "usage", "cause", "vote", "outcome")
        else str(value)
    )


def in_words(name: str) -> str:
    """A variant's name in words: "FalseScore" is "false score"."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def moment(ms: int) -> str:
    """A time of the chain for reading, in UTC."""
    try:
        return f"{from_ms(ms):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return "the end of time"


_WORDS: Mapping[tuple[str, str], str] = {
    ("Pools", "PoolCreated"): "{owner} made model {model}'s pool, with a deposit of {deposit}",
    ("Pools", "Funded"): "{who} put {amount} into model {model}'s pool",
    (
        "Pools",
        "Rewarded",
    ): "{who} earned {amount} as {role} of model {model}: {score} of the bucket",
    ("Pools", "Spent"): "{who} earned {amount} as {role} of model {model}, by its collective: "
    "{score} of the bucket",
    ("Pools", "Claimed"): "{who} claimed {amount} from model {model}'s pool",
    ("Pools", "Closed"): "model {model}'s pool was closed; {refundable} go back to its funders",
    ("Pools", "Refunded"): "{who} got back {amount} from model {model}'s pool",
    (
        "Pools",
        "Settled",
    ): "all of model {model}'s pool was paid out; {amount} of deposit and strays went to {owner}",
    ("Pools", "AllowanceSet"): "rounds and annotation tasks of model {model} may take "
    "{amount} at most",
    ("Pools", "SetAside"): "{amount} of model {model}'s pool were set aside for the {role} role",
    ("Pools", "PutBack"): "{amount} that were set aside went back into model {model}'s pool",
    ("Pools", "SharesSet"): "what comes into model {model}'s pool is split by other shares",
    ("Pools", "IncomeTaken"): "{amount} came into model {model}'s pool from {payer}",
    ("Pools", "SlashTaken"): "{amount} that were slashed left the stakes of {from}",
    ("Pools", "SurplusCredited"): "{owner} was credited {amount} that were left in the pool",
    ("Rounds", "ContributorRewarded"): "{who} earned {amount} as contributor {client} in round "
    "{round} of model {model}",
    ("Stakes", "EscrowOpened"): "{depositor} paid a deposit of {deposit} for the escrow account",
    ("Stakes", "Staked"): "{who} put {amount} at stake as {role}; {active} are at stake now, and "
    "all of it can be slashed",
    ("Balances", "Reserved"): "{amount} of {who} are reserved as a deposit",
    ("Balances", "Unreserved"): "{amount} that were reserved as a deposit are back with {who}",
    ("Assets", "ApprovedTransfer"): "{delegate} may take {amount} of {source} at any time",
    ("Stakes", "Unstaked"): "{amount} as {role} unlock on {unlock_ms}, and can be slashed until "
    "then; {active} stay at stake",
    ("Stakes", "Restaked"): "{amount} as {role} are at stake again; {active} are at stake now",
    ("Stakes", "Withdrawn"): "{who} took out {amount} that had been at stake",
    ("Stakes", "Slashed"): "{who} lost {amount} at stake as {role}: {cause}",
    ("Stakes", "EscrowClosed"): "the deposit of {amount} went back to {depositor}",
    ("Stakes", "TermsSet"): "model {model} takes stakes on other terms",
    ("Stakes", "StakeLocked"): "{amount} of the stake of {who} are locked until {until_ms}",
    ("Stakes", "StakeUnlocked"): "a lock on the stake of {who} ended",
    ("Licences", "TermsSet"): "{usage} licences of model {model} are sold on other terms",
    ("Licences", "Bought"): "{holder} got licence {licence} of model {model}, {usage}, for {price}",
    ("Licences", "Renewed"): "{holder} renewed licence {licence} of model {model}, {usage}, for "
    "{price}",
    ("Licences", "Transferred"): "licence {licence} of model {model} went from {from} to {to}",
    ("Licences", "Resigned"): "{holder} gave licence {licence} of model {model} up",
    ("Licences", "Revoked"): "licence {licence} of {holder} was revoked: {cause}",
    (
        "Licences",
        "KeyDelivered",
    ): "the key of version {version} was delivered for licence {licence}",
    ("Updates", "Proposed"): "{engineer} proposed update {update} of model {model}",
    ("Updates", "Withdrawn"): "{engineer} took update {update} of model {model} back",
    (
        "Updates",
        "Approved",
    ): "update {update} of model {model} became version {version}; "
    "{engineer} earned {reward} as engineer: {score} of the bucket",
    ("Updates", "Rejected"): "update {update} of model {model} was rejected",
    ("Models", "VersionPublished"): "version {version} of model {model} was published",
    ("Annotations", "TaskOpened"): "annotation task {task} of model {model} is open until "
    "{deadline_ms}; {set_aside} are set aside for it",
    ("Annotations", "TaskStopped"): "annotation task {task} of model {model} ends on {deadline_ms}",
    ("Annotations", "BatchTaken"): "{who} got batch {batch} of task {task} until {until_ms}",
    ("Annotations", "BatchReleased"): "{who} gave up batch {batch} of task {task}",
    ("Annotations", "AnswersCommitted"): "{who} answered batch {batch} of task {task}",
    ("Annotations", "AnswersRevealed"): "{who} showed the answers to batch {batch} of task {task}",
    ("Annotations", "AnswersScored"): "{by} found the answers of {who} to batch {batch} of task "
    "{task} worth {score} of {points} points; that can be disputed until {dispute_until_ms}",
    ("Annotations", "AnswersReported"): "the answers of {who} to batch {batch} of task {task} were "
    "reported: {cause}",
    (
        "Annotations",
        "NotSlashed",
    ): "nothing was taken of what {who} has at stake, for batch {batch} "
    "of task {task}: there is too little",
    ("Annotations", "ScoreDisputed"): "{who} disputed the score for batch {batch} of task {task}",
    ("Annotations", "Awarded"): "{who} earned {amount} as annotator for batch {batch} of task "
    "{task}: {points} points x {score} x {reward_per_point}",
    ("Annotations", "TaskClosed"): "annotation task {task} of model {model} was closed; {paid} "
    "were paid, and {returned} went back into the pool",
    ("Collectives", "MemberSet"): "{who} is a member of model {model}'s collective, with weight "
    "{weight}",
    ("Collectives", "MemberRemoved"): "{who} is no member of model {model}'s collective any more",
    ("Collectives", "MemberResigned"): "{who} left model {model}'s collective",
    ("Collectives", "WeightingSet"): "votes in model {model}'s collective weigh by something else",
    ("Collectives", "TermsSet"): "model {model}'s collective decides on other terms",
    ("Collectives", "Delegated"): "{to} votes where {from} does not",
    ("Collectives", "Undelegated"): "nobody votes for {from} any more",
    ("Collectives", "Proposed"): "proposal {proposal} is voted on until {ends_ms}; {deposit} of "
    "{proposer} are held meanwhile",
    ("Collectives", "Voted"): "{who} voted {vote} on proposal {proposal}",
    ("Collectives", "Withdrawn"): "proposal {proposal} was taken back",
    ("Collectives", "Closed"): "the votes on proposal {proposal} were counted: {outcome}",
    ("Collectives", "ReferendumOpened"): "proposal {proposal} goes to a referendum until {ends_ms}",
    ("Collectives", "DepositReturned"): "the deposit of {amount} went back to {who}",
    ("Collectives", "DepositLost"): "{who} lost the deposit of {amount}: too few voted",
    ("Collectives", "Executed"): "what proposal {proposal} asks for was done",
    ("Collectives", "Failed"): "what proposal {proposal} asks for was refused",
    ("Collectives", "Postponed"): "what proposal {proposal} asks for cannot be done yet; it can be "
    "tried again",
    ("Collectives", "Lapsed"): "what proposal {proposal} asks for will not be done: it lapsed",
    ("Collectives", "Cancelled"): "what proposal {proposal} asks for will not be done: the "
    "collective cancelled it",
}
