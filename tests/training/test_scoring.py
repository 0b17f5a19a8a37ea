from __future__ import annotations

import numpy as np
import pytest

from dml_sdk.errors import UsageError
from dml_sdk.training import scoring
from dml_sdk.training.engine import ClientUpdate, Evaluation, LocalPlan
from dml_sdk.training.network import softmax
from dml_sdk.training.reference import NumpyEngine

from .conftest import blobs, clients_of

LIKE = {"w": np.zeros(1, np.float32)}


def update(client: str, value: float, examples: int = 1) -> ClientUpdate:
    return ClientUpdate(client, {"w": np.array([value], np.float32)}, examples, 0.0)


def worth(weights) -> Evaluation:
    """A validator to whom a model's single number is its accuracy."""
    return Evaluation(0.0, float(weights["w"][0]), 1)


def test_the_score_is_the_accuracy_of_the_contributors_own_model() -> None:
    judged = scoring.score([update("a", 0.9), update("b", 0.75)], worth, LIKE)
    assert [(j.client, j.accepted, j.reason) for j in judged] == [("a", True, ""), ("b", True, "")]
    assert [j.score for j in judged] == pytest.approx([0.9, 0.75])


def test_an_update_far_below_its_peers_is_rejected_and_one_merely_poor_is_not() -> None:
    poor = [update(f"c{i}", 0.2) for i in range(4)]
    assert all(j.accepted for j in scoring.score(poor, worth, LIKE))
    judged = scoring.score([*poor, update("liar", 0.09)], worth, LIKE)
    assert [j.accepted for j in judged] == [True] * 4 + [False]
    assert judged[-1].reason == (
        "accuracy 9.0% on the validation partition is below 50% of the round's median, 20.0%"
    )


def test_an_update_that_cannot_be_run_scores_nothing_and_moves_no_median() -> None:
    nan = ClientUpdate("nan", {"w": np.array([np.nan], np.float32)}, 5, 0.0)
    shape = ClientUpdate("shape", {"w": np.zeros(2, np.float32)}, 5, 0.0)
    empty = update("empty", 0.9, examples=0)
    judged = scoring.score([nan, shape, empty, update("good", 0.4)], worth, LIKE)
    assert [(j.score, j.accepted) for j in judged[:3]] == [(0.0, False)] * 3
    assert "NaN" in judged[0].reason
    assert "shape" in judged[1].reason
    assert "0 examples" in judged[2].reason
    assert judged[3].accepted


def test_a_round_without_a_sound_update_accepts_nobody() -> None:
    judged = scoring.score([update("a", np.inf)], worth, LIKE)
    assert not judged[0].accepted
    assert scoring.score([], worth, LIKE) == []


def test_the_threshold_can_be_moved_and_must_be_a_share() -> None:
    updates = [update("a", 0.8), update("b", 0.8), update("c", 0.7)]
    assert not scoring.score(updates, worth, LIKE, reject_below=0.95)[2].accepted
    assert scoring.score([*updates, update("d", 0.0)], worth, LIKE, reject_below=0)[3].accepted
    with pytest.raises(UsageError):
        scoring.score(updates, worth, LIKE, reject_below=1.5)


def test_the_validation_sample_is_fixed_and_must_not_be_empty() -> None:
    validation = blobs(3_000)
    sample = scoring.validation_sample(validation)
    assert len(sample) == scoring.VALIDATION_EXAMPLES
    assert np.array_equal(sample.x, scoring.validation_sample(validation).x)
    with pytest.raises(UsageError, match="empty"):
        scoring.validation_sample(blobs(0))


def test_a_real_round_rejects_the_client_that_sends_noise() -> None:
    engine = NumpyEngine(softmax(20, 5))
    start = engine.initial()
    updates = engine.train(start, clients_of(60, 60, 60), LocalPlan(epochs=3), 1)
    honest = [u for u in updates if isinstance(u, ClientUpdate)]
    # The reverse of a learnt model: right shapes, finite, and wrong on purpose.
    reverse = {name: -array for name, array in honest[0].weights.items()}
    judged = scoring.score(
        [*honest, ClientUpdate("liar", reverse, 60, 0.0)],
        lambda weights: engine.evaluate(weights, blobs(300, seed=50)),
        start,
    )
    assert [j.accepted for j in judged] == [True, True, True, False]
