"""What a task came to as files, on a real chain and store."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import datasets
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.png import decode_png, encode_png
from dml_sdk.annotation.formats import Labelling
from dml_sdk.annotation.formats.conll import from_conll
from dml_sdk.annotation.formats.doccano import from_doccano
from dml_sdk.annotation.formats.label_studio import from_label_studio
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.errors import UsageError
from tests.annotation.tasks import CATS, TRUTH, annotate, images, opened

TEXTS = ["Ada met Bob", "nobody was there", "Eve was late"]


def answered(task: AnnotationTask, *says: Any) -> AnnotationTask:
    """By Bob and Charlie, and shown."""
    names = ("bob", "charlie")
    for name, say in zip(names, says, strict=True):
        annotate(task, name, say)
    for name in names:
        task.session.as_(name).task(task).reveal()
    return task


@pytest.fixture
def digits(model: dml.Model) -> AnnotationTask:
    def say(batch: Any) -> list[Answer]:
        return [Answer(n, {"digit": TRUTH[n]}, 900, False, "=1+1") for n in batch.items]

    return answered(opened(model, validation=dml.validation.agreement()), say, say)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_answer_is_a_row_that_no_spreadsheet_calculates(digits: AnnotationTask) -> None:
    told = rows(digits.export("answers.csv"))
    assert len(told) == 24 and {row["value"] for row in told} == set(map(str, TRUTH))
    assert told[0]["ms"] == "900" and told[0]["flag"] == "'=1+1"
    assert [int(row["item"]) for row in told] == sorted(int(row["item"]) for row in told)


def test_consensus_and_scores_are_those_of_judging(digits: AnnotationTask) -> None:
    told = rows(digits.export("consensus.csv"))
    assert [int(row["value"]) for row in told] == TRUTH
    scores = rows(digits.export("scores.csv"))
    judged = {(s.batch, s.annotator): s.score for s in digits.judge().scores}
    assert {(int(r["batch"]), r["annotator"]): float(r["score"]) for r in scores} == judged


def test_what_the_owner_decided_is_in_it(digits: AnnotationTask) -> None:
    review = digits.review()
    review.right(0, "digit", 9)
    review.leave_out(1)
    told = rows(digits.export("consensus.csv", decisions=digits.review().decisions))
    assert told[0]["value"] == "9" and [row["item"] for row in told[:2]] == ["0", "2"]


@pytest.mark.parametrize("name", ["answers.csv", "consensus.csv"])
def test_what_is_left_out_is_in_no_table(digits: AnnotationTask, name: str) -> None:
    digits.review().leave_out(1)
    told = rows(digits.export(name, decisions=digits.review().decisions))
    assert {row["item"] for row in told} == {str(n) for n in range(12) if n != 1}


@pytest.mark.parametrize("name", ["label-studio.json", "consensus-label-studio.json"])
def test_what_is_left_out_is_no_task_of_label_studio(digits: AnnotationTask, name: str) -> None:
    digits.review().leave_out(1)
    told = json.loads(digits.export(name, decisions=digits.review().decisions))
    assert [task["id"] for task in told] == [n for n in range(12) if n != 1]


def test_what_is_left_out_is_in_no_frame_and_no_data_set(digits: AnnotationTask) -> None:
    digits.review().leave_out(1)
    decisions = digits.review().decisions
    for told in (
        digits.results(decisions=decisions),
        digits.results(consensus=True, decisions=decisions),
    ):
        assert 1 not in set(told.to_pandas().item) and 1 not in set(told.to_hugging_face()["item"])


# --- frames and data sets -------------------------------------------------------------------------


def test_the_answers_are_a_frame_of_pandas(digits: AnnotationTask) -> None:
    frame = digits.results().to_pandas()
    assert len(frame) == 24 and set(frame.question) == {"digit"} and set(frame.ms) == {900}
    right = frame[frame.value == frame.item % 10]
    assert len(right) == 24 and frame.annotator.nunique() == 2
    agreed = digits.results(consensus=True).to_pandas()
    assert agreed.value.tolist() == TRUTH and set(agreed.annotator) == {"consensus"}


def test_the_answers_are_a_data_set_of_hugging_face_with_the_images_in_it(
    digits: AnnotationTask,
) -> None:
    data = digits.results(consensus=True, files=True).to_hugging_face()
    assert data["answer.digit"][:] == TRUTH
    assert [decode_png(content).tolist() for content in data["image"]] == [
        image.tolist() for image in images(12)
    ]
    back = dml.formats.from_hugging_face(data, digits.questionnaire())
    assert back.known() == {n: {"digit": TRUTH[n]} for n in range(12)}


# --- from another tool to a task ------------------------------------------------------------------

CONLL = "Ada B-PER\nmet O\nBob B-PER\n\nnobody O\nwas O\nthere O\n\nEve B-PER\nwas O\n"
DOCCANO = """{"id": 1, "text": "Ada met Bob", "label": [[0, 3, "PER"], [8, 11, "PER"]]}
{"id": 2, "text": "nobody was there", "label": []}
{"id": 3, "text": "Eve was late", "label": [[0, 3, "PER"]]}
"""
NAMES = dml.Questionnaire(
    [dml.Spans("who", "Who?", labels=["PER"], required=False)], media=["text"]
)
STUDIO = [
    {"id": n, "data": {"text": text}, "annotations": [{"completed_by": 1, "result": [
        {"id": "x", "type": "labels", "from_name": "who", "to_name": "text",
         "value": {"start": 0, "end": 3, "text": text[:3], "labels": ["PER"]}}]}]}
    for n, text in enumerate(["Ada met Bob", "Eve was late"])
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "texts"),
    [
        (dml.formats.from_conll(CONLL), 3),
        (dml.formats.from_doccano(DOCCANO), 3),
        (dml.formats.from_label_studio(json.dumps(STUDIO), NAMES), 2),
    ],
    ids=["conll", "doccano", "label studio"],
)
def test_texts_of_other_tools_are_a_task_with_their_answers_as_gold(
    model: dml.Model, told: Labelling, texts: int
) -> None:
    known = told.known()
    task = opened(
        model, items=told.contents(), questionnaire=told.questionnaire, batch_size=4,
        answers_per_item=1, validation=dml.validation.gold(known),
    )  # fmt: skip
    assert task.terms.items == texts
    place = task.order
    annotate(task, "bob", lambda batch: [known.get(place[n], {}) for n in batch.items])
    judged = task.judge()
    assert judged.scores[0].score > 0.9 and task.policy().known()


def test_images_of_coco_are_a_task_with_their_boxes_as_gold(
    model: dml.Model, tmp_path: Path
) -> None:
    for n, image in enumerate(images(3)):
        (tmp_path / f"{n}.png").write_bytes(encode_png(image))
    size = {"width": 8, "height": 8}
    coco = {
        "images": [{"id": 7 + n, "file_name": f"{n}.png", **size} for n in range(3)],
        "categories": [{"id": 3, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 8, "category_id": 3, "bbox": [2, 2, 4, 4]}],
    }  # fmt: skip
    told = dml.formats.from_coco(json.dumps(coco))
    task = opened(
        model, items=told.contents(tmp_path), questionnaire=told.questionnaire, batch_size=3,
        answers_per_item=1, validation=dml.validation.gold(told.known()),
    )  # fmt: skip
    place = task.order
    box = {"label": "cat", "x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    annotate(task, "bob", lambda b: [{"objects": [box] if place[n] == 1 else []} for n in b.items])
    assert task.judge().scores[0].score > 0.9
    assert json.loads(task.export("objects.coco.json"))["annotations"][0]["bbox"] == [2, 2, 4, 4]


def test_a_data_set_of_hugging_face_is_a_task_with_its_labels_as_gold(model: dml.Model) -> None:
    names = ["blame", "praise"]
    features = datasets.Features(
        {"review": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    )
    data = datasets.Dataset.from_list(
        [{"review": f"review {n}", "label": n % 2} for n in range(6)], features=features
    )
    asked = dml.Questionnaire([dml.Choice("kind", "What is it?", options=names)], media=["text"])
    told = dml.formats.from_hugging_face(data, asked, {"text": "review", "kind": "label"})
    known = dict(list(told.known().items())[:2])
    task = opened(
        model, items=told.contents(), questionnaire=asked, batch_size=6, answers_per_item=1,
        validation=dml.validation.gold(known),
    )  # fmt: skip
    place = task.order
    annotate(task, "bob", lambda batch: [names[place[n] % 2] for n in batch.items])
    judged = task.judge()
    assert judged.scores[0].score > 0.8 and len(task.policy().known()) == 2


def test_label_studio_reads_what_is_written_for_it(digits: AnnotationTask) -> None:
    told = from_label_studio(digits.export("label-studio.json"), digits.questionnaire())
    assert len(told.answers) == 24 and len(told.items) == 12
    agreed = from_label_studio(digits.export("consensus-label-studio.json"), digits.questionnaire())
    assert [answer.given["digit"] for _, answer in agreed.answers] == TRUTH


def test_a_file_is_written_where_it_is_wanted(digits: AnnotationTask, tmp_path: Path) -> None:
    text = digits.export("answers.csv", tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text(encoding="utf-8") == text
    with pytest.raises(UsageError, match="cannot be written"):
        digits.export("answers.csv", tmp_path / "nowhere" / "answers.csv")


@pytest.mark.parametrize("name", ["answers.xlsx", "digit.coco.json", "digit.conll", ""])
def test_what_does_not_fit_is_refused_with_what_does(digits: AnnotationTask, name: str) -> None:
    with pytest.raises(UsageError, match=r"no export .*answers\.csv"):
        digits.export(name)


def test_a_skipped_item_is_a_row_without_a_value(model: dml.Model) -> None:
    def say(batch: Any) -> list[Answer]:
        return [Answer(n, skipped=True) for n in batch.items]

    task = answered(opened(model, questionnaire=CATS), say, say)
    told = rows(task.export("answers.csv"))
    assert {row["skipped"] for row in told} == {"True"} and {row["value"] for row in told} == {""}


def test_texts_with_spans_are_read_by_their_tools(model: dml.Model) -> None:
    asked = dml.Spans("who", "Who?", labels=["PER"], required=False)
    questions = dml.Questionnaire([asked], media=["text"])
    name = {"who": [{"label": "PER", "start": 0, "end": 3}]}

    def say(batch: Any) -> list[Answer]:
        return [Answer(n, name if TEXTS[n][0].isupper() else {}) for n in batch.items]

    task = answered(opened(model, items=TEXTS, questionnaire=questions, batch_size=3), say, say)
    conll = from_conll(task.export("who.conll"))
    assert [len(answer.given["spans"]) for _, answer in conll.answers] == [1, 0, 1]
    doccano = from_doccano(task.export("who.jsonl"))
    assert sorted(item["text"] for item in doccano.items) == sorted(TEXTS)


def test_boxes_are_told_in_pixels_of_each_image(model: dml.Model) -> None:
    questions = dml.Questionnaire([dml.Boxes("where", "Where?", labels=["cat"])])
    box = {"label": "cat", "x": 0.25, "y": 0.5, "width": 0.5, "height": 0.25}

    def say(batch: Any) -> list[Any]:
        return [{"where": [box]} for _ in batch.items]

    task = answered(opened(model, items=images(4), questionnaire=questions), say, say)
    told = json.loads(task.export("where.coco.json"))
    assert told["annotations"][0]["bbox"] == [2, 4, 4, 2]


def test_before_anything_was_shown_there_is_nothing_to_export(model: dml.Model) -> None:
    with pytest.raises(UsageError, match="can be judged yet"):
        opened(model).export("answers.csv")
