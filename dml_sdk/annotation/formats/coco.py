"""COCO: boxes and outlines of things in images, in pixels there and in parts of the image here.

An annotation with a segmentation becomes outlines, one for each polygon; run-length encoded masks
have no corners and are refused.

Source: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Polygons
from dml_sdk.annotation.formats.labelling import Labelling, json_of, question_of
from dml_sdk.arguments import shown
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "coco"


def to_coco(
    labelling: Labelling, question: str, sizes: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """A COCO document, ready for `json.dump`.

    Args:
        labelling: with one annotator's answers for each item, such as the consensus.
        question: the id of a question about boxes or outlines.
        sizes: width and height of each image, in pixels.

    Raises:
        UsageError: no such question, another number of sizes, or several answers to an item, which
            COCO cannot tell apart.
    """
    asked = question_of(labelling.questionnaire, question, Boxes, Polygons)
    if len(sizes) != len(labelling.items):
        raise UsageError(f"{len(sizes)} sizes for {len(labelling.items):,} images: give one each.")
    number = {option.value: at for at, option in enumerate(asked.labels, start=1)}
    annotations: list[dict[str, Any]] = []
    for item, answers in enumerate(labelling.by_item()):
        if len(answers) > 1:
            raise UsageError(f"Item {item} has {len(answers)} answers: export the consensus.")
        for _, answer in answers:
            for part in answer.given.get(question, ()):
                told = _pixels(part, *sizes[item])
                head = {"id": len(annotations) + 1, "image_id": item, "iscrowd": 0}
                annotations.append(head | {"category_id": number[part["label"]]} | told)
    return {
        "images": [
            {"id": at, "file_name": str(item["image"]), "width": size[0], "height": size[1]}
            for at, (item, size) in enumerate(zip(labelling.items, sizes, strict=True))
        ],
        "categories": [{"id": number[o.value], "name": o.shown} for o in asked.labels],
        "annotations": annotations,
    }


def from_coco(document: bytes | str | Mapping[str, Any], outlines: bool = False) -> Labelling:
    """Images with boxes, or with outlines, as a labelling with one question, "objects".

    Args:
        document: the file, or what `json.load` made of it.
        outlines: read the segmentations in place of the boxes.

    Raises:
        FormatInvalid: not that format, masks in place of outlines, or a box outside its image.
    """
    told = json_of(document, "The document") if isinstance(document, bytes | str) else document
    try:
        images = list(told["images"])
        names = {c["id"]: str(c["name"]) for c in told["categories"]}
        place = {image["id"]: at for at, image in enumerate(images)}
        parts: dict[int, list[dict[str, Any]]] = {at: [] for at in range(len(images))}
        for annotation in told["annotations"]:
            at = place[annotation["image_id"]]
            label = names[annotation["category_id"]]
            parts[at] += _parts(annotation, label, images[at], outlines)
        files = [str(image["file_name"]) for image in images]
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as e:
        raise FormatInvalid(f"The document is not as COCO has it: {e!r}. Export it again.") from e
    kind = Polygons if outlines else Boxes
    asked = kind(
        "objects", "What is where?", labels=sorted(set(names.values())), most=1_000, required=False
    )
    answers = [(ANNOTATOR, Answer(at, {"objects": found})) for at, found in parts.items() if found]
    return Labelling(
        Questionnaire([asked]), tuple({"image": name} for name in files), tuple(answers)
    )


def _pixels(part: Mapping[str, Any], width: int, height: int) -> dict[str, Any]:
    """Box, outline and area of a part."""
    if "points" not in part:
        box = [
            part["x"] * width,
            part["y"] * height,
            part["width"] * width,
            part["height"] * height,
        ]
        return {"bbox": box, "area": box[2] * box[3]}
    x, y = ([p[0] * width for p in part["points"]], [p[1] * height for p in part["points"]])
    following = zip(x, y, [*x[1:], x[0]], [*y[1:], y[0]], strict=True)
    return {
        "bbox": [min(x), min(y), max(x) - min(x), max(y) - min(y)],
        "segmentation": [[c for p in zip(x, y, strict=True) for c in p]],
        "area": abs(sum(a * d - b * c for a, b, c, d in following)) / 2,
    }


def _parts(
    annotation: Mapping[str, Any], label: str, image: Mapping[str, Any], outlines: bool
) -> list[dict[str, Any]]:
    width, height = image["width"], image["height"]
    if not outlines:
        x, y, w, h = annotation["bbox"]
        box = {"x": x / width, "y": y / height, "width": w / width, "height": h / height}
        return [{"label": label, **box}]
    shapes = annotation["segmentation"]
    if not isinstance(shapes, list):
        raise FormatInvalid(
            f"The annotation {shown(annotation.get('id'))} is a mask (run-length encoded), which "
            "has no corners. Convert it to polygons, or import boxes."
        )
    return [
        {
            "label": label,
            "points": [[x / width, y / height] for x, y in zip(s[::2], s[1::2], strict=True)],
        }
        for s in shapes
    ]
