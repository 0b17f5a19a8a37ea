"""The IPFS store: a real daemon, one that lies, one that is silent, and none."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    ContentTooLarge,
    MissingExtra,
    StorageError,
    StoreUnreachable,
    UsageError,
)
from dml_sdk.storage import IPFSStore, cid_of, open_store
from dml_sdk.storage.unixfs import CHUNK
from tests.waiting import LONG, until

CONTENT = bytes(range(256)) * 2048  # two chunks
EMPTY_DIRECTORY = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"


@pytest.fixture
def store(kubo: Any) -> Iterator[IPFSStore]:
    opened = IPFSStore(kubo.address)
    yield opened
    opened.close()


class FakeDaemon(BaseHTTPRequestHandler):
    """Answers as an IPFS daemon would that cannot be trusted; `answers` says what, by command."""

    answers: dict[str, Any]
    asked: threading.Event
    released: threading.Event

    def do_POST(self) -> None:
        command = self.path.removeprefix("/api/v0/").partition("?")[0]
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        answer = {"version": {"Version": "0.41.0"}, **self.answers}.get(command)
        if answer is None:  # silence, until the test is over
            self.asked.set()
            self.released.wait(LONG)
            self.close_connection = True
            return
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def fake_daemon() -> Iterator[Any]:
    servers = []
    released = threading.Event()

    def start(**answers: Any) -> str:
        body = {"answers": answers, "asked": threading.Event(), "released": released}
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (FakeDaemon,), body))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"ipfs://127.0.0.1:{server.server_port}"

    yield start
    released.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- a real daemon --------------------------------------------------------------------------------


def test_what_the_store_puts_the_daemons_own_command_reads(store: IPFSStore, kubo: Any) -> None:
    cid = store.put(b"weights that both read")
    assert kubo("cat", cid) == "weights that both read"
    assert kubo("pin", "ls", "--type=recursive", "--quiet", cid) == cid


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("size", [10, CHUNK + 10])
def test_what_the_daemons_own_command_adds_the_store_reads(
    store: IPFSStore, kubo: Any, version: int, size: int
) -> None:
    content = CONTENT[:size]
    cid = kubo("add", "-Q", f"--cid-version={version}", stdin=content)
    assert store.get(cid) == content
    assert store.size(cid) == size
    assert store.has(cid)


def test_a_file_altered_on_the_daemons_disk_is_refused(
    store: IPFSStore, kubo: Any, tmp_path: Path
) -> None:
    content = b"weights that will be altered on the daemon's disk"
    cid = store.put(content)
    (block,) = (
        path
        for path in (kubo.repository / "blocks").glob("*/*.data")
        if path.read_bytes() == content
    )
    block.chmod(0o600)
    block.write_bytes(content.replace(b"weights", b"poison!"))
    try:
        # Whichever of the two notices, nothing altered gets through.
        with pytest.raises(StorageError):
            store.get(cid)
        with pytest.raises(StorageError):
            store.get_to(cid, tmp_path / "target")
        assert list(tmp_path.iterdir()) == []
    finally:
        block.unlink()


def test_a_directory_is_not_a_file(store: IPFSStore, kubo: Any, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("inside")
    cid = kubo("add", "-Q", "-r", str(tmp_path / "folder"))
    for ask in (store.get, store.size):
        with pytest.raises(ContentNotFound, match="directory"):
            ask(cid)
    assert not store.has(cid)


def test_a_file_of_which_a_chunk_is_missing_is_not_had(store: IPFSStore, kubo: Any) -> None:
    content = b"first".ljust(CHUNK, b"!") + b"second"
    cid = store.put(content)
    assert store.has(cid)
    kubo("pin", "rm", cid)
    kubo("block", "rm", str(cid_of(b"second")))
    assert not store.has(cid)
    with pytest.raises(StorageError):
        store.get(cid)


def test_a_source_that_fails_half_way_is_the_callers_error(store: IPFSStore) -> None:
    class Failing:
        def __init__(self) -> None:
            self.pieces = [b"some", b"bytes"]

        def read(self, size: int) -> bytes:
            if not self.pieces:
                raise OSError("the cable was pulled")
            return self.pieces.pop()

    with pytest.raises(UsageError, match="the cable was pulled"):
        store.put(Failing())  # type: ignore[arg-type]
    assert store.get(store.put(b"and the store goes on")) == b"and the store goes on"


def test_open_store_takes_an_address_in_either_form(kubo: Any) -> None:
    port = kubo.address.rpartition("/")[2]
    for spec in (kubo.address, f"ipfs://127.0.0.1:{port}", f"ipfs://localhost:{port}"):
        store = open_store(spec)
        assert isinstance(store, IPFSStore)
        assert "daemon 0." in repr(store)
        store.close()


# --- one that lies, or is silent ------------------------------------------------------------------


def test_bytes_that_were_altered_on_their_way_are_refused(fake_daemon: Any, tmp_path: Path) -> None:
    store = IPFSStore(fake_daemon(cat=CONTENT[:-1] + b"?"))
    for cid in (cid_of(CONTENT), cid_of(CONTENT, version=0), cid_of(b"short")):
        with pytest.raises(ContentCorrupt, match=str(cid)):
            store.get(str(cid))
        with pytest.raises(ContentCorrupt, match=str(cid)):
            store.get_to(str(cid), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_that_stored_something_else_is_found_out(fake_daemon: Any) -> None:
    for other in (str(cid_of(b"something else")), "no CID at all"):
        store = IPFSStore(fake_daemon(add={"Name": "", "Hash": other, "Size": "14"}))
        with pytest.raises(ContentCorrupt, match=other):
            store.put(CONTENT)


def test_more_bytes_than_the_limit_are_not_waited_for(fake_daemon: Any) -> None:
    store = IPFSStore(fake_daemon(cat=CONTENT))
    with pytest.raises(ContentTooLarge):
        store.get(str(cid_of(CONTENT)), limit=1000)


def hasty(address: str) -> IPFSStore:
    """One that waits for 0.2 s, in which a slow machine may not even have opened it."""
    opened: list[IPFSStore] = []

    def opens() -> bool:
        with suppress(StoreUnreachable):
            opened.append(IPFSStore(address, timeout=0.2))
        return bool(opened)

    until(opens, "the store is opened in time")
    return opened[0]


def test_a_file_that_the_network_does_not_give_in_time_is_not_found(fake_daemon: Any) -> None:
    store = hasty(fake_daemon())
    with pytest.raises(ContentNotFound, match=r"within 0\.2 s"):
        store.get(str(cid_of(CONTENT)))
    with pytest.raises(ContentNotFound, match=r"within 0\.2 s"):
        store.pin(str(cid_of(CONTENT)))


def test_a_daemon_that_takes_bytes_and_says_nothing_is_unreachable(fake_daemon: Any) -> None:
    store = hasty(fake_daemon())
    with pytest.raises(StoreUnreachable, match="ipfs daemon"):
        store.put(CONTENT)


# --- none -----------------------------------------------------------------------------------------


def test_no_daemon_is_unreachable_and_the_message_says_what_to_do(closed_port: int) -> None:
    with pytest.raises(StoreUnreachable, match="`ipfs daemon`") as refusal:
        open_store(f"ipfs://127.0.0.1:{closed_port}")
    assert str(closed_port) in str(refusal.value)


@pytest.mark.parametrize("answer", [b"<html>It works!</html>", b"", {"status": "ok"}, [1], "ok"])
def test_a_server_that_is_no_ipfs_daemon_is_unreachable(fake_daemon: Any, answer: object) -> None:
    with pytest.raises(StoreUnreachable, match="RPC API"):
        IPFSStore(fake_daemon(version=answer))


def test_a_gateway_in_place_of_the_api_is_unreachable(kubo: Any) -> None:
    gateway = (kubo.repository / "gateway").read_text().strip().removeprefix("http://")
    with pytest.raises(StoreUnreachable, match="gateway"):
        IPFSStore(f"ipfs://{gateway}")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ipfs",
        "localhost:5001",
        "http://localhost:5001",
        "ipfs://localhost",
        "ipfs://:5001",
        "ipfs://localhost:port",
        "ipfs://localhost:99999",
        "ipfs://localhost:5001/api",
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "/ip4/127.0.0.1/udp/5001",
        "/ip4/not-an-address/tcp/5001",
        "/nonsense",
    ],
)
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="ipfs://host:port"):
        IPFSStore(address)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refusal:
        open_store("ipfs://user:hunter2@localhost:5001")
    assert "hunter2" not in str(refusal.value)


def test_without_ipfshttpclient_the_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ipfshttpclient", None)
    with pytest.raises(MissingExtra, match=r"dml-sdk\[ipfs\]") as refusal:
        open_store("ipfs")
    assert refusal.value.package == "ipfshttpclient"
