"""Every notebook runs from its first cell to its last, as its reader would run it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
FIRST = FOLDER / "01_first_round.ipynb"
SECOND = FOLDER / "02_collective.ipynb"
ANNOTATION = FOLDER / "04_annotation.ipynb"
CELL_SECONDS = 600


def execute(path: Path, folder: Path, engine: str) -> Any:
    """Runs a notebook in a folder of its own, with the engine that is asked for."""
    text = path.read_text(encoding="utf-8").replace(
        'engine=\\"tff\\", seed', f'engine=\\"{engine}\\", seed'
    )
    notebook = nbformat.reads(text, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def outputs(notebook: Any) -> str:
    """All that the cells showed."""
    return "\n".join(map(outputs_of, notebook.cells))


def outputs_of(cell: Any) -> str:
    """All that a cell showed."""
    return json.dumps(cell.get("outputs", []), ensure_ascii=False)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("tff", marks=pytest.mark.slow)])
def test_the_first_round_is_trained_recorded_and_paid(tmp_path: Path, engine: str) -> None:
    if engine == "tff":
        pytest.importorskip("tensorflow_federated", reason="TFF is not installed here")
    shown = outputs(execute(FIRST, tmp_path, engine))
    assert "No token was lost" in shown
    assert "dml-picture" in shown
    assert "finished" in shown
    assert "stderr" not in shown
    assert not list(tmp_path.iterdir()), "nothing is written beside the notebook"


@pytest.mark.parametrize("data", ["first available", "digits"])
def test_an_update_is_voted_in_rewarded_and_accounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    if data == "digits":
        # Where MNIST is neither at hand nor to be had, as on a machine without a network.
        monkeypatch.setenv("DML_MNIST", str(tmp_path / "none.npz"))
    notebook = execute(SECOND, tmp_path, "numpy")
    shown = {cell.id: outputs_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    before, after = (percent(shown[cell]) for cell in ("first", "train"))
    assert 50 < before < after - 5, "the engineer's weights are better, by measure"
    assert percent(shown["update"]) == after
    for panel, noun in (("browser", "Model"), ("alice", "Collective"), ("claim", "Stake")):
        assert "dml-picture" in shown[panel] and noun in shown[panel]
    # Nobody clicks here, so the cells do what a person would have, and say so.
    for cell, said in {
        "licence": "Nobody bought in the panel, so this cell buys for Dave.",
        "close": "Nobody voted as alice in a panel, so this cell votes aye.",
        "statement": "Nobody claimed in the panel, so this cell claims for Eve.",
    }.items():
        assert said in shown[cell]
    assert "The proposal is executed." in shown["close"] and "1,005.5 DML" in shown["close"]
    assert "You claimed 1,005.5 DML" in shown["statement"]
    assert "50 DML came into model 0's pool from you" in shown["statement"].replace("&#x27;", "'")
    assert "No token was lost" in shown["statement"]
    assert "stderr" not in outputs(notebook)
    assert not list(tmp_path.iterdir()), "nothing is written beside the notebook"


@pytest.mark.parametrize("data", ["first available", "digits"])
def test_five_people_label_digits_and_are_judged_and_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    if data == "digits":
        monkeypatch.setenv("DML_MNIST", str(tmp_path / "none.npz"))
    notebook = execute(ANNOTATION, tmp_path, "numpy")
    shown = {cell.id: outputs_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    assert "dml-picture" in shown["panel"] and "Handwritten digits" in shown["panel"]
    assert "80 of 100 answers given" in shown["annotate"]
    said = "You answered 0 digits; a simulated stand-in answered 400 in your place."
    assert said in shown["stand-in"]
    for guilty in ("Eve", "Ferdie"):
        assert f"{guilty} is accused of copying" in shown["judge"]
    assert shown["judge"].count("accused") == 2, "nobody else is"
    plain = {cell.id: plain_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    you, charlie, dave, eve, ferdie = awards(plain["pay"])
    assert you > dave > 100 and charlie > dave
    assert eve == ferdie == 0
    assert "No token was lost" in shown["pay"]
    changed = re.search(r"([0-9]+) labels are changed; ([0-9]+) of the 20", shown["result"])
    assert changed is not None
    assert int(changed[1]) < 40 and int(changed[2]) >= 17
    before, after = percents(plain["train"])
    assert before == percent(shown["model"])
    assert after > before + 1, "the model learns more from what people said"
    doubted, at_random = percents(plain["active"])
    assert doubted > at_random, "what the model doubts most teaches it more than chance"
    assert "<svg" in shown["active"]
    assert "stderr" not in outputs(notebook)
    assert not list(tmp_path.iterdir()), "nothing is written beside the notebook"


def plain_of(cell: Any) -> str:
    """What a cell showed, as text."""
    told = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs]
    return "\n".join(told)


def awards(shown: str) -> list[float]:
    """What each was awarded, in the order of the table."""
    return [float(told) for told in re.findall(r" DML  ([0-9.]+)", shown)]


def percent(shown: str) -> float:
    """The first percentage in a text."""
    return percents(shown)[0]


def percents(shown: str) -> list[float]:
    """All percentages in a text."""
    found = [float(told) for told in re.findall(r"([0-9]+[.][0-9])%", shown)]
    assert found, shown
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_committed_notebook_is_valid_short_and_carries_no_output(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) < 15
    for cell in code:
        assert cell.outputs == []
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= 12
