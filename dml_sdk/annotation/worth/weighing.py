"""A pair's votes on a question by two explanations: that each errs for itself, and that one has a
part of them from the other; each with the skills that serve it best.

The explanations themselves, and their sources, are in `outsiders` and `copying`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dml_sdk.annotation.worth.dawid_skene import Priors, matrices
from dml_sdk.annotation.worth.outsiders import Both, Outsiders, Told, explain
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes

_ROUNDS = 20  # of expectation and maximisation for one annotator
_STEADY = 1e-3
_GOOD = 0.95  # the skill of somebody whom nobody can judge, to the benefit of the doubt


def weigh(
    votes: Votes,
    outsiders: Outsiders,
    at: int,
    rows: tuple[Labels, Labels],
    said: Both,
    priors: Priors,
) -> Told:
    """A pair's votes by each explanation, each with the skills that serve it best.

    Skills are learnt from those outside, from the usual prior or from one that thinks highly of
    everybody: a pair whom hardly anyone can judge may simply be good. Votes on items that they do
    not share count too, so that nobody is good on the shared items alone.
    """
    errors = outsiders.fits[at].errors
    told: list[Told] = []
    for prior in (priors, replace(priors, skill=max(priors.skill, _GOOD))):
        mine, theirs = (_alone(votes, outsiders, at, own, prior) for own in rows)
        seen = explain(outsiders.posterior(at, said.item), said, mine, theirs, errors)
        elsewhere = 0.0
        for own, skill in zip(rows, (mine, theirs), strict=True):
            left = own[~np.isin(votes.item[own], said.item)]
            truth = outsiders.posterior(at, votes.item[left])
            elsewhere += float(np.log((truth * skill[:, votes.label[left]].T).sum(axis=1)).sum())
        told.append(replace(seen, apart=seen.apart + elsewhere, together=seen.together + elsewhere))
    usual, good = told
    return replace(
        usual,
        apart=np.maximum(usual.apart, good.apart),
        together=np.maximum(usual.together, good.together),
        expected=max(usual.expected, good.expected),
    )


def _alone(votes: Votes, outsiders: Outsiders, at: int, rows: Labels, priors: Priors) -> Floats:
    """The confusion matrix of somebody, by those outside the pair and its own votes.

    Counting by the outside alone would take every doubt of theirs for an error of its own; so what
    it says is weighed with what they say, until that changes little.
    """
    errors = outsiders.fits[at].errors
    label, truth = votes.label[rows], outsiders.posterior(at, votes.item[rows])
    said, ones = np.eye(votes.classes)[label], np.ones(votes.classes)
    # Begun with the prior: votes that nobody outside can judge must not count as errors.
    confusion: Floats = matrices(np.zeros((1, votes.classes, votes.classes)), errors, priors)[0]
    for _ in range(_ROUNDS):
        weighed = truth * confusion.T[label]
        weighed /= (weighed @ ones)[:, None]
        counts = weighed.T @ said
        before, confusion = confusion, matrices(counts[None], errors, priors)[0]
        if np.abs(confusion - before).max() < _STEADY:
            break
    return confusion
