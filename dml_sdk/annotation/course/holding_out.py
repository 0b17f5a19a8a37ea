"""Examples that are not trained on, so that what was learnt can be measured."""

from __future__ import annotations

import numpy as np

from dml_sdk.arguments import shown
from dml_sdk.errors import DatasetError, UsageError
from dml_sdk.training.data import Dataset

LABELS = "labels"
"""The name of the only contributor of rounds on labels that were annotated."""
_TEST, _VALIDATION = 5, 10
"""Every so manieth example is held out, for either."""


def held_out(
    data: Dataset, test: Dataset | None, validation: Dataset | None, seed: int
) -> tuple[Dataset, Dataset, Dataset]:
    """What to train on, to test on and to validate on.

    Args:
        test, validation: as they are given; None for a part of the data.

    Raises:
        DatasetError: too few examples.
        UsageError: no data set.
    """
    if not isinstance(data, Dataset):
        raise UsageError(f"data={shown(data)}: give a Dataset, such as task.dataset().")
    count = len(data)
    tests = 0 if test is not None else count // _TEST
    validations = 0 if validation is not None else count // _VALIDATION
    if (test is None and not tests) or (validation is None and not validations):
        raise DatasetError(
            f"There are {count} examples, too few to hold some out: give test=… and validation=…."
        )
    order = np.random.default_rng(seed).permutation(count)
    kept = data.take(np.sort(order[tests + validations :]))
    return (
        kept,
        data.take(np.sort(order[:tests])) if test is None else test,
        data.take(np.sort(order[tests : tests + validations]))
        if validation is None
        else validation,
    )
