"""What is paid where nearly all items have one answer: a slip costs, and never all at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Boxes, Choice, Number
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.validation import validate
from tests.annotation.people import sheets_of

BROKEN = Questionnaire([Choice("k", "Is it?", options=["fine", "broken"])])
OTHER = {"fine": "broken", "broken": "fine"}


def paid(said: dict[str, list[str]], policy: policies.Policy | None = None) -> dict[str, float]:
    """What each is paid of all that could be."""
    evidence = Evidence(BROKEN, sheets_of(said, "k"))
    scores = validate(evidence, policy or policies.dawid_skene()).scores
    return {
        name: float(np.mean([s.score for s in scores if s.annotator == name]))
        for name in evidence.annotators
    }


def rare(items: int, broken: int) -> list[str]:
    """What is right: so many are broken, one here and one there."""
    truth = ["fine"] * items
    for n in range(broken):
        truth[(n * items) // broken] = "broken"
    return truth


@pytest.mark.parametrize("people", [3, 5, 8])
@pytest.mark.parametrize(("items", "least"), [(20, 0.47), (60, 0.7)])
@pytest.mark.parametrize("policy", [policies.dawid_skene(), policies.agreement()])
def test_who_misses_the_only_one_of_its_kind_is_paid_for_the_rest(
    people: int, items: int, least: float, policy: policies.Policy
) -> None:
    truth = rare(items, 1)
    scores = paid({f"a{n}": truth for n in range(people)} | {"a0": ["fine"] * items}, policy)
    assert scores["a0"] >= least
    assert min(score for name, score in scores.items() if name != "a0") > 0.95


@pytest.mark.parametrize("people", [3, 5, 8])
@pytest.mark.parametrize(("items", "broken", "most"), [(60, 6, 0.02), (200, 10, 0.01), (60, 30, 0)])
def test_who_says_fine_of_everything_is_paid_nothing_once_some_were_broken(
    people: int, items: int, broken: int, most: float
) -> None:
    truth = rare(items, broken)
    scores = paid({f"a{n}": truth for n in range(people)} | {"lazy": ["fine"] * items})
    assert scores.pop("lazy") <= most + 1e-6
    assert min(scores.values()) > 0.95


@settings(max_examples=12)
@given(
    st.integers(0, 2**32 - 1), st.integers(3, 8), st.sampled_from([20, 30, 60]), st.integers(0, 10)
)  # fmt: skip
def test_each_slip_costs_something_and_none_costs_most_of_the_award(
    seed: int, people: int, items: int, broken: int
) -> None:
    luck = np.random.default_rng(seed)
    truth = rare(items, broken)
    others = sheets_of({f"b{n}": truth for n in range(people - 1)}, "k", batch=items)
    # Anything; or first what is broken, which is what costs most.
    order = luck.permutation(items).tolist()
    if seed % 2:
        order.sort(key=lambda item: truth[item] == "fine")
    own, told = list(truth), []
    for item in [None, *order[:12]]:
        if item is not None:
            own[item] = OTHER[own[item]]
        mine = sheets_of({"a": own}, "k", batch=items)
        evidence = Evidence(BROKEN, [*mine, *others])
        told.append(policies.dawid_skene().judge(evidence)[0].score)
    costs = -np.diff(told)
    assert told[0] > 0.95 and costs.max() < 0.55
    # What is right is learnt from these answers too, which moves it a little.
    assert costs.min() > -0.01


@pytest.mark.parametrize("size", [10, 20])
@pytest.mark.parametrize(
    ("policy", "says_broken", "broken", "most"),
    [
        (policies.dawid_skene(), 0.0, 0.1, 0.15),
        (policies.dawid_skene(), 0.0, 0.2, 0.15),
        (policies.dawid_skene(), 0.5, 0.1, 0.2),
        (policies.dawid_skene(), 0.5, 0.2, 0.2),
        (policies.agreement(), 0.0, 0.1, 0.6),
        (policies.agreement(), 0.0, 0.2, 0.5),
        (policies.agreement(), 0.5, 0.1, 0.1),
        (policies.agreement(), 0.5, 0.2, 0.1),
    ],
)
def test_who_does_not_look_earns_little_under_another_name_for_each_batch(
    policy: policies.Policy, says_broken: float, broken: float, most: float, size: int
) -> None:
    lazy, looked = by_many_names(BROKEN, policy, says_broken, broken, size)
    assert lazy < most * looked


@pytest.mark.parametrize("policy", [policies.dawid_skene(), policies.agreement()])
@pytest.mark.parametrize("says_broken", [0.0, 0.5])
@pytest.mark.parametrize("also", [0, 1])
def test_nor_does_he_where_answers_are_numbers(
    policy: policies.Policy, says_broken: float, also: int
) -> None:
    counts = Number("n", "How many?", least=0, most=10)
    asked = Questionnaire([counts, *BROKEN.questions][: 1 + also])
    lazy, looked = by_many_names(asked, policy, says_broken, 0.2, 10)
    assert lazy < 0.3 * looked


def by_many_names(
    asked: Questionnaire, policy: policies.Policy, says_broken: float, broken: float, size: int
) -> tuple[float, float]:
    """What those earn who answer one batch each without a look, and two careful ones of six, in 60
    batches, of those in which something is broken; elsewhere who says that nothing is is right."""
    luck = np.random.default_rng(0)
    truth = luck.random((60, size)) < broken
    given: list[tuple[str, Sheet]] = []
    for batch, right in enumerate(truth):
        careful = [right ^ (luck.random(size) < 0.03) for _ in range(2)]
        said = {f"h{(batch + n) % 6}": row for n, row in enumerate(careful)}
        said[f"lazy{batch}"] = luck.random(size) < says_broken
        for who, row in said.items():
            answers = [{"k": "broken" if yes else "fine", "n": 7 * int(yes)} for yes in row]
            given.append((who, Sheet(batch, tuple(
                Answer(batch * size + at, {q.id: answer[q.id] for q in asked.questions}, 2_000)
                for at, answer in enumerate(answers)
            ))))  # fmt: skip
    scores = [s for s in validate(Evidence(asked, given), policy).scores if truth[s.batch].any()]
    lazy = [s.score for s in scores if s.annotator.startswith("lazy")]
    looked = [s.score for s in scores if not s.annotator.startswith("lazy")]
    assert len(looked) == 2 * len(lazy) > 60
    return float(np.mean(lazy)), float(np.mean(looked))


@pytest.mark.parametrize("policy", [policies.dawid_skene(), policies.agreement()])
def test_who_met_one_kind_alone_and_is_right_of_all_is_paid(policy: policies.Policy) -> None:
    luck = np.random.default_rng(1)
    truth = ["fine"] * 20 + luck.choice(["fine", "broken"], 40).tolist()
    evidence = Evidence(BROKEN, sheets_of({f"a{n}": truth for n in range(3)}, "k")
                        + sheets_of({"new": truth[:20]}, "k"))  # fmt: skip
    (score,) = [s for s in validate(evidence, policy).scores if s.annotator == "new"]
    assert score.score > 0.95


def test_a_reason_says_what_doubt_there_was() -> None:
    truth = rare(20, 1)
    said = {"c": ["fine"] * 20} | dict.fromkeys("abde", truth)
    evidence = Evidence(BROKEN, sheets_of(said, "k"))
    whys = {s.annotator: s.why for s in validate(evidence, policies.dawid_skene()).scores}
    assert "as to which there is 50" in whys["c"] and "doubt" in whys["c"]
    assert "doubt" not in whys["a"], "where it makes no difference"


def test_no_score_is_above_one_by_rounding() -> None:
    box = {"label": "b", "x": 0.51, "y": 0.11, "width": 0.0015920371448769834, "height": 0.19}
    asked = Questionnaire([Boxes("q", "Where?", labels=["b"])])
    for people in range(2, 12):
        same = {f"a{n}": [[box]] for n in range(people)}
        scores = validate(Evidence(asked, sheets_of(same, "q")), policies.agreement()).scores
        assert all(0.999 < score.score <= 1.0 for score in scores)


def test_one_slip_where_all_numbers_are_alike_is_not_paid_nothing() -> None:
    asked = Questionnaire([Number("n", "How many?", least=0, most=10)])
    said = {f"a{n}": [3] * 40 for n in range(3)} | {"slip": [4] + [3] * 39}
    scores = validate(Evidence(asked, sheets_of(said, "n")), policies.dawid_skene()).scores
    assert min(score.score for score in scores) > 0.7
