"""`dml-sdk account`: keystores from the command line, without a secret as an argument."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dml_sdk as dml

PASSWORD = "Zwiebel-Quitte-Rhabarber-7"
OTHER = "Kohlrabi-Mangold-Sellerie-8"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
ENVIRONMENT = {**os.environ, "MINE": PASSWORD, "OTHER": OTHER, "PHRASE": PHRASE}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command, where nobody can be asked."""
    done = subprocess.run(
        [sys.executable, "-m", "dml_sdk.cli", "account", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    for secret in (PASSWORD, OTHER, PHRASE, "sausage"):
        assert secret not in done.stdout + done.stderr
    return done


def told(*arguments: object) -> dict[str, object]:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    return dict(json.loads(done.stdout))


def test_accounts_are_made_imported_listed_shown_and_given_another_password(tmp_path: Path):
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    made = told("new", a, "--password-env", "MINE", "--name", "Alma")
    assert made["name"] == "Alma" and made["scheme"] == "sr25519"
    brought = told(
        "import", b, "--scheme", "ed25519", "--phrase-env", "PHRASE", "--password-env", "MINE"
    )
    assert brought["scheme"] == "ed25519"
    (tmp_path / "other.json").write_text("{}")
    assert told("list", tmp_path) == {"accounts": [made, brought]}
    assert str(made["address"]) in run("list", tmp_path).stdout
    shown = told("show", a, "--open", "--password-env", "MINE")
    account = dml.Account.from_file(a, password=lambda: PASSWORD)
    assert shown == made | {"sealing_key": "0x" + account.sealing_key.hex(), "proved": True}
    told("password", a, "--password-env", "MINE", "--new-password-env", "OTHER")
    assert dml.Account.from_file(a, password=lambda: OTHER) == account
    lines = run("show", a).stdout
    assert account.address in lines and "Alma" in lines


def test_what_a_strangers_file_tells_is_shown_as_one_line(tmp_path: Path):
    file = tmp_path / "a.json"
    dml.Account.new(file, password=lambda: PASSWORD)
    meta = {"name": "x\n\x1b[31mAccount of the bank"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"meta": meta}))
    shown = run("show", file).stdout
    assert "\x1b" not in shown and len(shown.splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("new", "there.json", "--password-env", "MINE"), "there already"),
        (("new", "x.json"), "PromptUnavailable"),
        (("new", "x.json", "--password-env", "NOT_SET"), "NOT_SET is not set"),
        (("import", "x.json", "--phrase-env", "MINE", "--password-env", "MINE"), "recovery phrase"),
        (("show", "nothing.json"), "Cannot read"),
        (("show", "there.json"), "KeystoreInvalid"),
        (("list", "nowhere"), "no folder"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(tmp_path: Path, arguments, error):
    (tmp_path / "there.json").write_text("{}")
    word, file, *options = arguments
    done = run(word, tmp_path / file, *options)
    assert done.returncode == 1 and error in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["there.json"]
    as_json = json.loads(run(word, tmp_path / file, *options, "--json").stdout)
    assert set(as_json) == {"error", "message"}


def test_at_a_terminal_the_password_is_asked_twice_and_not_echoed(tmp_path: Path):
    pty = pytest.importorskip("pty", reason="a terminal is of POSIX")
    file = tmp_path / "a.json"
    child, terminal = pty.fork()
    if child == 0:
        os.execve(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "dml_sdk.cli", "account", "new", str(file)],
            ENVIRONMENT,
        )
    screen = b""
    try:
        for prompt in (b"A new password for a.json: ", b"The new password for a.json again: "):
            while prompt not in screen:
                screen += os.read(terminal, 1024)
            os.write(terminal, PASSWORD.encode() + b"\n")
        while True:
            try:
                read = os.read(terminal, 1024)
            except OSError:  # the program has ended, and its terminal with it
                break
            if not read:
                break
            screen += read
    finally:
        os.close(terminal)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, screen
    assert PASSWORD.encode() not in screen
    assert dml.Account.from_file(file, password=lambda: PASSWORD).address.encode() in screen
