"""Model: a registered model, its versions, its contributors."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dml_sdk.chain.accounts import Account
from dml_sdk.errors import ContentCorrupt, DispatchError, UsageError
from dml_sdk.pool import Pool, PoolTerms, create_call
from dml_sdk.storage import weights as weights_format
from dml_sdk.storage.cid import CID
from dml_sdk.tables import Table
from dml_sdk.training.description import LONGEST, describe, from_description
from dml_sdk.training.engine import Network, initial_weights, require_trainable
from dml_sdk.types import Location, Receipt, Version, from_ms, guid_text, short_address
from dml_sdk.versions import (
    decode_version,
    encode_location,
    load_weights,
    require_text,
    store_weights,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dml_sdk.chain.client.chain import Call
    from dml_sdk.rounds import Training
    from dml_sdk.session import Session
    from dml_sdk.training.data import Client, Dataset

_METADATA_SCHEMA = "dml-model/1"
_CONTRIBUTORS_A_CALL = 256
_CALLS_A_BLOCK = 4
_REGISTER_TRIES = 3


class Models:
    """The models of a session's chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upload(
        self,
        network: Any,
        *,
        name: str,
        licence: str,
        pool: PoolTerms | None = None,
        weights: Mapping[str, np.ndarray[Any, Any]] | None = None,
        seed: int = 0,
    ) -> Model:
        """Stores a model's first weights and registers it, with its pool in the same transaction.

        Args:
            network: a Keras model, or one of `dml.networks`.
            name: up to 64 bytes in UTF-8.
            licence: an SPDX identifier (https://spdx.org/licenses/), "Apache-2.0"; up to 64 bytes.
            pool: the tokens to stake on it; None for a model without a pool.
            weights: to begin with, float32; by default a Keras model's own, or initial ones made
                by `seed`.
            seed: 0 or more.

        Returns:
            the model; `.receipt` tells what the registration cost.

        Raises:
            DispatchError: Pools.SharesDoNotSum, Pools.InsufficientBalance, Models.LicenceEmpty, …;
                then neither the model nor the pool exists.
            UsageError: a name or licence that is no text or too long, a negative seed, a pool that
                is no PoolTerms, what is no network.
            EngineUnavailable: not a network that can be trained.
            WeightsMismatch: `weights` are not this network's tensors.
            UpdateInvalid: NaN or infinity in the weights.
        """
        require_text("name", name)
        require_text("licence", licence)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise UsageError(f"seed={seed!r}: give a whole number, 0 or more.")
        if pool is not None and not isinstance(pool, PoolTerms):
            raise UsageError(f"pool={pool!r}: give PoolTerms(amount=…), or None for no pool.")
        description = describe(network)
        require_trainable(network)
        first = initial_weights(network, seed)
        if weights is not None:
            if not isinstance(weights, Mapping):
                raise UsageError(f"weights is a {type(weights).__name__}: give arrays by name.")
            given = {tensor: np.asarray(array) for tensor, array in weights.items()}
            weights_format.check_like(given, first)
            first = {tensor: given[tensor] for tensor in first}
        weights_format.check_finite(first)
        chain, store = self._session.chain, self._session.store
        data = weights_format.encode(first)
        location = Location(cid=store.put(data))
        metadata = json.dumps(
            {"schema": _METADATA_SCHEMA, "name": name, "network": description},
            sort_keys=True,
        ).encode()
        metadata_cid = store.put(metadata)
        if metadata_cid != _metadata_cid(weights_format.sha256(metadata)):
            raise UsageError(f"The description of {name!r} is too long for one block of a store.")
        for attempt in range(_REGISTER_TRIES):
            model_id = int(chain.get("Models", "NextModelId"))
            calls = [
                chain.call(
                    "Models",
                    "register",
                    location=encode_location(location),
                    hash="0x" + weights_format.sha256(data),
                    name="0x" + name.encode().hex(),
                    licence="0x" + licence.encode().hex(),
                    metadata_hash="0x" + weights_format.sha256(metadata),
                )
            ]
            if pool is not None:
                calls.append(create_call(self._session, model_id, pool))
            try:
                receipt = chain.submit(chain.batch(calls), self._session.signer)
            except DispatchError:
                # Somebody else's registration may have taken the id that the pool was meant for.
                taken = int(chain.get("Models", "NextModelId")) != model_id
                if taken and attempt < _REGISTER_TRIES - 1:
                    continue
                raise
            break
        registered = next(
            e for e in receipt.events if (e.pallet, e.name) == ("Models", "Registered")
        )
        return Model(self._session, int(str(registered.fields["model"])), receipt)

    def get(self, reference: int | str | uuid.UUID) -> Model:
        """A model by its id or its GUID.

        Raises:
            UsageError: no such model on this chain.
        """
        chain = self._session.chain
        if isinstance(reference, int):
            if not 0 <= reference < 2**32 or chain.get("Models", "Models", reference) is None:
                raise UsageError(f"There is no model {reference} on {chain.name}.")
            return Model(self._session, reference)
        try:
            guid = uuid.UUID(str(reference))
        except ValueError:
            raise UsageError(f"{reference!r} is neither a model's id nor its GUID.") from None
        model_id = chain.get("Models", "ByGuid", "0x" + guid.bytes.hex())
        if model_id is None:
            raise UsageError(f"There is no model {guid} on {chain.name}.")
        return Model(self._session, int(model_id))

    def list(self, *, owner: Account | str | None = None) -> Table:
        """Every model of the chain, or one owner's."""
        only = owner.address if isinstance(owner, Account) else owner
        rows = [
            {
                "id": model_id,
                "guid": guid_text(_bytes(record["guid"])),
                "name": record["name"],
                "licence": record["licence"],
                "owner": record["owner"],
                "versions": record["versions"],
                "registered": from_ms(record["created_ms"]),
            }
            for model_id, record in sorted(self._session.chain.entries("Models", "Models"))
            if only is None or record["owner"] == only
        ]
        return Table(f"Models on {self._session.chain.name}", rows)

    def __repr__(self) -> str:
        return f"<Models of {self._session.chain.name}>"

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()


class Model:
    """A registered model.

    Attributes:
        session: the session it was reached through; its signer signs.
        id: the chain's number for it.
        receipt: of its registration, when this object came from `upload`.
    """

    def __init__(self, session: Session, model_id: int, receipt: Receipt | None = None) -> None:
        self.session = session
        self.id = model_id
        self.receipt = receipt

    # --- read -----------------------------------------------------------------------------------

    @cached_property
    def _registered(self) -> dict[str, Any]:
        """What registration fixed for good."""
        record: dict[str, Any] = self.session.chain.get("Models", "Models", self.id)
        return record

    @property
    def guid(self) -> str:
        """The model's GUID, the same for as long as the chain exists."""
        return guid_text(_bytes(self._registered["guid"]))

    @property
    def name(self) -> str:
        """What its owner called it."""
        return str(self._registered["name"])

    @property
    def licence(self) -> str:
        """SPDX identifier."""
        return str(self._registered["licence"])

    @property
    def owner(self) -> str:
        """SS58 address of its creator."""
        return str(self._registered["owner"])

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version, oldest first."""
        found = self.session.chain.entries("Models", "Versions", self.id)
        return tuple(decode_version(index, told) for index, told in sorted(found))

    @property
    def latest(self) -> Version:
        """The newest version."""
        count = self.session.chain.get("Models", "Models", self.id)["versions"]
        return self._version(int(count) - 1)

    @property
    def pool(self) -> Pool:
        """The model's pool."""
        return Pool(self.session, self.id)

    @cached_property
    def network(self) -> Network:
        """What is trained: read from the store, checked against the hash on the chain.

        Raises:
            ContentNotFound: the store doesn't have it.
            ContentCorrupt: what the store gave does not hash to what the chain says.
            UsageError, EngineUnavailable: it cannot be read by this SDK, or names code.
        """
        digest = str(self._registered["metadata_hash"]).removeprefix("0x")
        data = self.session.store.get(_metadata_cid(digest), limit=LONGEST + 1024)
        if weights_format.sha256(data) != digest:
            raise ContentCorrupt(
                f"The store gave another description of {self} than the one that the chain has "
                f"the SHA-256 of, {digest[:16]}…. Don't use it; connect to another store."
            )
        try:
            told = json.loads(data)
            if told["schema"] != _METADATA_SCHEMA:
                raise UsageError(
                    f"{self} was uploaded with schema {told['schema']!r}; this SDK reads "
                    f"{_METADATA_SCHEMA!r}."
                )
            return from_description(told["network"])
        except (ValueError, KeyError, TypeError, RecursionError) as e:
            if isinstance(e, UsageError):
                raise
            raise UsageError(f"{self} has metadata that this SDK cannot read: {e}.") from e

    def weights(self, version: int | None = None) -> dict[str, np.ndarray[Any, Any]]:
        """The weights of a version (the newest by default), by tensor name.

        Raises:
            WeightsMismatch: the file is not the one whose SHA-256 is on the chain.
            ContentNotFound, ContentCorrupt, WeightsMalformed: the store has no such file, an
                altered one, or one that is not safetensors.
        """
        found = self.latest if version is None else self._version(version)
        return load_weights(self.session.store, found.location, found.sha256)

    # --- act ------------------------------------------------------------------------------------

    def publish(
        self, weights: Mapping[str, np.ndarray[Any, Any]], *, parent: int | None = None
    ) -> Receipt:
        """Publishes a new version by hand; training does it by itself.

        Raises:
            UpdateInvalid: NaN or infinity in the weights.
            WeightsMismatch: not the tensors that this model has.
            DispatchError: Models.NotOwner, Models.UnknownParent.
        """
        weights_format.check_finite(weights)
        weights_format.check_like(weights, self.weights())
        location, digest = store_weights(self.session.store, weights)
        call = self.session.chain.call(
            "Models",
            "publish_version",
            model=self.id,
            location=encode_location(location),
            hash="0x" + digest,
            parent=self.latest.index if parent is None else parent,
        )
        return self._submit(call)

    def define_contributors(self, wallets: Mapping[str, Account | str]) -> Receipt:
        """Says which wallet each contributor is paid to.

        Args:
            wallets: for each client's name in the data, its account or SS58 address.

        Returns:
            the receipt; of the last transaction, where a thousand and more take several.

        Raises:
            DispatchError: Models.NotOwner, Rounds.DuplicateWallet, …
        """
        pairs = [
            (
                "0x" + require_text("a contributor's name", client).encode().hex(),
                a.address if isinstance(a, Account) else a,
            )
            for client, a in wallets.items()
        ]
        if not pairs:
            raise UsageError("No contributor was named.")
        chain = self.session.chain
        calls = [
            chain.call(
                "Rounds",
                "define_contributors",
                model=self.id,
                contributors=pairs[i : i + _CONTRIBUTORS_A_CALL],
            )
            for i in range(0, len(pairs), _CONTRIBUTORS_A_CALL)
        ]
        # More than a few calls would not fit into one block.
        groups = [calls[i : i + _CALLS_A_BLOCK] for i in range(0, len(calls), _CALLS_A_BLOCK)]
        return [self._submit(chain.batch(group)) for group in groups][-1]

    @property
    def contributors(self) -> dict[str, str]:
        """Each defined contributor's wallet, SS58."""
        found = self.session.chain.entries("Rounds", "Contributors", self.id)
        return {str(client): str(who) for client, who in found}

    def reward_contributors(self, scores: Mapping[str, float | Decimal | str]) -> Receipt:
        """Credits contributors by hand; training does it by itself.

        Args:
            scores: for each client's name 0–1: its part of what remains in the contributors'
                bucket.

        Raises:
            UsageError: a client that is not defined, a negative score.
            DispatchError: Pools.ScoreAboveOne, Pools.ScoresAboveOne, Models.NotOwner, …
        """
        wallets = self.contributors
        unknown = [c for c in scores if c not in wallets]
        if unknown:
            raise UsageError(
                f"{', '.join(unknown)}: not defined as contributor of {self}. "
                "Call model.define_contributors({…}) first."
            )
        return self.pool.reward("contributor", {wallets[c]: s for c, s in scores.items()})

    def train(self, clients: Sequence[Client], *, test: Dataset, **options: Any) -> Training:
        """Trains in federated rounds, in a thread; returns at once.

        See `dml_sdk.rounds.Training` for the options.
        """
        from dml_sdk.rounds import Training

        training = Training(self, clients, test=test, **options)
        training.start()
        return training

    def abort_round(self, reason: str = "aborted by the owner") -> Receipt:
        """Ends a round that was left open, by a killed kernel for example; nothing is lost.

        Raises:
            UsageError: no round is open.
        """
        number = self.session.chain.get("Rounds", "CurrentRound", self.id)
        if number is None:
            raise UsageError(f"{self} has no open round.")
        call = self.session.chain.call(
            "Rounds",
            "abort",
            model=self.id,
            round=number,
            reason="0x" + reason.encode()[:128].hex(),
        )
        return self._submit(call)

    # --- inside ---------------------------------------------------------------------------------

    def _version(self, index: int) -> Version:
        told = (
            self.session.chain.get("Models", "Versions", self.id, index)
            if 0 <= index < 2**32
            else None
        )
        if told is None:
            raise UsageError(f"{self} has no version {index}.")
        return decode_version(index, told)

    def _submit(self, call: Call) -> Receipt:
        return self.session.chain.submit(call, self.session.signer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (other.id, other.session.chain.identity) == (
            self.id,
            self.session.chain.identity,
        )

    def __hash__(self) -> int:
        return hash((self.id, self.session.chain.identity))

    def __repr__(self) -> str:
        return f"<Model {self.id} {self.name!r} {self.guid[:8]}>"

    def _repr_html_(self) -> str:
        rows = [
            {
                "version": v.index,
                "parent": v.parent,
                "published": v.published,
                "location": str(v.location),
                "SHA-256": v.sha256[:16] + "…",
            }
            for v in self.versions
        ]
        title = f"{self.name}, {self.licence}, owner {short_address(self.owner)}, {self.guid}"
        return f"<div>{Table(title, rows)._repr_html_()}</div>"


def _metadata_cid(sha256: str) -> str:
    """A short file's CID follows from its SHA-256, which is all that the chain keeps of it."""
    return str(CID(1, "raw", bytes.fromhex(sha256)))


def _bytes(told: Any) -> bytes:
    if isinstance(told, (list, tuple)):
        return bytes(told)
    return bytes.fromhex(str(told).removeprefix("0x"))
