"""Files of other tools that are none, and answers that are none, are refused in words."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import pytest

import dml_sdk as dml
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


def test_an_annotation_without_an_outline_is_missing_nowhere_in_silence() -> None:
    box, outline = {"segmentation": []}, {"segmentation": [[1, 1, 5, 1, 5, 5]]}
    two = [{**COCO["annotations"][0], **part} for part in (outline, box)]
    with pytest.raises(FormatInvalid, match=r"annotations\[1\] has no outline"):
        formats.from_coco({**COCO, "annotations": two}, outlines=True)
    boxes = formats.from_coco({**COCO, "annotations": two})
    assert len(boxes.known()[0]["objects"]) == 2
    written = formats.to_coco(boxes, "objects", [(10, 10)])
    with pytest.raises(FormatInvalid, match=r"annotations\[0\] has no outline"):
        formats.from_coco(written, outlines=True)


def test_columns_between_tabs_are_whole_and_a_token_with_a_space_is_refused() -> None:
    told = formats.from_conll("EU\tNNP\tB-ORG\r\nrejects \tVBZ 3\t O\n\nBob NNP\u00a0x  B-PER\n")
    assert [item["text"] for item in told.items] == ["EU rejects", "Bob"]
    with pytest.raises(FormatInvalid, match="Line 2: the token 'New York' holds a space"):
        formats.from_conll("in\tO\nNew York\tB-LOC\n")


def test_a_line_of_doccanos_with_two_lists_of_labels_is_refused() -> None:
    line = '{"text": "Ada", "label": [], "entities": [[0, 3, "PER"]]}'
    with pytest.raises(FormatInvalid, match="Line 1 has two of label, labels, entities"):
        formats.from_doccano(line)


@pytest.mark.parametrize(
    "read",
    [
        lambda: formats.from_label_studio('[{"data": {}, "data": {"image": "x"}}]', KINDS),
        lambda: formats.from_coco('{"images": [], "images": []}'),
        lambda: formats.from_doccano('{"text": "Ada", "label": [], "label": [[0, 3, "PER"]]}'),
        lambda: formats.from_hugging_face(
            [{"text": "x", "answer.who": '[{"label": "PER", "label": "x"}]'}], SPANS
        ),
    ],
)
def test_a_name_twice_in_an_object_drops_nothing_in_silence(read: Callable[[], Any]) -> None:
    with pytest.raises(FormatInvalid, match="is no JSON"):
        read()


# --- what tools really write ----------------------------------------------------------------------


def upright(question: str = "rectanglelabels", asked: Any = BOXES, **value: Any) -> Any:
    """What is read of one part that Label Studio has marked in an image of 200 x 100 pixels."""
    result = {
        "from_name": asked.questions[0].id, "type": question, "original_width": 200,
        "original_height": 100, "value": {question: ["cat"]} | value,
    }  # fmt: skip
    told = [{"data": {"image": "x"}, "annotations": [{"result": [result]}]}]
    ((_, answer),) = formats.from_label_studio(told, asked).answers
    return answer.given[asked.questions[0].id][0]


def test_a_page_of_label_studios_that_was_left_open_took_nobody_knows_how_long() -> None:
    for seconds, ms in ((30 * 3_600, None), (86_400, 86_400_000), (4.25, 4_250)):
        ((_, answer),) = studio(lead_time=seconds).answers
        assert answer.ms == ms


def test_what_label_studio_marks_within_a_pixel_of_the_edge_is_cut_there() -> None:
    assert upright(x=-0.4, y=40, width=10.4, height=60.9) == {
        "label": "cat", "x": 0.0, "y": 0.4, "width": 0.1, "height": 0.6,
    }  # fmt: skip
    assert upright(x=10.4, y=30.1, width=20, height=30, rotation=360)["width"] == 0.2
    where = dml.Questionnaire([dml.Points("eye", "Where?", labels=["cat"])])
    assert upright("keypointlabels", where, x=100.5, y=-1) == {"label": "cat", "x": 1.0, "y": 0.0}
    outline = dml.Questionnaire([dml.Polygons("o", "Where?", labels=["cat"])])
    corners = [[-0.5, 0], [50, 0], [50, 100.5]]
    assert upright("polygonlabels", outline, points=corners)["points"] == [
        [0.0, 0.0], [0.5, 0.0], [0.5, 1.0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"x": -0.6}, {"y": 91.1}, {"x": -100, "width": 300}, {"rotation": 180},
        {"rotation": math.nan}, {"width": 0.0}, {"x": 100.2, "width": 0.1},
    ],
)  # fmt: skip
def test_what_label_studio_marks_further_out_or_turned_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(FormatInvalid):
        upright(**{"x": 10, "y": 10, "width": 10, "height": 10} | value)


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
