"""A pool and an account's part in it as plain values, which the panel and its picture draw.

Every figure is the chain's. Amounts travel as exact decimal strings, times as ms since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dml_sdk.measures import BY_ROLE
from dml_sdk.pool import Pool
from dml_sdk.types import ROLES, Amount, Asset
from dml_sdk.widgets.stake.pool_history import MOST_LINES, PoolHistory, lines, reasons
from dml_sdk.widgets.wording import exact

MOST_FUNDERS = 50


def pool_plain(pool: Pool, record: Mapping[str, Any], asset: Asset) -> dict[str, Any]:
    """What is in the pool, and how what comes in is split."""
    buckets, shares = pool.buckets, pool.shares
    ledger = record["ledger"]
    return {
        "model": pool.model_id,
        "asset": asset.label,
        "native": asset.id is None,
        "decimals": asset.decimals,
        "state": str(record["state"]).lower(),
        "owner": record["owner"],
        "created": record["created_ms"],
        "buckets": [[role, exact(buckets[role])] for role in ROLES if role in buckets],
        "shares": {role: f"{share:f}" for role, share in shares.items()},
        "claimable": exact(Amount(record["claimable"], asset)),
        "refundable": exact(Amount(record["refundable"], asset)),
        **{
            name: exact(Amount(ledger[name], asset))
            for name in ("funded", "paid", "refunded", "held")
        },
    }


def part_plain(pool: Pool, asset: Asset, history: PoolHistory) -> dict[str, Any]:
    """What the signer holds, earned and put in."""
    session = pool.session
    me = session.signer.address
    rows = list(pool.allocations(me))
    why = reasons(history.events, me, history.is_whole)
    put_in = session.chain.get("Pools", "Contributions", pool.model_id, me)
    none = Amount(0, asset)
    return {
        "balance": exact(session.balance(asset=asset)),
        "native": exact(session.balance()),
        "earned": [[row["role"], exact(row["earned"]), why.get(row["role"], "")] for row in rows],
        "claimed": exact(rows[0]["claimed"] if rows else none),
        "claimable": exact(rows[0]["claimable"] if rows else none),
        "put_in": exact(Amount(put_in or 0, asset)),
    }


def stakes_plain(pool: Pool, asset: Asset) -> dict[str, Any]:
    """What the signer has at stake, what is on its way out and when it unlocks, and the terms."""
    chain, model = pool.session.chain, pool.model_id
    terms = chain.ask("staking", model)
    mine = chain.ask("stakes", model, pool.session.signer.address)
    now = chain.now_ms()
    active: dict[str, Any] = {}
    unbonding: list[Any] = []
    locks: list[Any] = []
    if mine:
        (told,) = mine
        active, unbonding = told["active"], told["unbonding"]
        locks = [lock for lock in told["locks"] if lock["until_ms"] > now]
    due = sum(part["amount"] for part in unbonding if part["unlock_ms"] <= now)
    to = terms["terms"]["slash_to"]
    slashed_to = to["Role"].lower() if isinstance(to, dict) else to.lower()
    return {
        "active": [
            [role, exact(Amount(active[name], asset))]
            for role, name in BY_ROLE.items()
            if active.get(name)
        ],
        "unbonding": [
            [part["role"].lower(), exact(Amount(part["amount"], asset)), part["unlock_ms"]]
            for part in unbonding
        ],
        "withdrawable": exact(Amount(due, asset)),
        "locked": exact(Amount(max((lock["amount"] for lock in locks), default=0), asset)),
        "locked_until": max((lock["until_ms"] for lock in locks), default=None),
        "unbonding_ms": terms["terms"]["unbonding_ms"],
        "minimum": exact(Amount(terms["minimum"], asset)),
        "slashed_to": slashed_to,
    }


def funders_plain(pool: Pool, asset: Asset) -> list[list[str]]:
    """Who put something in and was not refunded, the most first."""
    found = pool.session.chain.entries("Pools", "Contributions", pool.model_id)
    found.sort(key=lambda pair: -pair[1])
    return [[str(who), exact(Amount(planck, asset))] for who, planck in found[:MOST_FUNDERS]]


def history_plain(history: PoolHistory, asset: Asset, me: str) -> dict[str, Any]:
    """The pool's events for reading, newest first."""
    told = lines(history.events, asset, me, history.called)
    return {"lines": told, "older": not history.is_whole or len(told) == MOST_LINES}


def most_to_fund(pool: Pool, asset: Asset) -> str:
    """What the signer could put in at most: its balance without the minimum and the fee.

    Minimum and fee are the chain's; it may still refuse, for one where tokens are frozen.
    """
    session = pool.session
    chain, balance = session.chain, session.balance(asset=asset)
    if asset.id is None:
        # The fee grows with the length of the amount, so that of a larger amount is enough.
        call = chain.call("Pools", "fund", model=pool.model_id, amount=balance.planck)
        kept = chain.constant("Balances", "ExistentialDeposit")
        kept += chain.fee(call, session.signer).planck
    else:
        known = chain.get("Assets", "Asset", asset.id)
        kept = balance.planck if known is None else int(known["min_balance"])
    return exact(Amount(max(0, balance.planck - kept), asset))
