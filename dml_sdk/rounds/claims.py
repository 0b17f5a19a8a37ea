"""Contributors take what they were credited: each signs for itself, all in one block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dml_sdk.chain.accounts import Account
from dml_sdk.errors import DMLError
from dml_sdk.tables import Table
from dml_sdk.types import Amount

if TYPE_CHECKING:
    from dml_sdk.model import Model

_COLUMNS = ("client", "account", "claimed", "outcome")


def claim_for(model: Model, wallets: Mapping[str, Account]) -> Table:
    """Claims from a model's pool for every wallet that has something to claim.

    Args:
        wallets: the account that signs for each client, by name.

    Returns:
        a row for each claim, with its receipt or the error that it ended in; none where the model
        has no pool.
    """
    pool, chain = model.pool, model.session.chain
    if pool.record is None:
        return Table(f"{model.name} has no pool, so nobody was paid", [], _COLUMNS)
    credited = {told["who"]: told["claimable"] for told in chain.ask("allocations", model.id, None)}
    owed = [(name, account) for name, account in wallets.items() if credited.get(account.address)]
    call = chain.call("Pools", "claim", model=model.id)
    outcomes = chain.submit_all([(call, account) for _, account in owed])
    asset = pool.asset
    return Table(
        f"Claims from the pool of {model.name}",
        [
            {
                "client": name,
                "account": account.address,
                "claimed": Amount(
                    0 if isinstance(outcome, DMLError) else credited[account.address], asset
                ),
                "outcome": outcome,
            }
            for (name, account), outcome in zip(owed, outcomes, strict=True)
        ],
        columns=_COLUMNS,
    )
