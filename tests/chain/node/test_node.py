from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import BlockInfo, Clock, Node, authoring
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import vec
from dml_sdk.chain.node.watching import TransactionState
from dml_sdk.errors import RpcError, RuntimeIncompatible, RuntimePanic, UsageError
from tests.chain.node.conftest import MILLI, InProcess, Sign, free, transfer_call
from tests.waiting import LONG

# --- sealing ----------------------------------------------------------------------------------


def test_a_transaction_is_sealed_in_a_block_of_its_own(
    node: Node, client: InProcess, sign: Sign, bob: Keypair
) -> None:
    before = free(client, bob)
    extrinsic_hash = node.submit(sign())
    head = node.chain.head
    assert node.inclusion(extrinsic_hash) == (1, head.hash, 1)
    assert head.header.parent_hash == node.chain.genesis.hash
    assert free(client, bob) == before + MILLI


def test_transactions_of_one_block_are_sealed_together(node: Node, sign: Sign) -> None:
    with node.one_block():
        hashes = [node.submit(sign(nonce=nonce)) for nonce in range(5)]
        assert node.inclusion(hashes[0]) is None
        with node.one_block():
            hashes.append(node.submit(sign(nonce=5)))
        assert node.chain.head.number == 0
    assert [node.inclusion(each) for each in hashes] == [
        (1, node.chain.head.hash, index) for index in range(1, 7)
    ]


def test_what_was_submitted_before_an_error_is_sealed_all_the_same(node: Node, sign: Sign) -> None:
    submitted: list[bytes] = []

    def stumble() -> None:
        with node.one_block():
            submitted.append(node.submit(sign()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert node.inclusion(submitted[0]) is not None


def test_another_threads_transaction_does_not_wait_for_a_shared_block(
    node: Node, client: InProcess, sign: Sign, bob: Keypair
) -> None:
    mine, theirs = sign(), sign(keypair=bob, call=transfer_call(client, dest="//Alice"))
    with node.one_block():
        held = node.submit(mine)
        with ThreadPoolExecutor(1) as other:
            sealed = other.submit(node.submit, theirs).result()
        assert node.inclusion(sealed) is not None
        assert node.inclusion(held) is None
    assert node.inclusion(held) is not None


def test_a_block_that_is_full_is_followed_by_another(
    node: Node, client: InProcess, sign: Sign
) -> None:
    big = client.compose_call("System", "remark", {"remark": "0x" + "00" * 1_000_000})
    with node.one_block():
        hashes = [node.submit(sign(big, nonce=nonce)) for nonce in range(6)]
    places = [node.inclusion(each) for each in hashes]
    assert all(places)
    assert [place[0] for place in places if place] == sorted(place[0] for place in places if place)
    assert node.chain.head.number > 1


def test_an_empty_block_can_be_sealed(node: Node) -> None:
    info = node.seal()
    assert (info.number, info.hash) == (1, node.chain.head.hash)
    assert len(info.extrinsic_hashes) == 1  # the timestamp


# --- what is refused --------------------------------------------------------------------------


def refused(node: Node, extrinsic: bytes) -> RpcError:
    """How the node refuses an extrinsic, having checked that nothing happened."""
    head = node.chain.head
    with pytest.raises(RpcError) as error:
        node.submit(extrinsic)
    assert node.chain.head is head
    assert len(node.pool) == 0
    return error.value


def test_a_bad_signature_is_refused(node: Node, sign: Sign) -> None:
    extrinsic = bytearray(sign())
    extrinsic[60] ^= 1
    error = refused(node, bytes(extrinsic))
    assert (error.code, error.data) == (1010, "Transaction has a bad signature")


def test_a_nonce_that_was_used_is_refused(node: Node, client: InProcess, sign: Sign) -> None:
    node.submit(sign())
    stale = sign(transfer_call(client, value=2 * MILLI), nonce=0)
    error = refused(node, stale)
    assert (error.code, error.data) == (1010, "Transaction is outdated")


def test_an_account_that_cannot_pay_the_fee_is_refused(node: Node, sign: Sign) -> None:
    error = refused(node, sign(keypair=Keypair.create_from_uri("//Nobody")))
    assert (error.code, str(error.data)[:22]) == (1010, "Inability to pay some ")


def test_a_transaction_that_was_included_is_not_included_again(node: Node, sign: Sign) -> None:
    extrinsic = sign()
    node.submit(extrinsic)
    assert refused(node, extrinsic).code == 1012


def test_what_was_found_invalid_is_not_looked_at_again_until_the_chain_goes_back(
    node: Node, sign: Sign
) -> None:
    moment = node.snapshot()
    poor = sign(keypair=Keypair.create_from_uri("//Nobody"))
    for code in (1010, 1012, 1012):
        assert refused(node, poor).code == code
    with pytest.raises(RuntimePanic):
        node.submit(vec(b"\x04"))
    assert refused(node, vec(b"\x04")).code == 1012
    node.restore(moment)
    assert refused(node, poor).code == 1010


def test_an_extrinsic_whose_length_is_wrong_is_refused(node: Node, sign: Sign) -> None:
    for malformed in (b"", b"\xff", sign()[:-1]):
        assert refused(node, malformed).code == 1040


def test_what_follows_an_extrinsic_is_no_part_of_it(node: Node, sign: Sign) -> None:
    extrinsic = sign()
    assert node.submit(extrinsic + b"\0more") == blake2_256(extrinsic)
    assert node.chain.head.extrinsics[1] == extrinsic
    assert refused(node, extrinsic + b"else").code == 1012


@pytest.mark.parametrize("body", [b"", b"\x04", b"\x84" + bytes(300), b"\xff" * 100])
def test_an_extrinsic_that_does_not_decode_panics_and_the_node_goes_on(
    node: Node, sign: Sign, body: bytes
) -> None:
    with pytest.raises(RuntimePanic, match=r"TaggedTransactionQueue_validate_transaction stopped"):
        node.submit(vec(body))
    assert node.chain.head.number == 0
    assert node.inclusion(node.submit(sign()))


def test_the_panic_is_told_in_the_runtimes_own_words(node: Node) -> None:
    with pytest.raises(RuntimePanic, match="Bad input data provided to validate_transaction"):
        node.submit(vec(b"\x04"))


# --- waiting ----------------------------------------------------------------------------------


def test_a_nonce_that_is_too_high_waits_for_the_missing_ones(node: Node, sign: Sign) -> None:
    late, early = [node.submit(sign(nonce=nonce)) for nonce in (2, 1)]
    assert node.chain.head.number == 0
    assert len(node.pool) == 2
    node.submit(sign(nonce=0))
    assert node.inclusion(early)
    assert node.inclusion(late)
    assert len(node.pool) == 0


def test_a_waiting_transaction_that_is_sent_again_is_known(node: Node, sign: Sign) -> None:
    extrinsic = sign(nonce=4)
    node.submit(extrinsic)
    with pytest.raises(RpcError) as error:
        node.submit(extrinsic)
    assert error.value.code == 1013


def test_of_several_that_wait_for_one_nonce_the_best_paying_is_included(
    node: Node, sign: Sign
) -> None:
    tips = (0, MILLI, 0)  # signatures are salted, so that no two are the same
    waiting = [node.submit(sign(nonce=1, tip=tip)) for tip in tips]
    assert len(node.pool) == 3
    before = node.submit(sign(nonce=0))
    assert [node.inclusion(each) is not None for each in waiting] == [False, True, False]
    for each in (waiting[0], waiting[2]):
        status = node._producer.status(each)
        assert status is not None
        assert (status.state, status.by) == (TransactionState.USURPED, before)
    assert len(node.pool) == 0


def test_a_waiting_transaction_that_outlived_its_era_leaves_the_pool(
    node: Node, sign: Sign
) -> None:
    mortal = node.submit(sign(nonce=1, era={"period": 4, "current": 0}))
    for _ in range(6):
        node.seal()
    assert len(node.pool) == 0
    assert "ancient birth block" in str(node.refusal(mortal))


def test_ten_threads_submit_at_once_and_all_is_included(node: Node, client: InProcess) -> None:
    accounts = [Keypair.create_from_uri(f"//{i}") for i in range(10)]
    alice = Keypair.create_from_uri("//Alice")
    for nonce, account in enumerate(accounts):
        call = client.compose_call(
            "Balances",
            "transfer_keep_alive",
            {"dest": account.ss58_address, "value": 1000 * MILLI},
        )
        signed = client.create_signed_extrinsic(call, alice, nonce=nonce, era="00")
        node.submit(bytes(signed.data.data))
    work = [
        [
            bytes(
                client.create_signed_extrinsic(
                    transfer_call(client), account, nonce=nonce, era="00"
                ).data.data
            )
            for nonce in range(5)
        ]
        for account in accounts
    ]
    start = threading.Barrier(10)

    def run(extrinsics: list[bytes]) -> list[bytes]:
        start.wait()
        return [node.submit(extrinsic) for extrinsic in extrinsics]

    with ThreadPoolExecutor(10) as pool:
        hashes = [each for part in pool.map(run, work) for each in part]
    assert all(node.inclusion(each) for each in hashes)
    assert node.chain.head.number == 60


# --- time -------------------------------------------------------------------------------------


def test_timestamps_increase_even_when_the_clock_stands_still(node: Node) -> None:
    node.clock.freeze()
    times = [node.seal().timestamp_ms for _ in range(5)]
    assert times == sorted(set(times))
    assert times[0] >= node.clock.now_ms()


def test_a_clock_set_back_does_not_set_the_chain_back(node: Node) -> None:
    first = node.seal().timestamp_ms
    node.clock.set(1_000)
    assert node.seal().timestamp_ms > first


def test_a_block_has_the_time_that_the_clock_was_set_to(node: Node) -> None:
    node.clock.freeze()
    node.seal()
    node.clock.advance(3 * 86_400_000)
    assert node.seal().timestamp_ms == node.clock.now_ms()


def test_a_snapshot_brings_back_chain_pool_and_clock(
    node: Node, client: InProcess, sign: Sign, bob: Keypair
) -> None:
    node.submit(sign())
    waiting = node.submit(sign(nonce=5))
    node.clock.freeze()
    then, before, head = node.clock.now_ms(), free(client, bob), node.chain.head
    snapshot = node.snapshot()
    gone = node.submit(sign(nonce=1))
    node.clock.advance(10**9)
    node.seal()
    later = node.snapshot()
    node.restore(snapshot)
    assert node.chain.head is head
    assert node.clock.now_ms() == then
    assert free(client, bob) == before
    assert node.inclusion(gone) is None
    assert waiting in node.pool
    node.submit(sign(nonce=1))
    node.restore(later)
    assert node.inclusion(gone)


def test_a_snapshot_belongs_to_its_node(node: Node) -> None:
    with pytest.raises(UsageError, match="another node"):
        node.restore(Node().snapshot())


# --- watching ---------------------------------------------------------------------------------


def test_watchers_are_told_of_blocks_in_order_and_may_submit(node: Node, sign: Sign) -> None:
    seen: list[BlockInfo] = []
    extrinsics = {1: sign(nonce=1), 2: sign(nonce=2)}

    def watch(block: BlockInfo) -> None:
        if block.number in extrinsics:
            node.submit(extrinsics[block.number])
        seen.append(block)

    stop = node.on_block(watch)
    node.submit(sign())
    stop()
    node.seal()
    assert [block.number for block in seen] == [1, 2, 3]
    assert seen[0].parent_hash == node.chain.genesis.hash
    assert seen[1].extrinsic_hashes[1] == blake2_256(extrinsics[1])


def test_a_watcher_may_wait_for_another_thread_that_uses_the_node(node: Node, sign: Sign) -> None:
    second = sign(nonce=1)

    def watch(block: BlockInfo) -> None:
        if block.number == 1:
            with ThreadPoolExecutor(1) as other:
                other.submit(node.submit, second).result(timeout=LONG)

    stop = node.on_block(watch)
    node.submit(sign())
    stop()
    assert node.chain.head.number == 2


def test_a_watcher_that_fails_harms_nobody(
    node: Node, sign: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []
    stops = [
        node.on_block(lambda block: 1 // 0),  # type: ignore[arg-type,return-value]
        node.on_block(lambda block: seen.append(block.number)),
    ]
    node.submit(sign())
    for stop in stops:
        stop()
        stop()
    assert seen == [1]
    assert "A watcher failed on block 1" in caplog.text


# --- beginning and end ------------------------------------------------------------------------


def test_a_closed_node_is_read_and_not_written(sign: Sign) -> None:
    node = Node()
    node.close()
    node.close()
    with pytest.raises(UsageError, match="closed"):
        node.submit(sign())
    with pytest.raises(RpcError, match="closed"):
        node.rpc("author_submitExtrinsic", ["0x" + sign().hex()])
    assert node.rpc("chain_getBlockHash", [0]) == "0x" + node.chain.genesis.hash.hex()


def test_every_preset_starts_a_chain() -> None:
    roots = {Node(preset=preset).chain.genesis.header.state_root for preset in (
        "development", "local_testnet"
    )}  # fmt: skip
    assert all(len(root) == 32 for root in roots)
    assert Node().chain.genesis.hash == Node(clock=Clock()).chain.genesis.hash


def test_a_preset_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no preset 'moon'\. It has: development"):
        Node(preset="moon")


def test_code_that_is_no_runtime_is_refused() -> None:
    with pytest.raises(RuntimeIncompatible):
        Node(code=b"\0asm\1\0\0\0")
    with pytest.raises(RuntimeIncompatible, match="compressed"):
        Node(code=bytes.fromhex("52bc537646db8e05") + b"zstd")


def test_a_transaction_that_panics_in_its_block_is_dropped_and_the_others_stay(
    node: Node, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call of this runtime traps, so the trap is thrown where the runtime would throw it."""
    bad = sign(nonce=0, keypair=Keypair.create_from_uri("//Bob"))
    really = authoring._apply

    def apply(runtime, overlay, extrinsic, *limits, **how):  # type: ignore[no-untyped-def]
        if extrinsic == bad:
            overlay.set(b"left behind", b"by the block that is dropped")
            raise RuntimePanic("attempt to divide by zero")
        return really(runtime, overlay, extrinsic, *limits, **how)

    monkeypatch.setattr(authoring, "_apply", apply)
    with node.one_block():
        good = [node.submit(sign(nonce=0)), node.submit(sign(nonce=1))]
        dropped = node.submit(bad)
    assert all(node.inclusion(each) for each in good)
    assert node.inclusion(dropped) is None
    assert isinstance(node.refusal(dropped), RuntimePanic)
    assert node.chain.head.state.get(b"left behind") is None
    assert len(node.pool) == 0
