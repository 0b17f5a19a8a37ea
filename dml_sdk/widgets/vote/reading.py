"""Reads what a vote panel shows: a collective, what it votes on, and what it voted on before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dml_sdk.actions import decode
from dml_sdk.actions.base import Action, Units
from dml_sdk.collective import Collective
from dml_sdk.errors import DMLError, RuntimeIncompatible, UsageError
from dml_sdk.handles import Handle
from dml_sdk.locations import Document
from dml_sdk.measures import plain
from dml_sdk.types import EXACT
from dml_sdk.updates import decode_metrics
from dml_sdk.votes import Proposal, conviction_of, units_of, weight_unit
from dml_sdk.widgets.refusal import refusal
from dml_sdk.widgets.update_records import UpdateRecords
from dml_sdk.widgets.vote.details import Row, details
from dml_sdk.widgets.vote.history import Line, VoteHistory, happened
from dml_sdk.widgets.vote.metrics import compared, round_metrics, version_metrics
from dml_sdk.widgets.vote.records import MOST_RECORDS, Record, Records, state_name
from dml_sdk.widgets.vote.refusals import refusals
from dml_sdk.widgets.vote.snapshot import (
    MOST_ENDED,
    collective_plain,
    me_plain,
    metrics_plain,
    names_of,
    proposal_plain,
    tally_plain,
    voters_plain,
)
from dml_sdk.widgets.vote.texts import Texts

_UNDER_WAY = ("Members", "Referendum", "Approved")
MOST_UPDATES = 50


class VoteReading:
    """What there is to show of a collective, read anew at each block; what has ended, once.

    Args:
        collective: whose votes they are; its session's signer is who looks.
        changed: called from another thread when a text of the store has been read.

    Attributes:
        proposals: those under way by id, as they were last told.
        me: the signer's part, likewise.
    """

    def __init__(self, collective: Collective, changed: Callable[[], None]) -> None:
        self._collective = collective
        session = collective.session
        self._chain, self._me = session.chain, session.signer.address
        self._handle = Handle(session, collective.model_id)
        self._names = names_of(session)
        self._texts = Texts(session.store, changed)
        self._records = Records(
            session.chain,
            collective.model_id,
            lambda record: state_name(record) in _UNDER_WAY,
        )
        self._updates = UpdateRecords(session.chain, collective.model_id)
        self._history = VoteHistory(session.chain, collective.model_id)
        self._ended: dict[int, dict[str, Any]] = {}
        self._seen: tuple[int, str] | None = None
        self._round_of: tuple[int, dict[str, Decimal] | None] | None = None
        self.proposals: dict[int, dict[str, Any]] = {}
        self.me: dict[str, Any] = {}

    def close(self) -> None:
        """Reads no texts any more."""
        self._texts.close()

    def read(self) -> dict[str, Any]:
        """The panel's traits."""
        self._forget_what_was_rewound()
        chain, model = self._chain, self._collective.model_id
        told = chain.ask("collective", model)
        units = units_of(self._handle)
        by_number = told["counts_by"] == "Assigned"
        one = weight_unit(self._handle, by_number)
        self.me = me_plain(self._me, told, one, chain.ask("stakes", model, self._me), units)
        self._records.read(self._open())
        self._updates.read(MOST_RECORDS)
        newest = int(self._handle.record()["versions"]) - 1
        self.proposals, texts = {}, {}
        for number, record in self._records.told.items():
            if state_name(record) in _UNDER_WAY:
                self.proposals[number] = self._open_plain(number, record, newest)
                texts[str(number)] = self._text(record["text"])
            elif number not in self._ended:
                self._ended[number] = self._ended_plain(number, record)
        ended = sorted(self._ended, reverse=True)[:MOST_ENDED]
        for number in ended:
            texts[str(number)] = self._text(self._records.told[number]["text"])
        shown, waiting = list(self.proposals.values()), self._updates_plain()
        return {
            "collective_told": collective_plain(told, units, one, by_number),
            "me": self.me,
            "proposals": shown,
            "ended": {
                "rows": [self._ended[number] for number in ended],
                "older": len(self._ended) > len(ended) or not self._records.is_whole,
            },
            "texts": texts,
            "happened": self._happened([*self.proposals, *ended], units),
            "updates": waiting,
            "more_updates": max(0, self._updates.waiting - len(waiting)),
            "names": self._names,
        }

    def weighed(self, proposal: int, weight: int, conviction: str) -> list[str]:
        """What a vote would weigh, in words.

        Args:
            proposal: its id.
            weight: as the chain counts it.
            conviction: as the chain tells it.
        """
        row, record = self.proposals.get(proposal), self._records.told.get(proposal)
        if row is None or record is None or row["tally"] is None:
            return []
        unit = row["tally"]["unit"]
        one = weight_unit(self._handle, not unit)
        own = EXACT.multiply(weight, one)
        # Stakes that came after the opening are no part of the electorate until they vote.
        of = max(Decimal(row["tally"]["electorate"]), own)
        lines = [f"it weighs {plain(own)} of {plain(of)} {unit}".rstrip()]
        if row["state"] == "referendum" and row["electorate"] == "stakers":
            times = conviction_of(conviction)
            lines[0] += f", counted {times or '0.1'} times by your conviction"
        elif self.me["trusted_by"] and row["state"] == "members":
            lines.append(f"and counts for {len(self.me['trusted_by'])} who let you vote for them")
        return lines

    def csv_rows(self) -> list[dict[str, Any]]:
        """Every ended proposal that was read, oldest first."""
        return [self._ended[number] for number in sorted(self._ended)]

    # --- inside ---------------------------------------------------------------------------------

    def _forget_what_was_rewound(self) -> None:
        head = self._chain.block_number
        if self._seen is not None:
            number, was = self._seen
            if head < number or self._chain.block_hash(number) != was:
                self._records.forget()
                self._updates.forget()
                self._ended.clear()
        self._seen = head, self._chain.block_hash(head)

    def _open(self) -> list[int]:
        """What is voted on, however many were proposed since."""
        return [
            number for number, _ in self._chain.get("Collectives", "Open", self._handle.model_id)
        ]

    def _open_plain(self, number: int, record: Record, newest: int) -> dict[str, Any]:
        proposal, action = Proposal(self._collective.session, number), self._action(record)
        row = proposal_plain(proposal, action, record)
        tally = tally_plain(proposal.tally, self._unit(record))
        voters = voters_plain(proposal.voters, self._me)
        mine = next((row for row in voters["rows"] if row[0] == self._me), None)
        row |= {
            "tally": tally,
            "voters": voters,
            "mine": mine,
            "details": self._details(action),
            "compared": None if row["update"] is None else self._compared(row["update"], newest),
        }
        return {**row, "refused": refusals(row, self.me, self._holds_licence)}

    def _ended_plain(self, number: int, record: Record) -> dict[str, Any]:
        proposal, action = Proposal(self._collective.session, number), self._action(record)
        error = proposal.error
        return proposal_plain(proposal, action, record) | {
            "tally": tally_plain(proposal.tally, self._unit(record)),
            "error": "" if error is None else refusal(error)["text"],
            "details": [[what, then, ""] for what, then, _ in self._details(action)],
        }

    def _action(self, record: Record) -> Action | DMLError:
        """What is proposed, or why that cannot be told: one such proposal hides no other."""
        try:
            return decode(record["action"], units_of(self._handle))
        except (UsageError, RuntimeIncompatible) as e:
            return e

    def _details(self, action: Action | DMLError) -> list[Row]:
        try:
            return [] if isinstance(action, DMLError) else details(action, self._collective)
        except UsageError:  # what it would change is not there any more
            return []

    def _unit(self, record: Record) -> str:
        """What its votes weigh in: "" for a number."""
        referendum = record["referendum"] is not None
        by_number = (
            record["electorate"] == "LicenceHolders"
            if referendum
            else record["weighting"] == "Assigned"
        )
        return "" if by_number else units_of(self._handle).pool.label

    def _text(self, told: Any) -> dict[str, Any]:
        return self._texts.told(Document.decoded(told) if told else None)

    def _holds_licence(self) -> bool:
        told = self._chain.ask("licences", self._handle.model_id, self._me)
        return any(each["valid"] and each["licence"]["paid"] for each in told)

    def _compared(self, update: int, newest: int) -> dict[str, Any] | None:
        """An update's claims beside the newest version's; None for one that is not there."""
        record = self._updates.told.get(update) or self._chain.get("Updates", "Updates", update)
        if record is None or record["model"] != self._handle.model_id:
            return None
        claimed = decode_metrics(record["metrics"])
        claimed_of_it = version_metrics(self._updates.told, newest)
        present = claimed_of_it or self._measured(newest)
        return {
            "engineer": record["engineer"],
            "parent": record["parent"],
            "newest": newest,
            "told": present is not None,
            "measured": present is not None and claimed_of_it is None,
            "rows": compared(claimed, present),
            "notes": self._text(record["notes"]),
        }

    def _measured(self, version: int) -> dict[str, Decimal] | None:
        if self._round_of is None or self._round_of[0] != version:
            found = round_metrics(self._chain, self._handle.model_id, version)
            self._round_of = version, found
        return self._round_of[1]

    def _happened(self, proposals: list[int], units: Units) -> dict[str, list[Line]]:
        self._history.read()
        args = self._history, proposals, self._chain, units.pool, self._me, self._names
        return {str(number): lines for number, lines in happened(*args).items()}

    def _updates_plain(self) -> list[dict[str, Any]]:
        """The updates that wait to be decided on, the newest first, as many as are shown."""
        told = self._updates.told
        return [
            {
                "id": number,
                "engineer": told[number]["engineer"],
                "parent": told[number]["parent"],
                "metrics": metrics_plain(told[number]["metrics"]),
            }
            for number in self._updates.waits()[:MOST_UPDATES]
        ]
