"""What strangers wrote: seen for what it is in reprs, tables, sentences, panels and files."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.untrusted import csv_of, text_of, visible

NAMES = [
    "good\u202egpj.exe", "a\nFORGED: owner paid 5 DML\r", "\x1b[31mred\x1b[0m", "\x00nul",
    "a\u2028b", "\u200b", "\u2066x\u2069",
]  # fmt: skip
UNSEEN = "\u202e\x1b\x00\u2028\u200b\u2066\u2069\r"


@given(st.text())
def test_nothing_unseen_is_left_and_what_can_be_seen_stays(text: str):
    told = visible(text)
    assert not {unicodedata.category(c) for c in told} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(told) == told
    if text.isprintable():
        assert told == text
    assert visible("a\nb\tc\u202e", lines=True) == "a\nb\tc\\u202e"


@pytest.mark.parametrize("name", [*NAMES, "0x41", "0x", "0xé", "=1+1", "<b>"])
def test_a_name_reads_back_as_it_was_written(session, network, name):
    model = session.models.upload(network, name=name, licence=name, pool=None)
    assert (model.name, model.licence) == (name, name)
    row = next(row for row in session.models.list() if row["id"] == model.id)
    assert (row["name"], row["licence"]) == (name, name)
    for told in (
        repr(model), model._repr_html_(), repr(session.models.list()),
        session.models.list()._repr_html_(),
    ):  # fmt: skip
        assert not any(c in told for c in UNSEEN) and "\nFORGED" not in told


def test_causes_and_reasons_are_seen_for_what_they_are(session, bob):
    for told in (
        str(actions.RejectUpdate(0, "a\nAction: pay bob\u202e")),
        str(actions.Slash(bob, "validator", 0.1, "x\ny")),
        str(actions.RevokeLicence(0, "leak\u202e")),
        str(actions.SetLicence("serve", dml.LicenceTerms(jurisdiction="E\u202eU"))),
    ):
        assert "\n" not in told and "\u202e" not in told


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", "+1"])
def test_no_cell_is_a_formula_and_numbers_stay_numbers(text):
    (row,) = csv.reader(io.StringIO(csv_of([[text, "-498", "-1.5", 7, None, "plain"]])))
    assert row == ["'" + text, "-498", "-1.5", "7", "", "plain"]
    (row,) = csv.reader(io.StringIO(csv_of([["\t=1", "\r=1", "a\nb,c"]])))
    assert row == ["\\t=1", "\\r=1", "a\\nb,c"]


def test_text_of_bytes_that_are_none_stays_hexadecimal():
    assert text_of("0xff") == "0xff" and text_of("0x30783431") == "0x41"
    assert text_of("plain") == "plain" and text_of("0x41") == "0x41"
