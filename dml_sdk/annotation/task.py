"""AnnotationTask: what is asked about a model's data, who answers, and what that earns."""

from __future__ import annotations

import html
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from dml_sdk.annotation.asked.media import Manifest, Part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.batch import Batch, number_of, sheet_of
from dml_sdk.annotation.course import handing_in, leasing, revealing
from dml_sdk.annotation.course.collecting import Collector
from dml_sdk.annotation.course.company import Company
from dml_sdk.annotation.course.documents import Documents
from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.course.policy_document import PolicyDocument
from dml_sdk.annotation.course.terms import Progress, TaskState, TaskTerms, state_of
from dml_sdk.annotation.earning import Earning
from dml_sdk.annotation.overseeing import Overseeing
from dml_sdk.arguments import (
    MOST_ID,
    require_origin,
    require_path,
    require_whole,
    shown,
)
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import UsageError
from dml_sdk.handles import Handle, Numbered
from dml_sdk.types import Asset, Receipt

if TYPE_CHECKING:
    from dml_sdk.annotation.course.gold import GoldFile
    from dml_sdk.annotation.desk import Desk
    from dml_sdk.annotation.worth.policies import Policy
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.session import Session


class AnnotationTask(Numbered, Earning, Overseeing):
    """An annotation task of a model. What becomes of it is read when asked for.

    Args:
        drafts: the folder for answers that are not handed in yet; by default the user's own.

    Attributes:
        receipt: of its opening, when this object came from `model.annotation_task`.
        handle: how it reaches the chain.
        documents: questionnaire, items and policy, from the store.
        company: with whom the signer has shared batches.
        given_policy, kept_gold: by what it is to be judged, when this object opened it.

    Raises:
        UsageError: there is no such task.
    """

    kind = "task"

    def __init__(
        self,
        session: Session,
        task_id: int,
        *,
        drafts: str | Path | None = None,
        receipt: Receipt | None = None,
        documents: Documents | None = None,
    ) -> None:
        self._id = require_whole("a task's id", task_id, most=MOST_ID)
        self.receipt = receipt
        self.given_policy: Policy | None = None
        self.kept_gold: GoldFile | None = None
        session.chain.require_open()
        told = session.chain.ask("task", self.id)
        if told is None:
            raise UsageError(f"There is no annotation task {self.id} on {session.chain.name}.")
        self._handle = self.handle = Handle(session, told["task"]["model"])
        self.documents = documents or Documents(session.store, self.terms)
        self.company = Company(session.signer.address)
        self._collector, self._known, self._gold_told = Collector(), None, False
        home = None if drafts is None else require_path("drafts", drafts)
        self._home = home
        self._drafts = Drafts.of(
            session.chain, self.id, told["task"], session.signer.address, home
        )  # fmt: skip

    # --- read -----------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session it was reached through; its signer signs."""
        return self.handle.session

    @property
    def home(self) -> Path | None:
        """The folder for what is kept of it on this machine; None for the user's own."""
        return self._home

    @property
    def model_id(self) -> int:
        """The chain's number for its model."""
        return self.handle.model_id

    @property
    def record(self) -> dict[str, Any]:
        """The chain's own record, decoded."""
        found: dict[str, Any] = self._told()["task"]
        return found

    @property
    def asset(self) -> Asset:
        """What it pays in: the asset of the model's pool."""
        return pool_asset(self.handle.chain, self.model_id)

    @property
    def terms(self) -> TaskTerms:
        """On which terms it asks and pays."""
        return TaskTerms.decoded(self._told(), self.asset)

    @property
    def state(self) -> TaskState:
        """ "open", "revealing", "scoring", "disputes", "ended" or "closed"."""
        return state_of(self._told(), self.handle.chain.now_ms())

    @property
    def progress(self) -> Progress:
        """How many answers were given, shown and settled, and what was paid."""
        return Progress.decoded(self._told(), self.asset)

    @property
    def at_once(self) -> int:
        """How many answers one call scores or awards at most, by the chain."""
        return int(self.handle.chain.constant("Annotations", "MaxAtOnce"))

    @property
    def can_close(self) -> bool:
        """Whether nothing can be answered any more, and all that was answered is settled."""
        return bool(self._told()["can_close"])

    @property
    def title(self) -> str:
        """What its questionnaire is called; untrusted text.

        Raises:
            ContentNotFound, ContentCorrupt, QuestionnaireInvalid: as `questionnaire`.
        """
        return self.questionnaire().title

    def questionnaire(self) -> Questionnaire:
        """What is asked, checked against the chain's hash; its texts are untrusted.

        Raises:
            QuestionnaireInvalid: what is in the store is none.
            ContentNotFound, ContentCorrupt, ContentTooLarge: the store does not have it, or
                altered it.
        """
        return self.documents.questionnaire()

    def items(self) -> Manifest:
        """What is asked about: the parts of every item, checked against the chain's hash.

        Raises:
            ManifestInvalid: what is in the store is no such list.
            ContentNotFound, ContentCorrupt, ContentTooLarge: the store does not have it, or
                altered it.
        """
        return self.documents.manifest()

    def content(self, part: Part) -> bytes:
        """The bytes of an item's part, checked: they are what they say, and can run no script.

        Raises:
            MediaRefused: they are something else.
            ContentNotFound, ContentCorrupt, ContentTooLarge: the store does not have them, or
                altered them.
        """
        return self.documents.content(part)

    def policy_document(self) -> PolicyDocument:
        """By what answers are judged; which items are gold is not told.

        Raises:
            PolicyInvalid: what is in the store is none.
            ContentNotFound, ContentCorrupt, ContentTooLarge: the store does not have it, or
                altered it.
        """
        return self.documents.policy()

    # --- annotate -------------------------------------------------------------------------------

    def next_batch(self) -> Batch:
        """The batch that the signer holds, or else the next one, which is then taken on lease.

        What was committed to before and can be revealed by now is revealed.

        Raises:
            NothingToAnnotate: there is none for the signer now; it says why, and when there may be.
            ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt: the task's
                documents cannot be read; no batch was taken.
            DispatchError: Stakes.TooManyLocks, …
        """
        self.items()
        revealing.reveal_on_the_way(self, self._drafts)
        return leasing.take(self)[0]

    def submit(self, batch: Batch, answers: object) -> Receipt:
        """Hands in the answers to a batch: they are fixed now, and revealed when all of the batch
        are, at the next `submit`, `next_batch` or `reveal`.

        Args:
            answers: a list in the items' order or a dict by the items' numbers; of each item a dict
                of question to value, an `Answer`, or the value alone where one thing is asked. A
                `Sheet` also does.

        Returns:
            the receipt of the commitment.

        Raises:
            AnswersInvalid: answers that do not fit; each fault is named by its path.
            UsageError: another task's batch, also of a task with this number on another chain; or
                answers in no such form.
            DraftsUnwritable: they cannot be kept on this machine; nothing was sent.
            DispatchError: Annotations.NotHolding, Annotations.LeaseOver, …; nothing was signed.
        """
        if not isinstance(batch, Batch):
            raise UsageError(f"batch={shown(batch)}: give what next_batch() returned.")
        number_of(batch, self)
        sheet = sheet_of(batch, answers, self.questionnaire())
        receipt = handing_in.commit(self, self._drafts, sheet)
        revealing.reveal_on_the_way(self, self._drafts)
        return receipt

    def reveal(self) -> list[Receipt]:
        """Reveals all answers of the signer that can be: those to batches that nobody can answer
        any more. Answers that are not revealed in time earn nothing.

        Raises:
            StoreUnreachable: the answers cannot be put into the store.
            DispatchError: Annotations.TooLateToReveal, …
        """
        return revealing.reveal(self, self._drafts)

    def release(self) -> Receipt:
        """Gives up the batch that the signer holds; it is for others at once.

        Raises:
            DispatchError: Annotations.NotHolding.
        """
        return self.handle.submit(self.call("release"))

    def desk(self, drafts: str | Path | None = None) -> Desk:
        """An annotator's place of work: one item after the other, nothing lost. The same one for
        all who ask for it in this session.

        Args:
            drafts: the folder for answers that are not handed in yet; by default this task's.
        """
        if drafts is None:
            return _desk_of(self, self._drafts)
        home = require_path("drafts", drafts)
        who = self.session.signer.address
        own = Drafts.of(self.handle.chain, self.id, self.record, who, home)
        return _desk_of(self, own)

    # --- inside ---------------------------------------------------------------------------------

    def call(self, function: str, **arguments: Any) -> Call:
        """A call about this task, of any signer."""
        return self.handle.chain.call("Annotations", function, task=self.id, **arguments)

    def as_(self, session: Session, drafts: str | Path | None = None) -> AnnotationTask:
        """The same task with another session's signer; what was read of the store is shared.

        Raises:
            UsageError: a session on another chain, where its number stands for something else.
        """
        require_origin(self.kind, self.origin, session.chain.identity)
        same = session.chain is self.handle.chain and session.store is self.session.store
        return AnnotationTask(
            session,
            self.id,
            drafts=self._home if drafts is None else drafts,
            documents=self.documents if same else None,
        )

    def chain_awards(self, who: str | None = None) -> Sequence[Mapping[str, Any]]:
        """What the chain tells of answers, of one annotator or of all, and of what they earn."""
        told: Sequence[Mapping[str, Any]] = self.handle.chain.ask("awards", self.id, who)
        return told

    def _task(self) -> AnnotationTask:
        return self

    def _told(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] | None = self.handle.chain.ask("task", self.id)
        if told is None:
            raise UsageError(f"Task {self.id} is not on {self.session.chain.name} any more.")
        return told

    def __repr__(self) -> str:
        return self.handle.shown(f"AnnotationTask {self.id}", self._summary)

    def _summary(self) -> str:
        return f"of model {self.model_id}, {self.state}, {self.progress}"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


_desks: WeakValueDictionary[tuple[int, Path], Desk] = WeakValueDictionary()
_at_desks = threading.Lock()


def _desk_of(task: AnnotationTask, drafts: Drafts) -> Desk:
    """The one desk of a session in a task, while anybody has it: who sits down again, in another
    cell or panel, finds what lies there."""
    from dml_sdk.annotation.desk import Desk

    with _at_desks:
        key = (id(task.session), drafts.folder)
        desk = _desks.get(key)
        if desk is None:
            desk = _desks[key] = Desk(task, drafts)
        return desk
