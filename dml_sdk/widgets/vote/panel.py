"""The vote panel: what a collective votes on, how that stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.previews import Preview
from dml_sdk.collective import Collective
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.model import Model
from dml_sdk.types import Receipt
from dml_sdk.untrusted import csv_of
from dml_sdk.votes import MOST_CONVICTION, VOTES, Proposal
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.vote.picture import vote_html
from dml_sdk.widgets.vote.proposing import proposing
from dml_sdk.widgets.vote.reading import VoteReading

_CSV = ("id", "action", "proposer", "electorate", "state", "error", "aye", "nay", "turnout")
_CONVICTIONS = tuple(str(times) for times in range(MOST_CONVICTION + 1))


class VotePanel(Panel):
    """A widget on a collective: what is voted on, how it stands, and what was decided before.

    Members propose, vote, name a delegate and resign; stakers and licence holders vote in their
    referenda; anyone counts the votes once that can be done and enacts what was approved. The
    browser half is `widgets/vote/panel.js`.

    Args:
        collective: `model.collective`, or `session.collective(model)`; its session's signer signs.

    Attributes:
        collective: the same.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a collective.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("vote/panel")
    _css = browser.styles("vote-panel", "frame", "panel", "vote/panel")
    noun = "Collective"
    csv_name = "proposals.csv"

    collective_told = traitlets.Dict().tag(sync=True)
    me = traitlets.Dict().tag(sync=True)
    proposals: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    ended = traitlets.Dict().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    happened = traitlets.Dict().tag(sync=True)
    updates: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    more_updates = traitlets.Int().tag(sync=True)
    names = traitlets.Dict().tag(sync=True)

    def __init__(self, collective: Collective) -> None:
        if not isinstance(collective, Collective):
            raise UsageError(
                "VotePanel shows a Collective, which model.collective is; it was given "
                f"{type(collective).__name__}."
            )
        self.collective = collective
        self._called = Model(collective.session, collective.model_id).name
        self._reading = VoteReading(collective, self.refresh)
        try:
            super().__init__(collective.session)
        except DMLError:
            self._reading.close()
            raise

    def title(self) -> str:
        """The model's name."""
        return self._called

    def read(self) -> Mapping[str, Any]:
        """The collective, what it votes on and what it voted on, of the newest block."""
        return self._reading.read()

    def why_read_only(self) -> str:
        """Who is no member, and has no vote in a referendum either, looks on."""
        reading = self._reading
        if reading.me["member"] or reading.proposals:
            return ""
        return (
            "You are no member of this collective: members propose and vote. Whoever has something "
            "at stake, or holds a licence, votes in referenda; none is open."
        )

    def close(self) -> None:
        """Stops following the chain, and takes the panel off every page it is shown on."""
        if self._throttle is not None:
            self._reading.close()
        super().close()

    def picture_html(self) -> str:
        """The last state, for a saved notebook."""
        return vote_html(
            self.head,
            self.collective_told,
            self.proposals,
            self.ended,
            self.names,
            self.outcome.get("receipt"),
        )

    def csv(self) -> str:
        """Every ended proposal that was read, oldest first.

        Raises:
            UsageError: there is none.
        """
        rows = self._reading.csv_rows()
        if not rows:
            raise UsageError("No proposal has ended yet, so there is nothing to export.")
        told = [{**(row["tally"] or {}), **row} for row in rows]
        return csv_of([_CSV, *([row.get(name, "") for name in _CSV] for row in told)])

    # --- what can be done -----------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """Vote, count, enact, take back, delegate, resign, and propose any action."""
        on_one = {"proposal": Argument("whole")}
        return (
            Action(
                "vote",
                run=self._vote,
                call=self._vote_call,
                arguments={
                    **on_one,
                    "vote": Argument("choice", options=VOTES),
                    "conviction": Argument("choice", options=_CONVICTIONS),
                },
                tells=self._foretold,
            ),
            Action(
                "close",
                run=self.collective.close,
                call=lambda proposal: Proposal(self.session, proposal).close_call(),
                arguments=on_one,
            ),
            Action(
                "enact",
                run=self.collective.enact,
                call=lambda proposal: self._proposal_call("enact", proposal),
                arguments=on_one,
            ),
            Action(
                "withdraw",
                run=self.collective.withdraw,
                call=lambda proposal: self._proposal_call("withdraw", proposal),
                arguments=on_one,
            ),
            Action(
                "delegate",
                run=self.collective.delegate,
                call=lambda to: self._call("delegate", to=to),
                arguments={"to": Argument("address")},
                effects=lambda to: ["your own vote counts before the delegate's"],
                refused=self._no_delegate,
            ),
            Action(
                "undelegate",
                run=self.collective.undelegate,
                call=lambda: self._call("undelegate"),
                refused=self._no_undelegate,
            ),
            Action(
                "resign",
                run=self.collective.resign,
                call=lambda: self._call("resign"),
                refused=self._no_member,
            ),
            *proposing(self.collective, self._no_member),
        )

    def _vote(self, proposal: int, vote: Any, conviction: str) -> Receipt:
        return self.collective.vote(proposal, vote, conviction=int(conviction))

    def _vote_call(self, proposal: int, vote: Any, conviction: str) -> Call:
        found = Proposal(self.session, proposal)
        return found.vote_call(vote, conviction=int(conviction))

    def _proposal_call(self, function: str, proposal: int) -> Call:
        return self.session.chain.call("Collectives", function, proposal=proposal)

    def _call(self, function: str, **arguments: Any) -> Call:
        model = self.collective.model_id
        return self.session.chain.call("Collectives", function, model=model, **arguments)

    def _foretold(self, told: Preview) -> Sequence[str]:
        """A vote's weight as the dry run gave it, then what else it would do."""
        voted = told.event("Collectives", "Voted")
        if voted is None:
            return told.effects
        number, planck = int(str(voted.fields["proposal"])), int(str(voted.fields["weight"]))
        return (
            *self._reading.weighed(number, planck, str(voted.fields["conviction"])),
            *told.effects,
        )

    # --- why something can't be done, by what the chain last told -------------------------------

    def _no_member(self) -> str:
        if self._reading.me["member"]:
            return ""
        return "Only members of the collective do this, and you are none."

    def _no_delegate(self) -> str:
        me = self._reading.me
        if me["trusted_by"]:
            return "Others let you vote for them, so you cannot name a delegate yourself."
        return self._no_member()

    def _no_undelegate(self) -> str:
        return "" if self._reading.me["delegate"] else "You have no delegate."
