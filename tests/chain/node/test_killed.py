"""A process that is killed in the middle of what it does to a chain's file, statement by statement.

SQLite tells of each statement before it is executed; the process ends itself at a given one as
`kill -9` does. What it reported before is there afterwards, and the chain goes on.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, authoring
from dml_sdk.chain.node import chain as chain_module
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.errors import StateDiscarded

from .test_archive import second_format
from .test_upgrade import NEXT, NOW, of_version, set_code

BLOCKS = 40
SCRIPT = """
import os, signal, sqlite3, sys
from pathlib import Path
from dml_sdk.chain.node import Node, chain

chain._CHANGES_BETWEEN = 16
work, end, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
file, exported = folder / "chain.db", folder / "exported"
seen = 0

def step(name):
    global seen
    seen += 1
    if end in (name, str(seen)):
        os.kill(os.getpid(), signal.SIGKILL)

def connect(*arguments, _really=sqlite3.connect, **options):
    db = _really(*arguments, **options)
    db.set_trace_callback(lambda statement: step("a statement"))
    return db

def watched(name):
    really = getattr(os, name)
    def call(*arguments, **options):
        step("before " + name)
        told = really(*arguments, **options)
        step("after " + name)
        return told
    setattr(os, name, call)

def told(node):
    print("head", node.chain.head.number, node.chain.head.hash.hex(), flush=True)

sqlite3.connect = connect
watched("fsync")
watched("link")
if work == "import":
    node = Node.imported(exported, path=file)
else:
    node = Node(path=file, pruning=4 if work == "prune" else None)
told(node)
if work == "export":
    node.export(folder / "again", progress=lambda done, total: step("a block"))
    print("exported", flush=True)
elif work == "upgrade":
    node.seal()
    told(node)
    node.submit(bytes.fromhex((folder / "set_code").read_text()))
    told(node)
if work in ("prune", "upgrade"):
    for _ in range(8):
        node.seal()
        told(node)
node.close()
print("statements", seen, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder with a chain, and what can be done with it."""

    folder: Path
    newer: bytes
    set_code: bytes


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain_module, "_CHANGES_BETWEEN", 16)
        node = Node(path=folder / "chain.db")
        for _ in range(BLOCKS):
            node.seal()
        newer = of_version(node.runtime().code, NEXT)
        extrinsic = set_code(node, Keypair.create_from_uri("//Alice"), newer)
        (folder / "set_code").write_text(extrinsic.hex())
        node.export(folder / "exported")
        node.close()
    return Kept(folder, newer, extrinsic)


def prepared(kept: Kept, work: str, folder: Path) -> Path:
    """A folder as it is before the work."""
    shutil.copytree(kept.folder, folder)
    if work in ("begin", "import"):
        (folder / "chain.db").unlink()
    if work == "migrate":
        second_format(folder / "chain.db")
    return folder


def killed(work: str, end: str | int, folder: Path) -> tuple[int, list[list[str]]]:
    """How a process ended, and what it reported."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), work, str(end), str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, [line.split() for line in done.stdout.splitlines()]


def examine(kept: Kept, folder: Path, reported: Sequence[Sequence[str]], least: int) -> None:
    """The chain in the folder has what was reported, holds together, and goes on."""
    node = Node(path=folder / "chain.db")
    head = node.chain.head
    assert head.number >= least
    for _, number, block_hash in (line for line in reported if line[0] == "head"):
        block = node.chain.by_number(int(number))
        assert block is not None
        assert block.hash.hex() == block_hash
    states = 0
    for number in range(1, head.number + 1):
        before, block = node.chain.by_number(number - 1), node.chain.by_number(number)
        assert before is not None
        assert block is not None
        try:
            state = before.state
        except StateDiscarded:
            continue
        assert authoring.execute(node.executor, state, block).root == block.header.state_root
        assert block.state.root == block.header.state_root
        states += 1
    assert states >= min(3, head.number)
    upgraded = node.runtime().code == kept.newer
    assert upgraded == (node.inclusion(blake2_256(kept.set_code)) is not None)
    version = node.runtime().version.spec
    assert version == (NEXT if upgraded else NOW)
    node.seal()
    node.close()
    again = Node(path=folder / "chain.db")
    assert again.chain.head.number == head.number + 1
    assert again.runtime().version.spec == version
    again.close()


@pytest.mark.parametrize("share", [
    pytest.param(share, marks=[] if share in (4, 9, 15) else pytest.mark.slow)
    for share in range(1, 17)
])  # fmt: skip
@pytest.mark.parametrize("work", ["begin", "prune", "upgrade", "import", "migrate"])
def test_a_chain_outlives_a_kill_at_any_statement(
    kept: Kept, tmp_path: Path, work: str, share: int
) -> None:
    whole = prepared(kept, work, tmp_path / "whole")
    ended, told = killed(work, "never", whole)
    assert ended == 0
    examine(kept, whole, told[:-1], 0 if work == "begin" else BLOCKS)
    statements = int(told[-1][1])
    assert statements > 16
    folder = prepared(kept, work, tmp_path / "killed")
    ended, reported = killed(work, max(1, statements * share // 17), folder)
    assert ended == -signal.SIGKILL
    if work == "import" and not (folder / "chain.db").exists():
        assert reported == []
        Node.imported(folder / "exported", path=folder / "chain.db").close()
    examine(kept, folder, reported, 0 if work == "begin" else BLOCKS)


@pytest.mark.parametrize("end", ["before link", "after link"])
def test_an_import_that_is_killed_at_its_end_is_there_whole_or_not_at_all(
    kept: Kept, tmp_path: Path, end: str
) -> None:
    folder = prepared(kept, "import", tmp_path / "killed")
    assert killed("import", end, folder) == (-signal.SIGKILL, [])
    assert (folder / "chain.db").exists() == (end == "after link")
    if end == "before link":
        Node.imported(folder / "exported", path=folder / "chain.db").close()
    examine(kept, folder, [], BLOCKS)


@pytest.mark.parametrize(
    "end", ["a block", "before fsync", "after fsync", "before link", "after link"]
)
def test_an_export_that_is_killed_is_there_whole_or_not_at_all(
    kept: Kept, tmp_path: Path, end: str
) -> None:
    folder = prepared(kept, "export", tmp_path / "killed")
    ended, reported = killed("export", end, folder)
    assert ended == -signal.SIGKILL
    assert (folder / "again").exists() == (end == "after link")
    if end == "after link":
        assert (folder / "again").read_bytes() == (folder / "exported").read_bytes()
        Node.imported(folder / "again").close()
    examine(kept, folder, reported, BLOCKS)
    (folder / "again").unlink(missing_ok=True)
    assert killed("export", "never", folder)[0] == 0
