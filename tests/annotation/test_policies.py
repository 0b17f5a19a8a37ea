from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.annotation import evidence_of, honest_share
from benchmarks.labelling.crowd import Plan, label
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Choices, Text
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.findings import findings
from dml_sdk.annotation.worth.validation import NOTHING_ANSWERED, validate
from dml_sdk.errors import UsageError
from tests.annotation.people import CATS, ITEMS, people, sheets_of


def scores_of(evidence: Evidence, policy: policies.Policy) -> dict[str, float]:
    judged = validate(evidence, policy)
    return {
        name: float(np.mean([s.score for s in judged.scores if s.annotator == name]))
        for name in evidence.annotators
    }


@pytest.mark.parametrize("plan", [Plan(), Plan(annotators=40), Plan(classes=2)])
def test_at_least_95_percent_of_awards_go_to_the_careful_and_the_sloppy(plan: Plan) -> None:
    labelled = label(plan, 1)
    gold = {item: {"label": right} for item, right in labelled.votes.gold.items()}
    policy = policies.gold(gold) & policies.dawid_skene()
    judged = validate(evidence_of(labelled, plan.classes), policy)
    assert honest_share(judged, labelled) >= 0.95


@pytest.mark.parametrize("policy", [policies.agreement(), policies.dawid_skene()])
def test_random_answers_are_worth_much_less_than_good_ones(policy: policies.Policy) -> None:
    _, said = people()
    said["rnd"] = np.random.default_rng(9).choice(["cat", "dog"], ITEMS).tolist()
    scores = scores_of(Evidence(CATS, sheets_of(said)), policy)
    assert min(scores[name] for name in ("ada", "bob", "eve")) > 0.4
    assert scores["rnd"] < 0.2


def test_gold_judges_by_what_the_owner_knows() -> None:
    truth, said = people()
    gold = {item: {"kind": truth[item]} for item in range(0, ITEMS, 5)}
    said["all wrong"] = [{"cat": "dog", "dog": "cat"}[t] for t in truth]
    scores = scores_of(Evidence(CATS, sheets_of(said)), policies.gold(gold))
    assert scores["ada"] > 0.6
    assert scores["all wrong"] == 0.0


def test_the_owners_word_is_the_score() -> None:
    _, said = people()
    decided = {(0, "ada"): True, (1, "ada"): 0.25, (2, "ada"): False}
    judged = validate(Evidence(CATS, sheets_of(said)), policies.manual(decided))
    assert [s.score for s in judged.scores if s.annotator == "ada"] == [1.0, 0.25, 0.0]
    assert {s.annotator for s in judged.scores} == {"ada"}
    assert {(u.annotator, u.why) for u in judged.unjudged} == {
        ("bob", "no evidence by manual"), ("eve", "no evidence by manual"),
    }  # fmt: skip


@pytest.mark.parametrize("policy", [policies.agreement(), policies.dawid_skene()])
def test_who_answered_alone_gets_no_score_rather_than_nothing(policy: policies.Policy) -> None:
    _, said = people()
    alone = validate(Evidence(CATS, sheets_of({"ada": said["ada"]})), policy)
    assert alone.scores == () and len(alone.unjudged) == 3
    both = validate(Evidence(CATS, sheets_of({"ada": said["ada"], "bob": said["bob"]})), policy)
    assert both.unjudged == () and len(both.scores) == 6


def test_gold_judges_whoever_answered_alone() -> None:
    truth, said = people()
    gold = policies.gold({item: {"kind": truth[item]} for item in range(0, ITEMS, 5)})
    evidence = Evidence(CATS, sheets_of({"ada": said["ada"]}))
    for policy in (gold, gold & policies.agreement()):
        told = validate(evidence, policy)
        assert told.unjudged == () and min(score.score for score in told.scores) > 0.6
    assert validate(evidence, policies.dawid_skene()).scores == ()
    by_consensus = validate(evidence, gold & policies.dawid_skene())
    assert "dawid_skene" in by_consensus.scores[0].why, "it knows the gold, too"


def test_votes_that_nobody_else_gave_do_not_vouch_for_themselves() -> None:
    _, said = people()
    alone = {"rnd": np.random.default_rng(3).choice(["cat", "dog"], ITEMS).tolist()}
    shared = sheets_of(said) + sheets_of(alone)
    more = Evidence(
        CATS,
        [*shared, ("rnd", Sheet(9, tuple(Answer(100 + n, {"kind": "cat"}) for n in range(40))))],
    )
    before = validate(Evidence(CATS, shared), policies.dawid_skene())
    after = validate(more, policies.dawid_skene())
    whose = [(s.batch, s.annotator) for s in before.scores]
    told = {(s.batch, s.annotator): s.score for s in after.scores}
    for key, score in zip(whose, before.scores, strict=True):
        if key[1] == "rnd":
            assert told[key] == pytest.approx(score.score, abs=0.05)


def test_who_answers_nothing_is_scored_nothing_and_not_left_for_all() -> None:
    _, said = people()
    skipped = Sheet(0, tuple(Answer(item, skipped=True) for item in range(20)))
    told = validate(Evidence(CATS, [*sheets_of(said), ("lazy", skipped)]), policies.agreement())
    (lazy,) = [score for score in told.scores if score.annotator == "lazy"]
    assert (lazy.score, lazy.points, lazy.why) == (0.0, 0, NOTHING_ANSWERED)


def test_a_model_has_a_say_only_where_it_is_sure() -> None:
    truth, said = people()
    sure = {item: {"kind": {truth[item]: 0.99}} for item in range(20)}
    unsure = {item: {"kind": {"cat": 0.6, "dog": 0.4}} for item in range(20, ITEMS)}
    policy = policies.model_disagreement({**sure, **unsure})
    said["wrong"] = [{"cat": "dog", "dog": "cat"}[t] for t in truth]
    evidence = Evidence(CATS, sheets_of(said))
    assert scores_of(evidence, policy)["ada"] > 0.6
    assert scores_of(evidence, policy)["wrong"] == 0.0
    assert policies.model_disagreement(unsure).judge(evidence) == {}


def test_policies_are_mixed_by_weight_and_the_mix_is_in_the_reason() -> None:
    _, said = people()
    ones = policies.manual({(b, n): True for b in range(3) for n in said})
    noughts = policies.manual({(b, n): False for b in range(3) for n in said})
    judged = validate(Evidence(CATS, sheets_of(said)), 3 * ones & 1 * noughts)
    assert {score.score for score in judged.scores} == {0.75}
    assert judged.scores[0].why.startswith("0.75 x 1.0000 (manual")
    assert judged.scores[0].parts == 750_000_000
    nested = 0.5 * (ones & noughts) & ones
    assert [part.weight for part in nested.parts()] == [0.5, 0.5, 1.0]


def test_a_policys_terms_are_json_and_keep_the_gold_to_the_owner() -> None:
    mix = 0.7 * policies.gold({3: {"kind": "cat"}}, share=0.2) & 0.3 * policies.agreement()
    told = json.dumps(mix.terms())
    assert "cat" not in told
    assert json.loads(told)["of"] == [
        {"policy": "gold", "weight": 0.7, "share": 0.2}, {"policy": "agreement", "weight": 0.3},
    ]  # fmt: skip


def test_points_are_those_of_the_questions_that_were_answered() -> None:
    _, said = people()
    assert validate(Evidence(CATS, sheets_of(said)), policies.agreement()).scores[0].points == 40


def test_copiers_get_nothing_and_the_reason_has_the_figures() -> None:
    labelled = label(Plan(), 1)
    judged = validate(evidence_of(labelled, 10), policies.dawid_skene())
    ring = [score for score in judged.scores if score.annotator in ("0018", "0019")]
    assert {score.score for score in ring} == {0.0}
    assert "nothing, for copying: answers in common with" in ring[0].why
    assert "odds of 10^" in ring[0].why


def test_a_policy_that_does_not_say_how_it_judges_is_none() -> None:
    for kind in (policies.Policy, policies.Strategy):
        with pytest.raises(TypeError, match="abstract"):
            kind()
    mixed = 0.7 * policies.agreement() & 2 * policies.dawid_skene() & policies.agreement()
    assert [(part.name, part.weight) for part in mixed.parts()] == [
        ("agreement", 0.7), ("dawid_skene", 2.0), ("agreement", 1.0)
    ]  # fmt: skip


def test_chance_one_answer_and_no_look_are_found() -> None:
    rng = np.random.default_rng(2)
    truth = rng.choice(list("abcd"), 200).tolist()
    said = {
        name: [t if rng.random() < 0.9 else "a" for t in truth] for name in ("ada", "bob", "eve")
    }
    evidence = Evidence(
        Questionnaire([Choice("kind", "What?", options=list("abcd"))]),
        [
            *sheets_of(said),
            *sheets_of({"constant": ["b"] * 200, "random": rng.choice(list("abcd"), 200).tolist()}),
            *sheets_of({"fast": [t if rng.random() < 0.4 else "c" for t in truth]}, ms=90),
        ],
    )
    found = {finding.annotator: finding.kind for finding in findings(evidence)}
    assert found == {"constant": "constant", "random": "random", "fast": "too fast"}


def of_two_questions(said: dict[str, tuple[list[str], list[str]]]) -> Evidence:
    """Everyone's answers to two questions of every item."""
    asked = Questionnaire(
        [Choice("kind", "What?", options=list("abcd")), Choice("sure", "?", options=list("yn"))]
    )
    sheets = []
    for who, columns in said.items():
        given = [{"kind": kind, "sure": sure} for kind, sure in zip(*columns, strict=True)]
        answers = tuple(Answer(item, one) for item, one in enumerate(given))
        sheets.append((who, Sheet(0, answers)))
    return Evidence(asked, sheets)


def careful(rng: np.random.Generator, truth: list[str], options: str) -> list[str]:
    return [str(rng.choice(list(options))) if rng.random() < 0.1 else t for t in truth]


def test_who_gives_one_answer_is_constant_also_where_other_answers_vary() -> None:
    rng = np.random.default_rng(8)
    kinds, sures = (rng.choice(list(options), 40).tolist() for options in ("abcd", "yn"))
    honest = {f"m{i}": (careful(rng, kinds, "abcd"), careful(rng, sures, "yn")) for i in range(4)}
    lazy = ["b"] * 40, rng.choice(list("yn"), 40).tolist()
    (found,) = findings(of_two_questions({**honest, "lazy": lazy}))
    assert (found.annotator, found.kind) == ("lazy", "constant")
    assert "100% of 40 votes" in found.why


def test_who_looks_at_one_question_is_not_constant_for_saying_one_thing_to_another() -> None:
    rng = np.random.default_rng(9)
    kinds, sures = (rng.choice(list(options), 80).tolist() for options in ("abcd", "yn"))
    honest = {f"m{i}": (careful(rng, kinds, "abcd"), careful(rng, sures, "yn")) for i in range(4)}
    never_sure = careful(rng, kinds, "abcd"), ["n"] * 80
    assert findings(of_two_questions({**honest, "modest": never_sure})) == ()


def test_who_says_cat_of_cats_is_not_constant() -> None:
    rng = np.random.default_rng(5)
    truth = np.where(rng.random(200) < 0.97, "cat", "dog").tolist()
    said = dict.fromkeys(("ada", "bob"), truth) | {"eve": ["cat"] * 200}
    assert findings(Evidence(CATS, sheets_of(said))) == ()


def test_an_honest_minority_is_not_accused() -> None:
    rng = np.random.default_rng(6)
    truth = rng.choice(["cat", "dog"], 200)
    other = np.where(truth == "cat", "dog", "cat")
    most = {f"m{i}": np.where(rng.random(200) < 0.15, other, truth).tolist() for i in range(4)}
    swapped = np.where(rng.random(200) < 0.1, truth, other).tolist()
    assert findings(Evidence(CATS, sheets_of(most | {"minority": swapped}))) == ()


def test_few_answers_prove_nothing() -> None:
    said = {"ada": ["cat"] * 8, "bob": ["dog"] * 8, "eve": ["cat"] * 8}
    assert findings(Evidence(CATS, sheets_of(said, batch=8))) == ()


def test_boxes_and_texts_are_judged_by_likeness_and_consensus_is_somebodys_own() -> None:
    asked = Questionnaire([Boxes("where", "Where?", labels=["cat"]), Text("what", "What?")])
    box = {"label": "cat", "x": 0.2, "y": 0.2, "width": 0.4, "height": 0.4}

    def sheet(x: float, text: str) -> Sheet:
        return Sheet(0, (Answer(0, {"where": [{**box, "x": x}], "what": text}),))

    evidence = Evidence(
        asked,
        [("ada", sheet(0.2, "a small cat")), ("bob", sheet(0.21, "small cat")),
         ("eve", sheet(0.6, "nonsense"))],
    )  # fmt: skip
    judged = validate(evidence, policies.dawid_skene())
    scores = {score.annotator: score.score for score in judged.scores}
    assert scores["ada"] > 0.4
    assert scores["eve"] < 0.01
    agreed = {told.question: told.value for told in judged.consensus}
    assert agreed["where"][0]["x"] in (0.2, 0.21)
    assert agreed["what"] in ("a small cat", "small cat")


def test_several_choices_are_judged_option_by_option() -> None:
    asked = Questionnaire([Choices("traits", "Which?", options=["wild", "small", "red"])])
    rng = np.random.default_rng(8)
    truth = [[o for o in ("wild", "small", "red") if rng.random() < 0.5] for _ in range(ITEMS)]
    nobody = [[o for o in ("wild", "small", "red") if rng.random() < 0.5] for _ in range(ITEMS)]
    said = {"ada": truth, "bob": truth[:50] + nobody[50:], "rnd": nobody}
    evidence = Evidence(asked, sheets_of(said, "traits"))
    assert len(evidence.columns) == 3
    scores = scores_of(evidence, policies.dawid_skene())
    assert scores["ada"] > 0.7
    assert scores["rnd"] < 0.3


def test_scores_are_the_same_whatever_order_the_sheets_come_in() -> None:
    _, said = people()
    sheets = sheets_of(said)
    policy = policies.agreement() & policies.dawid_skene()
    one = {(s.batch, s.annotator): s.parts for s in validate(Evidence(CATS, sheets), policy).scores}
    back = validate(Evidence(CATS, sheets[::-1]), policy).scores
    assert all(abs(one[s.batch, s.annotator] - s.parts) <= 1 for s in back)


def test_what_cannot_be_judged_is_refused_early() -> None:
    _, said = people()
    sheets = sheets_of(said)
    with pytest.raises(UsageError, match="twice with batch 0"):
        Evidence(CATS, [*sheets, sheets[0]])
    with pytest.raises(UsageError, match=r"gold\[0\]\['kind'\]"):
        validate(Evidence(CATS, sheets), policies.gold({0: {"kind": "cow"}}))
    with pytest.raises(UsageError, match="no gold answer"):
        policies.gold({})
    with pytest.raises(UsageError, match="no weight"):
        -1 * policies.agreement()
    with pytest.raises(UsageError, match="0 to 1"):
        policies.manual({(0, "ada"): 2.0})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: policies.manual({"x": 1}), "pair of a batch and an annotator"),
        (lambda: policies.manual({(0, 1): 1}), "pair of a batch and an annotator"),
        (lambda: policies.manual({(0, "ada"): None}), "0 to 1"),
        (lambda: policies.gold({0: 5}), "a dict of question to answer"),
        (lambda: policies.gold({"0": {"kind": "cat"}}), "no number of an item"),
        (lambda: policies.model_disagreement({0: 1}), "its probability"),
        (lambda: policies.model_disagreement({0: {"k": [0.9, 0.1]}}), "its probability"),
        (lambda: policies.model_disagreement({0: {"k": {"yes": "x"}}}), "its probability"),
        (lambda: policies.model_disagreement({0: {"k": {"yes": float("nan")}}}), "its probability"),
        (lambda: policies.model_disagreement({"0": {}}), "no number of an item"),
    ],
)
def test_what_is_no_policy_is_refused_when_it_is_made(make, says) -> None:
    with pytest.raises(UsageError, match=says):
        make()
