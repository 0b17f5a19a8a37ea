"""Bad input to tasks: documents that were altered, answers that are none, people who may not."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.media import Manifest, Part, upload_items
from dml_sdk.annotation.course.drafts import Sealed
from dml_sdk.errors import (
    AnswersInvalid,
    ContentCorrupt,
    ContentNotFound,
    ContentTooLarge,
    DispatchError,
    ManifestInvalid,
    MediaRefused,
    PolicyInvalid,
    QuestionnaireInvalid,
    UsageError,
)
from dml_sdk.secret import Secret
from tests.annotation.tasks import CATS, DIGITS, annotate, images, opened, right

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PAGE = b"<!doctype html><script>fetch('//evil')</script>"


def stored(session, content: bytes):
    """A document in the store, as the chain takes it."""
    return {"Cid": session.store.put(content)}, "0x" + hashlib.sha256(content).hexdigest()


def opened_by_hand(session, model, **documents: bytes):
    """A task whose documents are whatever somebody put into the store."""
    manifest = upload_items(session.store, images(4), ("image",))
    whole = {"questionnaire": DIGITS.encode(), "items": manifest.encode(), "policy": b"{}"}
    told = {name: stored(session, content) for name, content in (whole | documents).items()}
    terms = {
        **told, "item_count": 4, "batch_size": 4, "answers_per_item": 1, "points_per_item": 2,
        "reward_per_point": 10**9, "minimum_stake": 0, "maximum_items": 4, "lease_ms": 3_600_000,
        "deadline_ms": session.chain.now_ms() + 86_400_000, "reveal_ms": 3_600_000,
        "score_ms": 3_600_000, "dispute_ms": 3_600_000, "validators": [],
    }  # fmt: skip
    call = session.chain.call("Annotations", "open", model=model.id, terms=terms)
    receipt = session.chain.submit(call, session.signer)
    event = next(e for e in receipt.events if e.name == "TaskOpened")
    return session.task(int(event.fields["task"]))


def hand_in(session, task, name: str, document: bytes, location=None):
    """Commits to and reveals whatever somebody wants to."""
    who = session.account(name)
    mine = session.as_(who).task(task)
    batch = mine.next_batch()
    sealed = Sealed(document, Secret(bytes(32)))
    digest = sealed.commitment(task.id, batch.number, who.account_id)
    for call in (
        task.call("commit", batch=batch.number, commitment=digest),
        task.call(
            "reveal", batch=batch.number, hash="0x" + sealed.sha256, salt="0x" + "00" * 32,
            location=location or {"Cid": session.store.put(document)},
        ),
    ):  # fmt: skip
        session.chain.submit(call, who)
    return batch.number, who.address


def manifest_of(session, content: bytes, kind="image", type="image/png") -> bytes:
    part = Part(kind, type, session.store.put(content), hashlib.sha256(content).hexdigest(),
                len(content))  # fmt: skip
    return Manifest(((part,),) * 4).encode()


# --- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"version": 1}', b"\xff\xfe", b'{"questions": 7}']
)
def test_a_questionnaire_that_is_none_is_told_and_no_batch_taken(session, model, content):
    task = opened_by_hand(session, model, questionnaire=content)
    with pytest.raises(QuestionnaireInvalid):
        session.as_("bob").task(task).next_batch()
    assert task.progress.committed == 0 and not session.as_("bob").task(task).desk().batch


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": 1, "items": [[{}]]}'])
def test_a_list_of_items_that_is_none_is_told(session, model, content):
    with pytest.raises(ManifestInvalid):
        opened_by_hand(session, model, items=content).items()


def test_a_list_of_other_items_than_the_chain_says_is_refused(session, model):
    five = upload_items(session.store, images(5), ("image",)).encode()
    with pytest.raises(ManifestInvalid, match="names 5 items, the chain 4"):
        opened_by_hand(session, model, items=five).items()
    texts = upload_items(session.store, ["a", "b", "c", "d"], ("text",)).encode()
    with pytest.raises(ManifestInvalid, match="item 0 is not of image"):
        opened_by_hand(session, model, items=texts).items()


@pytest.mark.parametrize(
    "content",
    [b"", b"7", b'{"version": 1}', b'{"version": 1, "policy": {"policy": "bribery", "weight": 1}}',
     b'{"version": 1, "policy": {"policy": "gold", "weight": -1}}',
     b'{"version": 1, "policy": {"policy": "agreement", "weight": 1e300}}',
     b'{"version": 1, "policy": {"policy": "gold", "weight": 1}, "gold": {"items": "x"}}'],
)  # fmt: skip
def test_a_policy_that_is_none_is_told(session, model, content):
    with pytest.raises(PolicyInvalid):
        opened_by_hand(session, model, policy=content).policy()


def test_documents_that_are_missing_or_altered_are_told(session, model, tmp_path):
    with dml.connect(path=tmp_path) as kept:
        network = dml.networks.softmax(8, 4)
        model = kept.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(100))
        task = opened(model)
        cid = task.terms.questionnaire.location.cid
        (file,) = [p for p in (tmp_path / "store").rglob(cid) if p.stat().st_size]
        file.chmod(0o600)
        file.write_bytes(DIGITS.encode().replace(b"digit", b"tigid"))
        with pytest.raises(ContentCorrupt):
            kept.task(task.id).questionnaire()
        file.unlink()
        with pytest.raises(ContentNotFound):
            kept.as_("bob").task(task.id).next_batch()


@pytest.mark.parametrize(
    ("content", "kind", "type"),
    [
        (SCRIPT, "image", "image/png"),
        (PAGE, "image", "image/jpeg"),
        (b"plain", "image", "image/png"),
        (b"\x89PNG\r\n\x1a\n", "image", "image/png"),
        (b"GIF89a" + bytes(9), "image", "image/png"),
    ],
)
def test_an_item_that_is_not_what_the_list_says_is_never_given(session, model, content, kind, type):
    task = opened_by_hand(session, model, items=manifest_of(session, content, kind, type))
    desk = session.as_("bob").task(task).desk()
    desk.open()
    desk.prefetch()
    with pytest.raises(MediaRefused):
        desk.content(0, 0)
    with pytest.raises(MediaRefused):
        desk.content(0, 0)


def test_bytes_that_were_checked_as_one_type_are_not_given_as_another(session, model):
    content = b"hello"
    digest, cid = hashlib.sha256(content).hexdigest(), session.store.put(content)
    items = Manifest(
        ((Part("text", "text/plain", cid, digest, 5), Part("image", "image/png", cid, digest, 5)),)
        * 4
    )
    both = DIGITS.model_copy(update={"media": ("text", "image")})
    task = opened_by_hand(session, model, questionnaire=both.encode(), items=items.encode())
    desk = session.as_("bob").task(task).desk()
    desk.open()
    assert desk.content(0, 0) == (content, "text/plain")
    with pytest.raises(MediaRefused):
        desk.content(0, 1)


def test_an_item_that_is_missing_is_told_and_can_be_flagged(session, model):
    part = Part("image", "image/png", str(dml.storage.cid_of(b"nowhere")), "0" * 64, 7)
    task = opened_by_hand(session, model, items=Manifest(((part,),) * 4).encode())
    desk = session.as_("bob").task(task).desk()
    desk.open()
    with pytest.raises(ContentNotFound):
        desk.content(0, 0)
    for place in range(4):
        desk.flag(place, "missing")
    assert desk.submit()


@pytest.mark.parametrize("content", [SCRIPT, PAGE, b"", b"text"])
def test_an_item_that_could_run_a_script_or_is_no_image_opens_no_task(session, model, content):
    with pytest.raises(MediaRefused, match="Item 1"):
        opened(model, items=[images(1)[0], content])
    assert not session.tasks.list(model=model)


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"questionnaire": {"questions": []}}, "give dml.Questionnaire"),
        ({"questionnaire": dml.Questionnaire([dml.Text("a", "?", points=0)])}, "worth a point"),
        ({"validation": "gold"}, "one of dml.validation"),
        ({"items": []}, "no item"),
        ({"answers_per_item": 0}, "answers_per_item"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"reward_per_point": -1}, "reward_per_point=-1"),
        ({"stake": "much"}, "stake=.much.: give whole tokens"),
        ({"max_items": 0}, "max_items"),
        ({"deadline": datetime(2030, 1, 1)}, "time zone"),
        ({"lease": "1 h"}, "lease"),
        ({"validators": ["nobody"]}, "nobody"),
        ({"validators": "alice"}, "list of accounts"),
        ({"validators": 7}, "list of accounts"),
        ({"keep_gold": 7}, "keep_gold"),
        ({"items": "text"}, "a list of what is asked about"),
        ({"items": 7}, "a list of what is asked about"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_meant_are_refused_before_anything_is_stored(model, given, says):
    before = model.session.chain.block_number
    with pytest.raises(UsageError, match=says):
        opened(model, **given)
    assert model.session.chain.block_number == before


def test_a_title_that_is_none_is_told_by_its_path(model):
    with pytest.raises(QuestionnaireInvalid, match="title"):
        opened(model, title=7)


@pytest.mark.parametrize(
    ("given", "pallet", "error"),
    [
        ({"reward_per_point": 1_000}, "Pools", "BucketTooSmall"),
        ({"answers_per_item": 33}, "Annotations", "AnswersOutOfRange"),
        ({"max_items": 1}, "Annotations", "MaximumTooSmall"),
        ({"lease": 1}, "Annotations", "PeriodOutOfRange"),
        ({"deadline": 0}, "Annotations", "DeadlinePassed"),
    ],
)
def test_what_the_chain_would_refuse_is_neither_stored_nor_signed(model, given, pallet, error):
    balance = model.session.balance()
    with pytest.raises(DispatchError.named(pallet, error)):
        opened(model, **given)
    assert model.session.balance() == balance


def test_a_stranger_opens_no_task(session, model):
    theirs = session.as_("bob").models.get(model.id)
    with pytest.raises(DispatchError.named("Annotations", "NotOwner")):
        opened(theirs)


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ([{"digit": 1}] * 3, "answers"),
        ([{"digit": 10}] + [{"digit": 1}] * 3, "answers[0].given.digit"),
        ([{"digit": "1"}] * 4, "answers[0].given.digit"),
        ([{"digit": 1, "letter": "a"}] * 4, "answers[0].given.letter"),
        ([{}] * 4, "answers[0].given.digit"),
        ({99: 1, 0: 1, 1: 1, 2: 1}, "answers[0].item"),
        ([{"digit": "x" * 100_000_000}] * 4, "answers[0].given.digit"),
    ],
)
def test_answers_that_do_not_fit_are_refused_by_path_and_nothing_is_sent(
    session, model, answers, path
):
    mine = session.as_("bob").task(opened(model))
    batch = mine.next_batch()
    before = session.chain.block_number
    with pytest.raises(AnswersInvalid) as refused:
        mine.submit(batch, answers)
    assert refused.value.faults[0][0] == path and len(str(refused.value)) < 2_000
    assert session.chain.block_number == before
    assert mine.submit(batch, right(batch)), "corrected, they are taken"


def test_a_text_of_100_mb_is_refused_before_anything_looks_at_it(session, model):
    mine = session.as_("bob").task(opened(model, questionnaire=CATS))
    batch = mine.next_batch()
    with pytest.raises(AnswersInvalid, match="100,000,000 characters, 100 are the most"):
        mine.submit(batch, [{"cat": "no", "why": "x" * 100_000_000}] + [{"cat": "no"}] * 3)


def test_a_sheet_that_is_too_large_as_a_whole_is_refused(session, model):
    long = dml.Questionnaire([dml.Text("why", "Why?", longest=100_000)])
    task = opened(model, questionnaire=long, items=images(60), batch_size=60)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    with pytest.raises(AnswersInvalid, match="bytes together"):
        mine.submit(batch, [{"why": "x" * 100_000}] * 60)


def test_answers_are_taken_once(session, model):
    mine = session.as_("bob").task(opened(model))
    batch = mine.next_batch()
    mine.submit(batch, right(batch))
    with pytest.raises(DispatchError.named("Annotations", "NotHolding")):
        mine.submit(batch, [0] * 4)
    session.clock.advance(days=7)
    session.seal()
    assert len(mine.reveal()) == 1, "what was handed in first can still be revealed"


def test_anothers_batch_and_anothers_task_are_refused(session, model):
    task = opened(model)
    batch = session.as_("bob").task(task).next_batch()
    theirs = session.as_("charlie").task(task)
    with pytest.raises(DispatchError.named("Annotations", "NotHolding")):
        theirs.submit(batch, right(batch))
    other = session.as_("bob").task(opened(model))
    with pytest.raises(UsageError, match="is not of task"):
        other.submit(batch, right(batch))
    with pytest.raises(UsageError, match="next_batch"):
        other.submit(0, right(batch))


def test_late_answers_are_refused_and_cost_nothing(session, model):
    mine = session.as_("bob").task(opened(model))
    batch = mine.next_batch()
    session.clock.advance(hours=1, seconds=1)
    session.seal()
    balance = session.account("bob").balance()
    with pytest.raises(DispatchError.named("Annotations", "LeaseOver")):
        mine.submit(batch, right(batch))
    assert session.account("bob").balance() == balance


def test_answers_to_a_closed_task_are_refused(session, model):
    task = opened(model)
    task.stop()
    session.clock.advance(hours=1, seconds=1)
    task.close()
    with pytest.raises(dml.errors.NothingToAnnotate) as refused:
        session.as_("bob").task(task).next_batch()
    assert refused.value.why == "over"


# --- what annotators reveal -----------------------------------------------------------------------

GOOD = Sheet(0, tuple(Answer(item, {"digit": 1}) for item in range(4)))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        json.dumps({"version": 1, "batch": 0, "answers": []}).encode(),
        Sheet(1, GOOD.answers).encode(),
        GOOD.encode().replace(b'"digit":1', b'"digit":99'),
        GOOD.encode() + b" " * (4 << 20),
    ],
    ids=["empty", "no json", "nested", "nothing answered", "other batch", "no option", "too large"],
)
def test_what_is_no_answers_gets_nothing_and_stops_nobody_elses_award(session, model, document):
    task = opened(model, items=images(8), answers_per_item=1)
    whose = hand_in(session, task, "bob", document)
    annotate(task, "charlie", lambda batch: [1] * 4)
    assert [who for who, _ in task.sheets()] == [session.account("charlie").address]
    assert list(task.unreadable) == [whose]
    judged = task.validate(dml.validation.manual({(1, session.account("charlie").address): 1}))
    assert judged.unreadable[whose]
    told = {row["account"]: (row["stage"], row["score"]) for row in task.awards()}
    assert told[whose[1]] == ("scored", 0) and told[session.account("charlie").address][1] == 1


def test_where_nobody_gave_answers_all_get_nothing(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    hand_in(session, task, "bob", b"no json")
    judged = task.validate(dml.validation.agreement())
    assert judged.scores == () and task.awards()[0]["score"] == 0


def test_answers_that_the_store_does_not_have_wait_unless_the_owner_says_otherwise(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    nowhere = {"Cid": str(dml.storage.cid_of(b"never stored"))}
    whose = hand_in(session, task, "bob", GOOD.encode(), nowhere)
    with pytest.raises(UsageError, match="can be judged yet"):
        task.validate()
    assert whose in task.unreadable and task.awards()[0]["stage"] == "revealed"


def test_the_owner_may_score_what_never_came_as_nothing(session, model):
    task = opened(model, items=images(8), answers_per_item=1)
    nowhere = {"Cid": str(dml.storage.cid_of(b"never stored"))}
    whose = hand_in(session, task, "bob", GOOD.encode(), nowhere)
    annotate(task, "charlie", lambda batch: [1] * 4)
    with pytest.warns(UserWarning, match="does not have the answers"):
        assert task.validate().receipts == ()
    assert task.awards(whose[1])[0]["stage"] == "revealed"
    task.validate(unread="nothing")
    assert task.awards(whose[1])[0]["score"] == 0


def test_the_owner_may_score_as_nothing_where_nothing_at_all_came(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    nowhere = {"Cid": str(dml.storage.cid_of(b"never stored"))}
    hand_in(session, task, "bob", GOOD.encode(), nowhere)
    task.validate(unread="nothing")
    assert task.awards()[0]["score"] == 0


def test_answers_at_an_address_that_is_no_cid_are_none(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    uri = {"Uri": {"uri": "0x" + b"s3://x".hex(), "sha256": "0x" + "11" * 32}}
    whose = hand_in(session, task, "bob", GOOD.encode(), uri)
    assert "no CID" in task.unreadable[whose]
    assert [(f.kind, f.annotator) for f in task.judge().findings] == [("unreadable", whose[1])]
    task.validate()
    assert task.awards()[0]["score"] == 0


def test_a_huge_file_in_the_place_of_answers_is_not_read_into_memory(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    whose = hand_in(session, task, "bob", b"0" * (5 << 20))
    assert "are the most" in task.unreadable[whose]
    with pytest.raises(ContentTooLarge):
        session.store.get(session.store.put(b"0" * (5 << 20)), limit=4 << 20)


def test_texts_of_strangers_are_shown_as_text(session, model):
    hostile = dml.Questionnaire(
        [dml.Choice("digit", "<script>alert(1)</script>", options=[0, 1])], title="<img src=x>"
    )
    task = opened(model, questionnaire=hostile)
    assert "<script>" not in task._repr_html_() and "<img" not in task._repr_html_()


ODD = [True, -1, 10**40, "", "\ud800", [], {}, object(), float("nan"), b"", np.zeros(3)]


@pytest.mark.parametrize("odd", ODD, ids=[repr(o)[:12] for o in ODD])
def test_what_cannot_be_meant_is_told_in_words(session, model, odd, tmp_path):
    task = opened(model, items=images(4), answers_per_item=1)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    desk = mine.desk(tmp_path)
    desk.resume()
    asked = [
        lambda: mine.submit(batch, odd),
        lambda: mine.submit(batch, [odd] * 4),
        lambda: mine.submit(batch, [{"digit": odd}] * 4),
        lambda: mine.submit(odd, [1] * 4),
        lambda: desk.answer(odd, "digit", 1),
        lambda: desk.answer(0, odd, 1),
        lambda: desk.answer(0, "digit", odd),
        lambda: desk.flag(0, [odd]),
        lambda: desk.content(0, odd),
        lambda: desk.go(odd),
        lambda: session.task(odd),
        lambda: mine.dispute(odd),
        lambda: mine.accept(odd),
        lambda: mine.explain(odd),
        lambda: task.report(odd, "bob"),
        lambda: task.report(0, odd),
        lambda: task.award([odd]),
        lambda: task.award([(odd, odd)]),
        lambda: task.score([odd]),
        lambda: task.report_findings([odd], 1),
        lambda: task.validate(odd),
        lambda: task.judge(decisions=odd),
        lambda: task.dataset(odd),
        lambda: task.confusion(odd),
        lambda: task.disagreements(odd),
        lambda: model.train_on(odd),
        lambda: model.annotation_task(items=odd, questionnaire=DIGITS, reward_per_point=odd),
        lambda: model.annotation_task(items=images(1), questionnaire=odd, reward_per_point=1),
    ]  # fmt: skip
    mine.submit(batch, [1] * 4)
    for ask in asked:
        with pytest.raises(dml.errors.DMLError):
            ask()
