"""A pool's events in words, read on from where the last reading ended."""

from __future__ import annotations

from typing import Any

import dml_sdk as dml
from dml_sdk.types import Event
from dml_sdk.widgets.stake.pool_history import MOST_EVENTS, MOST_LINES, PoolHistory, lines, reasons
from tests.widgets.conftest import ALICE, DML, Chain

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def rewarded(block: int, client: str, amount: int = 10**12, who: str = BOB) -> Event:
    fields = {"model": 0, "round": block, "client": client, "who": who, "score": 5 * 10**8,
              "amount": amount}  # fmt: skip
    return Event(block, 1, "Rounds", "ContributorRewarded", fields)


def test_many_alike_in_a_block_are_one_line() -> None:
    (line,) = lines([rewarded(1, f"client-{i}") for i in range(10)], DML, ALICE)
    assert line["text"] == "10 accounts earned 10 DML as contributor"
    few = lines([rewarded(1, "client-7"), rewarded(1, "client-8", who=ALICE)], DML, ALICE)
    assert [each["text"] for each in few] == [
        "you earned 1 DML as contributor: client-8 in round 1",
        "5FHneW…94ty earned 1 DML as contributor: client-7 in round 1",
    ]


def test_a_long_history_is_never_sent_whole() -> None:
    told = lines([rewarded(block, "client-7") for block in range(10_000)], DML, ALICE)
    assert len(told) == MOST_LINES and told[0]["block"] == 9_999


def test_it_is_told_why_somebody_earned_something() -> None:
    events = [rewarded(block, "client-7") for block in (2, 3, 5)]
    owner = Event(
        6, 1, "Pools", "Rewarded",
        {"model": 0, "role": "Engineer", "who": BOB, "score": 25 * 10**7, "amount": 1},
    )  # fmt: skip
    assert reasons([*events, owner], BOB, whole=True) == {
        "contributor": "3 updates accepted, in rounds 2–5",
        "engineer": "the owner gave 25.0 % of what was in the bucket",
    }
    assert "earlier ones are not counted" in reasons(events, BOB, whole=False)["contributor"]
    assert reasons(events, ALICE, whole=True) == {}


def awarded(block: int, batch: int, who: str = BOB) -> Event:
    fields = {"task": 7, "model": 0, "batch": batch, "who": who, "points": 12, "score": 5 * 10**8,
              "reward_per_point": 10**11, "amount": 6 * 10**11, "remaining": 0}  # fmt: skip
    return Event(block, 1, "Annotations", "Awarded", fields)


def test_what_annotators_earned_is_told_with_what_it_was_for() -> None:
    aside = Event(1, 1, "Pools", "SetAside", {"model": 0, "role": "Annotator", "amount": 10**12})
    back = Event(5, 1, "Pools", "PutBack", {"model": 0, "role": "Annotator", "amount": 10**11})
    told = lines([aside, awarded(3, 4, ALICE), back], DML, ALICE)
    assert [line["text"] for line in told] == [
        "0.1 DML that were set aside came back from an annotation task",
        "you earned 0.6 DML as annotator: batch 4 of task 7, 12 points at 50.0 %",
        "1 DML were set aside for an annotation task",
    ]
    assert reasons([awarded(3, 4), awarded(4, 5)], BOB, whole=True) == {
        "annotator": "2 batches annotated, of task 7"
    }
    many = lines([awarded(3, batch) for batch in range(5)], DML, ALICE)
    assert [line["text"] for line in many] == ["5 accounts earned 3 DML as annotator"]


class Counted(Chain):
    """A chain that says how many events were asked for."""

    asked: int = 0

    def events(self, last: int = 10) -> list[Event]:
        self.asked = last
        return super().events(last)


def add(chain: Chain, events: int) -> None:
    for _ in range(events):
        chain.add("Pools", "Funded", model=0, who=BOB, amount=10**12)


def test_only_what_is_new_is_added_and_nothing_is_missed() -> None:
    chain = Counted()
    history = PoolHistory(chain, 0)
    add(chain, 3)
    chain.add("Pools", "Funded", model=1, who=BOB, amount=1)
    history.read()
    history.read()
    assert len(history.events) == 3 and history.is_whole
    add(chain, 700)
    history.read()
    assert len(history.events) == 703 and history.is_whole
    assert [e.block for e in history.events] == sorted(e.block for e in history.events)
    assert chain.asked > 700, "it looked back to where it had ended"


def test_it_is_bounded_and_says_that_it_is_not_whole() -> None:
    chain = Chain()
    history = PoolHistory(chain, 0)
    add(chain, MOST_EVENTS + 10)
    history.read()
    assert len(history.events) == MOST_EVENTS and not history.is_whole


def test_a_chain_that_was_rewound_is_read_anew(model: dml.Model, session: dml.Session) -> None:
    history = PoolHistory(session.chain, model.id)
    with session.anchor():
        session.pools.get(model.id).fund(1)
        session.pools.get(model.id).fund(2)
        history.read()
        assert sum(e.name == "Funded" for e in history.events) == 3
    history.read()
    assert sum(e.name == "Funded" for e in history.events) == 1


def test_every_event_that_a_pool_has_is_told(model: dml.Model, bob: Any) -> None:
    pool, session = model.pool, model.session
    history = PoolHistory(session.chain, model.id)
    pool.reward("engineer", {bob: 0.5})
    session.as_(bob).pools.get(model.id).claim()
    pool.close()
    history.read()
    told = [each["text"] for each in lines(history.events, pool.asset, session.signer.address)]
    assert told == [
        "all was paid out; the deposit went back to you",
        "you got back 900 DML",
        "the pool was closed; 900 DML go back to those who put them in",
        "5FHneW…94ty claimed 100 DML",
        "5FHneW…94ty earned 100 DML as engineer: 50.0 % of the bucket",
        "you put in 1,000 DML",
        "you made the pool",
    ]
