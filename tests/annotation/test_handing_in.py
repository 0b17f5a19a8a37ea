"""Batches are handed in and shown; nothing that was seen accepted is lost on the way."""

from __future__ import annotations

import json
import stat
import threading

import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.course import handing_in, revealing
from dml_sdk.errors import (
    AnswersInvalid,
    ChainUnreachable,
    DispatchError,
    DraftsUnreadable,
    TransactionWaiting,
    UsageError,
)
from dml_sdk.storage import LocalStore
from tests.annotation.desks import again
from tests.annotation.tasks import CATS, desk_of, images, opened
from tests.waiting import LONG


@pytest.fixture
def slow_commit(monkeypatch):
    """A commitment that is on its way until it may go on: (it has begun, it may go on)."""
    reached, go_on = threading.Event(), threading.Event()
    commit = handing_in.commit

    def slow(*args):
        reached.set()
        assert go_on.wait(LONG)
        return commit(*args)

    monkeypatch.setattr(handing_in, "commit", slow)
    return reached, go_on


def refuses_all(desk):
    """Whether nothing of the batch can be changed, and is."""
    before = desk.states, desk.answers(0)
    for change in (
        lambda: desk.answer(0, "why", "too late"), lambda: desk.clear(0, "cat"),
        lambda: desk.skip(0), lambda: desk.flag(0, "blurred"), desk.undo, desk.submit,
    ):  # fmt: skip
        with pytest.raises(UsageError, match="being handed in"):
            change()
    return before == (desk.states, desk.answers(0))


def test_a_batch_is_handed_in_when_all_is_answered_skipped_or_flagged(session, desk):
    with pytest.raises(AnswersInvalid, match="an answer is required"):
        desk.submit()
    before = session.chain.block_number
    desk.answer(0, "cat", "no")
    desk.skip(1)
    desk.flag(2, "blurred")
    desk.answer(3, "cat", "no")
    assert desk.complete and desk.submit_call().name == "Annotations.commit"
    assert session.chain.block_number == before
    assert desk.submit().call == "Annotations.commit"
    assert desk.batch is None and desk.task.progress.committed == 1
    desk.open()
    assert desk.batch is not None and set(desk.states) == {"open"}


def test_what_is_flagged_and_not_answered_counts_as_skipped(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    for place in range(3):
        desk.answer(place, "digit", place)
    desk.flag(2, "doubtful")
    desk.flag(3, "nothing to be seen")
    desk.submit()
    (sheet,) = [sheet for _, sheet in task.sheets()]
    assert [a.skipped for a in sheet.answers] == [False, False, False, True]
    assert [a.flag for a in sheet.answers] == ["", "", "doubtful", "nothing to be seen"]


@pytest.mark.parametrize("seen", [True, False])
def test_another_desk_refuses_answers_to_a_batch_that_was_handed_in(desk, tmp_path, seen):
    other = again(desk, tmp_path)
    for place in range(4):
        desk.answer(place, "cat", "no")
    if seen:
        other.answer(0, "why", "seen by it")
    told = []
    other.on_change(lambda: told.append(other.batch))
    desk.submit()
    for change in (lambda: other.answer(1, "cat", "yes"), other.submit):
        with pytest.raises(UsageError, match=r"handed in meanwhile|no batch on"):
            change()
    assert other.batch is None and told == [None]
    assert not list(tmp_path.glob("task-*/batch-*.jsonl")), "nothing is kept that cannot count"
    other.open()
    other.answer(0, "cat", "no")
    assert again(desk, tmp_path).states == ("answered", "open", "open", "open")


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ("handed in", lambda desk: desk.submit()),
        ("handed in", lambda desk: desk.submit_call()),
        ("handed in", lambda desk: desk.go(1)),
        ("given up", lambda desk: desk.undo()),
        ("given up", lambda desk: desk.skip(0)),
    ],
)
def test_a_desk_leaves_a_batch_that_is_over_and_says_why(desk, tmp_path, how, change):
    other = again(desk, tmp_path)
    if how == "given up":
        desk.release()
    else:
        answers = [{"cat": "no"}] * 4
        desk.task.session.task(desk.task, drafts=tmp_path).submit(desk.batch, answers)
    with pytest.raises(UsageError, match=how):
        change(other)
    assert other.batch is None and not other.resume()


def test_a_batch_that_the_chain_says_is_held_can_be_answered_whatever_was_kept(desk, tmp_path):
    desk._drafts.drop(desk.batch.number, "handed in")
    assert desk.resume()
    desk.answer(0, "cat", "no")
    assert again(desk, tmp_path).answers(0) == {"cat": "no"}


def test_a_late_batch_is_refused_and_nothing_is_signed(session, desk):
    for place in range(4):
        desk.answer(place, "cat", "no")
    session.clock.advance(hours=1, seconds=1)
    session.seal()
    before = session.chain.block_number
    with pytest.raises(DispatchError.named("Annotations", "LeaseOver")):
        desk.submit()
    assert session.chain.block_number == before and desk.answers(0) == {"cat": "no"}


def test_a_secret_that_answers_are_committed_with_is_shown_nowhere(desk, tmp_path):
    for place in range(4):
        desk.answer(place, "cat", "no")
    desk.submit()
    (file,) = tmp_path.glob("task-*/sealed-*.json")
    salt = json.loads(file.read_text())["salt"]
    (sealed,) = desk._drafts.sealed(int(file.stem.split("-")[1]))
    assert len(salt) == 64 and stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = f"{sealed!r} {desk!r} {desk._drafts!r} {vars(desk)} {sealed.salt!r}"
    assert salt not in shown and "cat" not in shown


def test_answers_are_revealed_after_the_kernel_was_killed(session, model, tmp_path):
    task = opened(model, items=images(4), answers_per_item=1)
    desk = desk_of(opened(model, items=images(4)), "bob", drafts=tmp_path)
    desk.open()
    for place in range(4):
        desk.answer(place, "digit", 1)
    desk.submit()
    session.clock.advance(days=7)
    session.seal()
    fresh = session.as_("bob").task(desk.task.id, drafts=tmp_path)
    assert [r.call for r in fresh.reveal()] == ["Annotations.reveal"] and fresh.reveal() == []
    assert not list(tmp_path.glob("task-*/*.json*")) and task.progress.revealed == 0


def test_whichever_commitment_the_chain_took_can_be_revealed(session, model, tmp_path):
    task = opened(model, items=images(4), answers_per_item=1)
    desk = desk_of(task, "bob", drafts=tmp_path)
    desk.open()
    for place in range(4):
        desk.answer(place, "digit", 1)
    # A commitment that is on its way, and answers that are changed meanwhile.
    first = Sheet(0, tuple(Answer(item, {"digit": 3}) for item in range(4))).encode()
    sealed = desk._drafts.seal(0, first)
    assert desk._drafts.seal(0, first).sha256 == sealed.sha256
    who = session.account("bob")
    digest = sealed.commitment(task.id, 0, who.account_id)
    assert desk._drafts.seal(0, b"{}").sha256 != sealed.sha256
    session.chain.submit(task.call("commit", batch=0, commitment=digest), who)
    with pytest.raises(DispatchError.named("Annotations", "NotHolding")):
        desk.submit()
    desk.task.session.task(task, drafts=tmp_path).reveal()
    ((_, sheet),) = task.sheets()
    assert sheet.encode() == first and not list(tmp_path.glob("task-*/*.json*"))


def test_a_desk_tells_what_can_be_revealed_and_reveals_it(session, model, tmp_path):
    task = opened(model, items=images(4))
    bob, charlie = (desk_of(task, name, drafts=tmp_path) for name in ("bob", "charlie"))
    for desk in (bob, charlie):
        desk.open()
        assert desk.revealable == 0
        for place in range(4):
            desk.answer(place, "digit", 7)
            desk.flag(place, "told of by nobody else")
        desk.submit()
    assert (bob.revealable, charlie.revealable) == (1, 0)
    held = [sheet for _, sheet in task.sheets()]
    assert bob.reveal_call().name == "Annotations.reveal"
    assert session.preview(bob.reveal_call()).signer == session.signer.address
    assert len(task.sheets()) == len(held) == 1
    assert [receipt.call for receipt in bob.reveal()] == ["Annotations.reveal"]
    assert len(task.sheets()) == 2 and bob.revealable == 0 and bob.reveal() == []
    with pytest.raises(UsageError, match="no answers"):
        bob.reveal_call()


def test_a_sealed_sheet_that_cannot_be_read_keeps_no_other_back(
    session, model, tmp_path, monkeypatch
):
    task = opened(model, items=images(8), answers_per_item=1)
    desk = desk_of(task, "bob", drafts=tmp_path)
    monkeypatch.setattr(revealing, "reveal_on_the_way", lambda *_: None)
    for _ in range(2):
        desk.open()
        for place in range(4):
            desk.answer(place, "digit", 1)
        desk.submit()
    first, second = sorted(tmp_path.glob("task-*/sealed-*.json"))
    content = first.read_bytes()
    first.write_bytes(content[:50])
    for junk in ("sealed-99999999999-x.json", "sealed-x-y.json", "sealed--1-z.json"):
        (first.parent / junk).write_text("junk")
    assert desk.revealable == 1
    with pytest.raises(DraftsUnreadable, match="left as it is"):
        desk.reveal()
    assert task.progress.revealed == 1 and not second.exists()
    assert first.read_bytes() == content[:50]
    first.write_bytes(content)
    assert len(desk.reveal()) == 1 and task.progress.revealed == 2


def test_what_is_answered_while_the_batch_is_handed_in_is_refused_at_once(
    session, model, slow_commit
):
    task = opened(model, items=images(4), questionnaire=CATS, answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    reached, go_on = slow_commit
    told = []
    for place in range(4):
        desk.answer(place, "cat", "no")
    desk.on_change(lambda: told.append(desk.handing_in))
    thread = threading.Thread(target=desk.submit)
    thread.start()
    assert reached.wait(LONG)
    with pytest.raises(UsageError, match="being handed in"):
        desk.answer(0, "cat", "yes")
    desk.go(2)  # looking is not answering
    assert desk.handing_in and desk.answers(0) == {"cat": "no"}
    go_on.set()
    thread.join(LONG)
    assert desk.batch is None and not desk.handing_in
    assert told[0] is True and told[-1] is False
    ((_, sheet),) = task.sheets()
    assert [answer.given for answer in sheet.answers] == [{"cat": "no"}] * 4


def test_a_batch_whose_commitment_is_refused_can_be_answered_on(session, desk, slow_commit):
    reached, go_on = slow_commit
    for place in range(4):
        desk.answer(place, "cat", "no")
    refused = []

    def submit():
        try:
            desk.submit()
        except DispatchError as e:
            refused.append(e.name)

    thread = threading.Thread(target=submit)
    thread.start()
    assert reached.wait(LONG)
    session.clock.advance(hours=1, seconds=1)
    session.seal()
    go_on.set()
    thread.join(LONG)
    assert refused == ["LeaseOver"] and not desk.handing_in
    desk.answer(0, "why", "it was refused")
    assert desk.answers(0) == {"cat": "no", "why": "it was refused"}


def test_answers_stay_as_they_are_while_their_commitment_waits_for_a_block(tmp_path, network):
    store = LocalStore(tmp_path / "store")
    with dml.connect(path=tmp_path / "chain", store=store) as session:
        model = session.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(100))
        task = opened(model, items=images(4), questionnaire=CATS, answers_per_item=1)
        desk_of(task, "bob", drafts=tmp_path).open()
    with dml.connect(path=tmp_path / "chain", store=store, seal="manual") as session:
        desk = desk_of(session.task(0), "bob", drafts=tmp_path)
        assert desk.resume()
        for place in range(4):
            desk.answer(place, "cat", "no")
        with pytest.raises(TransactionWaiting):
            desk.submit()
        assert refuses_all(desk) and desk.resume() and refuses_all(desk)
        session.seal()
        assert not desk.resume() and not desk.handing_in
        assert desk.task.progress.committed == 1


def test_an_answer_after_which_nobody_knows_is_refused_until_the_chain_says(desk, monkeypatch):
    commit = handing_in.commit
    for place in range(4):
        desk.answer(place, "cat", "no")

    def lost(*args):
        raise ChainUnreachable("The node does not answer.")

    monkeypatch.setattr(handing_in, "commit", lost)
    with pytest.raises(ChainUnreachable):
        desk.submit()
    assert refuses_all(desk)
    assert desk.resume() and not desk.handing_in, "it is held still"
    desk.answer(0, "why", "it was not handed in")
    monkeypatch.setattr(handing_in, "commit", commit)
    desk.submit()
