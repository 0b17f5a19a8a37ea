"""How a task's answers are judged: strategies, and their mix.

    gold(answers)              by items whose answers the owner knows
    agreement()                by how alike the others' answers are
    dawid_skene()              by what is right, as learnt from everybody's reliability
    manual(decisions)          by the owner's own word
    model_disagreement(p)      by a model's predictions, where it is sure

They are mixed with `&`, each by its weight: `0.7 * gold(known) & 0.3 * agreement()`. A policy that
has nothing to say of a batch leaves it to the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from dml_sdk.annotation.asked.questionnaire import values_of
from dml_sdk.annotation.asked.questions import Question
from dml_sdk.annotation.asked.values import Value, plain
from dml_sdk.annotation.worth.chance import ALL_ALIKE, is_free, listed_chance, unusual
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.likeness import compared_within
from dml_sdk.annotation.worth.pooling import Count, Judgement, Judgements, pooled
from dml_sdk.arguments import decimal_of, require_mapping, require_part, shown, whole_of
from dml_sdk.errors import UsageError

SURE = 0.9


@dataclass(frozen=True)
class Policy(ABC):
    """A way to judge; `&` mixes two, and a number times it weighs it."""

    weight: float = 1.0
    name: ClassVar[str] = ""

    @abstractmethod
    def parts(self) -> tuple[Strategy, ...]:
        """The strategies that it is mixed of."""

    def known(self) -> Gold:
        """The right answers that it brings."""
        return {}

    def terms(self) -> dict[str, Any]:
        """What it is, for a policy's document; nothing in it gives a gold answer away."""
        return {"policy": self.name, "weight": self.weight}

    def __and__(self, other: Policy) -> Mix:
        if not isinstance(other, Policy):
            return NotImplemented
        return Mix(policies=(*self.parts(), *other.parts()))

    def __rmul__(self, factor: object) -> Self:
        number = decimal_of(factor)
        if number is None or not number.is_finite() or number <= 0:
            raise UsageError(f"{shown(factor)} is no weight: give a number above 0.")
        return replace(self, weight=self.weight * float(number))


AnyPolicy = TypeVar("AnyPolicy", bound=Policy)


@dataclass(frozen=True)
class Strategy(Policy):
    """A policy that is no mix."""

    @abstractmethod
    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet that this strategy can judge."""

    def parts(self) -> tuple[Strategy, ...]:
        """Itself."""
        return (self,)


@dataclass(frozen=True)
class Mix(Policy):
    """Several strategies; a sheet's score is their mean, each by its weight."""

    policies: tuple[Strategy, ...] = ()
    name = "mix"

    def parts(self) -> tuple[Strategy, ...]:
        """The strategies, with their weights."""
        return tuple(replace(p, weight=p.weight * self.weight) for p in self.policies)

    def known(self) -> Gold:
        """The right answers that any of them brings."""
        told: dict[int, dict[str, Value]] = {}
        for policy in self.policies:
            for item, right in policy.known().items():
                told.setdefault(item, {}).update(right)
        return told

    def terms(self) -> dict[str, Any]:
        """Those of its parts."""
        return {"policy": self.name, "of": [policy.terms() for policy in self.parts()]}


@dataclass(frozen=True)
class GoldItems(Strategy):
    """By gold items: the part of them that is answered as the owner would, beyond chance.

    What counts is the batch's, together with all of the annotator's gold items as if these were
    ten answers: a batch holds few.
    """

    answers: Gold = field(default_factory=dict)
    share: float | None = None
    name = "gold"

    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet of an annotator who met a gold item."""
        counted = [Count() for _ in evidence.sheets]
        for item, right in self.answers.items():
            # What the owner has decided since holds against what was thought to be right.
            known = {**right, **evidence.gold.get(item, {})}
            for at, given in evidence.given(item):
                for id in right:
                    question = evidence.questionnaire.question(id)
                    if question is not None and id in given:
                        within = evidence.reach(question)
                        alike = compared_within(question, given[id], known[id], within)
                        counted[at].add(alike, _unseen(evidence, question, at), question.points)
        return pooled(evidence, counted, "of gold answers right")

    def known(self) -> Gold:
        """The gold answers."""
        return self.answers

    def terms(self) -> dict[str, Any]:
        """Weight and share; the answers stay with the owner."""
        return {**Policy.terms(self), "share": self.share}


@dataclass(frozen=True)
class Agreement(Strategy):
    """By how alike others' answers are, beyond chance: those of the same ring are no others."""

    name = "agreement"

    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet that shares an item with another's."""
        counted = [Count() for _ in evidence.sheets]
        asked = {question.id: question for question in evidence.questionnaire.questions}
        listed = {id: listed_chance(evidence, q) for id, q in asked.items() if not is_free(q)}
        for (at, id), (n, alike) in evidence.agreed.items():
            chance = listed[id] if id in listed else _unseen(evidence, asked[id], at)
            counted[at].add(alike, chance, asked[id].points, n)
        return pooled(evidence, counted, "alike to the others'", unusual(evidence))


@dataclass(frozen=True)
class DawidSkene(Strategy):
    """By what is right, as learnt from everybody's reliability: kappa against the consensus, as far
    as there is something to tell who looks from who does not (`pooling`).

    Answers that are free count by how alike they are to the others', these by their reliability. An
    answer to which there is no other, nor gold, says nothing of itself and does not count.
    """

    name = "dawid_skene"

    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet of an annotator whose answers others have answered, too."""
        counted = [Count() for _ in evidence.sheets]
        reliability = evidence.reliability
        if reliability is not None:
            for column, right, fit in zip(
                evidence.columns, reliability.right, reliability.fits, strict=True
            ):
                votes, options = column.votes, len(values_of(column.question) or ())
                points = column.question.points / (options if column.option is not None else 1)
                heard = votes.voices(reliability.group) > 1
                heard[list(votes.gold)] = True
                all_over = fit.posterior[np.unique(votes.item)]
                for number in range(votes.annotators):
                    rows = votes.of(number)
                    rows = rows[heard[votes.item[rows]]]
                    if not len(rows):
                        continue
                    said = np.bincount(votes.label[rows], minlength=votes.classes) / len(rows)
                    chance = float(said @ fit.posterior[votes.item[rows]].mean(axis=0))
                    anywhere = float(said @ all_over.mean(axis=0))
                    for row in rows:
                        counted[column.sheet[row]].add(
                            float(right[row]), chance, points, anywhere=anywhere
                        )
        for (at, id), (n, alike) in evidence.agreed.items():
            question = evidence.questionnaire.question(id)
            if question is not None and values_of(question) is None:
                counted[at].add(alike, _unseen(evidence, question, at), question.points, n)
        return pooled(evidence, counted, "right by the consensus", unusual(evidence))


@dataclass(frozen=True)
class Manual(Strategy):
    """By the owner's word, of whole sheets: a score, or True and False."""

    decisions: Mapping[tuple[int, str], float] = field(default_factory=dict)
    name = "manual"

    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet that was decided on."""
        told = {}
        for at, (annotator, sheet) in enumerate(evidence.sheets):
            decided = self.decisions.get((sheet.batch, annotator))
            if decided is not None:
                told[at] = Judgement(float(decided), f"decided by the owner: {float(decided):.2f}")
        return told


@dataclass(frozen=True)
class ModelDisagreement(Strategy):
    """By a model's predictions, where it is sure: the mean probability of what was answered.

    A model errs alike on like items, so it is for mixing with others, and a batch that it is not
    sure about is left to them.
    """

    predictions: Mapping[int, Mapping[str, Mapping[Value, float]]] = field(default_factory=dict)
    sure: float = SURE
    name = "model_disagreement"

    def judge(self, evidence: Evidence) -> Judgements:
        """The score of each sheet of an annotator who met an item that the model is sure about."""
        counted = [Count() for _ in evidence.sheets]
        for item, predicted in self.predictions.items():
            for id, parts in predicted.items():
                question = evidence.questionnaire.question(id)
                if question is None or max(parts.values(), default=0.0) < self.sure:
                    continue
                for at, given in evidence.given(item):
                    if id in given and not isinstance(given[id], list | tuple):
                        likely = float(parts.get(given[id], 0.0))
                        counted[at].add(likely, _blind(question), question.points)
        return pooled(evidence, counted, "likely by the model")

    def terms(self) -> dict[str, Any]:
        """Weight, and how sure the model has to be."""
        return {**Policy.terms(self), "sure": self.sure}


def gold(answers: Gold, share: float | None = None) -> GoldItems:
    """By items whose answers are known.

    Args:
        answers: by the item's number, then the question's id.
        share: the part of a task's items that are gold at most: where more answers are known, those
            that are hidden among the items are drawn when it is opened. None for all.

    Raises:
        UsageError: no answer, or a share that is none.
    """
    if not require_mapping("answers", answers, "a dict of an item's number to its answers"):
        raise UsageError("There is no gold answer: give some, or use another policy.")
    for item, right in answers.items():
        if whole_of(item) is None:
            raise UsageError(f"gold: {shown(item)} is no number of an item.")
        if not isinstance(right, Mapping) or not right:
            raise UsageError(f"gold[{item}]={shown(right)}: give a dict of question to answer.")
    part = require_part("share", share)
    return GoldItems(answers=answers, share=None if part is None else float(part))


def agreement() -> Agreement:
    """By how alike the others' answers are."""
    return Agreement()


def dawid_skene() -> DawidSkene:
    """By what is right, as learnt from everybody's reliability."""
    return DawidSkene()


def manual(decisions: Mapping[tuple[int, str], float | bool]) -> Manual:
    """By the owner's own word.

    Args:
        decisions: a score from 0 to 1, or True or False, by batch and annotator (an account, or its
            address).

    Raises:
        UsageError: no dict, a key that is no such pair, or a score that is none.
    """
    require_mapping("decisions", decisions, "a dict of (batch, annotator) to a score")
    told: dict[tuple[int, str], Any] = {}
    for key, given in decisions.items():
        batch, who = key if isinstance(key, tuple) and len(key) == 2 else (None, None)
        number, address = whole_of(batch), getattr(who, "address", who)
        if number is None or not isinstance(address, str):
            raise UsageError(f"decisions: {shown(key)} is no pair of a batch and an annotator.")
        decided = plain(given)
        if not isinstance(decided, bool) and require_part("a decision", decided) is None:
            raise UsageError("a decision=None: give a number from 0 to 1.")
        told[number, address] = decided
    return Manual(decisions={key: float(decided) for key, decided in told.items()})


def model_disagreement(
    predictions: Mapping[int, Mapping[str, Mapping[Value, float]]], sure: float = SURE
) -> ModelDisagreement:
    """By a model's predictions, where it is sure.

    Args:
        predictions: the probability of each answer, by the item's number and the question's id.
        sure: the least probability of the likeliest answer for the model to have a say.

    Raises:
        UsageError: `sure` is no part, or the predictions are no dict.
    """
    require_mapping("predictions", predictions, "a dict of an item's number to probabilities")
    for item, parts in predictions.items():
        if whole_of(item) is None:
            raise UsageError(f"predictions: {shown(item)} is no number of an item.")
        if not _are_probabilities(parts):
            raise UsageError(
                f"predictions[{item}]={shown(parts)}: give a dict of question to a dict of answer "
                "to its probability."
            )
    return ModelDisagreement(predictions=predictions, sure=float(require_part("sure", sure) or 0))


def _are_probabilities(told: object) -> bool:
    """Whether it is a dict of question to a dict of answer to its probability."""
    if not isinstance(told, Mapping):
        return False
    for parts in told.values():
        if not isinstance(parts, Mapping):
            return False
        numbers = [None if isinstance(p, str) else decimal_of(p) for p in parts.values()]
        if not all(n is not None and n.is_finite() and 0 <= n <= 1 for n in numbers):
            return False
    return True


def _blind(question: Question) -> float:
    """How often an answer without a look is right."""
    known = values_of(question)
    return 1.0 / len(known) if known else 0.0


def _unseen(evidence: Evidence, question: Question, sheet: int) -> float:
    """How right answers of a sheet's annotator are without a look: as in `chance` where they are
    free."""
    if not is_free(question):
        return _blind(question)
    free = evidence.free(question).get(evidence.number(evidence.sheets[sheet][0]))
    return free.chance if free is not None and free.chance < ALL_ALIKE else 0.0
