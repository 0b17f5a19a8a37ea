"""Who seals a signed transfer in a block of its own.

The embedded node is timed through the client, from the call's arguments to the receipt with its
events. eth-tester likewise, from signing to the receipt. The nodes in other processes are handed
extrinsics that are signed already, and are timed until they say that it is in a block; their events
are not asked for. So they are told rather too fast than too slow.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from platformdirs import user_cache_path

import dml_sdk as dml
from benchmarks.nodes.turns import Missing
from dml_sdk.chain.client.signing import SigningContext
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.spec import raw_chain_spec
from tests import peers

HERE = Path(__file__).resolve().parent
MILLI = 10**9  # planck in a thousandth of a token

Go = Callable[[], float]


def embedded(session: dml.Session) -> Go:
    """The embedded node, through the client: Alice pays Bob a thousandth of a token."""
    chain, alice, bob = session.chain, session.signer, session.account("bob").address

    def go() -> float:
        began = time.perf_counter()
        call = chain.call("Balances", "transfer_keep_alive", dest=bob, value=MILLI)
        chain.submit(call, alice)
        return time.perf_counter() - began

    return go


def signed_transfers(node: Node) -> Iterator[bytes]:
    """Alice's transfers to Bob, signed for the chain of `node`, one after the other."""
    with dml.connect(store="memory") as session:
        bob, alice = session.account("bob").address, session.signer
        call = session.chain.call("Balances", "transfer_keep_alive", dest=bob, value=MILLI)
    version = node.runtime().version
    genesis = bytes.fromhex(str(node.rpc("chain_getBlockHash", [0]))[2:])
    signing = SigningContext(version.spec, version.transaction, genesis)
    for nonce in count():
        yield signing.sign(call.data, nonce, alice.key)


@contextmanager
def omni_node() -> Iterator[Go]:
    """polkadot-omni-node with instant seal.

    Raises:
        Missing: DML_TEST_OMNI_NODE is not set.
    """
    if not peers.OMNI_NODE:
        raise Missing(peers.NO_OMNI_NODE)
    node = Node()
    with _folder() as folder, peers.omni_node(folder, raw_chain_spec(node)) as address:
        yield from _over_websocket(address, node)


@contextmanager
def chopsticks() -> Iterator[Go]:
    """chopsticks with instant seal.

    Raises:
        Missing: DML_TEST_CHOPSTICKS is not set.
    """
    if not peers.CHOPSTICKS:
        raise Missing(peers.NO_CHOPSTICKS)
    node = Node()
    genesis = str(node.rpc("chain_getBlockHash", [0]))
    with _folder() as folder, peers.chopsticks(folder, raw_chain_spec(node), genesis) as address:
        yield from _over_websocket(address, node)


def _over_websocket(address: str, node: Node) -> Iterator[Go]:
    extrinsics = signed_transfers(node)
    with closing(peers.NetworkNode(f"ws://{address}")) as peer:

        def go() -> float:
            extrinsic = next(extrinsics)
            began = time.perf_counter()
            peer.submit(extrinsic)
            return time.perf_counter() - began

        yield go


@contextmanager
def eth_tester() -> Iterator[Go]:
    """eth-tester with py-evm and coincurve, in an environment of its own.

    Raises:
        Missing: the environment could not be made.
    """
    with subprocess.Popen(
        [_ethereum_python(), HERE / "ethereum.py"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as process:  # fmt: skip
        told, asked = process.stdout, process.stdin
        assert told is not None
        assert asked is not None

        def go() -> float:
            asked.write("\n")
            answer = told.readline()
            assert answer, "eth-tester stopped; what it said is above"
            return float(answer)

        try:
            yield go
        finally:
            process.terminate()


def _ethereum_python() -> Path:
    """The interpreter of eth-tester's environment, which is made if there is none yet."""
    wanted = HERE / "ethereum-requirements.txt"
    version = sha256(wanted.read_bytes()).hexdigest()[:12]
    home = user_cache_path("dml-sdk") / f"eth-tester-{version}"
    python, done = home / "bin" / "python", home / "complete"
    if not done.exists():
        uv = shutil.which("uv") or shutil.which("uv", path=HERE.parents[1] / ".uv" / "bin")
        if uv is None:
            raise Missing("uv, which makes eth-tester's environment, is not installed")
        for command in (
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, home],
            [uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "-r", wanted],
        ):
            made = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
            if made.returncode:
                raise Missing(f"eth-tester's environment could not be made: {made.stderr.strip()}")
        done.touch()
    return python


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)
