"""Models: those of a session's chain; a new one is uploaded here, and an old one found."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dml_sdk.arguments import MOST_ID, require_text, require_whole, shown, whole_of
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UnknownModel, UsageError
from dml_sdk.model import Model
from dml_sdk.pool import PoolTerms
from dml_sdk.registration import NewModel, decode_guid, register
from dml_sdk.storage import weights as weights_format
from dml_sdk.tables import Table
from dml_sdk.training.description import describe
from dml_sdk.training.engine import initial_weights, require_trainable
from dml_sdk.types import from_ms
from dml_sdk.versions import arrays_like

if TYPE_CHECKING:
    from dml_sdk.session import Session


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
        self._session.chain.require_open()
        require_text("name", name)
        require_text("licence", licence)
        seed = require_whole("seed", seed)
        if pool is not None and not isinstance(pool, PoolTerms):
            raise UsageError(f"pool={shown(pool)}: give PoolTerms(amount=…), or None for no pool.")
        new = NewModel(name, licence, describe(network), self._first(network, weights, seed))
        model_id, receipt = register(self._session, new, pool)
        return Model(self._session, model_id, receipt)

    def get(self, reference: int | str | uuid.UUID) -> Model:
        """A model by its id or its GUID.

        Raises:
            UnknownModel: no such model on this chain.
            UsageError: neither an id nor a GUID.
        """
        chain = self._session.chain
        if (number := whole_of(reference)) is not None:
            if not 0 <= number <= MOST_ID or chain.get("Models", "Models", number) is None:
                raise UnknownModel(
                    f"There is no model {shown(reference)} on {chain.name}; session.models.list() "
                    "shows those that there are."
                )
            return Model(self._session, number)
        try:
            if not isinstance(reference, str | uuid.UUID):
                raise TypeError
            guid = uuid.UUID(str(reference))
        except (ValueError, TypeError):
            raise UsageError(f"{shown(reference)} is neither a model's id nor its GUID.") from None
        model_id = chain.get("Models", "ByGuid", "0x" + guid.bytes.hex())
        if model_id is None:
            raise UnknownModel(f"There is no model {guid} on {chain.name}.")
        return Model(self._session, int(model_id))

    def list(self, *, owner: Account | str | None = None) -> Table:
        """Every model of the chain, or one owner's.

        Raises:
            UsageError: an owner that is neither an account nor an address.
        """
        only = None if owner is None else address_of(owner)
        rows = [
            {
                "id": model_id,
                "guid": decode_guid(record["guid"]),
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

    @staticmethod
    def _first(
        network: Any, given: Mapping[str, np.ndarray[Any, Any]] | None, seed: int
    ) -> dict[str, np.ndarray[Any, Any]]:
        """The weights of version 0: those given, in the order of the layers, or initial ones."""
        require_trainable(network)
        first = initial_weights(network, seed)
        if given is not None:
            first = arrays_like(given, first)
        weights_format.check_finite(first)
        return dict(first)

    def __repr__(self) -> str:
        return f"<Models of {self._session.chain.name}>"

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()
