"""Clients take turns, and what nobody waits for is not done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from dml_sdk.chain.node.serving.turns import Client, Turns
from dml_sdk.errors import RpcError
from tests.chain.node.serving.conftest import SECONDS, in_a_loop


class Bench:
    """Work that is held until it is let go, and the order in which it was begun."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.begun = turns, list[str]()
        self.clients: dict[str, Client] = {}
        self.free = threading.Event()

    def ask(self, name: str, what: str, **options: object) -> asyncio.Task[str]:
        client = self.clients.setdefault(name, Client())
        return asyncio.create_task(self.turns.run(client, self._work, what, **options))

    def _work(self, what: str) -> str:
        self.begun.append(what)
        assert self.free.wait(SECONDS)
        return what


def bench(test: Callable[[Bench], Awaitable[None]], threads: int = 1, waiting: int = 8) -> None:
    async def run() -> None:
        turns = Turns(threads, waiting, "test")
        held = Bench(turns)
        try:
            async with asyncio.timeout(SECONDS):
                await test(held)
        finally:
            held.free.set()
            turns.close()

    in_a_loop(run)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_had_the_least_is_next() -> None:
    async def test(held: Bench) -> None:
        asked = [held.ask("greedy", f"greedy {i}") for i in range(4)]
        await settle()
        asked += [held.ask("modest", "modest"), held.ask("other", "other")]
        await settle()
        held.free.set()
        await asyncio.gather(*asked)
        assert held.begun == ["greedy 0", "modest", "other", "greedy 1", "greedy 2", "greedy 3"]

    bench(test, waiting=20)


def test_a_client_has_one_thing_worked_on_at_a_time() -> None:
    async def test(held: Bench) -> None:
        asked = [held.ask("one", "first"), held.ask("one", "second"), held.ask("two", "third")]
        while len(held.begun) < 2:
            await asyncio.sleep(0.001)
        assert sorted(held.begun) == ["first", "third"]
        held.free.set()
        assert await asyncio.gather(*asked) == ["first", "second", "third"]

    bench(test, threads=3)


def test_what_waits_for_a_client_that_left_is_not_done_and_takes_no_room() -> None:
    async def test(held: Bench) -> None:
        first = held.ask("stays", "first")
        await settle()
        for _ in range(20):
            left = held.ask("left", "left")
            await settle()
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
        last = held.ask("stays", "last")
        await settle()
        held.free.set()
        assert await asyncio.gather(first, last) == ["first", "last"]
        assert held.begun == ["first", "last"]

    bench(test, waiting=2)


def test_beyond_what_may_wait_a_request_is_refused_at_once_unless_it_was_promised() -> None:
    async def test(held: Bench) -> None:
        asked = [held.ask(name, name) for name in "abcde"]  # one is worked on, four wait
        await settle()
        with pytest.raises(RpcError) as caught:
            await held.ask("f", "f")
        assert caught.value.code == -32009
        promised = held.ask("g", "g", refusable=False)
        await settle()
        held.free.set()
        await asyncio.gather(*asked, promised)
        assert held.begun == list("abcdeg")

    bench(test, waiting=4)


def test_a_client_cannot_fill_all_the_room_by_itself() -> None:
    async def test(held: Bench) -> None:
        asked = [held.ask("greedy", str(i)) for i in range(3)]  # one is worked on, two wait
        await settle()
        with pytest.raises(RpcError):
            await held.ask("greedy", "too much")
        other = held.ask("other", "other")
        await settle()
        held.free.set()
        await asyncio.gather(*asked, other)

    bench(test, waiting=4)


def test_what_was_begun_for_a_client_that_left_is_undone() -> None:
    async def test(held: Bench) -> None:
        undone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        left = held.ask("left", "done", undo=undone.set_result)
        while not held.begun:
            await asyncio.sleep(0.001)
        left.cancel()
        await settle()
        assert not undone.done()
        held.free.set()
        assert await undone == "done"

    bench(test)


def test_an_error_is_raised_to_who_asked_and_the_next_is_worked_for() -> None:
    async def test(held: Bench) -> None:
        held.free.set()
        with pytest.raises(ZeroDivisionError):
            await held.turns.run(Client(), lambda: 1 // 0)
        assert await held.ask("one", "next") == "next"

    bench(test)
