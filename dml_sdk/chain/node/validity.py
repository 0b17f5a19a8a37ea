"""What the runtime says of a transaction before it is in a block, and how a node passes it on.

Source: sp_runtime::transaction_validity; the codes and texts of errors are those of a network
node's author_submitExtrinsic.
"""

from __future__ import annotations

from dataclasses import dataclass

from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.errors import RpcError

MALFORMED = 1040
INVALID, UNKNOWN, BANNED, ALREADY_IMPORTED = 1010, 1011, 1012, 1013
TOO_LOW_PRIORITY, POOL_FULL = 1014, 1016

_FUTURE, _EXHAUSTS_RESOURCES = 2, 6
_CUSTOM_INVALID, _CUSTOM_UNKNOWN = 7, 2
_INVALID = (
    "Transaction call is not expected",
    "Inability to pay some fees (e.g. account balance too low)",
    "Transaction will be valid in the future",
    "Transaction is outdated",
    "Transaction has a bad signature",
    "Transaction has an ancient birth block",
    "Transaction would exhaust the block limits",
    "InvalidTransaction custom error",
    "A call was labelled as mandatory, but resulted in an Error.",
    "Transaction dispatch is mandatory; transactions must not be validated.",
    "Invalid signing address",
    "The implicit data was unable to be calculated",
    "The transaction extension did not authorize any origin",
)
_UNKNOWN = (
    "Could not lookup information required to validate the transaction",
    "Could not find an unsigned validator for the unsigned transaction",
    "UnknownTransaction custom error",
)


def opaque(data: bytes) -> bytes:
    """The extrinsic that bytes begin with: one byte string with its length before it.

    What follows it is left off, as network nodes do: it is in no block and in no hash.

    Raises:
        RpcError: there is none (1040).
    """
    read = Reader(data)
    try:
        read.vec()
    except ScaleError as error:
        message = "Client error: Could not decode the extrinsic"
        raise RpcError(MALFORMED, message, str(error)) from error
    return data[: read.position]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transaction is not for a block.

    Attributes:
        unknown: the runtime could not tell; otherwise it is invalid.
        reason: index of the variant in InvalidTransaction or UnknownTransaction.
        custom: the code of a custom reason.
    """

    unknown: bool
    reason: int
    custom: int | None = None

    @property
    def text(self) -> str:
        """The reason in words."""
        if self.custom is not None:
            return f"Custom error: {self.custom}"
        texts = _UNKNOWN if self.unknown else _INVALID
        return texts[self.reason] if self.reason < len(texts) else f"Reason {self.reason}"

    @property
    def for_a_later_block(self) -> bool:
        """Whether only this block has no room for it."""
        return not self.unknown and self.reason == _EXHAUSTS_RESOURCES

    @property
    def too_early(self) -> bool:
        """Whether its nonce is still to come."""
        return not self.unknown and self.reason == _FUTURE

    def error(self) -> RpcError:
        """The refusal as a node reports it."""
        if self.unknown:
            return RpcError(UNKNOWN, "Unknown Transaction Validity", self.text)
        return RpcError(INVALID, "Invalid Transaction", self.text)

    @classmethod
    def read(cls, read: Reader) -> Refusal:
        """From an encoded TransactionValidityError."""
        unknown, reason = read.uint(1) == 1, read.uint(1)
        custom = reason == (_CUSTOM_UNKNOWN if unknown else _CUSTOM_INVALID)
        return cls(unknown, reason, read.uint(1) if custom else None)


@dataclass(frozen=True, slots=True)
class Validity:
    """Under which conditions a transaction may be in a block.

    Attributes:
        priority: the higher goes first.
        requires, provides: tags that others provide, and that this one does.
        longevity: for how many blocks this holds.
    """

    priority: int
    requires: frozenset[bytes]
    provides: frozenset[bytes]
    longevity: int


def decode_validity(data: bytes) -> Validity | Refusal:
    """From an encoded TransactionValidity.

    Raises:
        ScaleError: not one.
    """
    read = Reader(data)
    if read.uint(1):
        return Refusal.read(read)
    priority = read.uint(8)
    requires = frozenset(read.vec() for _ in range(read.compact()))
    provides = frozenset(read.vec() for _ in range(read.compact()))
    return Validity(priority, requires, provides, read.uint(8))


def refusal_of(apply_result: bytes) -> Refusal | None:
    """Why an extrinsic was not applied, from an encoded ApplyExtrinsicResult; None when it was.

    Raises:
        ScaleError: not one.
    """
    read = Reader(apply_result)
    tag = read.uint(1)
    if tag > 1:
        raise ScaleError(f"A result starts with 0 or 1, not {tag}.")
    return Refusal.read(read) if tag else None
