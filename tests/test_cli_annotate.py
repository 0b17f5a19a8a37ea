"""`dml-sdk annotate`: tasks listed, shown and answered from a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.cli.answering import Lines, Terminal
from tests.annotation.tasks import CATS, DIGITS, desk_of, images, opened


@pytest.fixture
def chain(tmp_path: Path, network) -> Iterator[Path]:
    """A folder with a chain that has two tasks: of digits, and of texts about cats."""
    folder = tmp_path / "chain"
    with dml.connect(path=folder) as session:
        model = session.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(1_000))
        opened(model, items=images(3), batch_size=3, answers_per_item=1)
        asked = CATS.model_copy(update={"media": ("text",), "title": "\x1b[31mCats\u202e"})
        texts = ["A cat.", "No \x1b[2J dog."]
        opened(model, questionnaire=asked, items=texts, batch_size=2, answers_per_item=1)
    return folder


@pytest.fixture
def desk(model, tmp_path):
    desk = desk_of(opened(model), "bob", drafts=tmp_path)
    desk.open()
    return desk


def run(
    chain: Path, *words: object, said: str = "", at_chain: bool = True
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_DATA_HOME": str(chain.parent / "data")}
    return subprocess.run(
        [sys.executable, "-m", "dml_sdk.cli", "annotate", *map(str, words),
         *(["--path", str(chain)] if at_chain else [])],
        input=said, capture_output=True, text=True, timeout=240, check=False, env=environment,
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr + done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_tasks_are_listed_and_shown(chain):
    (listed,) = told(run(chain, "list", "--json"))
    assert [(t["id"], t["items"], t["state"]) for t in listed["tasks"]] == [
        (0, 3, "open"), (1, 2, "open"),
    ]  # fmt: skip
    assert listed["tasks"][0]["reward per point"] == "0.1" and listed["tasks"][0]["asset"] == "DML"
    (shown,) = told(run(chain, "show", 0, "--json"))
    assert shown["title"] == DIGITS.title and shown["questions"][0]["id"] == "digit"
    plain = run(chain, "show", 1)
    assert "cat (single_choice, 3 point(s)): Is there a cat?" in plain.stdout
    assert "\x1b" not in plain.stdout and "\u202e" not in plain.stdout
    assert "\\x1b[31mCats" in plain.stdout


def test_a_batch_is_answered_at_a_prompt(chain):
    said = "maybe\nyes\n:undo\nyes\n9\n4\n\n:flag torn\n"
    done = run(chain, "answer", 1, "--account", "bob", said=said)
    assert done.returncode == 0, done.stderr
    assert "none of the options" in done.stdout and "no whole number from 1 to 5" in done.stdout
    assert "\x1b" not in done.stdout and "A cat." in done.stdout
    assert "Handed in" in done.stdout and "waiting 0.8 DML" in done.stdout
    with dml.connect(path=chain) as session:
        ((_, sheet),) = session.task(1).sheets()
        assert sheet.answers[0].given == {"cat": "yes", "mood": 4}
        assert sheet.answers[1].skipped and sheet.answers[1].flag == "torn"


def test_who_leaves_goes_on_where_it_was(chain):
    first = run(chain, "answer", 0, "--account", "bob", said="1\n:quit\n")
    assert "held until" in first.stdout, first.stderr
    second = run(chain, "answer", 0, "--account", "bob", said="2\n3\n")
    assert "item 1, 2 of 3" in second.stdout and "item 0" not in second.stdout
    with dml.connect(path=chain) as session:
        ((_, sheet),) = session.task(0).sheets()
        assert [answer.given["digit"] for answer in sheet.answers] == [1, 2, 3]


def test_a_program_answers_in_json(chain):
    said = [
        {"given": {"digit": 77}}, {"given": {"digit": 7}}, {"skip": True}, ["?"],
        {"flag": "dark", "given": {"digit": 1}},
    ]  # fmt: skip
    lines = "".join(json.dumps(line) + "\n" for line in said)
    done = told(run(chain, "answer", 0, "--json", "--batches", "2", "--account", "bob", said=lines))
    kinds = [next(iter(line)) for line in done]
    assert kinds == [
        "item",
        "error",
        "item",
        "item",
        "item",
        "error",
        "item",
        "submitted",
        "nothing",
    ]
    assert done[1]["faults"][0][0] == "answers[0].given.digit"
    assert done[0]["parts"][0]["file"].endswith("item-0-0.png")
    assert done[0]["questions"][0]["questionId"] == "digit" and done[-1]["nothing"] == "complete"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("nonsense", "$"), ("[" * 100_000, "$"), ('{"skip": true, "skip": false}', "$"),
        ('{"given": {"digit": NaN}}', "$"), ("[]", "$"), ("null", "$"), ('{"answer": 1}', "$"),
        ('{"flag": "x", "given": [1]}', "given"), ('{"given": {"digit": 1e999}}', None),
    ],
)  # fmt: skip
def test_what_a_program_says_wrong_is_told_by_the_name_that_the_errors_are_listed_by(
    desk, capsys, monkeypatch, tmp_path, line, path
):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{line}\n"))
    Lines().item(desk, 0, tmp_path)
    _, told = map(json.loads, capsys.readouterr().out.splitlines())
    assert told["error"] == "AnswersInvalid" and told["faults"]
    assert path is None or told["faults"][0][0] == path
    assert desk.answers(0) == {} and not desk.flagged(0), "nothing of it was done"


def test_what_a_program_sends_in_another_encoding_is_told_too(desk, capsys, monkeypatch, tmp_path):
    sent = io.BytesIO(b"\xff\xfe\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(sent, encoding="utf-8"))
    Lines().item(desk, 0, tmp_path)
    _, told = map(json.loads, capsys.readouterr().out.splitlines())
    assert told["error"] == "AnswersInvalid" and told["faults"][0][0] == "$"
    assert desk.answers(0) == {}


def test_what_nests_too_deeply_is_not_understood_at_a_prompt(
    session, model, capsys, monkeypatch, tmp_path
):
    boxes = dml.Questionnaire([dml.Boxes("where", "Where?", labels=["cat"])])
    desk = desk_of(opened(model, questionnaire=boxes), "bob", drafts=tmp_path)
    desk.open()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{'[' * 100_000}\n:skip\n"))
    Terminal().item(desk, 0, tmp_path)
    assert "Not understood" in capsys.readouterr().out and desk.states[0] == "skipped"


def test_a_task_that_is_not_there_is_told_as_json(chain):
    done = run(chain, "show", 9, "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["error"] == "UsageError"


def test_no_chain_is_made_where_there_is_none(tmp_path):
    done = run(tmp_path / "nothing", "list")
    assert done.returncode == 1 and "There is no chain in" in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_less_than_a_batch_cannot_be_answered(chain):
    for count in ("0", "-1"):
        done = run(chain, "answer", 0, "--batches", count, "--account", "bob")
        assert done.returncode == 1 and "1 or more" in done.stderr


def test_who_joins_a_served_chain_names_the_store_that_its_files_are_in(chain):
    with dml.connect(path=chain) as session, session.serve(0) as server:
        served = ("show", "0", "--url", server.url)
        assert run(chain, *served, at_chain=False).returncode == 1, "the user's own store is empty"
        done = run(chain, *served, "--store", f"{chain}/store", at_chain=False)
        assert done.returncode == 0 and DIGITS.title in done.stdout, done.stderr


def test_what_can_be_revealed_is(chain):
    assert told(run(chain, "reveal", 0, "--json", "--account", "bob")) == [{"revealed": []}]


def test_whoever_joins_a_served_chain_names_the_store_that_its_files_are_in(chain, tmp_path):
    with dml.connect(path=chain) as session:
        server = session.serve()
        words = ("annotate", "show", "0", "--url", server.url, "--store")
        for store, code in ((chain / "store", 0), (tmp_path / "another", 1)):
            done = subprocess.run(
                [sys.executable, "-m", "dml_sdk.cli", *words, str(store)],
                capture_output=True, text=True, timeout=240, check=False,
            )  # fmt: skip
            assert done.returncode == code, done.stderr
            assert (DIGITS.title in done.stdout) == (code == 0)
