from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node import bans
from dml_sdk.chain.node import pool as pools
from dml_sdk.chain.node.pool import Pool, Transaction
from dml_sdk.chain.node.validity import Validity
from dml_sdk.errors import RpcError


def transaction(
    name: str,
    *,
    requires: str = "",
    provides: str = "",
    priority: int = 1,
    holder: object | None = None,
    valid_until: int = 100,
) -> Transaction:
    """One whose tags are single letters."""
    validity = Validity(
        priority,
        frozenset(tag.encode() for tag in requires),
        frozenset(tag.encode() for tag in provides or name),
        64,
    )
    return Transaction(name.encode(), name.encode(), validity, valid_until, holder)


def pool(*transactions: Transaction) -> Pool:
    made = Pool()
    for each in transactions:
        made.add(each)
    return made


def names(transactions: list[Transaction]) -> str:
    return "".join(each.hash.decode() for each in transactions)


def test_what_is_required_goes_before_what_requires_it() -> None:
    waiting = pool(
        transaction("c", requires="b"),
        transaction("b", requires="a", priority=9),
        transaction("a"),
    )
    assert names(waiting.ready()) == "abc"


def test_the_higher_priority_goes_first_and_then_the_earlier() -> None:
    waiting = pool(transaction("a"), transaction("b", priority=5), transaction("c"))
    assert names(waiting.ready()) == "bac"


def test_what_requires_something_that_is_not_there_waits() -> None:
    waiting = pool(transaction("c", requires="b"), transaction("d", requires="c"))
    assert waiting.ready() == []
    waiting.add(transaction("b"))
    assert names(waiting.ready()) == "bcd"


def test_a_transaction_that_is_there_already_is_refused() -> None:
    waiting = pool(transaction("a"))
    with pytest.raises(RpcError) as refused:
        waiting.add(transaction("a"))
    assert refused.value.code == 1013


def test_only_a_higher_priority_takes_the_place_of_another() -> None:
    waiting = pool(transaction("a", provides="n", priority=3))
    with pytest.raises(RpcError) as refused:
        waiting.add(transaction("b", provides="n", priority=3))
    assert refused.value.code == 1014
    waiting.add(transaction("c", provides="n", priority=4))
    assert names(list(waiting)) == "c"


def test_of_one_nonce_several_wait_and_the_best_of_them_becomes_ready() -> None:
    waiting = pool(
        transaction("f", requires="m", provides="n", priority=2),
        transaction("g", requires="m", provides="n", priority=3),
        transaction("h", requires="m", provides="n", priority=3),
        transaction("o", requires="n"),
    )
    assert len(waiting) == 4
    assert waiting.ready() == []
    gone = waiting.add(transaction("m"))
    assert (names([*gone.outbid]), gone.evicted) == ("fh", ())
    assert names(waiting.ready()) == "mgo"
    assert len(waiting) == 3
    with pytest.raises(RpcError) as refused:
        waiting.add(transaction("f", requires="m", provides="n", priority=2))
    assert refused.value.code == 1014


def test_of_one_nonce_those_that_came_to_be_ready_together_are_ready_one_at_a_time() -> None:
    waiting = pool(
        transaction("f", requires="m", provides="n"),
        transaction("g", requires="m", provides="n", priority=3),
    )
    for each in waiting:  # as after a block that took their nonce's predecessor in from elsewhere
        waiting.judge(each, transaction("x", provides="n").validity, 9)
    assert names(waiting.ready()) == "f"
    assert [waiting.is_ready(name) for name in (b"f", b"g")] == [True, False]
    waiting.remove(b"f")
    assert waiting.is_ready(b"g")


def test_what_was_taken_out_is_refused_for_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(bans.time, "monotonic", lambda: now)
    waiting = pool(transaction("a"))
    waiting.remove(b"a")
    now += 1799
    with pytest.raises(RpcError) as refused:
        waiting.add(transaction("a"))
    assert refused.value.code == 1012
    now += 1
    waiting.add(transaction("a"))
    waiting.remove(b"a")
    waiting.restore(())
    waiting.add(transaction("a"))


def test_what_is_refused_for_a_while_is_remembered_up_to_a_number() -> None:
    waiting = Pool()
    for number in range(3 * bans._MOST):
        waiting.remove(number.to_bytes(4, "little"))
    assert bans._FEWEST <= len(waiting._bans._until) <= bans._MOST
    with pytest.raises(RpcError):
        waiting.refuse_known((3 * bans._MOST - 1).to_bytes(4, "little"))
    waiting.refuse_known(bytes(4))


def full(monkeypatch: pytest.MonkeyPatch, *transactions: Transaction) -> Pool:
    """A pool that has room for these and no more."""
    monkeypatch.setattr(pools, "CAPACITY", len(transactions))
    return pool(*transactions)


def test_a_full_pool_refuses_what_comes_after_all_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = full(monkeypatch, transaction("a"), transaction("b"))
    for late in (transaction("c"), transaction("d", requires="z", priority=9)):
        with pytest.raises(RpcError) as refused:
            waiting.add(late)
        assert refused.value.code == 1016
    assert names(list(waiting)) == "ab"


def test_what_is_outbid_makes_room_in_a_full_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = full(monkeypatch, transaction("a"), transaction("b"))
    gone = waiting.add(transaction("d", provides="b", priority=2))
    assert (names([*gone.outbid]), gone.evicted) == ("b", ())
    assert names(list(waiting)) == "ad"


def test_what_waits_for_others_gives_way_first_and_then_the_lower_and_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = full(
        monkeypatch,
        transaction("f", requires="z", priority=9),
        transaction("a", priority=2),
        transaction("b", priority=1),
        transaction("c", priority=1),
    )
    for newcomer, gives_way in (("m", "f"), ("n", "c"), ("o", "b")):
        assert names([*waiting.add(transaction(newcomer, priority=3)).evicted]) == gives_way
    assert names(waiting.ready()) == "mnoa"


def test_what_a_transaction_needs_does_not_give_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = full(monkeypatch, transaction("a"))
    with pytest.raises(RpcError):
        waiting.add(transaction("b", requires="a", priority=9))
    assert names(list(waiting)) == "a"


def test_the_pool_is_full_of_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MOST_BYTES", 2)
    waiting = pool(transaction("a"), transaction("b", priority=2))
    with pytest.raises(RpcError):
        waiting.add(transaction("c"))
    waiting.add(transaction("d", priority=3))
    assert names(waiting.ready()) == "db"
    waiting.remove(b"d")
    waiting.add(transaction("e"))
    assert names(waiting.ready()) == "be"


def test_what_is_ready_is_told_whatever_the_order_in_which_it_came() -> None:
    waiting = pool(transaction("c", requires="b"), transaction("b", requires="a"))
    assert not waiting.is_ready(b"c")
    waiting.add(transaction("a"))
    waiting.add(transaction("d", requires="c"))
    assert all(waiting.is_ready(name) for name in (b"a", b"b", b"c", b"d"))
    waiting.remove(b"b")
    assert [waiting.is_ready(name) for name in (b"a", b"c", b"d")] == [True, False, False]


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove"]),
            st.integers(0, 9),
            st.frozensets(st.sampled_from("abcd"), max_size=2),
            st.sampled_from("abcdefgh"),
            st.integers(1, 3),
        ),
        max_size=40,
    )
)
def test_what_is_ready_is_what_a_block_could_take(
    steps: list[tuple[str, int, frozenset[str], str, int]],
) -> None:
    waiting = Pool()
    for action, name, requires, provides, priority in steps:
        if action == "remove":
            waiting.remove(str(name).encode())
            waiting._bans.clear()  # or a name would come once only
        else:
            with suppress(RpcError):
                waiting.add(
                    transaction(
                        str(name), requires="".join(requires), provides=provides, priority=priority
                    )
                )
        ready = {each.hash for each in waiting.ready()}
        assert {each.hash for each in waiting if waiting.is_ready(each.hash)} == ready
        tags = [tag for each in waiting.ready() for tag in each.validity.provides]
        assert len(tags) == len(set(tags))
        for each in waiting:
            for tag in each.validity.provides:
                assert waiting.provides(tag)


def test_what_is_kept_back_is_ready_only_where_another_requires_it() -> None:
    mine = object()
    waiting = pool(
        transaction("a", holder=mine),
        transaction("b", requires="a", holder=mine),
        transaction("x"),
    )
    assert names(waiting.ready()) == "x"
    waiting.add(transaction("c", requires="a", provides="c"))
    assert names(waiting.ready()) == "axc"
    waiting.release(mine)
    assert names(waiting.ready()) == "abxc"


def test_what_a_block_touched_is_judged_anew() -> None:
    included = transaction("a")
    waiting = pool(
        transaction("b", requires="a"),
        transaction("c", requires="z"),
        transaction("d", valid_until=7),
        transaction("e", provides="ae"),
    )
    assert names(waiting.affected([included], 6)) == "be"
    assert names(waiting.affected([], 7)) == "d"


def test_a_pool_comes_back_to_what_it_held() -> None:
    waiting = pool(transaction("a"), transaction("b", requires="a"))
    content = waiting.content()
    waiting.remove(b"a")
    waiting.add(transaction("c"))
    waiting.restore(content)
    assert names(waiting.ready()) == "ab"
    assert waiting.provides(b"a")
    assert not waiting.provides(b"c")
