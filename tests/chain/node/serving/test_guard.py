from __future__ import annotations

import pytest

from dml_sdk.chain.node.serving.guard import Guard, is_loopback
from dml_sdk.errors import UsageError

HERE = ["127.0.0.1:9944"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:9944", "localhost:9944", "LOCALHOST", "127.0.0.1", "[::1]:9944", "lab.localhost:1",
     "192.168.1.5:9944", "node.example:9944"],
)  # fmt: skip
def test_a_request_to_this_server_by_address_or_name_is_let_in(host: str) -> None:
    assert Guard("node.example", []).refusal([host], []) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:9944", "localhost.evil.example", "127.0.0.1.evil.example",
     "", "evil.example@localhost", "localhost@evil.example", "localhost:port", "[::1",
     "localhost/x", "localhost:9944#evil.example"],
)  # fmt: skip
def test_a_page_that_rebinds_its_own_name_is_kept_out(host: str) -> None:
    assert "another server" in str(Guard("127.0.0.1", ["*"]).refusal([host], []))


def test_a_request_without_a_host_is_told_what_is_missing() -> None:
    assert "no Host header" in str(Guard("127.0.0.1", ()).refusal([], []))


def test_a_request_names_its_host_once() -> None:
    guard = Guard("127.0.0.1", [])
    assert guard.refusal([], [])
    assert guard.refusal(HERE * 2, [])


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8888", "https://localhost", "http://127.0.0.1:3000", "http://[::1]:80",
     "https://polkadot.js.org", "HTTPS://Polkadot.JS.org"],
)  # fmt: skip
def test_pages_of_this_machine_and_those_that_were_named_may_ask(origin: str) -> None:
    assert Guard("127.0.0.1", ["https://polkadot.js.org"]).refusal(HERE, [origin]) is None


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://polkadot.js.org", "https://polkadot.js.org:444",
     "https://polkadot.js.org.evil.example", "http://localhost.evil.example", "file://",
     "http://localhost@evil.example", "chrome-extension://abcdef", "localhost"],
)  # fmt: skip
def test_other_pages_may_not(origin: str) -> None:
    refusal = Guard("127.0.0.1", ["https://polkadot.js.org"]).refusal(HERE, [origin])
    assert "origins=" in str(refusal)


def test_everybody_may_ask_where_that_was_said() -> None:
    assert Guard("127.0.0.1", ["*"]).refusal(HERE, ["https://any.example"]) is None
    assert Guard("127.0.0.1", ["null"]).refusal(HERE, ["null"]) is None


@pytest.mark.parametrize(
    "origin", ["polkadot.js.org", "https://polkadot.js.org/", "https://a.example/b", "", 7]
)
def test_an_origin_that_no_browser_sends_is_refused(origin: object) -> None:
    with pytest.raises(UsageError, match="is no origin"):
        Guard("127.0.0.1", [origin])  # type: ignore[list-item]


def test_the_loopback_is_told_from_the_rest() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "localhost", "Localhost"]))
    assert not any(map(is_loopback, ["::", "192.168.1.5", "node.example", ""]))
