"""Who did not annotate at all: copies, chance, one answer to everything, answers without a look.

Each finding needs proof beyond what an honest annotator's bad luck brings about, as it takes the
whole award and can be reported for a stake. To be in the minority proves nothing: somebody whose
answers depend on what is right, be it in a way of his own, is never found here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.reliability import Reliability, Standing

Kind = Literal["copying", "random", "constant", "too fast"]
LEAST_VOTES = 30
USELESS_KAPPA = 0.25  # below which, at the most, labels are of no use to anybody
INDEPENDENT = 3.5  # standard deviations up to which answers do not depend on what is right
CONSTANT = 0.95  # the part of the votes that give one label
LEAST_MS = 250  # a simple reaction to something seen takes as long; an item has to be judged, too
FAST_KAPPA = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """What was proven of an annotator.

    Attributes:
        annotator: its name.
        kind: what it did.
        why: the figures that prove it, in words, for a receipt or a report.
    """

    annotator: str
    kind: Kind
    why: str


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """All that was proven, in the order of the annotators' names."""
    reliability = evidence.reliability
    if reliability is None:
        return ()
    found: list[Finding] = []
    for number, name in enumerate(evidence.annotators):
        standing = reliability.standings[number]
        if reliability.ring_of(number):
            found.append(Finding(name, "copying", _copying(reliability, evidence, number)))
        elif (constant := _constant(standing)) is not None:
            found.append(Finding(name, "constant", constant))
        elif (chance := _random(standing)) is not None:
            found.append(Finding(name, "random", chance))
        elif (fast := _too_fast(evidence, name, standing)) is not None:
            found.append(Finding(name, "too fast", fast))
    return tuple(found)


def _copying(reliability: Reliability, evidence: Evidence, number: int) -> str:
    ring = [evidence.annotators[other] for other in reliability.ring_of(number)]
    pairs = [c for c in reliability.copying if number in (c.first, c.second)]
    # Whoever joined a ring later was compared with all of it.
    shown = pairs[0] if pairs else max(
        (c for c in reliability.copying if reliability.group[c.first] == reliability.group[number]),
        key=lambda c: c.ln_odds,
    )  # fmt: skip
    return (
        f"answers in common with {', '.join(ring)}: {shown.same} of {shown.common} are equal, "
        f"{shown.wrong:.0f} of these are wrong by all others; odds of 10^"
        f"{shown.ln_odds / math.log(10):.0f} to 1 against its being chance"
    )


def _constant(standing: Standing) -> str | None:
    for habit in standing.habits:
        if habit.votes < LEAST_VOTES or habit.commonest < CONSTANT:
            continue
        # Who looks at other questions looks, whatever is said on this one.
        if habit.elsewhere >= INDEPENDENT:
            continue
        # Where nearly everything is of one label, to say so is right.
        if _at_most(habit.common, habit.votes) >= habit.commonest:
            continue
        return (
            f"one label in {habit.commonest:.0%} of {habit.votes} votes, where it is right for "
            f"{habit.common:.0%}"
        )
    return None


def _random(standing: Standing) -> str | None:
    if (
        standing.votes < LEAST_VOTES
        or standing.kappa_at_most >= USELESS_KAPPA
        or standing.dependence >= INDEPENDENT
    ):
        return None
    return (
        f"{standing.accuracy:.0%} of {standing.votes} votes are right, {standing.chance:.0%} would "
        f"be by chance; kappa is {standing.kappa_at_most:.2f} at most"
    )


def _too_fast(evidence: Evidence, name: str, standing: Standing) -> str | None:
    times = _times(evidence, name)
    if len(times) < LEAST_VOTES or median(times) >= LEAST_MS or standing.kappa >= FAST_KAPPA:
        return None
    return (
        f"half of {len(times)} items took less than {median(times):.0f} ms, and kappa is "
        f"{standing.kappa:.2f}"
    )


def _times(evidence: Evidence, name: str) -> Sequence[int]:
    return [
        answer.ms
        for annotator, sheet in evidence.sheets
        if annotator == name
        for answer in sheet.answers
        if answer.ms is not None and not answer.skipped
    ]


def _at_most(part: float, n: int) -> float:
    """A part at the upper end of what chance leaves open, three standard deviations."""
    return part + 3 * math.sqrt(part * (1 - part) / n)
