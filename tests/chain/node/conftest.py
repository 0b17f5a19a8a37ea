"""A real node for each test, and words to speak of transfers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from substrateinterface import Keypair, SubstrateInterface

from dml_sdk.chain.node import Clock, Node, authoring

MILLI = 10**9  # planck in a thousandth of a token

Sign = Callable[..., bytes]


class InProcess(SubstrateInterface):  # type: ignore[misc]
    """substrate-interface as it comes, with its one request method redirected."""

    def __init__(self, node: Node) -> None:
        self.node = node
        super().__init__(
            url="http://node.invalid", ss58_format=42, auto_discover=False, use_remote_preset=False
        )

    def rpc_request(self, method: str, params: Any, result_handler: Any = None) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": 1, "result": self.node.rpc(method, params)}


@pytest.fixture(scope="session")
def _node() -> Iterator[Node]:
    node = Node(clock=Clock())
    yield node
    node.close()


@pytest.fixture
def node(_node: Node) -> Iterator[Node]:
    """The development chain, as it was before the test again afterwards.

    The blocks that a test leaves are executed again: the runtime comes to the same roots.
    """
    before = _node.snapshot()
    yield _node
    execute_again(_node)
    _node.restore(before)


def execute_again(node: Node) -> None:
    """Let `Core_execute_block` judge every block of a chain."""
    chain = node.chain
    state = chain.genesis.state
    for number in range(1, chain.head.number + 1):
        block = chain.by_number(number)
        assert block is not None
        state = authoring.execute(node.executor, state, block)
        assert state.root == block.header.state_root == block.state.root


@pytest.fixture(scope="session")
def _client(_node: Node) -> InProcess:
    client = InProcess(_node)
    client.init_runtime()
    return client


@pytest.fixture
def client(_client: InProcess, node: Node) -> InProcess:
    return _client


@pytest.fixture(scope="session")
def alice() -> Keypair:
    return Keypair.create_from_uri("//Alice", ss58_format=42)


@pytest.fixture(scope="session")
def bob() -> Keypair:
    return Keypair.create_from_uri("//Bob", ss58_format=42)


@pytest.fixture
def sign(client: InProcess, alice: Keypair) -> Sign:
    """Makes a signed extrinsic; without arguments a transfer of Alice's to Bob with nonce 0."""

    def make(
        call: Any = None,
        *,
        nonce: int = 0,
        keypair: Keypair | None = None,
        tip: int = 0,
        era: Any = "00",
    ) -> bytes:
        call = call or transfer_call(client)
        signed = client.create_signed_extrinsic(
            call, keypair or alice, nonce=nonce, tip=tip, era=era
        )
        return bytes(signed.data.data)

    return make


def transfer_call(client: SubstrateInterface, value: int = MILLI, dest: str = "//Bob") -> Any:
    account = Keypair.create_from_uri(dest, ss58_format=42).ss58_address
    return client.compose_call("Balances", "transfer_keep_alive", {"dest": account, "value": value})


def free(client: SubstrateInterface, keypair: Keypair) -> int:
    """What an account may spend, in planck."""
    return int(client.query("System", "Account", [keypair.ss58_address]).value["data"]["free"])
