"""One version of a runtime, as its metadata describes it: how to call, read and sign for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dml_sdk.chain.client.api import TYPES, Api
from dml_sdk.chain.client.calls import Calls, found
from dml_sdk.chain.client.codec.decoding import Decoder, read
from dml_sdk.chain.client.codec.notation import Notation
from dml_sdk.chain.client.events import EventDecoder
from dml_sdk.chain.client.signing import SigningContext, require_known_extensions
from dml_sdk.chain.client.storage import Storage


class Runtime:
    """What this SDK knows of a runtime; made anew when the chain's code changes.

    Args:
        metadata: version 14, as substrate-interface reads it.
        spec_version, transaction_version: of the runtime.
        genesis_hash: of the chain, 32 bytes.

    Attributes:
        metadata, spec_version: as given.
        signing: how to sign for it.
        calls, storage, events, api: how to write and read them.

    Raises:
        RuntimeIncompatible: transactions that this SDK cannot sign.
    """

    def __init__(
        self, metadata: Any, spec_version: int, transaction_version: int, genesis_hash: bytes
    ) -> None:
        require_known_extensions(metadata)
        listed = metadata.portable_registry.value["types"]
        notation = Notation({entry["id"]: entry["type"] for entry in listed}, TYPES)
        types = notation.types
        extrinsic = types[metadata[1][1]["extrinsic"].value["ty"]]
        (call_type,) = (p["type"] for p in extrinsic["params"] if p["name"] == "Call")
        self._decoder = Decoder(types)
        self._call_type = call_type
        self._constants = {
            pallet.value["name"]: {told.value["name"]: told for told in pallet.constants}
            for pallet in metadata.pallets
        }
        self.metadata = metadata
        self.spec_version = spec_version
        self.signing = SigningContext(spec_version, transaction_version, genesis_hash)
        self.calls = Calls(types, [p.value for p in metadata.pallets], call_type)
        self.storage = Storage(types, metadata.pallets, self.calls.encoder, self._decoder)
        self.events = EventDecoder(self.storage.item("System", "Events").value)
        self.api = Api(notation, self.calls.encoder, self._decoder)

    def call_name(self, data: bytes) -> str:
        """What an encoded call is named, "Pools.fund"; a batch after what is in it.

        Raises:
            RuntimeIncompatible: no call of this runtime.
        """
        return _name(read(self._decoder.of(self._call_type), data, "A call"))

    def call_arguments(self, data: bytes) -> Mapping[str, Any]:
        """The arguments of an encoded call, decoded, by their names.

        Raises:
            RuntimeIncompatible: no call of this runtime.
        """
        call = read(self._decoder.of(self._call_type), data, "A call")
        return _parts(call)[2]

    def constant(self, pallet: str, name: str) -> Any:
        """A constant of a pallet, decoded.

        Raises:
            UsageError: there is none of that name.
        """
        constants = found(self._constants, pallet, "pallet")
        told = found(constants, name, f"constant of {pallet}")
        decode = self._decoder.of(told.value["type"])
        return read(decode, bytes(told.constant_value), f"{pallet}.{name}")


def _name(call: Any) -> str:
    pallet, function, arguments = _parts(call)
    if (pallet, function) == ("Utility", "batch_all"):
        return " + ".join(dict.fromkeys(map(_name, arguments["calls"])))
    return f"{pallet}.{function}"


def _parts(call: Any) -> tuple[str, str, Mapping[str, Any]]:
    """Pallet, function and arguments of a decoded call."""
    ((pallet, told),) = call.items()
    function, arguments = (told, {}) if isinstance(told, str) else next(iter(told.items()))
    return pallet, function, arguments
