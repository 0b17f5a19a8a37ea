"""Annotation: how fast its panel and its tasks are, and what consensus and awards are worth.

    python benchmarks/annotation.py [--crowds N] [--small N] [--seed N] [--no-page] [--json]

Somebody at the panel, in Chromium, on a page with a kernel of its own (key_to_next.py):

key_to_next_ms          from a key press to the next item on the screen, images of 28 x 28; median
key_to_next_ms_photo    the same of photos of 2 megapixels
key_to_next_ms_p95, key_to_next_ms_photo_p95    what one key in twenty takes longer than
axe_serious             what axe-core finds in the panel that is serious or worse, by WCAG 2.2 AA

A task of 10,000 items of 28 x 28 (labelling/scale.py):

create_seconds          until it is open
next_batch_ms           until an annotator has the next batch on lease; median

Crowds of known skills: 40 % careful, 40 % sloppy, 10 % random, 10 % in league (labelling/crowd.py
says what these do), on several tasks, each with several crowds:

consensus_gain_points   points of accuracy that consensus is above a plain majority, on items that
                        are not gold; the mean over a task's crowds, of the task where it is least
consensus_gain_least    the same of the single crowd where it is least
majority_percent        accuracy of the majority, of the task where it is highest: gain is asked
                        for below 95 %
honest_award_share      0-1, of all that is awarded, to careful and sloppy annotators, by gold and
                        consensus as they are mixed by default; likewise the mean, of the worst task
honest_award_least      the same of the single crowd where it is least
copiers_found           0-1, of all copiers: proven, and paid nothing
copiers_as_one          0-1, the same with those whose votes count as one, and no more
sloppy_accused          0-1, the part of the sloppy ones, of whom chance was
stress_award_share      honest_award_share where a ring fills all three places of its batches: with
                        5 % gold, and as ten of a hundred; the lesser, and no goal
no_gold_gain_points, no_gold_award_share    the same two as above where no label is known: by
                        consensus alone, of the same tasks and of ten people who all say yes or no
                        to everything; no goal, as nothing there tells a ring from the rest

Small crowds who all answer everything (labelling/small.py): 2, 4 and 10 labels, 100 and 400 items,
without gold and with a tenth of it; honest people alone and with spammers, minorities who read some
items otherwise, items that are hard for all, and rings among others:

honest_accused          all of whom something was proven wrongly, of the honest there and of the
                        careful in all crowds above
rings_found             0-1, of members of rings of 2 to 4, of a random or a sloppy leader, who have
                        95 or 100 % of the answers from it
spam_found              0-1, of those who say one thing or anything

agreement_max_error     the largest difference of kappa and alpha from scikit-learn, statsmodels and
                        krippendorff, on random tables

--no-page does without what needs Chromium and axe-core. The exit code is 1 where a figure misses
its goal.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks import key_to_next
from benchmarks.labelling import reference, scale, small
from benchmarks.labelling.crowd import KINDS, Labelled, Plan, label
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice
from dml_sdk.annotation.worth import policies
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.validation import Validation, validate
from dml_sdk.annotation.worth.votes import majority

PLANS = {
    "digits": Plan(),
    "larger crowd": Plan(annotators=40),
    "five answers": Plan(annotators=40, answers_per_item=5),
    "four labels": Plan(classes=4),
    "yes or no": Plan(classes=2),
}
STRESS = {
    "little gold": Plan(annotators=40, gold=0.05),
    "large ring": Plan(annotators=100, items=2_000),
}
"""Rings that fill all places of a batch, where next to nothing contradicts them: told apart."""
NO_GOLD = {name: replace(plan, gold=0.0) for name, plan in PLANS.items()} | {
    "ten say yes or no": Plan(annotators=10, answers_per_item=10, classes=2, gold=0.0)
}
AT_LEAST = {"consensus_gain_points": 3.0, "honest_award_share": 0.95}
KEYS = 40
BELOW = {
    "honest_accused": 1,
    "agreement_max_error": 1e-9,
    "key_to_next_ms": 50.0,
    "key_to_next_ms_photo": 100.0,
    "axe_serious": 1.0,
    "create_seconds": 60.0,
    "next_batch_ms": 50.0,
}


@dataclass(slots=True)
class Figures:
    """What a task's crowds came to."""

    majority: list[float] = field(default_factory=list)
    gain: list[float] = field(default_factory=list)
    honest: list[float] = field(default_factory=list)
    people: Counter[str] = field(default_factory=Counter)
    proven: Counter[tuple[str, str]] = field(default_factory=Counter)
    as_one: int = 0


def evidence_of(labelled: Labelled, classes: int) -> Evidence:
    """A crowd's votes as sheets."""
    questionnaire = Questionnaire([Choice("label", "Which is it?", options=range(classes))])
    answers: dict[tuple[int, int], list[Answer]] = {}
    votes = labelled.votes
    for item, who, said in zip(votes.item, votes.annotator, votes.label, strict=True):
        key = (int(labelled.batch[item]), int(who))
        answers.setdefault(key, []).append(Answer(int(item), {"label": int(said)}, 2_000))
    sheets = [(f"{who:04}", Sheet(batch, tuple(said))) for (batch, who), said in answers.items()]
    return Evidence(questionnaire, sheets)


def add(figures: Figures, labelled: Labelled, classes: int) -> None:
    """Judges a crowd's work."""
    gold = {item: {"label": right} for item, right in labelled.votes.gold.items()}
    plain_policy = policies.dawid_skene()
    policy = policies.gold(gold) & plain_policy if gold else plain_policy
    evidence = evidence_of(labelled, classes).knowing(gold)
    judged = validate(evidence, policy)
    agreed = np.full(len(labelled.truth), -1)
    for told in judged.consensus:
        agreed[told.item] = told.value
    plain = labelled.accuracy(majority(labelled.votes))
    figures.majority.append(100 * plain)
    figures.gain.append(100 * (labelled.accuracy(agreed) - plain))
    figures.honest.append(honest_share(judged, labelled))
    figures.people.update(labelled.kinds)
    group = [] if evidence.reliability is None else evidence.reliability.group.tolist()
    figures.as_one += sum(
        labelled.kinds[int(name)] == "copying" and group.count(voice) > 1
        for name, voice in zip(evidence.annotators, group, strict=True)
    )
    figures.proven.update((labelled.kinds[int(f.annotator)], f.kind) for f in judged.findings)


def honest_share(judged: Validation, labelled: Labelled) -> float:
    """The part of all awards that goes to the careful and the sloppy."""
    awarded = dict.fromkeys(KINDS, 0.0)
    for score in judged.scores:
        awarded[labelled.kinds[int(score.annotator)]] += score.points * score.score
    total = sum(awarded.values())
    return (awarded["careful"] + awarded["sloppy"]) / total if total else 0.0


def judged(plans: Mapping[str, Plan], crowds: int, seed: int) -> dict[str, Figures]:
    """Several crowds of each task."""
    each = {name: Figures() for name in plans}
    for name, plan in plans.items():
        for crowd in range(crowds):
            add(each[name], label(plan, seed + crowd), plan.classes)
    return each


def run(crowds: int, small_crowds: int, seed: int) -> tuple[dict[str, float], dict[str, Figures]]:
    """All tasks with all their crowds: the figures, and those of each task."""
    each, stress, no_gold = (judged(p, crowds, seed) for p in (PLANS, STRESS, NO_GOLD))
    told, blind = list(each.values()), list(no_gold.values())
    people = sum((f.people for f in told), Counter())
    proven = sum((f.proven for f in told), Counter())
    whole = sum((f.proven for f in (*told, *stress.values(), *blind)), Counter())
    careful = sum(n for (kind, _), n in whole.items() if kind == "careful")
    sloppy = sum(n for (kind, _), n in proven.items() if kind == "sloppy")
    report = {
        "consensus_gain_points": round(min(float(np.mean(f.gain)) for f in told), 2),
        "consensus_gain_least": round(min(min(f.gain) for f in told), 2),
        "majority_percent": round(max(float(np.mean(f.majority)) for f in told), 1),
        "honest_award_share": round(min(float(np.mean(f.honest)) for f in told), 4),
        "honest_award_least": round(min(min(f.honest) for f in told), 4),
        "copiers_found": round(proven["copying", "copying"] / people["copying"], 3),
        "copiers_as_one": round(sum(f.as_one for f in told) / people["copying"], 3),
        "sloppy_accused": round(sloppy / people["sloppy"], 4),
        "stress_award_share": round(min(float(np.mean(f.honest)) for f in stress.values()), 4),
        "no_gold_gain_points": round(min(float(np.mean(f.gain)) for f in blind), 2),
        "no_gold_award_share": round(min(float(np.mean(f.honest)) for f in blind), 4),
        **small.figures(small_crowds, seed),
        "agreement_max_error": reference.max_error(seed),
    }
    report["honest_accused"] += careful
    named = {f"{name}, no gold": figures for name, figures in no_gold.items()}
    return report, each | stress | named


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crowds", type=int, default=10, help="of each task")
    parser.add_argument("--small", type=int, default=3, help="small crowds of each kind and task")
    parser.add_argument("--seed", type=int, default=1_000)
    parser.add_argument("--no-page", action="store_true", help="do without Chromium")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    report = {} if options.no_page else key_to_next.measure(KEYS)
    report |= scale.figures()
    told, each = run(options.crowds, options.small, options.seed)
    report |= told
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value}")
        for name, figures in each.items():
            print(
                f"{name:26} majority {np.mean(figures.majority):.1f} %, consensus "
                f"{np.mean(figures.gain):+.1f} points, {np.mean(figures.honest):.1%} of awards to "
                f"the honest; proven: {dict(figures.proven)}"
            )
    missed = [name for name, least in AT_LEAST.items() if report[name] < least]
    missed += [name for name, goal in BELOW.items() if name in report and report[name] >= goal]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
