"""The kernel half of the round monitor, on a comm that counts instead of a page."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dml_sdk.errors import TrainingRunning, UsageError
from dml_sdk.widgets import RoundMonitor
from dml_sdk.widgets.receipt import receipt_json
from dml_sdk.widgets.rounds import snapshot
from dml_sdk.widgets.rounds.series import MOST_POINTS
from dml_sdk.widgets.wording import exact
from tests.waiting import until
from tests.widgets.conftest import SENT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def monitor(rehearsal: Any, sent: Any) -> Iterator[RoundMonitor]:
    shown = RoundMonitor(rehearsal)
    yield shown
    shown.close()


def shows(monitor: RoundMonitor, **expected: Any) -> None:
    """Waits until the head says this."""
    until(
        lambda: all(monitor._view.head.get(k) == v for k, v in expected.items()),
        f"the head says {expected}",
    )


def press(monitor: RoundMonitor, **message: Any) -> None:
    """What the page sends for a click."""
    monitor._view._handle_msg(
        {"content": {"data": {"method": "custom", "content": message}}, "buffers": []}
    )


def offered() -> dict[str, str]:
    """The file that was given to the page."""
    return next(
        d["content"]["file"]
        for _, _, d in SENT
        if d.get("method") == "custom" and "file" in d["content"]
    )


def test_it_shows_a_training_that_runs_and_follows_it(monitor: RoundMonitor) -> None:
    shows(monitor, state="waiting", done=0)
    record = monitor.training.finish_round()
    shows(monitor, state="running", done=1, accuracy=record.accuracy)
    assert monitor._view.strip["rounds"][0]["updates"][0]["client"] == record.updates[0].client
    assert monitor._view.pool["paid"] == exact(record.paid)
    assert monitor._view.events[0][1] == "Rounds.Finalised"


def test_it_shows_a_training_that_is_over(rehearsal: Any, sent: Any) -> None:
    rehearsal.with_rounds(10).state = "finished"
    monitor = RoundMonitor(rehearsal)
    shows(monitor, state="finished", done=10)
    assert list(monitor.figure.data[0].x) == list(range(1, 11))
    monitor.close()


def test_never_more_than_ten_messages_leave_the_kernel_in_a_second(monitor: RoundMonitor) -> None:
    SENT.clear()
    stop = threading.Event()

    def rush() -> None:
        while not stop.is_set():
            monitor.training.finish_round(participants=3)
            stop.wait(0.002)

    rushing = threading.Thread(target=rush)
    rushing.start()

    def figures_sent() -> list[float]:
        sent = list(SENT)
        return [at for at, _, data in sent if (data.get("state") or {}).get("_py2js_update")]

    until(lambda: len(SENT) > 25 and len(figures_sent()) > 2, "it follows")
    stop.set()
    rushing.join()
    times = [at for at, _, _ in list(SENT)]
    busiest = max(sum(t <= other < t + 1 for other in times) for t in times)
    assert busiest <= 10
    assert all(b - a >= 0.2 for a, b in pairwise(figures_sent()))


def test_the_last_change_always_reaches_the_page(monitor: RoundMonitor) -> None:
    for _ in range(40):
        monitor.training.finish_round(participants=2)
    monitor.training.set(state="finished", phase="")
    shows(monitor, state="finished", done=40)
    until(lambda: len(monitor.figure.data[0].x) >= 40, "the chart caught up")


def test_ten_thousand_rounds_are_thinned_and_never_sent_whole(rehearsal: Any, sent: Any) -> None:
    monitor = RoundMonitor(rehearsal.with_rounds(10_000, participants=1))
    assert len(monitor.figure.data[0].x) <= MOST_POINTS
    assert len(monitor._view.strip["rounds"]) == snapshot.MOST_ROUNDS
    assert monitor._view.strip["total"] == 10_000
    monitor.close()


def test_a_round_with_very_many_participants_is_still_shown(rehearsal: Any) -> None:
    strip = snapshot.strip(rehearsal.with_rounds(3, participants=1_000).rounds)
    assert [r["number"] for r in strip["rounds"]] == [3]


def test_the_strip_can_be_paged_back_and_returns_to_the_newest(rehearsal: Any, sent: Any) -> None:
    monitor = RoundMonitor(rehearsal.with_rounds(60, participants=2))
    first = monitor._view.strip["first"]
    press(monitor, do="rounds", end=first)
    until(lambda: monitor._view.strip["end"] == first, "the rounds before")
    press(monitor, do="rounds", end=60)
    until(lambda: monitor._view.strip["end"] == 60, "the newest")
    monitor.close()


@pytest.mark.parametrize(
    ("do", "state"), [("pause", "paused"), ("resume", "running"), ("stop", "stopped")]
)
def test_a_click_calls_the_training_and_its_state_answers(
    monitor: RoundMonitor, do: str, state: str
) -> None:
    press(monitor, do=do)
    assert monitor.training.calls == [do]
    shows(monitor, state=state)


def test_a_click_that_is_refused_says_why(monitor: RoundMonitor) -> None:
    monitor.training.refuses = TrainingRunning("Round 3 is open on the chain: wait for it.")
    press(monitor, do="resume")
    told = [d["content"] for _, _, d in SENT if d.get("method") == "custom"]
    assert told == [{"refused": "resume", "text": "Round 3 is open on the chain: wait for it."}]


@pytest.mark.parametrize(
    "message",
    [{"do": "rm -rf"}, {"do": "rounds", "end": "x"}, {"do": "rounds", "end": -5}, {}],
)
def test_a_message_that_makes_no_sense_does_nothing(
    monitor: RoundMonitor, message: dict[str, Any]
) -> None:
    press(monitor, **message)
    assert monitor.training.calls == []
    assert monitor._end is None


def test_the_export_has_a_line_for_each_round(rehearsal: Any, sent: Any) -> None:
    rehearsal.model_name = "../my model"
    monitor = RoundMonitor(rehearsal.with_rounds(3, participants=4))
    press(monitor, do="csv")
    told = offered()
    rows = list(csv.DictReader(io.StringIO(told["text"])))
    assert [row["round"] for row in rows] == ["1", "2", "3"]
    for row, record in zip(rows, rehearsal.rounds, strict=True):
        assert float(row["accuracy"]) == record.accuracy
        assert row["paid"] == exact(record.paid)
        assert int(row["accepted"]) + int(row["rejected"]) + int(row["dropped"]) == 4
    assert (told["name"], told["type"]) == ("-my-model-rounds.csv", "text/csv")
    monitor.close()


def test_the_last_receipt_is_exported_whole_and_exact(rehearsal: Any, sent: Any) -> None:
    monitor = RoundMonitor(rehearsal.with_rounds(3, participants=4))
    press(monitor, do="receipt")
    told = offered()
    assert (told["name"], told["type"]) == ("mnist-2nn-receipt.json", "application/json")
    receipt = json.loads(told["text"])
    shown = monitor._view.head["receipt"]
    assert receipt["extrinsic_hash"] == shown["extrinsic"] and receipt["block"] == shown["block"]
    assert receipt["fee"] == {"tokens": "0.001600000000", "asset": "DML", "planck": "1600000000"}
    monitor.close()


def test_a_receipt_that_there_is_not_is_refused_in_words(monitor: RoundMonitor, sent: Any) -> None:
    sent.clear()
    press(monitor, do="receipt")
    (told,) = (d["content"] for _, _, d in sent if d.get("method") == "custom")
    assert told["refused"] == "receipt" and "no receipt yet" in told["text"]
    with pytest.raises(UsageError, match="no receipt yet"):
        monitor.receipt_json()


def test_a_receipt_of_the_chain_is_json_that_holds_every_token(model: Any) -> None:
    receipt = model.pool.fund("0.000000000001")
    told = json.loads(receipt_json(receipt))
    assert told["call"] == "Pools.fund" and told["block_hash"] == receipt.block_hash
    (moved,) = told["moved"][receipt.signer]
    assert int(moved["planck"]) == -1 - receipt.fee.planck
    assert [e["name"] for e in told["events"]] == [f"{e.pallet}.{e.name}" for e in receipt.events]


def test_a_chain_that_stops_answering_is_said_and_the_last_figures_stay(
    monitor: RoundMonitor,
) -> None:
    monitor.training.finish_round()
    shows(monitor, done=1)
    block, pool = monitor._view.head["block"], monitor._view.pool
    monitor.training.session.chain.reachable = False
    monitor.training.tell()
    until(lambda: monitor._view.head["unreachable"], "that it is gone")
    assert "does not answer" in monitor._view.head["unreachable"]
    assert monitor._view.head["block"] == block
    assert monitor._view.pool == pool
    monitor.training.session.chain.reachable = True
    monitor.training.tell()
    shows(monitor, unreachable=None)


def test_a_live_training_is_never_silent_and_one_that_ended_is(monitor: RoundMonitor) -> None:
    for state in ("waiting", "running", "paused", "stopping"):
        monitor.training.state = state
        beat = monitor._heartbeat()
        assert beat is not None
        assert beat < 10
    for state in ("stopped", "finished", "failed"):
        monitor.training.state = state
        assert monitor._heartbeat() is None


def test_its_bundle_has_the_widget_and_the_picture(monitor: RoundMonitor) -> None:
    bundle = monitor._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == monitor.model_id
    assert "dml-picture" in bundle["text/html"]
    assert "mnist-2nn" in bundle["text/plain"]


def test_closing_stops_watching(rehearsal: Any, sent: Any) -> None:
    monitor = RoundMonitor(rehearsal)
    monitor.close()
    monitor.close()
    assert rehearsal._watchers == []
    assert rehearsal.session.chain.callbacks == []


@pytest.mark.parametrize("wrong", [None, 42, "training"])
def test_what_is_no_training_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(UsageError, match=f"given {type(wrong).__name__}"):
        RoundMonitor(wrong)


@pytest.mark.parametrize(
    "target", [-0.1, 97, float("nan"), "x", "0.5", True, 10**5000], ids=lambda t: type(t).__name__
)
def test_a_target_that_is_no_accuracy_is_refused(rehearsal: Any, target: Any) -> None:
    with pytest.raises(UsageError, match=r"target.*from 0 to 1"):
        RoundMonitor(rehearsal, target=target)


def test_the_ghost_and_the_target_are_lines_in_the_chart(rehearsal: Any, sent: Any) -> None:
    monitor = RoundMonitor(rehearsal.with_rounds(2), target=0.97)
    heights = {(s.yref, s.y0) for s in monitor.figure.layout.shapes}
    assert heights == {("y", 0.098), ("y2", 2.31), ("y", 0.97)}
    monitor.close()


def test_amounts_and_scores_in_events_are_told_in_units(rehearsal: Any) -> None:
    chain = rehearsal.session.chain
    chain.add(
        "Rounds", "ContributorRewarded", model=0, score=576_666_666, amount=22_972_564_969_129
    )
    chain.add("Rounds", "UpdateScored", model=0, client="a", verdict={"Accepted": 900_000_000})
    chain.add("Pools", "Claimed", model=1, amount=5)
    fields = [text for _, _, text in snapshot.events(rehearsal)]
    assert fields == [
        "model 1, amount 5",
        "client a, verdict Accepted 90.0 %",
        "score 57.7 %, amount 22.9726 DML",
    ]


@pytest.mark.parametrize(
    "missing", ["IPython", "ipywidgets", "anywidget", "plotly", "comm", "traitlets"]
)
def test_without_a_notebook_library_a_training_is_trained_and_pictured_and_the_extra_is_named(
    missing: str,
) -> None:
    script = f"""
        import sys
        sys.path.insert(0, {str(ROOT / "tests")!r})

        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == {missing!r}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        import dml_sdk as dml
        from conftest import blobs
        from dml_sdk.errors import MissingExtra
        from dml_sdk.training.data import Split

        for name in [n for n in sys.modules if n.partition(".")[0] == {missing!r}]:
            del sys.modules[name]
        sys.meta_path.insert(0, Absent())
        split = Split("blobs", blobs(400, 2), blobs(100, 3), blobs(200, 4))
        with dml.connect(store="memory") as session:
            model = session.models.upload(dml.networks.softmax(8, 4), name="x", licence="MIT",
                                          pool=dml.PoolTerms(amount=1))
            training = model.train(split.partition(4), test=split.test, rounds=1,
                                   clients_per_round=2, engine="numpy").wait(60)
            assert "finished" in training._repr_html_()
            assert "creator" in model.pool._repr_html_()
            try:
                training.monitor()
            except MissingExtra as e:
                print(e)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "dml-sdk[notebook]" in done.stdout and missing.lower() in done.stdout
