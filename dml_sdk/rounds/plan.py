"""What a training was asked to do, checked before anything happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

import numpy as np

from dml_sdk.arguments import MOST_ID, require_part, require_text, require_whole, shown
from dml_sdk.errors import UsageError
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import EngineName, LocalPlan


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How many rounds, of whom, trained how, paid how.

    Attributes:
        rounds: to run in all.
        clients_per_round: selected at random for each round.
        epochs, batch_size, learning_rate: of local training, plain SGD.
        engine: "tff" or "numpy"; neither stands in for the other.
        seed: of selection and of the order of examples.
        minimum: accepted updates that a round needs to make a version; by default half of those
            selected, at least 1.
        reward_part: 0–1, the part of what remains in the contributors' bucket that a round may pay
            at most; by default an equal part for each round that is left.
        reject_below: 0–1; an update under this share of the round's median accuracy is rejected.
        deadline: a round must have its updates within this time.
        target_accuracy: 0–1; training ends early when a version reaches it on the test partition.

    Raises:
        UsageError: a number out of its range.
    """

    rounds: int = 10
    clients_per_round: int = 10
    epochs: int = 1
    batch_size: int = 10
    learning_rate: float = 0.1
    engine: EngineName = "tff"
    seed: int = 0
    minimum: int | None = None
    reward_part: float | Decimal | None = None
    reject_below: float = 0.5
    deadline: timedelta = timedelta(hours=1)
    target_accuracy: float | None = None

    def __post_init__(self) -> None:
        keep = partial(object.__setattr__, self)  # Python's own numbers, where NumPy's were given
        for name in ("rounds", "clients_per_round"):
            keep(name, require_whole(name, getattr(self, name), least=1, most=MOST_ID))
        if self.minimum is not None:
            most = self.clients_per_round
            keep("minimum", require_whole("minimum", self.minimum, least=1, most=most))
        for name in ("reward_part", "reject_below", "target_accuracy"):
            keep(name, require_part(name, getattr(self, name)))
        local = self.local  # refuses epochs, batch size, learning rate and seed that can't be
        for name in ("epochs", "batch_size", "learning_rate", "seed"):
            keep(name, getattr(local, name))
        if not isinstance(self.deadline, timedelta) or self.deadline <= timedelta(0):
            raise UsageError("deadline: give a positive timedelta, such as timedelta(hours=1).")
        if self.engine not in ("tff", "numpy"):
            raise UsageError(f'engine={shown(self.engine)}: choose "tff" or "numpy".')

    @property
    def local(self) -> LocalPlan:
        """What each client does."""
        return LocalPlan(self.epochs, self.batch_size, self.learning_rate, self.seed)

    @property
    def least(self) -> int:
        """Accepted updates that a round needs."""
        return self.minimum or max(1, self.clients_per_round // 2)

    def selection(self, clients: int, round_number: int) -> list[int]:
        """Positions of the clients of a round; the same for the same seed and round."""
        rng = np.random.default_rng([self.seed, round_number])
        chosen = rng.choice(clients, size=self.clients_per_round, replace=False)
        return sorted(int(i) for i in chosen)

    def part(self, rounds_left: int) -> Decimal:
        """The part of the bucket that a round may pay, with this many rounds left."""
        if self.reward_part is not None:
            return Decimal(str(self.reward_part))
        return Decimal(1) / Decimal(max(1, rounds_left))


def check_people(clients: Sequence[Client], test: Dataset, validation: Dataset | None) -> None:
    """Refuses clients and partitions that cannot be trained with, before a token moves.

    Raises:
        UsageError: something else than clients and data sets, or a name that cannot be used.
    """
    if not isinstance(test, Dataset) or not isinstance(validation, Dataset | None):
        raise UsageError("test and validation are Datasets, such as data.test, data.validation.")
    if not isinstance(clients, Sequence) or not all(isinstance(c, Client) for c in clients):
        raise UsageError("clients is a partition, or a list of dml.Client(name, data).")
    for name, times in Counter(client.name for client in clients).items():
        require_text("a client's name", name)
        if times > 1:
            raise UsageError(f"{times} clients are named {name!r}; names must differ.")
