"""Watchers of new blocks: of the embedded node, of one behind a URL, and when that one fails."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import WSMsgType, web

import dml_sdk as dml
from dml_sdk.chain.client import heads
from dml_sdk.chain.client.following import HeadFollower
from dml_sdk.chain.client.heads import SubscribedHeads
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.serving.subscriptions import Subscriptions
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.errors import ChainUnreachable
from tests.peers import NO_OMNI_NODE, OMNI_NODE, omni_node
from tests.waiting import LONG, until

THREAD = "dml-head-follower"


@dataclass
class Followed:
    """A session, and how its chain comes to a block more."""

    session: dml.Session
    advance: Callable[[], object]

    @property
    def head(self) -> int:
        return self.session.chain.block_number


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not OMNI_NODE:
        pytest.skip(NO_OMNI_NODE)
    with omni_node(tmp_path_factory.mktemp("network"), raw_chain_spec(Node())) as found:
        yield f"ws://{found}"


@pytest.fixture
def own() -> Iterator[dml.Session]:
    """A chain that may be served and closed."""
    with dml.connect(store="memory") as session:
        yield session


@pytest.fixture(params=["embedded", "ws", "http", "network"])
def followed(request: pytest.FixtureRequest, own: dml.Session) -> Iterator[Followed]:
    with ExitStack() as stack:
        if request.param == "embedded":
            yield Followed(own, own.seal)
            return
        if request.param == "network":
            session = dml.connect(request.getfixturevalue("network"), store="memory")
            yield Followed(stack.enter_context(session), lambda: pay(session))
            return
        url = own.serve().url.replace("ws://", f"{request.param}://")
        session = stack.enter_context(dml.connect(url, store="memory"))
        yield Followed(session, own.seal)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    assert not listening()
    yield
    assert not listening()


def listening() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def pay(session: dml.Session) -> None:
    bob = session.account("bob").address
    call = session.chain.call("Balances", "transfer_keep_alive", dest=bob, value=10**12)
    session.chain.submit(call, session.signer)


def test_every_new_block_is_told_once_and_in_order(followed):
    heard: list[int] = []
    before = followed.head
    stop = followed.session.chain.on_block(heard.append)
    for _ in range(12):
        followed.advance()
    until(lambda: len(heard) >= 12, "twelve blocks")
    assert heard == list(range(before + 1, before + 13)) and followed.head == before + 12
    stop()
    until(lambda: not listening(), "the thread's end")


def test_who_stopped_hears_nothing_more_and_others_go_on(followed):
    gone: list[int] = []
    still: list[int] = []
    stop = followed.session.chain.on_block(gone.append)
    followed.session.chain.on_block(still.append)
    followed.advance()
    until(lambda: still and gone, "the first block")
    stop()
    stop()
    followed.advance()
    until(lambda: len(still) == 2, "the second block")
    assert len(gone) == 1


def test_what_a_watcher_raises_harms_nobody(followed, caplog):
    heard: list[int] = []
    followed.session.chain.on_block(lambda n: 1 // 0)
    followed.session.chain.on_block(heard.append)
    with caplog.at_level(logging.CRITICAL):
        for count in (1, 2):
            followed.advance()
            until(lambda count=count: len(heard) == count, "a block")


def test_who_comes_back_after_all_have_stopped_is_told_again(followed):
    for _ in range(3):
        heard: list[int] = []
        stop = followed.session.chain.on_block(heard.append)
        followed.advance()
        until(lambda heard=heard: heard, "a block")
        assert heard == [followed.head]
        stop()


def test_a_watcher_may_close_the_session_that_it_watches(own):
    with dml.connect(own.serve().url, store="memory") as session:
        closed = threading.Event()
        session.chain.on_block(lambda _: (session.close(), closed.set()))
        own.seal()
        assert closed.wait(LONG)
        until(lambda: not listening(), "the thread's end")


def test_nobody_is_told_after_the_end(followed):
    heard: list[int] = []
    session = followed.session
    stop = session.chain.on_block(heard.append)
    followed.advance()
    until(lambda: heard, "a block")
    session.close()
    assert not listening(), "closing waits for the thread"
    stop()


def test_closing_unsubscribes_before_it_hangs_up(own, monkeypatch):
    ended: list[bool] = []
    end = Subscriptions.end

    def noted(self: Subscriptions, *args: Any) -> bool:
        ended.append(end(self, *args))
        return ended[-1]

    monkeypatch.setattr(Subscriptions, "end", noted)
    with dml.connect(own.serve().url, store="memory") as session:
        heard: list[int] = []
        session.chain.on_block(heard.append)
        own.seal()
        until(lambda: heard, "a block")
    until(lambda: ended, "the unsubscription")
    assert ended == [True]


def test_after_a_rewind_the_blocks_that_take_the_place_of_others_are_told(own):
    with dml.connect(own.serve().url, store="memory") as session:
        heard: list[int] = []
        session.chain.on_block(heard.append)
        own.seal()
        until(lambda: heard == [1], "the block before")
        with own.anchor():
            own.seal()
            own.seal()
            until(lambda: heard == [1, 2, 3], "the blocks inside")
        own.clock.advance(hours=1)
        until(lambda: heard == [1, 2, 3, 2], "another second block")


@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_blocks_made_while_the_node_was_away_are_told_when_it_is_back(own, scheme, caplog):
    server = own.serve()
    url = server.url.replace("ws://", f"{scheme}://")
    with dml.connect(url, store="memory") as session, caplog.at_level(logging.WARNING):
        heard: list[int] = []
        session.chain.on_block(heard.append)
        own.seal()
        until(lambda: heard == [1], "the block before")
        server.close()
        until(lambda: "No blocks are heard of" in caplog.text, "the outage")
        for _ in range(3):
            own.seal()
        server = own.serve(server.port)
        own.seal()
        until(lambda: len(heard) >= 5, "what was missed")
        assert heard == [1, 2, 3, 4, 5]


def test_a_session_goes_on_when_its_node_was_started_anew(own):
    server = own.serve()
    with dml.connect(server.url, store="memory") as session:
        pay(session)
        server.close()
        with pytest.raises(ChainUnreachable):
            _ = session.chain.block_number
        server = own.serve(server.port)
        assert session.chain.block_number == 1
        pay(session)
        assert session.chain.block_number == 2


# --- nodes that fail ------------------------------------------------------------------------------


class Relay:
    """A port that leads to another one, until it falls silent: nothing is closed, nothing comes."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._silent = threading.Event()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Those who are connected hear nothing more; who connects from now on does."""
        self._silent.set()
        self._silent = threading.Event()

    def cut_off(self) -> None:
        """Those who are connected are so no more."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut_off()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self.connections += 1
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    pump = threading.Thread(target=self._pump, args=(*pair, self._silent))
                    pump.daemon = True
                    pump.start()

    def _pump(self, source: socket.socket, to: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not silent.is_set():
                    to.sendall(data)


def test_a_node_that_falls_silent_is_called_again(own, monkeypatch):
    monkeypatch.setattr(heads, "_QUIET_SECONDS", 0.5)
    relay = Relay(own.serve().port)
    with dml.connect(f"ws://127.0.0.1:{relay.port}", store="memory") as session:
        heard: list[int] = []
        session.chain.on_block(heard.append)
        own.seal()
        until(lambda: heard == [1], "the block before")
        relay.fall_silent()
        own.seal()
        until(lambda: heard == [1, 2], "the block that nobody told of")
        relay.close()


def test_what_may_have_come_in_is_not_sent_again(own, monkeypatch):
    relay = Relay(own.serve().port)
    node, sent = own.chain.node, []
    submit = node.submit

    def taken_and_cut_off(extrinsic: bytes, *args: Any) -> Any:
        sent.append(extrinsic)
        relay.cut_off()
        return submit(extrinsic, *args)

    monkeypatch.setattr(node, "submit", taken_and_cut_off)
    with dml.connect(f"ws://127.0.0.1:{relay.port}", store="memory") as session:
        with pytest.raises(ChainUnreachable):
            pay(session)
        until(lambda: session.chain.block_number == 1, "the block of what did come in")
        assert len(sent) == 1
        relay.close()


@contextmanager
def scripted(*lines: str) -> Iterator[str]:
    """A node that tells one line to who subscribes first, the next to the next, and hangs up."""
    told = iter(lines)
    loop = asyncio.new_event_loop()

    async def answer(request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        asked = await line.receive()
        assert asked.type is WSMsgType.TEXT
        assert json.loads(asked.data)["method"] == "chain_subscribeNewHeads"
        text = next(told, None)
        if text is None:
            await line.receive()
        else:
            await line.send_str(text)
        await line.close()
        return line

    async def begin() -> tuple[web.AppRunner, int]:
        application = web.Application()
        application.router.add_get("/", answer)
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert runner.addresses
        return runner, runner.addresses[0][1]

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, port = asyncio.run_coroutine_threadsafe(begin(), loop).result(LONG)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(LONG)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LONG)
        loop.close()


def told_of(number: object) -> str:
    return json.dumps({"method": "chain_newHead", "params": {"result": {"number": number}}})


@pytest.mark.parametrize(
    "nonsense",
    [
        "", "[]", "null", "7", "{", '{"method": "chain_newHead"}', told_of(None), told_of("x"),
        told_of([]), '{"id": 1, "error": {"code": -32601, "message": "Method not found"}}',
        '{"method": "chain_newHead", "params": {"result": 3}}', '{"id": 1}',
        '{"id": 1, "result": "a"}', '{"method": "else"}',
    ],
)  # fmt: skip
def test_nonsense_tells_nobody_of_a_block_and_the_node_is_called_again(nonsense, caplog):
    def unasked() -> Any:
        raise ChainUnreachable("it only tells")

    with scripted(nonsense, told_of("0x7")) as url, caplog.at_level(logging.WARNING):
        heard: list[int] = []
        follower = HeadFollower(None, lambda: SubscribedHeads(url), unasked)
        follower.add(heard.append)
        until(lambda: heard, "the block after the nonsense")
        assert heard == [7]
        assert "No blocks are heard of" in caplog.text
        follower.close()


def test_a_number_beyond_all_reason_does_not_hold_anybody_up():
    with scripted(told_of("0x1"), told_of(hex(2**60))) as url:
        heard: list[int] = []
        follower = HeadFollower(None, lambda: SubscribedHeads(url), lambda: {"number": "0x0"})
        follower.add(heard.append)
        until(lambda: heard and heard[-1] == 2**60, "the newest")
        assert heard[0] == 1 and len(heard) <= 10_001
        follower.close()
