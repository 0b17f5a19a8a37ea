"""What a model is built of, by its description in the store; and for whom it is sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dml_sdk.access import sealing_key_of
from dml_sdk.errors import EngineUnavailable, MissingExtra, StorageError, UsageError
from dml_sdk.registration import Description, network_of, read_description
from dml_sdk.storage import weights as weights_format
from dml_sdk.training.engine import Network, initial_weights, weights_like
from dml_sdk.training.network import MLP
from dml_sdk.versions import readers_of

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.types import Location

Arrays: TypeAlias = Mapping[str, np.ndarray[Any, Any]]
"""Arrays by tensor name."""


class Blueprint:
    """A model's description, which registration fixed for good; read once, when first needed.

    Args:
        session: reads it.
        digest: its SHA-256 by the chain, 64 hexadecimal digits.
        whose: the model, for messages.

    Raises:
        ContentNotFound: the store doesn't have it.
        ContentCorrupt: what the store gave does not hash to what the chain says.
        UsageError, EngineUnavailable: it cannot be read by this SDK, or names code.
    """

    def __init__(self, session: Session, digest: str, whose: str) -> None:
        self._session, self._digest, self._whose = session, digest, whose

    @cached_property
    def _description(self) -> Description:
        return read_description(self._session.store, self._digest, self._whose)

    @cached_property
    def network(self) -> Network:
        """What is trained."""
        return network_of(self._description, self._whose)

    def tensors(self, instead: Callable[[], Arrays]) -> Arrays:
        """Arrays of the names, shapes and dtypes that each version has.

        Args:
            instead: gives some version's, where the description cannot be read here.
        """
        try:
            return weights_like(self.network)
        except (StorageError, MissingExtra, EngineUnavailable, UsageError):
            return instead()

    def begins_with(self, sha256: str) -> bool:
        """Whether a file is what anybody begins with who builds such a network.

        Args:
            sha256: of the file, 64 hexadecimal digits.
        """
        try:
            network = self.network
        except (StorageError, MissingExtra, EngineUnavailable, UsageError):
            return False
        if not isinstance(network, MLP):  # of others, nothing fixes what they begin with
            return False
        return weights_format.sha256(weights_format.encode(initial_weights(network))) == sha256

    @property
    def sealed(self) -> bool:
        """Whether the model's weights are encrypted, for those who have the key."""
        return self._description.reader is not None

    def readers(self, newest: Callable[[], Location]) -> tuple[bytes, ...]:
        """Sealing keys that new weights are sealed for; none where they are in the clear.

        Args:
            newest: where weights of the model are, which tell as much if the description is lost.

        Raises:
            ContentNotFound, ContentCorrupt: neither can be read, so that nobody can tell.
        """
        try:
            reader = self._description.reader
            readers: tuple[bytes, ...] = () if reader is None else (reader,)
        except (StorageError, UsageError):
            readers = readers_of(self._session.store, newest())
        own = sealing_key_of(self._session.signer)
        return (*readers, own) if readers and own is not None else readers
