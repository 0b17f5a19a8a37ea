from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas
import pytest

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Spans
from dml_sdk.annotation.formats.coco import from_coco, to_coco
from dml_sdk.annotation.formats.conll import from_conll, to_conll
from dml_sdk.annotation.formats.doccano import from_doccano, to_doccano
from dml_sdk.annotation.formats.frames import from_hugging_face, to_hugging_face, to_pandas
from dml_sdk.annotation.formats.label_studio import from_label_studio, to_label_studio
from dml_sdk.annotation.formats.labelling import Labelling
from dml_sdk.annotation.formats.training import to_dataset
from dml_sdk.annotation.worth.validation import Agreed, Validation
from dml_sdk.errors import DatasetError, FormatInvalid, UsageError

from .test_questionnaire import EVERYTHING

GIVEN: dict[str, Any] = {
    "kind": "dog",
    "traits": ["small", "wild"],
    "quality": 4,
    "age": 2.5,
    "why": "It barks.",
    "names": [{"label": "person", "start": 0, "end": 3}],
    "where": [{"label": "animal", "x": 0.25, "y": 0.5, "width": 0.5, "height": 0.25}],
    "outline": [{"label": "animal", "points": [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]}],
    "eyes": [{"label": "eye", "x": 0.5, "y": 0.25}],
    "barks": [{"label": "bark", "start": 0.5, "end": 1.5}],
    "order": [3, 1, 2],
    "better": "second",
}
ITEM = {"image": "a.png", "text": "Ada met Bob", "audio": "a.wav"}
LABELLING = Labelling(
    EVERYTHING, (ITEM, ITEM), (("ada", Answer(0, GIVEN, 1_500)), ("bob", Answer(1, GIVEN)))
)
NAMES = Questionnaire([Spans("who", "Who?", labels=["person", "place"])], media=("text",))
TEXTS = Labelling(
    NAMES,
    ({"text": "Ada Lovelace met Bob in Turin"},),
    (("ada", Answer(0, {"who": [
        {"label": "person", "start": 0, "end": 12}, {"label": "place", "start": 24, "end": 29},
    ]})),),
)  # fmt: skip


def test_label_studio_gives_back_every_kind_of_answer() -> None:
    document = json.dumps(to_label_studio(LABELLING))
    assert from_label_studio(document, EVERYTHING) == LABELLING


def test_label_studio_gets_what_its_export_documents() -> None:
    results = {r["from_name"]: r for r in to_label_studio(LABELLING)[0]["annotations"][0]["result"]}
    assert results["where"] == {
        "id": "r6", "from_name": "where", "to_name": "image", "type": "rectanglelabels",
        "value": {"x": 25.0, "y": 50.0, "width": 50.0, "height": 25.0, "rotation": 0,
                  "rectanglelabels": ["animal"]},
    }  # fmt: skip
    assert results["kind"]["value"] == {"choices": ["dog"]}
    assert results["names"]["value"] == {
        "start": 0, "end": 3, "labels": ["person"], "text": "Ada",
    }  # fmt: skip
    assert results["better"]["value"] == {"selected": "right"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"from_name": "colour"}, "no question is named 'colour'"),
        ({"type": "brushlabels"}, "brushlabels"),
        ({"value": {"choices": ["cow"]}}, "none of the options"),
        ({"value": {}}, "not as Label Studio writes it"),
        ({"value": {"choices": ["cat", "dog"]}}, "not as Label Studio writes it"),
    ],
)
def test_label_studio_results_that_fit_no_question_are_refused(
    change: dict[str, Any], why: str
) -> None:
    asked = Questionnaire([Choice("kind", "What?", options=["cat", "dog"])])
    result = {"from_name": "kind", "type": "choices", "value": {"choices": ["dog"]}} | change
    task = {"data": {"image": "a.png"}, "annotations": [{"result": [result]}]}
    with pytest.raises(FormatInvalid, match=why):
        from_label_studio([task], asked)


def test_a_rotated_box_and_a_missing_image_are_refused() -> None:
    asked = Questionnaire([Boxes("where", "Where?", labels=["cat"])])
    value = {"x": 1, "y": 1, "width": 9, "height": 9, "rotation": 30, "rectanglelabels": ["cat"]}
    result = {"from_name": "where", "type": "rectanglelabels", "value": value}
    task = {"data": {"image": "a.png"}, "annotations": [{"result": [result]}]}
    with pytest.raises(FormatInvalid, match="rotated"):
        from_label_studio([task], asked)
    with pytest.raises(FormatInvalid, match=r"tasks\[0\]\.data lacks image"):
        from_label_studio([{"data": {}}], asked)
    with pytest.raises(FormatInvalid, match="no JSON"):
        from_label_studio("{", asked)


@pytest.mark.parametrize(("question", "outlines"), [("where", False), ("outline", True)])
def test_coco_gives_back_boxes_and_outlines(question: str, outlines: bool) -> None:
    told = to_coco(LABELLING, question, [(200, 100), (640, 480)])
    back = from_coco(json.dumps(told), outlines=outlines)
    assert [a.given["objects"] for _, a in back.answers] == [GIVEN[question], GIVEN[question]]


def test_coco_is_in_pixels_with_areas() -> None:
    told = to_coco(LABELLING, "outline", [(200, 100), (640, 480)])["annotations"][0]
    assert told["bbox"] == [0.0, 0.0, 100.0, 50.0]
    assert told["segmentation"] == [[0.0, 0.0, 100.0, 0.0, 100.0, 50.0]]
    assert told["area"] == 2_500.0


def test_coco_refuses_masks_and_boxes_outside_the_image() -> None:
    image = {"id": 7, "file_name": "a.png", "width": 10, "height": 10}
    told = {"images": [image], "categories": [{"id": 1, "name": "cat"}]}
    mask = {"image_id": 7, "category_id": 1, "segmentation": {"counts": "x", "size": [10, 10]}}
    with pytest.raises(FormatInvalid, match="mask"):
        from_coco({**told, "annotations": [mask]}, outlines=True)
    outside = {"image_id": 7, "category_id": 1, "bbox": [5, 5, 10, 1]}
    with pytest.raises(FormatInvalid, match=r"annotations\[0\] passes the image's edge"):
        from_coco({**told, "annotations": [outside]})
    with pytest.raises(FormatInvalid, match=r"annotations\[0\] is of an image or a category"):
        from_coco({**told, "annotations": [{**outside, "image_id": 8}]})
    with pytest.raises(FormatInvalid, match="a box of no size"):
        from_coco({**told, "annotations": [{**outside, "bbox": [5, 5, 0, 1]}]})


def test_doccano_gives_back_spans_and_classes() -> None:
    back = from_doccano(to_doccano(TEXTS, "who"))
    assert back.answers[0][1].given["spans"] == TEXTS.answers[0][1].given["who"]
    classes = '{"text": "good", "label": ["praise"]}\n\n{"text": "bad", "label": ["blame"]}\n'
    assert [a.given["classes"] for _, a in from_doccano(classes).answers] == [["praise"], ["blame"]]


def test_doccano_keeps_one_item_of_a_text_that_two_have_labelled() -> None:
    line = '{{"text": "Ada", "label": [[0, 3, "person"]], "annotator": "{}"}}\n'
    back = from_doccano(line.format("x") + line.format("y"))
    assert len(back.items) == 1
    assert [who for who, _ in back.answers] == ["x", "y"]


@pytest.mark.parametrize(
    ("document", "error", "why"),
    [
        ("{", FormatInvalid, "Line 1 is no JSON"),
        ('{"text": "a"}', FormatInvalid, "Line 1 holds no text"),
        ('{"text": "a", "label": [[0, 1]]}', FormatInvalid, "a span is"),
        ('{"text": "a", "label": [[1, 0, "x"]]}', FormatInvalid, "beyond the start"),
        ('{"text": "a", "label": [[0, 1, "x"], "y"]}', FormatInvalid, "mixes"),
        ('{"text": "a", "label": []}', UsageError, "nothing to ask"),
    ],
)
def test_doccano_lines_that_are_none_are_refused(
    document: str, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        from_doccano(document)


def test_conll_gives_back_spans_as_iob2() -> None:
    told = to_conll(TEXTS, "who")
    assert told.splitlines() == [
        "Ada B-person", "Lovelace I-person", "met O", "Bob O", "in O", "Turin B-place",
    ]  # fmt: skip
    back = from_conll(told)
    assert back.items == TEXTS.items
    assert back.answers[0][1].given["spans"] == TEXTS.answers[0][1].given["who"]


def test_conll_reads_four_columns_and_several_texts() -> None:
    told = "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\nBob NNP I-NP I-PER\n"
    back = from_conll(told)
    assert [item["text"] for item in back.items] == ["EU rejects", "Bob"]
    assert back.answers[1][1].given["spans"] == [{"label": "PER", "start": 0, "end": 3}]


def test_conll_refuses_what_it_has_no_tags_for() -> None:
    for spans in (
        [{"label": "person", "start": 1, "end": 12}],
        [{"label": "person", "start": 0, "end": 12}, {"label": "place", "start": 4, "end": 12}],
    ):
        cut = Labelling(NAMES, TEXTS.items, (("ada", Answer(0, {"who": spans})),))
        with pytest.raises(FormatInvalid, match="cuts a token"):
            to_conll(cut, "who")
    with pytest.raises(FormatInvalid, match="Line 1"):
        from_conll("Ada PERSON\n")


def test_formats_for_one_annotator_refuse_several() -> None:
    twice = Labelling(NAMES, TEXTS.items, (*TEXTS.answers, ("bob", TEXTS.answers[0][1])))
    with pytest.raises(UsageError, match="export the consensus"):
        to_conll(twice, "who")


def test_answers_that_do_not_fit_are_refused_however_they_come_in() -> None:
    with pytest.raises(FormatInvalid, match=r"items\[0\]\.given\.who"):
        Labelling(NAMES, TEXTS.items, (("ada", Answer(0, {"who": "Ada"})),))
    with pytest.raises(FormatInvalid, match="item 5 of 1"):
        Labelling(NAMES, TEXTS.items, (("ada", Answer(5, {"who": []})),))


def test_pandas_has_a_row_for_each_answer_to_a_question() -> None:
    frame = to_pandas(LABELLING)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == [
        "item", "annotator", "question", "value", "ms", "skipped", "flag",
    ]  # fmt: skip
    assert len(frame) == 2 * len(GIVEN)
    told = frame[(frame.item == 1) & (frame.question == "order")].iloc[0]
    assert (told.annotator, json.loads(told.value)) == ("bob", [3, 1, 2])


def test_hugging_face_datasets_give_back_every_kind_of_answer() -> None:
    dataset = to_hugging_face(LABELLING)
    assert dataset.column_names[:3] == ["item", "annotator", "image"]
    back = from_hugging_face(dataset, EVERYTHING)
    assert back.items == LABELLING.items
    assert [(who, a.given) for who, a in back.answers] == [("ada", GIVEN), ("bob", GIVEN)]


def test_rows_without_a_part_or_with_gaps_are_refused() -> None:
    with pytest.raises(FormatInvalid, match="Row 0 has no text"):
        from_hugging_face([{"item": 0}], NAMES)
    with pytest.raises(FormatInvalid, match="not numbered"):
        from_hugging_face([{"item": 3, "text": "a"}], NAMES)


def test_consensus_becomes_a_data_set_of_the_sure_items() -> None:
    asked = Questionnaire([Choice("kind", "What?", options=["cat", "dog"])])
    agreed = (
        Agreed(0, "kind", "dog", 0.99, 3), Agreed(1, "kind", "cat", 0.5, 3),
        Agreed(2, "kind", "cat", 0.95, 3),
    )  # fmt: skip
    validation = Validation((), (), agreed)
    images = np.arange(3 * 4, dtype=np.float32).reshape(3, 2, 2)
    data = to_dataset(validation, asked, "kind", images, least_certainty=0.9)
    assert data.y.tolist() == [1, 0]
    assert data.classes == 2
    assert np.array_equal(data.x, images[[0, 2]])
    with pytest.raises(DatasetError, match="ask more annotators"):
        to_dataset(validation, asked, "kind", images, least_certainty=1.0)
    with pytest.raises(DatasetError, match="answer to item 2"):
        to_dataset(validation, asked, "kind", images[:2])
