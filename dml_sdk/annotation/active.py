"""Active learning: people label what the model doubts most, and it is trained again.

Uncertainty sampling of Lewis and Gale 1994, "A Sequential Algorithm for Training Text Classifiers":
a first part is labelled in random order, the model is trained on it, and from then on each part is
what the model is least sure about. What that is worth is seen beside a curve for random order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.course.holding_out import LABELS
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.annotation.worth.uncertainty import Measure, Positions, most_uncertain, require_measure
from dml_sdk.arguments import require_whole, shown
from dml_sdk.errors import TrainingError, UsageError
from dml_sdk.tables import Table
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import (
    ClientFailure,
    Engine,
    EngineName,
    Examples,
    LocalPlan,
    fitted,
    open_engine,
)
from dml_sdk.training.weights import Weights

if TYPE_CHECKING:
    from dml_sdk.model import Model

Labels: TypeAlias = "npt.ArrayLike | AnnotationTask"
"""Whole numbers, one for each example that was asked for, -1 where nobody could tell; or the task
whose items they were, in that order, which then tells what all its annotators come to."""
Ask: TypeAlias = Callable[[Positions], Labels]
"""Has examples labelled, given by their positions: by a task, or from a list that is there."""

_UNASKED, _UNKNOWN = -2, -1


@dataclass(frozen=True, slots=True)
class Point:
    """How good the model was after so many labels.

    Attributes:
        labels: how many examples it was trained on.
        accuracy: on the test partition, 0-1.
        version: of the model; None on a curve that is no model's on the chain.
    """

    labels: int
    accuracy: float
    version: int | None = None


class ActiveLearning:
    """Which examples to have labelled next, and what the model makes of them.

    Each part that is labelled is followed by one round of the model, on all labels so far, with the
    signer as its only contributor and no reward: who labels is paid by the task. `run` does all of
    it; `choose` and `learn` are its steps, for labels that come when people have time.

    Args:
        model: the signer owns it; it goes on from its newest version.
        examples: that labels are wanted for, [n, …].
        test: the partition that every version is measured on.
        validation: the partition that rounds are scored on.
        by: "margin", "least_confidence" or "entropy"; see `uncertainty`.
        engine, epochs, batch_size, learning_rate, seed: as in `model.train`. The seed also draws
            the random part.

    Attributes:
        model, by: as given.
        curve: a point for each time that it learnt.
        random: curves of random orders, once `compare` was called.

    Raises:
        UsageError: arguments that can't be right.
        EngineUnavailable, MissingExtra: the engine cannot run here or not this network.
    """

    def __init__(
        self,
        model: Model,
        examples: Examples,
        *,
        test: Dataset,
        validation: Dataset,
        by: Measure = "margin",
        engine: EngineName = "tff",
        epochs: int = 20,
        batch_size: int = 10,
        learning_rate: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.by = require_measure(by)
        self._plan = LocalPlan(epochs, batch_size, learning_rate, seed)
        self._engine: EngineName = engine
        self._x = np.asarray(examples)
        if not (isinstance(test, Dataset) and isinstance(validation, Dataset)):
            raise UsageError("test and validation are Datasets, such as data.test.")
        fitted(self._x, test.x.shape[1:])
        self._test, self._validation = test, validation
        self._labels = np.full(len(self._x), _UNASKED, dtype=np.int64)
        self._begun_from = model.latest.index
        self._first: Positions = np.empty(0, dtype=np.int64)
        self._rounds: list[int] = []
        self.curve: tuple[Point, ...] = ()
        self.random: tuple[tuple[Point, ...], ...] = ()

    @property
    def labelled(self) -> Dataset:
        """The examples that have a label, in their order."""
        return self._data(self._labels)

    @property
    def left(self) -> int:
        """How many examples nobody was asked about."""
        return int((self._labels == _UNASKED).sum())

    def choose(self, count: int) -> Positions:
        """The examples to have labelled next, the one that the model doubts most first.

        As long as it has learnt nothing here, they are drawn at random.

        Returns:
            positions among the examples, int64; fewer than `count` where no more are left.

        Raises:
            UsageError: none is left, or no number.
        """
        require_whole("count", count, least=1)
        open_ones = np.flatnonzero(self._labels == _UNASKED)
        if not len(open_ones):
            raise UsageError("Somebody was asked about every example; there is none left.")
        if not self.curve:
            return _shuffled(open_ones, self._plan.seed)[:count]
        with self._opened() as engine:
            told = engine.predict(self.model.weights(), self._x[open_ones])
        return np.asarray(open_ones[most_uncertain(told, self.by)][:count], dtype=np.int64)

    def learn(self, positions: npt.ArrayLike, labels: Labels) -> Point:
        """Trains the model one round on all labels, these included.

        Args:
            positions: of the examples that were asked about.
            labels: theirs; -1 where nobody could tell, so that it is not asked again. Or the task
                that they were the items of, in this order: what was revealed of it counts.

        Returns:
            the new point of the curve.

        Raises:
            UsageError: another number of labels than positions, an example that is not there or was
                asked about before, or no label at all.
            DMLError: the round failed; nothing was learnt, the labels can be given again.
        """
        at, told = self._checked(positions, labels)
        known = self._labels.copy()
        known[at] = told
        data = self._data(known)
        if not len(data):
            raise UsageError("No example has a label yet, so there is nothing to train on.")
        plan = self._plan
        training = self.model.train_on(
            data, test=self._test, validation=self._validation, rounds=1, engine=self._engine,
            epochs=plan.epochs, batch_size=plan.batch_size, learning_rate=plan.learning_rate,
            seed=plan.seed,
        ).wait()  # fmt: skip
        (done,) = training.rounds
        if not self.curve:
            self._first = at
        self._labels = known
        self._rounds.append(done.number)
        self.curve = (*self.curve, Point(len(data), done.accuracy, done.version))
        return self.curve[-1]

    def run(self, ask: Ask, *, first: int = 50, each: int = 50, steps: int = 8) -> ActiveLearning:
        """Labels a first part, then as often as is asked for the next, training after each.

        Args:
            ask: called with positions, gives their labels; what it raises ends the run, which goes
                on where it was when it is called again.
            first, each: how many examples the first part has, and each of the others.
            steps: how many parts there are after the first.

        Returns:
            this object, which shows its curve.

        Raises:
            UsageError, DMLError: as `choose` and `learn` do.
        """
        for name, value in (("first", first), ("each", each)):
            require_whole(name, value, least=1)
        for _ in range(require_whole("steps", steps) + (not self.curve)):
            if not self.left:
                break
            chosen = self.choose(each if self.curve else first)
            self.learn(chosen, _asked(ask, chosen))
        return self

    def compare(self, ask: Ask, *, orders: int = 3) -> ActiveLearning:
        """Trains as often on as many examples in random order, after the same first part.

        It begins with the same weights, in the same engine, outside the chain: no version is
        published. The examples in these orders need labels as well; those that are known already
        are not asked for again.

        Args:
            ask: as in `run`.
            orders: how many random orders; one alone can be lucky.

        Raises:
            UsageError: nothing was learnt yet, or no number.
        """
        require_whole("orders", orders, least=1)
        if not self.curve:
            raise UsageError("There is nothing to compare yet: call run(…) first.")
        known = self._labels.copy()
        with self._opened() as engine:
            self.random = tuple(
                self._at_random(engine, ask, known, order) for order in range(orders)
            )
        return self

    def table(self) -> Table:
        """One row for each time that it learnt; `random` is the mean over the random orders."""
        rows = [
            {
                "labels": point.labels,
                "version": point.version,
                "accuracy": point.accuracy,
                **({"random": self._mean(at)} if self.random else {}),
            }
            for at, point in enumerate(self.curve)
        ]
        return Table(f"Active learning of {self.model.name} by {self.by}", rows)

    def said(self) -> str:
        """What came of it in a sentence: how few labels did for what random order reached."""
        if not self.curve:
            return "Nothing was learnt yet."
        last = self.curve[-1]
        told = f"{last.accuracy:.1%} with {last.labels:,} labels"
        if not self.random:
            return f"{told}."
        reached = self._mean(len(self.curve) - 1)
        enough = next((p.labels for p in self.curve if p.accuracy >= reached), None)
        told += f". Random order reached {reached:.1%} with as many"
        return f"{told}." if enough is None else f"{told}; here {enough:,} were enough for that."

    def _repr_html_(self) -> str:
        from dml_sdk.widgets import learning_html

        return learning_html(self)

    def __repr__(self) -> str:
        return f"<ActiveLearning of {self.model.name!r} by {self.by}: {self.said()}>"

    # --- inside ---------------------------------------------------------------------------------

    def _at_random(
        self, engine: Engine, ask: Ask, known: Positions, order: int
    ) -> tuple[Point, ...]:
        """The curve of a random order that begins with the same first part.

        Args:
            known: labels by position; what is asked for is added.
        """
        others = np.setdiff1d(np.arange(len(self._x)), self._first)
        asked = np.concatenate([self._first, _shuffled(others, self._plan.seed, order)])
        weights: Weights = self.model.weights(self._begun_from)
        points: list[Point] = []
        for point, number in zip(self.curve, self._rounds, strict=True):
            told = _first_known(asked, point.labels, ask, known)
            client = Client(LABELS, self._data(np.where(told, known, _UNKNOWN)))
            (trained,) = engine.train(weights, [client], self._plan, number)
            if isinstance(trained, ClientFailure):
                raise TrainingError(f"The random order could not be trained: {trained.error}")
            weights = trained.weights
            reached = engine.evaluate(weights, self._test)
            points.append(Point(int(told.sum()), reached.accuracy))
        return tuple(points)

    def _data(self, labels: Positions) -> Dataset:
        """The examples that have one of these labels, in their order."""
        return Dataset(self._x[labels >= 0], labels[labels >= 0], self._test.classes)

    def _checked(self, positions: npt.ArrayLike, labels: Labels) -> tuple[Positions, Positions]:
        """Positions that were not asked about before, and a label for each."""
        at = np.asarray(positions)
        if at.ndim != 1 or at.dtype.kind not in "iu" or not len(at):
            raise UsageError(f"positions={shown(positions)}: give whole numbers, from choose(…).")
        if not 0 <= at.min() <= at.max() < len(self._x) or len(np.unique(at)) != len(at):
            raise UsageError(
                f"positions: {len(self._x):,} examples are counted from 0, each named once."
            )
        if (again := at[self._labels[at] != _UNASKED]).size:
            raise UsageError(f"Somebody was asked about example {again[0]} already.")
        return at.astype(np.int64), _labels(labels, len(at), self._test.classes)

    def _mean(self, at: int) -> float:
        return float(np.mean([points[at].accuracy for points in self.random]))

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        engine = open_engine(self._engine, self.model.network)
        try:
            yield engine
        finally:
            engine.close()


def order_by_uncertainty(
    model: Model, examples: Examples, *, by: Measure = "margin", engine: EngineName = "numpy"
) -> Positions:
    """The examples' positions, those first that a model is least sure about.

    A task that gets its items in this order hands them out in it, however far annotators come:
    `model.annotation_task(items=[images[i] for i in order], …)`.

    Args:
        examples: what the model is shown of each item, [n, …].
        by: "margin", "least_confidence" or "entropy"; see `uncertainty`.
        engine: that the model is run in.

    Raises:
        UsageError: no such measure, or examples that do not fit the model.
        EngineUnavailable, MissingExtra: the engine cannot run here or not this network.
    """
    require_measure(by)
    opened = open_engine(engine, model.network)
    try:
        return most_uncertain(opened.predict(model.weights(), np.asarray(examples)), by)
    finally:
        opened.close()


def _first_known(asked: Positions, wanted: int, ask: Ask, known: Positions) -> npt.NDArray[Any]:
    """Which examples an order has reached when it has so many labels, bool [n].

    Args:
        known: labels by position; what is asked for is added.
    """
    reached = 0
    while True:
        told = np.flatnonzero(known[asked[:reached]] >= 0)
        if len(told) >= wanted or reached == len(asked):
            chosen = np.zeros(len(known), dtype=bool)
            chosen[asked[told[:wanted]]] = True
            return chosen
        upto = reached + wanted - len(told)
        new = asked[reached:upto]
        if (new := new[known[new] == _UNASKED]).size:
            known[new] = _labels(_asked(ask, new), len(new), None)
        reached = min(upto, len(asked))


def _labels(given: Labels, count: int, classes: int | None) -> Positions:
    """So many labels; -1 where there is none."""
    told = _agreed(given, count) if isinstance(given, AnnotationTask) else np.asarray(given)
    if told.shape != (count,) or told.dtype.kind not in "iu":
        raise UsageError(
            f"labels are {told.dtype} {list(told.shape)}: give {count:,} whole numbers, one for "
            "each position, -1 where nobody could tell."
        )
    if told.min() < _UNKNOWN or (classes is not None and told.max() >= classes):
        raise UsageError(
            f"labels run from {told.min()} to {told.max()}; there are {classes}, counted from 0."
        )
    return told.astype(np.int64)


def _agreed(task: AnnotationTask, count: int) -> Positions:
    """What a task's annotators come to, in the order that its items were given in."""
    order = np.array(task.order)
    if len(order) != count:
        raise UsageError(f"{task!r} has {len(order):,} items, and {count:,} were asked for.")
    found = task.dataset(examples=order[:, None])  # of each item its place instead of its pixels
    told = np.full(count, _UNKNOWN, dtype=np.int64)
    told[found.x[:, 0].astype(np.int64)] = found.y
    return told


def _asked(ask: Ask, positions: Positions) -> Labels:
    if not callable(ask):
        raise UsageError(f"ask={shown(ask)}: give a function of positions to their labels.")
    return ask(positions)


def _shuffled(positions: Positions, *seed: int) -> Positions:
    return np.random.default_rng(seed).permutation(positions).astype(np.int64)
