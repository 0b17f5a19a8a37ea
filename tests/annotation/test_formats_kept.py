"""Nothing is dropped in silence on the way to other tools' files and back; what cannot be kept is
refused by name, and hostile files with it."""

from __future__ import annotations

import json
from typing import Any

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk import formats
from dml_sdk.annotation.asked.png import encode_png
from dml_sdk.annotation.formats import Answer, Labelling
from dml_sdk.annotation.formats.labelling import agreed_labelling
from dml_sdk.annotation.worth.validation import Agreed, Validation
from dml_sdk.errors import FormatInvalid, UsageError

SPANS = dml.Questionnaire(
    [dml.Spans("who", "Who?", labels=["PER"], required=False)], media=["text"]
)
BOXES = dml.Questionnaire([dml.Boxes("where", "Where?", labels=["cat"], required=False)])
KINDS = dml.Questionnaire([dml.Choice("kind", "What?", options=["cat", "dog"])])
BOB = {"who": [{"label": "PER", "start": 0, "end": 3}]}


def texts(*items: str, **answers: Any) -> Labelling:
    """Texts; of each annotator, answers by item."""
    told = tuple((who, answer) for who, given in answers.items() for answer in given)
    return Labelling(SPANS, tuple({"text": text} for text in items), told)


# --- what all together come to --------------------------------------------------------------------

ANIMALS = dml.Questionnaire(
    [
        dml.Choice("animal", "Is there one?", options=["yes", "no"]),
        dml.Choice(
            "animal.breed", "Which?", options=["lynx", "cat"],
            when={"question": "animal", "equals": ["yes"]},
        ),
        dml.Scale("mood", "How?", when={"question": "animal.breed", "equals": ["cat"]}),
    ]
)  # fmt: skip
IMAGES = ({"image": "a"}, {"image": "b"}, {"image": "c"})


def agreed(*told: tuple[int, str, Any], **given: Any) -> Labelling:
    consensus = tuple(Agreed(item, id, value, 1.0, 2) for item, id, value in told)
    return agreed_labelling(Validation((), (), consensus), ANIMALS, IMAGES, **given)


def test_an_answer_that_does_not_follow_is_dropped_and_named_and_its_item_stays() -> None:
    told = agreed((0, "animal", "no"), (0, "animal.breed", "cat"), (0, "mood", 3))
    assert [(answer.item, answer.given) for _, answer in told.answers] == [(0, {"animal": "no"})]
    assert [path for path, _ in told.dropped] == [
        "items[0].given.animal.breed", "items[0].given.mood",
    ]  # fmt: skip
    assert formats.to_label_studio(told)[0]["annotations"][0]["result"][0]["from_name"] == "animal"


def test_an_item_whose_required_answer_nobody_gave_is_kept() -> None:
    told = agreed((0, "animal", "yes"))
    assert [answer.given for _, answer in told.answers] == [{"animal": "yes"}] and not told.dropped
    tasks = formats.to_label_studio(told)
    assert len(tasks) == 3 and len(tasks[0]["annotations"][0]["result"]) == 1


def test_what_the_owner_left_out_is_in_no_format_and_others_keep_their_numbers() -> None:
    told = agreed((0, "animal", "no"), (1, "animal", "no"), left_out=frozenset({0}))
    assert [task["id"] for task in formats.to_label_studio(told)] == [1, 2]
    assert [answer.item for _, answer in told.answers] == [1]
    assert set(told.to_pandas().item) == {1} and set(told.to_hugging_face()["item"]) == {1, 2}
    boxes = Labelling(
        BOXES, IMAGES, tuple(("x", Answer(n, {"where": []})) for n in range(3)), frozenset({1})
    )
    coco = formats.to_coco(boxes, "where", [(8, 8)] * 3)
    assert [image["id"] for image in coco["images"]] == [0, 2]
    words = Labelling(SPANS, ({"text": "a"}, {"text": "b"}), (("x", Answer(0, {"who": []})),
                                                             ("x", Answer(1, {"who": []}))),
                      frozenset({0}))  # fmt: skip
    assert formats.to_conll(words, "who") == "b O\n"
    assert [json.loads(line)["id"] for line in formats.to_doccano(words, "who").splitlines()] == [1]


# --- there and back -------------------------------------------------------------------------------


def test_flags_skips_empty_answers_and_unanswered_items_come_back_from_label_studio() -> None:
    told = texts(
        "Bob", "Eve", "Ada", "nobody",
        x=[Answer(0, BOB, flag="broken!"), Answer(1, {"who": []}), Answer(2, skipped=True)],
    )  # fmt: skip
    assert formats.from_label_studio(json.dumps(formats.to_label_studio(told)), SPANS) == told


def test_flags_skipped_items_and_unanswered_items_come_back_from_doccano() -> None:
    told = texts(
        "Bob", "Eve", "Eve", "nobody",
        x=[Answer(0, BOB, flag="broken!"), Answer(1, {"who": []}), Answer(2, skipped=True)],
    )  # fmt: skip
    back = formats.from_doccano(formats.to_doccano(told, "who"))
    assert back.items == told.items
    assert [(a.item, a.skipped, a.flag) for _, a in back.answers] == [
        (0, False, "broken!"), (1, False, ""), (2, True, ""),
    ]  # fmt: skip
    assert back.answers[1][1].given == {"spans": []}


@pytest.mark.parametrize("character", "\u2028\u2029\x85\x0b\x0c\x1c\u00a0\U0001f4a9")
def test_texts_with_any_character_come_back_from_doccano_and_conll(character: str) -> None:
    told = texts(f"Bob{character}Eve", x=[Answer(0, BOB)])
    assert formats.from_doccano(formats.to_doccano(told, "who")).items == told.items
    spans = formats.from_conll(f"Bob{character}Eve B-PER\nmet O\n")
    assert spans.items == ({"text": f"Bob{character}Eve met"},)


def test_every_item_and_skip_and_flag_comes_back_from_hugging_face() -> None:
    told = texts(
        "Bob", "Eve", "nobody", x=[Answer(0, BOB, 700, flag="odd"), Answer(1, skipped=True)]
    )
    assert formats.from_hugging_face(told.to_hugging_face(), SPANS) == told


def test_options_of_two_types_and_bytes_have_columns() -> None:
    mixed = dml.Questionnaire([dml.Choice("n", "How many?", options=[1, "many"])])
    told = Labelling(
        mixed, ({"image": b"one"}, {"image": b"two"}),
        (("x", Answer(0, {"n": 1})), ("x", Answer(1, {"n": "many"}))),
    )  # fmt: skip
    data = told.to_hugging_face()
    assert data["answer.n"][:] == ["1", "many"] and data["image"][0] == b"one"
    assert formats.from_hugging_face(data, mixed) == told


@st.composite
def labelled_texts(draw: st.DrawFn) -> Labelling:
    """Texts with any characters, of which somebody has marked parts, skipped some and left some."""
    items = draw(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4))
    answers = []
    for place, text in enumerate(items):
        ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
        spans = draw(st.lists(ends.map(sorted).filter(lambda e: e[0] < e[1]), max_size=3))
        said = [{"label": "PER", "start": start, "end": end} for start, end in spans]
        answer = Answer(place, {"who": said}, flag=draw(st.sampled_from(["", "odd"])))
        kept = draw(st.sampled_from([answer, Answer(place, skipped=True), None]))
        answers += [] if kept is None else [("x", kept)]
    return Labelling(SPANS, tuple({"text": text} for text in items), tuple(answers))


@given(labelled_texts())
def test_any_text_comes_back_from_label_studio_and_doccano(told: Labelling) -> None:
    assert formats.from_label_studio(json.dumps(formats.to_label_studio(told)), SPANS) == told
    if not any(answer.given.get("who") for _, answer in told.answers):
        return
    back = formats.from_doccano(formats.to_doccano(told, "who"))
    assert back.items == told.items
    assert [(a.item, a.given.get("spans"), a.skipped, a.flag) for _, a in back.answers] == [
        (a.item, a.given.get("who"), a.skipped, a.flag) for _, a in told.answers
    ]


@given(labelled_texts())
@settings(max_examples=20)
def test_any_text_comes_back_from_hugging_face(told: Labelling) -> None:
    assert formats.from_hugging_face(told.to_hugging_face(), SPANS) == told


def test_a_data_set_as_hugging_face_has_them_is_read_by_its_columns() -> None:
    png = encode_png(np.zeros((2, 2), np.uint8))
    rows = [{"picture": {"bytes": png, "path": None}, "label": n} for n in (1, 0, -1)]
    classes = datasets.ClassLabel(names=["cat", "dog"])
    stored = {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}
    features = datasets.Features({"picture": stored, "label": classes})
    data = datasets.Dataset.from_list(rows, features=features)
    data = data.cast_column("picture", datasets.Image())  # which would be decoded when it is read
    told = formats.from_hugging_face(data, KINDS, {"image": "picture", "kind": "label"})
    assert told.known() == {0: {"kind": "dog"}, 1: {"kind": "cat"}}
    assert told.contents() == [png] * 3


def test_spans_that_are_counted_in_utf_16_are_told_by_their_text() -> None:
    value = {"start": 2, "end": 5, "text": "Ada", "labels": ["PER"]}
    result = {"from_name": "who", "to_name": "text", "type": "labels", "value": value}
    task = {"data": {"text": "\U0001f4a9Ada met Bob"}, "annotations": [{"result": [result]}]}
    told = formats.from_label_studio([task], SPANS)
    assert told.answers[0][1].given["who"] == [{"label": "PER", "start": 1, "end": 4}]
    value["text"] = "Eve"
    with pytest.raises(FormatInvalid, match="Task 0: the text at 2 to 5 is not 'Eve'"):
        formats.from_label_studio([task], SPANS)


def test_a_span_beyond_its_text_is_refused() -> None:
    with pytest.raises(FormatInvalid, match="who"):
        texts("Ada", x=[Answer(0, {"who": [{"label": "PER", "start": 1, "end": 4}]})])
    with pytest.raises(FormatInvalid):
        formats.from_doccano('{"text": "abc", "label": [[0, 99999, "x"]]}')


def test_a_preference_is_between_the_two_parts_that_it_compares() -> None:
    pair = dml.Questionnaire([dml.Preference("better", "Which?")], media=["text", "text"])
    item = {"first": "Ada", "second": "Bob"}
    told = Labelling(pair, (item,), (("x", Answer(0, {"better": "second"})),))
    tasks = formats.to_label_studio(told)
    assert tasks[0]["annotations"][0]["result"][0]["to_name"] == "first,second"
    assert formats.from_label_studio(tasks, pair) == told
    assert formats.from_hugging_face(told.to_hugging_face(), pair) == told


def test_what_several_say_alike_is_known() -> None:
    told = Labelling(
        KINDS, IMAGES,
        (
            ("x", Answer(0, {"kind": "cat"})), ("y", Answer(0, {"kind": "cat"})),
            ("x", Answer(1, {"kind": "cat"})), ("y", Answer(1, {"kind": "dog"})),
            ("x", Answer(2, {"kind": "dog"})),
        ),
    )  # fmt: skip
    assert told.known() == {0: {"kind": "cat"}, 2: {"kind": "dog"}}


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["a.png", "there/a.png", "/data/upload/1/a.png", "/data/local-files/?d=there/a.png",
     "https://there.example/x/a.png?size=2"],
)  # fmt: skip
def test_files_that_items_name_are_found_in_a_folder(tmp_path: Any, name: str) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (told,) = Labelling(KINDS, ({"image": name},), ()).contents(tmp_path)
    assert told == (tmp_path / "a.png").resolve()


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "link.png", "x\0.png", ".", ""])
def test_no_file_outside_the_folder_is_read(tmp_path: Any, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UsageError, match="has no file"):
        Labelling(KINDS, ({"image": name},), ()).contents(inside)
    with pytest.raises(UsageError, match="give the folder"):
        Labelling(KINDS, ({"image": name},), ()).contents()


# --- as the formats are documented ----------------------------------------------------------------


def test_coco_has_the_fields_of_the_published_format() -> None:
    outline = dml.Questionnaire([dml.Polygons("o", "Where?", labels=["cat"], required=False)])
    corners = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]
    for questionnaire, part in (
        (BOXES, {"label": "cat", "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}),
        (outline, {"label": "cat", "points": corners}),
    ):
        (question,) = questionnaire.questions
        given = Labelling(questionnaire, IMAGES[:1], (("x", Answer(0, {question.id: [part]})),))
        told = json.loads(json.dumps(formats.to_coco(given, question.id, [(20, 10)])))
        assert set(told) == {"info", "licenses", "images", "annotations", "categories"}
        for image in told["images"]:
            assert _types(image, id=int, width=int, height=int, file_name=str)
        for category in told["categories"]:
            assert _types(category, id=int, name=str, supercategory=str)
        for one in told["annotations"]:
            assert _types(one, id=int, image_id=int, category_id=int, segmentation=list,
                          area=float, bbox=list, iscrowd=int)  # fmt: skip
            assert len(one["bbox"]) == 4 and one["iscrowd"] in (0, 1)
            assert all(
                len(polygon) >= 6 and len(polygon) % 2 == 0 for polygon in one["segmentation"]
            )
        ids = {image["id"] for image in told["images"]}
        assert {one["image_id"] for one in told["annotations"]} <= ids


def test_label_studio_has_what_its_importer_asks_for() -> None:
    """Its importer takes an annotator only by the e-mail or the number of one of its users, and
    takes for a ground truth what does not say otherwise."""
    given = Labelling(
        BOXES, IMAGES[:1],
        (("5FHneW", Answer(0, {"where": [
            {"label": "cat", "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}]}, 1_500)),),
    )  # fmt: skip
    (task,) = json.loads(json.dumps(formats.to_label_studio(given)))
    assert _types(task, id=int, data=dict, meta=dict, annotations=list)
    assert task["meta"]["annotators"] == ["5FHneW"]
    (annotation,) = task["annotations"]
    assert "completed_by" not in annotation
    assert annotation["ground_truth"] is False and annotation["was_cancelled"] is False
    assert annotation["lead_time"] == 1.5
    (result,) = annotation["result"]
    assert _types(result, id=str, from_name=str, to_name=str, type=str, value=dict)
    assert _types(result["value"], x=float, y=float, width=float, height=float, rotation=int,
                  rectanglelabels=list)  # fmt: skip
    assert all(0 <= result["value"][name] <= 100 for name in ("x", "y", "width", "height"))


def test_a_genuine_export_of_label_studio_is_read() -> None:
    export = """[{"id": 1, "data": {"image": "/data/upload/1/3f2a-cat.png"}, "annotations": [
        {"id": 9, "completed_by": {"id": 3, "email": "ada@example.org"}, "was_cancelled": false,
         "ground_truth": false, "created_at": "2024-05-01T10:00:00Z", "lead_time": 4.25,
         "result": [{"id": "Dx_aB91ISN", "type": "rectanglelabels", "from_name": "where",
          "to_name": "image", "original_width": 600, "original_height": 403, "image_rotation": 0,
          "origin": "manual", "value": {"x": 10.4, "y": 30.1, "width": 20, "height": 30,
          "rotation": 0, "rectanglelabels": ["cat"]}}]},
        {"id": 10, "completed_by": 4, "was_cancelled": true, "result": [{"id": "x"}]}],
        "predictions": [], "drafts": [], "meta": {}, "total_annotations": 1}]"""
    told = formats.from_label_studio(export, BOXES)
    (who, answer), (other, skipped) = told.answers
    assert (who, answer.ms) == ("ada@example.org", 4_250)
    assert answer.given["where"][0]["x"] == pytest.approx(0.104)
    assert (other, skipped.skipped) == ("4", True)


def test_doccano_has_the_fields_of_its_json_lines() -> None:
    line = json.loads(formats.to_doccano(texts("Bob", x=[Answer(0, BOB)]), "who"))
    assert _types(line, id=int, text=str, label=list) and line["label"] == [[0, 3, "PER"]]
    relations = (
        '{"id": 7, "text": "Ada met Bob", "relations": [], "Comments": [], "entities": '
        '[{"id": 1, "label": "PER", "start_offset": 8, "end_offset": 11}]}'
    )
    ((_, answer),) = formats.from_doccano(relations).answers
    assert answer.given["spans"] == [{"label": "PER", "start": 8, "end": 11}]


def _types(told: dict[str, Any], **fields: type) -> bool:
    """Whether these are there, of these types."""
    assert set(fields) <= set(told), set(fields) - set(told)
    for name, kind in fields.items():
        assert type(told[name]) is kind, (name, told[name])
    return True
