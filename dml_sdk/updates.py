"""Updates: new weights that engineers propose, and what becomes of them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dml_sdk.access import content_key, require_access, require_file
from dml_sdk.arguments import (
    MOST_ID,
    decimal_of,
    is_one_of,
    require_mapping,
    require_whole,
    shown,
)
from dml_sdk.blueprint import Blueprint
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import UsageError
from dml_sdk.handles import Handle, Numbered
from dml_sdk.locations import Document, decode_location, encode_location
from dml_sdk.measures import BILLION, Number, octets, part_of, parts_of, reason_octets
from dml_sdk.tables import Table
from dml_sdk.texts import read_text
from dml_sdk.types import Amount, Location, Receipt, from_ms, short_address
from dml_sdk.versions import load_weights

if TYPE_CHECKING:
    from dml_sdk.session import Session

UpdateState = Literal["proposed", "accepted", "rejected", "withdrawn"]
STATES: tuple[UpdateState, ...] = ("proposed", "accepted", "rejected", "withdrawn")
_MOST_METRICS = 16
_NAME_BYTES = 32
_MOST_BILLIONTHS = 2**63


class Update(Numbered):
    """New weights that an engineer proposed. What became of them is read when asked for.

    Attributes:
        receipt: of its proposal, when this object came from `propose_update`.

    Raises:
        UsageError: there is no such update.
    """

    kind = "update"

    def __init__(self, session: Session, update_id: int, receipt: Receipt | None = None) -> None:
        self._id = require_whole("an update's id", update_id, most=MOST_ID)
        self.receipt = receipt
        session.chain.require_open()
        told = session.chain.get("Updates", "Updates", self.id)
        if told is None:
            raise UsageError(f"There is no update {self.id} on {session.chain.name}.")
        self._handle = Handle(session, told["model"])
        self._told = told

    @property
    def record(self) -> dict[str, Any]:
        """The chain's own record, decoded."""
        found: dict[str, Any] = self._handle.chain.get("Updates", "Updates", self.id)
        return found

    @property
    def model_id(self) -> int:
        """The chain's number for its model."""
        return self._handle.model_id

    @property
    def engineer(self) -> str:
        """SS58 address of who proposed it."""
        return str(self._told["engineer"])

    @property
    def parent(self) -> int:
        """Index of the version that it was trained from."""
        return int(self._told["parent"])

    @property
    def location(self) -> Location:
        """Where its weights are."""
        return decode_location(self._told["location"])

    @property
    def sha256(self) -> str:
        """Of the safetensors file, 64 hexadecimal digits."""
        return str(self._told["hash"]).removeprefix("0x")

    @property
    def metrics(self) -> dict[str, Decimal]:
        """What the engineer says that it reaches; a claim that nobody checked."""
        return decode_metrics(self._told["metrics"])

    @property
    def notes(self) -> str:
        """What the engineer says about it, checked against the chain's hash; untrusted text.

        Raises:
            ContentNotFound, ContentCorrupt: the store does not have it, or altered it.
        """
        told = self._told["notes"]
        document = Document.decoded(told) if told else None
        return read_text(self._handle.session.store, document)

    @property
    def block(self) -> int:
        """The block in which it was proposed."""
        return int(self._told["block"])

    @property
    def proposed(self) -> datetime:
        """When it was proposed."""
        return from_ms(self._told["proposed_ms"])

    @property
    def state(self) -> UpdateState:
        """ "proposed", "accepted", "rejected" or "withdrawn"."""
        return _state(self.record["state"])

    @property
    def version(self) -> int | None:
        """Index of the version that it became."""
        return _version(self.record["state"])

    @property
    def reward(self) -> Amount | None:
        """What its engineer earned by it; None until it is accepted."""
        told = _accepted(self.record["state"])
        asset = pool_asset(self._handle.chain, self.model_id)
        return None if told is None else Amount(told["reward"], asset)

    @property
    def reason(self) -> str:
        """Why it was rejected; untrusted text."""
        told = self.record["state"]
        rejected = told.get("Rejected") if isinstance(told, Mapping) else None
        return "" if rejected is None else str(rejected["reason"])

    def weights(self) -> dict[str, np.ndarray[Any, Any]]:
        """Its weights, by tensor name, checked against the chain's hash.

        Raises:
            LicenceRequired: the model is restricted, and the signer is neither its engineer nor
                has a right to it; or it is a file that a restricted model had first.
            KeyNotDelivered, SealError: they are sealed, and do not open for the signer.
            WeightsMismatch, WeightsMalformed: another file than was proposed, or no weights.
            ContentNotFound, ContentCorrupt: the store has no such file, or an altered one.
        """
        if self._handle.session.signer.address != self.engineer:
            require_access(self._handle)
        require_file(self._handle, self.sha256, self.proposed, self._is_known)
        key = partial(content_key, self._handle, self.version)
        return load_weights(self._handle.session.store, self.location, self.sha256, key)

    def approve(self, reward: Number = 0) -> Receipt:
        """Publishes it as a version and rewards its engineer; the owner's, while alone.

        With others in the collective it is theirs:
        `collective.propose(dml.actions.ApproveUpdate(update, reward))`.

        Args:
            reward: 0–1, the part of what remains in the engineers' bucket.

        Raises:
            DispatchError: Updates.NotOwner, Updates.CollectiveDecides, Updates.UpdateClosed, …
        """
        score = parts_of(part_of("reward", reward, BILLION), BILLION)
        return self._submit("approve", score=score)

    def reject(self, reason: str = "") -> Receipt:
        """Rejects it, for a reason of up to 128 bytes; the owner's, while alone.

        Raises:
            DispatchError: Updates.NotOwner, Updates.CollectiveDecides, Updates.UpdateClosed, …
        """
        return self._submit("reject", reason=reason_octets(reason))

    def withdraw(self) -> Receipt:
        """Takes it back; its engineer's.

        Raises:
            DispatchError: Updates.NotEngineer, Updates.UpdateClosed, …
        """
        return self._submit("withdraw")

    def _is_known(self, had_it: int) -> bool:
        """Whether its file is what anybody begins with, and of another model than its own."""
        digest = str(self._handle.record()["metadata_hash"]).removeprefix("0x")
        blueprint = Blueprint(self._handle.session, digest, f"Model {self.model_id}")
        return had_it != self.model_id and blueprint.begins_with(self.sha256)

    def _submit(self, function: str, **arguments: Any) -> Receipt:
        call = self._handle.chain.call("Updates", function, update=self.id, **arguments)
        return self._handle.submit(call)

    def __repr__(self) -> str:
        return self._handle.shown(
            f"Update {self.id}",
            lambda: f"of model {self.model_id} by {short_address(self.engineer)}, {self.state}",
        )

    def _repr_html_(self) -> str:
        told = ", ".join(f"{name} {value:f}" for name, value in self.metrics.items())
        return f"<p>{html.escape(repr(self))} {html.escape(told)}</p>"


def propose(
    handle: Handle,
    stored: tuple[Location, str],
    parent: int,
    metrics: list[tuple[str, int]],
    notes: Document | None,
) -> Update:
    """Records new weights that are in the store as an update of a model.

    Args:
        stored: where the weights are, and the SHA-256 of the safetensors file.
        metrics: from `encode_metrics`.

    Raises:
        DispatchError: Updates.TooManyOpen, Updates.UnknownParent, …
    """
    location, digest = stored
    receipt = handle.submit(
        handle.chain.call(
            "Updates",
            "propose",
            model=handle.model_id,
            parent=parent,
            location=encode_location(location),
            hash="0x" + digest,
            metrics=metrics,
            notes=None if notes is None else notes.encoded(),
        )
    )
    proposed = next(e for e in receipt.events if (e.pallet, e.name) == ("Updates", "Proposed"))
    return Update(handle.session, int(str(proposed.fields["update"])), receipt)


def update_of(handle: Handle, update_id: int) -> Update:
    """A model's update, by its id.

    Raises:
        UsageError: the model has none of that id.
    """
    _ = handle.chain
    update = Update(handle.session, update_id)
    if update.model_id != handle.model_id:
        raise UsageError(
            f"Update {update_id} is of model {update.model_id}, not of {handle.model_id}."
        )
    return update


def updates_table(
    handle: Handle, engineer: Account | str | None, state: UpdateState | None
) -> Table:
    """A model's updates, oldest first.

    Raises:
        UsageError: no such account or state.
    """
    if state is not None and not is_one_of(state, STATES):
        raise UsageError(f"state={shown(state)}: give one of {', '.join(STATES)}.")
    only = None if engineer is None else address_of(engineer)
    asset = pool_asset(handle.chain, handle.model_id)
    rows = []
    for update, told in _records(handle):
        accepted = _accepted(told["state"])
        row = {
            "id": update,
            "engineer": told["engineer"],
            "parent": told["parent"],
            "metrics": ", ".join(f"{n} {v:f}" for n, v in decode_metrics(told["metrics"]).items()),
            "state": _state(told["state"]),
            "version": _version(told["state"]),
            "reward": None if accepted is None else Amount(accepted["reward"], asset),
            "block": told["block"],
            "proposed": from_ms(told["proposed_ms"]),
        }
        if only in (None, row["engineer"]) and state in (None, row["state"]):
            rows.append(row)
    columns = (
        "id", "engineer", "parent", "metrics", "state", "version", "reward", "block", "proposed",
    )  # fmt: skip
    return Table(f"Updates of model {handle.model_id}", rows, columns)


def engineers_table(handle: Handle) -> Table:
    """Who proposed updates of a model, in the order in which they first did."""
    asset = pool_asset(handle.chain, handle.model_id)
    rows: dict[str, dict[str, Any]] = {}
    for _, told in _records(handle):
        who = told["engineer"]
        none = {"engineer": who, "updates": 0, "accepted": 0, "earned": Amount(0, asset)}
        row = rows.setdefault(who, none)
        row["updates"] += 1
        accepted = _accepted(told["state"])
        if accepted is not None:
            row["accepted"] += 1
            row["earned"] += Amount(accepted["reward"], asset)
    columns = ("engineer", "updates", "accepted", "earned")
    return Table(f"Engineers of model {handle.model_id}", list(rows.values()), columns)


def encode_metrics(metrics: object) -> list[tuple[str, int]]:
    """Metrics as the runtime takes them: names, and values in billionths.

    Raises:
        UsageError: no dict, more than 16, a name that is too long, or a value that is no number.
    """
    given = require_mapping("metrics", metrics, "a dict of a name to a number")
    if len(given) > _MOST_METRICS:
        raise UsageError(f"{len(given)} metrics were given; the chain holds {_MOST_METRICS}.")
    told = []
    for name, value in given.items():
        number = decimal_of(value)
        if number is None or not number.is_finite() or abs(number) >= _MOST_BILLIONTHS // BILLION:
            raise UsageError(f"metrics: {shown(name)} is {shown(value)}; give a number.")
        told.append((octets("a metric's name", name, _NAME_BYTES), int(number * BILLION)))
    return told


def decode_metrics(told: Any) -> dict[str, Decimal]:
    """Metrics as the runtime tells them; names are untrusted text."""
    return {str(name): Decimal(value) / BILLION for name, value in told}


def _records(handle: Handle) -> list[tuple[int, Any]]:
    ids = sorted(
        update for update, _ in handle.chain.entries("Updates", "ByModel", handle.model_id)
    )
    return [(update, handle.chain.get("Updates", "Updates", update)) for update in ids]


def _state(told: Any) -> UpdateState:
    name = told if isinstance(told, str) else next(iter(told))
    return next(state for state in STATES if state == name.lower())


def _accepted(told: Any) -> Mapping[str, Any] | None:
    return told.get("Accepted") if isinstance(told, Mapping) else None


def _version(told: Any) -> int | None:
    accepted = _accepted(told)
    return None if accepted is None else int(accepted["version"])
