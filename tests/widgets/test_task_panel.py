"""The kernel half of the task panel, on a real chain and a comm that counts instead of a page."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.errors import ContentNotFound, UsageError
from dml_sdk.widgets import TaskPanel
from dml_sdk.widgets.task.looking import PAGE, items_page
from dml_sdk.widgets.task.picture import task_html
from dml_sdk.widgets.task.stages import MOST_CELLS, STAGES, Handed, cells_plain
from dml_sdk.widgets.task.words import LONGEST, answer_words
from tests.annotation.tasks import DIGITS, TRUTH, annotate, images, opened, right
from tests.waiting import until
from tests.widgets.conftest import SENT
from tests.widgets.page import Page

EVIL = '<img src=x onerror="alert(1)">\u202e\x1b'
ANNOTATORS = ("bob", "charlie", "dave")


def always_three(batch: Batch) -> list[int]:
    return [3 for _ in batch.items]


@pytest.fixture
def task(model: dml.Model) -> AnnotationTask:
    """Twelve digits in batches of four, each for three; Alice's."""
    return opened(model, answers_per_item=3, validation=dml.validation.agreement())


@pytest.fixture
def answered(task: AnnotationTask) -> AnnotationTask:
    """All of it answered and shown: Bob and Charlie say what is right, Dave says 3."""
    for name, says in zip(ANNOTATORS, (right, right, always_three), strict=True):
        annotate(task, name, says)
    for name in ANNOTATORS:
        task.session.as_(name).task(task).reveal()
    return task


@pytest.fixture
def page(answered: AnnotationTask, sent: Any) -> Iterator[Page]:
    """Alice's panel, once the answers are judged."""
    with shown_on(TaskPanel(answered)) as page:
        yield page


@contextmanager
def shown_on(panel: TaskPanel) -> Iterator[Page]:
    """The page of a panel, once the answers have been judged; the panel is closed at the end."""
    page = Page(panel)
    page.shows(lambda p: not p.judged["works"], "what the answers come to")
    yield page
    panel.close()


def address(page: Page, name: str) -> str:
    return str(page.panel.session.account(name).address)


def asked(page: Page, what: str, **given: Any) -> dict[str, Any]:
    """Asks for what one view looks at, and waits for the answer."""
    before = len(page.told(what))
    page.send(do=what, view="here", **given)
    until(lambda: len(page.told(what)) > before, f"the {what}")
    told: dict[str, Any] = page.told(what)[-1]
    assert told["view"] == "here"
    return told


def items(page: Page, filter: str = "apart", question: str | None = None) -> dict[str, Any]:
    return asked(page, "items", filter=filter, question=question, first=0)


# --- what is shown --------------------------------------------------------------------------------


def test_before_anybody_answers_it_says_how_far_it_is(task: AnnotationTask, sent: Any) -> None:
    with shown_on(TaskPanel(task)) as page:
        panel = page.panel
        assert panel.head["name"] == "Digits" and panel.head["state"] == "live"
        told = panel.task_told
        assert (told["state"], told["wanted"], told["committed"]) == ("open", 9, 0)
        assert (told["set_aside"], told["remaining"], told["reward"]) == ("7.2", "7.2", "0.1")
        assert told["owner"] and told["answered"] == [12, 0, 0, 0]
        assert panel.batches["total"] == [0] * 6 and len(panel.batches["cells"]) == 3
        assert panel.people == {"rows": [], "total": 0} and panel.judged["sheets"] == 0
        assert "No answers wait" in panel.refusals["score"]
        assert "Nobody annotates yet" in panel.picture_html()
        page.send(do="csv")
        until(lambda: page.told("said"), "why there is no file")
        assert "No answer was revealed yet" in page.told("said")[-1]


def test_batches_are_told_by_stage_as_they_go(task: AnnotationTask, sent: Any) -> None:
    mine = task.session.as_("bob").task(task)
    with shown_on(TaskPanel(task)) as page:
        stage = STAGES.index
        batch = mine.next_batch()
        page.shows(lambda p: p.batches["total"][stage("held")] == 1, "the lease")
        (row,) = page.panel.people["rows"]
        assert row["holds"][0] == batch.number and row["name"] == "bob"
        mine.submit(batch, right(batch))
        page.shows(lambda p: p.batches["cells"][batch.number][stage("fixed")] == 1, "the answers")
        assert page.panel.task_told["answered"] == [8, 4, 0, 0]


def test_a_lease_that_ran_out_is_given_up_and_free(task: AnnotationTask, sent: Any) -> None:
    task.session.as_("bob").task(task).next_batch()
    with shown_on(TaskPanel(task)) as page:
        task.session.clock.advance(hours=2)
        page.shows(lambda p: p.people["rows"][0]["given_up"] == 1, "that it ran out")
        assert page.panel.batches["total"] == [0] * 6
        assert page.panel.people["rows"][0]["holds"] is None


def test_agreement_people_and_findings_are_those_of_the_noun(page: Page) -> None:
    panel, task = page.panel, page.panel.task
    (figures,) = panel.agreement
    (row,) = task.agreement()
    assert figures["alpha"] == pytest.approx(row["alpha"]) and figures["words"] == row["words"]
    by_name = {person["name"]: person for person in panel.people["rows"]}
    scores = [s.score for s in task.judge().scores if s.annotator == address(page, "bob")]
    assert by_name["bob"]["score"] == pytest.approx(sum(scores) / 3) and min(scores) > 0.8
    assert by_name["bob"]["alike"] > by_name["dave"]["alike"]
    assert by_name["bob"]["handed"] == 3 and by_name["bob"]["answers"] == 12


def test_the_confusion_is_of_everybody_or_of_one(page: Page) -> None:
    everybody = asked(page, "confusion", question="digit", annotator=None)
    assert everybody["answers"] == 36 and everybody["right"][3] == "3"
    dave = asked(page, "confusion", question="digit", annotator=address(page, "dave"))
    assert sum(map(sum, dave["counts"])) == 12
    assert sum(row[3] for row in dave["counts"]) == 12, "he says 3 of everything"


def test_what_is_disagreed_upon_comes_with_everybodys_words(page: Page) -> None:
    told = items(page)
    threes = [item for item, digit in enumerate(TRUTH) if digit == 3]
    assert told["total"] == 12 - len(threes) and told["page"] == 12
    first = told["rows"][0]
    assert first["consensus"] == str(TRUTH[first["item"]])
    assert {answer["words"] for answer in first["answers"]} == {first["consensus"], "3"}
    assert items(page, "flagged")["total"] == items(page, "decided")["total"] == 0


def test_what_an_item_shows_is_sent_checked_in_pieces(page: Page) -> None:
    page.send(do="look", items=[4, 400, "x"])
    until(lambda: page.told("piece"), "the image")
    (piece,) = page.told("piece")
    assert (piece["item"], piece["type"], piece["fault"]) == (4, "image/png", "")
    assert (piece["parts"], piece["pieces"]) == (1, 1)


def test_media_that_is_not_in_the_store_is_told_as_a_fault(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> bytes:
        raise ContentNotFound("The store does not have it.")

    monkeypatch.setattr(page.panel.task.session.store, "get", gone)
    page.send(do="look", items=[4])
    until(lambda: page.told("piece"), "the fault")
    assert "does not have it" in page.told("piece")[-1]["fault"]


# --- the owner's word -----------------------------------------------------------------------------


def test_accepting_leaving_out_and_choosing_change_the_consensus_and_can_be_undone(
    page: Page,
) -> None:
    first, second, third = (row["item"] for row in items(page)["rows"][:3])
    page.send(do="agree", item=first, question="digit", who=None)
    page.send(do="right", item=second, question="digit", value=3)
    page.send(do="leave_out", item=third)
    assert page.panel.decided == {
        "right": 2, "left_out": 1, "sheets": 0, "undo": 3, "heard": {}
    }  # fmt: skip
    page.shows(lambda p: not p.judged["works"], "what it comes to")
    rows = {row["item"]: row for row in items(page)["rows"]}
    assert [row["item"] for row in items(page)["rows"]][:3] == [first, second, third]
    assert rows[first]["decided"] == {"how": "right", "words": str(TRUTH[first])}
    assert (rows[second]["consensus"], rows[second]["certainty"]) == ("3", 1.0)
    assert rows[third]["decided"]["how"] == "left out" and rows[third]["consensus"] is None
    assert [row["item"] for row in items(page, "decided")["rows"]] == sorted([first, second, third])
    assert page.panel.review.decisions == page.panel.task.review().decisions, "it is kept"
    for left in (2, 1, 0):
        page.send(do="undo")
        assert page.panel.decided["undo"] == left
    page.send(do="undo")
    assert "nothing to undo" in page.told("said")[-1]


def test_somebodys_own_answer_can_be_taken_as_right(page: Page) -> None:
    row = items(page)["rows"][0]
    page.send(do="agree", item=row["item"], question="digit", who=address(page, "dave"))
    assert page.panel.review.decisions.right == {row["item"]: {"digit": 3}}
    page.send(do="agree", item=row["item"], question="digit", who=address(page, "eve"))
    assert "no such answer" in page.told("said")[-1]


def test_what_is_no_answer_is_refused_in_words(page: Page) -> None:
    page.send(do="right", item=0, question="digit", value="<b>")
    assert "no answer" in page.told("said")[-1]
    page.send(do="right", item=99, question="digit", value=1)
    assert "no item" in page.told("said")[-1]
    page.send(do="judge", batch=77, who=address(page, "bob"), counts=True)
    assert "no such sheet" in page.told("said")[-1]
    assert not page.panel.review.decisions


@pytest.mark.parametrize(
    "message",
    [
        {"do": "right"},
        {"do": "right", "item": "0", "question": "digit", "value": 1},
        {"do": "agree", "item": 0, "question": None, "who": None},
        {"do": "judge", "batch": 0, "who": "x", "counts": "yes"},
        {"do": "items", "view": "v", "filter": "everything", "question": None, "first": 0},
        {"do": "items", "view": "v", "filter": "apart", "question": 3, "first": 0},
        {"do": "look", "items": list(range(99))},
        {"do": "confusion", "view": "v", "question": 1, "annotator": None},
        {"do": "nothing"},
    ],
)
def test_what_no_page_of_this_sends_changes_nothing(page: Page, message: dict[str, Any]) -> None:
    before = len(SENT)
    page.send(**message)
    assert len(SENT) == before and not page.panel.review.decisions


# --- scores, awards, reports ----------------------------------------------------------------------


def test_what_scores_would_pay_is_the_chains_and_becomes_true(page: Page) -> None:
    panel, task = page.panel, page.panel.task
    told = {(row["batch"], row["who"]): row["amount"] for row in panel.scoring["rows"]}
    assert len(told) == 9 and all(told.values())
    foretold = Decimal(panel.scoring["sum"])
    preview = page.preview("score")
    assert preview["effects"][0] == "9 sheets scored, which can be disputed"
    outcome = page.press("score")
    assert outcome["receipt"]["call"].startswith("Annotations.score")
    assert outcome["receipt"]["fee"] == preview["fee"]
    page.shows(lambda p: p.scoring["total"] == 0, "that all are scored")
    assert "Nothing is due" in panel.refusals["award"]
    task.session.clock.advance(days=20)
    page.shows(lambda p: p.task_told["due"] == 9, "that it is due")
    assert page.press("award")["state"] == "accepted"
    page.shows(lambda p: p.task_told["settled"] == 9, "that it is paid")
    assert Decimal(panel.task_told["paid"]) == foretold
    assert page.preview("close")["error"] is None
    assert page.press("close")["state"] == "accepted"
    page.shows(lambda p: p.task_told["state"] == "closed", "the end")
    assert panel.refusals["close"] == "It is closed."


def test_a_sheet_of_the_owners_word_is_paid_by_it(page: Page) -> None:
    dave = address(page, "dave")
    page.send(do="judge", batch=0, who=dave, counts=True)
    page.send(do="judge", batch=1, who=dave, counts=False)
    page.shows(lambda p: not p.judged["works"] and p.scoring["rows"], "the new scores")
    rows = {(row["batch"], row["who"]): row for row in page.panel.scoring["rows"]}
    assert rows[0, dave]["amount"] == "0.8" and rows[0, dave]["word"] is True
    assert rows[1, dave]["amount"] == "0" and rows[1, dave]["why"] == "rejected by the owner"
    page.press("score")
    page.shows(lambda p: p.scoring["total"] == 0, "that all are scored")
    told = asked(page, "annotator", who=dave)
    found = {row["batch"]: (row["score"], row["amount"]) for row in told["rows"]}
    assert found[0] == (1.0, "0.8") and found[1] == (0.0, "0")


def test_a_report_takes_the_award_and_says_what_it_would_do(page: Page) -> None:
    dave = address(page, "dave")
    given = {"batch": "2", "who": dave, "part": "0", "cause": "spam"}
    told = page.preview("report", **given)
    assert told["error"] is None and any("reported" in line for line in told["effects"])
    assert page.press("report", **given)["receipt"]["call"] == "Annotations.report"
    page.shows(lambda p: p.scoring["total"] == 8, "that it waits no more")
    assert page.preview("report", **{**given, "part": "200", "batch": "1"})["error"] is not None


def test_all_who_were_found_out_are_reported_together(model: dml.Model, sent: Any) -> None:
    items, kinds = images(120), [n % 10 for n in range(120)]
    task = opened(model, items=items, answers_per_item=4, batch_size=40)

    def truth(batch: Batch) -> list[int]:
        return [kinds[n] for n in batch.items]

    for name in ANNOTATORS:
        annotate(task, name, truth)
    annotate(task, "eve", always_three)
    for name in (*ANNOTATORS, "eve"):
        task.session.as_(name).task(task).reveal()
    with shown_on(TaskPanel(task)) as page:
        eve = page.panel.people["rows"][0]
        assert eve["name"] == "eve" and eve["finding"][0] == "constant", (
            "who was found out is first"
        )
        assert [row["report"] for row in page.panel.people["rows"]] == [0, None, None, None]
        told = page.preview("report_found", part="0")
        assert told["error"] is None
        assert page.press("report_found", part="0")["receipt"]["call"] == "Annotations.report"
        page.shows(lambda p: p.scoring["total"] == 11, "the report")
        # Two batches are open still: to report one would take a part of the stake once more.
        page.shows(lambda p: p.people["rows"][0]["report"] is None, "that eve was reported")
        page.shows(lambda p: "reported" in p.refusals["report_found"], "that nobody is left")


def test_a_copy_is_previewed_as_what_it_is_reported_as(model: dml.Model, sent: Any) -> None:
    truth = [n % 10 for n in range(120)]
    task = opened(model, items=images(120), answers_per_item=4, batch_size=40)

    def says(seed: int, part: float) -> list[int]:
        rng = np.random.default_rng(seed)
        guesses = rng.integers(0, 10, len(truth)).tolist()
        return [
            guess if rng.random() < part else right
            for guess, right in zip(guesses, truth, strict=True)
        ]

    copied = says(9, 0.5)
    said = {"bob": says(1, 0.05), "charlie": says(2, 0.05), "dave": copied, "eve": copied}
    for name, values in said.items():
        annotate(task, name, lambda batch, of=values: [of[n] for n in batch.items])
    for name in said:
        task.session.as_(name).task(task).reveal()
    known = dml.validation.gold({item: {"digit": truth[item]} for item in range(30)})
    with shown_on(TaskPanel(task, known)) as page:
        told = page.preview("report_found", part="50")
        assert told["error"] is None and any("collusion" in line for line in told["effects"])
        assert page.preview("report_found", part="200")["error"] is not None
        # Neither has anything at stake, which is no reason to fail.
        assert page.press("report_found", part="50")["state"] == "accepted"
        reported = [address(page, name) for name in ("dave", "eve")]
    assert [task.explain(0, who).cause for who in reported] == ["collusion"] * 2


def test_who_promised_and_never_showed_it_is_reported_with_them(
    model: dml.Model, session: dml.Session, sent: Any
) -> None:
    task = opened(model, items=images(4), answers_per_item=2, batch_size=4)
    dave = session.as_("dave").task(task)
    dave.submit(dave.next_batch(), [0] * 4)
    annotate(task, "bob")
    task.stop()
    session.clock.advance(hours=2)
    session.as_("bob").task(task).reveal()
    with shown_on(TaskPanel(task)) as page:
        assert "Nothing was found" in page.panel.refusals["report_found"], "it can be shown still"
        session.clock.advance(days=1)
        page.shows(lambda p: not p.refusals["report_found"], "that its time is over")
        assert page.press("report_found", part="0")["receipt"]["call"] == "Annotations.report"
    assert dave.awards(dave.session.signer).column("stage") == ["settled"]


def test_ending_it_sooner_is_the_owners(task: AnnotationTask, sent: Any) -> None:
    with shown_on(TaskPanel(task)) as page:
        deadline = page.panel.task_told["deadline"]
        assert page.press("stop")["state"] == "accepted"
        page.shows(lambda p: p.task_told["deadline"] < deadline, "the new deadline")


def test_who_neither_owns_nor_validates_looks_on_and_decides_nothing(
    answered: AnnotationTask, sent: Any
) -> None:
    with shown_on(TaskPanel(answered.as_(answered.session.as_("eve")))) as page:
        panel = page.panel
        assert panel.head["state"] == "read-only" and "look on" in panel.head["why"]
        assert panel.agreement and items(page)["total"], "what is public is shown"
        assert "Only the model's owner" in panel.refusals["score"]
        page.send(do="leave_out", item=0)
        assert "look on" in page.told("said")[-1] and not panel.review.decisions


def test_a_validator_scores_and_cannot_report(model: dml.Model, sent: Any) -> None:
    task = opened(model, answers_per_item=2, validators=[model.session.account("eve")])
    for name in ("bob", "charlie"):
        annotate(task, name)
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    with shown_on(TaskPanel(task.as_(task.session.as_("eve")))) as page:
        assert page.panel.head["state"] == "live"
        assert "owner" in page.panel.refusals["report"]
        assert page.panel.scoring["sum"] is None, "only an owner can have it foretold"
        assert page.press("score")["state"] == "accepted"


def test_without_the_gold_that_judges_it_the_figures_are_there_and_no_score_is(
    model: dml.Model, sent: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    policy = dml.validation.gold({0: {"digit": 0}})
    task = opened(model, answers_per_item=2, validation=policy, keep_gold=tmp_path / "elsewhere")
    for name in ("bob", "charlie"):
        annotate(task, name)
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    there = task.session.task(task.id)
    with shown_on(TaskPanel(there)) as page:
        assert "gold" in page.panel.judged["no_policy"]
        assert page.panel.scoring["total"] == 0 and page.panel.agreement[0]["items"] == 12
        assert "gold" in page.panel.refusals["score"]
    published: list[Any] = []
    validate = type(there).validate

    def heard(self: AnnotationTask, *given: Any, **more: Any) -> Any:
        published.append(more["gold"])
        return validate(self, *given, **more)

    monkeypatch.setattr(type(there), "validate", heard)
    with shown_on(TaskPanel(there, gold=tmp_path / "elsewhere")) as page:
        assert page.panel.judged["no_policy"] == "" and page.panel.scoring["total"] == 6
        assert page.press("score")["state"] == "accepted"
    # Only a folder's gold has the salt with which it can be published.
    assert published == [tmp_path / "elsewhere"]


def test_what_gets_no_score_for_now_is_told_with_why(model: dml.Model, sent: Any) -> None:
    task = opened(model, answers_per_item=2, validation=dml.validation.agreement())
    for name in ("bob", "charlie"):
        annotate(task, name)  # the last one's answers are shown as they are handed in
    with shown_on(TaskPanel(task)) as page:
        scoring = page.panel.scoring
        assert (scoring["total"], scoring["held_total"]) == (0, 3)
        held = scoring["held"][0]
        assert held["who"] == address(page, "charlie")
        assert "not shown their answers yet" in held["why"]
        assert held["until"] == page.panel.task_told["score_until"]
        assert page.panel.refusals["score"] == "All are held back for now."


def test_what_a_view_decides_is_numbered_done_once_and_told_with_what_is_told(page: Page) -> None:
    first, second = (row["item"] for row in items(page)["rows"][:2])
    right = {"do": "right", "question": "digit", "value": 3, "view": "here"}
    page.send(**right, item=first, n=1)
    page.send(**right, item=second, n=2)
    page.send(**right, item=second, n=2)  # once more, as after a line that was lost
    page.send(**right | {"value": 99}, item=second, n=3)  # refused, and heard all the same
    assert page.panel.decided["heard"] == {"here": 3} and page.panel.decided["undo"] == 2
    assert items(page)["heard"] == 3
    page.shows(lambda p: p.scoring["heard"] == {"here": 3}, "it in the scores")
    page.send(do="undo", view="here", n=4)
    page.send(do="undo", view="here", n=4)
    assert page.panel.review.decisions.right == {first: {"digit": 3}}
    told = {"view": "here", "item": second, "question": "digit", "sheet": None}
    assert page.told("undone") == [told]


def test_an_undo_tells_the_sheet_that_it_was_on(page: Page) -> None:
    dave = address(page, "dave")
    page.send(do="judge", batch=0, who=dave, counts=False, view="here", n=1)
    page.send(do="undo", view="here", n=2)
    assert page.told("undone")[-1]["sheet"] == (0, dave)
    assert not page.panel.review.decisions.sheets


def test_a_page_of_items_is_that_of_what_is_to_be_shown(page: Page) -> None:
    last = page.panel.judging.last
    none = page.panel.review.decisions
    whole = items_page(last, none, "all", None, 0)["rows"]
    assert len(whole) == 12 == PAGE
    for place, row in enumerate(whole):
        told = items_page(last, none, "all", None, 0, (row["item"], None))
        assert told["rows"][place] == row
    assert items_page(last, none, "decided", None, 0, (3, "digit"))["total"] == 0


def test_where_one_answers_an_item_all_answers_can_be_looked_at_and_decided(
    model: dml.Model, sent: Any
) -> None:
    task = opened(model, answers_per_item=1)
    annotate(task, "bob")
    task.session.as_("bob").task(task).reveal()
    with shown_on(TaskPanel(task)) as page:
        assert items(page)["total"] == 0 and page.panel.people["rows"][0]["kappa"] is None
        told = items(page, "all")
        assert told["total"] == 12 and [row["item"] for row in told["rows"]] == list(range(12))
        row = told["rows"][3]
        page.send(do="right", item=3, question=row["question"], value=5)
        until(lambda: items(page, "decided")["total"] == 1, "what was decided")


def test_what_cannot_be_judged_is_said_and_tried_again(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, whole = page.panel, page.panel.task.collected

    def broken() -> Any:
        raise ContentNotFound("The store has lost it.")

    monkeypatch.setattr(type(panel.task), "collected", lambda self: broken())
    page.send(do="again")
    page.shows(lambda p: "lost" in p.judged["error"], "what went wrong")
    assert panel.agreement, "what was shown stays"
    monkeypatch.setattr(type(panel.task), "collected", lambda self: whole())
    page.send(do="again")
    page.shows(lambda p: not p.judged["error"] and not p.judged["works"], "that it went well")


# --- files, pictures, hostile words ---------------------------------------------------------------


def test_files_are_those_of_the_noun_and_carry_the_owners_word(page: Page) -> None:
    item = items(page)["rows"][0]["item"]
    page.send(do="right", item=item, question="digit", value=3)
    page.shows(lambda p: not p.judged["works"], "what it comes to")
    for name, _ in page.panel.task_told["exports"]:
        before = len(page.told("file"))
        page.send(do="export", name=name)
        until(lambda before=before: len(page.told("file")) > before, f"the file {name}")
        file = page.told("file")[-1]
        assert file["name"] == f"Digits-{name}"
        if name.endswith(".json"):
            assert len(json.loads(file["text"])) == 12
    decisions = page.panel.review.decisions
    text = page.panel.task.export("consensus.csv", decisions=decisions)
    rows = {int(row["item"]): row for row in csv.DictReader(io.StringIO(text))}
    assert rows[item]["value"] == "3" and float(rows[item]["certainty"]) == 1
    page.send(do="export", name="../../etc/passwd")
    until(lambda: page.told("said"), "the refusal")
    assert "no export" in page.told("said")[-1]


def test_what_is_not_judged_yet_is_not_signed_and_an_export_waits_for_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, go_on = page.panel.judging._judged, threading.Event()

    def slowly() -> Any:
        go_on.wait(60)
        return judge()

    monkeypatch.setattr(page.panel.judging, "_judged", slowly)
    page.send(do="leave_out", item=0)
    page.shows(lambda p: "judged anew" in p.refusals["score"], "why not")
    page.send(do="export", name="consensus.csv")
    with pytest.raises(UsageError, match="judged anew"):
        page.panel.csv()
    assert not page.told("file")
    go_on.set()
    page.shows(lambda p: p.refusals["score"] == "", "that it can be signed")
    until(lambda: page.told("file"), "the file")
    assert "\n0," not in page.told("file")[0]["text"], "what was left out is not in it"


def test_the_picture_of_a_saved_notebook_stands_alone(page: Page) -> None:
    html = page.panel.picture_html()
    assert "Digits" in html and "bob" in html and "alpha" in html and "<script" not in html
    bundle = page.panel._repr_mimebundle_()
    assert bundle["text/html"] == html


def test_hostile_words_are_written_out_and_stay_text(model: dml.Model, sent: Any) -> None:
    questions = dml.Questionnaire(
        [
            dml.Choice("kind", EVIL, options=[{"value": "a", "label": EVIL}, "b"]),
            dml.Text("why", "Why?", required=False, longest=10_000),
        ],
        title=EVIL,
    )
    task = opened(model, questionnaire=questions, answers_per_item=2)

    def hostile(batch: Batch) -> list[Answer]:
        return [
            Answer(n, {"kind": "a", "why": EVIL * 40}, flag="=HYPERLINK(1)") for n in batch.items
        ]

    annotate(task, "bob", hostile)
    annotate(task, "charlie", lambda batch: [{"kind": "b"} for _ in batch.items])
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    with shown_on(TaskPanel(task)) as page:
        row = items(page, question="kind")["rows"][0]
        words = [answer["words"] for answer in row["answers"]]
        assert any("\\u202e" in word for word in words) and not any("\x1b" in w for w in words)
        text = items(page, "flagged", "why")["rows"][0]["answers"][0]["words"]
        assert len(text) <= LONGEST and text.endswith("…")
        assert "<img" not in page.panel.picture_html()
        assert "'=HYPERLINK(1)" in page.panel.csv()


def test_a_picture_escapes_what_it_is_given() -> None:
    told = {
        "id": 1, "state": EVIL, "asset": EVIL, "set_aside": "1", "paid": "0", "remaining": "1",
        "wanted": 2, "committed": 1, "revealed": 1, "settled": 0,
    }  # fmt: skip
    head = {
        "noun": "Task", "name": EVIL, "block": 3, "state": "live",
        "signer": {"name": EVIL, "address": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"},
    }  # fmt: skip
    people = {"total": 1, "rows": [{
        "who": EVIL, "name": EVIL, "handed": 1, "alike": None, "score": None, "paid": "0",
        "finding": [EVIL, EVIL],
    }]}  # fmt: skip
    batches = cells_plain([], 2, 3, 0)
    agreement = [{"question": "q", "alpha": None, "words": EVIL}]
    html = task_html(head, told, [{"id": "q", "text": EVIL}], batches, people, agreement, None)
    assert "<img" not in html and "onerror=&quot;" in html


# --- how it is told -------------------------------------------------------------------------------


def test_a_task_of_very_many_batches_is_told_in_a_few_hundred_cells() -> None:
    nothing = dml.types.Amount(0, dml.types.Asset("DML", 12))
    handed = [Handed(batch, "x", "shown", None, None, None, nothing, 1) for batch in range(65_000)]
    told = cells_plain(handed, 65_536, 2, 0)
    assert len(told["cells"]) <= MOST_CELLS and told["total"][STAGES.index("shown")] == 65_000
    assert told["each"] * len(told["cells"]) >= 65_536


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        (dml.Choice("q", "?", options=[{"value": 1, "label": "One"}, 2]), 1, "One"),
        (dml.Choices("q", "?", options=["a", "b"]), ["a", "b"], "a, b"),
        (dml.Choices("q", "?", options=["a", "b"]), [], "none of them"),
        (dml.Ranking("q", "?", options=["a", "b"]), ["b", "a"], "b > a"),
        (dml.Preference("q", "?"), "tie", "tie"),
        (dml.Scale("q", "?"), 4, "4"),
        (dml.Number("q", "?", unit="cm"), 2.5, "2.5 cm"),
        (dml.Text("q", "?"), "a\x07b", "a\\x07b"),
        (dml.Boxes("q", "?", labels=["cat"]), [{"label": "cat"}] * 2, "2 boxes: 2 cat"),
        (dml.Spans("q", "?", labels=["PER"]), [], "0 spans"),
        (dml.Scale("q", "?"), None, "–"),
    ],
)  # fmt: skip
def test_every_kind_of_answer_has_words(question: Any, value: Any, words: str) -> None:
    assert answer_words(question, value) == words


def test_only_a_task_is_shown(model: dml.Model) -> None:
    with pytest.raises(UsageError, match="AnnotationTask"):
        TaskPanel(model)  # type: ignore[arg-type]


def test_a_closed_panel_follows_nothing(page: Page) -> None:
    page.panel.close()
    page.panel.close()
    before = len(SENT)
    page.panel.session.seal()
    assert len(SENT) == before


def test_questions_are_told_with_what_their_answers_are(page: Page) -> None:
    (told,) = page.panel.questions
    assert told["values"] == list(range(10)) and told["labels"] == list("0123456789")
    assert told["text"] == DIGITS.questions[0].text
