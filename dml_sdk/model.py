"""Model: a registered model, its versions, its contributors."""

from __future__ import annotations

import html
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dml_sdk import contributors
from dml_sdk.access import content_key, read_ring, require_access, require_file
from dml_sdk.annotation.asking import Asking
from dml_sdk.arguments import MOST_ID, Noun, require_whole
from dml_sdk.blueprint import Arrays, Blueprint
from dml_sdk.chain.accounts import Account
from dml_sdk.collective import Collective, referendum
from dml_sdk.handles import Handle
from dml_sdk.licences import Licences
from dml_sdk.measures import Number
from dml_sdk.pool import Pool
from dml_sdk.registration import decode_guid
from dml_sdk.storage import weights as weights_format
from dml_sdk.tables import Table
from dml_sdk.texts import store_text
from dml_sdk.training.engine import Network
from dml_sdk.types import Location, Receipt, Version, short_address
from dml_sdk.untrusted import text_of
from dml_sdk.updates import (
    Update,
    UpdateState,
    encode_metrics,
    engineers_table,
    propose,
    update_of,
    updates_table,
)
from dml_sdk.versions import (
    arrays_like,
    load_weights,
    publish_call,
    store_weights,
    version_of,
    versions_of,
    versions_table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dml_sdk.actions.base import Action, Change
    from dml_sdk.rounds import Training
    from dml_sdk.session import Session
    from dml_sdk.training.data import Client, Dataset
    from dml_sdk.votes import Electorate, Proposal


class Model(Noun, Asking):
    """A registered model.

    Attributes:
        receipt: of its registration, when this object came from `upload`.

    Raises:
        UnknownModel: wherever the chain is asked, once the anchor has ended that it was reached in.
    """

    kind = "model"

    def __init__(self, session: Session, model_id: int, receipt: Receipt | None = None) -> None:
        self._handle = Handle(session, model_id)
        self.receipt = receipt

    @property
    def session(self) -> Session:
        """The session it was reached through; its signer signs."""
        return self._handle.session

    @property
    def id(self) -> int:
        """The chain's number for it."""
        return self._handle.model_id

    @property
    def origin(self) -> object:
        """What tells the chain that it is on from others."""
        return self._handle.chain.identity

    # --- read -----------------------------------------------------------------------------------

    @property
    def _registered(self) -> dict[str, Any]:
        """What registration fixed for good, for as long as the model is there."""
        _ = self._handle.chain
        return self._record

    @cached_property
    def _record(self) -> dict[str, Any]:
        return self._handle.record()

    @property
    def guid(self) -> str:
        """The model's GUID, the same for as long as the chain exists."""
        return decode_guid(self._registered["guid"])

    @property
    def name(self) -> str:
        """What its owner called it."""
        return text_of(self._registered["name"])

    @property
    def licence(self) -> str:
        """SPDX identifier."""
        return text_of(self._registered["licence"])

    @property
    def owner(self) -> str:
        """SS58 address of its creator."""
        return str(self._registered["owner"])

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version, oldest first."""
        return versions_of(self._handle.chain, self.id)

    @property
    def latest(self) -> Version:
        """The newest version."""
        return self._version(int(self._handle.record()["versions"]) - 1)

    @property
    def pool(self) -> Pool:
        """The model's pool."""
        _ = self._handle.chain  # a pool taken from a model that was rewound would not know it
        return Pool(self.session, self.id)

    @property
    def network(self) -> Network:
        """What is trained: read from the store, checked against the hash on the chain.

        Raises:
            ContentNotFound: the store doesn't have it.
            ContentCorrupt: what the store gave does not hash to what the chain says.
            UsageError, EngineUnavailable: it cannot be read by this SDK, or names code.
        """
        _ = self._handle.chain
        return self._blueprint.network

    @cached_property
    def _blueprint(self) -> Blueprint:
        digest = str(self._registered["metadata_hash"]).removeprefix("0x")
        return Blueprint(self.session, digest, repr(self))

    @property
    def readers(self) -> tuple[bytes, ...]:
        """Sealing keys that new weights of it are sealed for: its owner's and the signer's.

        None where its weights are in the clear.

        Raises:
            ContentNotFound, ContentCorrupt: neither its description nor its newest weights can be
                read, so that nobody can tell.
        """
        _ = self._handle.chain
        return self._blueprint.readers(lambda: self.latest.location)

    @property
    def sealed(self) -> bool:
        """Whether its weights are encrypted, for those who have the key."""
        _ = self._handle.chain
        return self._blueprint.sealed

    @property
    def licences(self) -> Licences:
        """What is sold of it, and to whom: buy, renew, transfer, revoke, deliver."""
        _ = self._handle.chain
        return Licences(self.session, self.id)

    @property
    def collective(self) -> Collective:
        """Who governs it: members, proposals, votes."""
        _ = self._handle.chain
        return Collective(self.session, self.id)

    def weights(
        self, version: int | None = None, *, keys: Location | str | None = None
    ) -> dict[str, np.ndarray[Any, Any]]:
        """The weights of a version (the newest by default), by tensor name.

        Args:
            keys: where a key ring is that the signer was given, as `licences.deliver_to` returned
                it; the keys on the chain and in the weights' own file need none.

        Raises:
            UsageError: no such version.
            LicenceRequired: the model is restricted, or another that had this very file first, and
                the signer has no right to it.
            KeyNotDelivered, SealError: they are sealed, and do not open for the signer.
            WeightsMismatch: the file is not the one whose SHA-256 is on the chain.
            ContentNotFound, ContentCorrupt, WeightsMalformed: the store has no such file, an
                altered one, or one that is not safetensors.
        """
        found = self.latest if version is None else self._version(version)
        require_access(self._handle)
        begins_so = self._blueprint.begins_with
        require_file(self._handle, found.sha256, found.published, lambda _: begins_so(found.sha256))
        ring = None if keys is None else read_ring(self._handle, keys)
        key = partial(content_key, self._handle, found.index, ring=ring)
        return load_weights(self.session.store, found.location, found.sha256, key)

    # --- act ------------------------------------------------------------------------------------

    def publish(self, weights: Arrays, *, parent: int | None = None) -> Receipt:
        """Publishes a new version by hand; training does it by itself.

        To train on from an older version, publish its weights again:
        `model.publish(model.weights(3), parent=3)`.

        Args:
            weights: arrays by tensor name, as `weights()` gives them.
            parent: index of the version that they were made from; the newest by default.

        Raises:
            UsageError: weights that are no mapping, a parent that is no version's number.
            WeightsMismatch: not the tensors that this model has.
            UpdateInvalid: NaN or infinity in the weights.
            DispatchError: Models.NotOwner, Models.UnknownParent.
        """
        parent = self._parent(parent)
        stored = store_weights(self.session.store, self._checked(weights), self.readers)
        return self._handle.submit(publish_call(self._handle.chain, self.id, stored, parent))

    def propose_update(
        self,
        weights: Arrays,
        *,
        parent: int | None = None,
        metrics: Mapping[str, Number] | None = None,
        notes: str = "",
    ) -> Update:
        """Proposes new weights; anyone may, and is the update's engineer.

        Of a sealed model, they are sealed for its owner and the engineer.

        Args:
            weights: arrays by tensor name, as `weights()` gives them.
            parent: index of the version that they were made from; the newest by default.
            metrics: what they reach by the engineer's own account: up to 16 numbers by name, of
                which nine digits after the point are kept.
            notes: what there is to say about them; kept in the store, its hash on the chain.

        Returns:
            the update; `.receipt` tells of its proposal.

        Raises:
            UsageError: weights, metrics or notes that are none, a parent that is no number.
            WeightsMismatch: not the tensors that this model has.
            UpdateInvalid: NaN or infinity in the weights.
            DispatchError: Updates.TooManyOpen, Updates.UnknownParent, …
        """
        parent, checked = self._parent(parent), self._checked(weights)
        told = encode_metrics({} if metrics is None else metrics)
        text = store_text(self.session.store, "notes", notes)
        stored = store_weights(self.session.store, checked, self.readers)
        return propose(self._handle, stored, parent, told, text)

    def referendum(
        self,
        action: Action | Change,
        *,
        text: str = "",
        electorate: Electorate = "stakers",
        conviction: bool | None = None,
    ) -> Proposal:
        """Proposes something that stakers or licence holders have the last word on.

        The members vote first, unless the owner is alone.

        Args:
            action: one of `dml.actions`.
            text: what there is to say about it.
            electorate: "stakers" or "licence holders".
            conviction: whether votes may weigh more for a longer lock, as they do among stakers
                and only there; what does not fit is refused.

        Raises:
            UsageError: another electorate, or one that has no such conviction.
            DispatchError: Collectives.NotMember, …
        """
        return referendum(
            self.collective, action, text=text, electorate=electorate, conviction=conviction
        )

    def update(self, update_id: int) -> Update:
        """An update of this model, by its id.

        Raises:
            UsageError: this model has none of that id.
        """
        return update_of(self._handle, update_id)

    def updates(
        self, *, engineer: Account | str | None = None, state: UpdateState | None = None
    ) -> Table:
        """Every update that was proposed, oldest first.

        Args:
            engineer: only this one's.
            state: only those that are "proposed", "accepted", "rejected" or "withdrawn".
        """
        return updates_table(self._handle, engineer, state)

    def engineers(self) -> Table:
        """Who proposed updates: how many, how many became versions, and what they earned."""
        return engineers_table(self._handle)

    def define_contributors(self, wallets: Mapping[str, Account | str]) -> Receipt:
        """Says which wallet each contributor is paid to.

        Args:
            wallets: for each client's name in the data, its account or SS58 address. A model has
                4,096 contributors at most.

        Returns:
            the receipt; of the last transaction, where more than 1,024 take several, each of which
            happens or not by itself.

        Raises:
            UsageError: more contributors than a model may have; nothing was sent.
            DispatchError: Models.NotOwner, Rounds.DuplicateWallet, …
        """
        return contributors.define(self._handle, wallets, repr(self))

    @property
    def contributors(self) -> dict[str, str]:
        """Each defined contributor's wallet, SS58."""
        return contributors.wallets_of(self._handle)

    def require_room_for(self, clients: Sequence[str]) -> None:
        """Refuses contributors who would be more than the chain has room for, those there included.

        Raises:
            UsageError: there is not room for all of them.
        """
        contributors.require_room_for(self._handle, clients, repr(self))

    def reward_contributors(self, scores: Mapping[str, float | Decimal | str]) -> Receipt:
        """Credits contributors by hand; training does it by itself.

        Args:
            scores: 0–1 for each client's name: its part of what the contributors' bucket has.

        Raises:
            UsageError: a client that is not defined, a negative score.
            DispatchError: Pools.ScoreAboveOne, Pools.ScoresAboveOne, Models.NotOwner, …
        """
        told = contributors.scores_by_wallet(self._handle, scores, repr(self))
        return self.pool.reward("contributor", told)

    def train(self, clients: Sequence[Client], *, test: Dataset, **options: Any) -> Training:
        """Trains in federated rounds, in a thread; returns at once.

        See `dml_sdk.rounds.Training` for the options.
        """
        from dml_sdk.rounds import Training

        training = Training(self, clients, test=test, **options)
        training.start()
        return training

    def abort_round(self, reason: str = "aborted by the owner") -> Receipt:
        """Ends a round that was left open, by a killed kernel for example; nothing is lost.

        Raises:
            UsageError: no round is open, or a reason that is no text.
        """
        from dml_sdk.rounds.aborting import abort_open_round

        return abort_open_round(self._handle, reason, repr(self))

    # --- inside ---------------------------------------------------------------------------------

    def _parent(self, given: int | None) -> int:
        """The version that new weights were made from."""
        return self.latest.index if given is None else require_whole("parent", given, most=MOST_ID)

    def _checked(self, weights: Arrays) -> dict[str, np.ndarray[Any, Any]]:
        """Weights that somebody gave, if they are some of this model's."""
        # Any version's file has the same tensors, should the description be lost.
        checked = arrays_like(weights, self._blueprint.tensors(self.weights))
        weights_format.check_finite(checked)
        return checked

    def _version(self, index: int) -> Version:
        return version_of(self._handle.chain, self.id, index, repr(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and other._handle == self._handle

    def __hash__(self) -> int:
        return hash(self._handle)

    def __repr__(self) -> str:
        return self._handle.shown(f"Model {self.id}", lambda: f"{self.name!r} {self.guid[:8]}")

    def _repr_html_(self) -> str:
        if self._handle.ended:
            return f"<p>{html.escape(repr(self))}</p>"
        title = f"{self.name}, {self.licence}, owner {short_address(self.owner)}, {self.guid}"
        return f"<div>{versions_table(title, self.versions)._repr_html_()}</div>"
