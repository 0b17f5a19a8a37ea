from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.messages import Malformed, Request, parse
from dml_sdk.errors import RpcError

GOOD = {"jsonrpc": "2.0", "id": 1, "method": "system_name", "params": []}


def read(content: Any) -> Request | Malformed:
    """The one call in a message."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    message = parse(data, most=3)
    assert not message.is_batch
    (call,) = message.calls
    return call


def code(content: Any) -> int:
    call = read(content)
    assert isinstance(call, Malformed)
    return call.error.code


@pytest.mark.parametrize("id_", [1, -7, 2**80, "a", "", None, 1.5, 0, "\ud800"])
def test_an_id_of_any_legal_kind_comes_back_as_it_was(id_: Any) -> None:
    call = read(GOOD | {"id": id_})
    assert isinstance(call, Request)
    assert call.answered
    assert json.loads(messages.result(call.id, 5)) == {"jsonrpc": "2.0", "id": id_, "result": 5}


def test_a_call_without_an_id_is_a_notification() -> None:
    call = read({"jsonrpc": "2.0", "method": "system_name"})
    assert isinstance(call, Request)
    assert not call.answered
    assert call.params == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\xff\xfe", b'{"method": "\xff"}', b"nul", b"[NaN]", b"Infinity",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b'{"jsonrpc": "2.0",}', b"'a'", b"{}{}",
    ],
)  # fmt: skip
def test_what_is_not_json_is_a_parse_error(data: bytes) -> None:
    assert code(data) == -32700


@pytest.mark.parametrize(
    "content",
    [
        1, "text", None, True, {}, [],
        GOOD | {"jsonrpc": "1.0"}, GOOD | {"jsonrpc": 2.0}, {"id": 1, "method": "system_name"},
        GOOD | {"method": 7}, {"jsonrpc": "2.0", "id": 1}, GOOD | {"params": "x"},
        GOOD | {"params": 5}, GOOD | {"params": True},
        GOOD | {"id": []}, GOOD | {"id": {}}, GOOD | {"id": True},
        b'{"jsonrpc":"2.0","id":1e999,"method":"system_name"}',
    ],
)  # fmt: skip
def test_json_that_is_no_request_is_an_invalid_request(content: Any) -> None:
    assert code(content) == -32600


def test_an_invalid_request_is_answered_under_its_id_where_that_can_be_told() -> None:
    wrong = read(GOOD | {"method": 7, "id": "mine"})
    assert wrong.id == "mine"
    assert read(GOOD | {"id": []}).id is None


def test_a_batch_is_judged_item_by_item() -> None:
    message = parse(json.dumps([GOOD, 1, GOOD | {"id": 2}]).encode(), most=3)
    assert message.is_batch
    first, second, third = message.calls
    assert isinstance(first, Request) and isinstance(third, Request)
    assert isinstance(second, Malformed) and second.error.code == -32600


def test_a_batch_that_is_too_long_is_refused_as_a_whole() -> None:
    assert code([GOOD] * 4) == -32010


def test_a_message_of_very_many_values_is_refused_before_it_is_read() -> None:
    assert code(b"[" + b"[]," * 300_000 + b"[]]") == -32600


def test_an_error_is_told_with_what_the_node_added() -> None:
    told = json.loads(messages.failure(7, RpcError(1010, "Invalid Transaction", "Payment")))
    assert told["error"] == {"code": 1010, "message": "Invalid Transaction", "data": "Payment"}
    assert json.loads(messages.failure(7, RpcError(-32601, "Method not found")))["error"] == {
        "code": -32601, "message": "Method not found",
    }  # fmt: skip


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_calls_or_as_errors(data: bytes) -> None:
    assert all(isinstance(call, Request | Malformed) for call in parse(data, most=3).calls)
