"""The first notebook in a real browser: it runs, the plot grows, the buttons answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

FIRST = Path(__file__).resolve().parents[2] / "notebooks" / "01_first_round.ipynb"
TRAINING_MS = 900_000


def with_engine(engine: str, rounds: int, folder: Path) -> Path:
    """The notebook as a reader who has this engine would change it."""
    text = FIRST.read_text(encoding="utf-8")
    assert 'engine=\\"tff\\"' in text
    assert "rounds=10," in text
    text = text.replace('engine=\\"tff\\", seed', f'engine=\\"{engine}\\", seed')
    changed = folder / f"first_round_{engine}.ipynb"
    changed.write_text(text.replace("rounds=10,", f"rounds={rounds},"), encoding="utf-8")
    return changed


def wait_for_points(page: Page, least: int) -> None:
    """Waits until the accuracy curve has so many points."""
    page.wait_for_function(
        "least => document.querySelectorAll("
        "'.js-plotly-plot .scatterlayer .trace:first-child .point').length >= least",
        arg=least,
        timeout=TRAINING_MS,
    )


@pytest.fixture(
    params=["numpy", pytest.param("tff", marks=pytest.mark.slow)],
)
def notebook(request: pytest.FixtureRequest, lab: Any, open_notebook: Any) -> Any:
    if request.param == "tff":
        pytest.importorskip("tensorflow_federated", reason="TFF is not installed here")
    # Enough of them that a person, or a loaded machine, has time to press a button.
    rounds = 100 if request.param == "numpy" else 40
    opened = open_notebook(with_engine(request.param, rounds, lab.folder))
    opened.name = request.param
    return opened


def test_the_plot_grows_while_a_button_answers_and_the_kernel_is_busy(notebook: Any) -> None:
    page: Page = notebook.page
    notebook.run_all()
    monitor = page.locator(".dml-round-monitor")
    wait_for_points(page, 2)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    expect(monitor.locator(".dml-chain")).to_contain_text("paused")
    # The cell with training.wait() is still running: the click did not wait for it.
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]:").first).to_be_visible()
    drawn = page.locator(".dml-row").count()
    wait_for_points(page, drawn)
    notebook.photograph(f"round-monitor-{notebook.name}-paused")

    page.get_by_role("button", name="Resume", exact=True).click()
    wait_for_points(page, drawn + 1)
    notebook.photograph(f"round-monitor-{notebook.name}-live")
    expect(monitor.locator(".dml-chain")).to_contain_text("finished", timeout=TRAINING_MS)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]:")).to_have_count(0)
    assert page.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
    expect(page.get_by_text("No token was lost").first).to_be_visible()
    expect(page.locator(".dml-picture").first).to_be_hidden()

    page.locator(".dml-dot.dml-accepted").first.click()
    detail = monitor.locator(".dml-detail")
    for fact in ("who", "examples", "score", "reward", "update", "receipt"):
        expect(detail.locator("dt", has_text=re.compile(f"^{fact}$"))).to_be_visible()
    page.keyboard.press("c")
    expect(monitor.get_by_text("training.rounds[-1].updates")).to_be_visible()
    notebook.photograph(f"round-monitor-{notebook.name}-finished")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.keyboard.press("c")

    with page.expect_download() as download:
        page.keyboard.press("e")
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[0].startswith("round,version,accuracy")
    assert len(rows) > drawn

    with page.expect_download() as download:
        page.get_by_role("button", name="Export the last receipt as JSON").click()
    receipt = json.loads(Path(download.value.path()).read_text())
    assert receipt["call"] == "Rounds.submit_update" and receipt["extrinsic_hash"].startswith("0x")

    page.get_by_role("button", name="Keys").click()
    expect(monitor.locator(".dml-keys")).to_be_visible()
    page.keyboard.press("?")
    expect(monitor.locator(".dml-keys")).to_be_hidden()

    notebook.set_theme("JupyterLab Dark")
    notebook.photograph(f"round-monitor-{notebook.name}-dark")
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": 560, "height": 1900})
    # Nothing sticks out when narrow, once the plot is drawn again.
    page.wait_for_function(
        "e => e.scrollWidth <= e.getBoundingClientRect().width", arg=monitor.element_handle()
    )
    notebook.photograph(f"round-monitor-{notebook.name}-narrow")
    notebook.set_theme("JupyterLab Light")


def test_a_saved_notebook_shows_the_last_picture_without_a_kernel(
    lab: Any, open_notebook: Any
) -> None:
    path = with_engine("numpy", 3, lab.folder).rename(lab.folder / "saved.ipynb")
    first = open_notebook(path)
    first.run_all()
    expect(first.page.locator(".dml-chain")).to_contain_text("finished", timeout=TRAINING_MS)
    expect(first.page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]:")).to_have_count(0)
    expect(first.page.locator(".dml-picture").first).to_contain_text("finished")
    first.page.locator(".jp-Notebook").first.press("Control+s")
    first.page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert "dml-picture" in json.dumps(saved["cells"])
    first.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    first.page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(first.page.locator(".dml-chain")).to_contain_text("disconnected")
    first.photograph("round-monitor-disconnected")
    first.page.context.close()

    again = open_notebook(path)
    picture = again.page.locator(".dml-picture").first
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("round 3 of 3")
    dead = again.page.get_by_text("model not found")
    dead.wait_for(state="attached")
    expect(dead).to_be_hidden()
    again.photograph("round-monitor-picture", ".dml-picture")
