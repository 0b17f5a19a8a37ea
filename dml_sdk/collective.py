"""Collective: the members who govern a model, and what they vote on."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from dml_sdk.actions import (
    AddMember,
    ApproveUpdate,
    Cancel,
    RejectUpdate,
    RemoveMember,
    SetAllowance,
    decode,
    require_action,
)
from dml_sdk.actions.base import Action, Change
from dml_sdk.actions.governing import Weighting, weighting_of
from dml_sdk.arguments import id_of, is_one_of, require_flag, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UnknownModel, UsageError
from dml_sdk.handles import Handle
from dml_sdk.licences import Licences
from dml_sdk.measures import Number, Tokens, Usage
from dml_sdk.tables import Table
from dml_sdk.terms import CollectiveTerms, LicenceTerms
from dml_sdk.texts import document_of, store_text
from dml_sdk.types import EXACT, Amount, Receipt, from_ms
from dml_sdk.votes import (
    ELECTORATES,
    STATES,
    Conviction,
    Electorate,
    Proposal,
    State,
    Vote,
    state_of,
    units_of,
    weight_unit,
)

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.previews import Preview
    from dml_sdk.session import Session
    from dml_sdk.updates import Update


class Collective:
    """The members who govern a model: its owner alone, until somebody else is added.

    While the owner is alone the owner decides; with others it goes by vote. Every figure is read
    from the chain when asked for.

    Raises:
        UnknownModel: there is no such model, or not any more.
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
    def owner_decides(self) -> bool:
        """Whether the model's owner is alone, and decides."""
        return bool(self._told()["owner_decides"])

    @property
    def weighting(self) -> Weighting:
        """What votes weigh by."""
        return weighting_of(self._told()["weighting"])

    @property
    def terms(self) -> CollectiveTerms:
        """On which terms it decides."""
        return CollectiveTerms.decoded(self._told()["terms"], self._handle.chain.token)

    @property
    def members(self) -> Table:
        """Who is a member, with which weight, and who votes for whom.

        `weight` is what a vote weighs now: a number, or whole tokens of the pool's asset where
        votes weigh by stake or contribution. The assigned weights count as long as nobody has
        any of either.
        """
        told = self._told()
        one = weight_unit(self._handle, told["counts_by"] == "Assigned")
        rows = [
            {
                "account": member["who"],
                "assigned": member["assigned"],
                "weight": EXACT.multiply(member["weight"], one),
                "delegate": member["delegate"],
            }
            for member in told["members"]
        ]
        columns = ("account", "assigned", "weight", "delegate")
        return Table(f"Collective of model {self.model_id}", rows, columns)

    def proposals(self, state: State | None = None) -> Table:
        """Everything that was proposed, oldest first.

        Args:
            state: only what is in this one, such as "members", which is what members vote on.

        Raises:
            UsageError: no such state.
        """
        if state is not None and not is_one_of(state, STATES):
            raise UsageError(f"state={shown(state)}: give one of {', '.join(STATES)}.")
        chain, units = self._handle.chain, units_of(self._handle)
        rows = []
        for number in sorted(p for p, _ in chain.entries("Collectives", "ByModel", self.model_id)):
            told = chain.get("Collectives", "Proposals", number)
            row = {
                "id": number,
                "action": str(decode(told["action"], units)),
                "proposer": told["proposer"],
                "electorate": next(e for e, n in ELECTORATES.items() if n == told["electorate"]),
                "state": state_of(told["state"]),
                "proposed": from_ms(told["proposed_ms"]),
                "deposit": Amount(told["terms"]["deposit"], chain.token),
            }
            if state in (None, row["state"]):
                rows.append(row)
        columns = ("id", "action", "proposer", "electorate", "state", "proposed", "deposit")
        return Table(f"Proposals to the collective of model {self.model_id}", rows, columns)

    def proposal(self, number: Proposal | int) -> Proposal:
        """A proposal by its id, with this session's signer.

        Raises:
            UsageError: this model has none of that id.
        """
        found = Proposal(self.session, self._id("proposal", number))
        if found.model_id != self.model_id:
            raise UsageError(
                f"Proposal {found.id} is of model {found.model_id}, not of {self.model_id}."
            )
        return found

    # --- decide ---------------------------------------------------------------------------------

    def propose(
        self, action: Action | Change, *, text: str = "", electorate: Electorate = "members"
    ) -> Proposal:
        """Puts an action to the vote; a member's. The collective's deposit is held meanwhile.

        Args:
            action: one of `dml.actions`.
            text: what there is to say about it; kept in the store, its hash on the chain.
            electorate: "members" alone, or who votes in a referendum after they have approved:
                "stakers" or "licence holders".

        Returns:
            the proposal; `.receipt` tells of its making.

        Raises:
            DispatchError: Collectives.NotMember, Collectives.TooManyProposals, …
            UsageError: no action, no text, or no such electorate.
        """
        call = self.propose_call(action, text=text, electorate=electorate, stored=False)
        store = self.session.store
        receipt = self._handle.submit(call, lambda: store_text(store, "text", text))
        made = next(e for e in receipt.events if (e.pallet, e.name) == ("Collectives", "Proposed"))
        return Proposal(self.session, int(str(made.fields["proposal"])), receipt)

    def propose_call(
        self,
        action: Action | Change,
        *,
        text: str = "",
        electorate: Electorate = "members",
        stored: bool = True,
    ) -> Call:
        """The call that `propose` signs.

        Args:
            stored: whether the text goes into the store, as it must before the call is signed.
        """
        if not is_one_of(electorate, ELECTORATES):
            raise UsageError(
                f"electorate={shown(electorate)}: give one of {', '.join(ELECTORATES)}."
            )
        whole = require_action(action, self)
        document = (
            store_text(self.session.store, "text", text)
            if require_flag("stored", stored)
            else document_of("text", text)
        )
        return self._handle.chain.call(
            "Collectives",
            "propose",
            model=self.model_id,
            action=whole.encoded(units_of(self._handle)),
            text=None if document is None else document.encoded(),
            electorate=ELECTORATES[electorate],
        )

    def decide(self, action: Action | Change) -> Receipt:
        """Has an action done at once; the owner's, while alone in the collective.

        Raises:
            DispatchError: Collectives.NotOwner, Collectives.CollectiveDecides; or what the action
                is refused with.
            UsageError: no action.
        """
        return self._handle.submit(self.decide_call(action))

    def decide_call(self, action: Action | Change) -> Call:
        """The call that `decide` signs."""
        whole = require_action(action, self).encoded(units_of(self._handle))
        return self._handle.chain.call("Collectives", "decide", model=self.model_id, action=whole)

    def act(self, action: Action | Change, *, text: str = "") -> Receipt | Proposal:
        """Decides where the owner is alone, and proposes where there are others.

        Returns:
            the receipt of what was done, or the proposal.
        """
        return self.decide(action) if self.owner_decides else self.propose(action, text=text)

    def preview(self, action: Action | Change) -> Preview:
        """What `act` would do, asked of the runtime; nothing is signed or stored."""
        call = self.decide_call(action) if self.owner_decides else self.propose_call(action)
        return self._handle.preview(call)

    def add_member(
        self, account: Account | str, *, weight: int = 1, text: str = ""
    ) -> Receipt | Proposal:
        """Takes in a member, or gives one another weight: done, or proposed, as `act` does."""
        return self.act(AddMember(address_of(account), weight), text=text)

    def remove_member(self, account: Account | str, *, text: str = "") -> Receipt | Proposal:
        """Removes a member: done, or proposed, as `act` does."""
        return self.act(RemoveMember(address_of(account)), text=text)

    def approve(
        self, update: Update | int, *, reward: Number = 0, text: str = ""
    ) -> Receipt | Proposal:
        """Approves an update and rewards its engineer: done, or proposed, as `act` does."""
        return self.act(ApproveUpdate(self._id("update", update), reward), text=text)

    def reject(
        self, update: Update | int, *, reason: str = "", text: str = ""
    ) -> Receipt | Proposal:
        """Rejects an update: done, or proposed, as `act` does."""
        return self.act(RejectUpdate(self._id("update", update), reason), text=text)

    def set_allowance(self, amount: Tokens | None, *, text: str = "") -> Receipt | Proposal:
        """Says how much rounds and tasks may take from now on: done, or proposed, as `act` does.

        Until a collective of several has voted on it, they take nothing: what the owner set while
        alone ends when others join.

        Args:
            amount: whole tokens of the pool's asset, less by every reward of a round and by all
                that a task sets aside: `pool.allowance` is what is left. None: as much as there is.
        """
        return self.act(SetAllowance(amount), text=text)

    def cancel(self, proposal: Proposal | int, *, text: str = "") -> Receipt | Proposal:
        """Cancels what was approved and waits to be enacted: done, or proposed, as `act` does.

        A cancellation that is approved waits for nothing.

        Raises:
            DispatchError: Collectives.NotWaiting, Collectives.UnknownProposal, …
        """
        return self.act(Cancel(self._id("proposal", proposal)), text=text)

    # --- vote -----------------------------------------------------------------------------------

    def vote(self, proposal: Proposal | int, vote: Vote, *, conviction: Conviction = 0) -> Receipt:
        """`Proposal.vote`, by this session's signer."""
        return self.proposal(proposal).vote(vote, conviction=conviction)

    def close(self, proposal: Proposal | int) -> Receipt:
        """`Proposal.close`."""
        return self.proposal(proposal).close()

    def enact(self, proposal: Proposal | int) -> Receipt:
        """`Proposal.enact`."""
        return self.proposal(proposal).enact()

    def withdraw(self, proposal: Proposal | int) -> Receipt:
        """`Proposal.withdraw`."""
        return self.proposal(proposal).withdraw()

    def delegate(self, to: Account | str) -> Receipt:
        """Lets another member vote where the signer does not; one step deep.

        Raises:
            DispatchError: Collectives.UnknownMember, Collectives.DelegateDelegates, …
        """
        return self._submit("delegate", to=address_of(to))

    def undelegate(self) -> Receipt:
        """Has nobody vote for the signer any more.

        Raises:
            DispatchError: Collectives.NoDelegate, Collectives.CloseFirst.
        """
        return self._submit("undelegate")

    def resign(self) -> Receipt:
        """Leaves the collective.

        Raises:
            DispatchError: Collectives.LastMember, Collectives.NotMember, Collectives.CloseFirst.
        """
        return self._submit("resign")

    # --- what is set now, for changes of a part of it -------------------------------------------

    def licence_terms(self, usage: Usage) -> LicenceTerms | None:
        """On which terms a usage of the model is sold now."""
        return Licences(self.session, self.model_id).terms(usage)

    def collective_terms(self) -> CollectiveTerms:
        """On which terms it decides now."""
        return self.terms

    # --- inside ---------------------------------------------------------------------------------

    def _told(self) -> dict[str, Any]:
        found: dict[str, Any] | None = self._handle.chain.ask("collective", self.model_id)
        if found is None:
            raise UnknownModel(
                f"There is no model {self.model_id} on {self.session.chain.name}; "
                "session.models.list() shows those that there are."
            )
        return found

    def _id(self, kind: str, given: object) -> int:
        """The id of what is given by its id or by a handle of this chain."""
        return id_of(given, kind, self._handle.chain.identity)

    def _submit(self, function: str, **arguments: Any) -> Receipt:
        chain = self._handle.chain
        call = chain.call("Collectives", function, model=self.model_id, **arguments)
        return self._handle.submit(call)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collective) and other._handle == self._handle

    def __hash__(self) -> int:
        return hash(self._handle)

    def __repr__(self) -> str:
        return self._handle.shown(f"Collective of model {self.model_id}:", self._summary)

    def _summary(self) -> str:
        told = self._told()
        return f"{len(told['members'])} member(s)" + (
            ", the owner decides" if told["owner_decides"] else ""
        )

    def _repr_html_(self) -> str:
        if self._handle.ended:
            return f"<p>{html.escape(repr(self))}</p>"
        return f"<div>{self.members._repr_html_()}{self.proposals()._repr_html_()}</div>"


def referendum(
    collective: Collective,
    action: Action | Change,
    *,
    text: str = "",
    electorate: Electorate = "stakers",
    conviction: bool | None = None,
) -> Proposal:
    """Proposes something that a wider electorate has the last word on.

    Args:
        electorate: "stakers" or "licence holders".
        conviction: whether votes may weigh more for a longer lock, as they do among stakers and
            only there; what does not fit is refused.

    Raises:
        UsageError: another electorate, or one that has no such conviction.
        DispatchError: as `Collective.propose`.
    """
    if not is_one_of(electorate, ("stakers", "licence holders")):
        raise UsageError(
            f"electorate={shown(electorate)}: a referendum is among stakers or licence holders."
        )
    if conviction is not None and conviction is not (electorate == "stakers"):
        raise UsageError(
            f"conviction={shown(conviction)} among {electorate}: stakers vote with conviction, "
            "since there is a stake to lock; licence holders have one vote each."
        )
    return collective.propose(action, text=text, electorate=electorate)
