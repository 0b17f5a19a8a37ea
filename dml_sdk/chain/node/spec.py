"""The same chain for a network node: a chain specification, plain or raw.

Source: the chain specification's JSON format of the reference node (sc-chain-spec).
"""

from __future__ import annotations

from collections.abc import Mapping

from dml_sdk.chain.node import genesis
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.node import Node
from dml_sdk.chain.node.origin import block_at, own_runtime
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import UsageError

PARA_ID = 1000
RELAY_CHAIN = "dev"
_OF_BLOCKS = (
    "Number", "ParentHash", "BlockHash", "Digest", "Events", "EventCount", "EventTopics",
    "ExecutionPhase", "ExtrinsicCount", "ExtrinsicData", "BlockWeight", "AllExtrinsicsLen",
    "BlockSize", "InherentsApplied",
)  # fmt: skip


def raw_chain_spec(node: Node, *, at: int = 0) -> dict[str, object]:
    """The chain of `node`, as JSON for `polkadot-omni-node --chain` and chopsticks.

    It holds a state key by key, and a node that starts from it has that as its genesis state. From
    block 0 on, which is what `node` started from, the genesis hash is the same too. From a later
    block on it is another chain: see `beginning`.

    Args:
        at: number of the block whose state it is.

    Raises:
        UsageError: no such block.
        StateDiscarded: the node keeps the states of newer blocks only.
    """
    state = beginning(node, at)
    top = {f"0x{key.hex()}": f"0x{value.hex()}" for key, value in state.items()}
    raw = {"raw": {"top": top, "childrenDefault": {}}}
    properties = genesis.properties(node.executor.of(state), state)
    return _spec(node.preset, properties, raw, at)


def beginning(node: Node, at: int = 0) -> Trie:
    """The state that a chain has to begin with to go on from a block of another.

    Accounts, models, pools and rounds are as they were. Left out is what the runtime knows of
    blocks: the new chain counts from 0, and what was signed for the old one is not valid on it.

    Raises:
        UsageError, StateDiscarded: as `raw_chain_spec`.
    """
    block = block_at(node.chain, at)
    if not block.number:
        return block.state
    prefixes = (storage_key("System", item) for item in _OF_BLOCKS)
    return block.state.update(
        {key: None for prefix in prefixes for key in block.state.keys(prefix)}
    )


def plain_chain_spec(
    preset: str = "development", *, code: bytes | None = None
) -> dict[str, object]:
    """The same chain as JSON that a person may read and change before a node starts from it.

    It holds the runtime and what the preset changes in the runtime's default configuration. A node
    has the runtime build the genesis state from that, as `Node(preset=…)` does, and so has the same
    genesis hash. chopsticks reads the raw form only.

    Args:
        code: the runtime's Wasm; None for the one that comes with the SDK.

    Raises:
        UsageError: the runtime has no such preset.
        RuntimeIncompatible: this SDK cannot run the runtime.
    """
    runtime = Executor().runtime(own_runtime() if code is None else code)
    patch = genesis.patch(runtime, preset)
    return _spec(
        preset,
        genesis.properties(runtime, Trie(runtime.version.state)),
        {"runtimeGenesis": {"code": f"0x{runtime.code.hex()}", "patch": patch}},
    )


def genesis_items(chain_spec: Mapping[str, object]) -> dict[bytes, bytes]:
    """The genesis state that a raw specification holds, key by key.

    Raises:
        UsageError: not a raw specification.
    """
    try:
        raw = chain_spec["genesis"]["raw"]  # type: ignore[index]
        if raw.get("childrenDefault"):
            raise ValueError("it has child tries")
        return {_bytes(key): _bytes(value) for key, value in raw["top"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            f"This is not a raw chain spec ({type(error).__name__}: {str(error)[:80]}). "
            "`dml-sdk chain-spec --raw` writes one."
        ) from error


def _spec(preset: str, properties: object, start: object, at: int = 0) -> dict[str, object]:
    return {
        "name": f"DML {preset}" + (f", from block {at}" if at else ""),
        "id": f"dml_{preset}" + (f"_from_{at}" if at else ""),
        "chainType": "Development",
        "bootNodes": [],
        "telemetryEndpoints": None,
        "protocolId": "dml",
        "properties": properties,
        "codeSubstitutes": {},
        "relay_chain": RELAY_CHAIN,
        "para_id": PARA_ID,
        "genesis": start,
    }


def _bytes(told: str) -> bytes:
    if not told.startswith("0x"):
        raise ValueError("what is stored is not told as 0x…")
    return bytes.fromhex(told[2:])
