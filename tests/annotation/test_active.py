"""Active learning on the real chain: what is asked, what a round makes of it, the comparison."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.worth.uncertainty import uncertainty
from dml_sdk.errors import UsageError
from dml_sdk.training.engine import open_engine
from tests.conftest import blobs

POOL = blobs(300, 7)
QUESTIONS = dml.Questionnaire([dml.Choice("label", "Which is it?", options=range(4))])


class Crowd:
    """Answers rightly, and remembers what it was asked."""

    def __init__(self, unknown: frozenset[int] = frozenset()) -> None:
        self.asked: list[int] = []
        self.unknown = unknown

    def __call__(self, positions: Any) -> Any:
        self.asked += [int(at) for at in positions]
        return np.array([-1 if int(at) in self.unknown else POOL.y[at] for at in positions])


@pytest.fixture
def learning(model: dml.Model, split: Any) -> dml.ActiveLearning:
    return dml.ActiveLearning(
        model, POOL.x, test=split.test, validation=split.validation,
        engine="numpy", epochs=2, learning_rate=0.02, seed=3,
    )  # fmt: skip


def test_each_part_is_a_round_of_the_model_on_all_labels_so_far(learning, model):
    crowd = Crowd()
    learning.run(crowd, first=20, each=10, steps=3)
    assert [point.labels for point in learning.curve] == [20, 30, 40, 50]
    assert [point.version for point in learning.curve] == [1, 2, 3, 4]
    assert [version.index for version in model.versions] == [0, 1, 2, 3, 4]
    assert len(set(crowd.asked)) == 50 == len(learning.labelled)
    assert learning.left == 250
    assert (np.sort(POOL.y[crowd.asked]) == np.sort(learning.labelled.y)).all()
    assert learning.curve[-1].accuracy > 0.9


def test_who_trains_is_not_paid_for_it_since_who_labels_is(learning, model):
    before = model.pool.buckets
    learning.run(Crowd(), first=20, each=10, steps=1)
    assert model.pool.buckets == before
    assert model.contributors == {"labels": model.owner}


@pytest.mark.parametrize("by", ["margin", "least_confidence", "entropy"])
def test_after_the_first_part_what_the_model_doubts_most_is_asked(model, split, by):
    learning = dml.ActiveLearning(
        model, POOL.x, test=split.test, validation=split.validation,
        by=by, engine="numpy", epochs=2, learning_rate=0.02,
    )  # fmt: skip
    first = learning.choose(20)
    learning.learn(first, POOL.y[first])
    chosen = learning.choose(15)
    engine = open_engine("numpy", model.network)
    doubts = uncertainty(engine.predict(model.weights(), POOL.x), by)
    doubts[first] = -1
    assert len(chosen) == 15
    assert set(chosen).isdisjoint(first)
    assert doubts[chosen].min() >= np.delete(doubts, chosen).max()
    assert (np.diff(doubts[chosen]) <= 0).all()


def test_the_same_seed_asks_the_same(model, split, session):
    asked = []
    for _ in range(2):
        with session.anchor():
            learning = dml.ActiveLearning(
                session.models.get(model.guid), POOL.x, test=split.test,
                validation=split.validation, engine="numpy", seed=5,
            )  # fmt: skip
            crowd = Crowd()
            learning.run(crowd, first=10, each=5, steps=2)
            asked.append(crowd.asked)
    assert asked[0] == asked[1]


def test_an_example_that_nobody_can_tell_is_neither_trained_on_nor_asked_again(learning):
    first = learning.choose(20)
    crowd = Crowd(unknown=frozenset(map(int, first[:4])))
    learning.run(crowd, first=20, each=280, steps=1)
    assert len(crowd.asked) == len(set(crowd.asked)) == 300
    assert [point.labels for point in learning.curve] == [16, 296]
    assert len(learning.labelled) == 296
    with pytest.raises(UsageError, match="none left"):
        learning.choose(1)
    assert learning.run(crowd, each=10, steps=3) is learning, "there is nothing left to do"
    assert len(learning.curve) == 2


def test_what_fails_is_learnt_nothing_from_and_goes_on_where_it_was(learning):
    def leaves(positions: Any) -> Any:
        raise ConnectionError("the crowd went home")

    learning.run(Crowd(), first=20, each=10, steps=1)
    with pytest.raises(ConnectionError):
        learning.run(leaves, each=10, steps=2)
    assert len(learning.curve) == 2
    learning.run(Crowd(), each=10, steps=2)
    assert [point.labels for point in learning.curve] == [20, 30, 40, 50]


def test_random_order_begins_with_the_same_part_and_ends_with_as_many_labels(learning, model):
    crowd = Crowd()
    learning.run(crowd, first=20, each=10, steps=3).compare(crowd, orders=2)
    assert len(learning.random) == 2
    for points in learning.random:
        assert [p.labels for p in points] == [20, 30, 40, 50]
        # One contributor's round is that contributor's update, so both began with equal weights.
        assert points[0].accuracy == learning.curve[0].accuracy
        assert {p.version for p in points} == {None}
    assert len(model.versions) == 5, "a comparison publishes nothing"
    assert len(set(crowd.asked)) == len(crowd.asked), "a label that is known is not asked again"


def test_random_order_passes_over_what_nobody_can_tell(learning):
    first = learning.choose(20)
    crowd = Crowd(unknown=frozenset([*map(int, first[:4]), *range(0, 300, 3)]))
    learning.run(crowd, first=20, each=30, steps=2).compare(crowd, orders=1)
    (points,) = learning.random
    assert [p.labels for p in points] == [p.labels for p in learning.curve]


def test_labels_can_be_what_a_tasks_annotators_come_to(learning, model, session):
    pixels = (255 * (POOL.x - POOL.x.min()) / np.ptp(POOL.x)).astype(np.uint8).reshape(300, 2, 4)
    chosen = learning.choose(20)
    known = {place: {"label": int(POOL.y[at])} for place, at in enumerate(chosen[:4])}
    task = model.annotation_task(
        items=pixels[chosen], questionnaire=QUESTIONS, reward_per_point="0.01", batch_size=10,
        answers_per_item=2, validation=dml.validation.gold(known),
    )  # fmt: skip
    for name in ("bob", "charlie"):
        theirs = session.as_(name).task(task)
        for _ in range(2):
            batch = theirs.next_batch()
            places = [(item, task.order[item]) for item in batch.items]
            theirs.submit(batch, [
                Answer(item, skipped=True) if place == 19
                else Answer(item, {"label": int(POOL.y[chosen[place]])})
                for item, place in places
            ])  # fmt: skip
    session.as_("bob").task(task).reveal()
    assert learning.learn(chosen, task).labels == 19
    assert learning.left == 280, "what nobody could tell is not asked again"
    assert (learning.labelled.y == POOL.y[np.sort(chosen[:19])]).all()


def test_a_task_of_other_items_is_not_taken_for_labels(learning, model):
    task = model.annotation_task(
        items=[np.zeros((2, 2), np.uint8)], questionnaire=QUESTIONS, reward_per_point="0.01"
    )
    with pytest.raises(UsageError, match="1 items, and 20 were asked"):
        learning.learn(learning.choose(20), task)


def test_a_comparison_takes_something_that_was_learnt(learning):
    with pytest.raises(UsageError, match="run"):
        learning.compare(Crowd())


def test_the_picture_shows_both_curves_and_says_what_came_of_it(learning):
    assert "Nothing was learnt yet" in learning._repr_html_()
    learning.run(Crowd(), first=20, each=10, steps=2)
    alone = learning._repr_html_()
    assert "random order" not in alone
    learning.compare(Crowd(), orders=2)
    shown = learning._repr_html_()
    chart = shown[shown.rindex("<svg") : shown.rindex("</svg>") + 6]
    svg = ElementTree.fromstring(chart)  # noqa: S314  # our own
    assert len(svg.findall("circle")) == 3 + 1, "the points, and one in the legend"
    assert len(svg.findall("polyline")) == 2
    assert svg.get("aria-label") == learning.said()
    assert "Random order reached" in learning.said()
    rows = learning.table()
    assert rows.column("labels") == [20, 30, 40]
    mean = np.mean([points[-1].accuracy for points in learning.random])
    assert rows[-1]["random"] == pytest.approx(mean)
    assert "by margin" in repr(learning)


def test_a_models_name_cannot_put_markup_into_the_picture(session, network, split):
    named = session.models.upload(
        network, name="<script>alert(1)</script>", licence="MIT",
        pool=dml.PoolTerms(amount=100),
    )  # fmt: skip
    learning = dml.ActiveLearning(
        named, POOL.x, test=split.test, validation=split.validation, engine="numpy"
    )
    assert "<script" not in learning.run(Crowd(), first=10, steps=0)._repr_html_()


def test_items_can_be_put_in_the_order_of_a_models_doubts(learning, model):
    learning.run(Crowd(), first=30, steps=0)
    order = dml.order_by_uncertainty(model, POOL.x, by="entropy")
    told = open_engine("numpy", model.network).predict(model.weights(), POOL.x)
    assert sorted(order) == list(range(300))
    assert (np.diff(uncertainty(told, "entropy")[order]) <= 0).all()


@pytest.mark.parametrize(
    ("positions", "labels"),
    [
        ([], []),
        ([1, 1], [0, 0]),
        ([300], [0]),
        ([-1], [0]),
        ([0.5], [0]),
        ([1, 2], [0]),
        ([1], [4]),
        ([1], [-2]),
        ([1], ["seven"]),
        ([1], [-1]),
    ],
    ids=[
        "none", "one twice", "beyond the last", "before the first", "no position", "too few labels",
        "no such label", "below -1", "text", "nothing to train on",
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_are_refused_before_a_round(learning, model, positions, labels):
    with pytest.raises(UsageError):
        learning.learn(positions, labels)
    assert len(model.versions) == 1
    assert learning.left == 300


def test_an_example_is_asked_about_once(learning):
    first = learning.choose(10)
    learning.learn(first, POOL.y[first])
    with pytest.raises(UsageError, match="already"):
        learning.learn(first[:1], POOL.y[first[:1]])


@pytest.mark.parametrize(
    "wrong",
    [{"by": "gut feeling"}, {"epochs": 0}, {"test": None}, {"learning_rate": 0}, {"seed": -1}],
    ids=str,
)
def test_arguments_that_cannot_be_meant_are_refused(model, split, wrong):
    given = {"test": split.test, "validation": split.validation, "engine": "numpy", **wrong}
    with pytest.raises(UsageError):
        dml.ActiveLearning(model, POOL.x, **given)


def test_what_cannot_be_asked_is_refused(learning):
    for ask in (5, None, [1, 2]):
        with pytest.raises(UsageError, match="give a function"):
            learning.run(ask)
    learning.run(lambda positions: POOL.y[positions], first=20, each=20, steps=1)
    with pytest.raises(UsageError, match="give a function"):
        learning.compare(5)


def test_examples_of_another_shape_are_refused(model, split):
    with pytest.raises(UsageError, match="shape"):
        dml.ActiveLearning(
            model, np.zeros((5, 3)), test=split.test, validation=split.validation, engine="numpy"
        )
