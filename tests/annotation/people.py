"""Three who label cats and dogs, and their sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice

ITEMS = 60
CATS = Questionnaire([Choice("kind", "What is it?", options=["cat", "dog"], points=2)])


def sheets_of(
    said: Mapping[str, list[Any]], question: str = "kind", batch: int = 20, ms: int = 2_000
) -> list[tuple[str, Sheet]]:
    """Everyone's answers to items 0, 1, 2, …, in batches."""
    return [
        (who, Sheet(at // batch, tuple(
            Answer(item, {question: values[item]}, ms)
            for item in range(at, min(at + batch, len(values)))
        )))
        for who, values in said.items()
        for at in range(0, len(values), batch)
    ]  # fmt: skip


def people(seed: int = 0) -> tuple[list[str], dict[str, list[str]]]:
    """What is right, and three who say so nine times in ten."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(["cat", "dog"], ITEMS).tolist()
    other = {"cat": "dog", "dog": "cat"}
    said = {
        name: [other[t] if rng.random() < 0.1 else t for t in truth]
        for name in ("ada", "bob", "eve")
    }
    return truth, said
