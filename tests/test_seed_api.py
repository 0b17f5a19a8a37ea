"""Each line of the table in `docs/seed-api.md`, run in order; and what it must give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.training.engine import initial_weights
from dml_sdk.types import Receipt

DOCUMENT = Path(__file__).parents[1] / "docs" / "seed-api.md"
_ROW = re.compile(r"^\| (?P<call>.+?) \| (?P<here>`.+`) \| (?P<gives>.+) \|$")

Names = dict[str, Any]


def rows() -> list[tuple[str, list[str]]]:
    """Each call of the specification, and the lines that stand for it here."""
    found = [_ROW.match(line) for line in DOCUMENT.read_text().splitlines()]
    return [(row["call"], re.findall(r"`([^`]+)`", row["here"])) for row in found if row]


def is_receipt(of: str) -> Callable[[Names], bool]:
    return lambda n: isinstance(n["receipt"], Receipt) and n["receipt"].call == of


CHECKS: dict[str, Callable[[Names], bool]] = {
    "upload": lambda n: n["session"].models.get(n["guid"]) == n["model"] and len(n["guid"]) == 36,
    "defineDataContributors": is_receipt("Rounds.define_contributors"),
    "rewardDataContributors": is_receipt("Pools.reward"),
    "listMasterModels": lambda n: (
        {"guid", "name", "usage", "price", "asset"} <= set(n["models"].columns)
        and [(row["usage"], str(row["price"]), row["asset"]) for row in n["models"]]
        == [("download", "1 DML", "DML"), ("commercial", "50 DML", "DML")]
    ),
    "getMasterModels": lambda n: [row["guid"] for row in n["models"]] == [n["guid"]],
    "modelEngineerUpdate": lambda n: n["update"].engineer == n["bob"].address,
    "listModelEngineers": lambda n: n["engineers"].column("engineer") == [n["bob"].address],
    "listModelEngineerUpdates": lambda n: (
        [(r["engineer"], r["parent"], r["block"], r["id"]) for r in n["updates"]]
        == [(n["bob"].address, 0, n["update"].block, n["update"].id)]
    ),
    "collectiveApprovesModel creator": lambda n: (
        is_receipt("Collectives.decide")(n) and n["update"].version == 1
    ),
    "addCollectiveMember": lambda n: (
        is_receipt("Collectives.decide")(n) and len(n["model"].collective.members) == 2
    ),
    "collectiveApprovesModel member": lambda n: (
        is_receipt("Collectives.close")(n) and n["second"].version == 2
    ),
    "query": lambda n: {(r["role"], str(r["earned"])) for r in n["allocation"]} == {
        ("contributor", "100 DML"), ("engineer", "80 DML"),
    },
    "uploadDataForAnnotation": lambda n: n["session"].tasks.get(n["task"].id).terms.items == 2,
    "getDataAnnotationQuestionnaire": lambda n: (
        n["asked"] == n["questionnaire"] and len(n["batch"]) == 2
    ),
    "submitDataAnnotationForReward": is_receipt("Annotations.commit"),
    "reportDataAnnotationAwards": lambda n: (
        is_receipt("Annotations.award")(n)
        and [(r["account"], r["points"], r["formula"], str(r["amount"])) for r in n["awards"]]
        == [(n["bob"].address, 2, "2 points x 0.5 x 0.5 DML", "0.5 DML")]
    ),
}  # fmt: skip
"""What holds after each row's lines, by the name of its call."""


def name_of(call: str) -> str:
    plain = call.strip("`")
    name = re.split(r"[\s(]", plain)[0]
    if name == "collectiveApprovesModel":
        name += " creator" if "creator" in plain else " member"
    return name


@pytest.fixture
def names(network: dml.networks.MLP) -> Iterator[Names]:
    alone = dml.Account.development
    weights = {
        name: np.full(array.shape, 0.5, array.dtype)
        for name, array in initial_weights(network, 0).items()
    }
    found: Names = {
        "dml": dml, "network": network, "weights": weights,
        "images": list(np.zeros((2, 8, 8), np.uint8)),
        "questionnaire": dml.Questionnaire([dml.Choice("digit", "Which?", options=range(10))]),
        "bob": alone("bob"), "eve": alone("eve"), "charlie": alone("charlie"),
    }  # fmt: skip
    yield found
    found["session"].close()


def test_every_line_of_the_table_runs_and_gives_what_it_says(names):
    assert [name_of(call) for call, _ in rows()] == list(CHECKS)
    for call, lines in rows():
        for line in lines:
            exec(line, names)  # noqa: S102 - the document's own lines
        assert CHECKS[name_of(call)](names), call
    assert names["session"].conserved().ok
