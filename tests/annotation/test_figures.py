"""Agreement by question and by annotator, confusion, and what is most disagreed upon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Choices, Number, Scale, Text
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.figures import (
    agreement_table,
    alpha_in_words,
    annotator_table,
    by_annotator,
    by_question,
    confusion,
    disagreements,
)
from dml_sdk.annotation.worth.likeness import likeness
from dml_sdk.annotation.worth.validation import Validation, validate
from dml_sdk.errors import UsageError
from tests.annotation.people import CATS, people, sheets_of


def judged(evidence: Evidence) -> Validation:
    return validate(evidence, policies.dawid_skene())


def said(questions: Questionnaire, given: Mapping[str, list[Mapping[str, Any]]]) -> Evidence:
    """Everyone's answers to items 0, 1, 2, … in one batch."""
    return Evidence(
        questions,
        [
            (who, Sheet(0, tuple(Answer(item, told) for item, told in enumerate(answers) if told)))
            for who, answers in given.items()
        ],
    )


def test_alpha_and_kappa_of_a_choice_are_those_of_the_tables() -> None:
    _, answers = people()
    evidence = Evidence(CATS, sheets_of(answers))
    (figures,) = by_question(evidence)
    place = {"cat": 0, "dog": 1}
    table = np.array([[place[v] for v in answers[who]] for who in sorted(answers)], dtype=float)
    counts = np.stack([(table == 0).sum(axis=0), (table == 1).sum(axis=0)], axis=1)
    assert figures.alpha == pytest.approx(krippendorff_alpha(table), abs=1e-12)
    assert figures.kappa == pytest.approx(fleiss_kappa(counts), abs=1e-12)
    assert (figures.answers, figures.items) == (180, 60)
    assert 0.6 < figures.alike < 1 and figures.words in alpha_in_words(figures.alpha)
    assert agreement_table(evidence)[0]["alpha"] == figures.alpha


def test_who_sees_other_items_and_leaves_some_out_is_counted_by_what_there_is() -> None:
    evidence = said(CATS, {
        "ada": [{"kind": "cat"}, {"kind": "dog"}, {}, {"kind": "dog"}],
        "bob": [{"kind": "cat"}, {}, {"kind": "cat"}, {"kind": "cat"}],
    })  # fmt: skip
    (figures,) = by_question(evidence)
    assert (figures.answers, figures.items, figures.alike) == (6, 2, 0.5)


def test_where_nobody_shares_an_item_nothing_is_said() -> None:
    evidence = said(CATS, {"ada": [{"kind": "cat"}]})
    (figures,) = by_question(evidence)
    assert math.isnan(figures.alpha) and math.isnan(figures.kappa) and math.isnan(figures.alike)
    assert "nothing can be said" in figures.words
    assert disagreements(evidence, judged(evidence)) == []


@pytest.mark.parametrize(
    ("alpha", "by_chance", "words"),
    [
        (1.0, 0.0, "reliable"),
        (0.8, 0.1, "reliable"),
        (0.7, 0.1, "tentative"),
        (0.3, 0.1, "too low"),
        (-0.3, 0.1, "below chance"),
        (-0.01, 0.03, "as good as guessed"),
        (0.05, 0.03, "as good as guessed"),
        (1.0, 0.7, "too few"),
        (0.62, 0.33, "too few"),
        (0.1, 0.33, "too few"),
        (-0.1, 0.33, "as good as guessed"),
    ],
)
def test_what_alpha_means_is_said_in_words(alpha: float, by_chance: float, words: str) -> None:
    assert words in alpha_in_words(alpha, by_chance)


@pytest.mark.parametrize(
    "asked",
    [
        Choice("it", "Which?", options=[1, 2, 3, 4]),
        Scale("it", "How good?", least=1, most=4),
        Number("it", "How many?", least=1, most=4),
    ],
)
def test_how_far_alpha_is_from_0_by_chance_is_how_far_it_is_among_shuffled_answers(
    asked: Any,
) -> None:
    chance = np.random.default_rng(7)
    answers = chance.choice([1, 2, 3, 4], 90, p=[0.6, 0.2, 0.1, 0.1])

    def figures(values: Any) -> Any:
        rows = np.reshape(values, (3, 30))
        given = {f"p{at}": [{"it": int(v)} for v in row] for at, row in enumerate(rows)}
        return by_question(said(Questionnaire([asked]), given))[0]

    shuffled = [figures(chance.permutation(answers)).alpha for _ in range(150)]
    assert figures(answers).by_chance == pytest.approx(float(np.std(shuffled)), rel=0.25)


def guessing(items: int = 36, seed: int = 1) -> Evidence:
    """Three who answer at random which of ten digits it is."""
    chance = np.random.default_rng(seed)
    asked = Questionnaire([Choice("digit", "Which?", options=range(10))])
    return said(asked, {
        who: [{"digit": int(d)} for d in chance.integers(0, 10, items)]
        for who in ("bob", "charlie", "dave")
    })  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_of_three_who_guess_nobody_is_taken_for_right_and_nothing_is_sure(seed: int) -> None:
    evidence = guessing(seed=seed)
    told = judged(evidence)
    (figures,) = by_question(evidence)
    assert "guessed" in figures.words
    assert all(abs(f.kappa) < 0.4 for f in by_annotator(evidence, told))
    apart = [d for d in disagreements(evidence, told) if d.apart == 1]
    assert apart and all(d.certainty < 0.5 for d in apart)


def test_kappa_with_one_other_is_cohens_and_is_not_of_oneself() -> None:
    first, second = ["cat", "cat", "dog", "dog", "cat"], ["cat", "dog", "dog", "dog", "cat"]
    evidence = Evidence(CATS, sheets_of({"ada": first, "bob": second}))
    ada, bob = by_annotator(evidence, judged(evidence))
    assert ada.kappa == pytest.approx(cohen_kappa(first, second)) == bob.kappa
    (alone,) = by_annotator(one := Evidence(CATS, sheets_of({"ada": first})), judged(one))
    assert math.isnan(alone.kappa)
    right = {n: {"kind": value} for n, value in enumerate(second)}
    known = Evidence(CATS, sheets_of({"ada": first}), right)
    (held,) = by_annotator(known, judged(known))
    assert held.kappa == pytest.approx(ada.kappa), "what is known is in the place of others"


def test_scales_are_ordered_and_numbers_have_distances() -> None:
    questions = Questionnaire([Scale("good", "How good?"), Number("legs", "How many legs?")])
    rows = [(1, 4.0), (2, 4.0), (5, 8.0), (4, 2.0)]
    answers = {
        who: [{"good": min(5, good + off), "legs": legs + off} for good, legs in rows]
        for who, off in (("ada", 0), ("bob", 1))
    }
    scale, number = by_question(said(questions, answers))
    asked = [[r[0] for r in rows], [min(5, r[0] + 1) for r in rows]]
    legs = [[r[1] for r in rows], [r[1] + 1 for r in rows]]
    assert scale.alpha == pytest.approx(krippendorff_alpha(asked, "ordinal"))
    assert number.alpha == pytest.approx(krippendorff_alpha(legs, "interval"))
    assert math.isnan(number.kappa), "there are no classes"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), min_size=2, max_size=8))
def test_alpha_by_likeness_of_labels_is_krippendorffs(rows: list[list[str]]) -> None:
    """For answers that are alike or not the general form has to give the nominal one."""
    from dml_sdk.annotation.worth.concord import _alpha_by_likeness, said_of

    asked = Choice("kind", "Which?", options=["a", "b", "c"])
    sheets = [
        (f"p{at}", Sheet(0, tuple(
            Answer(item, {"kind": row[at]}) for item, row in enumerate(rows) if at < len(row)
        )))
        for at in range(4)
    ]  # fmt: skip
    evidence = Evidence(Questionnaire([asked]), sheets)
    told, _ = _alpha_by_likeness(evidence, asked, said_of(evidence, asked))
    table = np.full((4, len(rows)), np.nan)
    for column, row in enumerate(rows):
        table[: len(row), column] = ["abc".index(value) for value in row]
    expected = krippendorff_alpha(table)
    assert told == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_boxes_and_texts_have_an_alpha_too() -> None:
    questions = Questionnaire(
        [Boxes("where", "Where?", labels=["cat"]), Text("what", "What is it?")], media=["image"]
    )

    def box(x: float) -> list[dict[str, Any]]:
        return [{"label": "cat", "x": x, "y": 0.1, "width": 0.3, "height": 0.3}]

    answers = [{"where": box(0.1 * n), "what": f"a cat at {n}"} for n in range(6)]
    evidence = said(questions, {"ada": answers, "bob": answers, "eve": answers[::-1]})
    where, what = by_question(evidence)
    assert -0.6 < where.alpha < 0.8 and what.alpha < 1
    same = by_question(said(questions, {"ada": answers, "bob": answers}))
    assert [f.alpha for f in same] == pytest.approx([1.0, 1.0])


def test_an_annotator_is_told_by_answers_agreement_gold_time_finding_and_score() -> None:
    truth, answers = people()
    answers["zoe"] = ["cat"] * len(truth)
    known = {item: {"kind": truth[item]} for item in range(10)}
    policy = policies.gold(known)
    evidence = Evidence(CATS, sheets_of(answers), known)
    told = {f.annotator: f for f in by_annotator(evidence, validate(evidence, policy))}
    ada, zoe = told["ada"], told["zoe"]
    assert (ada.sheets, ada.answers, ada.skipped, ada.known, ada.ms) == (3, 60, 0, 10, 2000)
    assert ada.right >= 7 and ada.kappa > 0.6 > zoe.kappa and ada.score > zoe.score
    assert ada.alike > zoe.alike and ada.finding is None
    assert zoe.finding is not None and zoe.finding.kind == "constant"
    (row,) = [r for r in annotator_table(evidence, judged(evidence)) if r["annotator"] == "zoe"]
    assert row["finding"].startswith("constant: ")


def test_skipping_and_flagging_are_counted_and_no_time_is_no_time() -> None:
    answers = (
        Answer(0, {"kind": "cat"}),
        Answer(1, skipped=True),
        Answer(2, {"kind": "dog"}, flag="dark"),
    )
    evidence = Evidence(CATS, [("ada", Sheet(0, answers))])
    (ada,) = by_annotator(evidence, judged(evidence))
    assert (ada.answers, ada.skipped, ada.flagged) == (2, 1, 1) and math.isnan(ada.ms)


def test_confusion_counts_every_answer_by_what_is_right() -> None:
    _, answers = people()
    evidence = Evidence(CATS, sheets_of(answers))
    told = judged(evidence)
    everybody = confusion(evidence, told, "kind")
    assert everybody.counts.sum() == 180 and everybody.right == ("cat", "dog")
    each = [confusion(evidence, told, "kind", who).counts for who in answers]
    assert (sum(each) == everybody.counts).all()
    right = {a.item: a.value for a in told.consensus}
    ada = confusion(evidence, told, "kind", "ada").counts
    wrong = sum(right[item] != value for item, value in enumerate(answers["ada"]))
    assert ada[0, 1] + ada[1, 0] == wrong


def test_confusion_of_several_choices_is_by_option() -> None:
    questions = Questionnaire([Choices("has", "What has it?", options=["fur", "wings", "legs"])])
    evidence = said(questions, {
        "ada": [{"has": ["fur", "legs"]}],
        "bob": [{"has": ["fur", "legs"]}],
        "eve": [{"has": ["wings", "fur"]}],
    })  # fmt: skip
    told = confusion(evidence, judged(evidence), "has")
    assert told.right == ("fur", "wings", "legs")
    assert told.counts.tolist() == [[3, 0, 0, 0], [0, 1, 0, 2], [2, 0, 1, 0]]


@pytest.mark.parametrize("question", ["nothing", "what"])
def test_confusion_needs_a_question_with_a_list_of_answers(question: str) -> None:
    evidence = said(Questionnaire([Text("what", "What?")]), {"ada": [{"what": "x"}]})
    with pytest.raises(UsageError, match="from a list"):
        confusion(evidence, judged(evidence), question)


def test_what_is_most_disagreed_upon_comes_first_and_agreement_is_left_out() -> None:
    questions = [Scale("good", "How good?"), Choice("kind", "What?", options=["a", "b"])]
    evidence = said(Questionnaire(questions), {
        "ada": [{"good": 1, "kind": "a"}, {"good": 1, "kind": "a"}, {"good": 3, "kind": "b"}],
        "bob": [{"good": 5, "kind": "a"}, {"good": 2, "kind": "b"}, {"good": 3, "kind": "b"}],
    })  # fmt: skip
    told = disagreements(evidence, judged(evidence))
    assert {(d.item, d.question, d.apart) for d in told[:2]} == {(0, "good", 1), (1, "kind", 1)}
    assert [(d.item, d.question, d.apart) for d in told[2:]] == [(1, "good", 0.25)]
    only = disagreements(evidence, judged(evidence), "good")
    assert [d.item for d in only] == [0, 1]
    assert dict(only[0].answers) == {"ada": 1, "bob": 5}
    with pytest.raises(UsageError):
        disagreements(evidence, judged(evidence), "nothing")


def test_likeness_of_a_pair_is_what_alike_is_of_two() -> None:
    asked = Scale("good", "How good?")
    evidence = said(Questionnaire([asked]), {"ada": [{"good": 2}], "bob": [{"good": 4}]})
    (figures,) = by_question(evidence)
    assert figures.alike == likeness(asked, 2, 4)
