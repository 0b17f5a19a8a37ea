"""How a model gets onto the chain: its files into the store, then one transaction.

The chain keeps the SHA-256 of the model's description (a short JSON file that says what is
trained), and from that follows where the description is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dml_sdk.errors import ContentCorrupt, DispatchError, UsageError
from dml_sdk.locations import encode_location
from dml_sdk.measures import Usage
from dml_sdk.pool import PoolTerms, asset_named, create_call
from dml_sdk.storage import weights as weights_format
from dml_sdk.storage.cid import CID
from dml_sdk.storage.unixfs import CHUNK
from dml_sdk.terms import LicenceTerms
from dml_sdk.training.description import LONGEST, from_description
from dml_sdk.types import Receipt, guid_text
from dml_sdk.versions import store_bytes, store_weights

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.storage import Store
    from dml_sdk.training.engine import Network
    from dml_sdk.training.weights import Weights

_SCHEMA = "dml-model/1"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class NewModel:
    """A model that is not on the chain yet.

    Attributes:
        name, licence: as the chain will hold them.
        network: the description of what is trained.
        weights: of the first version.
        reader: the owner's sealing key, which versions are sealed for; None for a model in the
            clear.
    """

    name: str
    licence: str
    network: Mapping[str, Any]
    weights: Weights = field(repr=False)
    reader: bytes | None = None


def register(
    session: Session,
    new: NewModel,
    pool: PoolTerms | None,
    fees: Mapping[Usage, LicenceTerms],
) -> tuple[int, Receipt]:
    """Stores a model's files and registers it, with pool and fees in the same transaction.

    Args:
        fees: on which terms each usage is sold from the beginning.

    Returns:
        the chain's number for it, and the receipt.

    Raises:
        DispatchError: refused by the chain; then neither the model nor the pool exists.
        UsageError: a description that is too long, or a pool that cannot be.
        StoreUnreachable, ContentCorrupt: the store did not take the files, or altered them.
    """
    chain = session.chain
    location, digest = store_weights(
        session.store, new.weights, [] if new.reader is None else [new.reader]
    )
    metadata_digest = _store_description(session.store, new)
    for attempt in range(_TRIES):
        model_id = int(chain.get("Models", "NextModelId"))
        calls = [
            chain.call(
                "Models",
                "register",
                location=encode_location(location),
                hash="0x" + digest,
                name="0x" + new.name.encode().hex(),
                licence="0x" + new.licence.encode().hex(),
                metadata_hash="0x" + metadata_digest,
            )
        ]
        if pool is not None:
            calls.append(create_call(session, model_id, pool))
        asset = chain.token if pool is None else asset_named(session, pool.asset)
        calls += [
            chain.call(
                "Licences",
                "set_terms",
                model=model_id,
                usage=usage.capitalize(),
                terms=terms.encoded(asset),
            )
            for usage, terms in fees.items()
        ]
        try:
            receipt = chain.submit(chain.batch(calls), session.signer)
        except DispatchError:
            # Somebody else's registration may have taken the id that the pool was meant for.
            taken = int(chain.get("Models", "NextModelId")) != model_id
            if taken and attempt < _TRIES - 1:
                continue
            raise
        break
    registered = next(e for e in receipt.events if (e.pallet, e.name) == ("Models", "Registered"))
    return int(str(registered.fields["model"])), receipt


@dataclass(frozen=True, slots=True)
class Description:
    """What a model's description says.

    Attributes:
        network: what is trained, as it was described.
        reader: the owner's sealing key, if versions are sealed for it.
    """

    network: Any
    reader: bytes | None


def read_description(store: Store, digest: str, whose: str) -> Description:
    """A registered model's description: from the store, checked against the chain's hash.

    Args:
        digest: SHA-256 of the description, 64 hexadecimal digits, as the chain has it.
        whose: the model, for messages.

    Raises:
        ContentNotFound: the store doesn't have it.
        ContentCorrupt: what the store gave does not hash to what the chain says.
        UsageError: it cannot be read by this SDK.
    """
    data = store.get(_description_cid(digest), limit=LONGEST + 1024)
    if weights_format.sha256(data) != digest:
        raise ContentCorrupt(
            f"The store gave another description of {whose} than the one that the chain has "
            f"the SHA-256 of, {digest[:16]}…. Don't use it; connect to another store."
        )
    try:
        told = json.loads(data)
        if told["schema"] != _SCHEMA:
            raise UsageError(
                f"{whose} was uploaded with schema {told['schema']!r}; this SDK reads {_SCHEMA!r}."
            )
        reader = told.get("reader")
        return Description(told["network"], None if reader is None else bytes.fromhex(reader))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        if isinstance(e, UsageError):
            raise
        raise _unreadable(whose, e) from e


def network_of(description: Description, whose: str) -> Network:
    """What a description says is trained.

    Raises:
        UsageError, EngineUnavailable: it cannot be read by this SDK, or names code.
    """
    try:
        return from_description(description.network)
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        if isinstance(e, UsageError):
            raise
        raise _unreadable(whose, e) from e


def _unreadable(whose: str, error: Exception) -> UsageError:
    return UsageError(f"{whose} has metadata that this SDK cannot read: {error}.")


def decode_guid(told: Any) -> str:
    """A GUID as the runtime tells it, in the usual form."""
    if isinstance(told, (list, tuple)):
        return guid_text(bytes(told))
    return guid_text(bytes.fromhex(str(told).removeprefix("0x")))


def _store_description(store: Store, new: NewModel) -> str:
    """Puts the description into the store: its SHA-256."""
    told: dict[str, Any] = {"schema": _SCHEMA, "name": new.name, "network": new.network}
    if new.reader is not None:
        told["reader"] = new.reader.hex()
    data = json.dumps(told, sort_keys=True).encode()
    digest = weights_format.sha256(data)
    if len(data) > CHUNK:
        raise UsageError(
            f"The description of {new.name!r} has {len(data):,} bytes; one block of a store, which "
            f"it must fit into, has {CHUNK:,}. Use a network with fewer layers."
        )
    store_bytes(store, data)
    return digest


def _description_cid(sha256: str) -> str:
    """A short file's CID follows from its SHA-256, which is all that the chain keeps of it."""
    return str(CID(1, "raw", bytes.fromhex(sha256)))
