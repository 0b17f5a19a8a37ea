"""CIDs from bytes, and from text that anybody may have written."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Literal

import aleph_cid
import multiformats
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.errors import InvalidCID
from dml_sdk.storage import CID, cid_of
from dml_sdk.storage.unixfs import CHUNK, LINKS, UnixFSHasher

# `head -c SIZE /dev/zero | ipfs add --only-hash --chunker=size-262144 --cid-version=VERSION
# --raw-leaves=RAW`, Kubo 0.41. 45,613,056 bytes are 174 chunks, one node full of links.
KUBO: list[tuple[int, Literal[0, 1], bool, str]] = [
    (262_144, 1, True, "bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa"),
    (262_144, 1, False, "bafybeibsr5kjsohzzjy5qvpycm27g3npukuluduozbmvywb6bdrpocmv7a"),
    (262_144, 0, False, "QmRk1rduJvo5DfEYAaLobS2za9tDszk35hzaNSDCJ74DA7"),
    (262_144, 0, True, "bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa"),
    (262_145, 1, True, "bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfki"),
    (262_145, 1, False, "bafybeigzrlx5fjmx5vt2ii74zustfyqpdhlv2kq26lydnxqawjcrlapwtu"),
    (262_145, 0, False, "QmbVuw4C4vcmVKqxoWtgDVobvcHrSn51qsmQmyxjk4sB2Q"),
    (262_145, 0, True, "Qmc2SWxBGrBtWKZxuyg8999QuzXsPR47zsWiM7Yq9YFUXT"),
    (45_613_056, 1, True, "bafybeibxsa3ioclowpaq7b6gxl65gzqneopfr3fnhedak6sqr4bjz5lnyq"),
    (45_613_056, 0, False, "QmY4HSz1oVGdUzb8poVYPLsoqBZjH6LZrtgnme9wWn2Qko"),
    (45_613_057, 1, True, "bafybeihqwzd3o6q6v3pmwhzjy22vokhr767burokmqemg63hptx2nqd7ym"),
    (45_613_057, 0, False, "QmehMASWcBsX7VcEQqs6rpR5AHoBfKyBVEgmkJHjpPg8jq"),
    (45_875_200, 1, False, "bafybeif7girhgkegrrjxtuic2ro3x555nan2kqnggloy4g3kaulpdan57y"),
    (45_875_200, 0, True, "QmVPDv3cu8fmHYUag4hCnNrUk2X9vMafgtZ6uFAjX1f2V2"),
]
EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@pytest.mark.parametrize(("size", "version", "raw_leaves", "cid"), KUBO)
def test_a_layout_gives_the_cid_that_kubo_printed(
    size: int, version: Literal[0, 1], raw_leaves: bool, cid: str
) -> None:
    assert str(cid_of(bytes(size), version=version, raw_leaves=raw_leaves)) == cid


@settings(deadline=None, max_examples=40)
@given(
    chunks=st.sampled_from([0, 1, 2, 3]),
    edge=st.integers(-3, 3),
    filler=st.binary(min_size=1, max_size=64),
)
def test_an_independent_implementation_agrees_around_chunk_borders(
    chunks: int, edge: int, filler: bytes
) -> None:
    size = max(0, chunks * CHUNK + edge)
    content = (filler * (size // len(filler) + 1))[:size]
    raw = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    raw.update(content)
    assert str(cid_of(content)) == raw.finalize()
    assert str(cid_of(content, version=0)) == aleph_cid.compute_cid(content)


def test_a_third_node_over_the_leaves_agrees_with_an_independent_implementation() -> None:
    hasher, other = UnixFSHasher(), aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    for number in range(2 * LINKS + 1):
        leaf = bytes([number % 256]) * CHUNK
        hasher.update(leaf)
        other.update(leaf)
    assert str(hasher.finish()) == other.finalize()


@settings(deadline=None, max_examples=30)
@given(pieces=st.lists(st.integers(0, CHUNK + 5), max_size=6))
def test_the_cid_does_not_depend_on_the_pieces_that_bytes_come_in(pieces: list[int]) -> None:
    content = bytes(range(256)) * (sum(pieces) // 256 + 1)
    content = content[: sum(pieces)]
    cut, start = [], 0
    for size in pieces:
        cut.append(memoryview(content)[start : start + size])
        start += size
    assert cid_of(cut) == cid_of(content)


def test_the_daemon_agrees_on_every_layout(kubo: Any) -> None:
    content = hashlib.shake_256(b"content").digest(3 * CHUNK + 11)
    for version in (0, 1):
        for raw_leaves in (False, True):
            told = kubo(
                "add",
                "-Q",
                "--only-hash",
                f"--cid-version={version}",
                f"--raw-leaves={str(raw_leaves).lower()}",
                f"--chunker=size-{CHUNK}",
                stdin=content,
            )
            assert str(cid_of(content, version=version, raw_leaves=raw_leaves)) == told


@given(
    digest=st.binary(min_size=32, max_size=32),
    codec=st.sampled_from(["raw", "dag-pb", "version 0"]),
)
def test_a_cid_reads_back_and_reads_as_multiformats_reads_it(digest: bytes, codec: str) -> None:
    cid = CID(0, "dag-pb", digest) if codec == "version 0" else CID(1, codec, digest)  # type: ignore[arg-type]
    assert CID.parse(str(cid)) == cid
    other = multiformats.CID.decode(str(cid))
    assert (other.version, other.codec.name) == (cid.version, cid.codec)
    assert other.raw_digest == digest
    if cid.version == 1:
        assert CID.parse(other.encode("base58btc")) == cid


def test_the_cid_of_one_raw_block_tells_the_sha256_of_the_content() -> None:
    content = b"x" * CHUNK
    assert cid_of(content).sha256 == hashlib.sha256(content).hexdigest()
    assert cid_of(content + b"x").sha256 is None
    assert cid_of(content, version=0).sha256 is None


def base32(binary: bytes) -> str:
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


SHA = b"\x12\x20" + hashlib.sha256(b"").digest()
HOSTILE = {
    "nothing": "",
    "a path upwards": "../../../etc/passwd",
    "an absolute path": "/etc/passwd",
    "a CID with a path": EMPTY + "/../../x",
    "a URL": f"ipfs://{EMPTY}",
    "a null byte": EMPTY[:-1] + "\0",
    "a newline at the end": EMPTY + "\n",
    "letters that look alike": EMPTY.replace("a", "\N{CYRILLIC SMALL LETTER A}"),
    "digits of another script": EMPTY[:-1] + "\N{ARABIC-INDIC DIGIT THREE}",
    "capitals": EMPTY.upper(),
    "mixed capitals": EMPTY[:-1] + EMPTY[-1].upper(),
    "digits outside base32": EMPTY[:-1] + "1",
    "stray bits": EMPTY[:-1] + "v",
    "one character less": EMPTY[:-1],
    "one more": EMPTY + "a",
    "a megabyte": "b" + "a" * 2**20,
    "base36": "k51qzi5uqu5dj",
    "only a base": "b",
    "only base58": "z",
    "letters outside base58": "Qm" + "0" * 44,
    "a short version 0": "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5",
    "version 0 inside base32": base32(SHA),
    "version 2": base32(b"\x02\x55" + SHA),
    "dag-cbor": base32(b"\x01\x71" + SHA),
    "a libp2p key": base32(b"\x01\x72" + SHA),
    "SHA-512": base32(b"\x01\x55\x13\x20" + bytes(32)),
    "an identity hash": base32(b"\x01\x55\x00\x05hello"),
    "a hash cut short": base32(b"\x01\x55\x12\x14" + bytes(20)),
    "a wrong length inside": base32(b"\x01\x55\x12\x14" + bytes(32)),
    "bytes after the hash": base32(b"\x01\x55" + SHA + b"\0"),
    "a version in two bytes": base32(b"\x81\x00\x55" + SHA),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_cid_is_refused_in_a_short_message(text: str) -> None:
    with pytest.raises(InvalidCID) as refusal:
        CID.parse(text)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("value", [None, 5, EMPTY.encode(), [EMPTY]])
def test_a_cid_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidCID, match=type(value).__name__):
        CID.parse(value)  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_any_text_is_either_refused_or_spelt_without_dots_and_slashes(text: str) -> None:
    try:
        cid = CID.parse(text)
    except InvalidCID:
        return
    assert str(cid).isalnum()
