"""JSON of strangers is read in one way, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.annotation.asked.reading import number_named, read_json
from dml_sdk.annotation.course import gold, policy_document
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.errors import DMLError

POLICY = b'{"version": 1, "policy": {"policy": "agreement", "weight": 1}, "gold": null}'
GOLD = b'{"version": 1, "salt": "00", "answers": {"0": {"digit": 1}}}'
DECISIONS = b'{"version": 1, "right": {"0": {"digit": 1}}, "left_out": [2], "sheets": []}'
READERS = {
    "policy": (policy_document.decode, POLICY),
    "gold": (gold.decode, GOLD),
    "decisions": (Decisions.decode, DECISIONS),
}


@pytest.mark.parametrize("document", READERS)
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda told: told.replace(b"{", b'{"version": 1, ', 1),
        lambda told: told.replace(b'"version": 1', b'"version": NaN'),
        lambda told: told.decode().encode("utf-16"),
        lambda told: told[:-1] + b', "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["a name twice", "no number", "another encoding", "nested"],
)
def test_what_could_be_read_in_two_ways_is_read_in_none(
    document: str, spoilt: Callable[[bytes], bytes]
) -> None:
    decode, sound = READERS[document]
    assert decode(sound)
    with pytest.raises(DMLError):
        decode(spoilt(sound))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2}, {"left_out": [1e999]}, {"left_out": [0.5]}, {"left_out": [True]},
        {"right": {"00": {}}}, {"right": {"0": [["digit", 1]]}}, {"sheets": [[0, 7, True]]},
        {"sheets": [[0, "5F", 1]]}, {"sheets": [[0, "5F"]]}, {"sheets": [["0", "5F", True]]},
    ],
)  # fmt: skip
def test_decisions_are_taken_to_the_letter(changed: dict[str, Any]) -> None:
    with pytest.raises(DMLError, match="cannot be read"):
        Decisions.decode(json.dumps({**json.loads(DECISIONS), **changed}).encode())


@given(st.integers())
def test_a_number_has_one_name(number: int) -> None:
    assert number_named(str(number)) == number


@pytest.mark.parametrize("name", ["", "01", "1_0", " 1", "+1", "-0", "1.0", "\u0663", "9" * 5_000])
def test_what_is_no_name_of_a_number_is_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        number_named(name)


def test_what_was_decoded_already_is_read_alike() -> None:
    assert read_json(POLICY.decode()) == read_json(POLICY)
