"""A training whose every state can be set at will, for what a real one reaches seldom or slowly.

It has the shape of `dml_sdk.rounds.Training`, built from the real value types.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import comm
import pytest

from dml_sdk.errors import ChainUnreachable, DMLError
from dml_sdk.types import (
    Amount,
    Asset,
    Event,
    Location,
    Receipt,
    Role,
    RoundRecord,
    TrainingState,
    UpdateRecord,
)

DML = Asset("DML", 12)
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"


def tokens(amount: float | str) -> Amount:
    return DML.amount(amount if isinstance(amount, str) else f"{amount:.6f}")


@dataclass
class Signer:
    name: str = "alice"
    address: str = ALICE


@dataclass
class Chain:
    name: str = "embedded"
    told: list[Event] = field(default_factory=list)
    block: int = 3
    reachable: bool = True
    is_development: bool = True
    callbacks: list[Callable[[int], None]] = field(default_factory=list)

    @property
    def block_number(self) -> int:
        if not self.reachable:
            raise ChainUnreachable("ws://127.0.0.1:9944 does not answer. Is the node running?")
        return self.block

    def events(self, last: int = 10) -> list[Event]:
        return self.told[-last:]

    def on_block(self, callback: Callable[[int], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def add(self, pallet: str, name: str, **fields: object) -> None:
        self.block += 1
        self.told.append(Event(self.block, 1, "System", "ExtrinsicSuccess", {}))
        self.told.append(Event(self.block, 1, pallet, name, fields))
        for callback in list(self.callbacks):
            callback(self.block)


@dataclass
class Session:
    chain: Chain = field(default_factory=Chain)
    signer: Signer = field(default_factory=Signer)


@dataclass
class Pool:
    buckets: Mapping[Role, Amount]
    asset: Asset = DML


@dataclass
class Model:
    pool: Pool
    id: int = 0


def round_record(number: int, participants: int = 10, seed: int = 7) -> RoundRecord:
    """A plausible round: rising accuracy, unequal sizes, now and then a refusal or a drop-out."""
    rng = random.Random(seed * 1000 + number)
    updates = []
    for _ in range(participants):
        client = f"client-{rng.randrange(100)}"
        status = rng.choices(["accepted", "rejected", "dropped"], [20, 2, 1])[0]
        accepted, dropped = status == "accepted", status == "dropped"
        receipt = Receipt(
            100 + number, "0x" + "ab" * 32, f"0x{rng.getrandbits(256):064x}",
            "Rounds.submit_update", ALICE, tokens("0.0016"),
        )  # fmt: skip
        updates.append(
            UpdateRecord(
                client,
                ALICE[:-6] + f"{rng.randrange(10**6):06d}",
                None if dropped else Location(cid=CID),
                None if dropped else "cd" * 32,
                rng.randrange(120, 900),
                None if dropped else 0.7 + 0.25 * rng.random(),
                tokens(rng.random() * 6) if accepted else tokens("0"),
                status,  # type: ignore[arg-type]
                {
                    "accepted": "",
                    "rejected": "accuracy 31.2 % is under half of the round's median, 92.4 %",
                    "dropped": "local training raised ValueError: the data are not readable",
                }[status],
                None if dropped else receipt,
            )
        )
    paid = Amount(sum(u.reward.planck for u in updates), DML)
    accuracy = 0.1 + 0.87 * (1 - 0.55**number) - 0.012 * rng.random()
    return RoundRecord(
        number=number, version=number, accuracy=accuracy, loss=2.3 * 0.6**number + 0.11,
        updates=tuple(updates), paid=paid, buckets={}, blocks=(number * 3, number * 3 + 2),
        extrinsics=12, seconds={"train": 0.7, "store": 0.1, "score": 0.2}, elapsed=1.1,
    )  # fmt: skip


class Rehearsal:
    """See `dml_sdk.rounds.Training`."""

    def __init__(self, planned: int = 10) -> None:
        self.state: TrainingState = "waiting"
        self.phase = ""
        self.rounds_planned = planned
        self.rounds: tuple[RoundRecord, ...] = ()
        self.base: tuple[float, float] | None = None
        self.error: DMLError | None = None
        self.eta_seconds: float | None = None
        self.target_accuracy: float | None = 0.95
        self.engine_name = "tff"
        self.dataset_name = "MNIST, 100 clients (iid)"
        self.session = Session()
        shares: dict[Role, int] = {
            "creator": 1000, "engineer": 2000, "contributor": 4000, "annotator": 2000,
            "validator": 1000,
        }  # fmt: skip
        self.model_name = "mnist-2nn"
        self.model = Model(Pool({role: tokens(f"{n}") for role, n in shares.items()}))
        self.calls: list[str] = []
        self.refuses: DMLError | None = None
        self._watchers: list[Callable[[], None]] = []

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def tell(self) -> None:
        for watcher in list(self._watchers):
            watcher()

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.tell()

    def with_rounds(self, number: int, participants: int = 2) -> Rehearsal:
        """As it would be after so many rounds, without having told anyone of each."""
        self.rounds = tuple(round_record(n, participants) for n in range(1, number + 1))
        self.rounds_planned = max(number, self.rounds_planned)
        self.base = (0.098, 2.31)
        return self

    def finish_round(self, participants: int = 10) -> RoundRecord:
        """Goes through a whole round at once."""
        record = round_record(len(self.rounds) + 1, participants)
        buckets = dict(self.model.pool.buckets)
        buckets["contributor"] = buckets["contributor"] - record.paid
        self.model.pool.buckets = buckets
        chain = self.session.chain
        chain.add("Rounds", "Opened", model=0, round=record.number)
        for update in record.updates[:4]:
            chain.add("Rounds", "UpdateSubmitted", client=update.client, account=update.account)
        chain.add("Rounds", "Finalised", model=0, round=record.number, version=record.version)
        self.base = self.base or (0.098, 2.31)
        self.set(rounds=(*self.rounds, record), state="running", phase="train", eta_seconds=12.0)
        return record

    def pause(self) -> None:
        self._do("pause", "paused")

    def resume(self) -> None:
        self._do("resume", "running")

    def stop(self) -> None:
        self._do("stop", "stopped")

    def _do(self, call: str, state: TrainingState) -> None:
        self.calls.append(call)
        if self.refuses:
            raise self.refuses
        self.set(state=state)


Sent = list[tuple[float, str, dict[str, Any]]]
SENT: Sent = []


class CountingComm(comm.base_comm.BaseComm):
    """What ipykernel's comm would send, written down."""

    def publish_msg(self, msg_type: str, data: Any = None, *_: Any, **__: Any) -> None:
        SENT.append((time.monotonic(), msg_type, data or {}))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Every message that leaves the kernel: when, its type, its data."""
    monkeypatch.setattr(comm, "create_comm", CountingComm)
    SENT.clear()
    return SENT


@pytest.fixture
def rehearsal() -> Rehearsal:
    """A training of ten rounds that has not begun."""
    return Rehearsal()
