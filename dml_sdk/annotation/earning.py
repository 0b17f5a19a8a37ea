"""What a task is to who answers it: what that earns, and what to do about a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.batch import Batch, number_of
from dml_sdk.annotation.course import explaining
from dml_sdk.annotation.course.explaining import Explanation
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.errors import UsageError
from dml_sdk.measures import BILLION, plain
from dml_sdk.tables import Table
from dml_sdk.types import Amount, Asset, from_ms

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.handles import Handle
    from dml_sdk.types import Receipt

_COLUMNS = (
    "batch", "account", "stage", "points", "score", "formula", "amount", "due",
)  # fmt: skip


class Earning(ABC):
    """What a task is to who answers it."""

    handle: Handle

    @property
    @abstractmethod
    def id(self) -> int:
        """The chain's number for it."""

    @abstractmethod
    def call(self, function: str, **arguments: Any) -> Call:
        """A call about this task."""

    @abstractmethod
    def _task(self) -> AnnotationTask:
        """The task itself."""

    @abstractmethod
    def chain_awards(self, who: str | None = None) -> Sequence[Mapping[str, Any]]:
        """What the chain tells of answers."""

    @property
    @abstractmethod
    def asset(self) -> Asset:
        """What the task pays in."""

    @property
    @abstractmethod
    def record(self) -> Mapping[str, Any]:
        """The chain's own record."""

    def awards(self, account: Account | str | None = None) -> Table:
        """What answers earned, or earn as things stand, by batch and annotator, with the formula.

        Those that were not judged yet are told at what they earn if nobody does: all their points.
        `due` is from when on anyone may have them paid; who answered may as soon as they are
        scored.

        Args:
            account: only this one's.
        """
        asset = self.asset
        reward = Amount(self.record["terms"]["reward_per_point"], asset)
        who = None if account is None else address_of(account)
        rows = [_row(told, reward) for told in self.chain_awards(who)]
        return Table(f"Awards of task {self.id}", rows, _COLUMNS)

    def explain(self, batch: Batch | int, account: Account | str | None = None) -> Explanation:
        """Why answers earn what they do: what the chain pays, who decided that, and what the report
        of who scored them says, held against the chain and against what the task promised.

        What a node that keeps newer blocks only does not know is told as `trouble`.

        Args:
            batch: its number, or the batch itself.
            account: whose answers; the signer's by default.

        Raises:
            UsageError: they were not judged; another task's batch.
        """
        who = address_of(self.handle.session.signer if account is None else account)
        task = self._task()
        return explaining.explain(task, number_of(batch, task), who)

    def dispute(self, batch: Batch | int) -> Receipt:
        """Asks the collective for another verdict on the signer's answers to a batch.

        Raises:
            UsageError: another task's batch.
            DispatchError: Annotations.NotDisputable, Annotations.TooLateToDispute, …
        """
        return self.handle.submit(self.dispute_call(batch))

    def dispute_call(self, batch: Batch | int) -> Call:
        """The call of `dispute`, for a preview."""
        return self.call("dispute", batch=number_of(batch, self._task()))

    def accept(self, batch: Batch | int | None = None) -> list[Receipt]:
        """Takes the signer's award at once, which gives up the dispute.

        It is credited in the model's pool: `pool.claim()` pays it out.

        Args:
            batch: only this one; by default all of the signer's that are scored, as many in a
                transaction as one takes.

        Returns:
            the receipts, one a transaction.

        Raises:
            UsageError: nothing of the signer's is scored and not paid yet; another task's batch.
            DispatchError: Annotations.TooEarlyToAward, Annotations.AlreadySettled, …
        """
        if batch is not None:
            return [self.handle.submit(self.accept_call(batch))]
        named, most = self._scored(), self._task().at_once
        return [
            self.handle.submit(self._award(named[at : at + most]))
            for at in range(0, len(named), most)
        ]

    def accept_call(self, batch: Batch | int | None = None) -> Call:
        """The first call that `accept` would sign, for a preview.

        Raises:
            UsageError: as `accept`.
        """
        if batch is not None:
            return self._award([number_of(batch, self._task())])
        return self._award(self._scored()[: self._task().at_once])

    def _award(self, batches: Sequence[int]) -> Call:
        me = self.handle.session.signer.address
        return self.call("award", awards=[(batch, me) for batch in batches])

    def _scored(self) -> list[int]:
        """The signer's batches that are scored."""
        signer = self.handle.session.signer
        told = self.chain_awards(signer.address)
        scored = [int(one["batch"]) for one in told if _stage(one)[0] == "Scored"]
        if not scored:
            raise UsageError(
                f"Nothing that {signer.name} answered in task {self.id} is scored and not paid "
                "yet; awards() tells how it stands."
            )
        return scored


def _stage(told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    stage = told["stage"]
    return (stage, {}) if isinstance(stage, str) else next(iter(stage.items()))


def _row(told: Mapping[str, Any], reward: Amount) -> dict[str, Any]:
    name, holds = _stage(told)
    verdict = holds.get("verdict")
    score = Decimal(0 if verdict is None else verdict["score"]) / BILLION
    amount = Amount(told["amount"], reward.asset)
    if name == "Revealed" and reward.planck:  # what the chain pays for silence is all the points
        formula = _formula(amount.planck // reward.planck, Decimal(1), reward)
        formula += ", if nobody judges them in time"
    else:
        formula = "" if verdict is None else _formula(verdict["points"], score, reward)
    return {
        "batch": told["batch"],
        "account": told["who"],
        "stage": name.lower(),
        "points": None if verdict is None else verdict["points"],
        "score": None if verdict is None else float(score),
        "formula": formula,
        "amount": amount,
        "due": None if told["due_ms"] is None else from_ms(told["due_ms"]),
    }


def _formula(points: int, score: Decimal, reward: Amount) -> str:
    return f"{points} points x {plain(score)} x {plain(reward.tokens)} {reward.asset.label}"
