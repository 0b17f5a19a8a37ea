"""Label Studio: its JSON of tasks with annotations, read and written.

A question's id is the control's name (`from_name`) there; the item's part is the object's
(`to_name`), named as its kind. Places are in percent there and in parts here, and what passes the
image's edge by a pixel at most is cut there. Boxes are upright: a rotated one is refused.
Predictions and drafts are no answers and not read; how long somebody took is not known where it is
more than a day, which is a page that was left open.

Source: https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks and the
reference of its tags.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import LONGEST_MS, Answer, asked_of
from dml_sdk.annotation.asked.questionnaire import SIDES, Media, Questionnaire
from dml_sdk.annotation.asked.questions import (
    OF_PARTS,
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
from dml_sdk.arguments import shown, whole_of
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
_FULL_TURN = 360  # degrees
_WIDTH, _HEIGHT = "original_width", "original_height"  # of the image, in pixels


def to_label_studio(labelling: Labelling) -> list[dict[str, Any]]:
    """Tasks with annotations, ready for `json.dump`.

    A task's id is the item's place. Label Studio takes whoever imports it for the annotator, as it
    knows its own users alone; who has answered is in each annotation (`annotator`), and in the
    task's `meta.annotators` in their order, which Label Studio keeps.

    Raises:
        FormatInvalid: an item without the part that a question is about.
    """
    return [
        {
            "id": number,
            "data": dict(item),
            "meta": {"annotators": [annotator for annotator, _ in answers]},
            "annotations": [
                {
                    "annotator": annotator,
                    "flag": answer.flag,
                    "ground_truth": False,
                    "was_cancelled": answer.skipped,
                    "lead_time": None if answer.ms is None else answer.ms / 1_000,
                    "result": _results(labelling.questionnaire, answer, item, number),
                }
                for annotator, answer in answers
            ],
        }
        for number, item, answers in labelling.rows()
    ]


def from_label_studio(
    document: bytes | str | Sequence[Any], questionnaire: Questionnaire
) -> Labelling:
    """Tasks that were exported as JSON (not JSON-MIN).

    What was skipped there is skipped here. Where nothing was marked, a question about parts of an
    item is answered with none. Spans are told from the text that goes with them where they were
    counted in UTF-16, as older versions do.

    Args:
        document: the file, or what `json.load` made of it.
        questionnaire: with a question for each control that occurs, named like it.

    Raises:
        FormatInvalid: not that format, a control that no question is named like, two results of one
            about the whole item, a span whose text is not there, or an answer that does not fit;
            names the task.
    """
    told = json_of(document, "The export") if isinstance(document, bytes | str) else document
    if not isinstance(told, Sequence):
        raise FormatInvalid("The export is no list of tasks. Export it as JSON.")
    items: list[Mapping[Any, Any]] = []
    answers: list[tuple[str, Answer]] = []
    for at, task in enumerate(told):
        data = task.get("data") if isinstance(task, Mapping) else None
        if not isinstance(data, Mapping) or not set(questionnaire.part_names) <= set(data):
            wanted = ", ".join(questionnaire.part_names)
            raise FormatInvalid(f"tasks[{at}].data lacks {wanted}. Rename its columns to these.")
        items.append({name: data[name] for name in questionnaire.part_names})
        annotations = task.get("annotations") or ()
        if not isinstance(annotations, list | tuple):
            raise FormatInvalid(f"tasks[{at}].annotations is no list. Export it as JSON.")
        for place, annotation in enumerate(annotations):
            path = f"tasks[{at}].annotations[{place}]"
            try:
                answers.append(_annotation(annotation, at, items[-1], questionnaire))
            except KeyError as e:
                raise FormatInvalid(
                    f"{path} is not as Label Studio writes it: it lacks {shown(e.args[0])}."
                ) from e
            except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as e:
                raise FormatInvalid(f"{path} is not as Label Studio writes it.") from e
    return Labelling(questionnaire, tuple(items), tuple(answers))


def _annotation(
    annotation: Mapping[str, Any],
    number: int,
    item: Mapping[Media, Any],
    questionnaire: Questionnaire,
) -> tuple[str, Answer]:
    given: dict[str, Any] = {}
    skipped = annotation.get("was_cancelled") is True
    for result in () if skipped else annotation["result"]:
        if result["type"] == "relation":
            raise FormatInvalid(
                f"Task {number} relates parts to each other, which no question asks."
            )
        question = questionnaire.question(result["from_name"])
        if question is None or result["type"] not in (_TYPES[type(question)], _TYPES[Spans]):
            raise FormatInvalid(
                f"Task {number}: no question is named {shown(result['from_name'])} and of the type "
                f"{shown(result['type'])}. Add it to the questionnaire."
            )
        if isinstance(question, OF_PARTS):
            part = _read_part(question, result, item, number)
            given.setdefault(question.id, []).append(part)
        elif question.id in given:
            raise FormatInvalid(
                f"Task {number}: two results in one annotation are of {shown(question.id)}, where "
                "only one can be. Remove one, or the control's perRegion."
            )
        else:
            given[question.id] = _read(question, result["value"])
    if not skipped:
        given |= _without_parts(questionnaire, given)
    seconds, flag = annotation.get("lead_time"), annotation.get("flag", "")
    if seconds is not None and not math.isfinite(float(seconds)):
        raise ValueError("lead_time")
    ms = None if seconds is None else round(float(seconds) * 1_000)
    return _annotator(annotation), Answer(
        number,
        given,
        None if ms is None or ms > LONGEST_MS else ms,
        skipped,
        flag if isinstance(flag, str) else "",
    )


def _annotator(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("annotator", annotation.get("completed_by", "unknown"))
    return str(who.get("email", who.get("id")) if isinstance(who, Mapping) else who)


def _without_parts(questionnaire: Questionnaire, given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Questions about parts that were asked, and that nothing was marked for."""
    asked = asked_of(given, questionnaire)
    return {
        q.id: []
        for q in questionnaire.questions
        if isinstance(q, OF_PARTS) and q.id in asked and q.id not in given and not q.required
    }


def _results(
    questionnaire: Questionnaire, answer: Answer, item: Mapping[Media, Any], number: int
) -> list[dict[str, Any]]:
    told = [
        result
        for question in questionnaire.questions
        if question.id in answer.given
        for result in _written(question, answer.given[question.id], item, number)
    ]
    return [{"id": f"r{at}", **result} for at, result in enumerate(told)]


def _written(
    question: Question, value: Any, item: Mapping[Media, Any], number: int
) -> list[dict[str, Any]]:
    """The results that stand for an answer: one, or one for each part."""
    kind = _TYPES[type(question)]
    name = next((n for n in _OBJECTS.get(type(question), tuple(item)) if n in item), None)
    if name is None:
        raise FormatInvalid(f"Item {number} has no part that {question.id} is about.")
    compares = isinstance(question, Preference) and set(SIDES) <= set(item)
    to_name = ",".join(SIDES) if compares else name
    frame = {"from_name": question.id, "to_name": to_name, "type": kind}
    if isinstance(question, OF_PARTS):
        return [{**frame, "value": _part(question, part, item)} for part in value]
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


def _part(question: Question, part: Mapping[str, Any], item: Mapping[Media, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {_TYPES[type(question)]: [str(part["label"])]}
    if isinstance(question, Polygons):
        return told | {"points": [[100 * x, 100 * y] for x, y in part["points"]], "closed": True}
    if isinstance(question, Spans | Regions):
        told |= {"start": part["start"], "end": part["end"]}
        text = item.get("text") if isinstance(question, Spans) else None
        return told | ({"text": text[part["start"] : part["end"]]} if isinstance(text, str) else {})
    told |= {name: 100 * number for name, number in part.items() if name != "label"}
    return told | ({"rotation": 0} if isinstance(question, Boxes) else {})


def _read(question: Question, value: Mapping[str, Any]) -> Any:
    """An answer that is about the whole item."""
    if isinstance(question, Choice):
        (only,) = _list(value["choices"])
        return _option(question.options, only)
    if isinstance(question, Choices):
        return [_option(question.options, chosen) for chosen in _list(value["choices"])]
    if isinstance(question, Ranking):
        (order,) = value["ranker"].values()
        return [_option(question.options, chosen) for chosen in _list(order)]
    if isinstance(question, Text):
        return "\n".join(value["text"]) if isinstance(value["text"], list) else value["text"]
    if isinstance(question, Preference):
        return {side: name for name, side in _SIDES.items()}[value["selected"]]
    return value[_TYPES[type(question)]]


def _read_part(
    question: Any, result: Mapping[str, Any], item: Mapping[Media, Any], number: int
) -> dict[str, Any]:
    value = result["value"]
    if (value.get("rotation") or 0) % _FULL_TURN:
        raise FormatInvalid(f"A box of {question.id} is rotated, which no answer here can be.")
    (label,) = _list(value.get(_TYPES[type(question)]) or value["labels"])
    told: dict[str, Any] = {"label": _option(question.labels, label)}
    if isinstance(question, Polygons):
        corners = [
            [_place(x, result, _WIDTH), _place(y, result, _HEIGHT)] for x, y in value["points"]
        ]
        return told | {"points": corners}
    if isinstance(question, Regions):
        return told | {"start": value["start"], "end": value["end"]}
    if isinstance(question, Spans):
        start, end = _characters(value, item["text"], number)
        return told | {"start": start, "end": end}
    if isinstance(question, Points):
        return told | {
            "x": _place(value["x"], result, _WIDTH), "y": _place(value["y"], result, _HEIGHT),
        }  # fmt: skip
    x, width = _reach(value["x"], value["width"], result, _WIDTH)
    y, height = _reach(value["y"], value["height"], result, _HEIGHT)
    return told | {"x": x, "y": y, "width": width, "height": height}


def _characters(value: Mapping[str, Any], text: Any, number: int) -> tuple[Any, Any]:
    """Where a span begins and ends, in characters (Unicode code points)."""
    start, end, said = value["start"], value["end"], value.get("text")
    if not isinstance(said, str) or not isinstance(text, str):
        return start, end
    if not (isinstance(start, int) and isinstance(end, int)) or text[start:end] == said:
        return start, end
    units = text.encode("utf-16-le", errors="surrogatepass")
    found = units[2 * start : 2 * end].decode("utf-16-le", errors="replace")
    if 0 <= start <= end and found == said:
        before = units[: 2 * start].decode("utf-16-le", errors="surrogatepass")
        return len(before), len(before) + len(said)
    raise FormatInvalid(
        f"Task {number}: the text at {start} to {end} is not {shown(said)}, as the file says. "
        "Export it again."
    )


def _place(percent: Any, result: Mapping[str, Any], side: str) -> float:
    """From percent to a part of the image, cut at its edge where that is passed by a pixel."""
    place, pixels = float(percent) / 100, whole_of(result.get(side))
    slack = 1 / pixels if pixels is not None and pixels > 0 else 0.0
    return min(max(place, 0.0), 1.0) if -slack <= place <= 1 + slack else place


def _reach(percent: Any, length: Any, result: Mapping[str, Any], side: str) -> tuple[float, float]:
    """Where a box begins, and how far it reaches; cut as `_place` cuts."""
    end = float(percent) + float(length)
    first, last = (_place(place, result, side) for place in (percent, end))
    uncut = (first, last) == (float(percent) / 100, end / 100)
    return first, float(length) / 100 if uncut else last - first


def _list(told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise TypeError("no list")
    return told


def _option(options: Sequence[Any], written: Any) -> Any:
    """The option that is written so; Label Studio knows text alone."""
    for option in options:
        if str(option.value) == str(written):
            return option.value
    raise FormatInvalid(f"{shown(written)} is none of the options of the questionnaire. Add it.")
