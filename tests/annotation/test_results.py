"""What annotators came to: figures to look at, and data that a model is trained on."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.annotation.asked.png import _chunk, decode_png, encode_png
from dml_sdk.annotation.course.holding_out import held_out
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.errors import DatasetError, UsageError
from dml_sdk.training.data import Dataset
from tests.annotation.tasks import CATS, TRUTH, annotate, images, opened


@pytest.fixture
def answered(session, model):
    """Bob and Charlie are right; Dave says 0 of everything."""
    task = opened(model, answers_per_item=3)
    annotate(task, "bob"), annotate(task, "charlie"), annotate(task, "dave", lambda b: [0] * 4)
    for name in ("bob", "charlie"):
        session.as_(name).task(task).reveal()
    return task


def test_agreement_and_annotators_and_disagreements_are_tables(session, answered):
    (row,) = answered.agreement()
    assert row["question"] == "digit" and row["answers"] == 36 and 0.1 < row["alpha"] < 0.6
    told = {r["annotator"]: r for r in answered.annotators()}
    bob, dave = (told[session.account(n).address] for n in ("bob", "dave"))
    assert bob["kappa"] > 0.9 > 0.3 > dave["kappa"] and bob["sheets"] == 3
    odd = answered.disagreements(most=5)
    assert len(odd) == 5 and "5FHneW…94ty: " in odd[0]["answers"]
    table = answered.confusion("digit")
    assert table[5]["right"] == "5" and table[5]["5"] == 2 and table[5]["0"] == 1
    alone = answered.confusion("digit", session.account("dave"))
    assert alone[5]["0"] == 1 and alone[5]["5"] == 0


def test_a_data_set_has_the_items_pixels_and_what_all_came_to(answered):
    data = answered.dataset()
    assert data.y.tolist() == TRUTH and data.classes == 10
    np.testing.assert_array_equal(np.round(data.x * 255).astype(np.uint8), np.array(images(12)))


def test_a_data_set_follows_the_items_order_also_where_gold_was_hidden(session, model):
    gold = dml.validation.gold({item: {"digit": item} for item in range(3)})
    task = opened(model, answers_per_item=1, validation=gold)
    annotate(task, "bob", lambda batch: [TRUTH[task.order[item]] for item in batch.items])
    data, given_images = task.dataset(), np.array(images(12))
    assert data.y.tolist() == [TRUTH[place] for place in task.order]
    shown = np.round(data.x * 255).astype(np.uint8)
    np.testing.assert_array_equal(shown, given_images[list(task.order)])


def test_examples_of_ones_own_take_the_place_of_the_items(answered):
    data = answered.dataset("digit", examples=np.arange(24).reshape(12, 2))
    assert data.x.shape == (12, 2) and data.y.tolist() == TRUTH
    with pytest.raises(DatasetError, match="give one for each item"):
        answered.dataset(examples=np.zeros((3, 2)))


def test_what_the_owner_decided_is_what_is_trained_on(answered):
    decided = Decisions(right={1: {"digit": 7}}, left_out=frozenset({2}))
    assert answered.dataset(decisions=decided).y.tolist() == [0, 7, *TRUTH[3:]]


def test_rows_of_numbers_are_examples_and_text_is_not(session, model):
    question = [dml.Choice("good", "Is it good?", options=["no", "yes"])]
    table = dml.Questionnaire(question, media=["table"])
    rows = [{"x": n, "y": n / 2} for n in range(4)]
    task = opened(model, items=rows, questionnaire=table, answers_per_item=1)
    annotate(task, "bob", lambda batch: ["yes"] * 4)
    data = task.dataset()
    assert data.x.tolist() == [[n, n / 2] for n in range(4)] and data.y.tolist() == [1] * 4
    text = dml.Questionnaire(question, media=["text"])
    words = opened(model, items=["a", "b"], questionnaire=text, answers_per_item=1)
    annotate(words, "bob", lambda batch: ["no"] * 2)
    with pytest.raises(UsageError, match="give what the model is shown"):
        words.dataset()
    assert words.dataset(examples=np.zeros((2, 3))).y.tolist() == [0, 0]


def test_which_question_is_meant_must_be_clear(session, model):
    task = opened(model, questionnaire=CATS, answers_per_item=1)
    annotate(task, "bob", lambda batch: [{"cat": "no"}] * 4)
    with pytest.raises(UsageError, match="cat, mood have one of a list"):
        task.dataset()
    assert task.dataset("cat").y.tolist() == [1] * 12
    with pytest.raises(DatasetError, match="Nobody has answered 'mood'"):
        task.dataset("mood")


def test_nothing_can_be_judged_or_trained_on_before_anything_was_revealed(model):
    task = opened(model)
    for ask in (task.validate, task.dataset, task.agreement, task.annotators, task.disagreements):
        with pytest.raises(UsageError, match="can be judged yet"):
            ask()


def test_a_model_is_trained_on_what_annotators_said(session, split, network):
    model = session.models.upload(
        network, name="labelled", licence="MIT", pool=dml.PoolTerms(1_000)
    )
    x, y = split.train.x[:40], split.train.y[:40]
    # Rows of eight numbers each, as tables; four classes.
    rows = [{f"c{c}": float(v) for c, v in enumerate(row)} for row in x]
    which = dml.Questionnaire([dml.Choice("blob", "Which?", options=range(4))], media=["table"])
    task = opened(model, items=rows, questionnaire=which, batch_size=20, answers_per_item=1)
    annotate(task, "bob", lambda batch: [int(y[item]) for item in batch.items])
    data = task.dataset()
    np.testing.assert_array_equal(data.y, y)
    training = model.train_on(
        data, test=split.test, validation=split.validation, rounds=2, epochs=5, engine="numpy"
    ).wait()
    assert training.history[-1]["accuracy"] > training.base[0] + 0.2
    assert not training.rounds[-1].paid, "who labelled is paid by the task"


def test_a_part_is_held_out_where_none_is_given():
    data = Dataset(np.arange(200, dtype=float).reshape(100, 2), np.arange(100) % 4, 4)
    kept, test, validation = held_out(data, None, None, seed=1)
    assert (len(kept), len(test), len(validation)) == (70, 20, 10)
    every = np.concatenate([part.x[:, 0] for part in (kept, test, validation)])
    assert sorted(every) == sorted(data.x[:, 0])
    assert held_out(data, test, validation, seed=2)[0].x.shape == (100, 2)
    with pytest.raises(DatasetError, match="too few"):
        held_out(data.take(slice(0, 5)), None, None, seed=1)


@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_pixels_come_back_from_a_png_as_they_were(height, width, colour, seed):
    shape = (height, width, 3) if colour else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(decode_png(encode_png(pixels)), pixels)


def filtered(pixels: np.ndarray, kind: int) -> bytes:
    """A PNG of an RGB image whose lines are all told by one filter; the reference is slow."""
    height, width, _ = pixels.shape
    lines = pixels.reshape(height, -1).astype(int)
    told = b""
    for y in range(height):
        row = []
        for x in range(lines.shape[1]):
            left = lines[y, x - 3] if x >= 3 else 0
            up = lines[y - 1, x] if y else 0
            corner = lines[y - 1, x - 3] if y and x >= 3 else 0
            near = sorted([left, up, corner], key=lambda n: abs(left + up - corner - n))
            guess = [0, left, up, (left + up) // 2, near[0]][kind]
            row.append((lines[y, x] - guess) % 256)
        told += bytes([kind, *row])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(told)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("kind", range(5))
def test_pixels_of_other_programs_files_are_read_whatever_their_filter(kind):
    pixels = np.random.default_rng(kind).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode_png(filtered(pixels, kind)), pixels)


def test_what_is_no_image_that_can_be_read_is_told():
    good = encode_png(np.zeros((4, 4), np.uint8))
    palette = good[:25] + b"\x03" + good[26:]
    cut = good[:45]
    for content in (b"", b"\x89PNG\r\n\x1a\n", palette, cut):
        with pytest.raises(UsageError, match="Give the pixels"):
            decode_png(content)
