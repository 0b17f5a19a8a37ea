"""The stake panel: what is in a pool, what somebody has of it, and what they can do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import traitlets

from dml_sdk.chain.client.calls import Call
from dml_sdk.errors import UsageError
from dml_sdk.model import Model
from dml_sdk.pool import Pool
from dml_sdk.widgets import browser, pool_history
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.pool_history import PoolHistory
from dml_sdk.widgets.stake_picture import stake_html
from dml_sdk.widgets.stake_snapshot import (
    funders_plain,
    history_plain,
    most_to_fund,
    part_plain,
    pool_plain,
)
from dml_sdk.widgets.wording import significant


class StakePanel(Panel):
    """A widget on a pool: its buckets and history, the signer's part, and what can be done.

    Anyone may fund the pool, claim what they earned, and have a funder of a closed pool refunded;
    its owner may close it. The browser half is `widgets/stake_panel.js`.

    Args:
        pool: `model.pool`, or `session.pools.get(model_id)`; its session's signer signs.

    Attributes:
        pool: the same.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a pool, or the model has none.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("stake_panel")
    _css = browser.styles("frame", "panel", "stake_panel")
    noun = "Stake"

    pool_told = traitlets.Dict().tag(sync=True)
    part = traitlets.Dict().tag(sync=True)
    funders: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)

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
            self.head, self.pool_told, self.part, self.history, self.outcome.get("receipt")
        )

    def csv(self) -> str:
        """The events that were read, oldest first; amounts in whole tokens."""
        return pool_history.as_csv(self._history.events, self.pool.asset)

    # --- what can be done -----------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """Fund, claim, close, refund: the pool's own methods."""
        return (
            Action(
                "fund",
                run=self.pool.fund,
                call=self._fund_call,
                arguments={"amount": Argument("amount")},
                effects=self._fund_effects,
                refused=lambda: self._unless("open", "The pool is closed: it takes nothing in."),
            ),
            Action(
                "claim",
                run=self.pool.claim,
                call=lambda: self._call("claim"),
                effects=self._claim_effects,
                refused=self._no_claim,
            ),
            Action(
                "close",
                run=self.pool.close,
                call=lambda: self._call("close"),
                effects=self._close_effects,
                refused=self._no_close,
            ),
            Action(
                "refund",
                run=self.pool.refund,
                call=lambda funder: self._call("refund", funder=funder),
                arguments={"funder": Argument("address")},
                effects=self._refund_effects,
                refused=lambda: self._unless("closed", "Refunds come when the pool is closed."),
            ),
        )

    def _call(self, function: str, **arguments: Any) -> Call:
        chain = self.session.chain
        return chain.call("Pools", function, model=self.pool.model_id, **arguments)

    def _fund_call(self, amount: str) -> Call:
        return self._call("fund", amount=self.pool.asset.amount(amount).planck)

    def _fund_effects(self, amount: str) -> list[str]:
        told = self.pool.asset.amount(amount)
        return [
            f"{told} go from {self.session.signer.name} into the pool, split by share",
            "what remains when the pool is closed comes back in proportion",
        ]

    def _claim_effects(self) -> list[str]:
        rows = list(self.pool.allocations(self.session.signer))
        return [f"{rows[0]['claimable']} come to {self.session.signer.name}"] if rows else []

    def _close_effects(self) -> list[str]:
        told = self._read["pool_told"]
        asset, owed = told["asset"], told["claimable"]
        return [
            "what is in the buckets goes back to those who put it in",
            f"{significant(Decimal(owed))} {asset} that were earned stay claimable",
            "it cannot be opened again",
        ]

    def _refund_effects(self, funder: str) -> list[str]:
        put_in = dict(self._read["funders"]).get(funder)
        if put_in is None:
            return []
        asset = self._read["pool_told"]["asset"]
        return [
            f"the part that belongs to {significant(Decimal(put_in))} {asset} put in is paid back"
        ]

    # --- why something can't be done, by what the chain last told -------------------------------

    def _unless(self, state: str, why: str) -> str:
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
