"""The questionnaire panel's kernel half, on a real chain and a comm that counts, not a page."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.media import Manifest, Part
from dml_sdk.annotation.course import handing_in, opening
from dml_sdk.errors import UsageError
from dml_sdk.widgets import QuestionnairePanel
from dml_sdk.widgets.questionnaire import delivery
from dml_sdk.widgets.questionnaire.picture import questionnaire_html
from tests.annotation.tasks import CATS, images, opened
from tests.waiting import LONG, until
from tests.widgets.conftest import SENT
from tests.widgets.page import Page

EVIL = '<img src=x onerror="alert(1)">\'"&'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

Make = Callable[..., QuestionnairePanel]


class Annotator(Page):
    """The page of a questionnaire panel: numbers what it asks of the desk, as a page does."""

    def __init__(self, panel: QuestionnairePanel, view: str = "view") -> None:
        super().__init__(panel)
        self.view, self.number = view, 0

    def take(self) -> None:
        """Takes a batch, and waits until the page knows it."""
        assert self.press("take")["state"] == "accepted"
        self.shows(lambda p: p.desk_told["batch"] is not None, "the batch")

    def ask(self, do: str, **told: Any) -> dict[str, Any]:
        """Asks something of the desk; what the desk said to it."""
        self.number += 1
        batch = self.panel.desk_told["batch"]
        message = {"do": do, "n": self.number, "view": self.view, "batch": batch, **told}
        self.send(**message)
        return self.heard()[-1]

    def heard(self) -> list[dict[str, Any]]:
        """All that the desk said to this view."""
        mine = [d["content"] for _, _, d in SENT if d.get("method") == "custom"]
        return [c for c in mine if (c.get("heard") or {}).get("view") == self.view]

    def pieces(self, item: int, count: int) -> list[dict[str, Any]]:
        """The pieces of an item, once there are so many."""

        def came() -> list[dict[str, Any]]:
            return [piece for piece in self.told("piece") if piece["item"] == item]

        until(lambda: len(came()) >= count, f"{count} pieces of item {item}")
        return came()


@pytest.fixture
def make(model: dml.Model, sent: Any, tmp_path: Path) -> Iterator[Make]:
    """Makes Bob's panel on a task; his drafts are where the test may look."""
    made: list[QuestionnairePanel] = []

    def make_it(**given: Any) -> QuestionnairePanel:
        task = opened(model, **given)
        mine = model.session.as_("bob").task(task, drafts=tmp_path / "drafts")
        made.append(QuestionnairePanel(mine))
        return made[-1]

    yield make_it
    for panel in made:
        panel.close()


@pytest.fixture
def page(make: Make) -> Annotator:
    """Bob's page with a batch of four on his desk."""
    annotator = Annotator(make(questionnaire=CATS))
    annotator.take()
    return annotator


def test_it_is_shown_without_signing_and_says_what_taking_a_batch_means(make: Make) -> None:
    panel = make(stake=0)
    block = panel.session.chain.block_number
    told = panel.desk_told
    assert told["batch"] is None and told["why"] == "" and told["states"] == []
    assert panel.head["signer"]["name"] == "bob" and panel.head["state"] == "live"
    assert panel.questionnaire["questions"][0]["questionId"] == "digit"
    preview = Annotator(panel).preview("take")
    assert preview["error"] is None and float(preview["fee"]) > 0
    assert "up to 4 items; 0.1 DML a point, up to 2 points an item" in preview["effects"]
    assert any("counts for nothing" in line for line in preview["effects"])
    assert panel.session.chain.block_number == block


def test_who_has_too_little_at_stake_is_told_what_to_do(make: Make) -> None:
    panel = make(stake=5)
    assert panel.head["state"] == "read-only"
    assert "at stake as annotator" in panel.desk_told["why"] == panel.head["why"]
    panel.session.pools.get(panel.task.model_id).stake(5, "annotator")
    page = Annotator(panel)
    page.shows(lambda p: p.head["state"] == "live", "that a batch can be taken")
    assert any("can be slashed" in line for line in page.preview("take")["effects"])


def test_a_batch_is_taken_answered_and_handed_in(page: Annotator) -> None:
    panel = page.panel
    assert panel.desk_told["states"] == ["open"] * 4
    assert "Some items are open" in panel.refusals["submit"]
    for item in range(4):
        told = page.ask("answer", item=item, question="cat", value="no")
        assert told["fault"] == "" and told["items"][0]["state"] == "answered"
    assert panel.desk_told["complete"]
    assert page.preview("submit")["error"] is None
    page.shows(lambda p: p.refusals["submit"] == "", "that it can be handed in")
    outcome = page.press("submit")
    assert outcome["state"] == "accepted" and outcome["receipt"]["call"] == "Annotations.commit"
    page.shows(lambda p: p.desk_told["batch"] is None, "an empty desk")
    assert panel.desk_told["earnings"]["unrevealed"] == 1
    assert panel.receipt is not None and panel.desk_told["why"] == ""


def test_the_desk_decides_and_its_word_goes_back(page: Annotator) -> None:
    told = page.ask("answer", item=1, question="cat", value="maybe")
    assert "none of the options" in told["fault"] and told["items"][0]["given"] == {}
    told = page.ask("answer", item=1, question="cat", value="yes")
    assert told["items"][0]["asked"] == ["cat", "mood", "why"]
    assert page.ask("skip", item=2)["items"][0]["state"] == "skipped"
    told = page.ask("flag", item=3, why=EVIL)
    assert (told["items"][0]["state"], told["items"][0]["flag"]) == ("flagged", EVIL)
    assert page.ask("undo", item=0)["show"] == 3
    assert page.ask("undo", item=0)["show"] == 2
    assert page.ask("clear", item=1, question="cat")["items"][0]["given"] == {}
    assert page.ask("go", item=2)["fault"] == "" and page.panel.desk.position == 2
    assert "index" in page.ask("skip", item=99)["fault"]
    assert page.panel.desk_told["states"] == ["open"] * 4


def test_an_operation_that_comes_again_is_answered_again_and_not_done_again(
    page: Annotator,
) -> None:
    page.ask("answer", item=0, question="cat", value="no")
    page.ask("answer", item=1, question="cat", value="no")
    page.ask("undo", item=1)
    page.number -= 1
    told = page.ask("undo", item=1)
    assert told["heard"]["n"] == 3 and told["show"] is None
    assert page.panel.desk.states[0] == "answered"
    other = Annotator(page.panel, "another")
    assert other.ask("answer", item=1, question="cat", value="no")["fault"] == ""
    assert page.panel.desk.states[:2] == ("answered", "answered")


def test_an_answer_to_a_batch_that_is_gone_says_so(page: Annotator) -> None:
    batch = page.panel.desk_told["batch"]
    page.send(do="skip", n=1, view="view", batch=batch + 1, item=0)
    assert "not on the desk any more" in page.heard()[-1]["fault"]
    assert page.panel.desk.states == ("open",) * 4


@pytest.mark.parametrize(
    "message",
    [
        {"do": "answer", "n": 1, "view": "v", "batch": 0},
        {"do": "answer", "n": 1, "view": "v", "batch": 0, "item": [], "question": "cat",
         "value": 1},
        {"do": "answer", "n": "1", "view": "v", "batch": 0, "item": 0},
        {"do": "flag", "n": 1, "view": "v", "batch": 0, "item": 0, "why": 7},
        {"do": "go", "n": 1, "view": "v", "batch": 0, "item": True},
        {"do": "submit", "n": 1, "view": "v", "batch": 0},
        {"do": "want", "batch": 0, "items": "all"},
        {"do": "want", "batch": 0, "items": [None, -1, 99, "0", True, {}]},
        {"do": 3},
        {},
    ],
)  # fmt: skip
def test_what_no_page_of_this_sdk_sends_changes_nothing(
    page: Annotator, message: dict[str, Any]
) -> None:
    page.send(**message)
    page.send(do="want", batch=0, items=[1])
    page.pieces(1, 1)
    assert page.panel.desk.states == ("open",) * 4
    assert {piece["item"] for piece in page.told("piece")} == {1}


def test_items_come_with_their_answers_and_their_bytes(page: Annotator) -> None:
    page.ask("answer", item=2, question="cat", value="yes")
    page.send(do="want", batch=0, items=[2, 3])
    (piece,) = page.pieces(2, 1)
    assert piece["type"] == "image/png" and piece["pieces"] == piece["parts"] == 1
    assert piece["fault"] == ""
    told = [t for t in page.told("items") if t[0]["item"] == 2][-1][0]
    assert told["given"] == {"cat": "yes"} and told["asked"] == ["cat", "mood", "why"]
    page.pieces(3, 1)


def test_a_large_part_comes_in_pieces(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PIECE_BYTES", 1000)
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8)
    page = Annotator(make(items=[noise] * 2, batch_size=2))
    page.take()
    page.send(do="want", batch=0, items=[0])
    size = page.panel.desk.item(0).parts[0].bytes
    count = -(-size // 1000)
    pieces = page.pieces(0, count)
    assert [p["piece"] for p in pieces] == list(range(count)) and count > 3
    assert all(p["pieces"] == count for p in pieces)


def test_what_is_large_comes_only_when_it_is_looked_at(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Annotator(make(batch_size=4))
    page.take()
    sizes = [page.panel.desk.item(item).parts[0].bytes for item in range(4)]
    monkeypatch.setattr(delivery, "AHEAD_BYTES", sizes[0] + sizes[1])
    page.send(do="want", batch=0, items=[0, 1, 2, 3])
    until(lambda: page.told("later"), "what comes later")
    assert page.told("later") == [[2, 3]]
    page.pieces(1, 1)
    monkeypatch.setattr(delivery, "AHEAD_BYTES", 0)
    page.send(do="want", batch=0, items=[3, 2])
    page.pieces(3, 1)
    assert page.told("later")[-1] == [2]


def test_an_answer_asks_the_chain_nothing_and_another_batch_does(
    page: Annotator, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, asked = page.panel, []
    page.shows(lambda p: p.desk_told["earnings"]["expected"] != "0", "what the batch pays")
    chain = panel.session.chain
    monkeypatch.setattr(panel, "refresh", lambda: asked.append("look"))
    panel.read()
    assert asked == []
    for name in ("ask", "get", "entries"):
        monkeypatch.setattr(chain, name, lambda *a, n=name, **k: asked.append(n))
    for item in range(4):
        told = page.ask("answer", item=item, question="cat", value="no")
        assert told["fault"] == ""
    page.ask("go", item=2)
    page.ask("undo", item=2)
    assert (
        asked == []
        and panel.refusals["submit"] == "Some items are open: answer or skip them first."
    )
    page.ask("skip", item=3)
    assert panel.desk_told["points"] == 9 and panel.desk_told["complete"]
    assert panel.refusals["submit"] == "" and asked == []
    monkeypatch.undo()
    monkeypatch.setattr(panel, "refresh", lambda: asked.append("look"))
    panel.desk.submit()
    assert "look" in asked


def test_what_was_read_late_is_never_told_over_what_was_answered_since(page: Annotator) -> None:
    panel = page.panel
    read = panel.read()
    page.ask("skip", item=0)
    panel.tell(**read)
    assert panel.desk_told["states"] == ["skipped", "open", "open", "open"]


def test_while_a_batch_is_handed_in_its_page_is_told_so(
    page: Annotator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item in range(4):
        page.ask("answer", item=item, question="cat", value="no")
    reached, go_on = threading.Event(), threading.Event()
    commit = handing_in.commit

    def slow(*args: Any) -> Any:
        reached.set()
        assert go_on.wait(LONG)
        return commit(*args)

    monkeypatch.setattr(handing_in, "commit", slow)
    token = page.begin("submit")
    assert reached.wait(LONG)
    page.shows(lambda p: p.desk_told["handing"], "that it is being handed in")
    told = page.ask("answer", item=0, question="cat", value="yes")
    assert "being handed in" in told["fault"] and told["items"][0]["given"] == {"cat": "no"}
    go_on.set()
    until(lambda: page.outcome(token), "an outcome")
    page.shows(lambda p: p.desk_told["batch"] is None, "an empty desk")


def test_time_is_counted_as_the_page_measured_it_however_late_it_is_heard(
    page: Annotator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dml_sdk.annotation.course.work.monotonic", lambda: 10**6)
    page.ask("go", item=0, looked=[3, 0])
    for item in range(3):
        page.ask("answer", item=item, question="cat", value="no", looked=[item, 1_200])
        page.ask("go", item=item + 1, looked=[item, 300])
    page.number -= 1
    page.ask("go", item=3, looked=[2, 300])
    for looked in ("x", [0], [99, 5], [0, -1], [0, 1.5]):
        page.ask("skip", item=3, looked=looked)
    page.ask("skip", item=3, looked=[3, 700])
    ms = [entry.ms for entry in page.panel.desk._work.worksheet.entries]  # type: ignore[union-attr]
    assert ms == [1_500, 1_500, 1_500, 700]


def test_a_program_that_has_the_desk_is_seen_in_the_panel(page: Annotator) -> None:
    page.panel.desk.answer(2, "cat", "no")
    assert page.panel.desk_told["states"] == ["open", "open", "answered", "open"]
    page.send(do="look", batch=0, items=[2, 99, None, True])
    told = page.told("items")[-1]
    assert [item["given"] for item in told if item["item"] == 2] == [{"cat": "no"}]
    for item in (0, 1, 3):
        page.panel.desk.skip(item)
    page.panel.desk.submit()
    page.shows(lambda p: p.desk_told["batch"] is None, "an empty desk")


def test_an_owner_who_lies_about_media_gets_none_of_it_shown(
    make: Make, model: dml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lying(store: Any, items: Any, media: Any) -> Manifest:
        sha256 = hashlib.sha256(SVG).hexdigest()
        part = Part("image", "image/png", store.put(SVG), sha256, len(SVG))
        altered = Part("image", "image/png", store.put(b"other"), sha256, 5)
        missing = Part("image", "image/png", "bafkreih" + "a" * 51, sha256, len(SVG))
        return Manifest(tuple((p,) for p in (part, altered, missing)))

    monkeypatch.setattr(opening, "upload_items", lying)
    page = Annotator(make(items=images(3), batch_size=3))
    page.take()
    page.send(do="want", batch=0, items=[0, 1, 2])
    faults = [page.pieces(item, 1)[0]["fault"] for item in range(3)]
    assert "can run scripts" in faults[0] and "was altered" in faults[1] and faults[2]
    assert all(p["pieces"] == 1 for p in page.told("piece"))
    sent = [d for _, _, d in SENT if d.get("method") == "custom"]
    assert "alert" not in json.dumps([d["content"] for d in sent])
    told = page.ask("flag", item=0, why="no image")
    assert told["fault"] == "" and told["items"][0]["state"] == "flagged"


def test_a_killed_kernel_loses_nothing_that_was_answered(
    page: Annotator, model: dml.Model, tmp_path: Path
) -> None:
    page.ask("answer", item=0, question="cat", value="no")
    page.ask("flag", item=1, why="blurred")
    page.ask("go", item=2)
    page.panel.close()
    task = model.session.as_("bob").task(page.panel.task.id, drafts=tmp_path / "drafts")
    again = QuestionnairePanel(task)
    assert again.desk_told["states"] == ["answered", "flagged", "open", "open"]
    assert again.desk_told["position"] == 2
    assert again.desk_told["place"] == page.panel.desk_told["place"]
    again.close()


def test_a_lease_that_ended_is_said(page: Annotator) -> None:
    page.ask("answer", item=0, question="cat", value="no")
    page.panel.session.clock.advance(hours=2)
    page.shows(lambda p: p.desk_told["batch"] is None, "an empty desk")
    assert "The lease of batch 0 ended" in page.panel.desk_told["lost"]
    page.take()
    assert page.panel.desk_told["lost"] == ""


def test_answers_that_nobody_can_copy_any_more_are_shown_from_the_panel(make: Make) -> None:
    page = Annotator(make(items=images(4), batch_size=4))
    page.take()
    for item in range(4):
        page.ask("answer", item=item, question="digit", value=1)
    assert page.press("submit")["state"] == "accepted"
    page.shows(lambda p: p.head["state"] == "read-only", "that there is no other batch")
    assert page.panel.desk_told["revealable"] == 0
    task = page.panel.task
    theirs = task.session.as_("charlie").task(task)
    theirs.submit(theirs.next_batch(), [1, 2, 3, 4])
    page.shows(lambda p: p.desk_told["revealable"] == 1, "that the answers can be shown")
    page.shows(lambda p: p.head["state"] == "live", "that there is something to do")
    preview = page.preview("reveal")
    assert preview["error"] is None and "earns nothing" in preview["effects"][1]
    outcome = page.press("reveal")
    assert outcome["state"] == "accepted"
    assert outcome["receipt"]["call"] == "Annotations.reveal"
    page.shows(lambda p: p.head["state"] == "read-only", "that nothing is left to do")
    assert page.press("reveal")["state"] == "failed"


def test_a_batch_that_others_let_lapse_is_offered_without_asking_again(make: Make) -> None:
    panel = make(items=images(4), batch_size=4, answers_per_item=1)
    task = panel.task
    task.session.as_("charlie").task(task).next_batch()
    page = Annotator(panel)
    page.shows(lambda p: p.desk_told["again"], "when there may be one")
    assert "Others hold" in panel.head["why"]
    panel.session.clock.advance(hours=2)
    page.shows(lambda p: p.desk_told["why"] == "", "that there is one")
    assert page.press("take")["state"] == "accepted"


def test_giving_a_batch_back_says_that_it_is_for_good(page: Annotator) -> None:
    preview = page.preview("release")
    assert "you do not get it again" in " ".join(preview["effects"])
    assert page.press("release")["state"] == "accepted"
    page.shows(lambda p: p.desk_told["batch"] is None, "an empty desk")


def test_another_account_or_session_annotates(model: dml.Model, sent: Any) -> None:
    task = opened(model)
    for given in ("charlie", model.session.account("charlie"), model.session.as_("charlie")):
        panel = QuestionnairePanel(task, as_=given)
        assert panel.head["signer"]["name"] == "charlie"
        panel.close()
    for wrong in (7, None, task.id):
        with pytest.raises(UsageError, match="AnnotationTask"):
            QuestionnairePanel(wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        QuestionnairePanel(task, as_=7)  # type: ignore[arg-type]


def test_titles_are_untrusted_and_the_picture_tells_no_answers(make: Make) -> None:
    questions = dml.Questionnaire([dml.Choice("digit", EVIL, options=range(10))], title=EVIL)
    panel = make(questionnaire=questions)
    page = Annotator(panel)
    page.take()
    page.ask("answer", item=0, question="digit", value=7)
    told = questionnaire_html(panel.head, panel.desk_told, panel.outcome.get("receipt"))
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            tags.append(tag)

    Tags().feed(told)
    assert "img" not in tags and "script" not in tags
    assert "Batch 0: 1 answered, 3 open." in told and "digit" not in told
    assert "text/html" in panel._repr_mimebundle_()


def test_what_is_told_to_the_page_is_json_and_small(page: Annotator) -> None:
    told = json.dumps(page.panel.desk_told)
    assert len(told) < 2_000
    assert json.loads(json.dumps(page.panel.questionnaire)) == page.panel.questionnaire
