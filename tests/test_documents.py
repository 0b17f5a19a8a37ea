"""The lines of the documents that say that they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = Path(__file__).parents[1] / "docs"


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
