"""JSON-RPC 2.0 on the wire: what a client sent, and what it is answered.

Source: https://www.jsonrpc.org/specification; where it leaves a choice, and for what it does not
know (sizes, subscriptions), the codes and texts are those of the reference node.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from dml_sdk.errors import RpcError

PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR = -32700, -32600, -32603
TOO_MANY_SUBSCRIPTIONS = -32006
OVERSIZED_REQUEST, OVERSIZED_RESPONSE = -32007, -32008
BUSY = -32009
OVERSIZED_BATCH, OVERSIZED_BATCH_RESPONSE = -32010, -32011

_MOST_VALUES = 200_000  # in one message; JSON of many small values takes 30 times its size

Id: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Attributes:
        params: as they came; [] where there were none.
        id: what its answer carries.
        answered: whether anybody waits for an answer; not so for a notification.
    """

    method: str
    params: Any
    id: Id
    answered: bool


@dataclass(frozen=True, slots=True)
class Malformed:
    """What stands in the place of a call and is none."""

    error: RpcError
    id: Id


@dataclass(frozen=True, slots=True)
class Message:
    """What came in one piece: one call, or a batch."""

    calls: Sequence[Request | Malformed]
    is_batch: bool


def parse(data: bytes, most: int) -> Message:
    """Reads a message; what is wrong with it is told in its place.

    Args:
        most: how many calls a batch may have.
    """
    try:
        if data.count(b",") > _MOST_VALUES:
            raise RpcError(INVALID_REQUEST, "Invalid request", f"over {_MOST_VALUES} values")
        content = json.loads(data.decode(), parse_constant=_no_number)
    except RpcError as error:
        return Message((Malformed(error, None),), False)
    except (ValueError, RecursionError):
        return Message((Malformed(RpcError(PARSE_ERROR, "Parse error"), None),), False)
    if not isinstance(content, list):
        return Message((_call(content),), False)
    if not content:
        empty = RpcError(INVALID_REQUEST, "Invalid request", "an empty batch")
        return Message((Malformed(empty, None),), False)
    if len(content) > most:
        long = RpcError(
            OVERSIZED_BATCH, "The batch request was too large", f"Exceeded max limit of {most}"
        )
        return Message((Malformed(long, None),), False)
    return Message([_call(item) for item in content], True)


def result(id_: Id, value: object) -> bytes:
    """The answer to a call that went well."""
    return encoded({"jsonrpc": "2.0", "id": id_, "result": value})


def failure(id_: Id, error: RpcError) -> bytes:
    """The answer to a call that did not."""
    told: dict[str, object] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return encoded({"jsonrpc": "2.0", "id": id_, "error": told})


def notification(method: str, subscription: str, value: bytes) -> bytes:
    """What a subscriber is told.

    Args:
        value: as JSON.
    """
    head = (
        f'{{"jsonrpc":"2.0","method":"{method}","params":{{"subscription":"{subscription}",'
        '"result":'
    )
    return b"".join((head.encode(), value, b"}}"))


def batch(answers: Sequence[bytes]) -> bytes:
    """The answer to a batch."""
    return b"".join((b"[", b",".join(answers), b"]"))


def oversized_request(limit: int) -> RpcError:
    """The error of a message with more bytes than are read."""
    return RpcError(OVERSIZED_REQUEST, "Request is too big", f"Exceeded max limit of {limit}")


def oversized_response(limit: int, *, of_batch: bool) -> RpcError:
    """The error of an answer with more bytes than are sent."""
    if of_batch:
        code, message = OVERSIZED_BATCH_RESPONSE, "The batch response was too large"
    else:
        code, message = OVERSIZED_RESPONSE, "Response is too big"
    return RpcError(code, message, f"Exceeded max limit of {limit}")


def busy(why: str) -> RpcError:
    """The error of a request that comes while too much waits already."""
    return RpcError(BUSY, "Server is busy, try again later", why)


def encoded(value: object) -> bytes:
    """A value as JSON, in ASCII."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _call(item: object) -> Request | Malformed:
    if not isinstance(item, dict):
        return _malformed("a request is an object", None)
    answered = "id" in item
    id_ = item.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int | float | None):
        return _malformed("an id is a string, a number or null", None)
    if isinstance(id_, float) and not math.isfinite(id_):
        return _malformed("the id is too large a number", None)
    if item.get("jsonrpc") != "2.0":
        return _malformed('a request has "jsonrpc": "2.0"', id_)
    method, params = item.get("method"), item.get("params")
    if not isinstance(method, str):
        return _malformed("a request names its method", id_)
    if not isinstance(params, list | dict | None):
        return _malformed("parameters come as a list", id_)
    return Request(method, [] if params is None else params, id_, answered)


def _malformed(why: str, id_: Id) -> Malformed:
    return Malformed(RpcError(INVALID_REQUEST, "Invalid request", why), id_)


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
