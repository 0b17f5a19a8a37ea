"""Tasks to test with: small images, one question or several, and people who answer."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np

import dml_sdk as dml
from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.desk import Desk
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.locations import encode_location
from dml_sdk.types import Location

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


def reveal(task: AnnotationTask, *names: str) -> None:
    """Each shows what can be shown."""
    for name in names:
        task.session.as_(name).task(task).reveal()


def stages(task: AnnotationTask) -> list[str]:
    """How far all answers to a task have come."""
    told: list[str] = task.awards().column("stage")
    return told


def shown_at(task: AnnotationTask, name: str, location: Location, batch: int = 0) -> None:
    """Somebody commits to whatever, in his own program, and shows it at an address of his own."""
    chain, who = task.session.chain, task.session.account(name)
    digest, salt = secrets.token_bytes(32), secrets.token_bytes(32)
    told = b"".join(n.to_bytes(4, "little") for n in (task.id, batch)) + who.account_id
    commitment = hashlib.blake2b(told + digest + salt, digest_size=32).hexdigest()
    chain.submit(task.call("take", batch=batch), who)
    chain.submit(task.call("commit", batch=batch, commitment="0x" + commitment), who)
    chain.submit(
        task.call(
            "reveal",
            batch=batch,
            location=encode_location(location),
            hash="0x" + digest.hex(),
            salt="0x" + salt.hex(),
        ),
        who,
    )
