"""How long a task of 10,000 items takes to be opened, and an annotator to get the next batch."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

import dml_sdk as dml

ITEMS = 10_000
BATCHES = 60
WAITING = 3  # annotators of whom each answer is wanted: nothing is complete before the last


def figures() -> dict[str, float]:
    """On a chain in this process, its files on the disk; small images, every tenth gold.

    create_seconds   from arrays to an open task: items stored, gold hidden, terms on the chain
    next_batch_ms    median of batches that are taken one after the other, with what is read of the
                     chain and the transaction that takes them
    """
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (ITEMS, 28, 28), dtype=np.uint8)
    digits = dml.Questionnaire([dml.Choice("digit", "Which digit is this?", options=range(10))])
    known = {item: {"digit": item % 10} for item in range(0, ITEMS, 10)}
    with dml.connect() as session:
        model = session.models.upload(
            dml.networks.softmax(784, 10),
            name="scale",
            licence="Apache-2.0",
            pool=dml.PoolTerms(100_000),
        )
        began = time.perf_counter()
        task = model.annotation_task(
            items=images,
            questionnaire=digits,
            answers_per_item=WAITING,
            reward_per_point=0.05,
            validation=dml.validation.gold(known) & dml.validation.dawid_skene(),
        )
        create = time.perf_counter() - began
        people = [session.as_(name).task(task) for name in ("bob", "charlie", "dave", "eve")]
        times = []
        for number in range(BATCHES):
            mine = people[number % len(people)]
            began = time.perf_counter()
            batch = mine.next_batch()
            times.append(1_000 * (time.perf_counter() - began))
            mine.submit(batch, [0] * len(batch))
    return {"create_seconds": round(create, 2), "next_batch_ms": round(median(times), 2)}
