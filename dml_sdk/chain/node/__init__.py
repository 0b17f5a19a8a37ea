"""The embedded node: a Substrate chain inside this Python process.

It executes the same Wasm runtime as a network node and answers the same JSON-RPC. Each module adds
one thing to those above it:

scale, hashing, crypto    bytes
process                   what a forked process must leave alone
nodes, trie, state        the state: tries that never change, and overlays of changes
proofs                    of what a state holds, for those who have only its root
abi                       calls between Python and Wasm
ticks, time_limit, interrupts    how long Wasm may run, and how signals reach it
sections, compiling, code_cache, vm    running Wasm; knows nothing of Substrate
wasm                      what runs in Wasm beside the runtime: its heap, hashes, reading storage
host                      what a runtime may ask for
version, runtime, executor    calling a runtime
genesis, blocks, validity, bans, pool, clock    what a chain consists of
history, states, chain    what is kept of each block, and finding it again
schema, archive           the same in a file
authoring                 making and executing blocks
watching, producing       blocks out of what waits, and word of it
sealing                   when that is done
origin, anchors           what a node starts with, and comes back to
portable                  a chain as a file to send
node                      all of it behind one lock
params, rpc               JSON-RPC
serving                   the same for others, over WebSocket and HTTP
spec                      the same chain for a network node
peer, replay              a network node's chain, executed again here
"""

from dml_sdk.chain.node.anchors import Snapshot
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.node import Node
from dml_sdk.chain.node.sealing import Sealing
from dml_sdk.chain.node.watching import BlockInfo, TransactionState, TransactionStatus

__all__ = [
    "BlockInfo",
    "Clock",
    "Node",
    "Sealing",
    "Snapshot",
    "TransactionState",
    "TransactionStatus",
]
