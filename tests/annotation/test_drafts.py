"""What is answered is kept on the annotator's machine, and none of it is lost there."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
import threading

import pytest

import dml_sdk as dml
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.course.journal import Draft, Entry
from dml_sdk.errors import (
    DraftsUnreadable,
    DraftsUnwritable,
)
from tests.annotation.desks import again, keep_first_answers
from tests.annotation.tasks import desk_of, opened
from tests.waiting import LONG


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
    (file,) = tmp_path.glob("task-*/batch-*.jsonl")
    entries = {"1": {"given": {"cat": 7, "dog": 1}}, "2": "nonsense", "9" * 5_000: {}, "-1": {}}
    with file.open("a") as lines:
        lines.write(json.dumps({"position": 99, "entries": entries}) + "\n[7]\n")
        lines.write('{"position": 2, "entries": {"3": {"flag": "\\ud800", "ms": "9"}}}\n')
        lines.write('{"position": 3, "entries": {"0": {"given": {"cat": "no')  # a crash
    fresh = again(desk, tmp_path)
    assert fresh.answers(0) == {"cat": "yes"} and fresh.answers(1) == {} and fresh.position == 2
    fresh.answer(1, "cat", "no")
    third = again(desk, tmp_path)
    assert third.states == ("open", "answered", "open", "open") and third.flagged(3) == ""


@pytest.mark.parametrize(
    "content", [b"{ half a fi", b'{"version": 2, "items": 4}\n', b'{"version": 1, "items": 5}']
)
def test_answers_on_the_disk_that_cannot_be_read_are_refused_and_left(desk, tmp_path, content):
    desk.answer(0, "cat", "yes")
    (file,) = tmp_path.glob("task-*/batch-*.jsonl")
    file.write_bytes(content)
    with pytest.raises(DraftsUnreadable, match="left as it is"):
        again(desk, tmp_path)
    with pytest.raises(DraftsUnreadable):
        desk.answer(1, "cat", "yes")
    assert file.read_bytes() == content
    file.unlink()
    file.mkdir()  # as what nobody may read
    with pytest.raises(DraftsUnreadable, match="batch-0"):
        again(desk, tmp_path)
    assert file.is_dir()


def test_an_empty_file_is_a_batch_that_nothing_is_answered_of_yet(desk, tmp_path):
    desk.answer(0, "cat", "yes")
    (file,) = tmp_path.glob("task-*/batch-*.jsonl")
    file.write_bytes(b"")
    fresh = again(desk, tmp_path)
    assert fresh.states == ("open",) * 4
    fresh.answer(1, "cat", "no")
    assert again(desk, tmp_path).states == ("open", "answered", "open", "open")
    file.write_bytes(b"")
    desk.answer(2, "cat", "no")
    assert again(desk, tmp_path).answers(0) == {"cat": "yes"}, "what is known here is kept again"


def test_of_the_first_answers_of_two_processes_at_once_none_is_lost(tmp_path):
    processes = multiprocessing.get_context("spawn")
    begin = processes.Barrier(2)
    both = [
        processes.Process(target=keep_first_answers, args=(tmp_path, place, begin, 10))
        for place in (0, 1)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(LONG)
    assert [process.exitcode for process in both] == [0, 0]
    for number in range(10):
        kept = Drafts(tmp_path / str(number)).journal(0, 2).load()
        assert [entry.given for entry in kept.entries] == [{"digit": 0}, {"digit": 1}]


def test_what_somebody_adds_while_a_draft_is_written_anew_is_not_lost(tmp_path, monkeypatch):
    monkeypatch.setattr("dml_sdk.annotation.course.journal._SMALL", 0)
    monkeypatch.setattr("dml_sdk.annotation.course.journal._OUTGROWN", 1)
    one, other = (Drafts(tmp_path).journal(0, 2) for _ in range(2))
    own = (Entry({"digit": 1}), Entry())
    one.keep(Draft(0, own), [0])
    other.load()
    one.keep(Draft(0, own), [0])  # outgrown by now
    other.keep(Draft(1, (Entry(), Entry({"digit": 2}))), [1])
    one.keep(Draft(0, own), [0])  # in place of what it knows alone
    kept = Drafts(tmp_path).journal(0, 2).load()
    assert [entry.given for entry in kept.entries] == [{"digit": 1}, {"digit": 2}]


def test_a_draft_is_written_while_nobody_else_can_be_in_its_folder(tmp_path, monkeypatch):
    import fcntl

    journal, draft = Drafts(tmp_path).journal(0, 1), Draft(0, (Entry({"digit": 1}),))
    written = []

    def locks() -> None:
        with (tmp_path / ".lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def alone(name: str) -> None:
        really = getattr(keeping, name)

        def change(*given):
            with pytest.raises(BlockingIOError):
                locks()
            written.append(name)
            return really(*given)

        monkeypatch.setattr(keeping, name, change)

    alone("write"), alone("append")
    for _ in range(2):
        journal.keep(draft, [0])
        locks()  # it is let go of
    assert written == ["write", "append"] and journal.load() == draft


def test_a_folder_that_cannot_be_locked_is_told_of(tmp_path):
    (tmp_path / "task" / ".lock").mkdir(parents=True)
    with pytest.raises(DraftsUnwritable, match="name another folder"):
        Drafts(tmp_path / "task").journal(0, 1).keep(Draft(0, (Entry(),)), [0])


def test_two_desks_of_one_account_lose_nothing_of_each_others(desk, tmp_path):
    other = again(desk, tmp_path)
    for place in (0, 1):
        desk.answer(place, "cat", "no")
    other.answer(3, "why", "because")
    assert other.answers(0) == {"cat": "no"}, "the other's are taken over"
    desk.flag(0, "blurred")
    assert desk.answers(3) == {"why": "because"}
    fresh = again(desk, tmp_path)
    assert fresh.states == ("flagged", "answered", "open", "open")
    assert other.resume() and other.flagged(0) == "blurred"


def test_a_draft_that_has_outgrown_its_answers_is_written_anew(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("dml_sdk.annotation.course.journal._SMALL", 500)
    desk.answer(1, "cat", "no")
    (file,) = tmp_path.glob("task-*/batch-*.jsonl")
    sizes = []
    for number in range(60):
        desk.answer(0, "why", f"told for the {number}th time")
        sizes.append(file.stat().st_size)
    assert max(sizes) < 3_000 and sizes[1] > sizes[0]
    fresh = again(desk, tmp_path)
    assert fresh.answers(0) == {"why": "told for the 59th time"} and fresh.answers(1)


def test_files_are_their_owners_alone(desk, tmp_path):
    desk.answer(0, "cat", "no")
    (file,) = tmp_path.glob("task-*/*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_answer_that_cannot_be_kept_is_not_given(desk, tmp_path, monkeypatch):
    desk.answer(0, "cat", "no")
    before = (file := next(tmp_path.glob("task-*/*.jsonl"))).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DraftsUnwritable, match="Make room"):
            desk.answer(0, "cat", "yes")
    assert desk.answers(0) == {"cat": "no"} and file.read_bytes() == before
    desk.answer(1, "cat", "no")
    assert again(desk, tmp_path).answers(0) == {"cat": "no"}


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


def test_answers_from_many_threads_are_all_kept(desk, tmp_path):
    begin, done = threading.Barrier(4), set()

    def work(place: int) -> None:
        begin.wait(LONG)
        for number in range(10):
            desk.answer(place, "why", f"{place}: {number}")
        done.add(place)

    threads = [threading.Thread(target=work, args=(place,), daemon=True) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert done == set(range(4))
    fresh = again(desk, tmp_path)
    assert [fresh.answers(p) for p in range(4)] == [{"why": f"{p}: 9"} for p in range(4)]


def test_what_belongs_to_a_chain_in_memory_goes_with_the_process(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert tmp_path not in keeping.home_of(session.chain).parents
    with dml.connect(path=tmp_path / "chain") as kept:
        assert keeping.home_of(kept.chain) == tmp_path / "dml-sdk" / "annotation"
