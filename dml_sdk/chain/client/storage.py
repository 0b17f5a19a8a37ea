"""Storage of the runtime: where each item is, and what its bytes mean.

Source: https://docs.polkadot.com/polkadot-protocol/parachain-basics/data-encoding, "Storage keys".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xxhash

from dml_sdk.chain.client.calls import found
from dml_sdk.chain.client.codec.decoding import Decode, Decoder, read
from dml_sdk.chain.client.codec.encoding import Encode, Encoder, Refused
from dml_sdk.chain.client.codec.registry import Registry
from dml_sdk.errors import RuntimeIncompatible, UsageError


def twox(data: bytes, bits: int) -> bytes:
    """XXH64 with the seeds 0, 1, … in a row, little-endian."""
    return b"".join(
        xxhash.xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(bits // 64)
    )


def _blake2(data: bytes, bits: int) -> bytes:
    return hashlib.blake2b(data, digest_size=bits // 8).digest()


@dataclass(frozen=True, slots=True)
class Hasher:
    """What makes a part of a key of an encoded value.

    Attributes:
        hash: of the value; all of the part, or what comes before the value itself.
        length: of the hash, bytes.
        concat: whether the value follows, so that it can be read back.
    """

    hash: Callable[[bytes], bytes]
    length: int
    concat: bool

    def of(self, value: bytes) -> bytes:
        """The part of the key."""
        return self.hash(value) + value if self.concat else self.hash(value)


HASHERS = {
    "Identity": Hasher(lambda value: b"", 0, True),
    "Twox64Concat": Hasher(lambda value: twox(value, 64), 8, True),
    "Blake2_128Concat": Hasher(lambda value: _blake2(value, 128), 16, True),
    "Twox128": Hasher(lambda value: twox(value, 128), 16, False),
    "Twox256": Hasher(lambda value: twox(value, 256), 32, False),
    "Blake2_128": Hasher(lambda value: _blake2(value, 128), 16, False),
    "Blake2_256": Hasher(lambda value: _blake2(value, 256), 32, False),
}


@dataclass(frozen=True, slots=True)
class StorageItem:
    """One value or map of a pallet.

    Attributes:
        name: "Pools.Pools".
        prefix: of all its keys in the state.
        parts: of a map's key: hasher, and what writes and reads the value.
        value: reads what is stored.
        default: what is read where nothing is stored; None for nothing.
    """

    name: str
    prefix: bytes
    parts: tuple[tuple[Hasher, Encode, Decode], ...]
    value: Decode
    default: bytes | None

    def key(self, keys: Sequence[Any]) -> bytes:
        """Where the entry of some keys is; all below it, when some are left out at the end.

        Raises:
            UsageError: more keys than the map has, or one that its type cannot hold.
        """
        if len(keys) > len(self.parts):
            raise UsageError(
                f"{self.name} has {len(self.parts)} key(s), but {len(keys)} were given."
            )
        key = self.prefix
        for at, (value, (hasher, encode, _)) in enumerate(zip(keys, self.parts, strict=False)):
            try:
                key += hasher.of(encode(value))
            except Refused as e:
                raise UsageError(f"{e.told(f'{self.name}: key {at + 1}')}.") from None
        return key

    def whole_key(self, keys: Sequence[Any]) -> bytes:
        """Where the one entry of all keys is.

        Raises:
            UsageError: not as many keys as there are, or one that its type cannot hold.
        """
        if len(keys) != len(self.parts):
            raise UsageError(
                f"{self.name} has {len(self.parts)} key(s), but {len(keys)} were given. "
                + ("chain.entries lists a map under some of its keys." if self.parts else "")
            )
        return self.key(keys)

    def read(self, stored: bytes | None) -> Any:
        """What is stored, decoded; its default, or None, where nothing is.

        Raises:
            RuntimeIncompatible: bytes that are no such value.
        """
        raw = self.default if stored is None else stored
        return None if raw is None else read(self.value, raw, self.name)

    def rest_of_key(self, key: bytes, prefix: bytes, given: int) -> Any:
        """The keys of an entry after those given: one as itself, several as a tuple.

        Args:
            key: of the entry.
            prefix: the part of it that is `given` keys.

        Raises:
            RuntimeIncompatible: bytes that are no such key.
        """
        at, values = len(prefix), []
        try:
            for hasher, _, decode in self.parts[given:]:
                value, at = decode(key, at + hasher.length)
                values.append(value)
        except (IndexError, ValueError) as e:
            raise RuntimeIncompatible(f"A key of {self.name} cannot be read: {e}.") from e
        return values[0] if len(values) == 1 else tuple(values)

    def require_listable(self, given: Sequence[Any]) -> None:
        """Refuses what has no entries to list under some keys.

        Raises:
            UsageError: not a map, no key left, or keys that were only hashed.
        """
        if len(given) >= len(self.parts):
            what = f"has {len(self.parts)} key(s)" if self.parts else "is one value, not a map"
            raise UsageError(
                f"{self.name} {what}, so there is nothing to list under {len(given)}: "
                "read it with chain.get."
            )
        if not all(hasher.concat for hasher, _, _ in self.parts[len(given) :]):
            raise UsageError(f"{self.name} keeps only hashes of its keys: they cannot be listed.")


class Storage:
    """Every storage item that a runtime has, made ready when it is first asked for.

    Args:
        types: the metadata's registry.
        pallets: the metadata's pallets.
        encoder, decoder: for keys and values.
    """

    def __init__(
        self, types: Registry, pallets: Iterable[Any], encoder: Encoder, decoder: Decoder
    ) -> None:
        self._types, self._encoder, self._decoder = types, encoder, decoder
        self._entries = {
            pallet.value["name"]: (
                pallet.value["storage"]["prefix"],
                {
                    told["name"]: pallet.get_storage_function(told["name"])
                    for told in pallet.value["storage"]["entries"]
                },
            )
            for pallet in pallets
            if pallet.value["storage"]
        }
        self._made: dict[tuple[str, str], StorageItem] = {}

    def item(self, pallet: str, name: str) -> StorageItem:
        """The item of a pallet.

        Raises:
            UsageError: there is none of that name.
        """
        if isinstance(pallet, str) and isinstance(name, str) and (pallet, name) in self._made:
            return self._made[pallet, name]
        prefix, entries = found(self._entries, pallet, "pallet with storage")
        made = self._make(pallet, prefix, found(entries, name, f"storage item of {pallet}"))
        self._made[pallet, name] = made
        return made

    def _make(self, pallet: str, prefix: str, entry: Any) -> StorageItem:
        told = entry.value
        ((kind, defined),) = told["type"].items()
        parts: list[tuple[Hasher, Encode, Decode]] = []
        if kind == "Map":
            hashers, key = defined["hashers"], defined["key"]
            keys = [key] if len(hashers) == 1 else self._types[key]["def"]["tuple"]
            parts = [
                (HASHERS[hasher], self._encoder.of(part), self._decoder.of(part))
                for hasher, part in zip(hashers, keys, strict=True)
            ]
        return StorageItem(
            name=f"{pallet}.{told['name']}",
            prefix=twox(prefix.encode(), 128) + twox(told["name"].encode(), 128),
            parts=tuple(parts),
            value=self._decoder.of(defined if kind == "Plain" else defined["value"]),
            default=(
                bytes(entry.value_object["default"].value_object)
                if told["modifier"] == "Default"
                else None
            ),
        )
