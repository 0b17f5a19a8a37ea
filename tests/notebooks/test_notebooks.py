"""Every notebook runs from its first cell to its last, as its reader would run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
FIRST = FOLDER / "01_first_round.ipynb"
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
    return json.dumps([cell.get("outputs", []) for cell in notebook.cells], ensure_ascii=False)


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
