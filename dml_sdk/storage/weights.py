"""A network's weights as bytes: safetensors, written one way and read strictly.

The format is a length (8 bytes, little-endian), a JSON header that gives each tensor's dtype,
shape and place, and the tensors' bytes. There is nothing in it to execute. It is written and read
here, and not by the safetensors package, for three reasons: the same weights must have the same
bytes, thus the same CID, under every version of that package; the order of the tensors is that of
the network's layers, which the package replaces by one of its own; and it lets the last of two
tensors of one name win, where a file that two readers understand differently has to be refused.
What is written here is read by the package, and the other way round.

Source: https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UpdateInvalid, UsageError, WeightsMalformed, WeightsMismatch

Weights = Mapping[str, npt.NDArray[Any]]
"""A network's tensors by name, in the order of its layers."""

LARGEST = 1 << 30  # bytes of a weights file
MOST_TENSORS = 10_000
_LONGEST_HEADER = 1 << 22  # bytes
_LONGEST_NAME = 256  # characters
_MOST_AXES = 16

_LENGTH = 8  # bytes of the header's length, and what the header is padded to
_METADATA = "__metadata__"
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("<i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("<u1"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def encode(weights: Weights) -> bytes:
    """A safetensors file with these weights, in their order; equal weights give equal bytes.

    Raises:
        UsageError: a tensor that is neither float16, float32, float64 nor an integer, a name that
            cannot be written, or more than a file may hold (`MOST_TENSORS`, `LARGEST` bytes).
    """
    header: dict[str, Any] = {}
    bodies: list[bytes | memoryview] = []
    end = 0
    for name, value in weights.items():
        tensor = np.asarray(value)
        dtype = tensor.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise UsageError(
                f"Tensor {name!r} is of type {tensor.dtype}: weights are float16, float32, "
                "float64 or integers. Convert it with astype()."
            )
        if not isinstance(name, str) or not _is_a_name(name):
            raise UsageError(
                f"{name!r} cannot name a tensor: give 1 to {_LONGEST_NAME} characters of text."
            )
        if tensor.ndim > _MOST_AXES:
            raise UsageError(f"Tensor {name!r} has {tensor.ndim} axes, more than {_MOST_AXES}.")
        begin, end = end, end + tensor.nbytes
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
        bodies.append(np.asarray(tensor, dtype=dtype, order="C").reshape(-1).view(np.uint8).data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _LENGTH)
    total = _LENGTH + len(text) + end
    if len(header) > MOST_TENSORS or len(text) > _LONGEST_HEADER or total > LARGEST:
        raise UsageError(
            f"{len(header):,} tensors of {total:,} bytes are more than a weights file may hold: "
            f"{MOST_TENSORS:,} tensors, {LARGEST:,} bytes."
        )
    return b"".join((len(text).to_bytes(_LENGTH, "little"), text, *bodies))


def decode(
    data: bytes, *, like: Weights | None = None, sha256: str | None = None
) -> dict[str, npt.NDArray[Any]]:
    """The weights in a safetensors file, which anybody may have written.

    Args:
        data: the whole file.
        like: weights whose names, shapes and dtypes these must have; their order is taken.
        sha256: what the chain says that the file hashes to, 64 hexadecimal digits.

    Returns:
        Arrays that own their memory and may be changed, in the order of `like`, or of the file.

    Raises:
        WeightsMismatch: another hash, names, shapes or dtypes.
        WeightsMalformed: not such a file, cut short, with bytes that belong to no tensor or to
            two, with a name twice, with a dtype that weights don't have, or too large.
    """
    if sha256 is not None:
        check_sha256(data, sha256)
    if len(data) > LARGEST:
        raise WeightsMalformed(
            f"A file of {len(data):,} bytes is larger than weights may be ({LARGEST:,} bytes)."
        )
    entries, body = _header(data)
    weights: dict[str, npt.NDArray[Any]] = {}
    for entry in entries:
        flat = np.frombuffer(body[entry.begin : entry.end], dtype=entry.dtype)
        native = entry.dtype if sys.byteorder == "little" else entry.dtype.newbyteorder("=")
        weights[entry.name] = np.array(flat.reshape(entry.shape), dtype=native)
    if like is None:
        return weights
    check_like(weights, like)
    return {name: weights[name] for name in like}


def sha256(data: bytes) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits; what the chain keeps of each version."""
    return hashlib.sha256(data).hexdigest()


def check_sha256(data: bytes, promised: str) -> None:
    """Compare a file with the hash that the chain keeps of it.

    Raises:
        WeightsMismatch: it hashes to something else.
    """
    found = sha256(data)
    if found != promised.lower().removeprefix("0x"):
        raise WeightsMismatch(
            f"The weights hash to {found}, but {promised} was promised: they are not the weights "
            "that were published. Don't use them; ask the publisher to store the original."
        )


def check_like(weights: Weights, like: Weights) -> None:
    """Compare names, shapes and dtypes with those of other weights.

    Raises:
        WeightsMismatch: naming the first tensor that differs.
    """
    for name, expected in like.items():
        if name not in weights:
            raise WeightsMismatch(f"The weights lack tensor {name!r}: another network's weights?")
        found = weights[name]
        if found.shape != expected.shape or found.dtype != expected.dtype:
            raise WeightsMismatch(
                f"Tensor {name!r} is {found.dtype}{list(found.shape)} where the network has "
                f"{expected.dtype}{list(expected.shape)}: another network's weights?"
            )
    for name in weights:
        if name not in like:
            raise WeightsMismatch(
                f"The weights have tensor {name!r}, which the network has not: "
                "another network's weights?"
            )


def check_finite(weights: Weights) -> None:
    """Look for values that would spoil every average they enter.

    Raises:
        UpdateInvalid: naming the first tensor with a NaN or an infinity.
    """
    for name, tensor in weights.items():
        finite = np.isfinite(tensor)
        if not finite.all():
            bad = tensor.size - int(np.count_nonzero(finite))
            raise UpdateInvalid(
                f"Tensor {name!r} has {bad:,} of {tensor.size:,} values that are NaN or infinite: "
                "training diverged, or the update was made to harm. Try a smaller learning rate."
            )


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def _header(data: bytes) -> tuple[list[_Entry], memoryview]:
    """The tensors of a file in the order of their bytes, and those bytes."""
    view = memoryview(data)
    length = int.from_bytes(view[:_LENGTH], "little")
    body = _LENGTH + length
    if len(view) < body or length < len("{}"):
        raise _malformed("it is no safetensors file, or was cut short in its header")
    if length > _LONGEST_HEADER:
        raise _malformed(f"its header has {length:,} bytes, more than {_LONGEST_HEADER:,}")
    try:
        # A recursion error is how the parser refuses text that nests too deep.
        header = json.loads(str(view[_LENGTH:body], "utf-8"), object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as e:
        raise _malformed(f"its header is not JSON ({type(e).__name__})") from e
    if not isinstance(header, dict):
        raise _malformed("its header is not a JSON object")
    header.pop(_METADATA, None)
    if len(header) > MOST_TENSORS:
        raise _malformed(f"it has {len(header):,} tensors, more than {MOST_TENSORS:,}")
    entries = [_entry(name, told) for name, told in header.items()]
    # An empty tensor starts where its neighbour does: the end tells which comes first.
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    end = 0
    for entry in entries:
        if entry.begin != end:
            raise _malformed(f"tensor {entry.name!r} does not start where the one before it ends")
        end = entry.end
    if body + end != len(view):
        raise _malformed(
            f"its tensors take {end:,} bytes and it has {len(view) - body:,}: "
            "it was cut short, or something was added"
        )
    return entries, view[body:]


def _entry(name: str, told: object) -> _Entry:
    if not _is_a_name(name):
        raise _malformed(f"{name[:80]!r} cannot name a tensor")
    match told:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end], **rest}:
            pass
        case _:
            raise _malformed(f"tensor {name!r} is not described by dtype, shape and data_offsets")
    if rest:
        raise _malformed(f"tensor {name!r} is described by more than the format has")
    if dtype not in _DTYPES:
        raise _malformed(f"tensor {name!r} is of type {dtype[:20]!r}, which weights never are")
    if len(shape) > _MOST_AXES or not all(map(_is_a_size, (*shape, begin, end))):
        raise _malformed(f"tensor {name!r} has a shape or offsets that no array has")
    kind = _DTYPES[dtype]
    # An axis of length 0 hides the others from the product, but not from NumPy's limits.
    if math.prod(size or 1 for size in shape) * kind.itemsize > LARGEST:
        raise _malformed(f"tensor {name!r} is larger than weights may be ({LARGEST:,} bytes)")
    if end - begin != math.prod(shape) * kind.itemsize:
        raise _malformed(
            f"tensor {name!r} has shape {shape} of {dtype}, which is not {end - begin} bytes"
        )
    return _Entry(name, kind, tuple(shape), begin, end)


def _is_a_name(name: str) -> bool:
    # A lone surrogate can be read from JSON and not be written as UTF-8.
    surrogate = any("\ud800" <= letter <= "\udfff" for letter in name)
    return 0 < len(name) <= _LONGEST_NAME and name != _METADATA and not surrogate


def _is_a_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST  # bool is an int, too


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("its header gives one name twice")
    return found


def _malformed(why: str) -> WeightsMalformed:
    return WeightsMalformed(
        f"These bytes are not weights: {why}. Nothing was loaded. Fetch the file again, or ask "
        "its publisher for a safetensors file."
    )
