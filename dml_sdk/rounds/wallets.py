"""Who signs for each contributor, and that they can pay the fee."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dml_sdk.arguments import require_mapping
from dml_sdk.chain.accounts import DEVELOPMENT_NAME, WELL_KNOWN, Account
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.model import Model

# A submission costs under 0.01 DML: a topped-up wallet has fees for a hundred of them and more.
_TOP_UP = Decimal(1)
_ENOUGH = Decimal("0.25")
_TRANSFERS_A_CALL = 500


def choose_wallets(
    model: Model, names: Sequence[str], given: Mapping[str, Account] | None
) -> dict[str, Account]:
    """An account for each client; nothing is signed.

    A wallet that is given comes first, then one that the owner defined. On a development chain,
    clients without either get an account made up from their name.

    Raises:
        UsageError: a client without a wallet that this session can sign for, or two clients with
            one wallet.
    """
    session = model.session
    if given is not None:
        require_mapping("wallets", given, "a dict of a client's name to its dml.Account")
        if not all(isinstance(account, Account) for account in given.values()):
            raise UsageError("wallets is {client: dml.Account}: an address alone cannot sign.")
    given = given or {}
    defined = model.contributors
    development = session.chain.is_development
    known = {a.address: a for a in map(Account.development, WELL_KNOWN)} if development else {}
    wallets: dict[str, Account] = {}
    whose: dict[str, str] = {}
    for name in names:
        account = given.get(name) or _found(name, defined.get(name), known, development)
        if account.address in whose:
            raise UsageError(
                f"{whose[account.address]!r} and {name!r} have one wallet, {account.address}: each "
                "contributor is paid to its own. Pass another in wallets={client: Account}."
            )
        wallets[name], whose[account.address] = account, name
    return wallets


def ready_wallets(model: Model, wallets: Mapping[str, Account]) -> None:
    """Defines each wallet on the chain as its contributor's, able to pay fees.

    On a development chain the model's owner tops everybody up.
    """
    defined = model.contributors
    changed = {n: a for n, a in wallets.items() if defined.get(n) != a.address}
    if changed:
        model.define_contributors(changed)
    if model.session.chain.is_development:
        _top_up(model, list(wallets.values()))


def _found(
    name: str, defined: str | None, known: Mapping[str, Account], development: bool
) -> Account:
    """The account of a client that was given none: the defined one, or one that is made up."""
    if defined is not None and defined in known:
        return known[defined]
    account = made_up(name) if development else None
    if defined is not None and (account is None or account.address != defined):
        raise UsageError(
            f"{name!r} is defined with the wallet {defined}, whose key this session does not "
            "hold: pass wallets={client: Account} for it, or define it anew."
        )
    if account is None:
        raise UsageError(
            f"{name!r} has no wallet: pass wallets={{client: Account}} for each client; "
            "made-up accounts are for development chains."
        )
    return account


def made_up(name: str) -> Account:
    """A development account for a client of any name; never one of the well-known ones."""
    if DEVELOPMENT_NAME.fullmatch(name) and name.lower() not in WELL_KNOWN:
        return Account.development(name)
    return Account.development("contributor-" + hashlib.sha256(name.encode()).hexdigest()[:32])


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
