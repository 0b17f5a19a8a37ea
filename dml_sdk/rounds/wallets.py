"""Who signs for each contributor, and that they can pay their fees."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dml_sdk.arguments import require_mapping, shown
from dml_sdk.chain.accounts import DEVELOPMENT_NAME, WELL_KNOWN, Account
from dml_sdk.errors import UsageError
from dml_sdk.locations import encode_location
from dml_sdk.storage import cid_of
from dml_sdk.types import Location

if TYPE_CHECKING:
    from dml_sdk.model import Model
    from dml_sdk.rounds.plan import TrainingPlan

# Rounds after which wallets are looked at again, which costs a long training one read each time.
ROUNDS_AHEAD = 100
_TOP_UP = Decimal(1)  # tokens, or twice what is needed where that is more
_SPARE = 10  # submissions beyond those planned: for claims, and for rounds that are aborted
_TRANSFERS_A_CALL = 500
_MOST_EXAMPLES = 2**32 - 1
_EXISTENTIAL = ("Balances", "ExistentialDeposit")
_NAMED = 5  # names in a message


def choose_wallets(
    model: Model, names: Sequence[str], given: Mapping[str, Account] | None
) -> dict[str, Account]:
    """An account for each client; nothing is signed.

    A wallet that is given comes first, then one that the owner defined. On a development chain,
    clients without either get an account made up from their name.

    Raises:
        UsageError: a client without a wallet that this session can sign for, two clients with one
            wallet, a wallet for a name that no client has, or more clients than a model may have.
    """
    session = model.session
    if given is not None:
        require_mapping("wallets", given, "a dict of a client's name to its dml.Account")
        if not all(isinstance(account, Account) for account in given.values()):
            raise UsageError("wallets is {client: dml.Account}: an address alone cannot sign.")
    given = given or {}
    strangers = [shown(name) for name in given.keys() - set(names)]
    if strangers:
        raise UsageError(
            f"wallets names {', '.join(strangers[:_NAMED])}, and no client is called so. Clients "
            f"are {', '.join(map(shown, names[:_NAMED]))}{', …' if len(names) > _NAMED else ''}."
        )
    model.require_room_for(names)
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


def define_wallets(model: Model, wallets: Mapping[str, Account]) -> None:
    """Defines each wallet on the chain as its contributor's."""
    defined = model.contributors
    changed = {n: a for n, a in wallets.items() if defined.get(n) != a.address}
    if changed:
        model.define_contributors(changed)


def fund_wallets(
    model: Model, wallets: Mapping[str, Account], plan: TrainingPlan, rounds: int
) -> None:
    """On a development chain, the owner tops up each wallet that has too little for its fees.

    Args:
        wallets: who signs for each client, by name, in the order of the clients.
        rounds: that are to come; whom they select is the plan's.
    """
    session = model.session
    if not session.chain.is_development:
        return
    accounts = list(wallets.values())
    first = int(session.chain.get("Rounds", "RoundCount", model.id)) + 1
    times = Counter(
        accounts[i].address
        for number in range(first, first + rounds)
        for i in plan.selection(len(accounts), number)
    )
    fee, least = _submission_fee(model), int(session.chain.constant(*_EXISTENTIAL))
    needed = {address: least + fee * (count + _SPARE) for address, count in times.items()}
    balances = session.chain.balances(list(needed))
    usual = session.chain.token.amount(_TOP_UP).planck
    poor = {a: max(usual, 2 * n) for a, n in needed.items() if balances[a].planck < n}
    _transfer(model, poor)


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


def _submission_fee(model: Model) -> int:
    """What an update costs whoever submits it, planck: asked of the chain."""
    chain = model.session.chain
    call = chain.call(
        "Rounds",
        "submit_update",
        model=model.id,
        round=_MOST_EXAMPLES,
        location=encode_location(Location(cid=str(cid_of(b"")))),
        hash=bytes(32),
        examples=_MOST_EXAMPLES,
    )
    return chain.fee(call, model.session.signer).planck


def _transfer(model: Model, amounts: Mapping[str, int]) -> None:
    """The owner sends planck to addresses."""
    chain, signer = model.session.chain, model.session.signer
    transfers = [
        chain.call("Balances", "transfer_keep_alive", dest=address, value=planck)
        for address, planck in amounts.items()
    ]
    for start in range(0, len(transfers), _TRANSFERS_A_CALL):
        chain.submit(chain.batch(transfers[start : start + _TRANSFERS_A_CALL]), signer)
