"""Names for what is compared as bytes, so that a difference can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalecodec.base import ScaleBytes

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import storage_key
from tests.chain.conformance.chains import EVENTS
from tests.chain.node.conftest import InProcess


class Words:
    """The runtime's names of storage items and errors."""

    def __init__(self, node: Node) -> None:
        self._client = InProcess(node)
        self._client.init_runtime()
        self._items = {
            "0x" + storage_key(pallet.value["storage"]["prefix"], item.value["name"]).hex(): (
                f"{pallet.value['name']}.{item.value['name']}"
            )
            for pallet in self._client.metadata.pallets
            for item in pallet.storage or ()
        }

    def item(self, key: str) -> str:
        """The storage item that a key is of: "Pools.Pools"; the key itself when it is of none."""
        return self._items.get(key[:66], key)

    def differences(self, ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, Any]:
        """What is not the same in two states, by item and key."""
        return {
            f"{self.item(key)} {key[66:]}": (ours.get(key), theirs.get(key))
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key) != theirs.get(key)
        }

    def failure(self, storage: Mapping[str, str], index: int) -> str | None:
        """The dispatch error that an extrinsic of a block ended in; None when it succeeded."""
        records = self._client.create_scale_object(
            self._client.get_metadata_storage_function("System", "Events").get_value_type_string(),
            ScaleBytes(storage[EVENTS]),
            metadata=self._client.metadata,
        )
        for told in records.decode():
            if told["event_id"] == "ExtrinsicFailed" and told["extrinsic_idx"] == index:
                return self._error(told["attributes"]["dispatch_error"])
        return None

    def _error(self, told: Any) -> str:
        if isinstance(told, str):
            return told
        ((kind, inner),) = told.items()
        if kind != "Module":
            return f"{kind}.{inner}"
        pallets = self._client.metadata.pallets
        (pallet,) = (each for each in pallets if each.value["index"] == inner["index"])
        return f"{pallet.value['name']}.{pallet.errors[int(inner['error'][2:4], 16)].value['name']}"
