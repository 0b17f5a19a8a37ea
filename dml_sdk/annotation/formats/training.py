"""What annotators came to, as a data set that goes straight into `model.train`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.asked.questions import Choice, Preference, Scale
from dml_sdk.annotation.formats.labelling import question_of
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.arguments import require_part
from dml_sdk.errors import DatasetError
from dml_sdk.training.data import Dataset


def to_dataset(
    validation: Validation,
    questionnaire: Questionnaire,
    question: str,
    examples: npt.ArrayLike,
    *,
    least_certainty: float = 0.0,
) -> Dataset:
    """The items with the consensus on a question as their labels.

    Args:
        question: the id of one with fixed answers, of which one is given. A label is the answer's
            place among them: in the options' order, or on the scale from its least.
        examples: what the model is shown of each item of the task, in the items' order, [n, …].
        least_certainty: below which an item is left out, 0-1.

    Raises:
        UsageError: no such question, or one of another kind.
        DatasetError: fewer examples than items, or no item is left.
    """
    asked = question_of(questionnaire, question, Choice, Scale, Preference)
    least = float(require_part("least_certainty", least_certainty) or 0)
    place = {value: at for at, value in enumerate(values_of(asked) or ())}
    x = np.asarray(examples)
    kept = [
        (agreed.item, place[agreed.value])
        for agreed in validation.consensus
        if agreed.question == question and agreed.certainty >= least
    ]
    if not kept:
        raise DatasetError(f"No item's answer is as certain as {least:g}: ask more annotators.")
    items, labels = np.array(kept, dtype=np.int64).T
    if x.ndim < 1 or items.max() >= len(x):
        raise DatasetError(
            f"There are {len(x) if x.ndim else 0:,} examples, and an answer to item {items.max()}: "
            "give one for each item of the task, in their order."
        )
    return Dataset(x[items], labels, len(place))
