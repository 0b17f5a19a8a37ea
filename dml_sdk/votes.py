"""Votes: what was proposed to a collective, how it stands, and what came of it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from dml_sdk.actions import decode
from dml_sdk.actions.base import Action, Units
from dml_sdk.arguments import MOST_ID, is_one_of, require_whole, shown
from dml_sdk.chain.telling import in_words, pool_asset
from dml_sdk.errors import ChainError, UsageError
from dml_sdk.expiry import AT_ONCE, NOTHING_LEFT, counted_votes, prune, prune_calls
from dml_sdk.handles import Handle, Numbered
from dml_sdk.locations import Document
from dml_sdk.tables import Table
from dml_sdk.texts import read_text
from dml_sdk.types import EXACT, Amount, Receipt, from_ms, short_address

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.previews import Preview
    from dml_sdk.session import Session

Vote = Literal["aye", "nay", "abstain"]
VOTES: tuple[Vote, ...] = ("aye", "nay", "abstain")
Electorate = Literal["members", "stakers", "licence holders"]
ELECTORATES: Mapping[Electorate, str] = {
    "members": "Members", "stakers": "Stakers", "licence holders": "LicenceHolders",
}  # fmt: skip
Outcome = Literal["approved", "rejected", "no quorum"]
State = Literal[
    "members", "referendum", "approved", "rejected", "no quorum", "withdrawn", "executed",
    "failed", "lapsed", "cancelled",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
Conviction: TypeAlias = int
MOST_CONVICTION = 6
_TENTHS = 10
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """How a vote stands, or ended.

    Weights are numbers where votes weigh by number, whole tokens of the pool's asset where they
    weigh by what is at stake or was earned. In a referendum among stakers, aye and nay are times
    each voter's conviction.

    Attributes:
        stage: who votes, or voted last: "members" or "referendum".
        aye, nay: what said so weighs.
        turnout: what voted weighs, abstentions included, without conviction.
        electorate: what could vote weighs.
        ayes: how many said aye, themselves or through a delegate.
        outcome: what closing would record now, or what it recorded.
        can_close: whether it can be closed now, or was.
        expired: licences that were paid for and have expired, and are in the electorate still;
            closing takes them off it first, and may then come out otherwise.
        threshold, quorum: what the ayes must be more than, of ayes and nays; and what must vote,
            of the electorate.
    """

    stage: Literal["members", "referendum"]
    aye: Decimal
    nay: Decimal
    turnout: Decimal
    electorate: Decimal
    ayes: int
    outcome: Outcome
    can_close: bool
    threshold: Decimal
    quorum: Decimal
    expired: int = 0

    @property
    def approval(self) -> Decimal:
        """The ayes' part of ayes and nays, 0–1; for reading, since the chain rounds nothing."""
        return _part(self.aye, self.aye + self.nay)

    @property
    def voted(self) -> Decimal:
        """The turnout's part of the electorate, 0–1; for reading."""
        return _part(self.turnout, self.electorate)

    def __str__(self) -> str:
        still = f" ({self.expired} expired licences counted until it is closed)"
        return (
            f"{_plain(self.aye)} aye, {_plain(self.nay)} nay, {self.voted:.0%} voted: "
            f"{self.outcome}{still if self.expired else ''}"
        )


class Proposal(Numbered):
    """An action that was put to the vote. How it stands is asked of the chain when read.

    Attributes:
        receipt: of its proposal, when this object came from `propose`.

    Raises:
        UsageError: there is no such proposal.
    """

    kind = "proposal"

    def __init__(self, session: Session, proposal_id: int, receipt: Receipt | None = None) -> None:
        self._id = require_whole("a proposal's id", proposal_id, most=MOST_ID)
        self.receipt = receipt
        session.chain.require_open()
        told = session.chain.get("Collectives", "Proposals", self.id)
        if told is None:
            raise UsageError(f"There is no proposal {self.id} on {session.chain.name}.")
        self._handle = Handle(session, told["model"])
        self._told = told

    # --- read -----------------------------------------------------------------------------------

    @property
    def record(self) -> dict[str, Any]:
        """The chain's own record, decoded."""
        found: dict[str, Any] = self._handle.chain.get("Collectives", "Proposals", self.id)
        return found

    @property
    def model_id(self) -> int:
        """The chain's number for its model."""
        return self._handle.model_id

    @property
    def action(self) -> Action:
        """What would be done; `str()` says it in a sentence."""
        return decode(self._told["action"], units_of(self._handle))

    @property
    def text(self) -> str:
        """What its proposer says about it, checked against the chain's hash; untrusted text.

        Raises:
            ContentNotFound, ContentCorrupt: the store does not have it, or altered it.
        """
        told = self._told["text"]
        document = Document.decoded(told) if told else None
        return read_text(self._handle.session.store, document)

    @property
    def proposer(self) -> str:
        """SS58 address."""
        return str(self._told["proposer"])

    @property
    def electorate(self) -> Electorate:
        """Who has the last word."""
        return next(ours for ours, name in ELECTORATES.items() if name == self._told["electorate"])

    @property
    def deposit(self) -> Amount:
        """What its proposer put at risk."""
        return Amount(self._told["terms"]["deposit"], self._handle.chain.token)

    @property
    def state(self) -> State:
        """ "members" or "referendum" while these vote; else what came of it.

        "approved" waits to be enacted; "executed" and "failed" were; "lapsed" and "cancelled" never
        will be.
        """
        return state_of(self.record["state"])

    @property
    def ends(self) -> datetime | None:
        """Until when is voted; None when it is not any more."""
        ms = _held(self.record["state"]).get("ends_ms")
        return None if ms is None else from_ms(ms)

    @property
    def enactable(self) -> tuple[datetime, datetime] | None:
        """From when to when what was approved can be enacted; None where it does not wait."""
        held = _held(self.record["state"])
        if "enact_from_ms" not in held:
            return None
        return from_ms(held["enact_from_ms"]), from_ms(held["enact_until_ms"])

    @property
    def error(self) -> ChainError | None:
        """Why its action failed, or could not be done yet where it waits."""
        record = self.record
        held = _held(record["state"])
        waits = record["postponed"] if "enact_from_ms" in held else None
        why = held.get("error", waits)
        return None if why is None else self._handle.chain.error(why, f"Proposal {self.id}")

    @property
    def tally(self) -> Tally | None:
        """How the votes stand, or were counted; None if it was withdrawn."""
        told = self._handle.chain.ask("tally", self.id)
        return None if told is None else self._tally(told)

    @property
    def outcome(self) -> Outcome | None:
        """What closing would record now, or recorded; None if it was withdrawn."""
        tally = self.tally
        return None if tally is None else tally.outcome

    @property
    def voters(self) -> Table:
        """Who votes how, with which weight, and through whom."""
        told = self._handle.chain.ask("tally", self.id)
        one = self._unit(told["stage"]) if told else Decimal(1)
        rows = [
            {
                "account": voter["who"],
                "vote": None if voter["vote"] is None else voter["vote"].lower(),
                "weight": EXACT.multiply(voter["weight"], one),
                "conviction": conviction_of(voter["conviction"]),
                "through": voter["via"],
            }
            for voter in (told["voters"] if told else ())
        ]
        columns = ("account", "vote", "weight", "conviction", "through")
        return Table(f"Votes on proposal {self.id}", rows, columns)

    # --- act ------------------------------------------------------------------------------------

    def vote(self, vote: Vote, *, conviction: Conviction = 0) -> Receipt:
        """Votes, or changes the signer's vote, as long as is voted.

        Args:
            vote: "aye", "nay" or "abstain", which counts for the quorum alone.
            conviction: 0–6, in a referendum among stakers: the stake weighs times 0.1, 1, … 6, and
                stays locked that many lock periods after the end.

        Raises:
            DispatchError: Collectives.NotMember, Collectives.NotInElectorate,
                Collectives.VotingOver, Collectives.ConvictionWithoutStake, …
            UsageError: no such vote or conviction.
        """
        return self._handle.submit(self.vote_call(vote, conviction=conviction))

    def preview_vote(self, vote: Vote, *, conviction: Conviction = 0) -> Preview:
        """What `vote` would do, asked of the runtime; nothing is signed."""
        return self._handle.preview(self.vote_call(vote, conviction=conviction))

    def vote_call(self, vote: Vote, *, conviction: Conviction = 0) -> Call:
        """The call that `vote` signs."""
        if not is_one_of(vote, VOTES):
            raise UsageError(f"vote={shown(vote)}: give one of {', '.join(VOTES)}.")
        times = require_whole("conviction", conviction, most=MOST_CONVICTION)
        return self._call(
            "vote", vote=vote.capitalize(), conviction=f"Locked{times}x" if times else "None"
        )

    def close(self) -> Receipt:
        """Counts the votes, once the time is over or nothing can change any more; anyone's.

        What is approved without a delay is done at once. Where licence holders vote, those whose
        licences have expired are taken off the electorate before, in the same transaction as far
        as they fit.

        Raises:
            DispatchError: Collectives.VotingRuns, Collectives.VotingOver.
        """
        if len(self._prune_calls()) > AT_ONCE:
            prune(self._handle)
        for _ in range(_TRIES):
            try:
                return self._handle.submit(self.close_call())
            except NOTHING_LEFT:  # somebody else took some off meanwhile
                continue
        return self._handle.submit(self._call("close"))

    def close_call(self) -> Call:
        """The call that `close` signs."""
        return self._handle.chain.batch([*self._prune_calls()[:AT_ONCE], self._call("close")])

    def enact(self) -> Receipt:
        """Does what was approved, once; anyone's. If it fails, `state` and `error` say so.

        A pool is not closed while a round runs: then the proposal waits, and it can be tried again.

        Raises:
            DispatchError: Collectives.TooEarly; Collectives.NotApproved, also once it was enacted
                or cancelled.
        """
        return self._handle.submit(self._call("enact"))

    def withdraw(self) -> Receipt:
        """Takes it back; its proposer's, as long as nobody else has voted.

        Raises:
            DispatchError: Collectives.NotProposer, Collectives.OthersVoted, …
        """
        return self._handle.submit(self._call("withdraw"))

    # --- inside ---------------------------------------------------------------------------------

    @property
    def _is_with_holders(self) -> bool:
        """Whether licence holders vote on it now."""
        return self.electorate == "licence holders" and self.state == "referendum"

    def _prune_calls(self) -> list[Call]:
        return prune_calls(self._handle) if self._is_with_holders else []

    def _call(self, function: str, **arguments: Any) -> Call:
        return self._handle.chain.call("Collectives", function, proposal=self.id, **arguments)

    def _unit(self, stage: str) -> Decimal:
        """What a weight of one is for reading: a vote, or a planck in whole tokens."""
        by_number = self._told["weighting"] == "Assigned"
        if stage == "Referendum":
            by_number = self._told["electorate"] == "LicenceHolders"
        return weight_unit(self._handle, by_number)

    def _tally(self, told: Mapping[str, Any]) -> Tally:
        counted, stage = told["tally"], told["stage"]
        one = self._unit(stage)
        terms = self._told["terms"]
        terms = terms["referendum"] if stage == "Referendum" else terms
        by_stakers = stage == "Referendum" and self._told["electorate"] == "Stakers"
        tenths = _TENTHS if by_stakers else 1

        def weighed(what: str, one: Decimal) -> Decimal:
            return EXACT.multiply(counted[what], one)

        return Tally(
            stage=stage.lower(),
            aye=weighed("aye", one / tenths),
            nay=weighed("nay", one / tenths),
            turnout=weighed("turnout", one),
            electorate=weighed("electorate", one),
            ayes=counted["ayes"],
            outcome=_outcome(told["outcome"]),
            can_close=told["can_close"],
            threshold=Decimal(terms["threshold"]) / 1_000_000,
            quorum=Decimal(terms["quorum"]) / 1_000_000,
            expired=counted_votes(self._handle) if self._is_with_holders else 0,
        )

    def __repr__(self) -> str:
        return self._handle.shown(f"Proposal {self.id}", lambda: f"{self.action}: {self.state}")

    def _repr_html_(self) -> str:
        if self._handle.ended:
            return f"<p>{html.escape(repr(self))}</p>"
        rows = {
            "proposed by": short_address(self.proposer),
            "state": self.state,
            "votes until": self.ends,
            "tally": self.tally,
        }
        body = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(str(value))}</td></tr>"
            for name, value in rows.items()
            if value is not None
        )
        title = html.escape(f"Proposal {self.id}: {self.action}")
        return f"<table><caption>{title}</caption>{body}</table>"


def units_of(handle: Handle) -> Units:
    """What the amounts in a model's actions are in."""
    chain = handle.chain
    return Units(chain.token, pool_asset(chain, handle.model_id), chain.identity)


def weight_unit(handle: Handle, by_number: bool) -> Decimal:
    """What a weight of one is for reading: one, or a planck of the pool's asset in whole tokens."""
    if by_number:
        return Decimal(1)
    return Decimal(1).scaleb(-pool_asset(handle.chain, handle.model_id).decimals)


def state_of(told: Any) -> State:
    """Where a proposal is, as the chain tells it."""
    name = in_words(told if isinstance(told, str) else next(iter(told)))
    return next(state for state in STATES if state == name)


def conviction_of(told: str) -> Conviction:
    """How many lock periods, as the chain tells it."""
    return 0 if told == "None" else int(told.removeprefix("Locked").removesuffix("x"))


def _outcome(told: str) -> Outcome:
    outcomes: tuple[Outcome, ...] = ("approved", "rejected", "no quorum")
    return next(outcome for outcome in outcomes if outcome == in_words(told))


def _held(state: Any) -> Mapping[str, Any]:
    """What a state holds, by name."""
    held: Mapping[str, Any] = {} if isinstance(state, str) else next(iter(state.values()))
    return held


def _part(some: Decimal, whole: Decimal) -> Decimal:
    return some / whole if whole else Decimal(0)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
