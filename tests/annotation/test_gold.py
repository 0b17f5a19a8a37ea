"""Gold: hidden among the items, kept by the owner alone, published with the report."""

from __future__ import annotations

import hashlib
import json
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.annotation.asked.media import upload_items
from dml_sdk.annotation.course import gold as gold_files
from dml_sdk.annotation.course.gold import seal, spread
from dml_sdk.errors import PolicyInvalid, UsageError
from tests.annotation.tasks import annotate, images, opened

KNOWN = {item: {"digit": item} for item in range(4)}
POLICY = dml.validation.gold(KNOWN, share=0.4) & dml.validation.agreement()


@given(
    items=st.integers(1, 60), batch_size=st.integers(1, 60), share=st.floats(0, 1), data=st.data()
)
@settings(deadline=None, max_examples=100)
def test_each_batch_has_a_gold_item_where_there_are_enough_and_no_item_is_lost(
    items, batch_size, share, data
):
    batch_size = min(batch_size, items)
    count = int(share * items)
    gold = data.draw(
        st.lists(st.integers(0, items - 1), min_size=count, max_size=count, unique=True)
    )
    order = spread(gold, items, batch_size)
    assert sorted(order) == list(range(items))
    batches = [order[at : at + batch_size] for at in range(0, items, batch_size)]
    without = sum(not set(batch) & set(gold) for batch in batches)
    assert without == max(0, len(batches) - count)


def test_how_many_gold_items_a_batch_has_is_left_to_chance():
    gold = set(range(100))
    counts = set()
    for _ in range(5):
        order = spread(sorted(gold), 1_000, 20)
        counts |= {len(gold & set(order[at : at + 20])) for at in range(0, 1_000, 20)}
    assert min(counts) == 1 and len(counts) > 2


def test_gold_is_at_other_places_each_time():
    assert len({spread(range(10), 100, 10) for _ in range(5)}) > 1


def longest_rise(order):
    """The places of the longest part of a sequence that rises."""
    best = []
    for place in order:
        chain = max((b for b in best if b[-1] < place), key=len, default=[])
        best.append([*chain, place])
    return max(best, key=len)


def test_what_is_out_of_order_is_not_the_gold():
    gold = range(3, 200, 10)
    order = spread(gold, 200, 20)
    rising = longest_rise(order)
    out = [place for place in order if place not in set(rising)]
    assert len(set(out) - set(gold)) > len(gold), "most that is out of order is no gold"


def test_a_share_says_how_many_answers_are_hidden_at_most_and_chance_which(session, model):
    known = {item: {"digit": item % 10} for item in range(12)}
    tasks = [
        opened(
            model, validation=dml.validation.gold(known, share=0.25) & dml.validation.agreement()
        )
        for _ in range(4)
    ]
    assert {task.policy_document().gold_items for task in tasks} == {3}
    drawn = {frozenset(task.order[item] for item in task.policy().known()) for task in tasks}
    assert len(drawn) > 1 and all(places <= set(known) for places in drawn)
    few = opened(model, validation=dml.validation.gold(known, share=0))
    assert few.policy_document().gold_items == 1
    assert opened(model, validation=dml.validation.gold(known)).policy_document().gold_items == 12


def test_annotators_are_told_a_hash_with_salt_and_nothing_else(session, model):
    task = opened(model, validation=POLICY)
    document = task.policy_document()
    assert document.gold_items == 4 and len(document.gold_sha256) == 64
    public = session.store.get(task.terms.policy.location.cid).decode()
    assert "digit" not in public and '"answers"' not in public
    first, second = seal(KNOWN, range(12)), seal(KNOWN, range(12))
    assert first.sha256 != second.sha256, "the salt differs, so nobody can try answers out"


def test_the_owner_finds_the_gold_and_the_order_after_a_restart(session, model):
    task = opened(model, validation=POLICY)
    fresh = session.task(task.id)
    assert fresh.kept_gold is None and fresh.policy().known() == task.policy().known()
    assert {fresh.order[item]: right for item, right in fresh.policy().known().items()} == KNOWN
    given_items = upload_items(session.store, images(12), ("image",)).items
    assert tuple(given_items[place] for place in fresh.order) == fresh.items().items


def test_a_models_predictions_follow_the_items_to_their_new_places(session, model):
    sure = {item: {"digit": {item % 10: 0.99}} for item in range(12)}
    policy = dml.validation.gold(KNOWN) & dml.validation.model_disagreement(sure)
    task = opened(model, validation=policy, answers_per_item=1)
    assert task.policy_document().words == "1 × gold, 1 × model disagreement"
    predicted = task.policy().parts()[1].predictions
    assert all(predicted[number] == sure[place] for number, place in enumerate(task.order))
    with pytest.raises(UsageError, match="predictions only the owner has"):
        session.task(task.id).policy()


def test_without_gold_the_items_are_in_the_order_that_they_were_given(session, model):
    task = opened(model)
    assert task.order == tuple(range(12))
    assert upload_items(session.store, images(12), ("image",)) == task.items()


def test_gold_is_kept_in_a_file_of_its_owners_alone(session, model, tmp_path):
    task = opened(model, validation=POLICY, keep_gold=tmp_path)
    (file,) = tmp_path.glob("gold-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert task.policy_document().gold_sha256 in file.name
    fresh = session.task(task.id)
    with pytest.raises(UsageError, match="not on this machine"):
        fresh.policy()
    with pytest.raises(UsageError, match="not on this machine"):
        _ = fresh.order
    assert fresh.policy(tmp_path).known() == task.policy().known()


def test_gold_that_was_altered_on_the_disk_is_not_used(session, model, tmp_path):
    opened(model, validation=POLICY, keep_gold=tmp_path)
    (file,) = tmp_path.glob("gold-*.json")
    digest = file.stem.removeprefix("gold-")
    assert gold_files.kept(tmp_path, digest, 12) is not None
    told = json.loads(file.read_text())
    told["gold"] = told["gold"].replace('"digit":1', '"digit":2')
    file.write_text(json.dumps(told))
    assert gold_files.kept(tmp_path, digest, 12) is None


@pytest.mark.parametrize(
    "order",
    [
        [0, 1, 2], [0, 1, 2, 3, 4], [0, 0, 0, 0], [9, 9, 9, 9], [-1, 0, 1, 2], [0.0, 1, 2, 3],
        [1e999], ["0", "1", "2", "3"], [False, True, 2, 3], "0123", {"0": 1}, None, 4,
    ],
)  # fmt: skip
def test_an_order_that_was_altered_on_the_disk_joins_no_label_with_another_item(
    session, model, tmp_path, order
):
    terms = {"items": images(4), "validation": dml.validation.gold(KNOWN), "keep_gold": tmp_path}
    task = session.task(opened(model, **terms).id)
    (file,) = tmp_path.glob("gold-*.json")
    told = json.loads(file.read_text())
    assert sorted(told["order"]) == [0, 1, 2, 3] and task.policy(tmp_path)
    file.write_text(json.dumps({**told, "order": order}))
    assert gold_files.kept(tmp_path, file.stem.removeprefix("gold-"), 4) is None
    with pytest.raises(UsageError, match="not on this machine"):
        task.policy(tmp_path)


def test_gold_decides_where_annotators_know_nothing_of_it(session, model):
    task = opened(model, answers_per_item=2, validation=dml.validation.gold(KNOWN))
    known = task.policy().known()

    def knowing(batch):
        return [known.get(item, {"digit": 5})["digit"] for item in batch.items]

    annotate(task, "bob", knowing)
    annotate(task, "charlie", lambda batch: [(digit + 1) % 10 for digit in knowing(batch)])
    session.as_("bob").task(task).reveal()
    scores = {s.annotator: s.score for s in task.validate().scores}
    assert scores[session.account("bob").address] == pytest.approx(1)
    assert scores[session.account("charlie").address] < 0.35


def test_the_report_holds_the_gold_once_nobody_can_answer_and_anyone_can_check_it(session, model):
    task = opened(model, validation=POLICY)
    annotate(task, "bob", lambda batch: [1] * 4), annotate(task, "charlie", lambda batch: [1] * 4)
    early = opened(model, validation=POLICY, items=images(12), answers_per_item=1)
    annotate(early, "bob", lambda batch: [1] * 4, batches=1)
    told = json.loads(session.store.get(early.validate().report.location.cid))
    assert told["gold"] is None, "there are batches that nobody has answered yet"
    report = json.loads(session.store.get(task.validate().report.location.cid))
    published = report["gold"].encode()
    assert hashlib.sha256(published).hexdigest() == task.policy_document().gold_sha256
    assert gold_files.decode(published) == task.policy().known()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({99: {"digit": 1}}, "no item of 12"),
        ({-1: {"digit": 1}}, "no item of 12"),
        ({0: {"letter": 1}}, "no such question"),
        ({0: {"digit": 10}}, "none of the options"),
        ({0: 7}, "a dict of question to answer"),
        ({0: {}}, "a dict of question to answer"),
    ],
)
def test_gold_that_does_not_fit_is_refused_before_anything_is_stored(model, answers, says):
    before = model.session.chain.block_number
    with pytest.raises(UsageError, match=says):
        opened(model, validation=dml.validation.gold(answers))
    assert model.session.chain.block_number == before


@pytest.mark.parametrize(
    "document",
    [
        b"", b"{}", b"[1]", b'{"answers": 3}', b'{"answers": {"a": 1}}',
        b'{"answers": {"1": [["digit", 1]]}}', b'{"answers": {"01": {}}}',
        b'{"answers": {"1": {}, "1": {}}}', b'{"answers": {}, "salt": NaN}',
    ],
)  # fmt: skip
def test_what_is_no_gold_is_refused(document):
    with pytest.raises(PolicyInvalid):
        gold_files.decode(document)
