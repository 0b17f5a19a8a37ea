"""Four nodes of one chain: the embedded one in this process and behind a WebSocket,
polkadot-omni-node, and chopsticks.

Each is told the same story, the same signed extrinsics in the same order. A fresh embedded node
then follows it, with the same extrinsics at the times that its blocks name, and the two states are
compared after every block, key by key and byte by byte: so the time needs no allowance. What may
differ is what consensus puts into a block's header, and what comes of the header's hash.

Set DML_TEST_OMNI_NODE and DML_TEST_CHOPSTICKS to the programs that run the other two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.spec import raw_chain_spec
from tests.chain.conformance.chains import (
    CODE,
    EVENTS,
    InThisProcess,
    Peer,
    Told,
    chain_of,
    following,
    refusal,
)
from tests.chain.conformance.story import SPEC_VERSIONS, Step, invalid, not_taken
from tests.chain.conformance.words import Words
from tests.peers import (
    CHOPSTICKS,
    NO_CHOPSTICKS,
    NO_OMNI_NODE,
    OMNI_NODE,
    Chopsticks,
    NetworkNode,
    chopsticks,
    omni_node,
)

OF_HEADERS = {"System.ParentHash", "System.BlockHash", "System.Digest"}
"""The hash of the block before, those of all blocks before, and the digest, which names a slot."""


def told(peer: Peer, steps: list[Step]) -> list[Told]:
    """The chain of a node once the story has been told to it."""
    blocks: list[list[bytes]] = []
    for step in steps:
        if not step.together:
            blocks.append([])
        blocks[-1].append(step.extrinsic)
    for block in blocks:
        if len(block) == 1:
            peer.submit(block[0])
        else:
            peer.submit_together(block)
    return chain_of(peer)


class Conformance:
    """What every node of the chain does alike.

    Attributes:
        may_differ: storage items that need not have the same value; they do have the same keys.
    """

    may_differ: frozenset[str] | set[str] = OF_HEADERS

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Peer | Iterator[Peer]:
        """The node under test, at its genesis."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def chain(cls, peer: Peer, steps: list[Step]) -> list[Told]:
        """Its chain once the story has been told."""
        return told(peer, steps)

    @pytest.fixture(scope="class")
    @classmethod
    def own(cls, chain: list[Told]) -> InThisProcess:
        """An embedded node that followed it."""
        return InThisProcess(following(chain))

    @pytest.fixture(scope="class")
    @classmethod
    def followed(cls, own: InThisProcess) -> list[Told]:
        """Its chain."""
        return chain_of(own)

    def test_the_genesis_state_is_the_same(
        self, chain: list[Told], followed: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        theirs, ours = chain[0], followed[0]
        assert theirs.storage == ours.storage
        header = peer.rpc("chain_getHeader", [theirs.hash])
        assert header["stateRoot"] == own.rpc("chain_getHeader", [ours.hash])["stateRoot"]

    def test_each_call_ends_as_it_should(
        self, chain: list[Told], steps: list[Step], words: Words
    ) -> None:
        in_blocks = [(at, each, block) for block in chain for at, each in block.signed.items()]
        assert [each for _, each, _ in in_blocks] == [step.extrinsic for step in steps]
        last = chain[0]
        for step, (at, _, block) in zip(steps, in_blocks, strict=True):
            assert words.failure(block.storage, at) == step.fails, step.name
            assert (block is last) == step.together, step.name
            last = block

    def test_the_same_extrinsics_leave_the_same_storage_key_by_key(
        self, chain: list[Told], followed: list[Told], words: Words
    ) -> None:
        assert len(chain) == len(followed)
        for theirs, ours in zip(chain, followed, strict=True):
            assert theirs.storage.keys() == ours.storage.keys(), theirs.number
            different = words.differences(ours.storage, theirs.storage)
            unexpected = {
                key: values
                for key, values in different.items()
                if key.split()[0] not in self.may_differ
            }
            assert not unexpected, theirs.number

    def test_the_same_extrinsics_raise_the_same_events(
        self, chain: list[Told], followed: list[Told]
    ) -> None:
        for theirs, ours in zip(chain, followed, strict=True):
            assert theirs.storage.get(EVENTS) == ours.storage.get(EVENTS), theirs.number

    def test_the_code_is_the_same_in_the_end(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        assert peer.rpc("state_getStorage", [CODE]) == own.rpc("state_getStorage", [CODE])

    def test_the_runtime_of_every_block_is_told(self, chain: list[Told], peer: Peer) -> None:
        told = [peer.rpc("state_getRuntimeVersion", [block.hash]) for block in chain]
        versions = [each["specVersion"] for each in told]
        assert versions == sorted(versions)
        assert list(dict.fromkeys(versions)) == SPEC_VERSIONS
        assert versions.count(SPEC_VERSIONS[-1]) == 4  # the block of the upgrade and those after it
        assert peer.rpc("state_getRuntimeVersion")["specVersion"] == SPEC_VERSIONS[-1]

    def test_the_runtime_gives_the_same_verdict_on_what_is_not_valid(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        for name, extrinsic in invalid():
            verdicts = []
            for each in (peer, own):
                head = each.rpc("chain_getBlockHash")
                argument = "0x02" + extrinsic.hex() + head[2:]
                method = "TaggedTransactionQueue_validate_transaction"
                verdicts.append(each.rpc("state_call", [method, argument]))
            assert verdicts[0] == verdicts[1], name
            assert verdicts[0].startswith("0x01"), f"{name} is valid"

    def test_what_is_not_valid_is_refused_with_the_same_code_and_changes_nothing(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        for name, extrinsic in invalid():
            request = "author_submitExtrinsic", ["0x" + extrinsic.hex()]
            assert refusal(peer, *request) == refusal(own, *request), name
        assert peer.rpc("chain_getBlockHash") == chain[-1].hash

    def test_the_runtime_answers_the_same(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        for method in ("Core_version", "DmlApi_conservation", "DmlApi_token"):
            assert peer.rpc("state_call", [method, "0x"]) == own.rpc("state_call", [method, "0x"])
        assert peer.rpc("state_getMetadata") == own.rpc("state_getMetadata")


class ConformanceOfHeaders(Conformance):
    """What a node does that makes headers as the specification has it, as chopsticks does not.

    Attributes:
        included: how it refuses a transaction that is in a block.
    """

    included: frozenset[int] = frozenset({1012})

    def test_the_genesis_block_is_the_same(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        genesis = chain[0].hash
        assert peer.rpc("chain_getHeader", [genesis]) == own.rpc("chain_getHeader", [genesis])

    def test_what_was_found_invalid_is_not_looked_at_again(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        for name, extrinsic in invalid():
            request = "author_submitExtrinsic", ["0x" + extrinsic.hex()]
            theirs, ours = ([refusal(each, *request) for _ in range(3)] for each in (peer, own))
            assert theirs == ours, name
            assert ours in ([1010, 1012, 1012], [1011, 1011, 1011]), name

    def test_what_was_included_is_not_taken_again(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        (extrinsic,) = chain[-1].signed.values()
        request = "author_submitExtrinsic", ["0x" + extrinsic.hex()]
        assert refusal(own, *request) == 1012
        assert refusal(peer, *request) in self.included

    def test_bytes_after_a_transaction_are_no_part_of_it(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        extrinsic = next(not_taken())
        name = "0x" + blake2_256(extrinsic).hex()
        for each in (peer, own):
            assert each.rpc("author_submitExtrinsic", [f"0x{extrinsic.hex()}00ff"]) == name
            assert refusal(each, "author_submitExtrinsic", [f"0x{extrinsic.hex()}"]) == 1013
        assert peer.rpc("chain_getBlockHash") == chain[-1].hash

    def test_several_wait_for_one_nonce(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        rivals = [next(not_taken()) for _ in range(3)]  # signatures are salted
        for each in (peer, own):
            for extrinsic in rivals:
                each.rpc("author_submitExtrinsic", ["0x" + extrinsic.hex()])
        assert peer.rpc("author_pendingExtrinsics") == own.rpc("author_pendingExtrinsics") == []
        assert peer.rpc("chain_getBlockHash") == chain[-1].hash

    def test_what_the_pool_does_not_take_is_refused_with_the_same_code(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        waiting, *others = not_taken()
        for each in (peer, own):
            each.rpc("author_submitExtrinsic", ["0x" + waiting.hex()])
        for extrinsic in (waiting, *others):
            request = "author_submitExtrinsic", ["0x" + extrinsic.hex()]
            assert refusal(peer, *request) == refusal(own, *request), extrinsic.hex()
        assert peer.rpc("chain_getBlockHash") == chain[-1].hash


class ConformanceOfSubscriptions(Conformance):
    """What a node does alike that is asked over a WebSocket."""

    @pytest.fixture(scope="class")
    @classmethod
    def versions(cls, peer: NetworkNode) -> Iterator[NetworkNode]:
        """A client that subscribed to the runtime's version before the story was told."""
        with closing(NetworkNode(peer.url)) as subscriber:
            subscriber.rpc("state_subscribeRuntimeVersion")
            yield subscriber

    @pytest.fixture(scope="class")
    @classmethod
    def chain(cls, peer: Peer, versions: NetworkNode, steps: list[Step]) -> list[Told]:
        return told(peer, steps)

    def test_subscribers_are_told_of_an_upgrade_once(
        self, chain: list[Told], versions: NetworkNode
    ) -> None:
        heard = [versions.heard("state_runtimeVersion")["specVersion"] for _ in SPEC_VERSIONS]
        assert heard == SPEC_VERSIONS
        versions.rpc("system_health")  # what was told before it has been read
        assert not versions.unheard


class TestEmbedded(ConformanceOfHeaders):
    """The embedded node in this process; nothing of it may differ, so the blocks are the same."""

    may_differ: frozenset[str] | set[str] = frozenset()

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Peer:
        return InThisProcess(Node())

    def test_the_blocks_are_the_same(self, chain: list[Told], followed: list[Told]) -> None:
        assert [block.hash for block in chain] == [block.hash for block in followed]


class TestServed(ConformanceOfSubscriptions, TestEmbedded):
    """The embedded node behind a WebSocket."""

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Iterator[Peer]:
        node = Node()
        with closing(node.serve()) as server, closing(NetworkNode(server.url)) as peer:
            yield peer
        node.close()


@pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)
class TestOmniNode(ConformanceOfSubscriptions, ConformanceOfHeaders):
    """polkadot-omni-node with this chain's specification."""

    # Where each transaction is sealed at once it finalises nothing, so its pool still has them.
    included: frozenset[int] = frozenset({1012, 1013})

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
        folder = tmp_path_factory.mktemp("omni-node")
        with (
            omni_node(folder, raw_chain_spec(Node())) as address,
            closing(NetworkNode(f"ws://{address}")) as node,
        ):
            yield node


@pytest.mark.slow
@pytest.mark.skipif(not CHOPSTICKS, reason=NO_CHOPSTICKS)
class TestChopsticks(ConformanceOfSubscriptions):
    """chopsticks with this chain's specification."""

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
        folder, first = tmp_path_factory.mktemp("chopsticks"), Node()
        genesis = str(first.rpc("chain_getBlockHash", [0]))
        with (
            chopsticks(folder, raw_chain_spec(first), genesis) as address,
            closing(Chopsticks(f"ws://{address}")) as node,
        ):
            yield node
