"""What a store has in the place of answers is not held against who gave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.annotation.course import collecting
from tests.annotation.tasks import images, opened, reveal
from tests.annotation.test_hostile_tasks import hand_in

MIB = 1 << 20


def zeros(size: int) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return write


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


LIES = {
    "cut short": zeros(3),
    "other bytes": zeros(MIB),
    "too large for a sheet": zeros(5 * MIB),
    "too large to be read": zeros(400 * MIB),  # of which the disk holds none
    "a folder": a_folder,
    "nothing": Path.unlink,
}


@pytest.fixture
def sharing(tmp_path, network):
    """A session whose store is a folder, which others can write to; and its model."""
    with dml.connect(store=tmp_path / "store") as session:
        pool = dml.PoolTerms(1_000)
        yield session, session.models.upload(network, name="m", licence="MIT", pool=pool)


@pytest.mark.parametrize("lie", LIES)
def test_bytes_that_the_cid_does_not_name_are_nobodys_fault_and_wait(sharing, lie):
    session, model = sharing
    gold = dml.validation.gold({item: {"digit": item} for item in range(4)})
    task = opened(model, items=images(4), stake=5, validation=gold)
    for name, said in (("bob", task.order), ("charlie", [*task.order[:3], 9])):
        mine = session.as_(name).task(task)
        session.as_(name).pools.get(model.id).stake(5, "annotator")
        mine.submit(mine.next_batch(), list(said))
    reveal(task, "bob", "charlie")
    bob, charlie = (session.account(name).address for name in ("bob", "charlie"))
    (row,) = task.chain_awards(bob)
    cid = row["answers"][0]["Cid"]
    content = session.store.get(cid)
    (file,) = session.store.path.glob(f"content/*/{cid}")
    LIES[lie](file)

    judged = task.judge()
    assert judged.findings == () and [one.annotator for one in judged.unjudged] == [bob]
    with pytest.warns(UserWarning, match="or other bytes in their place"):
        task.validate(report=0.5)
    assert {str(row["amount"]) for row in model.pool.stakes()} == {"5 DML"}
    assert task.awards(bob)[0]["stage"] == "revealed"
    assert task.awards(charlie)[0]["stage"] == "scored"

    if lie == "a folder":
        file.rmdir()
    session.store.put(content)
    task.validate(report=0.5)
    assert task.awards(bob)[0]["score"] == 1 and not task.unreadable


def test_what_the_annotator_put_there_and_is_too_large_is_a_finding(sharing):
    session, model = sharing
    task = opened(model, items=images(4), answers_per_item=1)
    batch, who = hand_in(session, task, "bob", b"0" * (5 * MIB))
    (finding,) = task.judge().findings
    assert (finding.kind, finding.batch, finding.annotator) == ("unreadable", batch, who)
    assert "5,242,880 bytes" in finding.why


def test_what_is_too_large_to_be_proven_waits_until_the_owner_says_otherwise(sharing):
    session, model = sharing
    task = opened(model, items=images(4), answers_per_item=1)
    hand_in(session, task, "bob", b"0" * (17 * MIB))
    judged = task.validate(unread="nothing")
    assert judged.findings == () and judged.unreadable
    assert task.awards()[0]["score"] == 0


def test_what_is_too_large_to_be_proven_is_not_read_again_at_every_look(sharing, monkeypatch):
    session, model = sharing
    task = opened(model, items=images(4), answers_per_item=1)
    hand_in(session, task, "bob", b"0" * (17 * MIB))
    proven, get = [], type(session.store).get

    def counted(store, cid, **limits):
        proven.extend([cid] if limits.get("limit") == collecting._MOST_PROVEN else [])
        return get(store, cid, **limits)

    monkeypatch.setattr(type(session.store), "get", counted)
    assert task.unreadable == task.unreadable == task.collected().unreadable != {}
    assert len(proven) == 1
    task.validate(unread="nothing")
    assert len(proven) == 2, "who is to be paid is asked for anew"
    monkeypatch.setattr(collecting, "_REFUSED_FOR", 0.0)
    assert task.unreadable and len(proven) == 3
