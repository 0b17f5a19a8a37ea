"""The lines of the documents that say that they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dml_sdk as dml

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "docs"


def test_the_lines_on_the_economy_run_from_top_to_bottom():
    with ran("economy.md") as names:
        assert names["statement"].unexplained == {}
        assert names["session"].conserved().ok
        assert names["referendum"].state == "executed"


def test_the_lines_on_annotation_run_from_top_to_bottom():
    with ran("annotation.md") as names:
        assert names["data"].y.tolist() == list(names["task"].order)
        assert {row["stage"] for row in names["task"].awards()} == {"settled"}
        assert names["desk"].batch is None and names["training"].rounds
        assert [point.labels for point in names["learning"].curve] == [50, 75, 100, 125]
        assert names["session"].conserved().ok


@contextmanager
def ran(name: str) -> Iterator[dict[str, Any]]:
    """What a document's lines make, until the session in it is closed."""
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", (DOCUMENTS / name).read_text(), re.DOTALL)
    assert blocks
    try:
        for block in blocks:
            exec(compile(block, name, "exec"), names)  # noqa: S102 - the document's own lines
        yield names
    finally:
        names["session"].close()


def test_the_economy_in_the_readme_runs_after_its_first_lines(session, network):
    text = (ROOT / "README.md").read_text()
    first, _, economy, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "import dml_sdk as dml" in first and "session = dml." in first
    assert "fees=dict(commercial=50)" in first
    model = session.models.upload(
        network, name="m", licence="MIT", pool=dml.PoolTerms(amount=100), fees={"commercial": 50}
    )
    names: dict[str, Any] = {"dml": dml, "session": session, "model": model}
    exec(compile(economy, "README.md", "exec"), names)  # noqa: S102 - the document's own lines
    assert names["update"].engineer == session.account("eve").address
    assert names["proposal"].tally.ayes
