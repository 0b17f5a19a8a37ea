"""The password box of a real kernel: nothing that was typed into it stays anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Zwiebel-Quitte-Rhabarber-7"
WRONG = "Kohlrabi-Mangold-Sellerie-8"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
SECRETS = (PASSWORD, WRONG, PHRASE, PASSWORD[:12], WRONG[:12], "sausage")
SECONDS = 120


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A kernel's, with its profile and history in the test's folder and this tree to import."""
    return {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": str(ROOT)}


class Page:
    """A notebook's page: runs cells, types into the boxes that come up, keeps what is shown."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.notebook = nbformat.v4.new_notebook()
        self.messages: list[str] = []
        self.boxes: list[str] = []

    def run(self, source: str, *typed: str) -> str:
        """Runs a cell; what it showed, as text."""
        answers = iter(typed)
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.cells.append(cell)

        def box(message: dict[str, Any]) -> None:
            assert message["content"]["password"] is True
            self.boxes.append(message["content"]["prompt"])
            self._client.input(next(answers))

        def show(message: dict[str, Any]) -> None:
            self.messages.append(repr(message))
            if message["msg_type"] in ("stream", "execute_result", "display_data", "error"):
                cell.outputs.append(nbformat.v4.output_from_msg(message))

        reply = self._client.execute_interactive(
            source, allow_stdin=True, stdin_hook=box, output_hook=show, timeout=SECONDS
        )
        self.messages.append(repr(reply))
        assert next(answers, None) is None, "not every answer was asked for"
        return "".join(
            o.get("text", "") + str(o.get("data", "")) + "".join(o.get("traceback", []))
            for o in cell.outputs
        )


@pytest.fixture
def page(tmp_path: Path, environment: dict[str, str]) -> Iterator[Page]:
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(tmp_path), env=environment, startup_timeout=SECONDS
    )
    try:
        yield Page(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_what_is_typed_into_the_box_is_in_no_output_history_variable_or_file(
    page: Page, tmp_path: Path
) -> None:
    page.run("import dml_sdk as dml, gc; print(dml.__file__)")
    assert str(ROOT) in page.notebook.cells[0].outputs[0]["text"]
    made = page.run('dml.Account.new("alma.json")', PASSWORD, PASSWORD)
    assert "alma" in made and page.boxes[-1].startswith("The new password for alma.json again")
    opened = page.run('account = dml.Account.from_file("alma.json"); account', PASSWORD)
    assert "alma" in opened and page.boxes[-1] == "The password of alma.json: "
    page.run('dml.Account.import_phrase("berta.json")', PHRASE, PASSWORD, PASSWORD)
    page.run('dml.Account.change_password("berta.json")', PASSWORD, WRONG, WRONG)
    assert len(page.boxes) == 9
    for mode in ("Context", "Verbose"):  # the second shows the values of variables
        page.run(f"%xmode {mode}")
        assert "WrongPassword" in page.run('dml.Account.from_file("alma.json")', WRONG)
        assert "not the same" in page.run('dml.Account.new("c.json")', PASSWORD, WRONG)
        assert "phrase" in page.run('dml.Account.import_phrase("c.json")', PHRASE + " x")
    page.run("%tb Verbose")
    page.run("print(In, _ih, Out, _, __, _i, _ii)")
    page.run("print({k: repr(v) for k, v in globals().items()})")
    page.run("history = get_ipython().history_manager; history.writeout_cache()")
    page.run("print(list(history.get_range(output=True)), list(history.get_tail(99)))")
    page.run("%history -o")
    page.run("print(dict(__import__('os').environ), __import__('sys').argv)")
    assert "alma" in page.run("print(account, repr(account), vars(dml), gc.collect() >= 0)")
    nbformat.write(page.notebook, tmp_path / "notebook.ipynb")
    for secret in SECRETS:
        assert not any(secret in message for message in page.messages), secret
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"alma.json", "notebook.ipynb", "history.sqlite"} <= {path.name for path in written}
    for path in written:
        content = path.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in content, f"{secret} in {path}"


def test_the_debugger_after_a_wrong_password_finds_none_in_any_frame(page: Page) -> None:
    page.run("import dml_sdk as dml, sys, traceback")
    page.run('dml.Account.new("alma.json")', PASSWORD, PASSWORD)
    assert "WrongPassword" in page.run('dml.Account.from_file("alma.json")', WRONG)
    shown = page.run(
        "for frame, _ in traceback.walk_tb(sys.last_traceback):\n"
        "    if '/dml_sdk/' in frame.f_code.co_filename:\n"
        "        print(frame.f_code.co_name, frame.f_locals)"
    )
    assert "from_file" in shown and "<Secret>" in shown
    for secret in SECRETS:
        assert not any(secret in message for message in page.messages), secret


def test_a_notebook_that_runs_without_a_page_says_how_to_hand_the_password_in(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    cells = ("import dml_sdk as dml", 'dml.Account.new("alma.json")')
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )  # fmt: skip
    with pytest.raises(CellExecutionError) as caught:
        client.execute(env=environment)
    assert "PromptUnavailable" in str(caught.value)
    assert "without a page" in str(caught.value) and "os.environ" in str(caught.value)
    assert not (tmp_path / "alma.json").exists()


def test_a_notebook_that_runs_without_a_page_takes_the_password_from_its_environment(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    cells = (
        "import os, dml_sdk as dml",
        'dml.Account.new("alma.json", password=lambda: os.environ["ALMA_PASSWORD"])',
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )  # fmt: skip
    done = client.execute(env={**environment, "ALMA_PASSWORD": PASSWORD})
    told = nbformat.writes(done)
    assert "alma" in told and PASSWORD not in told
