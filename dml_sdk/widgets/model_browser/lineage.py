"""Where a model's versions come from: who made each of what, and how accurate it is.

Versions form a tree; an update that was not accepted is a leaf of it. Only the newest are told of,
and what cannot change any more is read once.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dml_sdk.measures import BILLION
from dml_sdk.types import Amount, Asset
from dml_sdk.untrusted import visible
from dml_sdk.updates import decode_metrics
from dml_sdk.widgets.update_records import UpdateRecords
from dml_sdk.widgets.wording import exact, significant

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

Kind: TypeAlias = Literal[
    "registered", "published", "round", "accepted", "proposed", "rejected", "withdrawn"
]
KINDS: Mapping[Kind, tuple[str, str]] = {
    "registered": ("■", "registered"),
    "published": ("●", "published"),
    "round": ("●", "by a round"),
    "accepted": ("★", "accepted"),
    "proposed": ("◇", "proposed"),
    "rejected": ("✕", "rejected"),
    "withdrawn": ("○", "withdrawn"),
}
"""For each kind its sign and its name; `widgets/model_browser/lineage.js` has the same."""

Order: TypeAlias = tuple[int, int, int]
"""When it was made, in ms; a version before an update; its number."""

MOST_NODES = 40
MOST_POINTS = 24
_PLACES_OF_VERSIONS = _PLACES_OF_WAITING = 12
_MOST_LANES = 10
_MOST_MODELS = 64
_MOST_METRICS = 4
_ACCURACY = "accuracy"


@dataclass(frozen=True, slots=True)
class Point:
    """How accurate a version is.

    Attributes:
        version: its index.
        accuracy: 0–1.
        measured: by the round that made it; otherwise its engineer claimed it.
    """

    version: int
    accuracy: float
    measured: bool

    def plain(self) -> list[Any]:
        """For the page."""
        return [self.version, self.accuracy, self.measured]


class History:
    """What is known of one model's past; brought up to date by `read`.

    Args:
        chain: asked for it.
        model: the model's number.
    """

    def __init__(self, chain: Chain, model: int) -> None:
        self._chain, self._model = chain, model
        self._versions: dict[int, Mapping[str, Any]] = {}
        self._rounds: dict[int, Mapping[str, Any]] = {}
        self._records = UpdateRecords(chain, model)
        self._count = 0

    def read(self, versions: int, most: int, *, waiting: bool = False) -> None:
        """Reads what is new among the newest versions, rounds and updates.

        Args:
            versions: how many there are.
            most: how many of each to know.
            waiting: whether to know the updates that wait to be decided on too, however old.
        """
        chain, model = self._chain, self._model
        self._count = versions
        for index in range(max(0, versions - most), versions):
            if index not in self._versions:
                self._versions[index] = chain.get("Models", "Versions", model, index)
        rounds = int(chain.get("Rounds", "RoundCount", model) or 0)
        for number in range(max(1, rounds - most + 1), rounds + 1):
            if not _is_over(self._rounds.get(number)):
                self._rounds[number] = chain.get("Rounds", "Rounds", model, number)
        self._records.read(most, waiting=waiting)

    def points(self) -> list[Point]:
        """How accurate the newest versions are, as far as anybody said; oldest first."""
        claimed = {
            int(accepted["version"]): accuracy
            for told in self._records.told.values()
            if (accepted := _accepted(told)) and (accuracy := _claimed(told)) is not None
        }
        measured = self._measured()
        versions = range(max(0, self._count - MOST_POINTS), self._count)
        return [
            Point(v, measured.get(v, claimed.get(v, 0.0)), v in measured)
            for v in versions
            if v in measured or v in claimed
        ]

    def nodes(self, asset: Asset) -> tuple[list[dict[str, Any]], dict[str, int]]:
        """The tree, newest first, as the page draws it, and how many are left out of what.

        Some places are kept for the newest versions and for the newest updates that wait, so that
        nobody pushes these out by proposing and withdrawing.

        Each node is `{key, kind, parent, lane, who, accuracy, measured, metrics, why, at, score,
        reward, round}`. Its row is its place in the list; `parent` is the key of a node, "older"
        for one that is left out, or "". Left out are `{older, waiting, updates}`: versions, updates
        that wait, and updates of any kind.

        Args:
            asset: of the pool, which rewards are paid in.
        """
        accepted = {
            int(became["version"]): told
            for told in self._records.told.values()
            if (became := _accepted(told))
        }
        rounds = {
            int(state["Finalised"]["version"]): number
            for number, told in self._rounds.items()
            if isinstance(state := told["state"], Mapping) and "Finalised" in state
        }
        measured = self._measured()
        found: list[tuple[Order, dict[str, Any]]] = []
        for index, told in self._versions.items():
            order = (int(told["published_ms"]), 0, index)
            node = _version_node(index, told, accepted.get(index), rounds.get(index), asset)
            if index in measured:
                node |= {"accuracy": measured[index], "measured": True}
            found.append((order, node))
        found += [
            ((int(told["proposed_ms"]), 1, update), _update_node(update, told))
            for update, told in self._records.told.items()
            if not _accepted(told)
        ]
        shown = _places(found)
        place_in_lanes(shown)
        kinds = Counter(node["kind"] for node in shown if node["key"].startswith("u"))
        return shown[::-1], {
            "older": self._count - sum(node["key"].startswith("v") for node in shown),
            "waiting": max(0, self._records.waiting - kinds["proposed"]),
            "updates": self._records.count - len(accepted) - kinds.total(),
        }

    def _measured(self) -> dict[int, float]:
        """What each round's version reached, by version."""
        found = {}
        for told in self._rounds.values():
            state, evaluation = told["state"], told["evaluation"]
            if isinstance(state, Mapping) and "Finalised" in state and evaluation is not None:
                found[int(state["Finalised"]["version"])] = int(evaluation) / BILLION
        return found


class Histories:
    """The histories of the models that were looked at last."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: OrderedDict[int, History] = OrderedDict()
        self._seen: tuple[int, str] | None = None

    def follow(self) -> None:
        """Forgets everything on a chain that was rewound."""
        head = self._chain.block_number
        if self._seen is not None:
            number, block_hash = self._seen
            if number > head or self._chain.block_hash(number) != block_hash:
                self._known.clear()
        self._seen = head, self._chain.block_hash(head)

    def of(
        self, model: int, versions: int, most: int = MOST_POINTS, *, waiting: bool = False
    ) -> History:
        """A model's history, up to date.

        Args:
            versions: how many versions the model has.
            most: how many of its versions, rounds and updates to know.
            waiting: whether to know the updates that wait to be decided on too, however old.
        """
        history = self._known.setdefault(model, History(self._chain, model))
        self._known.move_to_end(model)
        while len(self._known) > _MOST_MODELS:
            self._known.popitem(last=False)
        history.read(versions, most, waiting=waiting)
        return history


def _places(found: Sequence[tuple[Order, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The nodes that there is room for, oldest first.

    Args:
        found: all, each with what it is ordered by.
    """
    newest = sorted(found, key=lambda pair: pair[0], reverse=True)
    versions = [pair for pair in newest if pair[1]["key"].startswith("v")][:_PLACES_OF_VERSIONS]
    waiting = [pair for pair in newest if pair[1]["kind"] == "proposed"][:_PLACES_OF_WAITING]
    kept = dict((*versions, *waiting))
    for order, node in newest:
        if len(kept) == MOST_NODES:
            break
        kept[order] = node
    return [kept[order] for order in sorted(kept)]


def place_in_lanes(nodes: Sequence[dict[str, Any]]) -> None:
    """Gives each node its `lane`, so that no line crosses a node of another branch.

    The first child that goes on from the tip of a lane stays in it; every other begins a branch in
    the lowest lane that is free from its parent on. Beyond a few lanes they share the last one.

    Args:
        nodes: oldest first.
    """
    rows = {node["key"]: row for row, node in enumerate(nodes)}
    lanes: dict[str, int] = {}
    busy_until: list[int] = []
    tips: dict[int, str] = {}
    for row, node in enumerate(nodes):
        parent = node["parent"]
        if parent and parent not in rows:
            node["parent"] = "older"
        lane = lanes.get(parent)
        goes_on = node["key"].startswith("v")
        if not (goes_on and lane is not None and tips[lane] == parent):
            begins = rows.get(parent, -1)
            free = [n for n, end in enumerate(busy_until) if end <= begins and n != lane]
            lane = min(min(free, default=len(busy_until)), _MOST_LANES - 1)
        while len(busy_until) <= lane:
            busy_until.append(-1)
        busy_until[lane] = row
        tips[lane] = node["key"]
        lanes[node["key"]] = node["lane"] = lane


def _version_node(
    index: int, told: Mapping[str, Any], update: Mapping[str, Any] | None, number: int | None,
    asset: Asset,
) -> dict[str, Any]:  # fmt: skip
    parent = told["parent"]
    kind: Kind = (
        "registered"
        if parent is None
        else "accepted" if update else "published" if number is None else "round"
    )  # fmt: skip
    became = _accepted(update) if update else None
    return {
        **_node(f"v{index}", kind, "" if parent is None else f"v{parent}", told["publisher"]),
        "at": int(told["published_ms"]),
        "round": number,
        **(_claims(update) if update else {}),
        "score": int(became["score"]) / BILLION if became else None,
        "reward": exact(Amount(int(became["reward"]), asset)) if became else "",
    }


def _update_node(update: int, told: Mapping[str, Any]) -> dict[str, Any]:
    state = told["state"]
    rejected = state.get("Rejected") if isinstance(state, Mapping) else None
    kind: Kind = (
        "rejected" if rejected else "withdrawn" if state == "Withdrawn" else "proposed"
    )  # fmt: skip
    return {
        **_node(f"u{update}", kind, f"v{told['parent']}", told["engineer"]),
        "at": int(told["proposed_ms"]),
        **_claims(told),
        "why": visible(str(rejected["reason"])) if rejected else "",
    }


def _node(key: str, kind: Kind, parent: str, who: Any) -> dict[str, Any]:
    return {
        "key": key, "kind": kind, "parent": parent, "lane": 0, "who": str(who),
        "accuracy": None, "measured": False, "metrics": "", "why": "", "at": 0, "score": None,
        "reward": "", "round": None,
    }  # fmt: skip


def _claims(told: Mapping[str, Any]) -> dict[str, Any]:
    """What an engineer says of an update."""
    metrics = list(decode_metrics(told["metrics"]).items())
    words = [f"{name} {significant(value)}" for name, value in metrics[:_MOST_METRICS]]
    more = f", {len(metrics) - _MOST_METRICS} more" if len(metrics) > _MOST_METRICS else ""
    return {"accuracy": _claimed(told), "metrics": visible(", ".join(words)) + more}


def _claimed(told: Mapping[str, Any]) -> float | None:
    """The accuracy that an engineer claims, if it is one."""
    for name, value in decode_metrics(told["metrics"]).items():
        if name.strip().casefold() == _ACCURACY and Decimal(0) <= value <= 1:
            return float(value)
    return None


def _accepted(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    state = told["state"]
    return state.get("Accepted") if isinstance(state, Mapping) else None


def _is_over(told: Mapping[str, Any] | None) -> bool:
    return told is not None and isinstance(told["state"], Mapping)
