"""A signer in a process of its own, as hardware is: JSON lines in, JSON lines out.

It knows nothing of this SDK. Started as a program it makes a key of a scheme from its arguments;
imported, it has the class that speaks to such a process.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Outside:
    """What dml_sdk.chain.accounts.Signer asks for, and no more."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        told = self._ask({"who": True})
        self.address = told["address"]
        self.public_key = bytes.fromhex(told["public_key"])
        self.scheme = told["scheme"]
        self.asked: list[bytes] = []

    def sign(self, payload: bytes) -> bytes:
        self.asked.append(payload)
        return bytes.fromhex(self._ask({"sign": payload.hex()})["signature"])

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@contextmanager
def outside(scheme: str, seed: bytes = b"\x07" * 32) -> Iterator[Outside]:
    """A process that holds a key of a scheme, until the end."""
    with subprocess.Popen(
        [sys.executable, __file__, scheme, seed.hex()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Outside(process)
        finally:
            process.terminate()


def _main(scheme: str, seed: bytes) -> None:
    from scalecodec.utils.ss58 import ss58_encode

    def blake(data: bytes) -> bytes:
        return hashlib.blake2b(data, digest_size=32).digest()

    if scheme == "sr25519":
        import sr25519

        public, secret = sr25519.pair_from_seed(seed)
        sign = lambda payload: sr25519.sign((public, secret), payload)  # noqa: E731
    elif scheme == "ed25519":
        from ed25519_zebra import ed_from_seed, ed_sign

        public = ed_from_seed(seed)[1]
        sign = lambda payload: ed_sign(seed, payload)  # noqa: E731
    else:
        from eth_keys.datatypes import PrivateKey

        key = PrivateKey(seed)
        public = key.public_key.to_compressed_bytes()
        sign = lambda payload: key.sign_msg_hash(blake(payload)).to_bytes()  # noqa: E731
    account = blake(public) if scheme == "ecdsa" else bytes(public)
    for line in sys.stdin:
        question = json.loads(line)
        if "who" in question:
            told = {"address": ss58_encode(account, 42), "public_key": bytes(public).hex()}
            print(json.dumps({**told, "scheme": scheme}), flush=True)
        else:
            signature = bytes(sign(bytes.fromhex(question["sign"])))
            print(json.dumps({"signature": signature.hex()}), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1], bytes.fromhex(sys.argv[2]))
