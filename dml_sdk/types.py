"""Frozen values that every layer may hold: amounts, locations, receipts, rounds.

Nothing in here talks to a chain, a store or an engine.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

from dml_sdk.arguments import decimal_of, shown
from dml_sdk.errors import UsageError
from dml_sdk.untrusted import visible

Role = Literal["creator", "engineer", "contributor", "annotator", "validator", "client"]
ROLES: tuple[Role, ...] = (
    "creator", "engineer", "contributor", "annotator", "validator", "client",
)  # fmt: skip

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_SHOWN = 60  # characters of a number that somebody gave, in a message
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
"""Has room for the sum of any two amounts: 39 digits, and up to 255 of them after the point."""
DESTROYED = "of a destroyed asset"
"""What stands in the place of the symbol of an asset that is not there any more."""
_U128_DIGITS = len(str(2**128))
_SYMBOL = re.compile(r"[A-Za-z0-9._$-]{1,12}")

TrainingState = Literal["waiting", "running", "paused", "stopping", "stopped", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class Asset:
    """A token: the native one (`id` None) or one of `pallet-assets`."""

    symbol: str
    decimals: int
    id: int | None = None

    @property
    def label(self) -> str:
        """What amounts of it are followed by; of another asset than the native one, with its id.

        Anybody can give an asset any symbol; the id is the chain's. A symbol that is no symbol,
        such as a sentence that would go on in whatever shows the amount, is not shown.
        """
        if self.id is None:
            return self.symbol if is_symbol(self.symbol) else "(native token)"
        if is_symbol(self.symbol) or self.symbol == DESTROYED:
            return f"{self.symbol} (asset {self.id})"
        return f"(asset {self.id})"

    def amount(self, tokens: Amount | Decimal | int | str | float) -> Amount:
        """An amount of whole tokens; of an amount of this asset, the same.

        Raises:
            UsageError: not a number, negative, infinite, finer than one planck, 2^128 planck or
                more, or an amount of another asset.
        """
        if isinstance(tokens, Amount):
            if tokens.asset != self:
                raise UsageError(
                    f"{tokens!r} is not an amount of {self.label}, which is meant here: give an "
                    f"amount of {self.label}, or a number of its tokens."
                )
            tokens = tokens.tokens
        value = decimal_of(tokens)
        if value is None:
            raise UsageError(f"{shown(tokens)} is not an amount of {self.label}: give a number.")
        told = f"{str(value)[:_SHOWN]} {self.label}"
        if not value.is_finite() or value < 0:
            raise UsageError(f"{told} is not an amount: give a number, 0 or more.")
        if not value:
            return Amount(0, self)
        # Digits are moved, not computed with: Decimal's arithmetic rounds at 28 of them.
        whole = value.adjusted() + self.decimals + 1
        digits = "".join(map(str, value.as_tuple().digits))
        if digits[max(whole, 0) :].strip("0"):
            raise UsageError(
                f"{told} is finer than one planck: {self.label} has {self.decimals} decimals."
            )
        planck = int(digits[:whole].ljust(whole, "0")) if whole <= _U128_DIGITS else 2**128
        if planck >= 2**128:
            raise UsageError(f"{told} is more than the chain can count (2^128 planck).")
        return Amount(planck, self)


def is_symbol(text: str) -> bool:
    """Whether text is what assets are called: 1 to 12 of ASCII's letters and digits, ".-_$"."""
    return _SYMBOL.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=False)
class Amount:
    """Tokens of one asset, exact.

    Attributes:
        planck: the smallest units, an integer.
        asset: whose units they are.
    """

    planck: int
    asset: Asset

    @property
    def tokens(self) -> Decimal:
        """Whole tokens, exact."""
        return Decimal(f"{self.planck}E{-self.asset.decimals}")  # as text: arithmetic would round

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.planck + self._same(other), self.asset)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.planck - self._same(other), self.asset)

    def __lt__(self, other: Amount) -> bool:
        return self.planck < self._same(other)

    def __le__(self, other: Amount) -> bool:
        return self.planck <= self._same(other)

    def __bool__(self) -> bool:
        return self.planck != 0

    def __float__(self) -> float:
        return float(self.tokens)

    def __str__(self) -> str:
        return f"{self.short()} {self.asset.label}"

    def __repr__(self) -> str:
        return f"<Amount {self.tokens:f} {self.asset.label}>"

    def short(self) -> str:
        """At most four significant digits after the point, whole part kept; for reading only."""
        value = self.tokens
        if value == value.to_integral_value():
            return f"{int(value):,}"
        places = 2 if abs(value) >= 100 else 4
        rounded = f"{value:,.{places}f}".rstrip("0").rstrip(".")
        return rounded if rounded not in ("0", "-0") else f"{value:.3g}"

    def _same(self, other: Amount) -> int:
        if not isinstance(other, Amount) or other.asset != self.asset:
            raise UsageError(f"Cannot combine {self!r} with {shown(other)}: not the same asset.")
        return other.planck


@dataclass(frozen=True, slots=True)
class Location:
    """Where bytes are: a CID (kind 1), or another store's URI with its SHA-256 (kind 2)."""

    cid: str | None = None
    uri: str | None = None
    sha256: str | None = None

    def __str__(self) -> str:
        return self.cid or self.uri or "nowhere"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the chain, decoded.

    Attributes:
        block: number of the block.
        extrinsic: index of the extrinsic in the block, None for the block's own phases.
        pallet, name: what it is ("Rounds", "UpdateSubmitted").
        fields: its decoded fields.
    """

    block: int
    extrinsic: int | None
    pallet: str
    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return f"#{self.block} {self.pallet}.{self.name}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a state-changing call returns: where it is on the chain and what it moved.

    Attributes:
        block, block_hash: the block it was included in.
        extrinsic_hash: blake2-256 of the signed extrinsic, "0x…".
        call: "Pools.fund".
        signer: SS58 address that signed and paid the fee.
        fee: what inclusion cost, in the native token.
        events: those of this extrinsic.
        moved: change of balance of each account that the call moved tokens of, fee included.
    """

    block: int
    block_hash: str
    extrinsic_hash: str
    call: str
    signer: str
    fee: Amount
    events: tuple[Event, ...] = ()
    moved: Mapping[str, tuple[Amount, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Receipt {self.call} in block {self.block}, fee {self.fee}>"

    def _repr_html_(self) -> str:
        rows = [
            ("block", f"{self.block} <code>{self.block_hash[:18]}…</code>"),
            ("extrinsic", f"<code>{self.extrinsic_hash[:18]}…</code>"),
            ("signed by", f"<code>{html.escape(short_address(self.signer))}</code>"),
            ("fee", html.escape(str(self.fee))),
        ]
        for event in self.events:
            if event.pallet in ("System", "TransactionPayment", "Balances", "Assets"):
                continue
            told = visible(", ".join(f"{k} {v}" for k, v in event.fields.items()))
            rows.append((f"{event.pallet}.{event.name}", html.escape(told)))
        body = "".join(f"<tr><th>{html.escape(k)}</th><td>{v}</td></tr>" for k, v in rows)
        return f"<table><caption>{html.escape(self.call)}</caption>{body}</table>"


@dataclass(frozen=True, slots=True)
class Version:
    """One set of weights of a model.

    Attributes:
        index: 0 for the version a model was registered with.
        location: where the weights are.
        sha256: of the safetensors file, 64 hexadecimal digits.
        parent: index of the version it was made from, None for the first.
        publisher: SS58 address.
        published: when its block was made.
    """

    index: int
    location: Location
    sha256: str
    parent: int | None
    publisher: str
    published: datetime


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """One contributor's part of one round.

    Attributes:
        client: the contributor's name in the data ("client-7").
        account: SS58 address of the wallet that signed; `who`, as the chain's records name it.
        location, sha256: the stored update; None when the client dropped out before storing it.
        examples: how many examples it was trained on.
        score: 0–1, on the validation partition; None when not scored.
        reward: credited to the wallet.
        status: "accepted", "rejected" or "dropped"; `accepted` asks for the first.
        reason: why it was rejected or dropped, else "".
        receipt: of the submission.
    """

    client: str
    account: str
    location: Location | None
    sha256: str | None
    examples: int
    score: float | None
    reward: Amount
    status: Literal["accepted", "rejected", "dropped"]
    reason: str = ""
    receipt: Receipt | None = None

    @property
    def who(self) -> str:
        """SS58 address of the contributor's wallet, which is `account`."""
        return self.account

    @property
    def accepted(self) -> bool:
        """Whether it went into the round's version."""
        return self.status == "accepted"


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One finished federated round.

    Attributes:
        number: the round's number on the chain, counted from 1 for each model.
        version: index of the version that it published.
        accuracy, loss: of that version on the test partition.
        updates: one for each selected contributor.
        paid: sum of the rewards credited in this round.
        buckets: what remains in each role's bucket after it.
        blocks: first and last block of the round.
        extrinsics: how many the round took.
        seconds: wall time, by phase ("select", "train", "store", "score", "aggregate",
            "evaluate", "settle"); with a network, "store" and "score" run side by side.
        elapsed: wall time of the whole round, s.
    """

    number: int
    version: int
    accuracy: float
    loss: float
    updates: tuple[UpdateRecord, ...]
    paid: Amount
    buckets: Mapping[Role, Amount]
    blocks: tuple[int, int]
    extrinsics: int
    seconds: Mapping[str, float]
    elapsed: float

    @property
    def participants(self) -> int:
        """How many contributors were selected."""
        return len(self.updates)


def short_address(address: str) -> str:
    """An SS58 address for reading: first six and last four characters."""
    return f"{address[:6]}…{address[-4:]}" if len(address) > 13 else address


def guid_text(guid: bytes) -> str:
    """A model's 16-byte GUID in the usual 8-4-4-4-12 form."""
    return str(uuid.UUID(bytes=guid))


def from_ms(ms: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime; the last there is for what is later."""
    return _EPOCH + timedelta(milliseconds=min(ms, _LAST_MS))
