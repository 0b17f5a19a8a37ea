"""Asking before much is moved.

What a call would move is told by the chain and not worked out here: the one who sets a limit hands
in the function that asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from dml_sdk.arguments import shown
from dml_sdk.errors import ChainError, NotConfirmed, UsageError
from dml_sdk.types import Amount, Asset

if TYPE_CHECKING:
    from dml_sdk.chain.accounts import Account
    from dml_sdk.chain.client.calls import Call


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call would do now, as the chain tells it.

    Attributes:
        leaves: what goes out of the signer's hands, the fee aside: paid, staked, held, or given to
            somebody to take; one amount for each asset. What comes in or back is not deducted.
        moved: change of balance of each account, as in `Receipt.moved`.
        error: what the call would end in, if a rule refuses it.
    """

    leaves: tuple[Amount, ...]
    moved: Mapping[str, tuple[Amount, ...]] = field(default_factory=dict)
    error: ChainError | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A transaction that somebody is asked about before it is signed.

    Attributes:
        signer: who would sign and pay.
        call: "Pools.fund".
        arguments: of the call, decoded from the bytes that would be signed.
        effect: what it would do.
        fee: what it would cost on top.
    """

    signer: Account
    call: str
    arguments: Mapping[str, Any]
    effect: Effect
    fee: Amount


class Confirm(Protocol):
    """Puts a question to somebody; called from the thread that submits, which waits meanwhile."""

    def __call__(self, question: Question, /) -> bool:
        """True to go ahead; anything else, and any exception, means that nothing is sent."""
        ...


Preview: TypeAlias = "Callable[[Call, Account], Effect]"
"""Asks the chain what a call of an account would do; a dry run."""


class Limits:
    """Above which amounts somebody is asked.

    Args:
        limits: one for each asset; of an asset without one, any amount is asked about.
        confirm: whom to ask.
        preview: tells what a call would do.

    Raises:
        UsageError: no amount, two of one asset, or something that cannot be called.
    """

    def __init__(self, limits: Sequence[Amount], confirm: Confirm, preview: Preview) -> None:
        for limit in limits:
            if not isinstance(limit, Amount):
                raise UsageError(f"{shown(limit)} is no Amount: give asset.amount(tokens).")
        self._limits: dict[Asset, Amount] = {limit.asset: limit for limit in limits}
        if len(self._limits) != len(limits):
            raise UsageError("There are two limits of one asset: give one for each.")
        for name, given in (("confirm", confirm), ("preview", preview)):
            if not callable(given):
                raise UsageError(f"{name}={shown(given)}: give a function.")
        self._confirm, self._preview = confirm, preview

    def refusal(
        self,
        call: Call,
        signer: Account,
        arguments: Callable[[], Mapping[str, Any]],
        fee: Callable[[], Amount],
    ) -> ChainError | None:
        """Why a call is not to be signed; None to go ahead.

        Args:
            arguments, fee: of the call, asked for when there is a question.

        Raises:
            UsageError: the preview tells no `Effect`.
        """
        effect = self._preview(call, signer)
        if not isinstance(effect, Effect):
            raise UsageError(f"The preview gave {shown(effect)} instead of an Effect.")
        if effect.error is not None:
            return effect.error
        if not any(self._is_over(amount) for amount in effect.leaves):
            return None
        question = Question(signer, call.name, arguments(), effect, fee())
        told = ", ".join(map(str, effect.leaves))
        refusal = NotConfirmed(
            f"{call.name} would take {told} from {signer.address}, which is over the limit, and "
            "was not confirmed. Nothing was signed or sent."
        )
        try:
            answer = self._confirm(question)
        except Exception as e:  # noqa: BLE001 - whoever asks may fail in any way
            refusal.__cause__ = e
            return refusal
        # Only True: a coroutine that nobody awaits is true as well.
        return None if answer is True else refusal

    def _is_over(self, amount: Amount) -> bool:
        limit = self._limits.get(amount.asset)
        return amount.planck > 0 if limit is None else amount.planck > limit.planck
