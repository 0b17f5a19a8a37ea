"""Statements: every movement of an account or of a pool, when it was and why.

They are made from the events of blocks, one block at a time, of which only what is told is kept.
What the events tell adds up to what the chain says: a statement has what was there before, what is
there after, and anything that the movements between do not account for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.arguments import MOST_ID, require_whole, shown
from dml_sdk.chain.client.codec.addresses import account_of
from dml_sdk.chain.client.events import by_extrinsic
from dml_sdk.chain.client.receipts import movements
from dml_sdk.chain.naming import Called, called_on
from dml_sdk.chain.telling import pool_asset, told
from dml_sdk.errors import UsageError
from dml_sdk.tables import Table
from dml_sdk.types import DESTROYED, Amount, Asset, Event, from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

Progress: TypeAlias = Callable[[int, int], object]
"""Called with how many blocks were read, and how many there are."""

_PROGRESS_BLOCKS = 100
_COLUMNS = ("block", "time", "amount", "what")


class Statement(Table):
    """Movements, oldest first: block, time, amount, and what it was for.

    Rows without an amount moved nothing by themselves, such as a reward that is yet to be claimed.

    Attributes:
        blocks: first and last block that were read.
        opening, closing: what was there before the first and after the last block, by asset.
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[Mapping[str, Any]],
        blocks: tuple[int, int],
        opening: Mapping[Asset, Amount],
        closing: Mapping[Asset, Amount],
    ) -> None:
        super().__init__(f"{title}, blocks {blocks[0]} to {blocks[1]}", rows, _COLUMNS)
        self.blocks, self.opening, self.closing = blocks, opening, closing

    def with_rows(self, rows: Sequence[Mapping[str, Any]]) -> Statement:
        """The statement with more rows after its own."""
        title = self.title.rpartition(", blocks ")[0]
        return Statement(title, (*self, *rows), self.blocks, self.opening, self.closing)

    def total(self, asset: Asset) -> Amount:
        """What all rows in an asset add up to."""
        amounts = (row["amount"] for row in self if row["amount"] is not None)
        return Amount(sum(a.planck for a in amounts if a.asset == asset), asset)

    @property
    def unexplained(self) -> dict[Asset, Amount]:
        """Closing less opening and rows, where that is not nothing.

        Only what the chain's root sets by hand can be: it leaves no event of how much.
        """
        left = {
            asset: closing - self.opening.get(asset, Amount(0, asset)) - self.total(asset)
            for asset, closing in self.closing.items()
        }
        return {asset: amount for asset, amount in left.items() if amount}

    def _repr_html_(self) -> str:
        ends = "; ".join(
            f"{self.opening.get(asset, Amount(0, asset))} before, {closing} after"
            for asset, closing in self.closing.items()
        )
        return f"<div>{super()._repr_html_()}<p>{ends}</p></div>"


@dataclass(frozen=True, slots=True)
class _Row:
    """A movement, or something that only is told."""

    amount: Amount | None
    what: str


def account_statement(
    chain: Chain,
    address: str,
    *,
    first: int | None = None,
    last: int | None = None,
    progress: Progress | None = None,
) -> Statement:
    """What came to an account and went from it.

    Args:
        address: SS58.
        first, last: blocks; all there are by default.
        progress: called now and then with the number of blocks read, and of all.

    Raises:
        UsageError: no such blocks.
        RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
    """
    blocks = _range(chain, first, last)
    rows: list[dict[str, Any]] = []
    assets: dict[Asset, None] = {chain.token: None}
    asset_of = cache(lambda model: pool_asset(chain, model))
    called = called_on(chain)
    unit = cache(lambda number: chain.token if number is None else chain.asset(number))
    for number, events in _blocks(chain, blocks, progress, account_of(address)):
        for own in by_extrinsic(events).values():
            for row in _of_account(own, address, unit, asset_of, chain.token, called):
                if row.amount is not None:
                    assets[row.amount.asset] = None
                rows.append(_told(chain, number, row))
    before, after = chain.block_hash(max(blocks[0] - 1, 0)), chain.block_hash(blocks[1])
    statement = Statement(
        f"Statement of {called(address)}",
        rows,
        blocks,
        {asset: chain.balance(address, asset, at=before) for asset in assets},
        {asset: chain.balance(address, asset, at=after) for asset in assets},
    )
    lost = [
        _told(chain, blocks[1], _Row(amount, "It was destroyed with its asset"))
        for asset, amount in statement.unexplained.items()
        if asset.symbol == DESTROYED  # which leaves no event of whose tokens went
    ]
    return statement.with_rows(lost) if lost else statement


def pool_statement(
    chain: Chain,
    model: int,
    *,
    first: int | None = None,
    last: int | None = None,
    progress: Progress | None = None,
) -> Statement:
    """What came into a model's pool and went out of it; and who earned what, and why.

    The escrow account's deposit is not the pool's.

    Args:
        first, last, progress: as for an account.

    Raises:
        UsageError: no such blocks.
        RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
    """
    blocks = _range(chain, first, last)
    asset = pool_asset(chain, model)
    called = called_on(chain)
    rows: list[dict[str, Any]] = []
    for number, events in _blocks(chain, blocks, progress):
        for event in events:
            if event.fields.get("model") != model:
                continue
            sentence = told(event, lambda _: asset, chain.token, "", called)
            planck = _pooled(event)
            if planck is not None or (event.pallet, event.name) in _OF_POOLS:
                amount = None if planck is None else Amount(planck, asset)
                rows.append(_told(chain, number, _Row(amount, sentence)))

    def held(at: str) -> dict[Asset, Amount]:
        record = chain.get("Pools", "Pools", model, at=at)
        return {asset: Amount(record["ledger"]["held"] if record else 0, asset)}

    before, after = chain.block_hash(max(blocks[0] - 1, 0)), chain.block_hash(blocks[1])
    return Statement(f"Statement of model {model}'s pool", rows, blocks, held(before), held(after))


# --- inside ---------------------------------------------------------------------------------------

_OF_POOLS = frozenset(
    {
        ("Pools", "Rewarded"), ("Pools", "Spent"), ("Pools", "Closed"), ("Pools", "Settled"),
        ("Pools", "SharesSet"), ("Pools", "SurplusCredited"), ("Rounds", "ContributorRewarded"),
        ("Updates", "Approved"), ("Annotations", "Awarded"), ("Pools", "SetAside"),
        ("Pools", "PutBack"),
    }
)  # fmt: skip
_CREDITS: Mapping[tuple[str, str], str] = {
    ("Pools", "Rewarded"): "who",
    ("Pools", "Spent"): "who",
    ("Pools", "SurplusCredited"): "owner",
    ("Rounds", "ContributorRewarded"): "who",
    ("Updates", "Approved"): "engineer",
    ("Annotations", "Awarded"): "who",
    ("Stakes", "Slashed"): "who",
    ("Stakes", "Unstaked"): "who",
}
"""What is told to an account though nothing of its own moved, and whom it is about."""
_MOVED: Mapping[tuple[str, str], tuple[str, str, int]] = {
    ("Pools", "PoolCreated"): ("owner", "deposit", -1),
    ("Pools", "Funded"): ("who", "amount", -1),
    ("Pools", "Claimed"): ("who", "amount", 1),
    ("Pools", "Refunded"): ("who", "amount", 1),
    ("Pools", "Settled"): ("owner", "amount", 1),
    ("Pools", "IncomeTaken"): ("payer", "amount", -1),
    ("Stakes", "EscrowOpened"): ("depositor", "deposit", -1),
    ("Stakes", "Staked"): ("who", "amount", -1),
    ("Stakes", "Withdrawn"): ("who", "amount", 1),
    ("Stakes", "EscrowClosed"): ("depositor", "amount", 1),
    ("Collectives", "DepositLost"): ("who", "amount", -1),
}
"""Events that are about a transfer beside them: whose, how much, and which way."""


def _of_account(
    events: Sequence[Event],
    me: str,
    unit: Callable[[int | None], Asset],
    asset_of: Callable[[int], Asset],
    native: Asset,
    called: Called,
) -> Iterator[_Row]:
    """What one extrinsic, or the block itself, did to an account."""
    left: list[tuple[int, Asset, str]] = []  # not accounted for yet: how much, and with whom
    for event in events:
        for who, planck, asset_id, other in movements(event):
            if who == me and planck:
                left.append((planck, unit(asset_id), other))
    fee: int | None = None
    for event in events:
        key = event.pallet, event.name
        sentence = told(event, asset_of, native, me, called)
        if key == ("TransactionPayment", "TransactionFeePaid") and event.fields["who"] == me:
            fee = int(str(event.fields["actual_fee"])) + int(str(event.fields["tip"]))
        for whose, planck, in_native in _named(event):
            asset = native if in_native else asset_of(int(str(event.fields["model"])))
            match = next((m for m in left if m[0] == planck and m[1] == asset), None)
            if whose == me and match is not None:
                left.remove(match)
                yield _Row(Amount(planck, asset), sentence)
        if key in _CREDITS and event.fields[_CREDITS[key]] == me:
            yield _Row(None, sentence)
    if fee is not None:
        # It was taken before the call and what was not needed came back: several movements.
        alone = [m for m in left if not m[2] and m[1] == native]
        rest = sum(m[0] for m in alone) + fee
        left = [m for m in left if m not in alone] + ([(rest, native, "")] if rest else [])
        if fee:
            yield _Row(Amount(-fee, native), "Fee")
    for planck, asset, other in left:
        yield _Row(Amount(planck, asset), _bare(planck, called(other) if other else ""))


def _named(event: Event) -> Iterator[tuple[str, int, bool]]:
    """The movements that an event is about: whose, how much, whether of the native token."""
    f: dict[str, Any] = dict(event.fields)
    key = event.pallet, event.name
    if key in _MOVED:
        whose, amount, sign = _MOVED[key]
        yield f[whose], sign * int(f[amount]), event.pallet == "Collectives"
    if event.pallet == "Licences" and f.get("platform") is not None and "holder" in f:
        platform, share = f["platform"]
        yield f["holder"], -int(share), False
        yield platform, int(share), False


def _pooled(event: Event) -> int | None:
    """What an event added to what is in its pool, or took out; None for any other."""
    f: dict[str, Any] = dict(event.fields)
    match event.pallet, event.name:
        case "Pools", ("Funded" | "IncomeTaken"):
            return int(f["amount"])
        case "Pools", "SlashTaken":
            return None if f["to"] == "Fees" else int(f["amount"])
        case "Pools", ("Claimed" | "Refunded"):
            return -int(f["amount"])
    return None


def _bare(planck: int, other: str) -> str:
    if not other:
        return "Came in" if planck > 0 else "Went out"
    return f"{'From' if planck > 0 else 'To'} {other}"


def _told(chain: Chain, number: int, row: _Row) -> dict[str, Any]:
    ms = chain.get("Timestamp", "Now", at=chain.block_hash(number))
    return {"block": number, "time": from_ms(int(ms)), "amount": row.amount, "what": row.what}


def _range(chain: Chain, first: int | None, last: int | None) -> tuple[int, int]:
    head = chain.block_number
    low = 1 if first is None else require_whole("first", first, most=MOST_ID)
    high = head if last is None else require_whole("last", last, most=MOST_ID)
    if high > head or low > max(high, 1):
        raise UsageError(
            f"first={shown(first)}, last={shown(last)}: there are blocks 0 to {head:,}."
        )
    return low, high


def _blocks(
    chain: Chain, blocks: tuple[int, int], progress: Progress | None, holding: bytes = b""
) -> Iterator[tuple[int, tuple[Event, ...]]]:
    """Each block that has events, one after the other."""
    if progress is not None and not callable(progress):
        raise UsageError(f"progress={shown(progress)}: give a function of two numbers.")
    first, last = blocks
    count = last - first + 1
    for number in range(first, last + 1):
        events = chain.events_of_block(number, holding)
        if events:
            yield number, events
        done = number - first + 1
        if progress is not None and (done % _PROGRESS_BLOCKS == 0 or done == count):
            progress(done, count)
