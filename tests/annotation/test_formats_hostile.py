"""Files of other tools that are none, and answers that are none, are refused in words."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import pytest

from dml_sdk import formats
from dml_sdk.annotation.formats import Answer, Labelling
from dml_sdk.errors import DMLError, FormatInvalid, MissingExtra, UsageError
from tests.annotation.test_formats_kept import BOXES, IMAGES, KINDS, SPANS, texts

HUGE = 10**400
COCO = {
    "images": [{"id": 1, "width": 10, "height": 10, "file_name": "a"}],
    "categories": [{"id": 1, "name": "c"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5]}],
}


def studio(result: Any = (), **annotation: Any) -> Any:
    told = {"result": result} | annotation
    return formats.from_label_studio([{"data": {"image": "x"}, "annotations": [told]}], BOXES)


def coco(outlines: bool = False, **annotation: Any) -> Any:
    told = {**COCO["annotations"][0], **annotation}
    return formats.from_coco({**COCO, "annotations": [told]}, outlines)


@pytest.mark.parametrize(
    "read",
    [
        lambda: formats.from_label_studio([{"data": {"image": "x"}, "annotations": 5}], BOXES),
        lambda: studio(lead_time=math.inf),
        lambda: studio(lead_time="x"),
        lambda: studio(lead_time=-3),
        lambda: studio([{"from_name": "where", "type": "rectanglelabels", "value": {
            "x": HUGE, "y": 1, "width": 1, "height": 1, "rectanglelabels": ["cat"]}}]),
        lambda: studio([5]),
        lambda: formats.from_label_studio(None, BOXES),
        lambda: formats.from_label_studio("[" * 200_000, BOXES),
        lambda: formats.to_label_studio(Labelling(BOXES, ({"text": "x"},), (
            ("x", Answer(0, {"where": [
                {"label": "cat", "x": 0, "y": 0, "width": 0.5, "height": 0.5}]})),))),
        lambda: coco(bbox=[HUGE, 0, 1, 1]),
        lambda: coco(bbox=[math.nan, 0, 1, 1]),
        lambda: coco(bbox="abcd"),
        lambda: coco(True, segmentation=[[1, 2, 3]]),
        lambda: coco(True, segmentation=[5]),
        lambda: coco(image_id=[]),
        lambda: formats.from_coco(None),
        lambda: formats.from_coco([1]),
        lambda: formats.from_coco({**COCO, "annotations": ["x"]}),
        lambda: formats.from_coco({**COCO, "images": {"a": 1}}),
        lambda: formats.from_coco({**COCO, "images": [{**COCO["images"][0], "width": math.nan}]}),
        lambda: formats.from_coco({**COCO, "images": COCO["images"] * 2}),
        lambda: formats.from_coco({**COCO, "categories": COCO["categories"] * 2}),
        lambda: formats.from_coco({**COCO, "categories": [], "annotations": []}),
        lambda: formats.from_coco({**COCO, "categories": [
            {"id": n, "name": str(n)} for n in range(1_203)]}),
        lambda: formats.from_coco({**COCO, "categories": [{"id": 1, "name": "c" * 300}]}),
        lambda: formats.to_coco(formats.from_coco(COCO), "objects", ["ab"]),
        lambda: formats.to_coco(Labelling(BOXES, ({"text": "x"},), (
            ("x", Answer(0, {"where": []})),)), "where", [(1, 1)]),
        lambda: formats.from_doccano(None),
        lambda: formats.from_doccano(b"\xff\xfe"),
        lambda: formats.from_doccano('{"text": "a", "label": [{"label": "x"}]}'),
        lambda: formats.from_doccano('{"text": "a", "label": [7]}'),
        lambda: formats.from_doccano('{"text": "a", "entities": [], "relations": [1]}'),
        lambda: formats.from_conll(None),
        lambda: formats.from_conll(b"\xff"),
        lambda: formats.to_conll(texts("   ", x=[Answer(0, {"who": []})]), "who"),
        lambda: formats.to_conll(texts("-DOCSTART- a", x=[Answer(0, {"who": []})]), "who"),
        lambda: formats.to_conll(texts("a\ud800 b", x=[Answer(0, {"who": []})]), "who"),
        lambda: formats.to_doccano(texts("a\ud800 b"), "who"),
        lambda: formats.to_doccano(texts("a", x=[Answer(0, {"who": []}, flag="\ud800")]), "who"),
        lambda: formats.to_hugging_face(texts("a\ud800 b")),
        lambda: formats.from_hugging_face([{"text": "x"}], SPANS, columns=["a"]),
        lambda: formats.from_hugging_face([{"text": "x"}], SPANS, columns={"text": []}),
        lambda: formats.from_hugging_face([{"text": "x"}], SPANS, columns="text"),
        lambda: formats.from_hugging_face(None, SPANS),
        lambda: formats.from_hugging_face(["x"], SPANS),
        lambda: formats.from_hugging_face([{"text": "x", "answer.who": "[" * 100_000}], SPANS),
        lambda: formats.from_hugging_face([{"item": math.inf, "text": "x"}], SPANS),
        lambda: formats.from_hugging_face([{"item": 0, "text": "x"}, {"item": 0, "text": "y"}],
                                          SPANS),
        lambda: formats.from_hugging_face([{"image": "x", "answer.kind": 3}], KINDS),
        lambda: formats.from_hugging_face([{"image": "x", "answer.kind": "cat", "ms": "5"}], KINDS),
        lambda: Labelling(KINDS, IMAGES, (("x", Answer(0, {"kind": "cat"}, flag=None)),)),
        lambda: Labelling(KINDS, IMAGES, (("x", Answer(0.5, {"kind": "cat"})),)),
        lambda: Labelling(KINDS, IMAGES, (("x", Answer(0, {"kind": "cat"}, ms="5")),)),
        lambda: Labelling(KINDS, IMAGES, (("x", 5),)),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(read: Callable[[], Any]) -> None:
    with pytest.raises((FormatInvalid, UsageError)) as caught:
        read()
    assert isinstance(caught.value, DMLError)
    assert "Error(" not in str(caught.value), "no exception of Python's is shown to people"


def test_a_box_that_passes_the_edge_by_what_a_tool_rounds_is_cut_there() -> None:
    ((_, answer),) = coco(bbox=[5, 0, 5.01, 5]).answers
    (box,) = answer.given["objects"]
    assert box["x"] + box["width"] == 1.0


@pytest.mark.parametrize("library", ["pandas", "datasets"])
def test_a_library_that_is_missing_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    told = Labelling(KINDS, IMAGES, ())
    with pytest.raises(MissingExtra, match=r"\[(pandas|huggingface)\]"):
        told.to_pandas() if library == "pandas" else told.to_hugging_face()


def test_two_results_of_one_control_about_an_item_are_refused_by_name() -> None:
    result = [
        {"from_name": "kind", "type": "choices", "value": {"choices": [kind]}}
        for kind in ("cat", "dog")
    ]
    for annotation in ({"result": result}, {"result": [result[0]] * 2}):
        told = [{"data": {"image": "x"}, "annotations": [{"result": []}, annotation]}]
        with pytest.raises(FormatInvalid, match=r"Task 0: two results .* 'kind'"):
            formats.from_label_studio(told, KINDS)


def test_a_mark_that_a_file_begins_with_is_no_part_of_its_text() -> None:
    conll, doccano = "\ufeffAda B-PER\n", '\ufeff{"text": "Ada", "label": [[0, 3, "PER"]]}'
    for document in (conll, conll.encode()):
        assert formats.from_conll(document).items == ({"text": "Ada"},)
    for document in (doccano, doccano.encode()):
        assert formats.from_doccano(document).items == ({"text": "Ada"},)
    studio = '\ufeff[{"data": {"image": "x"}}]'
    for document in (studio, studio.encode()):
        assert len(formats.from_label_studio(document, KINDS).items) == 1
    inside = formats.from_conll("Ada B-PER\n\ufeffmet O\n").items
    assert inside == ({"text": "Ada \ufeffmet"},), "elsewhere it is a character"


def test_a_truth_value_is_no_number_of_a_text_of_doccanos() -> None:
    ids = ("1", "true", "0", "false", '"1"')
    lines = [
        f'{{"id": {id}, "text": "a", "label": ["{place % 2}"]}}' for place, id in enumerate(ids)
    ]
    told = formats.from_doccano("\n".join(lines))
    assert len(told.items) == 4, "those that have no number are of one text"
