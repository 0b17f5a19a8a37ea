"""The browser half's files, and how they become one module."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dml_sdk.widgets import browser

MODULE = browser.module("round_monitor")


def test_a_widget_is_one_module_that_imports_nothing_and_exports_one_thing() -> None:
    assert not re.findall(r"^\s*import\b", MODULE, re.MULTILINE)
    assert re.findall(r"^export\b.*", MODULE, re.MULTILINE) == ["export default { render };"]


def test_each_file_comes_once_and_after_what_it_needs() -> None:
    positions = [MODULE.index(name) for name in ("function h(", "function copyable(",
                 "function participantStrip(", "function render(")]  # fmt: skip
    assert positions == sorted(positions)
    assert MODULE.count("function h(") == 1


def test_no_two_modules_define_the_same_name() -> None:
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", MODULE, re.MULTILINE)
    assert len(names) == len(set(names))


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_module_parses(tmp_path: Path) -> None:
    file = tmp_path / "widget.mjs"
    file.write_text(MODULE, encoding="utf-8")
    subprocess.run(["node", "--check", str(file)], check=True)


def test_the_page_is_asked_for_nothing_from_elsewhere() -> None:
    for file in browser.folder().iterdir():
        text = file.read_text(encoding="utf-8")
        urls = set(re.findall(r"https?://[^\"'\s)]+", text))
        assert urls <= {"http://www.w3.org/2000/svg"}, f"{file.name} names {urls}"
        assert "innerHTML" not in text, f"{file.name}: text from a chain could become markup"
