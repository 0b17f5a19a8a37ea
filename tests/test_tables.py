"""Tables: what a cell shows of a value."""

from __future__ import annotations

from dml_sdk.tables import Table

ADDRESS = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
SENTENCE = "50 DML came into model 0's pool from 5DAAnr…TXFy"


def test_an_address_is_shown_short_and_a_sentence_of_its_length_whole() -> None:
    assert len(SENTENCE) == len(ADDRESS)
    table = Table("Told", [{"what": ADDRESS}, {"what": SENTENCE}])
    for shown in (repr(table), table._repr_html_()):
        assert "5FHneW…94ty" in shown
        assert SENTENCE in shown.replace("&#x27;", "'")
    assert ADDRESS in table._repr_html_(), "the exact value is in the tooltip"


def test_a_heading_stands_above_what_is_in_its_column() -> None:
    rows = [{"who": ADDRESS, "votes": None}, {"who": ADDRESS, "votes": 3}]
    shown = Table("Told", rows, ("who", "votes", "nothing"))._repr_html_()
    assert "<th style='text-align:left'>who" in shown
    assert "<th style='text-align:right'>votes" in shown
    assert "<th style='text-align:left'>nothing" in shown
