"""The kernel's half of what both pictures share says what the browser's half says."""

from __future__ import annotations

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from dml_sdk.types import ROLES, short_address
from dml_sdk.widgets import browser, wording
from dml_sdk.widgets.identicon import SIDE, identicon, identicon_path
from dml_sdk.widgets.roles import COLOURS, SHAPES

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("value", "text"), VECTORS["significant"])
def test_a_number_has_at_most_four_significant_digits(value: str, text: str) -> None:
    assert wording.significant(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), VECTORS["percent"])
def test_a_fraction_is_told_in_percent(value: float, text: str) -> None:
    assert wording.percent(value) == text


@pytest.mark.parametrize(("value", "text"), VECTORS["duration"])
def test_a_duration_is_told_in_two_units_at_most(value: float, text: str) -> None:
    assert wording.duration(value) == text


@pytest.mark.parametrize(("value", "text"), VECTORS["shortAddress"])
def test_an_address_is_shortened_to_its_ends(value: str, text: str) -> None:
    assert short_address(value) == text


def test_an_identicon_is_mirrored_and_its_path_draws_every_cell() -> None:
    for address in VECTORS["identicon"]:
        rows = identicon(address)
        assert len(rows) == SIDE
        assert all(row == row[::-1] for row in rows)
        assert identicon_path(address).count("M") == sum(row.count("#") for row in rows)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_both_halves_draw_the_same_identicon() -> None:
    script = (
        f'import {{ identicon }} from "{(browser.folder() / "identicon.js").as_uri()}";'
        f"console.log(JSON.stringify({json.dumps(VECTORS['identicon'])}.map(identicon)))"
    )
    told = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout) == [identicon(address) for address in VECTORS["identicon"]]


def test_every_role_has_a_colour_and_a_shape_of_its_own_in_both_halves() -> None:
    assert tuple(COLOURS) == tuple(SHAPES) == ROLES
    assert len(set(COLOURS.values())) == len(set(SHAPES.values())) == len(ROLES)
    other = (browser.folder() / "roles.js").read_text(encoding="utf-8")
    for role in ROLES:
        assert f'{role}: "{COLOURS[role]}"' in other
        assert f'{role}: "{SHAPES[role]}"' in other


@pytest.mark.parametrize("words", [wording.STATES, wording.PHASES])
def test_states_and_phases_have_the_same_words_in_both_halves(words: dict[str, str]) -> None:
    other = (browser.folder() / "rounds/state.js").read_text(encoding="utf-8")
    for name, text in words.items():
        assert f'{name}: "{text}"' in other
