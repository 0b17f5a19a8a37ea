from __future__ import annotations

import pytest

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


def test_a_full_pool_refuses_what_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CAPACITY", 2)
    waiting = pool(transaction("a"), transaction("b"))
    with pytest.raises(RpcError) as refused:
        waiting.add(transaction("c"))
    assert refused.value.code == 1016
    waiting.add(transaction("d", provides="b", priority=2))
    assert names(list(waiting)) == "ad"


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
