"""Models: those of a session's chain; a new one is uploaded here, and an old one found."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from dml_sdk.arguments import (
    MOST_ID,
    require_flag,
    require_mapping,
    require_text,
    require_whole,
    shown,
    whole_of,
)
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import UnknownModel, UsageError
from dml_sdk.licence import licence_terms
from dml_sdk.measures import USAGES, Tokens, Usage, require_usage, tokens_of
from dml_sdk.model import Model
from dml_sdk.pool import PoolTerms
from dml_sdk.registration import NewModel, decode_guid, register
from dml_sdk.storage import weights as weights_format
from dml_sdk.tables import Table
from dml_sdk.terms import LicenceTerms
from dml_sdk.training.description import describe
from dml_sdk.training.engine import initial_weights, require_trainable
from dml_sdk.types import Amount, from_ms
from dml_sdk.untrusted import text_of
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
        fees: Mapping[Usage, LicenceTerms | Tokens] | None = None,
        sealed: bool = False,
    ) -> Model:
        """Stores a model's first weights and registers it, with pool and fees in one transaction.

        Args:
            network: a Keras model, or one of `dml.networks`.
            name: up to 64 bytes in UTF-8.
            licence: an SPDX identifier (https://spdx.org/licenses/), "Apache-2.0"; up to 64 bytes.
            pool: the tokens to stake on it; None for a model without a pool.
            weights: to begin with, float32; by default a Keras model's own, or initial ones made
                by `seed`.
            seed: 0 or more.
            fees: what each usage (download, internal, commercial, serve, resale) costs in whole
                tokens of the pool's asset, or its `LicenceTerms`. A fee for downloads makes the
                model restricted: its weights are for those who hold a licence.
            sealed: whether the weights of all its versions are encrypted, so that only those read
                them who have the key; licence holders get it by `model.licences.deliver()`.

        Returns:
            the model; `.receipt` tells what the registration cost.

        Raises:
            DispatchError: Pools.SharesDoNotSum, Pools.InsufficientBalance, Models.LicenceEmpty, …;
                then neither the model nor the pool exists.
            UsageError: a name or licence that is no text or too long, a negative seed, a pool that
                is no PoolTerms, fees of no usage; sealed for an owner who opens no content keys.
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
        reader = self._session.signer.sealing_key if require_flag("sealed", sealed) else None
        described = describe(network)
        new = NewModel(name, licence, described, self._first(network, weights, seed), reader)
        sold = require_mapping(
            "fees", {} if fees is None else fees, "a dict of a usage to its price"
        )
        terms = {require_usage(usage): licence_terms(fee) for usage, fee in sold.items()}
        model_id, receipt = register(self._session, new, pool, terms)
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

    def list(
        self,
        *,
        owner: Account | str | None = None,
        usage: Usage | None = None,
        max_fee: Tokens | None = None,
    ) -> Table:
        """Every model of the chain; or what is sold of them.

        Args:
            owner: only this one's.
            usage: only what is sold for this usage: a row for each model, with price and asset.
            max_fee: only what costs this much at most, in whole tokens of whatever asset it is
                in; an Amount: only what is sold in its asset. A row for each model and usage.

        Raises:
            UsageError: an owner that is neither an account nor an address, no such usage, or a
                fee that is no number.
        """
        only = None if owner is None else address_of(owner)
        records = [
            (model_id, record)
            for model_id, record in sorted(self._session.chain.entries("Models", "Models"))
            if only is None or record["owner"] == only
        ]
        if usage is not None or max_fee is not None:
            wanted = None if usage is None else require_usage(usage)
            most = None if max_fee is None else tokens_of("max_fee", max_fee)
            return self._sold(records, wanted, most)
        rows = [
            {
                **_told(model_id, record),
                "versions": record["versions"],
                "registered": from_ms(record["created_ms"]),
            }
            for model_id, record in records
        ]
        return Table(f"Models on {self._session.chain.name}", rows)

    def browse(self, **filters: Any) -> Any:
        """The model browser, a widget: models as cards, to look through and to buy licences of.

        Args:
            filters: text, usage, max_price, may_download, sort and model, as of
                `widgets.ModelBrowser`.

        Raises:
            UsageError: no such filter's value.
            UnknownModel: `model` is none of this chain.
            MissingExtra: the notebook extra is not installed.
        """
        from dml_sdk.widgets import ModelBrowser

        return ModelBrowser(self._session, **filters)

    def _sold(
        self, records: Sequence[tuple[int, Any]], usage: Usage | None, most: Decimal | Amount | None
    ) -> Table:
        """A row for each model and usage that is sold, and not for too much."""
        chain = self._session.chain
        offers = {
            (model_id, str(name).lower()): told
            for (model_id, name), told in chain.entries("Licences", "Offers")
        }
        rows = []
        for model_id, record in records:
            for name in USAGES if usage is None else (usage,):
                if (model_id, name) not in offers:
                    continue
                asset = pool_asset(chain, model_id)
                price = Amount(offers[model_id, name]["price"], asset)
                if _within(price, most):
                    rows.append(
                        {
                            **_told(model_id, record),
                            "usage": name,
                            "price": price,
                            "asset": asset.label,
                        }
                    )
        columns = ("id", "guid", "name", "licence", "owner", "usage", "price", "asset")
        return Table(f"Licences sold on {chain.name}", rows, columns)

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


def _within(price: Amount, most: Decimal | Amount | None) -> bool:
    """Whether a price is no higher: as a number of tokens, or in the same asset as an amount."""
    if isinstance(most, Amount):
        return price.asset == most.asset and price <= most
    return most is None or price.tokens <= most


def _told(model_id: int, record: Mapping[str, Any]) -> dict[str, Any]:
    """What every table of models has."""
    return {
        "id": model_id,
        "guid": decode_guid(record["guid"]),
        "name": text_of(record["name"]),
        "licence": text_of(record["licence"]),
        "owner": record["owner"],
    }
