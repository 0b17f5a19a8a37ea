"""The embedded node: a Substrate chain inside this Python process.

It executes the same Wasm runtime as a network node and answers the same JSON-RPC. Each module adds
one thing to those above it:

scale, hashing, crypto    bytes
trie, state               the state: tries that never change, and overlays of changes
abi, code_cache, time_limit, vm    running Wasm; knows nothing of Substrate
wasm                      what runs in Wasm beside the runtime: its heap, hashes, reading storage
host                      what a runtime may ask for
executor                  calling a runtime
genesis, blocks, validity, pool, clock    what a chain consists of
authoring                 making and executing blocks
node                      all of it behind one lock
params, rpc               JSON-RPC
spec                      the same chain for a network node
"""

from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.node import BlockInfo, Node, Snapshot

__all__ = ["BlockInfo", "Clock", "Node", "Snapshot"]
