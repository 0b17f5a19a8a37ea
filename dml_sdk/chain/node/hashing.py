"""The hash functions of a Substrate chain."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import xxhash


def blake2_128(data: bytes) -> bytes:
    """BLAKE2b of 16 bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()


def blake2_256(data: bytes) -> bytes:
    """BLAKE2b of 32 bytes."""
    return hashlib.blake2b(data, digest_size=32).digest()


def twox_64(data: bytes) -> bytes:
    """xxHash64 with seed 0, little-endian."""
    return xxhash.xxh64_intdigest(data, 0).to_bytes(8, "little")


# A runtime hashes the same few names of pallets and storage items again and again.
@lru_cache(maxsize=1024)
def twox_128(data: bytes) -> bytes:
    """xxHash64 with seeds 0 and 1, little-endian, one after the other."""
    return twox_64(data) + xxhash.xxh64_intdigest(data, 1).to_bytes(8, "little")


def twox_256(data: bytes) -> bytes:
    """xxHash64 with seeds 0 to 3, little-endian, one after the other."""
    return b"".join(xxhash.xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(4))


def sha2_256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def keccak_256(data: bytes) -> bytes:
    """Keccak-256 with the original padding, as Ethereum uses it."""
    from Crypto.Hash import keccak

    return keccak.new(data=data, digest_bits=256).digest()


def keccak_512(data: bytes) -> bytes:
    """Keccak-512 with the original padding."""
    from Crypto.Hash import keccak

    return keccak.new(data=data, digest_bits=512).digest()


def storage_key(pallet: str, item: str) -> bytes:
    """The key of a storage value, or the prefix of a storage map."""
    return twox_128(pallet.encode()) + twox_128(item.encode())
