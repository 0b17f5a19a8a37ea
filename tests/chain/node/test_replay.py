"""A chain that a node tells is executed again; one that lies is found out, block and all."""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, peer
from dml_sdk.chain.node.blocks import first
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.peer import Malformed, Peer, header_of
from dml_sdk.chain.node.replay import Progress, memory_of, replay
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.chain.node.trie import Trie
from dml_sdk.cli.replay import add_options, run_replay
from dml_sdk.errors import (
    ChainInvalid,
    ChainUnreachable,
    RpcError,
    RuntimeIncompatible,
    UsageError,
)
from tests.chain.node.conftest import InProcess, transfer_call
from tests.chain.node.liar import Lie, told_by
from tests.peers import NO_OMNI_NODE, OMNI_NODE, omni_node
from tests.waiting import until

BLOCKS = 6


@pytest.fixture(scope="module")
def chain() -> Iterator[Node]:
    """Six blocks, of which the even ones hold a transfer."""
    node = Node()
    client, alice = InProcess(node), Keypair.create_from_uri("//Alice")
    for nonce in range(BLOCKS // 2):
        node.seal()
        signed = client.create_signed_extrinsic(transfer_call(client), alice, nonce=nonce)
        node.submit(bytes(signed.data.data))
    yield node
    node.close()


# --- what is true -----------------------------------------------------------------------------


def test_a_chain_is_executed_again_from_its_first_state(chain: Node) -> None:
    steps: list[Progress] = []
    with told_by(chain) as url:
        report = replay(url, progress=steps.append)
    head = chain.chain.head
    assert (report.first, report.last, report.blocks) == (1, BLOCKS, BLOCKS)
    assert (report.genesis_hash, report.last_hash) == (chain.chain.genesis.hash, head.hash)
    assert report.state_root == head.state.root
    assert report.extrinsics == BLOCKS + BLOCKS // 2
    keys = len(list(chain.chain.genesis.state.items()))
    assert steps[0] == Progress("state", keys, None)
    assert steps[1:] == [Progress("blocks", n, BLOCKS) for n in range(1, BLOCKS + 1)]


def test_a_part_of_a_chain_is_executed_from_the_state_before_it(chain: Node) -> None:
    with told_by(chain) as url:
        report = replay(url, first=3, last=5)
    assert (report.blocks, report.last_hash) == (3, chain.chain.by_number(5).hash)  # type: ignore[union-attr]


def test_the_first_state_may_come_from_a_specification(chain: Node) -> None:
    def silent(method: str, params: list[Any], result: Any) -> Any:
        return None if method == "state_getKeysPaged" else result

    with told_by(chain, silent) as url:
        report = replay(url, chain_spec=raw_chain_spec(chain))
    assert report.blocks == BLOCKS


def test_a_chain_without_blocks_has_a_first_state() -> None:
    with told_by(Node()) as url:
        report = replay(url)
    assert (report.blocks, report.extrinsics) == (0, 0)
    assert report.last_hash == report.genesis_hash


def test_a_state_of_many_pages_is_fetched_whole(
    chain: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dml_sdk.chain.node.replay._KEYS_A_REQUEST", 7)
    with told_by(chain) as url:
        assert replay(url, first=BLOCKS).blocks == 1


@pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)
def test_a_chain_that_a_network_node_made_has_the_same_roots(tmp_path: Path, chain: Node) -> None:
    with omni_node(tmp_path, raw_chain_spec(chain)) as address:
        node = Peer(f"http://{address}")
        client, alice = InProcess(chain.fork(0)), Keypair.create_from_uri("//Alice")
        for nonce in range(10):
            signed = client.create_signed_extrinsic(transfer_call(client), alice, nonce=nonce)
            node.ask("author_submitExtrinsic", "0x" + bytes(signed.data.data).hex())
            until(
                lambda sealed=nonce: int(node.ask("chain_getHeader")["number"], 16) > sealed,
                "the network node sealed a block",
            )
        report = replay(f"ws://{address}")
        assert report.genesis_hash == chain.chain.genesis.hash
        assert (report.blocks, report.extrinsics) == (10, 20)
        assert replay(f"ws://{address}", first=4, last=6).blocks == 3
        node.close()


def test_a_terminal_is_told_of_it(chain: Node, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    add_options(parser)
    with told_by(chain) as url:
        assert run_replay(parser.parse_args(["--replay", url, "--json"])) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["valid"], told["blocks"], told["last"]) == (True, BLOCKS, BLOCKS)
        assert told["state_root"] == "0x" + chain.chain.head.state.root.hex()
        assert run_replay(parser.parse_args(["--replay", url, "--from", "2", "--to", "3"])) == 0
        said = capsys.readouterr().out
        assert "2 blocks" in said
        assert told["genesis_hash"] in said
    with pytest.raises(SystemExit):
        parser.parse_args(["--replay", url, "--from", "x"])


# --- what is not ------------------------------------------------------------------------------


def in_block(number: int, change: Callable[[dict[str, Any]], Any], chain: Node) -> Lie:
    """Changes one block as it is told, everywhere, and its hash with it if the header is other."""
    block_hash = "0x" + chain.chain.by_number(number).hash.hex()  # type: ignore[union-attr]
    told = chain.rpc("chain_getBlock", [block_hash])
    assert isinstance(told, dict)
    changed = copy.deepcopy(told["block"])
    change(changed)
    try:
        new_hash = "0x" + header_of(changed["header"]).hash.hex()
    except (Malformed, KeyError):
        new_hash = block_hash

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "chain_getBlockHash" and params == [number]:
            return new_hash
        return result

    def bent(method: str, params: list[Any], result: Any) -> Any:
        if params and params[0] == new_hash:
            if method == "chain_getBlock":
                return {"block": changed}
            if method == "chain_getHeader":
                return changed["header"]
        return lie(method, params, result)

    return bent


def set_header(field: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda block: block["header"].update({field: value})


WRONG = "0x" + "17" * 32
HEADER_LIES = {
    "another state root": set_header("stateRoot", WRONG),
    "another root of extrinsics": set_header("extrinsicsRoot", WRONG),
    "another parent": set_header("parentHash", WRONG),
    "another number": set_header("number", "0x63"),
    "no number": set_header("number", None),
    "a number of a thousand digits": set_header("number", "0x" + "f" * 1000),
    "a negative number": set_header("number", "-0x4"),
    "a short root": set_header("stateRoot", "0x17"),
    "white space in a root": set_header("stateRoot", "0x" + "17" * 31 + "  "),
    "no digest": set_header("digest", None),
    "a digest that is not one": set_header("digest", {"logs": ["0xff"]}),
    "a digest that is too long": set_header("digest", {"logs": ["0x00fdffffff"]}),
    "a log that nobody wrote": set_header("digest", {"logs": ["0x0004aa"]}),
    "no header": lambda block: block.update(header=None),
    "no extrinsics": lambda block: block.update(extrinsics=None),
    "no inherent": lambda block: block["extrinsics"].clear(),
    "an extrinsic left out": lambda block: block["extrinsics"].pop(),
    "extrinsics in another order": lambda block: block["extrinsics"].reverse(),
    "an extrinsic twice": lambda block: block["extrinsics"].append(block["extrinsics"][-1]),
    "an extrinsic that is not bytes": lambda block: block["extrinsics"].append("0xzz"),
    "an extrinsic cut off": lambda block: block["extrinsics"].append("0xffff"),
    "an extrinsic of nonsense": lambda block: block["extrinsics"].append("0x0c848484"),
    "an altered extrinsic": lambda block: block["extrinsics"].append(
        block["extrinsics"].pop()[:-2] + "00"
    ),
}


@pytest.mark.parametrize("name", HEADER_LIES)
def test_a_block_that_is_not_valid_is_named(chain: Node, name: str) -> None:
    with (
        told_by(chain, in_block(4, HEADER_LIES[name], chain)) as url,
        pytest.raises(ChainInvalid, match=f"Block 4 of {url} is not valid") as found,
    ):
        replay(url)
    assert found.value.block == 4


def test_the_error_says_which_roots_differ_or_what_the_runtime_says(chain: Node) -> None:
    with (
        told_by(chain, in_block(2, HEADER_LIES["another state root"], chain)) as url,
        pytest.raises(ChainInvalid, match=r"(?i)storage root|state after it"),
    ):
        replay(url)


@pytest.mark.parametrize("method", ["chain_getBlockHash", "chain_getBlock"])
@pytest.mark.parametrize("instead", [None, 17, "0x", [], {}, WRONG, {"block": 5}])
def test_a_block_that_is_missing_is_named(chain: Node, method: str, instead: object) -> None:
    third = "0x" + chain.chain.by_number(3).hash.hex()  # type: ignore[union-attr]

    def lie(asked: str, params: list[Any], result: Any) -> Any:
        return instead if asked == method and params in ([3], [third]) else result

    with told_by(chain, lie) as url, pytest.raises(ChainInvalid) as found:
        replay(url)
    assert found.value.block == 3


STATE_LIES: dict[str, Lie] = {
    "another value": lambda method, params, result: (
        [{"changes": [[k, "0x00"] for k, _ in result[0]["changes"]]}]
        if method == "state_queryStorageAt"
        else result
    ),
    "a value that is missing": lambda method, params, result: (
        [{"changes": result[0]["changes"][1:]}] if method == "state_queryStorageAt" else result
    ),
    "a value that is null": lambda method, params, result: (
        [{"changes": [[k, None] for k, _ in result[0]["changes"]]}]
        if method == "state_queryStorageAt"
        else result
    ),
    "a value that was not asked for": lambda method, params, result: (
        [{"changes": [*result[0]["changes"], ["0xaa", "0xbb"]]}]
        if method == "state_queryStorageAt"
        else result
    ),
    "no values": lambda method, params, result: (
        None if method == "state_queryStorageAt" else result
    ),
    "a key left out": lambda method, params, result: (
        result[1:] if method == "state_getKeysPaged" else result
    ),
    "keys that never end": lambda method, params, result: (
        ["0x26aa"] if method == "state_getKeysPaged" else result
    ),
    "an empty key that never ends": lambda method, params, result: (
        ["0x"]
        if method == "state_getKeysPaged"
        else [{"changes": [["0x", "0x"]]}]
        if method == "state_queryStorageAt"
        else result
    ),
    "keys in another order": lambda method, params, result: (
        result[::-1] if method == "state_getKeysPaged" else result
    ),
    "too many keys": lambda method, params, result: (
        [f"0x{n:08x}" for n in range(2000)] if method == "state_getKeysPaged" else result
    ),
    "no keys": lambda method, params, result: [] if method == "state_getKeysPaged" else result,
    "keys that are none": lambda method, params, result: (
        {"a": 1} if method == "state_getKeysPaged" else result
    ),
}


@pytest.mark.parametrize("name", STATE_LIES)
@pytest.mark.parametrize("first", [1, 4])
def test_a_first_state_that_is_not_the_headers_is_found_out(
    chain: Node, name: str, first: int
) -> None:
    with told_by(chain, STATE_LIES[name]) as url, pytest.raises(ChainInvalid) as found:
        replay(url, first=first)
    assert found.value.block == first - 1


def test_a_first_state_that_never_ends_is_given_up(
    chain: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dml_sdk.chain.node.replay._MOST_STATE_BYTES", 1 << 18)
    count = iter(range(10**9))

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "state_getKeysPaged":
            return [f"0x{next(count):08x}" for _ in range(256)]
        if method == "state_queryStorageAt":
            return [{"changes": [[key, "0x" + "00" * 100] for key in params[0]]}]
        return result

    with told_by(chain, lie) as url, pytest.raises(ChainInvalid, match="over 262144 bytes"):
        replay(url)
    assert next(count) <= (1 << 18) // 700 + 2 * 256


def test_a_first_state_of_many_small_keys_is_given_up_as_early(
    chain: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dml_sdk.chain.node.replay._MOST_STATE_BYTES", 1 << 20)
    count = iter(range(10**9))

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "state_getKeysPaged":
            return [f"0x{next(count):06x}" for _ in range(256)]
        if method == "state_queryStorageAt":
            return [{"changes": [[key, "0x"] for key in params[0]]}]
        return result

    with told_by(chain, lie) as url, pytest.raises(ChainInvalid, match="over 1048576 bytes"):
        replay(url)
    assert next(count) <= (1 << 20) // 500


SHAPES: dict[str, Callable[[random.Random], Iterator[tuple[bytes, bytes]]]] = {
    "tiny": lambda r: ((r.randbytes(4), b"") for _ in range(8_000)),
    "binary": lambda r: ((bytes.fromhex(f"{n:018b}"), b"") for n in range(8_192)),
    "pairs": lambda r: (
        (key + end, b"") for key in (r.randbytes(16) for _ in range(4_000)) for end in (b"a", b"b")
    ),
    "usual": lambda r: ((r.randbytes(48), r.randbytes(80)) for _ in range(8_000)),
    "inline": lambda r: ((r.randbytes(32), r.randbytes(32)) for _ in range(8_000)),
    "hashed": lambda r: ((r.randbytes(32), r.randbytes(33)) for _ in range(8_000)),
    "long": lambda r: ((r.randbytes(2_000), b"x") for _ in range(2_000)),
    "prefixes": lambda r: (
        (key[:n], b"") for key in (r.randbytes(9) for _ in range(2_000)) for n in range(4, 9)
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_state_is_reckoned_to_take_is_no_less_than_it_takes(shape: str) -> None:
    made = SHAPES[shape](random.Random(1))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        items = dict(made)
        state = Trie(1).update(items)
        assert state.root
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    reckoned = sum(memory_of(key, value) for key, value in items.items())
    assert taken <= reckoned <= 2.5 * taken


def test_a_specification_of_another_chain_is_not_its_first_state(chain: Node) -> None:
    chain_spec: Any = json.loads(json.dumps(raw_chain_spec(chain)))
    chain_spec["genesis"]["raw"]["top"]["0x1234"] = "0x"
    with told_by(chain) as url:
        with pytest.raises(ChainInvalid) as found:
            replay(url, chain_spec=chain_spec)
        assert found.value.block == 0
        for no_spec in ({}, {"genesis": {"raw": []}}, {"genesis": {"raw": {"top": {"26": "0x"}}}}):
            with pytest.raises(UsageError, match="raw chain spec"):
                replay(url, chain_spec=no_spec)
        with pytest.raises(UsageError, match="first=1"):
            replay(url, first=2, chain_spec=raw_chain_spec(chain))


def test_a_runtime_that_is_none_cannot_be_executed(chain: Node) -> None:
    code = b"\0asm\1\0\0\0"
    genesis = first(Trie(1).update({b":code": code}))
    honest = chain.rpc("chain_getHeader", ["0x" + chain.chain.genesis.hash.hex()])
    header = copy.deepcopy(honest) | {"stateRoot": "0x" + genesis.state.root.hex()}  # type: ignore[operator]
    genesis_hash = "0x" + genesis.hash.hex()
    onto_it = in_block(1, set_header("parentHash", genesis_hash), chain)

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "chain_getBlockHash" and params == [0]:
            return genesis_hash
        if method == "chain_getHeader" and params == [genesis_hash]:
            return header
        return onto_it(method, params, result)

    top = {"0x3a636f6465": "0x" + code.hex()}
    with (
        told_by(chain, lie) as url,
        pytest.raises(RuntimeIncompatible, match=r"__heap_base|import"),
    ):
        replay(url, chain_spec={"genesis": {"raw": {"top": top}}})


# --- answers that are no answers --------------------------------------------------------------


def writes(answer: bytes, *, length: int | None = None, status: int = 200) -> Any:
    def raw(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(answer) if length is None else length))
        handler.end_headers()
        handler.wfile.write(answer)
        handler.close_connection = True
        return True

    return raw


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"hello", b"\xff\xfe", b"[]", b"5", b"{}", b'{"id": 1}', b"[" * 100_000,
        b'{"result": ' + b"9" * 10_000 + b"}", b'{"result": {"number": "0x1"}}',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_as_such(chain: Node, answer: bytes) -> None:
    with told_by(chain, raw=writes(answer)) as url, pytest.raises(ChainInvalid) as found:
        replay(url)
    assert found.value.block == 0


def test_an_answer_that_is_too_long_is_not_read_to_its_end(
    chain: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer.Peer.__init__, "__kwdefaults__", {"seconds": 30.0, "most_bytes": 999})
    with (
        told_by(chain, raw=writes(b" " * 1000, length=1 << 40)) as url,
        pytest.raises(ChainInvalid, match="over 999 bytes"),
    ):
        replay(url)


@pytest.mark.parametrize("status", [301, 403, 404, 405, 429, 500])
def test_an_answer_with_another_status_is_none(chain: Node, status: int) -> None:
    with (
        told_by(chain, raw=writes(b"no", status=status)) as url,
        pytest.raises(ChainUnreachable, match=f"HTTP status {status}"),
    ):
        replay(url)


def test_an_answer_that_breaks_off_is_none(chain: Node) -> None:
    with (
        told_by(chain, raw=writes(b'{"result": ', length=100)) as url,
        pytest.raises(ChainUnreachable, match="No answer"),
    ):
        replay(url)


def test_an_answer_that_drips_in_for_ever_is_given_up(chain: Node) -> None:
    drips = False

    def drip(handler: BaseHTTPRequestHandler) -> bool:
        if not drips:
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        try:
            for _ in range(100_000):
                handler.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            handler.close_connection = True
        return True

    with told_by(chain, raw=drip) as url:
        asked = Peer(url)
        assert asked.ask("system_name")
        drips, asked._seconds = True, 0.3
        with pytest.raises(ChainUnreachable, match=r"no whole answer in 0\.3 s"):
            asked.ask("system_name")


def test_nobody_there_is_told_as_such() -> None:
    with pytest.raises(ChainUnreachable, match="No answer"):
        replay("ws://127.0.0.1:1")


def test_what_the_node_refuses_is_told_with_its_words(chain: Node) -> None:
    def refuse(method: str, params: list[Any], result: Any) -> Any:
        if method == "state_getKeysPaged":
            raise RpcError(-32601, "no such thing here")
        return result

    with told_by(chain, refuse) as url, pytest.raises(RpcError, match="no such thing") as refused:
        replay(url)
    assert refused.value.code == -32601


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:9944", "ftp://x", "ws://", "ws://x:99999", "ws://x:p", None, 5]
)
def test_an_address_that_is_none_is_refused(url: Any) -> None:
    with pytest.raises(UsageError, match="no node's address"):
        replay(url)


@pytest.mark.parametrize(
    ("first", "last"), [(0, 1), (-1, None), (5, 3), (1, 99), (99, None), (True, 2), (1, 2.5)]
)
def test_blocks_that_are_not_there_are_refused(chain: Node, first: Any, last: Any) -> None:
    with told_by(chain) as url, pytest.raises(UsageError):
        replay(url, first=first, last=last)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10)
    | st.binary(max_size=40).map(lambda data: "0x" + data.hex()),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["block", "header", "number", "digest", "logs", "extrinsics", "changes"]),
        inner,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, 14), value=json_values)
def test_whatever_is_answered_ends_in_a_typed_error_or_the_truth(
    chain: Node, at: int, value: Any
) -> None:
    asked = iter(range(10**6))

    def lie(method: str, params: list[Any], result: Any) -> Any:
        return value if next(asked) == at else result

    head = chain.chain.head
    with told_by(chain, lie) as url:
        try:
            report = replay(url)
        except (ChainInvalid, UsageError):
            pass
        else:
            last = chain.chain.by_number(report.last)
            assert last is not None and report.state_root == last.state.root
    assert chain.chain.head is head


def test_the_hash_of_a_header_is_that_of_the_block(chain: Node) -> None:
    told = chain.rpc("chain_getHeader")
    header = header_of(told)
    assert header.hash == blake2_256(header.encode()) == chain.chain.head.hash
