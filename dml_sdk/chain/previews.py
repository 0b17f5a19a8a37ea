"""What a call would do, asked of the runtime before anybody signs.

Nothing is worked out here: a dry run carries the call out, tells what happened, and undoes it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dml_sdk.chain.client.receipts import movements
from dml_sdk.chain.confirmation import Effect
from dml_sdk.errors import ChainError, DispatchError
from dml_sdk.types import Amount, Asset, Event, short_address

if TYPE_CHECKING:
    from dml_sdk.chain.accounts import Account
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain


@dataclass(frozen=True, slots=True)
class Preview:
    """What a call of an account would do now; nothing was signed.

    Attributes:
        call: "Stakes.stake".
        signer: SS58 address.
        fee: what inclusion would cost, in the native token.
        events: those of its extrinsic.
        moved: change of balance of each account, fee included.
        effects: what it would do, in sentences.
        error: what it would end in; None when it would succeed. The fee is paid all the same,
            unless it would not even enter a block (TransactionRefused).
    """

    call: str
    signer: str
    fee: Amount
    events: tuple[Event, ...] = ()
    moved: Mapping[str, tuple[Amount, ...]] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    error: ChainError | None = None

    def __bool__(self) -> bool:
        """Whether it would succeed."""
        return self.error is None

    def event(self, pallet: str, name: str) -> Event | None:
        """The last event of that name, if there would be one."""
        named = (e for e in reversed(self.events) if (e.pallet, e.name) == (pallet, name))
        return next(named, None)

    def __repr__(self) -> str:
        end = f"refused: {self.error.__class__.__name__}" if self.error else "; ".join(self.effects)
        return f"<Preview of {self.call}, fee {self.fee}: {end or 'nothing else moves'}>"

    def _repr_html_(self) -> str:
        lines = [str(self.error)] if self.error else list(self.effects)
        body = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        signer = html.escape(short_address(self.signer))
        return (
            f"<div><b>{html.escape(self.call)}</b> by <code>{signer}</code>, "
            f"fee {html.escape(str(self.fee))}; a preview<ul>{body}</ul></div>"
        )


def dry_run(chain: Chain, call: Call, who: str) -> Preview:
    """What a call would do if an account signed it in the next block.

    Args:
        who: SS58 address; its key is not needed.

    Raises:
        UsageError: something else than a call.
    """
    from dml_sdk.chain.telling import sentences

    told = chain.dry_run(call, who)
    return Preview(
        call=call.name,
        signer=who,
        fee=told.fee,
        events=told.events,
        moved=told.moved,
        effects=tuple(sentences(told.events, chain, who)),
        error=told.error,
    )


_KEPT = frozenset({"Held", "Reserved", "Locked", "Frozen"})


def effect(chain: Chain, call: Call, signer: Account) -> Effect:
    """What a call would do, as `Session.ask_over` judges it."""
    preview = dry_run(chain, call, signer.address)
    gone: dict[Asset, int] = {}
    for asset_id, planck in _outgoing(preview.events, signer.address):
        asset = chain.token if asset_id is None else chain.asset(asset_id)
        gone[asset] = gone.get(asset, 0) + planck
    leaves = tuple(Amount(planck, asset) for asset, planck in gone.items() if planck > 0)
    return Effect(leaves, preview.moved, preview.error)


def _outgoing(events: Sequence[Event], who: str) -> Iterator[tuple[int | None, int]]:
    """All that goes out of an account's hands: id of the asset, and planck.

    What comes in or back by the same transaction is not set against it: somebody who puts a
    withdrawal beside a payment would have it pass for nothing.
    """
    if events and _is_of(events[0], who, "Balances", "Withdraw"):
        events = events[1:]  # the fee is taken before all else
    for event in events:
        for account, planck, asset_id, other in movements(event):
            if account == who != other and planck < 0:
                yield asset_id, -planck
        f = event.fields
        if event.name in _KEPT and _is_of(event, who, "Balances", event.name):
            yield None, int(str(f["amount"]))  # still the account's, and not to be spent
        elif _is_of(event, who, "Assets", "ApprovedTransfer", "source"):
            yield int(str(f["asset_id"])), int(str(f["amount"]))  # to be taken at any time


def _is_of(event: Event, who: str, pallet: str, name: str, whose: str = "who") -> bool:
    return (event.pallet, event.name) == (pallet, name) and event.fields.get(whose) == who


def preview_reward(
    chain: Chain, model: int, role: str, rewards: Sequence[tuple[str, int]]
) -> list[int]:
    """Planck that `Pools.reward` would credit each account.

    Args:
        rewards: address, and score in parts of 1,000,000,000.

    Raises:
        DispatchError: the error that the call itself would end in.
    """
    told = chain.ask("preview_reward", model, role.capitalize(), list(rewards))
    if "Err" in told:
        raise DispatchError.named("Pools", str(told["Err"]))(
            "This is a preview; nothing was signed.", call="Pools.reward"
        )
    return [int(planck) for planck in told["Ok"]]
