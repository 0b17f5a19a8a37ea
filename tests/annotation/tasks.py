"""Tasks to test with: small images, one question or several, and people who answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import dml_sdk as dml
from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.desk import Desk
from dml_sdk.annotation.task import AnnotationTask

DIGITS = dml.Questionnaire(
    [dml.Choice("digit", "Which digit is this?", options=range(10), points=2)], title="Digits"
)
CATS = dml.Questionnaire(
    [
        dml.Choice("cat", "Is there a cat?", options=["yes", "no"], points=3),
        dml.Scale("mood", "How does it feel?", when={"question": "cat", "equals": ["yes"]}),
        dml.Text("why", "Why do you think so?", required=False, points=0, longest=100),
    ]
)
TRUTH = [n % 10 for n in range(12)]


def images(count: int, seed: int = 0) -> list[np.ndarray[Any, Any]]:
    """Images of 8 x 8 pixels, each another."""
    rng = np.random.default_rng(seed)
    return list((rng.random((count, 8, 8)) * 255).astype(np.uint8))


def opened(model: dml.Model, **given: Any) -> AnnotationTask:
    """A task of twelve images in batches of four, two answers each."""
    terms: dict[str, Any] = {
        "items": images(12), "questionnaire": DIGITS, "reward_per_point": "0.1",
        "answers_per_item": 2, "batch_size": 4,
    }  # fmt: skip
    return model.annotation_task(**terms | given)


def right(batch: Batch) -> list[int]:
    """What is right of a batch's items."""
    return [TRUTH[item] for item in batch.items]


def annotate(
    task: AnnotationTask, name: str, answer: Callable[[Batch], Any] = right, batches: int = 99
) -> list[Batch]:
    """Somebody takes batches and answers them, as long as there are any."""
    mine, done = task.session.as_(name).task(task), []
    for _ in range(batches):
        try:
            batch = mine.next_batch()
        except dml.errors.NothingToAnnotate:
            break
        mine.submit(batch, answer(batch))
        done.append(batch)
    return done


def desk_of(task: AnnotationTask, name: str, **options: Any) -> Desk:
    """Somebody's desk."""
    return task.session.as_(name).task(task).desk(**options)
