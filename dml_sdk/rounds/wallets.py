"""Who signs for each contributor, and that they can pay the fee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dml_sdk.chain.accounts import Account
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.model import Model

# A submission costs under 0.01 DML: a topped-up wallet has fees for a hundred of them and more.
_TOP_UP = Decimal(1)
_ENOUGH = Decimal("0.25")
_TRANSFERS_A_CALL = 500


def wallets_of(
    model: Model, names: Sequence[str], given: Mapping[str, Account] | None
) -> dict[str, Account]:
    """An account for each client, defined on the chain as a contributor and able to pay fees.

    On a development chain, clients without a wallet of their own get a development account named
    after them, and the model's owner tops them up.

    Raises:
        UsageError: a client without a wallet, on a chain where none can be made up.
    """
    session = model.session
    wallets = dict(given or {})
    missing = [n for n in names if n not in wallets]
    if missing and not session.chain.is_development:
        raise UsageError(
            f"{len(missing)} clients have no wallet (the first is {missing[0]!r}): pass "
            "wallets={client: Account} for each; made-up accounts are for development chains."
        )
    for name in missing:
        wallets[name] = session.account(name)
    defined = model.contributors
    changed = {n: wallets[n] for n in names if defined.get(n) != wallets[n].address}
    if changed:
        model.define_contributors(changed)
    if session.chain.is_development:
        _top_up(model, [wallets[n] for n in names])
    return {n: wallets[n] for n in names}


def _top_up(model: Model, accounts: Sequence[Account]) -> None:
    chain, signer = model.session.chain, model.session.signer
    enough = chain.token.amount(_ENOUGH)
    balances = chain.balances([a.address for a in accounts])
    poor = [a.address for a in accounts if balances[a.address] < enough]
    planck = chain.token.amount(_TOP_UP).planck
    for start in range(0, len(poor), _TRANSFERS_A_CALL):
        chain.submit(
            chain.batch(
                [
                    chain.call("Balances", "transfer_keep_alive", dest=address, value=planck)
                    for address in poor[start : start + _TRANSFERS_A_CALL]
                ]
            ),
            signer,
        )
