"""A model's contributors: whose data it is trained with, and which wallet each is paid to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dml_sdk.arguments import require_mapping, require_text, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.handles import Handle
    from dml_sdk.types import Receipt

_CONTRIBUTORS_A_CALL = 256
_CALLS_A_BLOCK = 4


def define(handle: Handle, wallets: Mapping[str, Account | str], whose: str) -> Receipt:
    """Says which wallet each contributor is paid to; see `Model.define_contributors`."""
    require_mapping("wallets", wallets, "a dict of a client's name to its account")
    pairs = [
        ("0x" + require_text("a contributor's name", client).encode().hex(), address_of(account))
        for client, account in wallets.items()
    ]
    if not pairs:
        raise UsageError("No contributor was named.")
    require_room_for(handle, list(wallets), whose)
    chain = handle.chain
    calls = [
        chain.call(
            "Rounds",
            "define_contributors",
            model=handle.model_id,
            contributors=pairs[i : i + _CONTRIBUTORS_A_CALL],
        )
        for i in range(0, len(pairs), _CONTRIBUTORS_A_CALL)
    ]
    # More than a few calls would not fit into one block.
    groups = [calls[i : i + _CALLS_A_BLOCK] for i in range(0, len(calls), _CALLS_A_BLOCK)]
    return [handle.submit(chain.batch(group)) for group in groups][-1]


def wallets_of(handle: Handle) -> dict[str, str]:
    """Each defined contributor's wallet, SS58."""
    found = handle.chain.entries("Rounds", "Contributors", handle.model_id)
    return {str(client): str(who) for client, who in found}


def require_room_for(handle: Handle, clients: Sequence[str], whose: str) -> None:
    """Refuses contributors who would be more than the chain has room for, those there included.

    Args:
        whose: the model, for messages.

    Raises:
        UsageError: there is not room for all of them, or they are no names.
    """
    if isinstance(clients, str) or not isinstance(clients, Sequence):
        raise UsageError(f"clients={shown(clients)}: give a list of contributors' names.")
    for client in clients:
        require_text("a contributor's name", client)
    chain = handle.chain
    most = int(chain.constant("Rounds", "MaxContributors"))
    defined = int(chain.get("Rounds", "ContributorCount", handle.model_id))
    if defined + len(clients) <= most:
        return
    new = len(set(clients) - wallets_of(handle).keys())
    if defined + new > most:
        raise UsageError(
            f"{whose} would have {defined + new:,} contributors; the chain holds {most:,} for a "
            f"model. {defined:,} are defined, {new:,} would be new. Nothing was sent: name "
            "fewer, or train a model for each group of clients."
        )


def scores_by_wallet(
    handle: Handle, scores: Mapping[str, float | Decimal | str], whose: str
) -> dict[Account | str, float | Decimal | str]:
    """Scores of contributors, by the wallets that they are paid to.

    Raises:
        UsageError: a client that is not defined.
    """
    require_mapping("scores", scores, "a dict of a client's name to its score")
    wallets = wallets_of(handle)
    unknown = [str(client) for client in scores if client not in wallets]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: not defined as contributor of {whose}. "
            "Call model.define_contributors({…}) first."
        )
    return {wallets[client]: score for client, score in scores.items()}
