"""Where versions come from: read once, told in a bounded way, laid out without crossings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.widgets.model_browser.lineage import MOST_NODES, Histories, History, place_in_lanes
from dml_sdk.widgets.model_browser.lineage_svg import accuracy_svg, lineage_html


def nodes_of(history: History, model: dml.Model) -> dict[str, dict[str, Any]]:
    nodes, _ = history.nodes(model.pool.asset)
    return {node["key"]: node for node in nodes}


@pytest.fixture
def history(model: dml.Model) -> History:
    return History(model.session.chain, model.id)


@pytest.fixture
def engineer(model: dml.Model) -> dml.Model:
    """The same model, in the hands of Charlie."""
    return model.session.as_("charlie").models.get(model.id)


def test_each_version_and_update_says_what_it_is_who_made_it_and_what_it_reaches(
    model: dml.Model, engineer: dml.Model, history: History
) -> None:
    first = engineer.propose_update(
        model.weights(), metrics={"Accuracy": "0.81", "loss": 0.3, "accuracy of it": 5}
    )
    model.update(first.id).approve(0.25)
    model.publish(model.weights())
    bad = engineer.propose_update(model.weights(), metrics={"accuracy": 7}, parent=0)
    model.update(bad.id).reject("it cannot be")
    engineer.propose_update(model.weights()).withdraw()
    engineer.propose_update(model.weights(), metrics={"accuracy": 0.9}, parent=1)
    history.read(3, MOST_NODES)
    nodes = nodes_of(history, model)
    assert [nodes[key]["kind"] for key in ("v0", "v1", "v2", "u1", "u2", "u3")] == [
        "registered", "accepted", "published", "rejected", "withdrawn", "proposed",
    ]  # fmt: skip
    accepted = nodes["v1"]
    assert accepted["who"] == engineer.session.signer.address and accepted["parent"] == "v0"
    assert accepted["accuracy"] == 0.81 and not accepted["measured"]
    assert accepted["metrics"] == "Accuracy 0.81, loss 0.3, accuracy of it 5"
    assert accepted["score"] == 0.25 and accepted["reward"] == "50"
    assert nodes["u1"]["why"] == "it cannot be" and nodes["u1"]["parent"] == "v0"
    assert nodes["u1"]["accuracy"] is None, "an accuracy of 7 is none"
    assert [point.plain() for point in history.points()] == [[1, 0.81, False]]


def test_what_a_round_measured_outranks_what_was_claimed(
    model: dml.Model, split: Any, history: History
) -> None:
    clients = split.partition(4, scheme="iid")
    training = model.train(clients, test=split.test, rounds=2, clients_per_round=2, engine="numpy")
    training.wait(timeout=120)
    history.read(3, MOST_NODES)
    points = history.points()
    assert [point.version for point in points] == [1, 2] and all(p.measured for p in points)
    assert points[-1].accuracy == pytest.approx(training.rounds[-1].accuracy, abs=1e-6)
    nodes = nodes_of(history, model)
    assert (nodes["v2"]["kind"], nodes["v2"]["round"]) == ("round", 2)


def test_what_cannot_change_any_more_is_read_once(
    model: dml.Model, engineer: dml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        engineer.propose_update(model.weights()).withdraw()
    engineer.propose_update(model.weights())
    histories = Histories(model.session.chain)
    histories.of(model.id, 1)
    asked: list[tuple[Any, ...]] = []
    get_all = model.session.chain.get_all

    def counted(*what: Any) -> Any:
        asked.append(what)
        return get_all(*what)

    monkeypatch.setattr(model.session.chain, "get_all", counted)
    histories.of(model.id, 1)
    assert asked == [("Updates", "Updates", [3])], "only the update that waits to be decided on"


def flooded(model: dml.Model, count: int, first: int) -> None:
    """Has Eve propose and withdraw so many updates, of which the first has some number."""
    chain = model.session.chain
    calls = [
        call
        for number in range(first, first + count)
        for call in (
            chain.call(
                "Updates", "propose", model=model.id, parent=0, location={"Cid": "b"},
                hash="0x" + "11" * 32, metrics=[], notes=None,
            ),
            chain.call("Updates", "withdraw", update=number),
        )
    ]  # fmt: skip
    for start in range(0, len(calls), 20):
        chain.submit(chain.batch(calls[start : start + 20]), model.session.account("eve"))


def test_what_waits_is_told_however_much_was_withdrawn_since(
    model: dml.Model, engineer: dml.Model, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = engineer.propose_update(model.weights(), metrics={"accuracy": 0.9})
    flooded(model, 60, waits.id + 1)
    history.read(1, MOST_NODES, waiting=True)
    nodes, left_out = history.nodes(model.pool.asset)
    assert len(nodes) == MOST_NODES
    assert [n["accuracy"] for n in nodes if n["kind"] == "proposed"] == [0.9]
    assert [n["key"] for n in nodes if n["kind"] == "registered"] == ["v0"]
    assert left_out == {"older": 0, "waiting": 0, "updates": 61 - (MOST_NODES - 1)}
    told = lineage_html(nodes, left_out)
    assert f"{left_out['updates']} more updates, of which 0 wait" in told

    asked: list[int] = []
    get_all = model.session.chain.get_all

    def counted(pallet: str, item: str, keys: list[int]) -> Any:
        asked.extend(keys)
        return get_all(pallet, item, keys)

    monkeypatch.setattr(model.session.chain, "get_all", counted)
    history.read(1, MOST_NODES, waiting=True)
    assert asked == [waits.id], "what was withdrawn is not looked through again"


def test_of_many_that_wait_the_newest_are_told_and_how_many_are_left_out(
    model: dml.Model, history: History
) -> None:
    for name in ("bob", "charlie", "dave", "eve"):
        engineer = model.session.as_(name).models.get(model.id)
        for _ in range(4):
            engineer.propose_update(model.weights())
    flooded(model, 40, 16)
    history.read(1, MOST_NODES, waiting=True)
    nodes, left_out = history.nodes(model.pool.asset)
    waiting = [n["key"] for n in nodes if n["kind"] == "proposed"]
    assert waiting == [f"u{number}" for number in range(15, 3, -1)]
    assert left_out["waiting"] == 16 - len(waiting)


def test_of_a_long_history_only_the_newest_is_told(model: dml.Model, history: History) -> None:
    chain, latest = model.session.chain, model.latest
    publish = [
        chain.call(
            "Models", "publish_version", model=model.id, hash="0x" + latest.sha256,
            location={"Cid": str(latest.location.cid)}, parent=number,
        )
        for number in range(100)
    ]  # fmt: skip
    for start in range(0, 100, 20):
        chain.submit(chain.batch(publish[start : start + 20]), model.session.signer)
    history.read(101, MOST_NODES)
    nodes, left_out = history.nodes(model.pool.asset)
    older = left_out["older"]
    assert len(nodes) == MOST_NODES and older == 101 - MOST_NODES
    assert nodes[0]["key"] == "v100" and nodes[-1]["parent"] == "older"
    assert {node["lane"] for node in nodes} == {0}, "a line without branches is one lane"
    told = lineage_html(nodes, left_out)
    assert f"{older} older versions" in told and told.count("<path d=") == 2 * MOST_NODES


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Versions with a parent among those before, and updates as leaves; oldest first."""
    nodes = [{"key": "v0", "parent": ""}]
    versions = ["v0"]
    for number in range(1, draw(st.integers(1, 30))):
        parent = draw(st.sampled_from(versions[-4:]))
        is_version = draw(st.booleans())
        key = f"{'v' if is_version else 'u'}{number}"
        nodes.append({"key": key, "parent": parent})
        if is_version:
            versions.append(key)
    return nodes


@given(trees())
def test_no_line_crosses_a_node_of_another_branch(nodes: list[dict[str, Any]]) -> None:
    place_in_lanes(nodes)
    rows = {node["key"]: row for row, node in enumerate(nodes)}
    most = max(node["lane"] for node in nodes)
    for row, node in enumerate(nodes):
        if node["lane"] == most == 9:
            continue  # beyond ten lanes the last is shared
        between = nodes[rows.get(node["parent"], row) + 1 : row]
        assert all(other["lane"] != node["lane"] for other in between)


@given(trees(), st.integers(1, 10))
def test_a_parent_that_is_left_out_is_said_to_be_older(
    nodes: list[dict[str, Any]], kept: int
) -> None:
    shown = nodes[-kept:]
    keys = {node["key"] for node in shown}
    place_in_lanes(shown)
    assert all(node["parent"] in keys | {"older", ""} for node in shown)


@pytest.mark.parametrize(
    "points",
    [
        [],
        [[0, 0.5, True]],
        [[0, 0.5, True], [3, 0.5, False]],
        [[n, n / 24, True] for n in range(24)],
    ],
)
def test_a_chart_stays_within_its_box(points: Sequence[Sequence[Any]]) -> None:
    drawn = accuracy_svg(points)
    places = [float(part.split('"')[0]) for part in drawn.split('cy="')[1:]]
    assert len(places) == len(points) and all(0 <= y <= 30 for y in places)
