"""substrate-interface and scalecodec, which know a runtime from its metadata: the oracle."""

from __future__ import annotations

import copy
from typing import Any

from scalecodec.base import ScaleBytes
from substrateinterface.storage import StorageKey

from dml_sdk.chain.client.chain import Chain


class Library:
    """What the library says of a chain."""

    def __init__(self, chain: Chain) -> None:
        self.interface = chain._substrate

    def call(self, pallet: str, function: str, arguments: dict[str, Any]) -> bytes:
        """An encoded call."""
        arguments = copy.deepcopy(arguments)
        if function == "open" and pallet == "Annotations":
            _wrap(arguments["terms"], "validators")
        _wrap(arguments, "reserves", "metrics")
        composed = self.interface.compose_call(pallet, function, arguments)
        return bytes(composed.data.data)

    def composed(self, data: bytes) -> Any:
        """A call as the library holds it."""
        call = self.interface.runtime_config.create_scale_object(
            "Call", data=ScaleBytes(data), metadata=self.interface.metadata
        )
        call.decode()
        return call

    def read(self, pallet: str, item: str, *keys: Any) -> Any:
        """A storage value, decoded."""
        return self.interface.query(pallet, item, list(keys)).value

    def entries(self, pallet: str, item: str, *prefix: Any) -> list[tuple[Any, Any]]:
        """All entries of a map of at most two keys; of more, it leaves keys out."""
        found = self.interface.query_map(pallet, item, list(prefix), page_size=500)
        return [
            (tuple(k.value for k in key) if isinstance(key, tuple) else key.value, value.value)
            for key, value in found
        ]

    def key(self, pallet: str, item: str, *keys: Any) -> bytes:
        """Where an entry is in the state."""
        return bytes(
            StorageKey.create_from_storage_function(
                pallet,
                item,
                list(keys),
                runtime_config=self.interface.runtime_config,
                metadata=self.interface.metadata,
            ).data
        )

    def constant(self, pallet: str, name: str) -> Any:
        """A constant, decoded."""
        return self.interface.get_constant(pallet, name).value


def _wrap(arguments: dict[str, Any], *names: str) -> None:
    """A bounded list is a struct of one field to scalecodec."""
    for name in arguments.keys() & set(names):
        arguments[name] = [arguments[name]]
