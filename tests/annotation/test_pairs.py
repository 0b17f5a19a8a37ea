"""Two texts or two images of which one is preferred, and rows as they were written."""

from __future__ import annotations

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.media import load_part, upload_items
from dml_sdk.annotation.asked.questionnaire import part_names
from dml_sdk.errors import QuestionnaireInvalid, UsageError
from dml_sdk.storage.local import LocalStore

BETTER = dml.Preference("better", "Which is better?")
PAIRS = [{"first": f"a{at}", "second": f"b{at}"} for at in range(4)]


@pytest.fixture
def store(tmp_path: object) -> LocalStore:
    return LocalStore(tmp_path)  # type: ignore[arg-type]


def test_two_of_a_kind_are_the_first_and_the_second() -> None:
    assert part_names(("text", "text")) == ("first", "second")
    assert part_names(("table", "image", "image")) == ("table", "first", "second")
    assert part_names(("image", "text")) == ("image", "text")
    asked = dml.Questionnaire([BETTER], media=("text", "text"))
    again = dml.Questionnaire.decode(asked.encode())
    assert again == asked and again.part_names == ("first", "second")


@pytest.mark.parametrize(
    ("questions", "media"),
    [
        ([dml.Choice("a", "A?", options=[1, 2])], ("text", "text")),
        ([BETTER], ("text", "text", "text")),
        ([BETTER], ("audio", "audio")),
        ([BETTER], ("text", "text", "image", "image")),
    ],
)
def test_nothing_else_is_there_twice(questions: list[object], media: tuple[str, ...]) -> None:
    with pytest.raises(QuestionnaireInvalid, match="twice"):
        dml.Questionnaire(questions, media=media)


def test_what_is_marked_is_marked_in_one_part_alone() -> None:
    with pytest.raises(QuestionnaireInvalid, match="needs one text"):
        dml.Questionnaire([BETTER, dml.Spans("s", "S?", labels=["x"])], media=("text", "text"))


def test_both_sides_are_put_into_the_store_in_their_order(store: LocalStore) -> None:
    noise = np.zeros((4, 4), dtype=np.uint8)
    items = [{"second": noise + 9, "first": noise}]
    (parts,) = upload_items(store, items, ("image", "image")).items
    assert [part.kind for part in parts] == ["image", "image"]
    assert parts[0].sha256 != parts[1].sha256
    with pytest.raises(UsageError, match="dict of first, second"):
        upload_items(store, [("a", "b")], ("text", "text"))


def test_a_pair_is_annotated_judged_and_exported_with_both_sides(model: dml.Model) -> None:
    asked = dml.Questionnaire([BETTER], media=("text", "text"))
    task = model.annotation_task(
        items=PAIRS, questionnaire=asked, reward_per_point="0.05", batch_size=4, answers_per_item=1
    )
    mine = model.session.as_("bob").task(task)
    batch = mine.next_batch()
    assert [mine.content(part).decode() for part in batch.parts[1]] == ["a1", "b1"]
    mine.submit(batch, ["first", "second", "first", "second"])
    mine.reveal()
    labelled = task.results()
    assert labelled.items[1] == {"first": "a1", "second": "b1"}
    assert labelled.contents() == PAIRS


def test_a_row_keeps_the_order_of_its_columns(store: LocalStore) -> None:
    row = {"name": "Ada", "born": 1815, "a": 12345678901234567890}
    ((part,),) = upload_items(store, [row], ("table",)).items
    assert load_part(store, part) == b'{"name": "Ada", "born": 1815, "a": 12345678901234567890}'
