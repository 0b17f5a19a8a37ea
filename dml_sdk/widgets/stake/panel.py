"""The stake panel: what is in a pool, what somebody has of it, and what they can do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import traitlets

from dml_sdk.chain.client.calls import Call
from dml_sdk.errors import UsageError
from dml_sdk.model import Model
from dml_sdk.pool import Pool
from dml_sdk.types import DESTROYED, Receipt
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.stake import pool_history
from dml_sdk.widgets.stake.picture import stake_html
from dml_sdk.widgets.stake.pool_history import PoolHistory
from dml_sdk.widgets.stake.snapshot import (
    funders_plain,
    history_plain,
    most_to_fund,
    part_plain,
    pool_plain,
    stakes_plain,
)

Refused: TypeAlias = Callable[[], str]
"""Why something can't be done now, in words; "" when it can."""


class StakePanel(Panel):
    """A widget on a pool: its buckets and history, the signer's part, and what can be done.

    Anyone may fund the pool, claim what they earned, put tokens at stake in a role and take them
    out again, and have a funder of a closed pool refunded; its owner may close it. The browser half
    is `widgets/stake/panel.js`.

    Args:
        pool: `model.pool`, or `session.pools.get(model_id)`; its session's signer signs.

    Attributes:
        pool: the same.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a pool, or the model has none.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("stake/panel")
    _css = browser.styles("stake-panel", "frame", "panel", "stake/panel")
    noun = "Stake"

    pool_told = traitlets.Dict().tag(sync=True)
    part = traitlets.Dict().tag(sync=True)
    funders: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    stakes = traitlets.Dict().tag(sync=True)

    def __init__(self, pool: Pool) -> None:
        if not isinstance(pool, Pool):
            raise UsageError(
                f"StakePanel shows a Pool, which model.pool is; it was given {type(pool).__name__}."
            )
        if pool.record is None:
            raise UsageError(
                f"Model {pool.model_id} has no pool. A pool is made with its model: "
                "session.models.upload(…, pool=dml.PoolTerms(amount=…))."
            )
        self.pool = pool
        self._called = Model(pool.session, pool.model_id).name
        self._history = PoolHistory(pool.session.chain, pool.model_id)
        self._read: dict[str, Any] = {}
        super().__init__(pool.session)

    def title(self) -> str:
        """The model's name."""
        return self._called

    def read(self) -> Mapping[str, Any]:
        """Pool, part and history, of the newest block."""
        pool, me = self.pool, self.session.signer.address
        record, asset = pool.record, pool.asset
        assert record is not None, "a pool stays when it has been settled"  # noqa: S101
        self._history.read()
        part = part_plain(pool, asset, self._history)
        part["owner"] = record["owner"] == me
        part["most"] = most_to_fund(pool, asset) if record["state"] == "Open" else "0"
        told = {
            "pool_told": pool_plain(pool, record, asset),
            "part": part,
            "funders": funders_plain(pool, asset) if record["state"] == "Closed" else [],
            "history": history_plain(self._history, asset, me),
            "stakes": stakes_plain(pool, asset),
        }
        self._read = told
        return told

    def why_read_only(self) -> str:
        """A settled pool is history."""
        settled = self._read["pool_told"]["state"] == "settled"
        return "All of this pool was paid out; what is left is its history." if settled else ""

    def picture_html(self) -> str:
        """The last state, for a saved notebook."""
        return stake_html(
            self.head,
            self.pool_told,
            self.part,
            self.history,
            self.stakes,
            self.outcome.get("receipt"),
        )

    def csv(self) -> str:
        """The events that were read, oldest first; amounts in whole tokens."""
        return pool_history.as_csv(self._history.events, self.pool.asset)

    # --- what can be done -----------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """Fund, claim, close, refund, and what is about stakes: the pool's own methods."""
        return (
            Action(
                "fund",
                run=self.pool.fund,
                call=self._fund_call,
                arguments={"amount": Argument("amount")},
                effects=lambda amount: [
                    "what remains when the pool is closed comes back in proportion"
                ],
                refused=lambda: self._unless("open", "The pool is closed: it takes nothing in."),
            ),
            Action(
                "claim",
                run=self.pool.claim,
                call=lambda: self._call("claim"),
                refused=self._no_claim,
            ),
            Action(
                "close",
                run=self.pool.close,
                call=lambda: self._call("close"),
                effects=lambda: [
                    "what was earned stays claimable",
                    "it cannot be opened again",
                ],
                refused=self._no_close,
            ),
            Action(
                "refund",
                run=self.pool.refund,
                call=lambda funder: self._call("refund", funder=funder),
                arguments={"funder": Argument("address")},
                refused=lambda: self._unless("closed", "Refunds come when the pool is closed."),
            ),
            self._stake_action(
                "stake",
                self.pool.stake,
                lambda: self._unless("open", "The pool is closed: nothing is staked any more."),
            ),
            self._stake_action("unstake", self.pool.unstake, self._no_unstake),
            self._stake_action("restake", self.pool.restake, self._no_restake),
            Action(
                "withdraw",
                run=self.pool.withdraw,
                call=lambda: self._staking_call("withdraw"),
                refused=self._no_withdraw,
            ),
        )

    def _call(self, function: str, **arguments: Any) -> Call:
        chain = self.session.chain
        return chain.call("Pools", function, model=self.pool.model_id, **arguments)

    def _fund_call(self, amount: str) -> Call:
        return self._call("fund", amount=self.pool.asset.amount(amount).planck)

    def _stake_action(self, name: str, run: Callable[..., Receipt], why: Refused) -> Action:
        """Stake, unstake or restake: an amount in a role."""

        def call(amount: str, role: str) -> Call:
            planck = self.pool.asset.amount(amount).planck
            return self._staking_call(name, role=role.capitalize(), amount=planck)

        arguments = {"amount": Argument("amount"), "role": Argument("role")}
        return Action(name, run=run, call=call, arguments=arguments, refused=why)

    def _staking_call(self, function: str, **arguments: Any) -> Call:
        chain = self.session.chain
        return chain.call("Stakes", function, model=self.pool.model_id, **arguments)

    # --- why something can't be done, by what the chain last told -------------------------------

    def _unless(self, state: str, why: str) -> str:
        if self._read["pool_told"]["asset"].startswith(DESTROYED):
            return "The asset of this pool was destroyed: nothing can be paid in or out any more."
        return "" if self._read["pool_told"]["state"] == state else why

    def _no_claim(self) -> str:
        if self._read["part"]["claimable"] != "0":
            return ""
        if self._read["part"]["earned"]:
            return "You claimed all that you earned; more comes with the next reward."
        return "There is nothing to claim: you have earned nothing here yet."

    def _no_close(self) -> str:
        if not self._read["part"]["owner"]:
            return "Only the model's owner may close its pool."
        return self._unless("open", "It is closed already.")

    def _no_unstake(self) -> str:
        return "" if self._read["stakes"]["active"] else "You have nothing at stake here."

    def _no_restake(self) -> str:
        if not self._read["stakes"]["unbonding"]:
            return "Nothing of yours is unbonding here."
        return self._unless("open", "The pool is closed: nothing is staked any more.")

    def _no_withdraw(self) -> str:
        if self._read["stakes"]["withdrawable"] != "0":
            return ""
        if self._read["stakes"]["unbonding"]:
            return "What is unbonding is still locked."
        return "There is nothing to withdraw: unstake first."
