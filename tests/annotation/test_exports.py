"""What a task came to as files, on a real chain and store."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
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
