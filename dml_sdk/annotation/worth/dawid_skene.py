"""What is true and who is reliable, learnt together from votes alone.

Each annotator has a confusion matrix: how often an item of one label is given another. Expectation
and maximisation take turns: the labels' probabilities from the matrices, the matrices from the
labels' probabilities.

Most annotators say too little to fill a matrix, so every row has a prior: the annotator's own
accuracy, and where it errs, the errors of everybody. Who says much is known by what it says; who
says little is taken for a somebody of that accuracy. An accuracy has a prior too: better than
chance, which is what tells labels from their permutations.

Sources: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM
algorithm", Applied Statistics 28 (1979); the priors are those of Kim and Ghahramani, "Bayesian
classifier combination" (2012), with a mean that is learnt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dml_sdk.annotation.worth.votes import Floats, Labels, Votes

_LEAST = 1e-12  # no probability is 0: a single vote must never be beyond doubt


@dataclass(frozen=True, slots=True)
class Priors:
    """What is believed before a vote is read, in numbers of votes.

    Attributes:
        skill: the accuracy of somebody unknown, 0 (chance) to 1.
        skill_votes: how much that weighs against an annotator's own votes.
        row_votes: how much an annotator's accuracy weighs against its votes on one label.
        label_votes: how much all labels being equally common weighs.
    """

    skill: float = 0.6
    skill_votes: float = 4.0
    row_votes: float = 8.0
    label_votes: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Labels and matrices that explain the votes.

    Attributes:
        posterior: the probability of each label of each item, float64 [items, classes]; of gold
            items it is 1 for the right one.
        confusion: P(given label | right label), float64 [annotators, classes, classes].
        errors: what somebody who errs says, of all together, float64 [classes, classes].
        prevalence: how common each label is, float64 [classes].
        iterations: until nothing moved by 1e-6.
    """

    posterior: Floats
    confusion: Floats
    errors: Floats
    prevalence: Floats
    iterations: int

    def logits(self, votes: Votes) -> Floats:
        """ln P(label, votes) of each item up to a constant, from the votes; gold left aside."""
        told = np.repeat(np.log(self.prevalence)[None, :], votes.items, axis=0)
        return told + summed(votes.item, self.evidence(votes), votes.items)

    def evidence(self, votes: Votes) -> Floats:
        """ln P(vote | right label) of each vote, float64 [n, classes]."""
        return np.asarray(np.log(self.confusion[votes.annotator, :, votes.label]))


def fit(votes: Votes, *, priors: Priors | None = None, most_iterations: int = 200) -> Fit:
    """Consensus and confusion matrices by expectation and maximisation, to a local maximum.

    Begins with what gold items tell of each annotator, so that two who are outvoted are heard if
    they know these; without gold, with the share of votes that each label has. The same votes give
    the same numbers.

    Args:
        priors: see `Priors`.
    """
    priors = priors or Priors()
    known = votes.known()
    posterior = _begun(votes, priors, known)
    for iteration in range(1, most_iterations + 1):
        fitted = maximise(votes, posterior, priors, iteration)
        after = softmax(fitted.logits(votes))
        clamp(after, known)
        moved = float(np.abs(after - posterior).max()) if votes.items else 0.0
        posterior = after
        if moved < 1e-6:
            break
    return Fit(posterior, fitted.confusion, fitted.errors, fitted.prevalence, iteration)


def _begun(votes: Votes, priors: Priors, gold: Labels) -> Floats:
    """What labels are to begin with, float64 [items, classes]."""
    if votes.gold:
        known = np.zeros((votes.items, votes.classes))
        clamp(known, gold)
        even = np.full(votes.classes, 1.0 / votes.classes)  # gold is too little to say otherwise
        posterior = softmax(replace(maximise(votes, known, priors), prevalence=even).logits(votes))
    else:
        posterior = _normalised(votes.tally() + 1.0 / votes.classes)
    clamp(posterior, gold)
    return posterior


def maximise(votes: Votes, posterior: Floats, priors: Priors, iteration: int = 0) -> Fit:
    """The matrices that explain votes best where labels have these probabilities."""
    classes = votes.classes
    key = votes.annotator * classes + votes.label
    counts = summed(key, posterior[votes.item], votes.annotators * classes)
    counts = counts.reshape(-1, classes, classes).transpose(0, 2, 1)  # [annotator, right, given]
    errors = pooled_errors(counts)
    confusion = matrices(counts, errors, priors)
    # Only items that somebody voted on, or whose label is known, say how common a label is.
    seen = np.zeros(votes.items, dtype=bool)
    seen[votes.item] = True
    seen[list(votes.gold)] = True
    common = posterior[seen].sum(axis=0) + priors.label_votes
    return Fit(posterior, confusion, errors, common / common.sum(), iteration)


def pooled_errors(counts: Floats) -> Floats:
    """What is said of each label by those who err on it, all annotators together; [right, given].

    Args:
        counts: float64 [annotators, right, given].
    """
    classes = counts.shape[1]
    wrong = counts.sum(axis=0) + 1.0
    wrong[np.diag_indices(classes)] = 0.0
    return _normalised(wrong)


def matrices(counts: Floats, errors: Floats, priors: Priors) -> Floats:
    """Confusion matrices of counted votes, float64 [annotators, right, given].

    Args:
        counts: the same shape.
        errors: from `pooled_errors`.
    """
    classes = counts.shape[1]
    right = np.einsum("akk->a", counts)
    said = np.einsum("ars->a", counts)
    chance = 1.0 / classes
    believed = chance + priors.skill * (1.0 - chance)
    accuracy = (right + priors.skill_votes * believed) / (said + priors.skill_votes)
    expected = (1 - accuracy[:, None, None]) * errors
    np.einsum("akk->ak", expected)[:] += accuracy[:, None]
    return np.maximum(_normalised(counts + priors.row_votes * expected), _LEAST)


def summed(key: Labels, rows: Floats, keys: int) -> Floats:
    """The sum of the rows of each key, float64 [keys, columns]."""
    columns = [np.bincount(key, weights=column, minlength=keys) for column in rows.T]
    return np.stack(columns, axis=1)


def softmax(logits: Floats) -> Floats:
    """Probabilities of rows of logarithms."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return _normalised(raised)


def _normalised(rows: Floats) -> Floats:
    shares: Floats = rows / rows.sum(axis=-1, keepdims=True)
    return shares


def clamp(posterior: Floats, known: Labels) -> None:
    """Makes gold labels certain.

    Args:
        posterior: float64 [n, classes]; changed in place.
        known: the right label of each row, -1 where none is known, int64 [n].
    """
    at = np.flatnonzero(known >= 0)
    posterior[at] = 0.0
    posterior[at, known[at]] = 1.0
