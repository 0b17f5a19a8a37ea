"""substrate-interface, pointed at a node in this process or at a URL."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from substrateinterface import SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException
from substrateinterface.transport import WebsocketTransport
from websocket import WebSocketConnectionClosedException, WebSocketException

from dml_sdk.arguments import url_told
from dml_sdk.chain.client.keys import SS58_FORMAT
from dml_sdk.errors import ChainUnreachable, RpcError, RuntimeIncompatible

if TYPE_CHECKING:
    from dml_sdk.chain.node import Node

_CONNECT_SECONDS = 10
# The library reads a farewell as an answer without a text.
_HUNG_UP = (ConnectionError, WebSocketConnectionClosedException, JSONDecodeError)


class _InProcess:
    """A transport whose other end is a `Node` in this process."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def rpc_request(self, payload: dict[str, Any], result_handler: Any = None) -> dict[str, Any]:
        if result_handler is not None:
            raise RpcError(-32601, "the embedded node has no subscriptions in process")
        result = self._node.rpc(payload["method"], payload["params"])
        return {"jsonrpc": "2.0", "id": payload["id"], "result": result}

    def close(self) -> None:
        """Nothing to close: the node belongs to whoever made it."""


class Interface(SubstrateInterface):  # type: ignore[misc]  # the library has no types
    """A SubstrateInterface that reads the runtime's metadata once, not before every call."""

    def __init__(self, target: Node | str) -> None:
        self.runtime_version: int | None = None
        self._wire = threading.RLock()
        self._node = None if isinstance(target, str) else target
        self._where = url_told(target) if isinstance(target, str) else "the embedded node"
        # What a library says may hold the whole address.
        self._is_told = not isinstance(target, str) or self._where == target
        url = target if isinstance(target, str) else "http://embedded.invalid"
        try:
            super().__init__(
                url=url,
                ss58_format=SS58_FORMAT,
                auto_discover=False,
                use_remote_preset=False,
                ws_options={"timeout": _CONNECT_SECONDS},
            )
        except (OSError, ValueError, WebSocketException) as e:
            raise self._unreachable(e) from (e if self._is_told else None)
        if not isinstance(target, str):
            self.transport = _InProcess(target)
        self.stale = True

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one request; of the embedded node, which answers any thread, with no lock.

        Raises:
            RpcError: the node refused.
            ChainUnreachable: no answer.
        """
        if self._node is not None:
            return self._node.rpc(method, params)
        return self.rpc_request(method, list(params))["result"]

    def rpc_request(self, method: str, params: Any, result_handler: Any = None) -> Any:
        """One request, as the library makes it; errors are this SDK's own."""
        with self._wire:
            try:
                try:
                    return super().rpc_request(method, params, result_handler)
                except _HUNG_UP:
                    # The node was started anew, or has closed a connection that was quiet. What
                    # changes nothing can be asked again.
                    is_socket = isinstance(self.transport, WebsocketTransport)
                    if not is_socket or method.startswith("author_"):
                        raise
                    self.connect_websocket()
                    return super().rpc_request(method, params, result_handler)
            except SubstrateRequestException as e:
                raise _rpc_error(e) from e
            except (OSError, WebSocketException, JSONDecodeError) as e:
                raise self._unreachable(e) from (e if self._is_told else None)
            except Exception as e:
                if type(e).__module__.startswith("requests"):
                    raise self._unreachable(e) from (e if self._is_told else None)
                raise

    def init_runtime(self, block_hash: Any = None, block_id: Any = None) -> None:
        """Reads the metadata when there is none or it is `stale` (the runtime was upgraded)."""
        if not self.stale:
            return
        self.stale = False  # before the call below, which comes back here for a constant
        self.runtime_version = None
        self.block_hash = self.block_id = None
        try:
            super().init_runtime(block_hash, block_id)
        except BaseException:
            self.stale = True
            raise

    def get_block_runtime_version(self, block_hash: Any) -> Any:
        """After the newest block, which may have changed the code, instead of before it."""
        return super().get_block_runtime_version(self.block_hash)

    def get_block_metadata(self, block_hash: Any = None, decode: bool = True) -> Any:
        """After the newest block, which may have changed the code, instead of before it."""
        with _decoding(self.runtime_config):
            return super().get_block_metadata(self.block_hash, decode)

    def _unreachable(self, error: Exception) -> ChainUnreachable:
        why = type(error).__name__ + (f": {error}" if self._is_told else "")
        return ChainUnreachable(
            f"No answer from {self._where} ({why}). "
            "Check that the node runs and that the address is right; "
            "dml.connect() without an address starts a chain in this process."
        )


@contextmanager
def _decoding(types: Any) -> Iterator[None]:
    """Makes the library decode metadata in a third of its time.

    It makes a class of its own for each of the ten thousands of values whose type has a parameter,
    where one for each type will do. And all of them stay, so there is no garbage to look for.

    Args:
        types: its registry of types, which does not change meanwhile.
    """
    collects = gc.isenabled()
    gc.disable()
    plain = types.get_decoder_class
    known = cache(plain)
    types.get_decoder_class = lambda type_: (known if isinstance(type_, str) else plain)(type_)
    try:
        yield
    finally:
        del types.get_decoder_class
        if collects:
            gc.enable()


def octets(told: str | None) -> bytes | None:
    """Bytes as nodes tell them, "0x…"; None for null.

    Raises:
        RuntimeIncompatible: something else.
    """
    if told is None:
        return None
    try:
        return bytes.fromhex(told.removeprefix("0x"))
    except (ValueError, AttributeError) as e:
        raise RuntimeIncompatible(
            f"The node answered with something else than bytes ({e}). Check its address."
        ) from e


def _rpc_error(error: SubstrateRequestException) -> RpcError:
    told = error.args[0] if error.args else {}
    if isinstance(told, dict):
        return RpcError(
            int(told.get("code", -32000)), str(told.get("message", "refused")), told.get("data")
        )
    return RpcError(-32000, str(told))
