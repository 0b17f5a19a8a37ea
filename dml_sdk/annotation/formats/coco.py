"""COCO: boxes and outlines of things in images, in pixels there and in parts of the image here.

An annotation with a segmentation becomes outlines, one for each polygon; run-length encoded masks
have no corners and are refused. What is in no image's answers, such as its licence, is not read.

Source: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questions import Boxes, Polygons
from dml_sdk.annotation.formats.labelling import (
    Labelling,
    json_of,
    one_each,
    part_of,
    question_of,
    questionnaire_of,
)
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "coco"
_SLACK = 1.0  # pixels that a box may pass its image's edge by, for what other tools round


def to_coco(
    labelling: Labelling, question: str, sizes: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """A COCO document, ready for `json.dump`.

    An image's id is its place among the items. Images that nobody has answered are not in it, as
    one without annotations would say that there is nothing to be seen.

    Args:
        labelling: with one annotator's answers for each item, such as the consensus.
        question: the id of a question about boxes or outlines.
        sizes: width and height of each image, in pixels.

    Raises:
        UsageError: no such question, another number of sizes, or several answers to an item, which
            COCO cannot tell apart.
        FormatInvalid: an item without an image.
    """
    asked = question_of(labelling.questionnaire, question, Boxes, Polygons)
    if len(sizes) != len(labelling.items):
        raise UsageError(f"{len(sizes)} sizes for {len(labelling.items):,} images: give one each.")
    number = {option.value: at for at, option in enumerate(asked.labels, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for item, parts, answers in labelling.rows():
        answer = one_each(answers, item)
        if answer is None or answer.skipped:
            continue
        width, height = _size(sizes[item], item)
        name = str(part_of(parts, "image", item))
        images.append({"id": item, "file_name": name, "width": width, "height": height})
        for part in answer.given.get(question, ()):
            head = {"id": len(annotations) + 1, "image_id": item, "iscrowd": 0}
            category = {"category_id": number[part["label"]]}
            annotations.append(head | category | _pixels(part, width, height))
    return {
        "info": {"description": labelling.questionnaire.title},
        "licenses": [],
        "images": images,
        "categories": [
            {"id": number[o.value], "name": o.shown, "supercategory": ""} for o in asked.labels
        ],
        "annotations": annotations,
    }


def from_coco(document: bytes | str | Mapping[str, Any], outlines: bool = False) -> Labelling:
    """Images with boxes, or with outlines, as a labelling with one question, "objects".

    Images without annotations have no answer: COCO does not tell those that show nothing from those
    that nobody has looked at. A box that passes its image's edge by a pixel at most is cut there.
    The box of a crowd is a box like others, and categories of one name are one label. An annotation
    without an outline is refused where outlines are read: it is of something that would be missing.

    Args:
        document: the file, or what `json.load` made of it.
        outlines: read the segmentations in place of the boxes.

    Raises:
        FormatInvalid: not that format, masks or nothing in place of outlines, a box outside its
            image or of no size; names the annotation.
    """
    told = json_of(document, "The document") if isinstance(document, bytes | str) else document
    images, categories, annotations = (
        _list(told, name) for name in ("images", "categories", "annotations")
    )
    files: list[str] = []
    sizes: list[tuple[int, int]] = []
    place: dict[Any, int] = {}
    for at, image in enumerate(images):
        where = f"images[{at}]"
        place[_fresh(image, where, place)] = at
        files.append(str(_field(image, "file_name", where, str)))
        sizes.append(_size((image.get("width"), image.get("height")), where))
    names: dict[Any, str] = {}
    for at, category in enumerate(categories):
        where = f"categories[{at}]"
        names[_fresh(category, where, names)] = _field(category, "name", where, str)
    parts: dict[int, list[dict[str, Any]]] = {at: [] for at in range(len(files))}
    for at, annotation in enumerate(annotations):
        where = f"annotations[{at}]"
        image, category = (
            _field(annotation, name, where, int | str) for name in ("image_id", "category_id")
        )
        if image not in place or category not in names:
            raise FormatInvalid(f"{where} is of an image or a category that is not in the file.")
        item = place[image]
        try:
            parts[item] += _read(annotation, names[category], sizes[item], outlines, where)
        except (KeyError, TypeError, ValueError, OverflowError) as e:
            wanted = "segmentation" if outlines else "bbox"
            raise FormatInvalid(f"{where}: its {wanted} is none as COCO has it.") from e
    if not names:
        raise FormatInvalid("The file has no categories: there is nothing to ask.")
    questionnaire = questionnaire_of(
        Polygons if outlines else Boxes, "objects", "What is where?", "image",
        labels=sorted(set(names.values())), most=1_000, required=False,
    )  # fmt: skip
    answers = [(ANNOTATOR, Answer(at, {"objects": found})) for at, found in parts.items() if found]
    return Labelling(questionnaire, tuple({"image": name} for name in files), tuple(answers))


def _pixels(part: Mapping[str, Any], width: int, height: int) -> dict[str, Any]:
    """Box, outline and area of a part."""
    if "points" not in part:
        box = [
            part["x"] * width,
            part["y"] * height,
            part["width"] * width,
            part["height"] * height,
        ]
        return {"bbox": box, "segmentation": [], "area": box[2] * box[3]}
    x, y = ([p[0] * width for p in part["points"]], [p[1] * height for p in part["points"]])
    following = zip(x, y, [*x[1:], x[0]], [*y[1:], y[0]], strict=True)
    return {
        "bbox": [min(x), min(y), max(x) - min(x), max(y) - min(y)],
        "segmentation": [[c for p in zip(x, y, strict=True) for c in p]],
        "area": abs(sum(a * d - b * c for a, b, c, d in following)) / 2,
    }


def _read(
    annotation: Mapping[str, Any], label: str, size: tuple[int, int], outlines: bool, where: str
) -> list[dict[str, Any]]:
    """The parts of an image that an annotation is about."""
    if not outlines:
        x, y, w, h = map(float, annotation["bbox"])
        left, right = _cut(x, x + w, size[0], where)
        top, bottom = _cut(y, y + h, size[1], where)
        if not (right > left and bottom > top):
            raise FormatInvalid(f"{where} has a box of no size. Correct the file.")
        return [
            {"label": label, "x": left, "y": top, "width": right - left, "height": bottom - top}
        ]
    shapes = annotation["segmentation"]
    if not isinstance(shapes, list):
        raise FormatInvalid(
            f"{where} is a mask (run-length encoded), which has no corners. Convert it to "
            "polygons, or import boxes."
        )
    if not shapes:
        raise FormatInvalid(
            f"{where} has no outline: its segmentation is empty. Draw one, remove the annotation, "
            "or import boxes."
        )
    told = []
    for shape in shapes:
        across = [_cut(float(x), float(x), size[0], where)[0] for x in shape[::2]]
        down = [_cut(float(y), float(y), size[1], where)[0] for y in shape[1::2]]
        corners = [[x, y] for x, y in zip(across, down, strict=True)]
        told.append({"label": label, "points": corners})
    return told


def _cut(first: float, last: float, size: int, where: str) -> tuple[float, float]:
    """From pixels to parts of the image, cut at its edges where that is rounding."""
    if not (first >= -_SLACK and last <= size + _SLACK):
        raise FormatInvalid(f"{where} passes the image's edge. Correct the file.")
    return max(0.0, first) / size, min(float(size), last) / size


def _list(told: object, name: str) -> list[Any]:
    found = told.get(name) if isinstance(told, Mapping) else None
    if not isinstance(found, list):
        raise FormatInvalid(
            f"The document has no list of {name}, as COCO has it. Export it again, with "
            "annotations."
        )
    return found


def _field(row: object, name: str, where: str, kind: Any) -> Any:
    found = row.get(name) if isinstance(row, Mapping) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise FormatInvalid(f"{where} has no {name}, as COCO has it. Export it again.")
    return found


def _fresh(row: object, where: str, known: Container[Any]) -> Any:
    """The id of an image or a category."""
    id = _field(row, "id", where, int | str)
    if id in known:
        raise FormatInvalid(f"{where} has the id {shown(id)} of another. Correct the file.")
    return id


def _size(size: object, where: object) -> tuple[int, int]:
    """Width and height of an image."""
    told = [whole_of(n) for n in size] if isinstance(size, tuple | list) else []
    if len(told) != 2 or told[0] is None or told[1] is None or min(told[0], told[1]) < 1:
        name = f"images[{where}]" if isinstance(where, int) else where
        raise FormatInvalid(f"{name}: {shown(size)} is no width and height in pixels.")
    return told[0], told[1]
