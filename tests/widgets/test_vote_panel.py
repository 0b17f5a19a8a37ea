"""The kernel half of the vote panel, on a real chain and a comm that counts instead of a page."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk import actions, widgets
from dml_sdk.errors import UsageError
from dml_sdk.storage import cid_of
from dml_sdk.storage.memory import MemoryStore
from dml_sdk.training.datasets import Split
from dml_sdk.widgets import VotePanel
from dml_sdk.widgets.vote.picture import vote_html
from dml_sdk.widgets.vote.snapshot import voters_plain
from tests.waiting import until
from tests.widgets.conftest import SENT
from tests.widgets.page import Page

EVIL = '<img src=x onerror="alert(1)">\'"&'
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def seen_by(session: dml.Session, who: str, model: dml.Model) -> dml.Collective:
    return session.as_(who).collective(model)


@pytest.fixture
def three(session: dml.Session, model: dml.Model) -> dml.Collective:
    """Alice's collective, with Bob and Charlie."""
    collective = model.collective
    collective.add_member(session.account("bob"))
    proposal = collective.add_member(session.account("charlie"))
    for name in ("alice", "bob"):
        seen_by(session, name, model).vote(proposal, "aye")
    collective.close(proposal)
    return collective


@pytest.fixture
def panel(three: dml.Collective, sent: Any) -> Iterator[VotePanel]:
    """Alice's panel on it."""
    shown = VotePanel(three)
    yield shown
    shown.close()


@pytest.fixture
def page(panel: VotePanel) -> Page:
    return Page(panel)


def row(panel: VotePanel, proposal: dml.Proposal | int) -> dict[str, Any]:
    """What the panel tells of a proposal."""
    number = proposal if isinstance(proposal, int) else proposal.id
    rows = [*panel.proposals, *panel.ended["rows"]]
    return next((told for told in rows if told["id"] == number), {})


def counted(panel: VotePanel, proposal: dml.Proposal, what: str) -> str | None:
    """A figure of a proposal's tally."""
    tally = row(panel, proposal).get("tally") or {}
    return tally.get(what)


def newest(panel: VotePanel) -> int:
    return max(told["id"] for told in [*panel.proposals, *panel.ended["rows"]])


def stranger(model: dml.Model, name: str = "eve") -> VotePanel:
    return VotePanel(seen_by(model.session, name, model))


# --- what it shows --------------------------------------------------------------------------------


def test_it_shows_members_terms_and_what_is_mine(panel: VotePanel) -> None:
    assert [m[1:3] for m in panel.collective_told["members"]] == [["1", "1"]] * 3
    assert panel.collective_told["terms"]["threshold"] == "0.5"
    assert panel.me["member"] and panel.me["weight"] == "1" and panel.me["delegate"] is None
    assert panel.head["name"] == "blobs" and panel.head["noun"] == "Collective"
    assert panel.names[BOB] == "bob"


def test_a_proposal_comes_with_its_text_and_the_runtimes_own_tally(
    page: Page, three: dml.Collective
) -> None:
    proposal = three.propose(actions.SetWeighting("stake"), text="skin in the game")
    page.shows(lambda p: p.texts.get(str(proposal.id), {}).get("state") == "read", "its text")
    told, tally = row(page.panel, proposal), proposal.tally
    assert page.panel.texts[str(proposal.id)]["text"] == "skin in the game"
    assert tally is not None
    assert told["tally"]["electorate"] == "3" and told["tally"]["outcome"] == tally.outcome
    assert told["details"] == [["votes weigh by", "stake", "assigned"]]
    assert told["ends"] - page.panel.head["now"] <= 3 * 86_400_000


def test_a_text_that_the_store_lacks_is_said_and_the_vote_goes_on(
    session: dml.Session, model: dml.Model, three: dml.Collective, sent: Any
) -> None:
    proposal = three.propose(actions.ClosePool(), text="gone")
    other = dml.Session(session.chain, MemoryStore(), session.account("bob"))
    page = Page(VotePanel(other.collective(model)))
    number = str(proposal.id)
    page.shows(lambda p: p.texts[number]["state"] == "failed", "that it is not there")
    assert page.press("vote", proposal=number, vote="aye", conviction="0")["state"] == "accepted"
    page.panel.close()


class Forging(MemoryStore):
    """Gives another text than was put in."""

    def get(self, cid: str, **limits: Any) -> bytes:
        return super().get(cid, **limits).replace(b"do not", b"do")


def test_a_text_that_was_altered_is_never_shown(
    session: dml.Session, model: dml.Model, three: dml.Collective, sent: Any
) -> None:
    forging = dml.Session(session.chain, Forging(), session.signer)
    proposal = forging.collective(model).propose(actions.ClosePool(), text="please do not")
    page = Page(VotePanel(forging.collective(model)))
    number = str(proposal.id)
    page.shows(lambda p: p.texts[number]["state"] == "failed", "that it was altered")
    assert "Do not go by it" in page.panel.texts[number]["text"]
    page.panel.close()


def test_an_updates_claims_stand_beside_those_of_the_newest_version(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    engineer = model.session.as_("eve").models.get(model.id)

    def update(step: int, **metrics: float) -> dml.Update:
        weights = {name: array + np.float32(step) for name, array in model.weights().items()}
        return engineer.propose_update(weights, metrics=metrics, notes=f"step {step}")

    first = three.propose(actions.ApproveUpdate(update(1, accuracy=0.9, loss=0.3, size=7)))
    page.shows(lambda p: row(p, first), "the first")
    compared = row(page.panel, first)["compared"]
    assert not compared["told"] and {r["word"] for r in compared["rows"]} == {""}
    for name in ("alice", "bob"):
        seen_by(model.session, name, model).vote(first, "aye")
    three.close(first)
    second = update(2, accuracy=0.92, loss=0.35, size=9, f1=0.5)
    proposal = three.propose(actions.ApproveUpdate(second, reward=0.4))
    page.shows(lambda p: row(p, proposal), "the second")
    compared = row(page.panel, proposal)["compared"]
    words = {
        r["name"]: (r["present"], r["claimed"], r["change"], r["word"]) for r in compared["rows"]
    }
    assert words == {
        "accuracy": ("0.9", "0.92", "+0.02", "better"),
        "loss": ("0.3", "0.35", "+0.05", "worse"),
        "size": ("7", "9", "+2", "higher"),
        "f1": (None, "0.5", None, ""),
    }
    notes = lambda p: row(p, proposal)["compared"]["notes"]["text"] == "step 2"  # noqa: E731
    page.shows(notes, "the engineer's notes")
    assert [u["id"] for u in page.panel.updates] == [second.id]


def test_claims_stand_beside_what_a_round_of_training_reached(
    page: Page, model: dml.Model, three: dml.Collective, split: Split
) -> None:
    clients = split.partition(4, scheme="iid", seed=1)
    allowed = three.set_allowance(None)
    for name in ("alice", "bob"):
        seen_by(model.session, name, model).vote(allowed, "aye")
    three.close(allowed)
    training = model.train(
        clients, test=split.test, rounds=1, clients_per_round=2, engine="numpy"
    ).wait(60)
    engineer = model.session.as_("eve").models.get(model.id)
    update = engineer.propose_update(model.weights(), metrics={"accuracy": 1.0})
    proposal = three.propose(actions.ApproveUpdate(update))
    page.shows(lambda p: row(p, proposal), "the proposal")
    compared = row(page.panel, proposal)["compared"]
    assert compared["measured"] and compared["newest"] == 1
    reached = Decimal(compared["rows"][0]["present"])
    assert abs(float(reached) - training.rounds[-1].accuracy) < 1e-6
    assert compared["rows"][0]["word"] == "better"


def test_somebody_elses_vote_is_seen(page: Page, model: dml.Model, three: dml.Collective) -> None:
    proposal = three.propose(actions.ClosePool())
    page.shows(lambda p: row(p, proposal), "the proposal")
    seen_by(model.session, "bob", model).vote(proposal, "nay")
    page.shows(lambda p: counted(p, proposal, "nay") == "1", "bob's vote")
    told = row(page.panel, proposal)
    assert [BOB, "nay", "1", 0, None] in told["voters"]["rows"]
    assert [line[1] for line in page.panel.happened[str(proposal.id)]][-1].startswith(
        "bob voted nay"
    )
    assert told["refused"]["withdraw"].startswith("Others have voted")


# --- voting ---------------------------------------------------------------------------------------


def test_a_vote_is_weighed_by_a_dry_run_signed_seen_and_changed(
    page: Page, three: dml.Collective
) -> None:
    number = str(three.propose(actions.ClosePool()).id)
    page.shows(lambda p: row(p, int(number)), "the proposal")
    told = page.preview("vote", proposal=number, vote="aye", conviction="0")
    assert told["error"] is None and told["effects"][0] == "it weighs 1 of 3"
    outcome = page.press("vote", proposal=number, vote="aye", conviction="0")
    assert outcome["receipt"]["call"] == "Collectives.vote"
    assert Decimal(outcome["receipt"]["fee"]) == Decimal(told["fee"])
    page.shows(lambda p: row(p, int(number))["mine"][1] == "aye", "my vote")
    assert page.press("vote", proposal=number, vote="nay", conviction="0")["state"] == "accepted"
    page.shows(lambda p: row(p, int(number))["mine"][1] == "nay", "my other vote")
    assert row(page.panel, int(number))["tally"]["aye"] == "0"


def test_an_approved_action_is_counted_and_done(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    proposal = three.propose(actions.SetShares(dict(contributors=100)))
    number = str(proposal.id)
    page.shows(lambda p: row(p, proposal), "the proposal")
    early = page.press("close", proposal=number)
    assert early["error"]["kind"] == "Collectives.VotingRuns"
    assert early["error"]["todo"] == "Wait for more votes, or for the end."
    for name in ("alice", "bob"):
        seen_by(model.session, name, model).vote(proposal, "aye")
    page.shows(lambda p: counted(p, proposal, "can_close"), "that it can be counted")
    assert page.press("close", proposal=number)["receipt"]["call"] == "Collectives.close"
    page.shows(lambda p: row(p, proposal)["state"] == "executed", "that it was done")
    assert model.pool.shares == {"contributor": 1}
    assert row(page.panel, proposal)["tally"]["outcome"] == "approved"


def test_what_waits_out_its_delay_is_enacted_and_what_failed_says_why(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    def pass_(action: Any) -> dml.Proposal:
        proposal = three.propose(action)
        for name in ("alice", "bob"):
            seen_by(model.session, name, model).vote(proposal, "aye")
        three.close(proposal)
        return proposal

    pass_(actions.SetThresholds(delay=timedelta(days=1)))
    waits = pass_(actions.Slash(BOB, "validator", 1, "absence"))
    page.shows(lambda p: row(p, waits).get("state") == "approved", "that it waits")
    number = str(waits.id)
    assert page.press("enact", proposal=number)["error"]["kind"] == "Collectives.TooEarly"
    model.session.clock.advance(days=1, seconds=1)
    assert page.press("enact", proposal=number)["state"] == "accepted"
    page.shows(lambda p: row(p, waits)["state"] == "failed", "that it failed")
    assert "nothing to slash" in row(page.panel, waits)["error"]


def test_a_proposal_is_taken_back_as_long_as_nobody_else_voted(
    page: Page, three: dml.Collective
) -> None:
    proposal = three.propose(actions.ClosePool())
    page.shows(lambda p: row(p, proposal), "the proposal")
    assert row(page.panel, proposal)["refused"]["withdraw"] == ""
    assert page.press("withdraw", proposal=str(proposal.id))["state"] == "accepted"
    page.shows(lambda p: row(p, proposal)["state"] == "withdrawn", "that it was taken back")
    assert row(page.panel, proposal)["tally"] is None


def test_stakers_weigh_by_conviction_and_see_what_is_locked_until_when(
    model: dml.Model, sent: Any
) -> None:
    session = model.session
    session.as_("bob").pools.get(model.id).stake(100)
    proposal = model.referendum(actions.SetFees(commercial=80), electorate="stakers")
    number = str(proposal.id)
    page = Page(stranger(model, "bob"))
    assert page.panel.head["state"] == "live" and not page.panel.me["member"]
    assert row(page.panel, proposal)["refused"]["vote"] == ""
    told = page.preview("vote", proposal=number, vote="aye", conviction="2")
    assert "it weighs 100 of 100 DML, counted 2 times" in told["effects"][0]
    assert any("100 DML" in line and "locked until" in line for line in told["effects"])
    assert page.press("vote", proposal=number, vote="aye", conviction="2")["state"] == "accepted"
    page.shows(lambda p: p.me["locks"], "what is locked")
    (lock,) = page.panel.me["locks"]
    told_row = row(page.panel, proposal)
    assert lock["amount"] == "100" and lock["proposal"] == proposal.id
    assert lock["until"] == told_row["ends"] + 2 * told_row["lock"]
    assert (told_row["tally"]["aye"], told_row["tally"]["turnout"]) == ("200", "100")
    page.panel.close()


def test_a_stake_of_after_the_opening_is_told_as_a_part_of_the_electorate_that_it_joins(
    model: dml.Model, sent: Any
) -> None:
    proposal = model.referendum(actions.SetFees(commercial=80), electorate="stakers")
    model.session.as_("charlie").pools.get(model.id).stake(200)
    page = Page(stranger(model, "charlie"))
    assert row(page.panel, proposal)["tally"]["electorate"] == "0"
    given = {"proposal": str(proposal.id), "vote": "aye", "conviction": "0"}
    assert "it weighs 200 of 200 DML" in page.preview("vote", **given)["effects"][0]
    page.press("vote", **given)
    page.shows(lambda p: row(p, proposal)["tally"]["electorate"] == "200", "that it is")
    page.panel.close()


def test_licence_holders_have_a_vote_each_and_others_are_told_why_not(
    model: dml.Model, sent: Any
) -> None:
    model.licences.set_terms("internal", 1)
    model.session.as_("bob").models.get(model.id).licences.buy("internal")
    model.session.clock.advance(seconds=1)
    proposal = model.referendum(actions.ClosePool(), electorate="licence holders")
    holder, other = Page(stranger(model, "bob")), Page(stranger(model, "eve"))
    assert row(holder.panel, proposal)["refused"]["vote"] == ""
    assert "you hold none" in row(other.panel, proposal)["refused"]["vote"]
    number = str(proposal.id)
    assert holder.press("vote", proposal=number, vote="aye", conviction="0")["state"] == "accepted"
    refused = other.press("vote", proposal=number, vote="aye", conviction="0")
    assert refused["error"]["kind"] == "Collectives.NotInElectorate"
    for page in (holder, other):
        page.panel.close()


def test_who_is_no_member_looks_on_and_is_told_why(model: dml.Model, three: Any, sent: Any) -> None:
    page = Page(stranger(model))
    panel = page.panel
    assert panel.head["state"] == "read-only" and "no member" in panel.head["why"]
    assert "Only members" in panel.refusals["propose_close_pool"]
    proposal = three.propose(actions.ClosePool())
    page.shows(lambda p: row(p, proposal), "the proposal")
    assert panel.head["state"] == "live", "anyone counts the votes"
    assert "Only members" in row(panel, proposal)["refused"]["vote"]
    outcome = page.press("vote", proposal=str(proposal.id), vote="aye", conviction="0")
    assert outcome["error"]["kind"] == "Collectives.NotMember"
    assert outcome["error"]["todo"] == "Ask a member of the collective."
    panel.close()


# --- members --------------------------------------------------------------------------------------


def test_a_delegate_is_named_votes_for_two_and_is_taken_back(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    assert "no delegate" in page.panel.refusals["undelegate"]
    assert page.press("delegate", to=BOB)["state"] == "accepted"
    page.shows(lambda p: p.me["delegate"] == BOB, "the delegate")
    proposal = three.propose(actions.ClosePool())
    bobs = Page(stranger(model, "bob"))
    assert bobs.panel.me["trusted_by"] == [model.session.signer.address]
    assert "cannot name a delegate" in bobs.panel.refusals["delegate"]
    number = str(proposal.id)
    told = bobs.preview("vote", proposal=number, vote="aye", conviction="0")
    assert "and counts for 1 who let you vote for them" in told["effects"]
    bobs.press("vote", proposal=number, vote="aye", conviction="0")
    page.shows(lambda p: counted(p, proposal, "aye") == "2", "both votes")
    assert row(page.panel, proposal)["mine"][4] == BOB
    assert page.press("undelegate")["state"] == "accepted"
    page.shows(lambda p: counted(p, proposal, "aye") == "1", "one vote")
    bobs.panel.close()


def test_who_resigns_looks_on(page: Page) -> None:
    assert page.press("resign")["state"] == "accepted"
    page.shows(lambda p: p.head["state"] == "read-only", "that I am out")
    assert len(page.panel.collective_told["members"]) == 2


def test_weights_are_whole_tokens_where_votes_weigh_by_stake(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    model.session.as_("bob").pools.get(model.id).stake("12.5")
    proposal = three.propose(actions.SetWeighting("stake"))
    for name in ("alice", "bob"):
        seen_by(model.session, name, model).vote(proposal, "aye")
    three.close(proposal)
    page.shows(lambda p: p.collective_told["weighting"] == "ByStake", "the weighting")
    assert page.panel.collective_told["unit"] == "DML"
    assert {m[0]: m[2] for m in page.panel.collective_told["members"]}[BOB] == "12.5"


# --- proposing ------------------------------------------------------------------------------------

WITH = {"text": "why not", "electorate": "members"}
FORMS: dict[str, dict[str, str]] = {
    "approve_update": {"update": "0", "reward": "0.4"},
    "reject_update": {"update": "0", "reason": "too large"},
    "add_member": {"who": BOB, "weight": "2"},
    "remove_member": {"who": BOB},
    "set_weighting": {"weighting": "contribution"},
    "set_shares": {
        "creator": "10", "engineers": "20.5", "contributors": "69.5", "annotators": "",
        "validators": "", "clients": "",
    },
    "set_fees": {"usage": "commercial", "price": "80"},
    "set_licence": {
        "usage": "serve", "sale": "on these terms", "price": "5", "duration": "1.5 days",
        "maximum": "3", "transferable": "yes", "jurisdiction": "EU", "terms": "be kind",
    },
    "revoke_licence": {"licence": "0", "cause": "other", "words": "resold"},
    "set_terms": {
        "threshold": "0.6", "quorum": "", "voting": "12 hours", "delay": "", "enact_within": "",
        "deposit": "2", "referendum_threshold": "", "referendum_quorum": "0.2",
        "referendum_voting": "", "referendum_lock": "30 minutes",
    },
    "set_staking": {"unbonding": "2 days", "minimum": "", "slash_to": "fees"},
    "set_allowance": {"amount": "50"},
    "spend": {"role": "creator", "who": BOB, "score": "0.5"},
    "slash": {"who": BOB, "role": "validator", "part": "1", "cause": "spam", "words": ""},
    "settle_annotation": {
        "task": "3", "batch": "1", "who": BOB, "points": "8", "score": "0.5", "slash": "",
    },
    "cancel": {"proposal": "0"},
    "close_pool": {},
}  # fmt: skip
MEANT: dict[str, Any] = {
    "approve_update": actions.ApproveUpdate(0, "0.4"),
    "reject_update": actions.RejectUpdate(0, "too large"),
    "add_member": actions.AddMember(BOB, 2),
    "remove_member": actions.RemoveMember(BOB),
    "set_weighting": actions.SetWeighting("contribution"),
    "set_shares": actions.SetShares(dict(creator=10, engineers="20.5", contributors="69.5")),
    "set_fees": actions.SetLicence("commercial", dml.LicenceTerms(price=80)),
    "revoke_licence": actions.RevokeLicence(0, "resold"),
    "set_staking": actions.SetStaking(
        dml.StakingTerms(unbonding=timedelta(days=2), slash_to="fees")
    ),
    "set_allowance": actions.SetAllowance(50),
    "spend": actions.Spend("creator", BOB, "0.5"),
    "slash": actions.Slash(BOB, "validator", 1, "spam"),
    "settle_annotation": actions.SettleAnnotation(3, 1, BOB, 8, "0.5"),
    "close_pool": actions.ClosePool(),
}


def test_there_is_a_form_for_everything_that_a_collective_decides(panel: VotePanel) -> None:
    offered = {name.removeprefix("propose_") for name in panel.refusals if "propose_" in name}
    kinds = {"".join(part.capitalize() for part in name.split("_")) for name in offered}
    # SetThresholds is what the form of SetTerms makes.
    assert kinds | {"SetThresholds"} == set(actions.__all__)
    assert offered == FORMS.keys()


@pytest.mark.parametrize("form", FORMS.keys() - {"cancel"})
def test_a_form_is_previewed_and_proposes_what_it_says(
    form: str, page: Page, three: dml.Collective
) -> None:
    given = {**FORMS[form], **WITH}
    told = page.preview(f"propose_{form}", **given)
    assert told["error"] is None and any("1 DML" in line for line in told["effects"])
    outcome = page.press(f"propose_{form}", **given)
    assert outcome["state"] == "accepted" and outcome["receipt"]["call"] == "Collectives.propose"
    page.shows(lambda p: p.proposals, "the proposal")
    proposal = three.proposal(newest(page.panel))
    assert proposal.text == "why not" and proposal.electorate == "members"
    assert f"asked: {proposal.action}" in told["effects"]
    if form in MEANT:
        assert proposal.action == MEANT[form]


def test_texts_of_what_was_not_confirmed_are_not_stored(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    words = {"terms": "terms that nobody reads", "text": "a text that nobody reads"}
    given = {**FORMS["set_licence"], **WITH, **words}
    store, texts = model.session.store, [str(cid_of(word.encode())) for word in words.values()]
    model.session.ask_over(0, confirm=widgets.confirm)
    try:
        token = page.begin("propose_set_licence", **given)
        until(lambda: page.panel.question, "the question")
        page.send(do="answer", question=page.panel.question["id"], yes=False)
        until(lambda: page.outcome(token), "its outcome")
    finally:
        model.session.never_ask()
    assert not any(map(store.has, texts)), "who says no keeps the words"
    assert page.press("propose_set_licence", **given)["state"] == "accepted"
    assert all(map(store.has, texts))


def test_what_waits_is_offered_to_be_cancelled(
    page: Page, model: dml.Model, three: dml.Collective
) -> None:
    def pass_(proposal: dml.Proposal) -> None:
        for name in ("alice", "bob"):
            seen_by(model.session, name, model).vote(proposal, "aye")
        proposal.close()

    pass_(three.propose(actions.SetThresholds(delay=timedelta(days=1))))
    waits = three.propose(actions.ClosePool())
    pass_(waits)
    number = str(waits.id)
    outcome = page.press("propose_cancel", proposal=number, **WITH)
    assert outcome["state"] == "accepted"
    page.shows(lambda p: row(p, waits.id + 1), "the cancellation")
    assert row(page.panel, waits.id + 1)["details"] == [
        ["what would not be done", str(waits.action), ""]
    ]
    pass_(three.proposal(waits.id + 1))
    page.shows(lambda p: row(p, waits)["state"] == "cancelled", "that it is cancelled")


def test_a_form_for_terms_changes_what_is_filled_in_and_keeps_the_rest(
    page: Page, three: dml.Collective
) -> None:
    page.press("propose_set_terms", **FORMS["set_terms"], **WITH)
    page.shows(lambda p: p.proposals, "the proposal")
    action = three.proposal(newest(page.panel)).action
    assert isinstance(action, actions.SetTerms)
    terms, wider = action.terms, action.terms.referendum
    assert (terms.threshold, terms.quorum, terms.deposit) == (Decimal("0.6"), Decimal("0.5"), 2)
    assert (terms.voting, terms.delay) == (timedelta(hours=12), timedelta(0))
    assert (wider.quorum, wider.lock) == (Decimal("0.2"), timedelta(minutes=30))
    assert wider.voting == timedelta(days=7)
    details = {what: (then, now) for what, then, now in row(page.panel, 1)["details"]}
    assert details["referendum: lock"] == ("30 min", "7 d") and details["quorum"] == ("0.5", "0.5")


def test_licence_terms_of_its_own_are_stored_when_they_are_proposed_and_not_before(
    session: dml.Session, page: Page, three: dml.Collective
) -> None:
    before = dict(session.store._contents)  # type: ignore[attr-defined]
    page.preview("propose_set_licence", **FORMS["set_licence"], **WITH)
    assert session.store._contents == before  # type: ignore[attr-defined]
    page.press("propose_set_licence", **FORMS["set_licence"], **WITH)
    page.shows(lambda p: p.proposals, "the proposal")
    action = three.proposal(newest(page.panel)).action
    assert isinstance(action, actions.SetLicence) and action.terms and action.terms.text
    assert action.terms.text.location.cid
    assert session.store.get(action.terms.text.location.cid) == b"be kind"
    assert action.terms.duration == timedelta(hours=36)


def test_who_is_alone_decides_and_may_ask_others_all_the_same(model: dml.Model, sent: Any) -> None:
    page = Page(VotePanel(model.collective))
    assert page.panel.collective_told["decides"]
    told = page.preview("propose_add_member", who=BOB, weight="1", **WITH)
    assert any("done: Make" in line for line in told["effects"])
    asked = {"text": "", "electorate": "stakers"}
    outcome = page.press("propose_set_fees", usage="commercial", price="3", **asked)
    assert outcome["receipt"]["call"] == "Collectives.propose"
    page.shows(lambda p: p.proposals and p.proposals[0]["state"] == "referendum", "a referendum")
    outcome = page.press("propose_add_member", who=BOB, weight="1", **WITH)
    assert outcome["receipt"]["call"] == "Collectives.decide"
    page.shows(lambda p: len(p.collective_told["members"]) == 2, "the member")
    page.panel.close()


@pytest.mark.parametrize(
    ("form", "given", "words"),
    [
        ("set_terms", dict.fromkeys(FORMS["set_terms"], ""), "Nothing is changed"),
        ("set_terms", {**FORMS["set_terms"], "voting": "soon"}, "is no time"),
        ("set_licence", {**FORMS["set_licence"], "price": ""}, "price is missing"),
        ("slash", {**FORMS["slash"], "cause": "other"}, "Say in words"),
        ("spend", {**FORMS["spend"], "score": "1.5"}, "from 0 to 1"),
        ("add_member", {**FORMS["add_member"], "who": "5abc"}, "no SS58 address"),
        ("set_shares", {**FORMS["set_shares"], "creator": "11"}, "must sum to exactly"),
        ("set_terms", {**FORMS["set_terms"], "threshold": "0.2"}, "at least half"),
    ],
)
def test_what_is_filled_in_wrongly_is_said_before_it_is_signed(
    page: Page, form: str, given: dict[str, str], words: str
) -> None:
    told = page.preview(f"propose_{form}", **given, **WITH)
    assert words in told["error"]["text"]


# --- hostile and long -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        {"do": "act", "action": "vote", "arguments": {"proposal": "0"}, "token": "t"},
        {"do": "act", "action": "propose_steal", "arguments": WITH, "token": "t"},
        {
            "do": "act",
            "action": "propose_close_pool",
            "arguments": {**WITH, "x": "1"},
            "token": "t",
        },
        {"do": "act", "action": "propose_close_pool", "arguments": {"text": 1}, "token": "t"},
    ],
)
def test_a_message_that_no_page_of_ours_sends_does_nothing(
    page: Page, message: dict[str, Any]
) -> None:
    before = page.panel.session.chain.block_number
    page.send(**message)
    page.preview("resign")
    assert page.panel.outcome == {} and page.panel.session.chain.block_number == before


def test_a_long_text_is_cut_for_the_page_and_that_is_said(
    page: Page, three: dml.Collective
) -> None:
    number = str(three.propose(actions.ClosePool(), text="a" * 60_000).id)
    page.shows(lambda p: p.texts.get(number, {}).get("state") == "read", "the text")
    assert len(page.panel.texts[number]["text"]) == 4_000
    assert page.panel.texts[number]["more"] == 56_000


def test_an_action_that_this_sdk_does_not_know_hides_no_other(
    page: Page, three: dml.Collective, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: kind for name, kind in actions.ACTIONS.items() if name != "ClosePool"}
    monkeypatch.setattr(actions, "ACTIONS", known)
    unknown, known = (three.propose(a) for a in (actions.ClosePool(), actions.RemoveMember(BOB)))
    page.shows(lambda p: len(p.proposals) == 2, "both")
    assert "does not know" in row(page.panel, unknown)["action"]
    assert row(page.panel, known)["action"].startswith("Remove")
    assert page.press("vote", proposal=str(unknown.id), vote="nay", conviction="0")["receipt"]


def test_many_proposals_are_bounded_and_the_list_says_so(
    page: Page, session: dml.Session, three: dml.Collective
) -> None:
    for _ in range(60):
        three.propose(actions.ClosePool()).withdraw()
    last = three.propose(actions.ClosePool())
    page.shows(lambda p: row(p, last), "the last")
    assert len(page.panel.ended["rows"]) == 40 and page.panel.ended["older"]


def test_updates_that_wait_are_listed_however_many_were_withdrawn_since(
    page: Page, session: dml.Session, model: dml.Model
) -> None:
    waits = session.as_("bob").models.get(model.id).propose_update(model.weights())
    call = session.chain.call
    calls = [
        each
        for number in range(waits.id + 1, waits.id + 111)
        for each in (
            call(
                "Updates", "propose", model=model.id, parent=0, location={"Cid": "b"},
                hash="0x" + "11" * 32, metrics=[], notes=None,
            ),
            call("Updates", "withdraw", update=number),
        )
    ]  # fmt: skip
    for start in range(0, len(calls), 20):
        batch = session.chain.batch(calls[start : start + 20])
        session.chain.submit(batch, session.account("eve"))
    last = session.as_("charlie").models.get(model.id).propose_update(model.weights())
    page.shows(lambda p: [u["id"] for u in p.updates] == [last.id, waits.id], "both that wait")
    assert page.panel.more_updates == 0
    fresh = VotePanel(model.collective)
    assert [u["id"] for u in fresh.updates] == [last.id, waits.id]
    fresh.close()


def test_of_more_updates_than_are_listed_it_is_told_how_many_wait(
    page: Page, model: dml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dml_sdk.widgets.vote.reading.MOST_UPDATES", 2)
    proposed = [model.propose_update(model.weights()).id for _ in range(5)]
    page.shows(lambda p: p.more_updates == 3, "how many more wait")
    assert [u["id"] for u in page.panel.updates] == proposed[:-3:-1]


def test_closing_a_vote_of_licence_holders_takes_those_off_whose_licences_expired(
    page: Page, session: dml.Session, model: dml.Model, three: dml.Collective
) -> None:
    proposal = three.propose(
        actions.SetLicence("commercial", dml.LicenceTerms(price=1, duration=timedelta(days=1)))
    )
    for name in ("alice", "bob"):
        seen_by(session, name, model).vote(proposal, "aye")
    three.close(proposal)
    for name in ("dave", "eve", "ferdie"):
        session.as_(name).models.get(model.id).licences.buy("commercial")
    session.clock.advance(seconds=1)
    vote = model.referendum(actions.SetFees(commercial=2), electorate="licence holders")
    for name in ("alice", "bob"):
        seen_by(session, name, model).vote(vote, "aye")
    three.close(vote)
    session.clock.advance(days=9)
    session.chain.submit(session.chain.call("System", "remark", remark="0x"), session.signer)
    page.shows(lambda p: (row(p, vote).get("tally") or {}).get("expired") == 3, "the expired")
    told = page.preview("close", proposal=str(vote.id))
    assert told["error"] is None
    receipt = page.press("close", proposal=str(vote.id))["receipt"]
    assert receipt["call"] == "Licences.prune + Collectives.close"
    assert told["fee"] == receipt["fee"]


def test_of_many_voters_the_page_is_told_of_the_heaviest_and_of_ones_own() -> None:
    rows = [
        {"account": str(n), "vote": "aye", "weight": Decimal(n), "conviction": 0, "through": None}
        for n in range(1_000)
    ]
    told = voters_plain(rows, me="7")
    assert [line[0] for line in told["rows"][:3]] == ["7", "999", "998"]
    assert len(told["rows"]) == 24 and told["more"] == 976


def test_what_people_wrote_cannot_become_markup_in_the_picture(
    panel: VotePanel, three: dml.Collective
) -> None:
    signer = {"name": EVIL, "address": EVIL}
    head = {**panel.head, "name": EVIL, "noun": EVIL, "signer": signer}
    evil = {
        "id": 1, "action": EVIL, "state": EVIL, "proposer": EVIL, "error": EVIL,
        "tally": {
            "unit": EVIL, "aye": "1", "nay": "0", "electorate": "2", "outcome": EVIL,
            "approval": 1.0, "voted": 0.5, "threshold": 0.5, "quorum": 0.5,
        },
    }  # fmt: skip
    members = {**panel.collective_told, "members": [[EVIL, "1", "1", None]]}
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Tags().feed(vote_html(head, members, [evil], {"rows": [evil]}, {EVIL: EVIL}, None))
    assert not {"img", "script", "iframe"} & set(tags)


# --- life -----------------------------------------------------------------------------------------


def test_a_chain_that_is_rewound_takes_its_proposals_with_it(
    page: Page, session: dml.Session, three: dml.Collective
) -> None:
    kept = three.propose(actions.ClosePool())
    with session.anchor() as inside:
        gone = inside.collective(three.model_id).propose(actions.RemoveMember(BOB))
        page.shows(lambda p: row(p, gone), "the one inside")
    again = three.propose(actions.SetWeighting("stake"))
    assert again.id == gone.id
    page.shows(lambda p: row(p, again).get("kind") == "SetWeighting", "the one afterwards")
    assert [told["id"] for told in page.panel.proposals] == [kept.id, again.id]


def test_ended_proposals_can_be_kept_as_a_table(page: Page, three: dml.Collective) -> None:
    three.propose(actions.ClosePool()).withdraw()
    page.shows(lambda p: len(p.ended["rows"]) == 2, "both")
    page.send(do="csv")
    (file,) = page.told("file")
    rows = list(csv.DictReader(io.StringIO(file["text"])))
    assert [told["state"] for told in rows] == ["executed", "withdrawn"]
    assert (rows[0]["aye"], rows[1]["aye"]) == ("2", "")


def test_its_picture_shows_what_is_voted_on_and_what_was(
    page: Page, panel: VotePanel, three: dml.Collective
) -> None:
    proposal = three.propose(actions.SetWeighting("stake"))
    page.shows(lambda p: row(p, proposal), "the proposal")
    html = panel._repr_mimebundle_()["text/html"]
    assert "dml-picture" in html and "Weigh votes by" in html and "executed" in html
    assert "needed more than 50.0 %" in html and "no quorum" in html


def test_closing_lets_go_of_everything(model: dml.Model, three: Any, sent: Any) -> None:
    before = threading.active_count()
    three.propose(actions.ClosePool(), text="read me")
    panel = VotePanel(three)
    Page(panel).press("vote", proposal="1", vote="aye", conviction="0")
    panel.close()
    panel.close()
    until(lambda: threading.active_count() <= before, "its threads ended")
    SENT.clear()
    three.vote(1, "nay")
    assert SENT == []


def test_what_is_no_collective_is_refused_by_name(model: dml.Model) -> None:
    with pytest.raises(UsageError, match="given Model"):
        VotePanel(model)  # type: ignore[arg-type]
