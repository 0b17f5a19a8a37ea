"""What a task came to as files: for spreadsheets, for other tools, and for training."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.media import Part, row_of
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Choices, Polygons, Question, Spans
from dml_sdk.annotation.asked.sniffing import image_size
from dml_sdk.annotation.formats.coco import to_coco
from dml_sdk.annotation.formats.conll import to_conll
from dml_sdk.annotation.formats.doccano import to_doccano
from dml_sdk.annotation.formats.label_studio import to_label_studio
from dml_sdk.annotation.formats.labelling import Labelling, agreed_labelling
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.arguments import shown
from dml_sdk.errors import MediaRefused, UsageError
from dml_sdk.untrusted import csv_of

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

CSV, JSON = "text/csv", "application/json"
SCORES = "scores.csv"


@dataclass(frozen=True, slots=True)
class Results:
    """What a task came to.

    Attributes:
        task: which.
        evidence: all sheets.
        validation: what they came to.
        no_policy: why there are no scores, or "".
        left_out: items that the owner has left out, as they are broken: they are in no result.
    """

    task: AnnotationTask
    evidence: Evidence
    validation: Validation
    no_policy: str = ""
    left_out: frozenset[int] = frozenset()

    def answers(self, files: bool = False) -> Labelling:
        """Every answer.

        Args:
            files: images and recordings by their bytes, in place of where they are.
        """
        items = _items(self.task, files)
        return Labelling(self.task.questionnaire(), items, tuple(_by_item(self)), self.left_out)

    def consensus(self, files: bool = False) -> Labelling:
        """What all came to."""
        answered = {answer.item for _, answer in _by_item(self) if not answer.skipped}
        items = _items(self.task, files)
        return agreed_labelling(
            self.validation, self.task.questionnaire(), items, answered, self.left_out
        )


def offered(questionnaire: Questionnaire) -> dict[str, str]:
    """What can be exported: each file's name, and what is in it."""
    return {
        "answers.csv": "every answer, CSV",
        "consensus.csv": "the consensus, CSV",
        SCORES: "the scores and why, CSV",
        "label-studio.json": "every answer, Label Studio",
        "consensus-label-studio.json": "the consensus, Label Studio",
    } | {
        f"{question.id}{ending}": f"{question.id}: {words}"
        for question in questionnaire.questions
        for ending, (words, fits, _) in _OF_ONE.items()
        if fits(questionnaire, question)
    }


def export(results: Results, name: str) -> tuple[str, str]:
    """A file that is offered, as text, and its media type.

    Raises:
        UsageError: no such file, or answers that its format cannot express.
        FormatInvalid: likewise.
        ContentNotFound, ContentCorrupt, MediaRefused, StoreUnreachable: what has to be in it cannot
            be read.
    """
    if (make := _OF_ALL.get(name)) is not None:
        return make(results)
    questionnaire = results.task.questionnaire()
    for question in questionnaire.questions:
        for ending, (_, fits, make_one) in _OF_ONE.items():
            if name == f"{question.id}{ending}" and fits(questionnaire, question):
                return make_one(results, question.id)
    raise UsageError(
        f"There is no export {shown(name)}: choose one of {', '.join(offered(questionnaire))}."
    )


def _answers_csv(results: Results) -> tuple[str, str]:
    rows: list[Sequence[Any]] = [
        ("item", "annotator", "question", "value", "ms", "skipped", "flag")
    ]
    for who, answer in _by_item(results):
        told = answer.ms, answer.skipped, answer.flag
        rows += [(answer.item, who, id, _plain(v), *told) for id, v in answer.given.items()]
        if not answer.given:
            rows.append((answer.item, who, "", "", *told))
    return csv_of(rows), CSV


def _consensus_csv(results: Results) -> tuple[str, str]:
    rows: list[Sequence[Any]] = [("item", "question", "value", "certainty", "answers")]
    rows += [
        (a.item, a.question, _plain(a.value), round(a.certainty, 6), a.answers)
        for a in results.validation.consensus
        if a.item not in results.left_out
    ]
    return csv_of(rows), CSV


def _scores_csv(results: Results) -> tuple[str, str]:
    if results.no_policy:
        raise UsageError(results.no_policy)
    columns = ("batch", "annotator", "score", "points", "why")
    rows = [[getattr(score, name) for name in columns] for score in results.validation.scores]
    return csv_of([columns, *rows]), CSV


def _label_studio(results: Results) -> tuple[str, str]:
    return _json(to_label_studio(results.answers()))


def _agreed_label_studio(results: Results) -> tuple[str, str]:
    return _json(to_label_studio(results.consensus()))


def _doccano(results: Results, question: str) -> tuple[str, str]:
    return to_doccano(results.answers(), question), "application/jsonl"


def _conll(results: Results, question: str) -> tuple[str, str]:
    return to_conll(results.consensus(), question), "text/plain"


def _coco(results: Results, question: str) -> tuple[str, str]:
    task = results.task
    place = task.questionnaire().media.index("image")
    sizes = []
    for number, parts in enumerate(task.items().items):
        size = image_size(task.content(parts[place]), parts[place].type)
        if size is None:
            raise MediaRefused(f"Item {number} has no size, and COCO counts in pixels.")
        sizes.append(size)
    return _json(to_coco(results.consensus(), question, sizes))


def _by_item(results: Results) -> list[tuple[str, Answer]]:
    """Every answer to what is not left out, in the items' order."""
    told = [
        (who, answer)
        for who, sheet in results.evidence.sheets
        for answer in sheet.answers
        if answer.item not in results.left_out
    ]
    return sorted(told, key=lambda one: one[1].item)


def _items(task: AnnotationTask, files: bool) -> tuple[Mapping[Any, Any], ...]:
    names = task.questionnaire().part_names
    return tuple(
        {name: _shown(task, part, files) for name, part in zip(names, parts, strict=True)}
        for parts in task.items().items
    )


def _shown(task: AnnotationTask, part: Part, files: bool) -> Any:
    """A text and a table's row as they are, all else by where it is, or by its bytes."""
    if part.kind == "text":
        return task.content(part).decode()
    if part.kind == "table":
        return row_of(task.content(part))
    return task.content(part) if files else f"ipfs://{part.cid}"


def _plain(value: Any) -> Any:
    """A value that a cell can hold; of parts, rankings and several choices their JSON."""
    if isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _json(told: Any) -> tuple[str, str]:
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n", JSON


_Fits = Callable[[Questionnaire, Question], bool]
_OF_ALL: Mapping[str, Callable[[Results], tuple[str, str]]] = {
    "answers.csv": _answers_csv,
    "consensus.csv": _consensus_csv,
    SCORES: _scores_csv,
    "label-studio.json": _label_studio,
    "consensus-label-studio.json": _agreed_label_studio,
}
_OF_ONE: Mapping[str, tuple[str, _Fits, Callable[[Results, str], tuple[str, str]]]] = {
    ".jsonl": (
        "every answer, doccano",
        lambda all, one: "text" in all.part_names and isinstance(one, Spans | Choice | Choices),
        _doccano,
    ),
    ".conll": (
        "the consensus, CoNLL",
        lambda all, one: "text" in all.part_names and isinstance(one, Spans),
        _conll,
    ),
    ".coco.json": (
        "the consensus, COCO",
        lambda all, one: "image" in all.part_names and isinstance(one, Boxes | Polygons),
        _coco,
    ),
}
