"""Who did not annotate at all: copies, chance, one answer to everything, answers without a look.

Each finding needs proof beyond what an honest annotator's bad luck brings about, as it takes the
whole award and can be reported for a stake. To be in the minority proves nothing: somebody whose
answers depend on what is right, or on what one other says, be it in a way of his own, is never
found to be constant or random; and nobody is where too few look at the items to know what these
are. How much something proves is counted in items: the options of one choice of several, and the
questions about one item, hang on each other. What proves copying is in `copying`: to be wrong alike
on a part of the items does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from dml_sdk.annotation.worth.chance import ALL_ALIKE, Free, is_free
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.reliability import Habit, Reliability, Standing

Kind = Literal["copying", "random", "constant", "too fast", "unreadable", "not revealed"]
LEAST_ITEMS = 30  # whatever is proven by what was answered is proven by as many
USELESS_KAPPA = 0.25  # below which, at the most, labels are of no use to anybody
INDEPENDENT = 3.5  # standard deviations up to which answers do not depend on what is right
CONSTANT = 0.95  # the part of the votes that give one label
LEAST_MS = 250  # a simple reaction to something seen takes as long; an item has to be judged, too
FAST_KAPPA = 0.5
LEAST_CHANCE = 0.05  # how alike to others' at least what is free has to be, to be a guess
LEAST_LOOKS = 10  # items with a free answer that is like others', for it to be a look at them
# Of fewer, those who hand in the same would be all who know what one alone does not.
LEAST_OTHERS = 3  # who look at the items, for it to be known what these are
LEAST_GOLD = 20  # gold items of somebody's own that tell as well


@dataclass(frozen=True, slots=True)
class Finding:
    """What was proven of an annotator.

    Attributes:
        annotator: its name.
        kind: what it did.
        why: the figures that prove it, in words, for a receipt or a report.
        batch: the one that proves it; None where all that it answered does.
    """

    annotator: str
    kind: Kind
    why: str
    batch: int | None = None


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """All that answers prove, in the order of the annotators' names; that some were never shown, or
    are none, is seen where they are collected."""
    reliability = evidence.reliability
    people = [_Person.of(evidence, number) for number in range(len(evidence.annotators))]
    found: list[Finding] = []
    for number, person in enumerate(people):
        name = evidence.annotators[number]
        if reliability is not None and reliability.ring_of(number):
            found.append(Finding(name, "copying", _copying(reliability, evidence, number)))
            continue
        if not _can_be_told(number, people):
            continue
        for kind, rule in _RULES.items():
            if (why := rule(person)) is not None:
                found.append(Finding(name, kind, why))
                break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of an annotator.

    Attributes:
        standing: by the answers that are from a list; None without such questions.
        free: by all answers that are free, and that can be compared.
        each: the same of each question.
        times: how long it took for each item, in milliseconds.
    """

    standing: Standing | None
    free: Free
    each: tuple[Free, ...]
    times: Sequence[int]

    @classmethod
    def of(cls, evidence: Evidence, number: int) -> _Person:
        reliability = evidence.reliability
        told = [
            counted[number]
            for question in evidence.questionnaire.questions
            if is_free(question) and number in (counted := evidence.free(question))
        ]
        whole = Free()
        for one in told:
            whole.add(one)
        standing = None if reliability is None else reliability.standings[number]
        times = _times(evidence, evidence.annotators[number])
        return cls(standing, whole, tuple(told), times)

    @property
    def looks(self) -> bool:
        """Whether what it says depends on the items, on one question at least."""
        listed = self.standing is not None and self.standing.dependence >= INDEPENDENT
        return listed or any(
            len(one.items) >= LEAST_LOOKS and one.dependence >= INDEPENDENT for one in self.each
        )

    @property
    def items(self) -> int:
        """How many items it answered in a way that tells something, from a list or freely."""
        listed = 0 if self.standing is None else self.standing.items
        return max(listed, len(self.free.items))

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, where it is better."""
        told = [] if self.standing is None or not self.standing.votes else [self.standing.kappa]
        # Where answers do not vary chance has nothing to say.
        told += [1.0 if o.chance >= ALL_ALIKE else o.kappa for o in self.each]
        return max(told, default=1.0)


def _can_be_told(number: int, people: Sequence[_Person]) -> bool:
    """Whether anybody knows what the items are: three others who look at them, or the owner."""
    standing = people[number].standing
    if standing is not None and standing.gold >= LEAST_GOLD:
        return True
    return sum(person.looks for at, person in enumerate(people) if at != number) >= LEAST_OTHERS


def _copying(reliability: Reliability, evidence: Evidence, number: int) -> str:
    ring = [evidence.annotators[other] for other in reliability.ring_of(number)]
    shown = next(
        pair for pair in reliability.copying if pair.proven and number in (pair.first, pair.second)
    )
    return (
        f"answers in common with {', '.join(ring)}: {shown.same:.4g} of {shown.common} are equal, "
        f"and {shown.wrong:.4g} of the {shown.errs} where one of them is wrong by all others; odds "
        f"of 10^{shown.ln_odds / math.log(10):.0f} to 1 against its being chance"
    )


def _constant(person: _Person) -> str | None:
    # Who rarely sees what is rare, but never without reason, looks.
    if person.looks:
        return None
    habits = () if person.standing is None else person.standing.habits
    for habit in habits:
        if habit.items < LEAST_ITEMS or habit.commonest < CONSTANT:
            continue
        # Where nearly everything is of one label, to say so is right.
        if _at_most(habit.common, habit.items) >= habit.commonest:
            continue
        return (
            f"one label in {habit.commonest:.0%} of {_votes(habit)}, where it is right for "
            f"{habit.common:.0%}"
        )
    for one in person.each:
        if one.answers < LEAST_ITEMS or one.commonest < CONSTANT * one.answers:
            continue
        if one.chance < ALL_ALIKE and one.kappa_at_most < USELESS_KAPPA:
            return (
                f"one answer in {one.commonest / one.answers:.0%} of {one.answers}, no more like "
                "the others' to the same items than to other ones"
            )
    return None


def _random(person: _Person) -> str | None:
    standing, free = person.standing, person.free
    if person.looks:
        return None
    if standing is not None and standing.items >= LEAST_ITEMS:
        if standing.kappa_at_most >= USELESS_KAPPA:
            return None
        return (
            f"{standing.accuracy:.0%} of {_votes(standing)} are right, {standing.chance:.0%} "
            f"would be by chance; kappa is {standing.kappa_at_most:.2f} at most"
        )
    # Who has words of his own, which nobody else ever says, did not take them at random from there.
    if len(free.items) < LEAST_ITEMS or not LEAST_CHANCE <= free.chance < ALL_ALIKE:
        return None
    if free.kappa_at_most >= USELESS_KAPPA:
        return None
    return (
        f"answers are {free.alike:.0%} like the others' to the same items, and {free.chance:.0%} "
        f"like those to other ones; kappa is {free.kappa_at_most:.2f} at most"
    )


def _too_fast(person: _Person) -> str | None:
    times, kappa = person.times, person.kappa
    if min(len(times), person.items) < LEAST_ITEMS:
        return None
    if median(times) >= LEAST_MS or kappa >= FAST_KAPPA:
        return None
    return (
        f"half of {len(times)} items took less than {median(times):.0f} ms, and kappa is "
        f"{kappa:.2f}"
    )


def _votes(told: Habit | Standing) -> str:
    """How many labels there are, and of how many items."""
    return f"{told.votes} votes" + (f" on {told.items} items" if told.votes != told.items else "")


def _times(evidence: Evidence, name: str) -> Sequence[int]:
    return [
        answer.ms
        for annotator, sheet in evidence.sheets
        if annotator == name
        for answer in sheet.answers
        if answer.ms is not None and not answer.skipped
    ]


def _at_most(part: float, n: int) -> float:
    """A part of n items at the upper end of what chance leaves open, three standard deviations."""
    return part + 3 * math.sqrt(part * (1 - part) / n)


_RULES: Mapping[Kind, Callable[[_Person], str | None]] = {
    "constant": _constant,
    "random": _random,
    "too fast": _too_fast,
}
