"""What the page expects is what the desk does: both are held to tests/widgets/answering.json, and
the page's twin of these tests is questionnaire.test.mjs."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.values import fault_of
from dml_sdk.annotation.course.journal import Entry
from dml_sdk.annotation.course.worksheet import Worksheet
from dml_sdk.errors import AnswersInvalid
from dml_sdk.widgets import browser

VECTORS = json.loads(Path(__file__).with_name("answering.json").read_text(encoding="utf-8"))
# Each case from an empty item on, as the page expects it: what `cases` of the vectors have.
_PAGE = """
import { readFileSync } from "node:fs";
import { askedOf, expected } from %r;
const { questions, cases } = JSON.parse(readFileSync(0));
const empty = { given: {}, asked: askedOf(questions, {}), skipped: false, flag: "" };
console.log(JSON.stringify(cases.map((steps) => {
  let item = empty;
  return steps.map((step) => (item = expected(questions, item, step)));
})));
"""


def questionnaire(questions: list[dict[str, Any]]) -> Questionnaire:
    return Questionnaire.decode(json.dumps({"version": 1, "questions": questions}).encode())


def step(worksheet: Worksheet, told: dict[str, Any]) -> dict[str, Any]:
    """What the desk has of an item after a step."""
    match told:
        case {"do": "answer", "question": question, "value": value}:
            worksheet.answer(0, question, value)
        case {"do": "clear", "question": question}:
            worksheet.clear(0, question)
        case {"do": "skip"}:
            worksheet.skip(0)
        case {"do": "flag", "why": why}:
            worksheet.flag(0, why)
    asked = [question.id for question in worksheet.asked(0)]
    return {"asked": asked, "given": worksheet.entries[0].given, "state": worksheet.states[0]}


@pytest.mark.parametrize("case", VECTORS["cases"])
def test_the_desk_does_what_is_written_for_it_and_for_the_page(case: list[Any]) -> None:
    worksheet = Worksheet(questionnaire(VECTORS["questions"]), (Entry(),))
    for told, outcome in case:
        assert step(worksheet, told) == outcome
        assert worksheet.complete == (outcome["state"] != "open")


@pytest.mark.parametrize(("question", "typed"), VECTORS["typed"])
def test_the_desk_takes_what_the_page_takes_of_what_is_typed(
    question: dict[str, Any], typed: list[list[Any]]
) -> None:
    told = {"questionId": "q", "questionText": "?", **question}
    (asked,) = questionnaire([told]).questions
    for text, value in typed:
        if value is not None:
            assert fault_of(asked, value) is None, text
        elif question["answerType"] == "text":
            assert fault_of(asked, text) is not None, text


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_page_expects_what_the_desk_does_whatever_is_pressed() -> None:
    rng, asked = random.Random(5), questionnaire(VECTORS["questions"])
    values = ["cat", "other", 3, [], ["ear"], ["tail"], ["ear", "tail"], 4, "so"]
    cases, outcomes = [], []
    for _ in range(400):
        worksheet = Worksheet(asked, (Entry(),))
        steps, told = [], []
        while len(steps) < 12:
            question = rng.choice(asked.questions).id
            pressed = rng.choice(
                [
                    {"do": "answer", "question": question, "value": rng.choice(values)},
                    {"do": "clear", "question": question},
                    {"do": "skip"},
                    {"do": "flag", "why": rng.choice(["", "blurred"])},
                ]
            )
            try:
                told.append(step(worksheet, pressed))
            except AnswersInvalid:
                continue  # what no page offers
            steps.append(pressed)
        cases.append(steps)
        outcomes.append(told)
    module = (browser.folder() / "questionnaire" / "mirror.js").as_uri()
    ran = subprocess.run(
        ["node", "--input-type=module", "--eval", _PAGE % module],
        input=json.dumps({"questions": VECTORS["questions"], "cases": cases}),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for steps, desk, page in zip(cases, outcomes, json.loads(ran.stdout), strict=True):
        assert [{k: p[k] for k in desk[0]} for p in page] == desk, steps
