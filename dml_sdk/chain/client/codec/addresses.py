"""SS58 addresses and the 32 bytes that they stand for.

The same few accounts come by in every block, so both ways remember the latest thousands.

Source: the SS58 registry and https://docs.polkadot.com/polkadot-protocol/glossary/#ss58.
"""

from __future__ import annotations

from binascii import unhexlify
from functools import lru_cache

from scalecodec.utils.ss58 import ss58_decode, ss58_encode

from dml_sdk.chain.client.keys import SS58_FORMAT

ACCOUNT_BYTES = 32
_REMEMBERED = 8192
_LONGEST = 2 + 2 * ACCOUNT_BYTES  # characters; reading SS58 takes time quadratic in them


@lru_cache(maxsize=_REMEMBERED)
def address_of(public_key: bytes) -> str:
    """The SS58 address of 32 bytes, in this SDK's format."""
    return str(ss58_encode(public_key, SS58_FORMAT))


@lru_cache(maxsize=_REMEMBERED)
def account_of(address: str) -> bytes:
    """The 32 bytes of an SS58 address of any network, or of "0x" and 64 hexadecimal digits.

    Raises:
        ValueError: neither, or a wrong checksum.
    """
    if len(address) > _LONGEST:
        raise ValueError("too long for an address")
    if address.startswith("0x"):
        account = unhexlify(address[2:])  # bytes.fromhex passes over blanks
    else:
        try:
            account = bytes.fromhex(ss58_decode(address))
        except IndexError as e:
            raise ValueError("too short for an address") from e
    if len(account) != ACCOUNT_BYTES:
        raise ValueError(f"{len(account)} bytes instead of {ACCOUNT_BYTES}")
    return account
