"""The desk: where an annotator works, and where nothing that was answered is lost."""

from __future__ import annotations

import json
import stat
import threading
import time

import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.course.worksheet import MOST_UNDONE
from dml_sdk.errors import (
    AnswersInvalid,
    DispatchError,
    DraftsUnwritable,
    NothingToAnnotate,
    UsageError,
)
from tests.annotation.tasks import CATS, desk_of, images, opened


@pytest.fixture
def desk(model, tmp_path):
    desk = desk_of(opened(model, questionnaire=CATS), "bob", drafts=tmp_path)
    desk.open()
    return desk


def again(desk, folder):
    """The same place of work after the kernel was killed."""
    fresh = desk.task.session.task(desk.task.id).desk(drafts=folder)
    assert fresh.resume()
    return fresh


def test_an_empty_desk_says_so(session, model):
    desk = desk_of(opened(model), "bob")
    assert not desk.resume() and desk.batch is None and desk.states == () and not desk.complete
    with pytest.raises(UsageError, match="no batch on the desk"):
        desk.answer(0, "digit", 1)


def test_resuming_signs_nothing_and_goes_on_with_what_is_held(session, model, tmp_path):
    desk = desk_of(opened(model), "bob", drafts=tmp_path)
    before = session.chain.block_number
    assert not desk.resume() and session.chain.block_number == before
    assert desk.take_call().name == "Annotations.take" and desk.open().call == "Annotations.take"
    assert desk.open() is None, "it is held"
    with pytest.raises(NothingToAnnotate, match="held already"):
        desk.take_call()


def test_questions_follow_the_answers_they_depend_on(desk):
    asked = [question.id for question in desk.asked(0)]
    assert asked == ["cat", "why"]
    desk.answer(0, "cat", "yes")
    assert [question.id for question in desk.asked(0)] == ["cat", "mood", "why"]
    desk.answer(0, "mood", 4)
    desk.answer(0, "cat", "no")
    assert desk.answers(0) == {"cat": "no"}, "nobody asks for the mood of no cat"
    assert desk.undo() == 0 and desk.answers(0) == {"cat": "yes", "mood": 4}


@pytest.mark.parametrize(
    ("question", "value", "path", "why"),
    [
        ("dog", "yes", "answers[0].given.dog", "no such question"),
        ("mood", 3, "answers[0].given.mood", "condition is not met"),
        ("cat", "maybe", "answers[0].given.cat", "none of the options"),
        ("why", "x" * 101, "answers[0].given.why", "100 are the most"),
        ("why", "x" * 100_000_000, "answers[0].given.why", "100 are the most"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(desk, question, value, path, why):
    with pytest.raises(AnswersInvalid) as refused:
        desk.answer(0, question, value)
    assert refused.value.faults[0][0] == path and why in refused.value.faults[0][1]
    assert desk.answers(0) == {} and len(str(refused.value)) < 1_000


def test_items_are_open_answered_skipped_or_flagged(desk):
    desk.answer(0, "cat", "no")
    desk.skip(1)
    desk.flag(2, "all black")
    assert desk.states == ("answered", "skipped", "flagged", "open") and not desk.complete
    assert desk.flagged(2) == "all black"
    desk.answer(1, "cat", "no")
    desk.flag(2, "")
    assert desk.states == ("answered", "answered", "open", "open")
    desk.clear(1, "cat")
    assert desk.states[1] == "open"
    with pytest.raises(AnswersInvalid, match="500 characters"):
        desk.flag(0, "x" * 501)


def test_the_last_ten_changes_are_undone_across_items(desk):
    for number in range(12):
        desk.answer(number % 4, "why", f"change {number}")
    undone = [desk.undo() for _ in range(MOST_UNDONE + 1)]
    assert undone == [3, 2, 1, 0, 3, 2, 1, 0, 3, 2, None]
    assert desk.answers(0) == {"why": "change 0"} and desk.answers(2) == {}


def test_a_killed_kernel_loses_no_answer(desk, tmp_path):
    desk.answer(0, "cat", "yes")
    desk.answer(0, "mood", 2)
    desk.go(1)
    desk.skip(1)
    desk.flag(2, "blurred")
    fresh = again(desk, tmp_path)
    assert fresh.answers(0) == {"cat": "yes", "mood": 2} and fresh.position == 1
    assert fresh.states == ("answered", "skipped", "flagged", "open")


def test_answers_on_the_disk_that_do_not_fit_are_left_out(desk, tmp_path):
    desk.answer(0, "cat", "yes")
    (file,) = tmp_path.glob("task-*/batch-*.json")
    told = json.loads(file.read_text())
    told["entries"][1]["given"] = {"cat": 7, "dog": 1}
    told["entries"][2] = "nonsense"
    told["position"] = 99
    file.write_text(json.dumps(told))
    fresh = again(desk, tmp_path)
    assert fresh.answers(0) == {"cat": "yes"} and fresh.answers(1) == {} and fresh.position == 0
    file.write_text("{ half a fi")
    assert again(desk, tmp_path).states == ("open",) * 4


def test_files_are_their_owners_alone(desk, tmp_path):
    desk.answer(0, "cat", "no")
    (file,) = tmp_path.glob("task-*/*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_answer_that_cannot_be_kept_is_not_given(desk, tmp_path, monkeypatch):
    desk.answer(0, "cat", "no")
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(desk._drafts, "_folder", blocked / "below")
    with pytest.raises(DraftsUnwritable, match="Make room"):
        desk.answer(0, "cat", "yes")
    assert desk.answers(0) == {"cat": "no"}


def test_what_two_accounts_answer_is_kept_apart(session, model, tmp_path):
    task = opened(model)
    bob, charlie = (desk_of(task, name, drafts=tmp_path) for name in ("bob", "charlie"))
    bob.open(), charlie.open()
    bob.answer(0, "digit", 1)
    charlie.answer(0, "digit", 2)
    assert len(list(tmp_path.glob("task-*"))) == 2
    assert bob.answers(0) == {"digit": 1} and charlie.answers(0) == {"digit": 2}


def test_a_task_of_the_same_number_on_a_chain_begun_anew_has_drafts_of_its_own(tmp_path, network):
    answers = []
    for _ in range(2):
        with dml.connect(store="memory") as session:
            model = session.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(100))
            desk = desk_of(opened(model), "bob", drafts=tmp_path)
            desk.open()
            answers.append(desk.answers(0))
            desk.answer(0, "digit", 3)
    assert answers == [{}, {}]


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


def test_a_late_batch_is_refused_and_nothing_is_signed(session, desk):
    for place in range(4):
        desk.answer(place, "cat", "no")
    session.clock.advance(hours=1, seconds=1)
    session.seal()
    before = session.chain.block_number
    with pytest.raises(DispatchError.named("Annotations", "LeaseOver")):
        desk.submit()
    assert session.chain.block_number == before and desk.answers(0) == {"cat": "no"}


def test_what_is_given_up_is_forgotten(desk, tmp_path):
    desk.answer(0, "cat", "no")
    assert desk.release().call == "Annotations.release"
    assert desk.batch is None and not list(tmp_path.glob("task-*/batch-*.json"))


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
    assert not list(tmp_path.glob("task-*/*.json")) and task.progress.revealed == 0


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
    assert sheet.encode() == first and not list(tmp_path.glob("task-*/*.json"))


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


def test_an_items_content_is_checked_and_fetched_ahead(session, model):
    task = opened(model)
    desk = desk_of(task, "bob")
    desk.open()
    content, kind = desk.content(0, 0)
    assert kind == "image/png" and content.startswith(b"\x89PNG")
    desk.prefetch(3)
    number = desk.item(1).number
    assert desk.content(1, 0)[0] == task.content(task.items().items[number][0])
    for index, part in ((4, 0), (0, 1), (-1, 0), ("0", 0)):
        with pytest.raises(UsageError):
            desk.content(index, part)


def test_what_is_large_is_fetched_only_when_somebody_looks_at_it(session, model, monkeypatch):
    desk = desk_of(opened(model), "bob")
    desk.open()
    fetched = []
    content = desk.task.documents.content
    monkeypatch.setattr(desk.task.documents, "content", lambda p: fetched.append(p) or content(p))
    monkeypatch.setattr("dml_sdk.annotation.course.contents.MOST_AHEAD", 10)
    desk.prefetch()
    assert desk._contents._fetchers is None, "nothing was begun"
    desk.content(0, 0)
    desk.content(0, 0)
    assert fetched == [desk.item(0).parts[0]]


def test_time_is_counted_to_the_item_that_is_looked_at(desk, monkeypatch):
    now = [time.monotonic()]
    monkeypatch.setattr("dml_sdk.annotation.desk.time.monotonic", lambda: now[0])
    desk.go(0)
    now[0] += 2
    desk.answer(0, "cat", "no")
    now[0] += 1
    desk.go(1)
    now[0] += 5
    desk.answer(1, "cat", "no")
    first, second = desk._worksheet.entries[:2]
    assert first.ms >= 3_000 and second.ms == 5_000


def test_who_listens_is_told_of_every_change_and_no_longer_after_stopping(desk):
    told = []
    stop = desk.on_change(lambda: told.append(desk.states[0]))
    desk.answer(0, "cat", "no")
    desk.undo()
    stop()
    desk.answer(0, "cat", "no")
    assert told == ["answered", "open"]
    with pytest.raises(UsageError):
        desk.on_change(None)


def test_a_listener_that_fails_keeps_no_answer_back(desk, caplog):
    desk.on_change(lambda: 1 / 0)
    desk.answer(0, "cat", "no")
    assert desk.answers(0) == {"cat": "no"} and "ZeroDivisionError" in caplog.text


def test_earnings_are_the_chains_word(session, model):
    task = opened(model, items=images(8), answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    told = desk.earnings
    assert str(told.expected_batch) == "0.8 DML" and told.points_so_far == 0 and not told.waiting
    for place in range(4):
        desk.answer(place, "digit", place)
    assert desk.earnings.points_so_far == 8
    desk.submit()
    assert str(desk.earnings.waiting) == "0.8 DML" and not desk.earnings.expected_batch
    bob = session.account("bob")
    task.validate(dml.validation.manual({(0, bob.address): 0.5, (1, bob.address): 0.5}))
    desk.task.accept()
    assert str(desk.earnings.earned) == "0.4 DML" and not desk.earnings.waiting


def test_answers_from_many_threads_are_all_kept(desk, tmp_path):
    begin = threading.Barrier(4)

    def work(place: int) -> None:
        begin.wait()
        for number in range(10):
            desk.answer(place, "why", f"{place}: {number}")

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = again(desk, tmp_path)
    assert [fresh.answers(p) for p in range(4)] == [{"why": f"{p}: 9"} for p in range(4)]


def test_answering_does_not_wait_for_the_chain(desk, monkeypatch):
    reached, go_on = threading.Event(), threading.Event()
    commit = dml.annotation.desk.handing_in.commit

    def slow(*args):
        reached.set()
        assert go_on.wait(60)
        return commit(*args)

    monkeypatch.setattr("dml_sdk.annotation.desk.handing_in.commit", slow)
    for place in range(4):
        desk.answer(place, "cat", "no")
    thread = threading.Thread(target=desk.submit)
    thread.start()
    assert reached.wait(60)
    desk.answer(0, "why", "told while it is handed in")  # returns though nothing was sent yet
    go_on.set()
    thread.join(60)
    assert desk.batch is None


def test_what_belongs_to_a_chain_in_memory_goes_with_the_process(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert tmp_path not in keeping.home_of(session.chain).parents
    with dml.connect(path=tmp_path / "chain") as kept:
        assert keeping.home_of(kept.chain) == tmp_path / "dml-sdk" / "annotation"
