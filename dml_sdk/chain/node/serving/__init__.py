"""A node that others reach: JSON-RPC 2.0 over WebSocket and HTTP, on one port.

Each module adds one thing to those above it:

limits        how much anybody may ask for
guard         who may ask at all: Host and Origin
messages      JSON-RPC on the wire
turns         who is worked for next
room          how much waits to be read, over all clients
feed          telling subscribers of new blocks, in order
outbox        what waits to be sent to one client
subscriptions what one client is told without asking again
answering     the answers to what one client asks
websocket     one WebSocket client
replies       what goes back over HTTP
door          HTTP, connections, and WebSocket on the same port
server        the thread that all of it runs in

No method stores or reveals a key: there is none that does.
"""

from __future__ import annotations

from dml_sdk.errors import MissingExtra

try:
    import aiohttp as _  # noqa: F401
except ImportError as error:
    raise MissingExtra("aiohttp", "serve", "Serving a node to others") from error

from dml_sdk.chain.node.serving.limits import Limits
from dml_sdk.chain.node.serving.server import Server, serve

__all__ = ["Limits", "Server", "serve"]
