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
from tests.chain.conformance.story import Step, invalid, not_taken
from tests.chain.conformance.words import Words
from tests.peers import (
    CHOPSTICKS,
    NO_CHOPSTICKS,
    NO_OMNI_NODE,
    OMNI_NODE,
    NetworkNode,
    chopsticks,
    omni_node,
)

OF_HEADERS = {"System.ParentHash", "System.BlockHash", "System.Digest"}
"""The hash of the block before, those of all blocks before, and the digest, which names a slot."""


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
        for step in steps:
            peer.submit(step.extrinsic)
        return chain_of(peer)

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
        in_blocks = [(each, block) for block in chain for each in block.signed]
        assert [each for each, _ in in_blocks] == [step.extrinsic for step in steps]
        for step, (_, block) in zip(steps, in_blocks, strict=True):
            assert words.failure(block.storage) == step.fails, step.name

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

    def test_the_runtime_gives_the_same_verdict_on_what_is_not_valid(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        for name, extrinsic in invalid(own.node):
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
        for name, extrinsic in invalid(own.node):
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
    """What a node does that makes headers as the specification has it, as chopsticks does not."""

    def test_the_genesis_block_is_the_same(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        genesis = chain[0].hash
        assert peer.rpc("chain_getHeader", [genesis]) == own.rpc("chain_getHeader", [genesis])

    def test_what_the_pool_does_not_take_is_refused_with_the_same_code(
        self, chain: list[Told], peer: Peer, own: InThisProcess
    ) -> None:
        waiting, *others = not_taken(own.node)
        for each in (peer, own):
            each.rpc("author_submitExtrinsic", ["0x" + waiting.hex()])
        for extrinsic in (waiting, *others):
            request = "author_submitExtrinsic", ["0x" + extrinsic.hex()]
            assert refusal(peer, *request) == refusal(own, *request), extrinsic.hex()
        assert peer.rpc("chain_getBlockHash") == chain[-1].hash


class TestEmbedded(ConformanceOfHeaders):
    """The embedded node in this process; nothing of it may differ, so the blocks are the same."""

    may_differ: frozenset[str] | set[str] = frozenset()

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Peer:
        return InThisProcess(Node())

    def test_the_blocks_are_the_same(self, chain: list[Told], followed: list[Told]) -> None:
        assert [block.hash for block in chain] == [block.hash for block in followed]


class TestServed(TestEmbedded):
    """The embedded node behind a WebSocket."""

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Iterator[Peer]:
        node = Node()
        with closing(node.serve()) as server, closing(NetworkNode(server.url)) as peer:
            yield peer
        node.close()


@pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)
class TestOmniNode(ConformanceOfHeaders):
    """polkadot-omni-node with this chain's specification."""

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
class TestChopsticks(Conformance):
    """chopsticks with this chain's specification."""

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
        folder, first = tmp_path_factory.mktemp("chopsticks"), Node()
        genesis = str(first.rpc("chain_getBlockHash", [0]))
        with (
            chopsticks(folder, raw_chain_spec(first), genesis) as address,
            closing(NetworkNode(f"ws://{address}")) as node,
        ):
            yield node
