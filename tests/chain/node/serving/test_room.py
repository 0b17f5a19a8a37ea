"""What waits to be read is bounded over all clients, and who does not read makes room."""

from __future__ import annotations

import pytest

from dml_sdk.chain.node.serving.room import PATIENCE_SECONDS, Room, Shelf
from dml_sdk.errors import RpcError

BIG = 1 << 20


class Hall:
    """A room for three big answers, a clock that is set by hand, and who was put out."""

    def __init__(self) -> None:
        self.now, self.freed, self.out = 100.0, 0, list[str]()
        self.room = Room(3 * BIG, self._free, lambda: self.now)

    def shelf(self, name: str) -> Shelf:
        return self.room.shelf(lambda: self.out.append(name))

    def _free(self) -> None:
        self.freed += 1


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_what_is_put_and_taken_is_counted(hall: Hall) -> None:
    shelf = hall.shelf("a")
    shelf.put(100)
    shelf.put(50)
    hall.room.take(7)
    assert (hall.room.held, shelf.bytes) == (157, 150)
    shelf.took(60)
    shelf.took(40)
    shelf.took(10)
    assert (hall.room.held, shelf.bytes) == (47, 40)
    shelf.clear()
    shelf.took(40)  # on its way when the shelf was cleared
    hall.room.give_back(7)
    assert (hall.room.held, shelf.bytes) == (0, 0)


def test_who_let_the_most_wait_for_the_longest_makes_room(hall: Hall) -> None:
    long, small, late = hall.shelf("long"), hall.shelf("small"), hall.shelf("late")
    small.put(10)
    hall.now += 1
    long.put(BIG)
    hall.now += 1
    late.put(2 * BIG - 10)
    hall.now += PATIENCE_SECONDS
    hall.shelf("new").put(BIG // 2)
    assert hall.out == ["long"]
    assert hall.room.held == 2 * BIG + BIG // 2


def test_who_reads_is_not_put_out_for_one_who_does_not(hall: Hall) -> None:
    lazy, eager = hall.shelf("lazy"), hall.shelf("eager")
    for shelf in (lazy, eager):
        shelf.put(BIG)
    for _ in range(10):
        hall.now += PATIENCE_SECONDS
        eager.put(BIG)
        eager.took(BIG)
    hall.room.take(2 * BIG)
    assert hall.out == ["lazy"]


def test_nobody_is_put_out_at_once_and_big_answers_are_refused_meanwhile(hall: Hall) -> None:
    for name in "abc":
        hall.shelf(name).put(BIG)
    with pytest.raises(RpcError) as caught:
        hall.room.take(BIG)
    assert caught.value.code == -32009
    hall.room.take(100)  # what is small is answered whatever happens
    assert hall.out == []
    hall.now += PATIENCE_SECONDS
    hall.room.take(BIG)
    assert len(hall.out) == 2


def test_much_that_is_put_together_puts_nobody_out_and_is_refused(hall: Hall) -> None:
    hall.room.take(2 * BIG)
    hall.now += 60
    with pytest.raises(RpcError):
        hall.room.take(2 * BIG)
    hall.room.give_back(2 * BIG)
    hall.room.take(2 * BIG)


def test_after_much_was_freed_memory_is_given_back_once(hall: Hall) -> None:
    shelf = hall.shelf("a")
    for _ in range(40):
        shelf.put(BIG)
        shelf.took(BIG)
    assert hall.freed == 1
