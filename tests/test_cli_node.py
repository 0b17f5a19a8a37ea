"""`dml-sdk node`: what it prints, whom it serves, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import dml_sdk as dml
from dml_sdk.cli import main
from tests.test_cli import run, signal_until_it_ends, start
from tests.waiting import until


@contextmanager
def node(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, ended whatever happens."""
    process = start("node", "--port", "0", *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    told = process.stdout.readline()
    assert told, process.communicate()[1]
    return told


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
@pytest.mark.parametrize("times", [1, 20])
def test_it_serves_until_it_is_told_to_end(number, status, times):
    with node() as process:
        assert "block 0" in line(process)
        (url,) = re.findall(r"ws://127\.0\.0\.1:\d+", line(process))
        with dml.connect(url, store="memory") as session:
            assert session.chain.block_number == 0
            output, errors = signal_until_it_ends(process, number, times=times)
        assert process.returncode == status, errors
        assert errors.splitlines() == ["Stopped at block 0; its blocks were in memory."]
        assert "Traceback" not in output


def test_a_block_is_a_line_and_a_chain_with_a_path_goes_on(tmp_path: Path):
    for height in (1, 2):
        with node("--path", str(tmp_path / "chain"), "--json") as process:
            began = json.loads(line(process))
            assert set(began) == {"url", "http_url", "port", "genesis"}
            with dml.connect(began["url"], store="memory") as session:
                bob = session.account("bob").address
                chain = session.chain
                chain.submit(
                    chain.call("Balances", "transfer_keep_alive", dest=bob, value=10**12),
                    session.signer,
                )
            told = json.loads(line(process))
            assert (told["block"], len(told["transactions"])) == (height, 1)
            signal_until_it_ends(process, signal.SIGINT, times=1)
            assert process.returncode == 130


def test_blocks_come_with_time_where_that_was_asked_for():
    with node("--seal", "50") as process:
        line(process), line(process)
        told = [line(process) for _ in range(3)]
    assert [re.findall(r"block (\d+)", one) for one in told] == [["1"], ["2"], ["3"]]
    assert all("0 transactions" in one for one in told)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--seal", "never"], "manual"), (["--preset", "nothing"], "development"),
        (["--origin", "nowhere"], "origin"),
    ],
)  # fmt: skip
def test_what_the_node_cannot_do_is_an_error_in_words(arguments, why, capsys):
    assert main(["node", "--port", "0", *arguments]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith("UsageError") and why in told


@pytest.mark.parametrize(
    ("arguments", "does_nothing"),
    [
        (["--from", "1"], "--from"), (["--to", "2"], "--to"),
        (["--replay", "", "--pruning", "3"], "--pruning"),
        (["--replay", "ws://127.0.0.1:9", "--seal", "instant"], "--seal"),
        (["--replay", "ws://127.0.0.1:9", "--pruning", "3"], "--pruning"),
        (["--replay", "ws://127.0.0.1:9", "--path", "x"], "--path"),
        (["--path", "x", "--import", "y", "--seal", "manual"], "--seal"),
        (["--path", "x", "--import", "y", "--pruning", "3"], "--pruning"),
        (["--path", "x", "--import", "y", "--from", "3"], "--from"),
        (["--path", "x", "--export", "y", "--port", "9944"], "--port"),
        (["--path", "x", "--export", "y", "--origin", "https://polkadot.js.org"], "--origin"),
    ],
)  # fmt: skip
def test_an_option_that_would_do_nothing_is_refused_in_a_line(arguments, does_nothing, capsys):
    assert main(["node", *arguments]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"UsageError: {does_nothing} does nothing for ")


@pytest.mark.parametrize("seal", ["manual", "instant", "20"])
@pytest.mark.parametrize("style", [[], ["--json"]], ids=["words", "json"])
@pytest.mark.parametrize("lines", [0, 1])
def test_it_ends_without_a_word_when_nobody_reads_any_more(seal, style, lines):
    with node("--seal", seal, *style) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(lines):
            line(process)
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == ""


def test_an_output_that_is_closed_from_the_start_is_no_reason_to_end():
    command = f'exec "{sys.executable}" -m dml_sdk.cli node --port 0 >&-'
    process = subprocess.Popen(["sh", "-c", command], stderr=subprocess.PIPE, text=True)
    try:
        serving = psutil.Process(process.pid)
        until(lambda: [c for c in serving.net_connections() if c.status == "LISTEN"], "listening")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert errors.startswith("Stopped at block 0")


@pytest.mark.parametrize("port", ["-1", "65536", "http", "99999999999999999999"])
def test_what_is_no_port_is_refused_with_usage(port, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["node", "--port", port])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_port_that_is_taken_is_an_error_in_json():
    with node("--json") as process:
        port = json.loads(line(process))["port"]
        done = run("node", "--port", str(port), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == "UsageError"


def test_help_says_how_to_reach_it(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["node", "--help"])
    assert caught.value.code == 0
    assert "dml.connect('ws://127.0.0.1:9944')" in capsys.readouterr().out


def test_a_kept_chain_goes_to_a_file_and_back(tmp_path: Path, capsys):
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "chain.dml"
    with dml.connect(path=first) as session:
        session.chain.submit(
            session.chain.call(
                "Balances", "transfer_keep_alive", dest=session.account("bob").address, value=7
            ),
            session.signer,
        )
        before = session.balance(session.account("bob"))
    assert main(["node", "--path", str(first), "--export", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["blocks"] == 1
    assert main(["node", "--path", str(second), "--import", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hash"] == told["hash"]
    with dml.connect(path=second) as session:
        assert session.balance(session.account("bob")) == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--export", "x"], "Give --path"),
        (["--import", "x"], "Give --path"),
        (["--path", "{}", "--export", "x"], "There is no chain"),
        (["--path", "{}", "--import", "no such file"], "No such file or directory"),
        (["--path", "{}", "--export", "x", "--import", "y"], "give one of them"),
        (["--replay", "ws://127.0.0.1:9", "--export", "x"], "give one of them"),
        (["--replay", "ws://127.0.0.1:9"], "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_carried_is_said_in_a_line(arguments, why, tmp_path: Path, capsys):
    filled = [argument.format(tmp_path / "chain") for argument in arguments]
    assert main(["node", *filled]) == 1
    said = capsys.readouterr()
    assert why in said.err
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "chain" / "chain.db").exists()


def test_a_served_chain_is_executed_again(tmp_path: Path, capsys):
    with dml.connect(store="memory") as session:
        session.seal()
        session.chain.submit(session.chain.call("System", "remark", remark="0x00"), session.signer)
        assert main(["node", "--replay", session.serve().url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["valid"]
    assert told["blocks"] == 2


@pytest.mark.parametrize("states", ["0", "-1", "many", "1" * 12])
def test_a_number_of_states_is_one_or_more(states, capsys):
    with pytest.raises(SystemExit):
        main(["node", f"--pruning={states}"])
    assert "how many states to keep" in capsys.readouterr().err
