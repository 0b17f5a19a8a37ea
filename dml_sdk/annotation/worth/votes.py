"""Who said which label of which item, as arrays: what consensus and reliability are counted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UsageError

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Labels that annotators gave to items, one row a vote; all are numbered from 0.

    Attributes:
        item, annotator, label: int64 [n].
        items, annotators, classes: how many of each there are.
        gold: the right label of items whose label is known.

    Raises:
        UsageError: lengths differ, a number is out of range, or somebody voted twice on an item.
    """

    item: Labels
    annotator: Labels
    label: Labels
    items: int
    annotators: int
    classes: int
    gold: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, most in (
            ("item", self.items),
            ("annotator", self.annotators),
            ("label", self.classes),
        ):
            column = np.asarray(getattr(self, name), dtype=np.int64)
            if column.ndim != 1 or len(column) != len(self.label):
                raise UsageError(f"{name} has the shape {column.shape}: give one number a vote.")
            if len(column) and not 0 <= column.min() <= column.max() < most:
                raise UsageError(f"{name} runs to {column.max()}: numbers go from 0 to {most - 1}.")
            object.__setattr__(self, name, column)
        if self.classes < 2:
            raise UsageError(f"There are {self.classes} labels; a choice has two at least.")
        if len(np.unique(self.item * self.annotators + self.annotator)) != len(self.item):
            raise UsageError("An annotator voted twice on an item: keep one vote of each.")
        for item, label in self.gold.items():
            if not (0 <= item < self.items and 0 <= label < self.classes):
                raise UsageError(f"The gold label {label} of item {item} is out of range.")

    def __len__(self) -> int:
        return len(self.label)

    def of(self, annotator: int) -> Labels:
        """The rows of an annotator's votes."""
        return np.asarray(np.flatnonzero(self.annotator == annotator), dtype=np.int64)

    def known(self) -> Labels:
        """The right label of each item, -1 where none is known; int64 [items]."""
        told = np.full(self.items, -1, dtype=np.int64)
        told[list(self.gold)] = list(self.gold.values())
        return told

    def tally(self) -> Floats:
        """How often each item was given each label, float64 [items, classes]."""
        counted = np.zeros((self.items, self.classes))
        np.add.at(counted, (self.item, self.label), 1.0)
        return counted

    def voices(self, group: Labels) -> Labels:
        """How many have voted on each item, where each group is one; int64 [items].

        Args:
            group: int64 [annotators], the number of the annotator that stands for each.
        """
        heard = np.unique(self.item * self.annotators + group[self.annotator])
        return np.bincount(heard // max(self.annotators, 1), minlength=self.items)

    def without(self, those: npt.NDArray[np.bool_]) -> Votes:
        """The votes of all but those, bool [annotators]."""
        kept = ~those[self.annotator]
        return replace(
            self, item=self.item[kept], annotator=self.annotator[kept], label=self.label[kept]
        )

    def merged(self, group: Labels) -> Votes:
        """The votes where each group is one annotator, who says what most of the group say.

        Args:
            group: int64 [annotators], the number of the annotator that stands for each.
        """
        who = group[self.annotator]
        key = (self.item * self.annotators + who) * self.classes + self.label
        said, times = np.unique(key, return_counts=True)
        # Of each item and group the label that was said most comes last, and is kept.
        order = np.lexsort((-said, times, said // self.classes))
        voice = said[order] // self.classes
        kept = said[order][np.append(voice[1:] != voice[:-1], True)] if len(said) else said
        voter = kept // self.classes
        return replace(
            self,
            item=voter // self.annotators,
            annotator=voter % self.annotators,
            label=kept % self.classes,
        )


def majority(votes: Votes) -> Labels:
    """The label that most gave each item, the lowest of those that tie; gold labels count for
    nothing. An item without a vote gets 0. int64 [items]."""
    return np.asarray(votes.tally().argmax(axis=1), dtype=np.int64)


def answered(columns: Sequence[Votes]) -> Votes:
    """Who has answered which item at all: a vote each, however many labels the answer has.

    The labels of one answer, as the options of a choice of several, hang on each other: what is
    counted for or against somebody is counted in items.

    Args:
        columns: each question's votes, of the same items by the same annotators.
    """
    first = columns[0]
    keys = [votes.item * first.annotators + votes.annotator for votes in columns]
    once = np.unique(np.concatenate(keys))
    item, annotator = once // max(first.annotators, 1), once % max(first.annotators, 1)
    return replace(first, item=item, annotator=annotator, label=np.zeros_like(once))


def in_common(votes: Votes) -> tuple[Labels, Labels]:
    """On how many items each two say the same, and how many they share; int64 [annotators,
    annotators]."""
    order = np.argsort(votes.item, kind="stable")
    item, who, label = votes.item[order], votes.annotator[order], votes.label[order]
    same = np.zeros((votes.annotators, votes.annotators), dtype=np.int64)
    common = np.zeros_like(same)
    for apart_by in range(1, int(np.bincount(item).max()) if len(item) else 1):
        pairs = item[apart_by:] == item[:-apart_by]
        first, second = who[:-apart_by][pairs], who[apart_by:][pairs]
        np.add.at(common, (first, second), 1)
        np.add.at(same, (first, second), label[:-apart_by][pairs] == label[apart_by:][pairs])
    return same + same.T, common + common.T
