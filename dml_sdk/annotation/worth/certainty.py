"""How sure a consensus can be: never surer than its annotators agree, or know what is known.

Labels and reliabilities that are learnt together explain each other. Of few answers that were
guessed the likeliest story has one annotator right always, and is told with 98 %. So what is said
of a consensus is bounded by a simpler story, which has nothing to choose: everybody knows as many
answers as the pairs that agree beyond chance tell of all, and guesses the others.
"""

from __future__ import annotations

import numpy as np

from dml_sdk.annotation.worth.agreement import alpha_of
from dml_sdk.annotation.worth.dawid_skene import softmax, summed
from dml_sdk.annotation.worth.votes import Floats, Labels, Votes

_WEIGHT = 10.0  # answers to what is known that weigh as much as how far all agree
_MOST = 1 - 1e-9  # nobody is beyond doubt


def certainty_of(votes: Votes, label: Labels, learnt: Floats) -> Floats:
    """The probability that a label is right of each item, float64 [items].

    An annotator knows a part of the items and guesses the rest by how common labels are. If all
    know the same part, that is the square root of alpha, for two agree where both know or by
    chance. It counts as ten answers beside an annotator's own to what is known, which may show that
    it knows more or less.

    Args:
        votes: one voice for those who depend on each other.
        label: what all together come to of each item, int64 [items].
        learnt: how sure that is by what was learnt, which is never exceeded; float64 [items].

    Source: annotators who know or guess are those of Hovy, Berg-Kirkpatrick, Vaswani and Hovy,
    "Learning whom to trust with MACE", NAACL 2013.
    """
    tally = votes.tally()
    alpha = alpha_of(votes.item, votes.label)
    if np.isnan(alpha):  # nothing is said twice, or the same of everything
        return learnt
    common = tally.sum(axis=0) / tally.sum()
    knows = np.minimum(_knowing(votes, common, np.sqrt(max(0.0, alpha))), _MOST)[votes.annotator]
    by_chance = (1 - knows) * common[votes.label]
    told = np.eye(votes.classes)[votes.label] * np.log1p(knows / by_chance)[:, None]
    logits = np.log(np.maximum(common, 1 - _MOST)) + summed(votes.item, told, votes.items)
    bound = softmax(logits)[np.arange(votes.items), label]
    bound[votes.known() >= 0] = 1.0
    return np.minimum(learnt, bound)


def _knowing(votes: Votes, common: Floats, all_know: float) -> Floats:
    """The part of the items that each annotator knows, 0-1; float64 [annotators]."""
    right = votes.known()[votes.item]
    on_known = right >= 0
    who = votes.annotator[on_known]
    chance = float((common**2).sum())
    beyond = ((votes.label == right)[on_known] - chance) / (1 - chance)
    answered = np.bincount(who, minlength=votes.annotators)
    known = np.bincount(who, weights=beyond, minlength=votes.annotators)
    return np.asarray(np.clip((_WEIGHT * all_know + known) / (_WEIGHT + answered), 0.0, 1.0))
