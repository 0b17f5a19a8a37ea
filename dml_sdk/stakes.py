"""Stakes: what participants put at risk on a model, in a role."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.handles import Handle
from dml_sdk.measures import (
    BILLION,
    BY_ROLE,
    SLASH_CAUSES,
    Number,
    Tokens,
    encode_cause,
    part_of,
    parts_of,
    require_role,
)
from dml_sdk.tables import Table
from dml_sdk.terms import StakingTerms
from dml_sdk.types import ROLES, Amount, Asset, Receipt, Role, from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.previews import Preview


class Staking(ABC):
    """What a pool is to those who stake on its model. Every figure is the chain's."""

    _handle: Handle

    @property
    @abstractmethod
    def asset(self) -> Asset:
        """What stakes are in: the pool's asset."""

    # --- read -----------------------------------------------------------------------------------

    @property
    def staking(self) -> StakingTerms:
        """On which terms stakes are taken.

        Raises:
            UsageError: the model has no pool.
        """
        asset = self.asset
        return StakingTerms.decoded(
            self._handle.chain.ask("staking", self._handle.model_id)["terms"], asset
        )

    def stakes(self, account: Account | str | None = None) -> Table:
        """Who has how much at stake, as which role; and what is on its way out, and until when.

        What is active or unbonding can be slashed; `locked` is what a vote keeps from being
        unstaked, in all of the account's roles together.

        Args:
            account: only this one.
        """
        asset, chain = self.asset, self._handle.chain
        who = None if account is None else address_of(account)
        now = chain.now_ms()
        rows: list[dict[str, Any]] = []
        for told in chain.ask("stakes", self._handle.model_id, who):
            locks = [lock for lock in told["locks"] if lock["until_ms"] > now]
            locked = max((lock["amount"] for lock in locks), default=0)
            until = max((lock["until_ms"] for lock in locks), default=None)
            rows += [
                _row(told["who"], role, "active", Amount(told["active"][name], asset), None)
                | {
                    "locked": Amount(locked, asset),
                    "locked until": None if until is None else from_ms(until),
                }
                for role, name in BY_ROLE.items()
                if told["active"][name]
            ]
            rows += [
                _row(
                    told["who"],
                    require_role(part["role"].lower()),
                    "withdrawable" if part["unlock_ms"] <= now else "unbonding",
                    Amount(part["amount"], asset),
                    from_ms(part["unlock_ms"]),
                )
                for part in told["unbonding"]
            ]
        rows.sort(key=lambda row: (row["account"], ROLES.index(row["role"]), row["state"]))
        return Table(
            f"Stakes on model {self._handle.model_id}",
            rows,
            columns=("account", "role", "state", "amount", "unlocks", "locked", "locked until"),
        )

    # --- act ------------------------------------------------------------------------------------

    def stake(self, amount: Tokens, role: Role = "validator") -> Receipt:
        """Puts tokens of the signer at stake in a role; they can be slashed until they unbonded.

        Whoever stakes first on a model pays a deposit too, which comes back with the last stake.

        Raises:
            DispatchError: Stakes.PoolClosed, Stakes.BelowMinimumStake, …
        """
        return self._handle.submit(self._stake_call("stake", amount, role))

    def unstake(self, amount: Tokens, role: Role | None = None) -> Receipt:
        """Begins to take out a part of the signer's stake: it unlocks after the unbonding period.

        Args:
            amount: whole tokens.
            role: needed only where the signer has something at stake in several.

        Raises:
            DispatchError: Stakes.InsufficientStake, Stakes.StakeIsLocked, …
            UsageError: no role given, and none or several to choose from.
        """
        return self._handle.submit(self._stake_call("unstake", amount, role))

    def restake(self, amount: Tokens, role: Role | None = None) -> Receipt:
        """Puts a part of what is unbonding back at stake, what was unstaked last first.

        Args:
            role: needed only where the signer has something unbonding in several.

        Raises:
            DispatchError: Stakes.InsufficientUnbonding, Stakes.PoolClosed, …
            UsageError: no role given, and none or several to choose from.
        """
        return self._handle.submit(self._stake_call("restake", amount, role))

    def withdraw(self) -> Receipt:
        """Takes out all that has unbonded, in all roles.

        Raises:
            DispatchError: Stakes.NothingToWithdraw, …
        """
        return self._handle.submit(self._staking_call("withdraw"))

    def slash(self, account: Account | str, role: Role, part: Number, cause: str) -> Receipt:
        """Takes a part of what an account has at stake in a role; the owner's, while alone.

        With others in the collective it is theirs: `collective.propose(dml.actions.Slash(…))`.

        Args:
            part: 0–1 of what is active and of what is unbonding.
            cause: "false score", "bad update", "spam", "collusion", "absence", or in other words.

        Raises:
            DispatchError: Stakes.NotOwner, Stakes.CollectiveDecides, Stakes.NothingToSlash, …
        """
        return self._handle.submit(
            self._staking_call(
                "slash",
                who=address_of(account),
                role=require_role(role).capitalize(),
                part=parts_of(part_of("part", part, BILLION), BILLION),
                cause=encode_cause(cause, SLASH_CAUSES),
            )
        )

    # --- beforehand -----------------------------------------------------------------------------

    def preview_stake(self, amount: Tokens, role: Role = "validator") -> Preview:
        """What `stake` would do, asked of the runtime; nothing is signed."""
        return self._handle.preview(self._stake_call("stake", amount, role))

    def preview_unstake(self, amount: Tokens, role: Role | None = None) -> Preview:
        """What `unstake` would do, and when it would unlock, asked of the runtime."""
        return self._handle.preview(self._stake_call("unstake", amount, role))

    def unlocks(self, preview: Preview) -> datetime | None:
        """When what a previewed `unstake` takes out could be withdrawn.

        Raises:
            UsageError: no preview.
        """
        from dml_sdk.chain.previews import Preview

        if not isinstance(preview, Preview):
            raise UsageError(
                f"preview={shown(preview)}: give what pool.preview_unstake(…) returned."
            )
        event = preview.event("Stakes", "Unstaked")
        return None if event is None else from_ms(int(str(event.fields["unlock_ms"])))

    # --- inside ---------------------------------------------------------------------------------

    def _stake_call(self, function: str, amount: Tokens, role: Role | None) -> Call:
        return self._staking_call(
            function,
            role=require_role(self._only_role(function) if role is None else role).capitalize(),
            amount=self.asset.amount(amount).planck,
        )

    def _only_role(self, function: str) -> Role:
        """The one role that the signer can unstake or restake in."""
        active = function == "unstake"
        rows = self.stakes(self._handle.session.signer)
        roles = {row["role"] for row in rows if (row["state"] == "active") is active}
        if len(roles) == 1:
            return require_role(roles.pop())
        held = ", ".join(sorted(roles)) or "none"
        raise UsageError(
            f"In which role? {self._handle.session.signer.name} has something "
            f"{'at stake' if active else 'unbonding'} as: {held}. Give role=…."
        )

    def _staking_call(self, function: str, **arguments: Any) -> Call:
        chain = self._handle.chain
        return chain.call("Stakes", function, model=self._handle.model_id, **arguments)


def _row(
    account: str, role: Role, state: str, amount: Amount, unlocks: datetime | None
) -> dict[str, Any]:
    return {
        "account": account,
        "role": role,
        "state": state,
        "amount": amount,
        "unlocks": unlocks,
        "locked": None,
        "locked until": None,
    }
