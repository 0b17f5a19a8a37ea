"""Key rings: they come back as they were, and what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.errors import SealMalformed, UsageError
from dml_sdk.storage import key_ring
from dml_sdk.storage.key_ring import KeyRing

rings = st.builds(
    KeyRing,
    guid=st.binary(min_size=16, max_size=16),
    reader=st.binary(min_size=32, max_size=32),
    keys=st.dictionaries(
        st.integers(0, 2**32 - 1), st.binary(min_size=80, max_size=80), max_size=5
    ),
)


@given(rings, st.data())
def test_a_ring_comes_back_as_it_was_and_a_part_of_it_has_none_but_its_keys(ring, data):
    file = ring.encoded()
    assert KeyRing.decoded(file) == ring
    cut = data.draw(st.integers(0, len(file) - 1))
    try:
        part = KeyRing.decoded(file[:cut])
    except SealMalformed:
        return
    assert part.keys.items() < ring.keys.items(), "whole entries were left out"


@given(st.binary(max_size=400))
def test_what_is_no_ring_is_refused(data):
    with pytest.raises(SealMalformed, match="no key ring"):
        KeyRing.decoded(data)


def test_a_ring_of_too_many_versions_is_neither_made_nor_read(monkeypatch):
    ring = KeyRing(bytes(16), bytes(32), {0: bytes(80), 1: bytes(80)})
    file = ring.encoded()
    monkeypatch.setattr(key_ring, "MOST_VERSIONS", 1)
    monkeypatch.setattr(key_ring, "LONGEST", len(file) - 1)
    with pytest.raises(UsageError, match="versions at most"):
        ring.encoded()
    with pytest.raises(SealMalformed):
        KeyRing.decoded(file)
