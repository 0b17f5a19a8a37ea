"""An owner's own word on answers, kept and undone, and what it does to scores and consensus."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Text
from dml_sdk.annotation.course.review import Decided, Review
from dml_sdk.annotation.worth import evidence as evidence_module
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.review import Decisions, reviewed
from dml_sdk.annotation.worth.validation import Agreed, validate
from dml_sdk.errors import AnswersInvalid, DraftsUnwritable, UsageError
from tests.annotation.people import CATS, people, sheets_of

POLICY = policies.dawid_skene()


def agreed(told: Any) -> dict[tuple[int, str], Agreed]:
    return {(a.item, a.question): a for a in told.consensus}


@pytest.fixture
def evidence() -> Evidence:
    return Evidence(CATS, sheets_of(people()[1]))


def test_without_decisions_it_is_what_the_policy_says(evidence: Evidence) -> None:
    plain, told = validate(evidence, POLICY), reviewed(evidence, POLICY, Decisions())
    assert told == plain and not Decisions()


def test_what_the_owner_says_is_right_is_the_consensus_and_is_sure(evidence: Evidence) -> None:
    before = agreed(validate(evidence, POLICY))[0, "kind"]
    other = "dog" if before.value == "cat" else "cat"
    told = reviewed(evidence, POLICY, Decisions(right={0: {"kind": other}}))
    found = agreed(told)[0, "kind"]
    assert (found.value, found.certainty, found.answers) == (other, 1.0, 3)
    wrong = next(s for s in told.scores if s.batch == 0)
    assert wrong.score < next(s for s in validate(evidence, POLICY).scores if s.batch == 0).score


def test_it_holds_for_free_answers_as_well() -> None:
    questions = Questionnaire([Text("what", "What is it?")])
    evidence = Evidence(questions, sheets_of({"ada": ["a cat"], "bob": ["cat"]}, "what"))
    told = reviewed(evidence, policies.agreement(), Decisions({0: {"what": "lynx"}}))
    assert agreed(told)[0, "what"].value == "lynx"


def test_a_sheet_that_was_decided_on_earns_all_or_nothing_and_says_why(evidence: Evidence) -> None:
    decisions = Decisions(sheets={(0, "ada"): False, (1, "bob"): True})
    told = {(s.batch, s.annotator): s for s in reviewed(evidence, POLICY, decisions).scores}
    assert (told[0, "ada"].score, told[0, "ada"].why) == (0.0, "rejected by the owner")
    assert (told[1, "bob"].score, told[1, "bob"].why) == (1.0, "accepted by the owner")
    assert told[0, "ada"].points == told[1, "bob"].points == 40


def test_a_broken_item_counts_for_nobody_and_its_points_are_paid_all_the_same(
    evidence: Evidence,
) -> None:
    told = reviewed(evidence, POLICY, Decisions(left_out=frozenset({0, 1})))
    assert not {0, 1} & {a.item for a in told.consensus}
    assert {s.points for s in told.scores} == {40}
    everything = reviewed(evidence, POLICY, Decisions(left_out=frozenset(range(60))))
    assert everything.consensus == () and everything.scores == ()
    assert {one.why for one in everything.unjudged} == {"all that it answers was left out"}


def test_the_owners_word_holds_against_wrong_gold() -> None:
    asked = Questionnaire(
        [Choice("digit", "Which?", options=range(10)), Choice("sure", "?", options=["y", "n"])]
    )
    answers = tuple(Answer(item, {"digit": 7, "sure": "y"}) for item in range(2))
    evidence = Evidence(asked, [(who, Sheet(0, answers)) for who in ("ada", "bob")])
    policy = policies.gold({0: {"digit": 1, "sure": "y"}})
    before = reviewed(evidence, policy, Decisions())
    told = reviewed(evidence, policy, Decisions(right={0: {"digit": 7}}))
    assert {round(score.score, 3) for score in before.scores} == {0.286}
    assert {score.score for score in told.scores} == {1.0}
    assert agreed(told)[0, "digit"].value == 7 and agreed(told)[0, "sure"].certainty == 1.0
    other = reviewed(evidence, policies.gold({0: {"digit": 7}}), Decisions({0: {"sure": "n"}}))
    assert agreed(other)[0, "digit"].certainty == 1.0, "gold for the other question stays"


def test_what_was_compared_is_not_compared_again_when_the_owner_decides(monkeypatch) -> None:
    asked = Questionnaire([Text("what", "What is it?")])
    said = {name: [f"a {name} {n}" for n in range(8)] for name in ("cat", "dog", "fish")}
    evidence = Evidence(asked, sheets_of(said, "what"))
    reviewed(evidence, policies.agreement(), Decisions())
    monkeypatch.setattr(evidence_module, "compared_within", lambda *_: pytest.fail("again"))
    for decisions in (Decisions({0: {"what": "x"}}), Decisions(left_out=frozenset({1}))):
        reviewed(evidence, policies.agreement(), decisions)


def test_decisions_on_what_nobody_has_answered_yet_wait(evidence: Evidence) -> None:
    told = reviewed(evidence, POLICY, Decisions(right={900: {"kind": "cat"}}))
    assert told == validate(evidence, POLICY)


def test_decisions_outlive_the_process_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "review.json"
    review = Review(CATS, 60, path)
    review.right(3, "kind", "dog")
    review.leave_out(4)
    review.judge(0, "ada", False)
    again = Review(CATS, 60, path)
    assert again.decisions == review.decisions
    assert again.decisions.right == {3: {"kind": "dog"}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not again.undo(), "what was before this process is not undone blindly"


def test_each_decision_can_be_undone_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    review = Review(CATS, 60, path)
    review.right(3, "kind", "dog")
    review.right(3, "kind", "cat")
    review.leave_out(3)
    assert review.decisions.right == {} and review.decisions.left_out == {3}
    assert review.undo() and review.decisions.right == {3: {"kind": "cat"}}
    assert review.undo() and review.decisions.right == {3: {"kind": "dog"}}
    assert Review(CATS, 60, path).decisions == review.decisions, "the file follows"
    assert review.undo() and not review.decisions and not review.undo()


def test_an_undo_says_what_it_took_back_in_one_order_for_items_and_sheets() -> None:
    review = Review(CATS, 60, None)
    review.right(1, "kind", "dog")
    review.right(2, "kind", "cat")
    review.judge(0, "ada", False)
    review.leave_out(2)
    review.right(1, "kind", "dog")  # as it was: no decision
    review.leave_out(2)
    assert review.undo() == Decided(item=2)
    assert review.undo() == Decided(sheet=(0, "ada"))
    assert review.undo() == Decided(item=2, question="kind")
    assert review.undo() == Decided(item=1, question="kind")
    assert review.undo() is None and not review.decisions


def test_to_say_the_same_twice_is_one_decision_to_undo() -> None:
    review = Review(CATS, 60, None)
    review.judge(0, "ada", True)
    review.judge(0, "ada", True)
    assert review.undo() and not review.undo()


def test_what_does_not_fit_is_refused_and_nothing_is_decided() -> None:
    review = Review(CATS, 60, None)
    with pytest.raises(AnswersInvalid, match=r"items\[3\]\.kind"):
        review.right(3, "kind", "fish")
    for item in (60, -1, True, "3"):
        with pytest.raises(UsageError, match="no item"):
            review.leave_out(item)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no such question"):
        review.right(3, "colour", "red")
    assert not review.decisions


def test_where_nothing_can_be_kept_nothing_is_decided(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    review = Review(CATS, 60, tmp_path / "file" / "review.json")
    with pytest.raises(DraftsUnwritable):
        review.leave_out(1)
    assert not review.decisions


@pytest.mark.parametrize(
    "content", [b"", b"no json", b"[]", b'{"right": 3}', b'{"right": {"x": {}}}']
)
def test_a_file_that_is_no_decisions_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "review.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        Review(CATS, 60, path)
    assert path.read_bytes() == content


@given(
    st.dictionaries(st.integers(0, 99), st.dictionaries(st.text(), st.integers() | st.text())),
    st.frozensets(st.integers(0, 99)),
    st.dictionaries(st.tuples(st.integers(0, 9), st.text()), st.booleans()),
)
def test_a_document_is_what_was_decided(right: Any, left_out: Any, sheets: Any) -> None:
    decisions = Decisions(right, left_out, sheets)
    document = decisions.encode()
    assert Decisions.decode(document) == decisions and json.loads(document)["version"] == 1


def test_a_choice_of_the_owners_also_takes_a_broken_item_back() -> None:
    questions = Questionnaire([Choice("kind", "What?", options=["a", "b"])])
    review = Review(questions, 2, None)
    review.leave_out(1)
    review.right(1, "kind", "b")
    assert review.decisions == Decisions(right={1: {"kind": "b"}})
