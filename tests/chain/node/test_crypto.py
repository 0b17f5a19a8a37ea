from __future__ import annotations

import pytest
from substrateinterface import Keypair, KeypairType

from dml_sdk.chain.node import crypto, hashing
from dml_sdk.chain.node.crypto import EcdsaError

MESSAGE = b"what was signed"
VERIFY = {
    KeypairType.SR25519: crypto.sr25519_verify,
    KeypairType.ED25519: crypto.ed25519_verify,
}


@pytest.mark.parametrize("kind", VERIFY)
def test_a_signature_holds_for_its_message_and_key_alone(kind: int) -> None:
    keypair = Keypair.create_from_seed("0x" + "11" * 32, crypto_type=kind)
    other = Keypair.create_from_seed("0x" + "22" * 32, crypto_type=kind)
    signature, verify = keypair.sign(MESSAGE), VERIFY[kind]
    assert verify(signature, MESSAGE, keypair.public_key)
    assert not verify(signature, MESSAGE + b"!", keypair.public_key)
    assert not verify(signature, MESSAGE, other.public_key)
    assert not verify(bytes([signature[0] ^ 1]) + signature[1:], MESSAGE, keypair.public_key)


@pytest.mark.parametrize("kind", VERIFY)
@pytest.mark.parametrize("filler", [b"\0", b"\xff"])
def test_bytes_that_are_no_key_and_no_signature_do_not_hold(kind: int, filler: bytes) -> None:
    keypair = Keypair.create_from_seed("0x" + "11" * 32, crypto_type=kind)
    assert not VERIFY[kind](filler * 64, MESSAGE, keypair.public_key)
    assert not VERIFY[kind](keypair.sign(MESSAGE), MESSAGE, b"\xff" * 32)


@pytest.fixture(scope="module")
def ecdsa() -> Keypair:
    return Keypair.create_from_private_key("0x" + "17" * 32, crypto_type=KeypairType.ECDSA)


def test_an_ecdsa_key_is_recovered_from_its_signature(ecdsa: Keypair) -> None:
    digest = hashing.keccak_256(MESSAGE)
    signature = ecdsa.sign(MESSAGE)
    recovered = crypto.ecdsa_recover(signature, digest)
    assert isinstance(recovered, bytes)
    assert hashing.keccak_256(recovered)[12:] == ecdsa.public_key  # there: an Ethereum address
    assert crypto.ecdsa_verify(signature, digest, crypto.compressed(recovered))
    assert not crypto.ecdsa_verify(signature, hashing.keccak_256(b""), crypto.compressed(recovered))


def test_v_may_be_counted_from_27(ecdsa: Keypair) -> None:
    digest, signature = hashing.keccak_256(MESSAGE), bytearray(ecdsa.sign(MESSAGE))
    plain = signature[64] - 27 if signature[64] > 26 else signature[64]
    signature[64] = plain
    from_zero = crypto.ecdsa_recover(bytes(signature), digest)
    signature[64] = plain + 27
    assert crypto.ecdsa_recover(bytes(signature), digest) == from_zero


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (b"\1" * 64 + b"\4", EcdsaError.BAD_V),
        (b"\1" * 64 + b"\xff", EcdsaError.BAD_V),
        (b"\xff" * 64 + b"\0", EcdsaError.BAD_RS),
        (b"\0" * 64 + b"\0", EcdsaError.BAD_SIGNATURE),
    ],
)
def test_a_signature_without_a_key_says_why(signature: bytes, error: EcdsaError) -> None:
    assert crypto.ecdsa_recover(signature, bytes(32)) is error


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (hashing.blake2_128, "cae66941d9efbd404e4d88758ea67670"),
        (hashing.blake2_256, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
        (hashing.twox_64, "99e9d85137db46ef"),
        (hashing.twox_128, "99e9d85137db46ef4bbea33613baafd5"),
        (
            hashing.sha2_256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            hashing.keccak_256,
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        ),
        (
            hashing.keccak_512,
            "0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60e4e67c466f36a4304"
            "c00fa9caf9d87976ba469bcbe06713b435f091ef2769fb160cdab33d3670680e",
        ),
    ],
)
def test_the_hash_of_nothing_is_the_published_one(function, expected: str) -> None:
    assert function(b"").hex() == expected


def test_the_storage_prefix_of_accounts_is_the_well_known_one() -> None:
    known = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
    assert hashing.storage_key("System", "Account").hex() == known


def test_twox_256_goes_on_where_twox_128_ends() -> None:
    assert hashing.twox_256(b"abc").startswith(hashing.twox_128(b"abc"))
    assert len(hashing.twox_256(b"abc")) == 32
