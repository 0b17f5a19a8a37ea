"""The lines of the documents that say that they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import dml_sdk as dml

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "docs"


@pytest.mark.parametrize("name", ["economy.md"])
def test_the_lines_of_a_document_run_from_top_to_bottom(name):
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", (DOCUMENTS / name).read_text(), re.DOTALL)
    assert blocks
    try:
        for block in blocks:
            exec(compile(block, name, "exec"), names)  # noqa: S102 - the document's own lines
        assert names["statement"].unexplained == {}
        assert names["session"].conserved().ok
        assert names["referendum"].state == "executed"
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
