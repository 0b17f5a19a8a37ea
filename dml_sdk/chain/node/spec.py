"""The same chain for a network node: a raw chain specification."""

from __future__ import annotations

from dml_sdk.chain.node import genesis
from dml_sdk.chain.node.node import Node

PARA_ID = 1000
RELAY_CHAIN = "dev"


def raw_chain_spec(node: Node) -> dict[str, object]:
    """The chain that `node` started, as JSON for `polkadot-omni-node --chain` and chopsticks.

    It holds the genesis state key by key: a node that starts from it has the same genesis state
    root and, so, the same genesis hash.
    """
    state = node.chain.genesis.state
    return {
        "name": f"DML {node.preset}",
        "id": f"dml_{node.preset}",
        "chainType": "Development",
        "bootNodes": [],
        "telemetryEndpoints": None,
        "protocolId": "dml",
        "properties": genesis.properties(node.runtime(), state),
        "codeSubstitutes": {},
        "relay_chain": RELAY_CHAIN,
        "para_id": PARA_ID,
        "genesis": {
            "raw": {
                "top": {f"0x{key.hex()}": f"0x{value.hex()}" for key, value in state.items()},
                "childrenDefault": {},
            }
        },
    }
