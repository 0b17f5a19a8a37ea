"""The picture for where no script runs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from dml_sdk.errors import TrainingError, UsageError
from dml_sdk.types import Location
from dml_sdk.widgets.rounds.picture import training_html
from dml_sdk.widgets.rounds.picture_chart import chart_svg

EVIL = '<img src=x onerror="alert(1)">\'"&'


class Tags(HTMLParser):
    """Every tag and attribute of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_before_the_first_round_it_says_what_is_going_on(rehearsal: Any) -> None:
    told = Tags(training_html(rehearsal)).text
    assert "No round has finished yet" in told
    assert "round 0 of 10" in told


def test_a_finished_training_shows_rounds_pool_events_and_receipt(rehearsal: Any) -> None:
    for _ in range(3):
        record = rehearsal.finish_round()
    rehearsal.set(state="finished")
    told = Tags(training_html(rehearsal)).text
    for part in ("finished", "round 3 of 10", f"{record.accuracy * 100:.1f} %", "contributor",
                 "Rounds.Finalised", "Last receipt: Rounds.submit_update"):  # fmt: skip
        assert part in told


def test_no_script_and_nothing_from_elsewhere_is_in_it(rehearsal: Any) -> None:
    rehearsal.finish_round()
    page = Tags(training_html(rehearsal))
    assert not {"script", "iframe", "img", "link", "object"} & set(page.tags)
    assert not [n for n in page.names if n.startswith("on") or n in ("src", "href")]


def test_names_reasons_and_events_cannot_become_markup(rehearsal: Any) -> None:
    record = rehearsal.finish_round()
    update = replace(
        record.updates[0], client=EVIL, account=EVIL, reason=EVIL, location=Location(uri=EVIL)
    )
    rehearsal.rounds = (replace(record, updates=(update, *record.updates[1:])),)
    rehearsal.model_name = rehearsal.dataset_name = rehearsal.engine_name = EVIL
    rehearsal.session.signer.name = rehearsal.session.signer.address = EVIL
    rehearsal.session.chain.add(EVIL, EVIL, reason=EVIL)
    rehearsal.set(state="failed", error=TrainingError(EVIL))
    page = Tags(training_html(rehearsal, note=EVIL))
    assert "img" not in page.tags
    assert "onerror" not in page.names
    assert page.text.count(EVIL) >= 5


def test_a_failure_says_its_kind_and_its_reason(rehearsal: Any) -> None:
    rehearsal.set(state="failed", error=TrainingError("the disk is full; free some and resume"))
    told = Tags(training_html(rehearsal)).text
    assert "TrainingError: the disk is full" in told
    assert "No round finished" in told


def test_a_chain_that_does_not_answer_leaves_the_rest_standing(rehearsal: Any) -> None:
    rehearsal.finish_round()

    class Silent:
        @property
        def asset(self) -> None:
            return rehearsal.session.chain.block_number

    rehearsal.session.chain.reachable = False
    rehearsal.model.pool = Silent()
    told = Tags(training_html(rehearsal)).text
    assert "does not answer" in told
    assert "round 1 of 10" in told


def test_a_model_without_a_pool_is_shown_without_one(rehearsal: Any) -> None:
    class Nothing:
        @property
        def asset(self) -> None:
            raise UsageError("Model 0 has no pool.")

    rehearsal.finish_round()
    rehearsal.model.pool = Nothing()
    assert "Pool" not in Tags(training_html(rehearsal)).text


@pytest.mark.parametrize("rounds", [1, 2, 5_000])
def test_the_chart_is_well_formed_and_stays_small(rehearsal: Any, rounds: int) -> None:
    rehearsal.with_rounds(rounds)
    svg = chart_svg(rehearsal.rounds, rehearsal.base)
    assert ElementTree.fromstring(svg).tag == "svg"  # noqa: S314  # made here
    assert len(svg) < 20_000


def test_the_picture_needs_neither_ipywidgets_nor_plotly() -> None:
    script = (
        "import sys\n"
        "for name in ('ipywidgets', 'anywidget', 'plotly', 'IPython', 'tensorflow'):\n"
        "    sys.modules[name] = None\n"
        "import dml_sdk, dml_sdk.widgets, dml_sdk.widgets.rounds.picture\n"
        "from dml_sdk.errors import MissingExtra\n"
        "try:\n"
        "    dml_sdk.widgets.RoundMonitor\n"
        "except MissingExtra as e:\n"
        "    print(e)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "dml-sdk[notebook]" in told.stdout, told.stderr


def test_importing_the_widgets_imports_no_notebook_library() -> None:
    script = (
        "import sys, dml_sdk, dml_sdk.widgets\n"
        "print([n for n in ('ipywidgets', 'anywidget', 'plotly', 'IPython') if n in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
