"""The figures of the embedded node, each measured in one go with what it is compared to."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import dml_sdk as dml
from benchmarks.nodes import alone, contenders
from benchmarks.nodes.contenders import Go, embedded
from benchmarks.nodes.split import split_ms
from benchmarks.nodes.turns import Missing, medians
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import blake2_128, storage_key
from dml_sdk.chain.node.origin import own_runtime

TRANSFERS = 300  # in one block
FEW_KEYS, MANY_KEYS, KEYS_AT_ONCE = 1_000, 100_000, 2_000
BOOTS, BASELINE_RUNS = 5, 3
_ACCOUNT_OF_NOBODY = bytes((0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)) + bytes(68)

Figures: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure.

    Attributes:
        turns: how many turns contenders take.
        baseline: script of a bare embedded node; called with a blob's path and a count, it prints
            JSON with "bulk_per_second".
    """

    turns: int
    baseline: Path


def sealed_vs_chopsticks(options: Options) -> Figures:
    """A signed transfer in a block of its own: chopsticks' time over the embedded node's."""
    return _sealed_against("chopsticks", contenders.chopsticks(), options.turns)


def sealed_vs_omni_node(options: Options) -> Figures:
    """The same with polkadot-omni-node, which seals instantly."""
    return _sealed_against("omni_node", contenders.omni_node(), options.turns)


def sealed_vs_eth_tester(options: Options) -> Figures:
    """The same with eth-tester on py-evm and coincurve."""
    return _sealed_against("eth_tester", contenders.eth_tester(), options.turns)


def _sealed_against(name: str, opened: AbstractContextManager[Go], turns: int) -> Figures:
    with opened as theirs, dml.connect(store="memory") as session:
        times = medians({"own": embedded(session), "theirs": theirs}, turns)
    return {
        f"sealed_vs_{name}": times["theirs"] / times["own"],
        f"sealed_ms_{name}": 1_000 * times["theirs"],
        f"sealed_ms_beside_{name}": 1_000 * times["own"],
    }


def bulk_vs_probe(options: Options) -> Figures:
    """Signed transfers a second in one block, over the baseline's.

    What is timed is what the baseline does: the block is built of transactions that are there
    already. `bulk_with_validation` counts from handing in the first of them.
    """
    if not options.baseline.exists():
        raise Missing("the baseline's script is not there; name it with --probe")
    theirs, built, handed_in = [], [], []
    with _blob() as blob:
        for _ in range(BASELINE_RUNS):
            theirs.append(_bulk_of_baseline(options.baseline.resolve(), blob))
            for _ in range(BASELINE_RUNS):
                whole, build = _bulk()
                built.append(TRANSFERS / build)
                handed_in.append(TRANSFERS / whole)
    return {
        "bulk_vs_probe": statistics.median(built) / statistics.median(theirs),
        "bulk_per_second": statistics.median(built),
        "bulk_with_validation": statistics.median(handed_in),
        "bulk_per_second_probe": statistics.median(theirs),
    }


def _bulk_of_baseline(script: Path, blob: Path) -> float:
    """The baseline's transfers a second.

    It signs for version 0 of a runtime, and is told here which version this one is.
    """
    version = Node().runtime().version.spec
    source = script.read_text().replace("'specVersion':0", f"'specVersion':{version}")
    run = subprocess.run(
        [sys.executable, "-", str(blob), str(TRANSFERS)],
        cwd=script.parent, input=source, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return float(json.loads(run.stdout)["bulk_per_second"])


def _bulk() -> tuple[float, float]:
    """One block of many transfers: from the first that is handed in, and building it, s."""
    node = Node()
    extrinsics = list(islice(contenders.signed_transfers(node), TRANSFERS + 1))
    node.submit(extrinsics[0])  # to warm up
    began = time.perf_counter()
    with node.one_block():
        for extrinsic in extrinsics[1:]:
            node.submit(extrinsic)
        complete = time.perf_counter()
    done = time.perf_counter()
    assert len(node.chain.head.extrinsics) == 1 + TRANSFERS, "not all were in one block"
    return done - began, done - complete


def state_growth(options: Options) -> Figures:
    """A sealed transfer with 100,000 keys in the state, over one with 1,000."""
    with _with_keys(FEW_KEYS) as few, _with_keys(MANY_KEYS) as many:
        times = medians({"few": embedded(few), "many": embedded(many)}, options.turns)
    return {"state_growth": times["many"] / times["few"]}


@contextmanager
def _with_keys(wanted: int) -> Iterator[dml.Session]:
    """A chain with so many accounts of nobody's."""
    accounts = storage_key("System", "Account")
    with dml.connect(store="memory") as session:
        chain = session.chain
        for start in range(0, wanted, KEYS_AT_ONCE):
            items = []
            for number in range(start, min(wanted, start + KEYS_AT_ONCE)):
                public_key = _public_key(number)
                key = accounts + blake2_128(public_key) + public_key
                items.append((key, _ACCOUNT_OF_NOBODY))
            call = chain.call("System", "set_storage", items=items)
            chain.submit(chain.call("Sudo", "sudo", call=call), session.signer)
        yield session


def _public_key(number: int) -> bytes:
    """Of the account of nobody with a number."""
    return blake2_128(number.to_bytes(8, "little")) * 2


def durable_ratio(options: Options) -> Figures:
    """A sealed transfer on a chain in a file, over one in memory."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dml.connect(store="memory") as memory,
        dml.connect(path=Path(folder), store="memory") as durable,
    ):
        times = medians({"memory": embedded(memory), "durable": embedded(durable)}, options.turns)
    return {
        "durable_ratio": times["durable"] / times["memory"],
        "sealed_ms": 1_000 * times["memory"],
        "sealed_ms_durable": 1_000 * times["durable"],
    }


def boot_seconds(options: Options) -> Figures:
    """From `connect` to the first answer in a new process whose libraries have been imported.

    `boot_seconds_with_imports` has the import of the libraries in it. Compiled code is cached.
    """
    alone.told("boot")
    return {
        "boot_seconds": statistics.median(alone.told("boot_imported") for _ in range(BOOTS)),
        "boot_seconds_with_imports": statistics.median(alone.told("boot") for _ in range(BOOTS)),
    }


def queries_per_second(options: Options) -> Figures:
    """Storage values that the client reads and decodes in a second, each of another account."""
    who = ["0x" + _public_key(number).hex() for number in range(FEW_KEYS)]
    with _with_keys(FEW_KEYS) as session:
        rates = []
        for _ in range(options.turns):
            began = time.perf_counter()
            for each in who:
                assert session.chain.get("System", "Account", each)["providers"] == 1
            rates.append(len(who) / (time.perf_counter() - began))
    return {"queries_per_second": statistics.median(rates)}


def bytes_per_block(options: Options) -> Figures:
    """What the process grows by for each empty block that is kept."""
    return {"bytes_per_block": alone.told("bytes_per_block")}


def split(options: Options) -> Figures:
    """Where the time of a sealed transfer goes, ms."""
    return {"split_ms": split_ms()}


FIGURES: dict[str, Callable[[Options], Figures]] = {
    measure.__name__: measure
    for measure in (
        sealed_vs_chopsticks,
        sealed_vs_omni_node,
        sealed_vs_eth_tester,
        bulk_vs_probe,
        state_growth,
        durable_ratio,
        boot_seconds,
        queries_per_second,
        bytes_per_block,
    )
} | {"split_ms": split}


@contextmanager
def _blob() -> Iterator[Path]:
    """The runtime's Wasm as a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runtime.wasm"
        file.write_bytes(own_runtime())
        yield file
