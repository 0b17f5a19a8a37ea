"""How sure a consensus is said to be, against how often it is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dml_sdk.annotation.worth.certainty import certainty_of
from dml_sdk.annotation.worth.dawid_skene import fit
from dml_sdk.annotation.worth.votes import Votes


def votes_of(
    skills: Sequence[float], items: int, classes: int, seed: int, known: int = 0
) -> tuple[Votes, np.ndarray]:
    """Votes of annotators who know a part of the items and guess the others; and what is right."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, items)
    labels = [
        np.where(chance.random(items) < skill, truth, chance.integers(0, classes, items))
        for skill in skills
    ]
    who = np.repeat(np.arange(len(skills)), items)
    item = np.tile(np.arange(items), len(skills))
    gold = {n: int(truth[n]) for n in range(known)}
    label = np.concatenate(labels)
    return Votes(item, who, label, items, len(skills), classes, gold), truth


def sure_and_right(
    skills: Sequence[float], items: int, classes: int, known: int = 0
) -> list[float]:
    """How sure the consensus is, and how often it is right, on average over 12 tasks."""
    told = []
    for seed in range(12):
        votes, truth = votes_of(skills, items, classes, seed, known)
        posterior = fit(votes).posterior
        best = posterior.argmax(axis=1)
        sure = certainty_of(votes, best, posterior.max(axis=1))
        assert (sure <= posterior.max(axis=1) + 1e-12).all()
        told.append((sure[known:].mean(), (best == truth)[known:].mean()))
    return np.mean(told, axis=0).tolist()


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("items", [18, 36, 120])
@pytest.mark.parametrize("skill", [0.0, 0.3, 0.6, 0.9])
def test_a_consensus_is_as_sure_as_it_is_right(skill: float, items: int, classes: int) -> None:
    sure, right = sure_and_right([skill] * 3, items, classes)
    assert abs(sure - right) < 0.13


def test_who_knows_what_is_known_is_believed_beside_others_who_guess() -> None:
    few, _ = sure_and_right([0, 0, 0.9], 60, 10)
    more, right = sure_and_right([0, 0, 0.9], 60, 10, known=20)
    assert more > 2 * few and more <= right + 0.05


def test_what_is_known_is_certain_and_what_one_alone_says_is_left_as_it_was_learnt() -> None:
    votes, truth = votes_of([0.2, 0.2], 12, 4, seed=1, known=3)
    posterior = fit(votes).posterior
    sure = certainty_of(votes, posterior.argmax(axis=1), posterior.max(axis=1))
    assert sure[:3].tolist() == [1.0, 1.0, 1.0]
    alone, _ = votes_of([0.5], 12, 4, seed=1)
    learnt = np.linspace(0.3, 0.9, 12)
    assert certainty_of(alone, truth, learnt).tolist() == learnt.tolist()


def test_where_all_always_agree_there_is_little_doubt() -> None:
    votes, truth = votes_of([1.0, 1.0, 1.0], 36, 5, seed=2)
    sure = certainty_of(votes, truth, np.full(36, 0.999))
    assert sure.min() == 0.999
