"""On crowds whose skills are known; what a crowd does is in benchmarks/labelling/crowd.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.labelling.crowd import Labelled, Plan, label
from dml_sdk.annotation.worth.dawid_skene import fit
from dml_sdk.annotation.worth.reliability import Reliability, assess
from dml_sdk.annotation.worth.votes import Votes, majority
from dml_sdk.errors import UsageError

PLANS = [
    pytest.param(Plan(), id="twenty people, ten labels, three answers"),
    pytest.param(Plan(annotators=40, answers_per_item=5), id="forty people, five answers"),
    pytest.param(Plan(classes=2), id="two labels"),
    pytest.param(Plan(classes=4, gold=0.0), id="no gold"),
]


def assessed(plan: Plan, seed: int = 1) -> tuple[Labelled, Reliability]:
    labelled = label(plan, seed)
    return labelled, assess([labelled.votes])


def ring(labelled: Labelled) -> set[int]:
    return {at for at, kind in enumerate(labelled.kinds) if kind == "copying"}


@pytest.mark.parametrize("plan", PLANS)
def test_consensus_is_three_points_or_more_above_the_majority(plan: Plan) -> None:
    labelled, learnt = assessed(plan)
    plain = labelled.accuracy(majority(labelled.votes))
    assert plain < 0.95
    assert labelled.accuracy(learnt.fits[0].posterior.argmax(axis=1)) >= plain + 0.03


@pytest.mark.parametrize("plan", PLANS)
def test_the_ring_has_one_voice_and_nobody_else_is_accused(plan: Plan) -> None:
    labelled, learnt = assessed(plan)
    if plan.gold:  # without it, who fills most of a batch is not known to be a ring
        assert len(set(learnt.group[sorted(ring(labelled))].tolist())) == 1
    assert {at for at in range(plan.annotators) if learnt.ring_of(at)} <= ring(labelled)


@pytest.mark.parametrize("plan", PLANS[:2])
def test_the_ring_is_found_where_it_is_wrong_often_enough(plan: Plan) -> None:
    labelled, learnt = assessed(plan)
    assert {at for at in range(plan.annotators) if learnt.ring_of(at)} == ring(labelled)


@pytest.mark.parametrize("seed", [1, 2, 1_000, 1_001])
def test_a_ring_that_fills_whole_batches_has_one_voice_by_gold(seed: int) -> None:
    labelled, learnt = assessed(Plan(annotators=40, gold=0.1), seed)
    (voice,) = set(learnt.group[sorted(ring(labelled))].tolist())
    assert (learnt.group == voice).sum() == len(ring(labelled))
    assert {at for at in range(40) if learnt.ring_of(at)} <= ring(labelled)


def test_a_ring_that_fills_whole_batches_is_proven_by_all_its_gold_answers_together() -> None:
    labelled, learnt = assessed(Plan(annotators=40, gold=0.1), 1_000)
    assert {at for at in range(40) if learnt.ring_of(at)} == ring(labelled)


def five_people(seed: int, copied: int) -> tuple[Votes, np.ndarray]:
    """Two careful ones, a sloppy one, one who guesses and one who copies; and what is right."""
    rng, items = np.random.default_rng(seed), 400
    truth = rng.integers(0, 10, items)

    def looks(right: float) -> np.ndarray:
        sees = rng.random(items) < right
        return np.where(sees, truth, (truth + rng.integers(1, 10, items)) % 10)

    said = [looks(0.98), looks(0.97), looks(0.8), rng.integers(0, 10, items)]
    altered = rng.random(items) < 0.05
    said.append(np.where(altered, rng.integers(0, 10, items), said[copied]))
    gold = {int(item): int(truth[item]) for item in rng.permutation(items)[:40]}
    item, who = np.tile(np.arange(items), 5), np.repeat(np.arange(5), items)
    return Votes(item, who, np.concatenate(said), items, 5, 10, gold), truth


@pytest.mark.parametrize("seed", [0, 3, 4, 5, 48, 104, 132])
def test_two_who_are_outvoted_by_a_ring_are_not_taken_for_another(seed: int) -> None:
    votes, truth = five_people(seed, copied=2)
    learnt = assess([votes])
    assert {at for at in range(5) if learnt.ring_of(at)} <= {2, 4}
    assert learnt.group[4] == 2, "they have one voice, proven or not"
    assert (learnt.fits[0].posterior.argmax(axis=1) == truth).mean() > 0.97


def test_two_who_agree_no_more_than_a_third_agrees_with_them_are_no_ring() -> None:
    learnt = assess([five_people(25, copied=3)[0]])
    assert {at for at in range(5) if learnt.ring_of(at)} == {3, 4}


@pytest.mark.parametrize("seed", range(5))
def test_honest_people_who_fall_for_the_same_traps_are_no_ring(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items, people = 300, 12
    truth = rng.integers(0, 3, items)
    trap = rng.random(items) < 0.15  # where most say the same wrong label
    rows = []
    for item in range(items):
        for who in rng.permutation(people)[:4]:
            fooled = trap[item] and rng.random() < 0.7
            errs = rng.random() < 0.1
            said = (truth[item] + 1) % 3 if fooled else rng.integers(0, 3) if errs else truth[item]
            rows.append((item, who, said))
    item, who, said = np.array(rows).T
    learnt = assess([Votes(item, who, said, items, people, 3)])
    assert learnt.copying == ()


def test_two_who_are_always_right_are_no_ring() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 200)
    sloppy = np.where(rng.random(200) < 0.7, truth, rng.integers(0, 4, 200))
    columns = np.concatenate([truth, truth, sloppy])
    votes = Votes(np.tile(np.arange(200), 3), np.repeat([0, 1, 2], 200), columns, 200, 3, 4)
    assert assess([votes]).copying == ()


def test_a_ring_becomes_one_voice_in_the_consensus() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 5, 300)
    honest = [np.where(rng.random(300) < 0.75, truth, rng.integers(0, 5, 300)) for _ in range(7)]
    lie = rng.integers(0, 5, 300)
    said = np.concatenate([*honest, lie, lie, lie, lie, lie])
    votes = Votes(np.tile(np.arange(300), 12), np.repeat(np.arange(12), 300), said, 300, 12, 5)
    assert (majority(votes) == truth).mean() < 0.9
    learnt = assess([votes])
    assert {at for at in range(12) if learnt.ring_of(at)} == {7, 8, 9, 10, 11}
    assert (learnt.fits[0].posterior.argmax(axis=1) == truth).mean() > 0.95


def test_who_always_swaps_two_labels_is_understood_and_depends_on_what_is_right() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 400)
    good = [np.where(rng.random(400) < 0.9, truth, 1 - truth) for _ in range(3)]
    said = np.concatenate([*good, 1 - truth])
    votes = Votes(np.tile(np.arange(400), 4), np.repeat(np.arange(4), 400), said, 400, 4, 2)
    learnt = assess([votes])
    assert learnt.fits[0].confusion[3, 0, 1] > 0.9
    assert learnt.standings[3].dependence > 5
    assert learnt.standings[3].kappa < 0


def test_random_labels_depend_on_nothing() -> None:
    labelled, learnt = assessed(Plan())
    for kind, standing in zip(labelled.kinds, learnt.standings, strict=True):
        if kind == "random":
            assert standing.dependence < 3.5
            assert standing.kappa_at_most < 0.25
        if kind == "careful":
            assert standing.dependence > 10
            assert standing.kappa > 0.75


def test_gold_labels_are_certain_and_somebody_new_is_taken_for_average() -> None:
    votes = Votes([0, 1], [0, 0], [1, 1], 3, 2, 3, gold={0: 1, 2: 2})  # type: ignore[arg-type]
    fitted = fit(votes)
    assert fitted.posterior[0].tolist() == [0.0, 1.0, 0.0]
    assert fitted.posterior[2].tolist() == [0.0, 0.0, 1.0]
    assert np.diag(fitted.confusion[1]) == pytest.approx(np.full(3, 1 / 3 + 0.6 * 2 / 3))


def test_nothing_is_ever_impossible_or_no_number() -> None:
    votes = Votes(np.arange(50), np.zeros(50, int), np.zeros(50, int), 50, 1, 4)
    learnt = assess([votes])
    assert np.isfinite(np.log(learnt.fits[0].confusion)).all()
    assert np.isfinite(learnt.fits[0].posterior).all()
    assert learnt.standings[0].kappa == pytest.approx(1.0, abs=0.05), "nothing varies"


def test_merged_votes_are_what_most_of_a_group_say() -> None:
    votes = Votes([0, 0, 0, 0, 1], [0, 1, 2, 3, 3], [2, 1, 1, 0, 2], 2, 4, 3)  # type: ignore[arg-type]
    merged = votes.merged(np.array([0, 0, 0, 3]))
    rows = zip(merged.item, merged.annotator, merged.label, strict=True)
    assert sorted((int(a), int(b), int(c)) for a, b, c in rows) == [(0, 0, 1), (0, 3, 0), (1, 3, 2)]


def test_votes_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        Votes([0, 0], [1, 1], [0, 1], 1, 2, 2)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="from 0 to 1"):
        Votes([0], [0], [2], 1, 1, 2)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="gold label"):
        Votes([0], [0], [0], 1, 1, 2, gold={0: 5})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no question"):
        assess([])
