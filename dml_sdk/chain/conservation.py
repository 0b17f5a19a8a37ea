"""Asking the chain to add up every token: none lost, none from nothing."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dml_sdk.chain import runtime_types
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
        ok: whether all of that holds, as the runtime sees it.
    """

    model: int
    funded: Amount
    paid: Amount
    refunded: Amount
    held: Amount
    deposit: Amount
    escrow: Amount
    ok: bool


@dataclass(frozen=True, slots=True)
class Conservation:
    """What the chain says of all its tokens.

    Attributes:
        ok: no token was lost, and none came from nothing.
        issuance: of the native token.
        accounts: what all accounts together hold of it; equal to the issuance.
        pools: each pool's books.
    """

    ok: bool
    issuance: Amount
    accounts: Amount
    pools: tuple[PoolAudit, ...]

    def summary(self) -> str:
        """In one line."""
        same = "=" if self.issuance.planck == self.accounts.planck else "≠"
        return (
            f"{self.accounts.tokens:f} {self.issuance.asset.symbol} in all accounts {same} "
            f"{self.issuance.tokens:f} issued; {len(self.pools)} pool(s) "
            + ("balance" if all(p.ok for p in self.pools) else "do NOT balance")
        )

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
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def conservation(chain: Chain) -> Conservation:
    """The runtime's own audit of the newest block."""
    runtime_types.define(chain)
    told = chain.runtime_api("DmlApi_conservation", b"", "DmlConservation")
    pools = []
    for p in told["pools"]:
        kind = p["asset"]
        asset = chain.asset(int(kind["WithId"])) if isinstance(kind, dict) else chain.token
        pools.append(
            PoolAudit(
                model=p["model"],
                funded=Amount(p["funded"], asset),
                paid=Amount(p["paid"], asset),
                refunded=Amount(p["refunded"], asset),
                held=Amount(p["held"], asset),
                deposit=Amount(p["deposit"], asset),
                escrow=Amount(p["escrow_balance"], asset),
                ok=p["ok"],
            )
        )
    return Conservation(
        ok=told["ok"],
        issuance=Amount(told["issuance"], chain.token),
        accounts=Amount(told["accounts_total"], chain.token),
        pools=tuple(pools),
    )


def _cell(amount: Amount) -> str:
    exact = html.escape(f"{amount.tokens:f} {amount.asset.symbol}", quote=True)
    return (
        "<td style='text-align:right;font-variant-numeric:tabular-nums' "
        f"title='{exact}'>{html.escape(str(amount))}</td>"
    )
