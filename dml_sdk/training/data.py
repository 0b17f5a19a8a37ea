"""Labelled examples, and who holds which of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import overload

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import require_whole, shown
from dml_sdk.errors import ClientFailed, DatasetError, UsageError
from dml_sdk.training import label_table, schemes


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples and their labels.

    Attributes:
        x: float32 [n, …]; images keep their shape ([n, 28, 28]) and networks reshape them.
        y: int64 [n], labels from 0.
        classes: how many labels there are; 0 asks the labels themselves.

    Raises:
        DatasetError: lengths differ, x is not numeric, or labels are not whole numbers from 0.
    """

    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]
    classes: int = 0

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x), np.asarray(self.y)
        if x.dtype.kind not in "fiub" or x.ndim < 2:
            raise DatasetError(
                f"x is {x.dtype} {list(x.shape)}; examples are numbers, one row (or image) each."
            )
        if y.dtype.kind not in "iu" or y.ndim != 1 or len(y) != len(x):
            raise DatasetError(
                f"y is {y.dtype} {list(y.shape)} for {len(x):,} examples; "
                "give one whole number for each."
            )
        seen = int(y.max()) + 1 if len(y) else 0
        if len(y) and int(y.min()) < 0:
            raise DatasetError(f"y holds the label {int(y.min())}; labels count from 0.")
        if self.classes and seen > self.classes:
            raise DatasetError(f"y holds the label {seen - 1} of {self.classes} classes.")
        object.__setattr__(self, "x", np.ascontiguousarray(x, dtype=np.float32))
        object.__setattr__(self, "y", np.ascontiguousarray(y, dtype=np.int64))
        object.__setattr__(self, "classes", self.classes or seen)

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"<Dataset {len(self):,} examples {list(self.x.shape[1:])}, {self.classes} classes>"

    def take(self, which: slice | npt.ArrayLike) -> Dataset:
        """The examples at these positions, in this order; a slice shares memory.

        Raises:
            UsageError: a position outside the data.
        """
        index = which if isinstance(which, slice) else np.asarray(which)
        if isinstance(index, np.ndarray) and index.size == 0:
            index = index.astype(np.int64)
        try:
            return Dataset(self.x[index], self.y[index], self.classes)
        except IndexError as e:
            raise UsageError(f"Cannot take these of {len(self):,} examples: {e}.") from e

    def sample(self, examples: int, seed: int = 0) -> Dataset:
        """A fixed random choice of that many examples, or all where there are fewer."""
        if require_whole("examples", examples) >= len(self):
            return self
        return self.take(np.sort(np.random.default_rng(seed).permutation(len(self))[:examples]))

    def label_counts(self) -> npt.NDArray[np.int64]:
        """How many examples each label has, int64 [classes]."""
        return np.bincount(self.y, minlength=self.classes).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """Some rows of a shared data set, copied out only when they are asked for.

    A hundred clients of MNIST then take the memory of one data set instead of two.

    Attributes:
        source: whose rows.
        rows: int64 [n], positions in `source`.
    """

    source: Dataset
    rows: npt.NDArray[np.int64]

    def __call__(self) -> Dataset:
        return self.source.take(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def label_counts(self) -> npt.NDArray[np.int64]:
        """How many examples each label has, int64 [classes]."""
        return np.bincount(self.source.y[self.rows], minlength=self.source.classes).astype(np.int64)


class Client:
    """A contributor's name and data.

    Args:
        name: unique in a partition ("client-1").
        data: a Dataset, or a function that loads it when the client's turn comes.
    """

    __slots__ = ("_source", "name")

    def __init__(self, name: str, data: Dataset | Callable[[], Dataset]) -> None:
        if not isinstance(name, str):
            raise UsageError(f"A client's name is text, not a {type(name).__name__}.")
        if not isinstance(data, Dataset) and not callable(data):
            raise UsageError(
                f"The data of {name!r} are a {type(data).__name__}: give a Dataset, or a function "
                "that loads one."
            )
        self.name = name
        self._source = data

    @property
    def data(self) -> Dataset:
        """The examples, loaded now where they load on demand.

        Raises:
            ClientFailed: loading raised, or what it gave is not a Dataset.
        """
        if isinstance(self._source, Dataset):
            return self._source
        with failing_alone(self.name, "Loading the data"):
            data = self._source()
        if not isinstance(data, Dataset):
            raise ClientFailed(
                f"The loader of {self.name} gave a {type(data).__name__} where a Dataset belongs."
            )
        return data

    @property
    def examples(self) -> int | None:
        """How many examples, or None where only loading them would tell."""
        return len(self._source) if isinstance(self._source, (Dataset, Portion)) else None

    def label_counts(self) -> npt.NDArray[np.int64] | None:
        """How many examples each label has, or None where only loading them would tell."""
        if isinstance(self._source, (Dataset, Portion)):
            return self._source.label_counts()
        return None

    def __repr__(self) -> str:
        size = "loads on demand" if self.examples is None else f"{self.examples:,} examples"
        return f"<Client {self.name}: {size}>"


@contextmanager
def failing_alone(client: str, doing: str) -> Iterator[None]:
    """Makes whatever a contributor's data or loader raise that contributor's failure alone.

    An exit or a raised interrupt would otherwise end the training's thread without a word.

    Args:
        client: its name.
        doing: what is done with it, for the message: "Loading the data".

    Raises:
        ClientFailed: instead.
        KeyboardInterrupt: in the main thread, where alone it can be the user's Ctrl-C.
    """
    try:
        yield
    except ClientFailed:
        raise
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt) and current_thread() is main_thread():
            raise
        raise ClientFailed(
            f"{doing} of {client} raised {type(e).__name__}: {_words(e)}. "
            "Repair them, or their loader; the round goes on without it."
        ) from e


def _words(error: BaseException) -> str:
    """What an error says, which may be somebody else's and raise itself."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return "it says nothing more"


class Partition(Sequence[Client]):
    """Clients with their data, in order; shows as a table of sizes and label counts.

    Args:
        clients: with names that differ.
        title: what the table is headed with.
        validation: data that none of the clients holds, which their updates are scored on.

    Raises:
        UsageError: no client, something else than a client, or a name that occurs twice.
    """

    def __init__(
        self,
        clients: Iterable[Client],
        title: str = "clients",
        validation: Dataset | None = None,
    ) -> None:
        self._clients = tuple(clients)
        self.title = title
        self.validation = validation
        if not self._clients:
            raise UsageError("A partition needs at least one client.")
        seen: set[str] = set()
        for client in self._clients:
            if not isinstance(client, Client):
                raise UsageError(f"{shown(client)} is not a Client(name, data).")
            if client.name in seen:
                raise UsageError(f"Two clients are named {client.name!r}; names must differ.")
            seen.add(client.name)

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._clients)

    @overload
    def __getitem__(self, index: int) -> Client: ...
    @overload
    def __getitem__(self, index: slice) -> Partition: ...
    def __getitem__(self, index: int | slice) -> Client | Partition:
        if isinstance(index, slice):
            return Partition(self._clients[index], self.title, self.validation)
        return self._clients[index]

    @property
    def names(self) -> tuple[str, ...]:
        """The clients' names, in order."""
        return tuple(client.name for client in self._clients)

    def named(self, name: str) -> Client:
        """The client of that name.

        Raises:
            UsageError: there is none.
        """
        for client in self._clients:
            if client.name == name:
                return client
        first = self._clients[0].name
        raise UsageError(f"No client is named {shown(name)}; the first is {first!r}.")

    def sizes(self) -> dict[str, int | None]:
        """Examples by client's name; None where data load on demand."""
        return {client.name: client.examples for client in self}

    def __repr__(self) -> str:
        known = [size for size in self.sizes().values() if size is not None]
        span = ""
        if known:
            few, many = min(known), max(known)
            span = f", {few:,} examples each" if few == many else f", {few:,}–{many:,} examples"
        return f"<Partition {self.title}: {len(self):,} clients{span}>"

    def _repr_html_(self) -> str:
        rows = [(client.name, client.label_counts()) for client in self]
        return label_table.render(f"{self.title}: {len(self):,} clients", rows)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One data set in three parts: clients train, validators score, the owner tests.

    Attributes:
        name: "mnist", "digits", or the file's stem.
        train: what is partitioned over clients.
        validation: held out for scoring updates; may be empty.
        test: held out for judging versions.
        note: one sentence on where the data come from and why these.
    """

    name: str
    train: Dataset
    validation: Dataset
    test: Dataset
    note: str = ""

    def __repr__(self) -> str:
        return (
            f"<Split {self.name}: {len(self.train):,} train, "
            f"{len(self.validation):,} validation, {len(self.test):,} test>"
        )

    def partition(
        self,
        n: int,
        scheme: schemes.Scheme = "iid",
        seed: int = 0,
        *,
        sizes: schemes.Sizes = "equal",
        alpha: float = 0.5,
        shards_per_client: int = 2,
    ) -> Partition:
        """Deal the training examples to `n` clients named "client-1" to "client-n".

        Args:
            n: how many clients, at most one for each example.
            scheme: "iid"; "shards", few labels each (McMahan et al. 2017, section 3);
                "dirichlet", each its own mix of labels (Hsu et al. 2019).
            seed: 0 or more; the same arguments give the same partition.
            sizes: "equal", "lognormal", or a number for each client (the rest is left out).
            alpha: concentration of "dirichlet": 0.1 few labels each, 100 nearly IID.
            shards_per_client: runs of sorted labels each gets under "shards".

        Raises:
            UsageError: an argument out of range.
        """
        dealt = schemes.assign(
            self.train.y, n, scheme,
            seed=seed, sizes=sizes, alpha=alpha, shards_per_client=shards_per_client,
        )  # fmt: skip
        clients = (
            Client(f"client-{i}", Portion(self.train, rows))
            for i, rows in enumerate(dealt, start=1)
        )
        return Partition(clients, f"{self.name}, {scheme}", self.validation)
