"""The browser half's files, and how they become one module."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dml_sdk.widgets import browser

WIDGETS = (
    "rounds/monitor", "stake/panel", "vote/panel", "confirm_dialog", "model_browser/panel",
    "questionnaire/panel", "task/panel",
)  # fmt: skip
every_widget = pytest.mark.parametrize("widget", WIDGETS)


@every_widget
def test_a_widget_is_one_module_that_imports_nothing_and_exports_one_thing(widget: str) -> None:
    module = browser.module(widget)
    assert not re.findall(r"^\s*import\b", module, re.MULTILINE)
    assert re.findall(r"^export\b.*", module, re.MULTILINE) == ["export default { render };"]


def test_each_file_comes_once_and_after_what_it_needs() -> None:
    module = browser.module("rounds/monitor")
    positions = [module.index(name) for name in ("function h(", "function copyable(",
                 "function participantStrip(", "function render(")]  # fmt: skip
    assert positions == sorted(positions)
    assert module.count("function h(") == 1


@every_widget
def test_no_two_modules_define_the_same_name(widget: str) -> None:
    names = re.findall(
        r"^(?:async )?(?:function|const|let|class) (\w+)", browser.module(widget), re.MULTILINE
    )
    assert len(names) == len(set(names))


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@every_widget
def test_the_module_parses(widget: str, tmp_path: Path) -> None:
    file = tmp_path / "widget.mjs"
    file.write_text(browser.module(widget), encoding="utf-8")
    subprocess.run(["node", "--check", str(file)], check=True)


def test_the_page_is_asked_for_nothing_from_elsewhere() -> None:
    files = [file for file in browser.folder().rglob("*") if file.is_file()]
    assert any(file.parent != browser.folder() for file in files), "folders are looked into"
    for file in files:
        text = file.read_text(encoding="utf-8")
        urls = set(re.findall(r"https?://[^\"'\s)]+", text))
        assert urls <= {"http://www.w3.org/2000/svg"}, f"{file.name} names {urls}"
        assert "innerHTML" not in text, f"{file.name}: text from a chain could become markup"


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_browser_halfs_own_logic_holds_under_node() -> None:
    files = sorted(map(str, Path(__file__).parent.glob("*.test.mjs")))
    told = subprocess.run(
        ["node", "--test", *files], capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stdout
