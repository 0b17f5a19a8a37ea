"""Small crowds who all answer everything, without gold or with some: who is accused wrongly there.

Honest people alone, or with somebody who says one thing or anything; a minority of two who read a
part of the items otherwise; items that are hard for all; and rings, who are to be found.

    honest_accused   whoever looks at the items, and of whom something was proven
    rings_found      0-1, of those who give in the same as their leader, and of the leader
    spam_found       0-1, of those who say one thing or anything
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.findings import findings
from dml_sdk.annotation.worth.votes import Floats, Labels

_BATCH = 20
_HARD = 0.15  # of the items, where errors are three times as likely
_MINORITY = 0.95  # how often they say what they read


@dataclass(frozen=True, slots=True)
class Small:
    """A crowd.

    Attributes:
        skills: of honest people, the part of items of usual difficulty that they are right on.
        spam: of the others each one's kind: "random", "constant" (0 to everything) or "often" (0 to
            nine in ten items).
        otherwise: the part of the items that two more honest people read in another way.
        hard: whether some items are hard for all.
        ring: how many give in the same; the first of them is right as often as `leader` says.
        copied: how much of it the others have from the first, the rest is by chance.
    """

    skills: Sequence[float]
    spam: Sequence[str] = ()
    otherwise: float = 0.0
    hard: bool = False
    ring: int = 0
    leader: float = 0.7
    copied: float = 0.95


HONEST = (
    Small([0.9] * 3),
    Small([0.9] * 4),
    Small([0.9] * 10),
    Small([0.9] * 3, ["constant"]),
    Small([0.9] * 4, ["constant"]),
    Small([0.9] * 4, ["often"]),
    Small([0.9] * 4, ["random"]),
    Small([0.9] * 2, ["random"]),
    Small([0.9] * 3, ["random", "random"]),
    Small([0.85] * 5, ["random"]),
    Small([0.97, 0.95, 0.8, 0.7], hard=True),
    Small([0.97, 0.97, 0.95, 0.95, 0.9, 0.9, 0.8, 0.8, 0.75, 0.7], hard=True),
    Small([0.95] * 3, otherwise=0.1),
    Small([0.95] * 3, otherwise=0.2),
    Small([0.95] * 3, otherwise=0.3),
    Small([0.95] * 8, otherwise=0.3),
    Small([0.9] * 8, otherwise=0.2, hard=True),
    # Rings that agree less than those who look, and would have these taken for one.
    Small([0.9] * 4, ring=3, leader=0.0, copied=0.8),
    Small([0.9] * 6, ring=3, leader=0.0, copied=0.8),
    Small([0.95] * 8, ring=4, leader=0.0, copied=0.8),
)
RINGS = tuple(
    Small(skills, ring=ring, leader=leader, copied=copied)
    for skills in ([0.9] * 6, [0.97, 0.95, 0.95, 0.92, 0.9, 0.85, 0.8, 0.7])
    for leader in (0.0, 0.7)  # by chance, and sloppy
    for ring, copied in ((2, 0.95), (4, 0.95), (3, 1.0))
)
LABELS, ITEMS, GOLD = (2, 4, 10), (100, 400), (0.0, 0.1)


def figures(seeds: int, first: int = 0) -> dict[str, float]:
    """Of all crowds above, with each number of labels and items, with gold and without."""
    tasks = [(n, items, part) for n in LABELS for items in ITEMS for part in GOLD]
    accused: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for crowd in (*HONEST, *RINGS):
        for labels, items, part in tasks:
            for seed in range(first, first + seeds):
                evidence = label(crowd, labels, items, part, seed)
                accused.update(f.annotator.split()[0] for f in findings(evidence))
                there.update(name.split()[0] for name in evidence.annotators)
    return {
        "honest_accused": accused["honest"],
        "rings_found": round(accused["ring"] / there["ring"], 3),
        "spam_found": round(accused["spam"] / there["spam"], 3),
    }


def label(crowd: Small, labels: int, items: int, gold: float, seed: int) -> Evidence:
    """What a crowd says of a task; who says it begins with what it is: honest, spam or ring."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, items)
    harder = np.where(rng.random(items) < _HARD, 3.0, 1.0) if crowd.hard else np.ones(items)
    known = rng.permutation(items)[: int(gold * items)]
    asked = Questionnaire([Choice("label", "Which is it?", options=range(labels))])
    sheets = []
    for number, (kind, said) in enumerate(_people(crowd, truth, harder, labels, rng)):
        for at in range(0, items, _BATCH):
            answers = tuple(
                Answer(item, {"label": int(said[item])}, 2_000)
                for item in range(at, min(at + _BATCH, items))
            )
            sheets.append((f"{kind} {number}", Sheet(at // _BATCH, answers)))
    return Evidence(asked, sheets, {int(item): {"label": int(truth[item])} for item in known})


def _people(
    crowd: Small, truth: Labels, harder: Floats, labels: int, rng: np.random.Generator
) -> Iterator[tuple[str, Labels]]:
    def sees(what: Labels, right: float) -> Labels:
        errs = rng.random(len(what)) < np.minimum((1 - right) * harder, 0.8)
        return np.where(errs, (what + rng.integers(1, labels, len(what))) % labels, what)

    def anything() -> Labels:
        return rng.integers(0, labels, len(truth))

    for skill in crowd.skills:
        yield "honest", sees(truth, skill)
    if crowd.otherwise:
        other = np.where(rng.random(len(truth)) < crowd.otherwise, (truth + 1) % labels, truth)
        yield "honest", sees(other, _MINORITY)
        yield "honest", sees(other, _MINORITY)
    for kind in crowd.spam:
        part = {"random": 0.0, "often": 0.9, "constant": 1.0}[kind]
        yield "spam", np.where(rng.random(len(truth)) < part, 0, anything())
    if crowd.ring:
        first = sees(truth, crowd.leader) if crowd.leader else anything()
        yield "ring", first
        for _ in range(crowd.ring - 1):
            yield "ring", np.where(rng.random(len(truth)) < crowd.copied, first, anything())
