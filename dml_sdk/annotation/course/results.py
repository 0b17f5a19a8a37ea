"""What annotators came to, as data to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.asked.png import decode_png
from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.asked.questions import Choice, Choices, Preference, Scale
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.formats.labelling import question_of
from dml_sdk.annotation.formats.training import to_dataset
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.errors import DatasetError, UsageError
from dml_sdk.training.data import Dataset

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask


def dataset(
    task: AnnotationTask,
    validation: Validation,
    question: str | None,
    examples: npt.ArrayLike | None,
    least_certainty: float,
) -> Dataset:
    """The items with the consensus on a question as their labels.

    Raises:
        UsageError: which question is not clear, or items that only `examples` can show a model.
        DatasetError: fewer examples than items, or no item is left.
    """
    questionnaire = task.questionnaire()
    meant = _asked(questionnaire) if question is None else question
    asked = question_of(questionnaire, meant, Choice, Scale, Preference).id
    if examples is not None:
        return to_dataset(
            validation, questionnaire, asked, examples, least_certainty=least_certainty
        )
    wanted = sorted({a.item for a in validation.consensus if a.question == asked})
    if not wanted:
        raise DatasetError(f"Nobody has answered {asked!r} yet: validate the task first.")
    told = [_array(task, task.items().items[item], item) for item in wanted]
    shapes = {array.shape for array in told}
    if len(shapes) > 1:
        raise UsageError(
            f"Items are of different sizes, such as {', '.join(map(str, sorted(shapes)[:3]))}: "
            "give what the model is shown of each with examples=…."
        )
    # Those that nobody answered are in no data set, so what stands for them does not matter.
    whole = np.zeros((task.terms.items, *told[0].shape), dtype=np.float32)
    whole[wanted] = told
    return to_dataset(validation, questionnaire, asked, whole, least_certainty=least_certainty)


def _asked(questionnaire: Questionnaire) -> str:
    """The one question that has labels for answers."""
    labels = [
        q.id
        for q in questionnaire.questions
        if values_of(q) is not None and not isinstance(q, Choices)
    ]
    if len(labels) == 1:
        return labels[0]
    told = f"{', '.join(labels)} have" if labels else "none has"
    raise UsageError(f"Whose answers are the labels? Name a question: {told} one of a list.")


def _array(task: AnnotationTask, parts: tuple[Part, ...], item: int) -> npt.NDArray[Any]:
    """What a model is shown of an item: pixels from 0 to 1, or the numbers of a table's row."""
    if len(parts) == 1 and parts[0].type == "image/png":
        pixels = decode_png(task.content(parts[0]))
        return pixels.astype(np.float32) / np.float32(255)
    if len(parts) == 1 and parts[0].kind == "table":
        row = read_json(task.content(parts[0]))
        numbers = [v for v in row.values() if isinstance(v, int | float)]
        if len(numbers) == len(row):
            return np.array(numbers, dtype=np.float32)
    raise UsageError(
        f"Item {item} is neither one PNG image nor a row of numbers: give what the model is shown "
        "of each with examples=…, in the order of the task's items."
    )
