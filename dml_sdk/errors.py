"""What can go wrong, as one tree.

    DMLError
    ├── UsageError                    an argument that can't be right; nothing was done
    │   ├── UnknownModel              no model of this number or GUID, or not any more
    │   ├── KeystoreInvalid           a file that is no keystore that this SDK opens
    │   ├── WrongPassword             of a keystore, or the keystore is damaged
    │   └── PromptUnavailable         nobody can be asked for a password here
    ├── MissingExtra                  an optional dependency is not installed
    ├── ChainError
    │   ├── ChainUnreachable          no answer from the node
    │   ├── RpcError                  the node answered with a JSON-RPC error
    │   ├── LicenceRequired           the weights of a restricted model, without a right to them
    │   ├── NotConfirmed              whoever was asked first did not say yes; nothing was sent
    │   ├── SigningRefused            the signer did not sign, or not rightly; nothing was sent
    │   ├── TransactionRefused        never entered a block (nonce, fee, signature, mortality)
    │   ├── TransactionWaiting        in the pool of a chain that is sealed by hand
    │   ├── RuntimePanic              the runtime trapped or looped; its block was dropped
    │   ├── RuntimeIncompatible       the runtime is not one that this SDK can talk to
    │   ├── ChainInUse                another process has the chain's file open
    │   ├── ChainCorrupt              the file is not a chain's, or is damaged
    │   ├── ChainInvalid              what a node tells does not make a chain; names the block
    │   ├── StateDiscarded            the node keeps the state of newer blocks only
    │   ├── ProofInvalid              a storage proof does not lead from the root to the key
    │   └── DispatchError             in a block, refused by a rule; only the fee was paid
    │       └── models.*, pools.*, rounds.*, …    one class for each error of a pallet
    ├── StorageError
    │   ├── StoreUnreachable          no answer from the store
    │   ├── ContentNotFound           the store holds nothing under this CID
    │   ├── ContentCorrupt            the bytes do not hash to what was promised
    │   ├── ContentTooLarge           more bytes than the caller was ready to take
    │   ├── InvalidCID                not a CID that this store understands
    │   └── SealError                 sealed weights that cannot be opened
    │       ├── KeyNotDelivered       sealed, and nobody gave this account the key
    │       ├── SealMalformed         not sealed weights, or of a version not known here
    │       ├── SealBroken            altered, truncated or put together anew
    │       └── WrongKey              sealed with another key, or wrapped for another holder
    ├── WeightsError                  bytes that are not the weights they should be
    │   ├── WeightsMalformed          not safetensors, truncated, or of a forbidden type
    │   └── WeightsMismatch           wrong names, shapes, or a hash other than the chain's
    ├── AnnotationError
    │   ├── Faulty                    a document with faults that are named by path
    │   │   ├── QuestionnaireInvalid  one that breaks the schema, by path
    │   │   └── AnswersInvalid        that do not fit their questions
    │   ├── MediaRefused              an item that is not what it says, or could run a script
    │   ├── ManifestInvalid           a task's list of items that cannot be read, or was altered
    │   ├── PolicyInvalid             a task's policy that cannot be read, or gold of another task
    │   ├── NothingToAnnotate         no batch for this account now; says why, and when there may be
    │   ├── DraftsUnwritable          answers could not be kept on this machine; nothing was sent
    │   ├── DraftsUnreadable          what is kept on this machine; it was left as it is
    │   └── FormatInvalid             a file of another tool's that cannot be imported or exported
    └── TrainingError
        ├── UpdateInvalid             an update with NaN, infinity or wrong shapes
        ├── ClientFailed              a contributor's training raised
        ├── EngineUnavailable         this engine cannot run here, or not this network
        ├── TrainingRunning           a second training of a model that is being trained
        ├── TrainingTimeout           wait() ran out of time; training goes on
        ├── RoundAborted              a round ended without a version; nothing was lost
        └── DatasetError              data that cannot be read, downloaded or partitioned

Every message says what happened, why, and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

_SHOWN_FAULTS = 8


class DMLError(Exception):
    """Base of every error that this SDK raises on purpose."""


class UsageError(DMLError, ValueError):
    """An argument that can't be right; nothing was done."""


class UnknownModel(UsageError):
    """No model of this number or GUID is on the chain, or not any more: an anchor has ended."""


class KeystoreInvalid(UsageError):
    """A file that is no encrypted keystore, or one of a kind that this SDK does not open."""


class WrongPassword(UsageError):
    """The password does not open the keystore, or the keystore is damaged."""


class PromptUnavailable(UsageError):
    """Nobody can be asked for a password or a phrase here: there is no terminal and no box."""


class MissingExtra(DMLError, ImportError):
    """An optional dependency is not installed.

    Args:
        package: the distribution that is missing.
        extra: the extra of `dml-sdk` that brings it.
        purpose: what needed it.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package, self.extra, self.purpose = package, extra, purpose
        super().__init__(
            f"{purpose} needs {package}, which is not installed. "
            f"Install it with: pip install 'dml-sdk[{extra}]'"
            + (
                " (the tff extra needs Python 3.11 on Linux and uv: uv sync --extra tff; "
                'or train with engine="numpy")'
                if extra == "tff"
                else ""
            )
        )


class ChainError(DMLError):
    """Base of what goes wrong on or around the chain."""


class ChainUnreachable(ChainError):
    """No answer from the node."""


class RpcError(ChainError):
    """The node answered with a JSON-RPC error.

    Attributes:
        code: the JSON-RPC error code (https://www.jsonrpc.org/specification, section 5.1).
        message: the node's own, without code and data.
        data: what the node added, if anything.
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        self.code, self.message, self.data = code, message, data
        super().__init__(f"{message} (JSON-RPC {code})" + (f": {data}" if data else ""))


class LicenceRequired(ChainError):
    """The chain does not give this account the weights of a restricted model."""


class NotConfirmed(ChainError):
    """Whoever is asked before much is moved did not say yes; nothing was signed or sent."""


class SigningRefused(ChainError):
    """The signer outside did not sign, or its signature is not right; nothing was sent."""


class TransactionRefused(ChainError):
    """The node did not let a transaction into a block; nothing changed, no fee was paid."""


class TransactionWaiting(ChainError):
    """A transaction is in the pool of a chain that is sealed by hand; the next block takes it in.

    Attributes:
        extrinsic_hash: "0x…".
    """

    def __init__(self, call: str, extrinsic_hash: str) -> None:
        self.extrinsic_hash = extrinsic_hash
        super().__init__(
            f"{call} waits in the pool, because this chain is sealed by hand; it has no receipt "
            "yet. Seal a block with session.seal(), and get it with "
            f'session.chain.receipt("{extrinsic_hash}").'
        )


class RuntimePanic(ChainError):
    """The runtime trapped, or was stopped; the block being built was dropped.

    Attributes:
        out_of_time: it was stopped, since it took too long.
    """

    def __init__(self, message: str, *, out_of_time: bool = False) -> None:
        self.out_of_time = out_of_time
        super().__init__(message)


class RuntimeIncompatible(ChainError):
    """The runtime is not one that this SDK can talk to."""


class ChainInUse(ChainError):
    """Another process has the chain's file open; one process writes a chain."""


class ChainCorrupt(ChainError):
    """The file is not a chain's, or is damaged; nothing of it was used."""


class StateDiscarded(ChainError):
    """The block is there, its state is not: the node keeps that of newer blocks only."""


class ProofInvalid(ChainError):
    """A storage proof does not lead from the state root to the key; nothing is proved."""


class ChainInvalid(ChainError):
    """What a node or a file tells is not a chain: a block does not follow from those before it.

    Attributes:
        block: number of the first block that is wrong.
        url: the node's, or the path of the file.
    """

    def __init__(self, url: str, block: int, why: str) -> None:
        self.url, self.block = url, block
        super().__init__(
            f"Block {block} of {url} is not valid: {why}. The blocks before it are; trust nothing "
            "from it on, and ask somebody else."
        )


class DispatchError(ChainError):
    """A transaction was included and refused by a rule of the chain; only its fee was paid.

    Each error of a pallet has a class of its own, made from the metadata and found by
    `DispatchError.named("Pools", "SharesDoNotSum")`, which is the class that is raised.

    Attributes:
        pallet: the pallet that refused ("Pools").
        name: its error ("SharesDoNotSum").
        call: what was called ("Pools.create").
        account: the SS58 address that signed.
        docs: what the metadata says about the error.
    """

    pallet: ClassVar[str] = ""
    name: ClassVar[str] = ""
    _classes: ClassVar[dict[tuple[str, str], type[DispatchError]]] = {}

    def __init__(self, docs: str = "", *, call: str = "", account: str = "") -> None:
        self.docs, self.call, self.account = docs, call, account
        said = docs.strip() or "the chain gives no further explanation"
        super().__init__(
            f"{call or self.pallet} was refused: {self.name}. {said}"
            + (f" (signed by {account}; only the fee was paid)" if account else "")
        )

    @classmethod
    def named(cls, pallet: str, name: str) -> type[DispatchError]:
        """The class of a pallet's error, the same one every time."""
        key = (pallet, name)
        if key not in cls._classes:
            body: dict[str, Any] = {"pallet": pallet, "name": name, "__module__": __name__}
            cls._classes[key] = type(name, (DispatchError,), body)
        return cls._classes[key]


class StorageError(DMLError):
    """Base of what goes wrong with stored bytes."""


class StoreUnreachable(StorageError):
    """No answer from the store."""


class ContentNotFound(StorageError, KeyError):
    """The store holds nothing under this CID."""

    def __str__(self) -> str:  # KeyError would show the message's repr
        return str(self.args[0]) if self.args else ""


class ContentCorrupt(StorageError):
    """The bytes do not hash to what was promised."""


class ContentTooLarge(StorageError):
    """More bytes than the caller was ready to take."""


class InvalidCID(StorageError, ValueError):
    """Not a CID that this store understands."""


class SealError(StorageError):
    """Base of what goes wrong when sealed weights are opened."""


class KeyNotDelivered(SealError):
    """Sealed weights whose content key nobody has delivered to this account."""


class SealMalformed(SealError):
    """Not sealed weights, or of a version that this SDK does not know."""


class SealBroken(SealError):
    """Sealed weights that were altered, truncated, or put together from parts of others."""


class WrongKey(SealError):
    """Sealed with another content key, or a content key that is wrapped for another holder."""


class WeightsError(DMLError):
    """Bytes that are not the weights they should be."""


class WeightsMalformed(WeightsError):
    """Not safetensors, truncated, or of a forbidden type."""


class WeightsMismatch(WeightsError):
    """Wrong names or shapes, or a hash other than the chain's."""


class AnnotationError(DMLError):
    """Base of what goes wrong while annotating."""


class Faulty(AnnotationError):
    """Base of what is wrong in a document at places that can be named.

    Attributes:
        faults: where and what, in the document's order: ("questions[1].options", "…").
    """

    faults: tuple[tuple[str, str], ...]

    def __init__(self, what: str, faults: Sequence[tuple[str, str]], advice: str) -> None:
        self.faults = tuple(faults)
        named = "; ".join(f"{path}: {why}" for path, why in self.faults[:_SHOWN_FAULTS])
        more = len(self.faults) - _SHOWN_FAULTS
        super().__init__(f"{what}: {named}{f'; and {more} more' if more > 0 else ''}. {advice}")


class QuestionnaireInvalid(Faulty):
    """A questionnaire that breaks the schema."""


class AnswersInvalid(Faulty):
    """Answers that do not fit their questions."""


class MediaRefused(AnnotationError):
    """An item that is not of the type that it says, too large, or could run a script."""


class ManifestInvalid(AnnotationError):
    """A task's list of items that cannot be read, or is not the one that was promised."""


class PolicyInvalid(AnnotationError):
    """A task's policy that cannot be read, or gold answers that are not the task's."""


class NothingToAnnotate(AnnotationError):
    """There is no batch for an account now.

    Attributes:
        why: "no stake", "over", "complete", "maximum", "answered" or "taken"; "held" where a call
            to take one was asked for.
        again: when there may be one; None where no time helps.
    """

    def __init__(self, why: str, message: str, again: datetime | None = None) -> None:
        self.why, self.again = why, again
        super().__init__(message)


class DraftsUnwritable(AnnotationError):
    """Answers could not be kept on this machine; nothing of them was sent."""


class DraftsUnreadable(AnnotationError):
    """What is kept on this machine about a task is there and cannot be read; it was left as it is,
    and nothing was sent."""


class FormatInvalid(AnnotationError):
    """A file of another tool's that cannot be imported, or answers that it cannot express."""


class TrainingError(DMLError):
    """Base of what goes wrong while training."""


class UpdateInvalid(TrainingError):
    """An update with NaN, infinity or wrong shapes."""


class ClientFailed(TrainingError):
    """A contributor's local training raised."""


class EngineUnavailable(TrainingError):
    """This engine cannot run here, or cannot run this network."""


class TrainingRunning(TrainingError):
    """A second training of a model that is being trained."""


class TrainingTimeout(TrainingError, TimeoutError):
    """wait() ran out of time; training goes on."""


class RoundAborted(TrainingError):
    """A round ended without a new version; nothing was lost."""


class DatasetError(TrainingError):
    """Data that cannot be read, downloaded or partitioned."""
