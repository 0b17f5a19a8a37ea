"""Asking the chain to add up every token: none lost, none from nothing."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.chain.telling import pool_asset
from dml_sdk.types import Amount

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain


@dataclass(frozen=True, slots=True)
class PoolAudit:
    """One pool's books.

    Attributes:
        model: whose pool.
        funded, paid, refunded, held: what went in, and the three places where it can be;
            funded = paid + refunded + held.
        escrow: balance of the pool's account on the chain; at least held and the deposit.
        short: how much less than that it is. Of an asset of `pallet-assets`, its issuer can have
            taken that; of the native token it is a loss.
        balanced: whether the sums agree, whatever the account holds.
        ok: whether all of that holds, as the runtime sees it.
    """

    model: int
    funded: Amount
    paid: Amount
    refunded: Amount
    held: Amount
    deposit: Amount
    escrow: Amount
    short: Amount
    balanced: bool
    ok: bool


@dataclass(frozen=True, slots=True)
class StakeAudit:
    """The books of what is at stake in one model.

    Attributes:
        model: whose stakes.
        staked, withdrawn, slashed, held: what went in, and the three places where it can be;
            staked = withdrawn + slashed + held.
        escrow: balance of the stakes' account on the chain; at least held and the deposit.
        short: how much less than that it is, as of a pool.
        balanced: whether the sums agree, whatever the account holds.
        ok: whether all of that holds, as the runtime sees it.
    """

    model: int
    staked: Amount
    withdrawn: Amount
    slashed: Amount
    held: Amount
    deposit: Amount
    escrow: Amount
    short: Amount
    balanced: bool
    ok: bool


@dataclass(frozen=True, slots=True)
class DepositAudit:
    """What an account has put at risk by proposing.

    Attributes:
        account: SS58 address.
        held: on the account.
        owed: the deposits of its proposals that are voted on; equal to what is held.
    """

    account: str
    held: Amount
    owed: Amount


@dataclass(frozen=True, slots=True)
class TaskAudit:
    """The books of an annotation task.

    Attributes:
        task, model: which, and whose.
        set_aside, paid, returned, held: what was taken out of the annotators' bucket for it, and
            the three places where it can be; set_aside = paid + returned + held.
        ok: whether all of that holds, as the runtime sees it.
    """

    task: int
    model: int
    set_aside: Amount
    paid: Amount
    returned: Amount
    held: Amount
    ok: bool


@dataclass(frozen=True, slots=True)
class Conservation:
    """What the chain says of all its tokens.

    Attributes:
        ok: no token was lost, and none came from nothing. What the issuer of an asset burns, moves
            or destroys is not counted: that is told by `short`, pool by pool.
        issuance: of the native token.
        accounts: what all accounts together hold of it; equal to the issuance.
        pools: each pool's books.
        stakes: those of what is at stake in each model.
        deposits: those of everybody who proposed something that is voted on.
        tasks: each annotation task's books.
    """

    ok: bool
    issuance: Amount
    accounts: Amount
    pools: tuple[PoolAudit, ...]
    stakes: tuple[StakeAudit, ...] = ()
    deposits: tuple[DepositAudit, ...] = ()
    tasks: tuple[TaskAudit, ...] = ()

    def summary(self) -> str:
        """In one line."""
        same = "=" if self.issuance.planck == self.accounts.planck else "≠"
        return (
            f"{_exact(self.accounts)} in all accounts {same} {_exact(self.issuance)} issued; "
            f"{len(self.pools)} pool(s) {self._told(self.pools)}" + self._others()
        )

    def _told(self, books: Sequence[PoolAudit] | Sequence[StakeAudit]) -> str:
        """Whether books balance, and in how many the issuer of their asset left too little."""
        wrong = [one for one in books if not one.ok]
        native = self.issuance.asset
        taken = [one for one in wrong if one.balanced and one.short.asset != native]
        if len(wrong) > len(taken):
            return "do NOT balance"
        return "balance" + (
            f" (in {len(taken)} the issuer of the asset holds less than is owed)" if taken else ""
        )

    def _others(self) -> str:
        told = ""
        if self.stakes:
            told += f"; {len(self.stakes)} escrow(s) of stakes {self._told(self.stakes)}"
        if self.deposits:
            fine = "balance" if all(d.held == d.owed for d in self.deposits) else "do NOT balance"
            told += f"; {len(self.deposits)} deposit(s) {fine}"
        if self.tasks:
            fine = "balance" if all(t.ok for t in self.tasks) else "do NOT balance"
            told += f"; {len(self.tasks)} annotation task(s) {fine}"
        return told

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<Conservation ok={self.ok}: {self.summary()}>"

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{c}</th>"
            for c in ("model", "funded", "=", "paid", "+", "refunded", "+", "held", "")
        )
        rows = "".join(
            "<tr>"
            f"<td>{p.model}</td>{_cell(p.funded)}<td>=</td>{_cell(p.paid)}<td>+</td>"
            f"{_cell(p.refunded)}<td>+</td>{_cell(p.held)}<td>{'✓' if p.ok else '✗'}</td></tr>"
            for p in self.pools
        )
        verdict = "✓ No token was lost" if self.ok else "✗ Tokens do not add up"
        return (
            f"<div><p><b>{verdict}</b><br>{html.escape(self.summary())}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"{self._tasks_html()}</div>"
        )

    def _tasks_html(self) -> str:
        if not self.tasks:
            return ""
        head = "".join(
            f"<th>{c}</th>"
            for c in ("task", "set aside", "=", "paid", "+", "returned", "+", "held", "")
        )
        rows = "".join(
            "<tr>"
            f"<td>{t.task}</td>{_cell(t.set_aside)}<td>=</td>{_cell(t.paid)}<td>+</td>"
            f"{_cell(t.returned)}<td>+</td>{_cell(t.held)}<td>{'✓' if t.ok else '✗'}</td></tr>"
            for t in self.tasks
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def conservation(chain: Chain) -> Conservation:
    """The runtime's own audit of the newest block."""
    told = chain.ask("conservation")
    return Conservation(
        ok=told["ok"],
        issuance=Amount(told["issuance"], chain.token),
        accounts=Amount(told["accounts_total"], chain.token),
        pools=tuple(
            PoolAudit(
                model=p["model"],
                balanced=p["balanced"],
                ok=p["ok"],
                **_amounts(chain, p, "funded", "paid", "refunded", "held", "deposit", "short"),
            )
            for p in told["pools"]
        ),
        stakes=tuple(
            StakeAudit(
                model=stakes["model"],
                balanced=stakes["balanced"],
                ok=stakes["ok"],
                **_amounts(
                    chain, stakes, "staked", "withdrawn", "slashed", "held", "deposit", "short"
                ),
            )
            for stakes in told["stakes"]
        ),
        deposits=tuple(
            DepositAudit(d["who"], Amount(d["held"], chain.token), Amount(d["owed"], chain.token))
            for d in told["deposits"]
        ),
        tasks=tuple(_task(chain, task) for task in told["tasks"]),
    )


def _amounts(chain: Chain, books: Mapping[str, Any], *names: str) -> dict[str, Amount]:
    """Figures of one escrow account's books, and what is on the account."""
    asset = chain.asset_of(books["asset"])
    return {
        "escrow": Amount(books["escrow_balance"], asset),
        **{name: Amount(books[name], asset) for name in names},
    }


def _task(chain: Chain, told: Mapping[str, Any]) -> TaskAudit:
    asset = pool_asset(chain, told["model"])
    names = ("set_aside", "paid", "returned", "held")
    amounts = {name: Amount(told[name], asset) for name in names}
    return TaskAudit(told["task"], told["model"], **amounts, ok=told["ok"])


def _cell(amount: Amount) -> str:
    exact = html.escape(f"{amount.tokens:f} {amount.asset.label}", quote=True)
    return (
        "<td style='text-align:right;font-variant-numeric:tabular-nums' "
        f"title='{exact}'>{html.escape(str(amount))}</td>"
    )


def _exact(amount: Amount) -> str:
    """To the last planck: "6,000,000.001 DML"."""
    decimals = amount.asset.decimals
    whole, rest = divmod(amount.planck, 10**decimals)
    fraction = f"{rest:0{decimals}d}".rstrip("0") if rest else ""
    return f"{whole:,}{'.' if fraction else ''}{fraction} {amount.asset.label}"
