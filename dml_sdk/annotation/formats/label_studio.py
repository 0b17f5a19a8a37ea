"""Label Studio: its JSON of tasks with annotations, read and written.

A question's id is the control's name (`from_name`) there; the item's part is the object's
(`to_name`), named as its kind. Places are in percent there and in parts here. Outlines, boxes and
points are upright: a rotated box is refused.

Source: https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks and the
reference of its tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Media, Questionnaire
from dml_sdk.annotation.asked.questions import (
    Asked,
    Boxes,
    Choice,
    Choices,
    Number,
    Points,
    Polygons,
    Preference,
    Question,
    Ranking,
    Regions,
    Scale,
    Spans,
    Text,
)
from dml_sdk.annotation.formats.labelling import Labelling, json_of
from dml_sdk.arguments import shown
from dml_sdk.errors import FormatInvalid

_TYPES: Mapping[type[Asked], str] = {
    Choice: "choices", Choices: "choices", Scale: "rating", Number: "number", Text: "textarea",
    Spans: "labels", Regions: "labels", Boxes: "rectanglelabels", Polygons: "polygonlabels",
    Points: "keypointlabels", Ranking: "ranker", Preference: "pairwise",
}  # fmt: skip
_SIDES = {"first": "left", "second": "right", "tie": "tie"}
_OBJECTS: Mapping[type[Asked], tuple[Media, ...]] = {
    Spans: ("text",), Regions: ("audio", "video"), Boxes: ("image", "video"),
    Polygons: ("image", "video"), Points: ("image", "video"),
}  # fmt: skip


def to_label_studio(labelling: Labelling) -> list[dict[str, Any]]:
    """Tasks with annotations, ready for `json.dump`."""
    tasks = []
    for number, (item, answers) in enumerate(
        zip(labelling.items, labelling.by_item(), strict=True)
    ):
        annotations = [
            {
                "completed_by": annotator,
                "was_cancelled": answer.skipped,
                "lead_time": None if answer.ms is None else answer.ms / 1_000,
                "result": [
                    result
                    for question in labelling.questionnaire.questions
                    if question.id in answer.given
                    for result in _written(question, answer.given[question.id], item)
                ],
            }
            for annotator, answer in answers
        ]
        tasks.append({"id": number, "data": dict(item), "annotations": annotations})
    return tasks


def from_label_studio(
    document: bytes | str | Sequence[Any], questionnaire: Questionnaire
) -> Labelling:
    """Tasks that were exported as JSON (not JSON-MIN).

    Args:
        document: the file, or what `json.load` made of it.
        questionnaire: with a question for each control that occurs, named like it.

    Raises:
        FormatInvalid: not that format, a control that no question is named like, or an answer that
            does not fit; names the task.
    """
    told = json_of(document, "The export") if isinstance(document, bytes | str) else document
    if not isinstance(told, Sequence):
        raise FormatInvalid("The export is no list of tasks. Export it as JSON.")
    items: list[Mapping[Media, Any]] = []
    answers: list[tuple[str, Answer]] = []
    for at, task in enumerate(told):
        data = task.get("data") if isinstance(task, Mapping) else None
        if not isinstance(data, Mapping) or not set(questionnaire.media) <= set(data):
            wanted = ", ".join(questionnaire.media)
            raise FormatInvalid(f"tasks[{at}].data lacks {wanted}. Rename its columns to these.")
        items.append({kind: data[kind] for kind in questionnaire.media})
        for place, annotation in enumerate(task.get("annotations") or ()):
            path = f"tasks[{at}].annotations[{place}]"
            try:
                answers.append(_annotation(annotation, at, questionnaire))
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as e:
                raise FormatInvalid(f"{path} is not as Label Studio writes it: {e!r}.") from e
    return Labelling(questionnaire, tuple(items), tuple(answers))


def _annotation(
    annotation: Mapping[str, Any], item: int, questionnaire: Questionnaire
) -> tuple[str, Answer]:
    given: dict[str, Any] = {}
    for result in annotation["result"]:
        if result["type"] == "relation":
            raise FormatInvalid(f"Task {item} relates parts to each other, which no question asks.")
        question = questionnaire.question(result["from_name"])
        if question is None or result["type"] not in (_TYPES[type(question)], _TYPES[Spans]):
            raise FormatInvalid(
                f"Task {item}: no question is named {shown(result['from_name'])} and of the type "
                f"{shown(result['type'])}. Add it to the questionnaire."
            )
        value = _read(question, result["value"])
        if isinstance(value, list) and type(question) in _OBJECTS:
            given.setdefault(question.id, []).extend(value)
        else:
            given[question.id] = value
    who = annotation.get("completed_by", "unknown")
    name = str(who.get("email", who.get("id")) if isinstance(who, Mapping) else who)
    seconds = annotation.get("lead_time")
    return name, Answer(
        item,
        given,
        None if seconds is None else round(seconds * 1_000),
        bool(annotation.get("was_cancelled")) and not given,
    )


def _written(question: Question, value: Any, item: Mapping[Media, Any]) -> list[dict[str, Any]]:
    """The results that stand for an answer: one, or one for each part."""
    kind = _TYPES[type(question)]
    wanted = _OBJECTS.get(type(question), tuple(item))
    frame = {
        "from_name": question.id,
        "to_name": next(name for name in wanted if name in item),
        "type": kind,
    }
    if type(question) in _OBJECTS:
        return [{**frame, "value": _part(question, part)} for part in value]
    if isinstance(question, Choice):
        told: Any = {"choices": [str(value)]}
    elif isinstance(question, Choices):
        told = {"choices": [str(chosen) for chosen in value]}
    elif isinstance(question, Ranking):
        told = {"ranker": {question.id: [str(chosen) for chosen in value]}}
    elif isinstance(question, Text):
        told = {"text": [value]}
    elif isinstance(question, Preference):
        told = {"selected": _SIDES[value]}
    else:
        told = {kind: value}
    return [{**frame, "value": told}]


def _part(question: Question, part: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {_TYPES[type(question)]: [str(part["label"])]}
    if isinstance(question, Polygons):
        told["points"] = [[100 * x, 100 * y] for x, y in part["points"]]
        return told
    for name, number in part.items():
        if name != "label":
            told[name] = number if name in ("start", "end") else 100 * number
    if isinstance(question, Boxes):
        told["rotation"] = 0
    return told


def _read(question: Question, value: Mapping[str, Any]) -> Any:
    """An answer, or of parts a list of one."""
    if isinstance(question, Choice):
        (only,) = value["choices"]
        return _option(question.options, only)
    if isinstance(question, Choices):
        return [_option(question.options, chosen) for chosen in value["choices"]]
    if isinstance(question, Ranking):
        (order,) = value["ranker"].values()
        return [_option(question.options, chosen) for chosen in order]
    if isinstance(question, Text):
        return "\n".join(value["text"]) if isinstance(value["text"], list) else value["text"]
    if isinstance(question, Preference):
        return {side: name for name, side in _SIDES.items()}[value["selected"]]
    if isinstance(question, Scale | Number):
        return value[_TYPES[type(question)]]
    return [_read_part(question, value)]


def _read_part(question: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    if value.get("rotation"):
        raise FormatInvalid(f"A box of {question.id} is rotated, which no answer here can be.")
    (label,) = value.get(_TYPES[type(question)]) or value["labels"]
    told: dict[str, Any] = {"label": _option(question.labels, label)}
    if isinstance(question, Polygons):
        return told | {"points": [[x / 100, y / 100] for x, y in value["points"]]}
    if isinstance(question, Spans | Regions):
        return told | {"start": value["start"], "end": value["end"]}
    names = ("x", "y", "width", "height") if isinstance(question, Boxes) else ("x", "y")
    return told | {name: value[name] / 100 for name in names}


def _option(options: Sequence[Any], written: Any) -> Any:
    """The option that is written so; Label Studio knows text alone."""
    for option in options:
        if str(option.value) == str(written):
            return option.value
    raise FormatInvalid(f"{shown(written)} is none of the options of the questionnaire. Add it.")
