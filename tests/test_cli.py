"""The command: what it prints, what it returns, and how it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import psutil
import pytest

from dml_sdk.cli import main
from tests.waiting import LONG, until

KEYS = {
    "rounds", "test_accuracy", "paid", "conserved", "blocks", "extrinsics", "seconds", "dataset",
    "engine",
}  # fmt: skip


@pytest.fixture(scope="module")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in Keras' format: 28 x 28 pictures of ten classes that are easily told apart."""
    rng = np.random.default_rng(5)
    centres = rng.integers(0, 256, (10, 28, 28))

    def pictures(n: int):
        y = rng.integers(0, 10, n).astype(np.uint8)
        noise = rng.integers(-40, 40, (n, 28, 28))
        return np.clip(centres[y] + noise, 0, 255).astype(np.uint8), y

    (x_train, y_train), (x_test, y_test) = pictures(7_000), pictures(500)
    file = tmp_path_factory.mktemp("data") / "mnist.npz"
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return file


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dml_sdk.cli", *arguments],
        capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip


def test_the_demo_prints_one_json_object_and_nothing_else(small_mnist):
    done = run("demo", "--rounds", "2", "--engine", "numpy", "--data", str(small_mnist), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) >= KEYS
    assert report["rounds"] == 2 and report["engine"] == "numpy"
    assert report["conserved"] is True
    assert report["test_accuracy"] > 0.5
    assert 10 <= len(report["paid"]) <= 20
    assert all(Decimal(amount) > 0 for amount in report["paid"].values())
    # upload, wallets, top-up; 12 a round; a claim for each who was paid
    assert report["extrinsics"] == 3 + 2 * 12 + len(report["paid"])
    assert {"data", "chain", "upload", "train", "claim", "total"} <= set(report["seconds"])


def test_the_demo_tells_its_story_to_a_person(small_mnist):
    done = run("demo", "--rounds", "1", "--engine", "numpy", "--data", str(small_mnist))
    assert done.returncode == 0, done.stderr
    for told in ("Data", "Chain", "Model", "accuracy", "claimed", "No token was lost"):
        assert told in done.stdout


def start(*arguments: str) -> subprocess.Popen[str]:
    """The command in a session and process group of its own, as a terminal would run it."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "dml_sdk.cli", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def signal_until_it_ends(
    process: subprocess.Popen[str], number: signal.Signals, *, times: int, group: bool = False
) -> tuple[str, str]:
    """Sends a signal again and again; gives what the command then printed."""
    for _ in range(times):
        try:
            os.killpg(process.pid, number) if group else process.send_signal(number)
        except ProcessLookupError:
            break
        time.sleep(0.02)
    return process.communicate(timeout=LONG)


def left_behind(session: int) -> list[int]:
    """Processes of a command's session that outlived it."""
    return [
        p.pid
        for p in psutil.process_iter(["status"])
        if _session(p.pid) == session and p.info["status"] != psutil.STATUS_ZOMBIE
    ]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
@pytest.mark.parametrize("times", [1, 40])
def test_an_interrupted_demo_aborts_the_open_round_and_shows_what_was_done(
    small_mnist, number, status, times
):
    for seconds in (6, 30, 150):  # on a slow machine there is no round yet
        process = start("demo", "--rounds", "2000", "--engine", "numpy",
                        "--data", str(small_mnist), "--json")  # fmt: skip
        time.sleep(seconds)
        output, errors = signal_until_it_ends(process, number, times=times)
        assert process.returncode == status, errors
        report = json.loads(output)
        if report.get("rounds"):
            break
    assert 0 < report["rounds"] < 2000
    assert report["conserved"] is True
    (line,) = errors.splitlines()
    assert "nothing is lost" in line
    assert not left_behind(process.pid)


@pytest.mark.parametrize("after", ["Data", "Chain", "Model"])
def test_ctrl_c_at_any_step_ends_the_demo_with_one_line(small_mnist, after):
    process = start("demo", "--rounds", "2000", "--engine", "numpy", "--data", str(small_mnist))
    assert process.stdout is not None
    while after not in process.stdout.readline():
        pass
    output, errors = signal_until_it_ends(process, signal.SIGINT, times=60)
    assert process.returncode == 130, errors
    (line,) = errors.splitlines()
    assert line.startswith("Interrupted: ")
    assert "Traceback" not in output
    assert not left_behind(process.pid)


def test_ctrl_c_at_a_terminal_reaches_the_engines_worker_too_and_leaves_none(small_mnist):
    pytest.importorskip("tensorflow_federated", reason="TensorFlow Federated is not installed")
    process = start("demo", "--rounds", "2000", "--engine", "tff", "--data", str(small_mnist))
    assert process.stdout is not None
    while "Model" not in process.stdout.readline():
        pass
    until(lambda: psutil.Process(process.pid).children(recursive=True), "a worker")
    output, errors = signal_until_it_ends(process, signal.SIGINT, times=5, group=True)
    assert process.returncode == 130, errors
    assert "Traceback" not in output + errors and "Interrupted" in errors
    assert "No token was lost" in output
    assert not left_behind(process.pid)


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--rounds", "0"], ["demo", "--rounds", "two"], ["demo", "--engine", "torch"],
        ["nonsense"], [],
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_data_file_that_cannot_be_read_is_an_error_in_words_and_in_json(tmp_path, capsys):
    missing = str(tmp_path / "none.npz")
    assert main(["demo", "--data", missing, "--engine", "numpy"]) == 1
    assert "DatasetError" in capsys.readouterr().err
    assert main(["demo", "--data", missing, "--engine", "numpy", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "DatasetError"


@pytest.mark.parametrize(
    "command",
    ["doctor", "doctor --json", "--help", "chain-spec", "demo --rounds 1 --engine numpy"],
)
def test_output_that_nobody_reads_ends_a_command_quietly(small_mnist, command):
    reader, writer = os.pipe()
    os.close(reader)
    done = write_to(writer, command, small_mnist)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("command", ["doctor", "doctor --json", "chain-spec"])
def test_output_that_cannot_be_written_is_an_error_of_one_line(small_mnist, command):
    done = write_to(os.open("/dev/full", os.O_WRONLY), command, small_mnist)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "No space left" in line


def write_to(output: int, command: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command with an output that is buffered, as most are."""
    words = command.split() + (["--data", str(data)] if command.startswith("demo") else [])
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    try:
        return subprocess.run(
            [sys.executable, "-m", "dml_sdk.cli", *words], stdout=output, env=environment,
            stderr=subprocess.PIPE, text=True, timeout=LONG, check=False,
        )  # fmt: skip
    finally:
        os.close(output)


def test_ctrl_c_before_the_arguments_are_read_is_told_as_json_where_that_is_asked_for(
    monkeypatch, capsys
):
    def interrupted(*_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

    monkeypatch.setattr("dml_sdk.cli.parsing.Parser.parse_args", interrupted)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert main(["doctor", "--json"]) == 130
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert json.loads(capsys.readouterr().out)["error"] == "Interrupted"


def test_the_doctor_says_what_works(capsys):
    assert main(["doctor"]) == 0
    assert "the embedded chain starts" in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["chain"]["starts"] and report["chain"]["conserved"]


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["doctor", "--help"]])
def test_every_command_has_help(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "usage" in capsys.readouterr().out
