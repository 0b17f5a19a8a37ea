"""Pool: the tokens staked on a model, in one asset, split into role buckets."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import (
    MOST_ID,
    decimal_of,
    is_one_of,
    require_mapping,
    require_whole,
    shown,
    whole_of,
)
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.handles import Handle
from dml_sdk.measures import (
    BILLION,
    BY_ROLE,
    PARTS_A_PERCENT,
    Tokens,
    parts_of,
    percent_by_role,
    tokens_of,
)
from dml_sdk.stakes import Staking
from dml_sdk.tables import Table
from dml_sdk.types import ROLES, Amount, Asset, Receipt, Role

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.session import Session
    from dml_sdk.statements import Progress, Statement

_HOW_TO_MAKE_ONE = (
    "A pool is made with its model: session.models.upload(…, pool=dml.PoolTerms(amount=…))."
)
DEFAULT_SHARES: dict[str, int] = {
    "creator": 10,
    "engineers": 20,
    "contributors": 40,
    "annotators": 20,
    "validators": 10,
}


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """What a pool begins with.

    Attributes:
        amount: whole tokens to stake, or an Amount of the asset.
        asset: "DML" for the native token, or the id of an asset of `pallet-assets`.
        shares: percent for each role: creator, engineers, contributors, annotators, validators,
            clients. What isn't named is 0; the chain refuses shares that don't sum to exactly 100.

    Raises:
        UsageError: no amount, no such role, no percentage, or neither a symbol nor an id.
    """

    amount: Tokens
    asset: str | int = "DML"
    shares: Mapping[str, Decimal | int | str | float] = field(
        default_factory=lambda: dict(DEFAULT_SHARES)
    )

    def __post_init__(self) -> None:
        tokens_of("amount", self.amount)
        percent_by_role(self.shares)
        if whole_of(self.asset) is not None:
            require_whole("asset", self.asset, most=MOST_ID)
        elif not isinstance(self.asset, str) or not self.asset:
            raise UsageError(
                f"asset={shown(self.asset)}: give the native token's symbol, or an asset's id."
            )


class Pools:
    """The pools of a session's chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, model_id: int) -> Pool:
        """The pool of a model.

        Raises:
            UsageError: the model has no pool.
        """
        pool = Pool(self._session, model_id)
        pool._record()
        return pool

    def __repr__(self) -> str:
        return f"<Pools of {self._session.chain.name}>"


class Pool(Staking):
    """The pool of one model. Every figure is read from the chain when asked for.

    Raises:
        UnknownModel: wherever the chain is asked, once the anchor has ended that it was reached in.
    """

    def __init__(self, session: Session, model_id: int) -> None:
        self._handle = Handle(session, model_id)

    @property
    def session(self) -> Session:
        """The session it was reached through; its signer signs."""
        return self._handle.session

    @property
    def model_id(self) -> int:
        """The chain's number for its model."""
        return self._handle.model_id

    # --- read -----------------------------------------------------------------------------------

    @property
    def record(self) -> dict[str, Any] | None:
        """The chain's own record, decoded; None when the model has no pool."""
        found: dict[str, Any] | None = self._handle.chain.get("Pools", "Pools", self.model_id)
        return found

    @property
    def asset(self) -> Asset:
        """What the pool is in."""
        return asset_of(self._handle.session, self._record()["asset"])

    @property
    def state(self) -> str:
        """ "Open", "Closed" or "Settled"."""
        return str(self._record()["state"])

    @property
    def buckets(self) -> dict[Role, Amount]:
        """What remains for each role that has a share, or anything left."""
        record = self._record()
        return buckets_in(record, asset_of(self._handle.session, record["asset"]))

    @property
    def shares(self) -> dict[Role, Decimal]:
        """Each role's part of the pool, 0–1."""
        shares = self._record()["shares"]
        return {
            role: Decimal(shares[name]) / 1_000_000
            for role, name in BY_ROLE.items()
            if shares[name]
        }

    @property
    def allowance(self) -> Amount | None:
        """How much rounds and annotation tasks may still take of the pool; None: all there is.

        The model's collective sets it; every reward of a round lowers it, and so does what a task
        sets aside. While the owner decides alone there is no limit but one that the owner set; that
        one ends when others join, and it is 0 until they have voted:
        `collective.set_allowance(…)` proposes how much. A pool that is closed pays nothing.
        """
        asset = self.asset
        limit = self._handle.chain.ask("allowance", self.model_id)
        if limit == "Unlimited":
            return None
        return Amount(0 if limit is None else limit["Limited"], asset)

    def allocations(self, account: Account | str | None = None, *, at: int | None = None) -> Table:
        """Who was credited how much, as which role, and what is yet to be claimed.

        Args:
            account: only this one.
            at: as it was after this block; now by default.

        Raises:
            UsageError: no account, or no such block.
            RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
        """
        asset, chain = self.asset, self._handle.chain
        block = None if at is None else chain.block_hash(at)
        who = address_of(account) if account is not None else None
        rows = [
            {
                "account": told["who"],
                "role": role,
                "earned": Amount(told["earned"][name], asset),
                "claimed": Amount(told["claimed"], asset),
                "claimable": Amount(told["claimable"], asset),
            }
            for told in chain.ask("allocations", self.model_id, who, at=block)
            for role, name in BY_ROLE.items()
            if told["earned"][name]
        ]
        rows.sort(key=lambda r: (ROLES.index(r["role"]), -r["earned"].planck))
        return Table(
            f"Allocations of model {self.model_id}'s pool",
            rows,
            columns=("account", "role", "earned", "claimed", "claimable"),
        )

    def statement(
        self,
        *,
        first: int | None = None,
        last: int | None = None,
        progress: Progress | None = None,
    ) -> Statement:
        """What came in and went out, and who earned what and why; from the events of all blocks.

        Args:
            first, last: blocks; all there are by default.
            progress: called now and then with how many blocks were read, and how many there are.

        Raises:
            UsageError: no such blocks.
            RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
        """
        from dml_sdk.statements import pool_statement

        return pool_statement(
            self._handle.chain, self.model_id, first=first, last=last, progress=progress
        )

    # --- act ------------------------------------------------------------------------------------

    def fund(self, amount: Tokens) -> Receipt:
        """Adds tokens, split over the roles' buckets by share.

        Raises:
            DispatchError: Pools.PoolClosed, Pools.AmountZero, Pools.InsufficientBalance, …
            UsageError: no amount, or one of another asset.
        """
        planck = self.asset.amount(amount).planck
        return self._submit("fund", amount=planck)

    def reward(self, role: Role, scores: Mapping[Account | str, float | Decimal | str]) -> Receipt:
        """Credits accounts out of a role's bucket.

        Args:
            role: whose bucket.
            scores: for each account 0–1, the part that it gets of what remains in the bucket when
                the call begins. Equal scores get equal pay; together they may not be over 1.

        Raises:
            DispatchError: Pools.ScoreAboveOne, Pools.ScoresAboveOne, Models.NotOwner, …
            UsageError: a score that is negative or no number.
        """
        return self._handle.submit(self._reward_call(role, scores))

    def preview_reward(
        self, role: Role, scores: Mapping[Account | str, float | Decimal | str]
    ) -> dict[str, Amount]:
        """What `reward` would credit each account, asked of the runtime."""
        from dml_sdk.chain.previews import preview_reward

        asset = self.asset
        pairs = _rewards(role, scores)
        paid = preview_reward(self._handle.chain, self.model_id, role, pairs)
        return {who: Amount(p, asset) for (who, _), p in zip(pairs, paid, strict=True)}

    def claim(self) -> Receipt:
        """Pays out what the signer was credited.

        Raises:
            DispatchError: Pools.NothingToClaim, …
        """
        return self._submit("claim")

    def close(self) -> Receipt:
        """Closes the pool: what remains goes back to those who funded it; credits stay claimable.

        Raises:
            DispatchError: Pools.PoolLocked while a round runs, Models.NotOwner, …
        """
        return self._submit("close")

    def refund(self, funder: Account | str | None = None) -> Receipt:
        """Pays a funder (the signer by default) its part of a closed pool."""
        who = self._handle.session.signer if funder is None else funder
        return self._submit("refund", funder=address_of(who))

    # --- inside ---------------------------------------------------------------------------------

    def _record(self) -> dict[str, Any]:
        record = self.record
        if record is None:
            raise UsageError(f"Model {self.model_id} has no pool. {_HOW_TO_MAKE_ONE}")
        return record

    def _reward_call(
        self, role: Role, scores: Mapping[Account | str, float | Decimal | str]
    ) -> Call:
        rewards = _rewards(role, scores)
        return self._handle.chain.call(
            "Pools", "reward", model=self.model_id, role=role.capitalize(), rewards=rewards
        )

    def _submit(self, function: str, **arguments: Any) -> Receipt:
        chain = self._handle.chain
        return self._handle.submit(chain.call("Pools", function, model=self.model_id, **arguments))

    def __repr__(self) -> str:
        return self._handle.shown(f"Pool of model {self.model_id}:", self._told)

    def _told(self) -> str:
        record = self.record
        if record is None:
            return "none"
        return f"{Amount(record['ledger']['held'], self.asset)} held, {record['state']}"

    def _repr_html_(self) -> str:
        if self._handle.ended:
            return f"<p>{html.escape(repr(self))}</p>"
        if self.record is None:
            return f"<p>Model {self.model_id} has no pool. {html.escape(_HOW_TO_MAKE_ONE)}</p>"
        buckets, shares = self.buckets, self.shares
        rows = [
            {"role": role, "share": f"{shares.get(role, Decimal(0)):.2%}", "remains": amount}
            for role, amount in buckets.items()
        ]
        return Table(
            f"Pool of model {self.model_id} ({html.escape(self.state)})", rows
        )._repr_html_()


def create_call(session: Session, model_id: int, terms: PoolTerms) -> Call:
    """The call that makes a model's pool."""
    asset = asset_named(session, terms.asset)
    shares = percent_by_role(terms.shares)
    return session.chain.call(
        "Pools",
        "create",
        model=model_id,
        asset="Native" if asset.id is None else {"WithId": asset.id},
        shares={name: int(percent * PARTS_A_PERCENT) for name, percent in shares.items()},
        amount=asset.amount(terms.amount).planck,
    )


def asset_of(session: Session, told: Any) -> Asset:
    """The asset that the runtime names."""
    return session.chain.asset_of(told)


def _rewards(
    role: Role, scores: Mapping[Account | str, float | Decimal | str]
) -> list[tuple[str, int]]:
    """What the runtime takes of rewards: addresses, and scores in its parts."""
    if not is_one_of(role, ROLES):
        raise UsageError(f"{shown(role)} is no role: use one of {', '.join(ROLES)}.")
    require_mapping("scores", scores, "a dict of account to score")
    return [(address_of(a), score_parts(s)) for a, s in scores.items()]


def buckets_in(record: Mapping[str, Any], asset: Asset) -> dict[Role, Amount]:
    """What remains, by the chain's record of a pool, for each role with a share or anything left.

    Args:
        record: as `Pool.record` gives it.
        asset: what that pool is in.
    """
    return {
        role: Amount(record["buckets"][name], asset)
        for role, name in BY_ROLE.items()
        if record["buckets"][name] or record["shares"][name]
    }


def score_parts(score: float | Decimal | str) -> int:
    """A score as the runtime counts it, in parts of 1,000,000,000, rounded down.

    A score over 1 is passed on as one, however little it is over: refusing it is the chain's rule.

    Raises:
        UsageError: negative, or no number.
    """
    value = decimal_of(score)
    if value is None or not value.is_finite() or value < 0 or value >= 4:
        raise UsageError(f"{shown(score)} is no score: give a number between 0 and 1.")
    parts = parts_of(value, BILLION)
    return max(parts, BILLION + 1) if value > 1 else parts


def asset_named(session: Session, name: str | int) -> Asset:
    """An asset as `PoolTerms` names it.

    Raises:
        UsageError: no such name or id.
    """
    if whole_of(name) is not None:
        return session.chain.asset(require_whole("asset", name, most=MOST_ID))
    if name == session.chain.token.symbol:
        return session.chain.token
    raise UsageError(
        f"{shown(name)}: the native token is {session.chain.token.symbol!r}; "
        "name another asset by its id, an int."
    )
