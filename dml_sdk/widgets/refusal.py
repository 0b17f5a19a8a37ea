"""What went wrong, for the person who pressed the button: what, the chain's reason, what to do."""

from __future__ import annotations

from typing import TypedDict

from dml_sdk.errors import DispatchError, DMLError, NotConfirmed

_WHAT_TO_DO = {
    "InsufficientBalance": "Give a smaller amount, or put tokens into the account first.",
    "FundsUnavailable": "Give a smaller amount, or put tokens into the account first.",
    "AmountZero": "Give an amount above 0.",
    "NotOwner": "Ask the model's owner, or use the owner's session.",
    "BadOrigin": "Use the session of an account that may.",
    "PoolClosed": "A closed pool takes nothing in; it only pays out what it owes.",
    "PoolLocked": "Try again once the round has ended.",
    "AllowanceSpent": "Have the collective allow it: propose SetAllowance.",
    "OwnerNotMember": "Have the collective take the owner in again: propose AddMember.",
    "PoolCloses": "Enact what was approved, or have the collective cancel it.",
    "DeadlineTooFar": "Give the round a deadline that is nearer.",
    "EncryptionKeyWeak": "Name the sealing key of an account.",
    "NothingToClaim": "Rewards come with rounds, and by the owner; claim once there is one.",
    "InsufficientStake": "Give a smaller amount, or another role.",
    "InsufficientUnbonding": "Give a smaller amount, or another role.",
    "BelowMinimumStake": "Stake more, or take all of it out.",
    "StakeIsLocked": "A vote keeps it; take it out when the lock has ended.",
    "NothingToWithdraw": "Wait until what is unbonding unlocks.",
    "CollectiveDecides": "Propose it to the collective.",
    "NotMember": "Ask a member of the collective.",
    "VotingOver": "Count the votes, then look at what came of it.",
    "NotInElectorate": "Put something at stake, or buy a licence before a referendum begins.",
    "TooEarly": "Wait until its delay is over.",
    "TooManyOfProposer": "Wait until one of your own is decided, or take one back.",
    "CannotPayDeposit": "Put native tokens into the account first; the deposit comes back.",
    "SharesDoNotSum": "Give shares that are 100 % together.",
    "ThresholdOutOfRange": "Give at least 0.5 and less than 1.",
    "VotingRuns": "Wait for more votes, or for the end.",
    "CloseFirst": "Close the proposal whose time is over first.",
    "AlreadyHeld": "Renew the licence that you hold, or give it up if it is unwanted.",
    "SoldOut": "Wait until one expires, or choose another usage.",
    "NotForSale": "Choose another usage, or ask the model's owner.",
    "NotTransferable": "Keep it; who wants one can buy it.",
    "LicenceRevoked": "Buy another, if it is sold still.",
    "NoOpenPool": "The model's pool was closed: only what is free can be had.",
    "PriceAboveMaximum": "The price has changed; look at it again.",
    "NothingToRefund": "Only who put something in, and has not had it back, is refunded.",
}
_LOOK_AGAIN = "Look at what has changed since, then try again."


class Refusal(TypedDict):
    """What the page shows: `kind` names the error, `text` is the reason, `todo` what to do next.

    `calm` marks what a person chose and nothing failed in; `paid` says whether the fee was paid.
    """

    kind: str
    text: str
    todo: str
    calm: bool
    paid: bool


def refusal(error: DMLError) -> Refusal:
    """An error in plain words."""
    match error:
        case DispatchError():
            return {
                "kind": f"{error.pallet}.{error.name}",
                "text": error.docs.strip() or "The chain gives no further explanation.",
                "todo": _WHAT_TO_DO.get(error.name, _LOOK_AGAIN),
                "calm": False,
                "paid": bool(error.account),
            }
        case NotConfirmed():
            return _said(error, "Not confirmed. Nothing was signed or sent.", calm=True)
        case _:
            return _said(error, str(error))


def _said(error: DMLError, text: str, calm: bool = False) -> Refusal:
    """An error whose own message says what to do."""
    return {"kind": type(error).__name__, "text": text, "todo": "", "calm": calm, "paid": False}
