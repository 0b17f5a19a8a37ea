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
        """Why answers were scored as they were: what the report of who judged them says, held
        against the chain.

        Args:
            batch: its number, or the batch itself.
            account: whose answers; the signer's by default.

        Raises:
            UsageError: they were not scored; another task's batch.
            RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
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

    def accept(self, batch: Batch | int | None = None) -> Receipt:
        """Takes the signer's award at once, which gives up the dispute.

        It is credited in the model's pool: `pool.claim()` pays it out.

        Args:
            batch: only this one; by default all of the signer's that are scored.

        Raises:
            UsageError: nothing of the signer's is scored and not paid yet; another task's batch.
            DispatchError: Annotations.TooEarlyToAward, Annotations.AlreadySettled, …
        """
        me = self.handle.session.signer.address
        if batch is None:
            scored = [
                told["batch"] for told in self.chain_awards(me) if _stage(told)[0] == "Scored"
            ]
            most = int(self.handle.chain.constant("Annotations", "MaxAtOnce"))
            named = scored[:most]
        else:
            named = [number_of(batch, self._task())]
        if not named:
            raise UsageError(
                f"Nothing that {self.handle.session.signer.name} answered in task {self.id} is "
                "scored and not paid yet; awards() tells how it stands."
            )
        return self.handle.submit(self.call("award", awards=[(b, me) for b in named]))


def _stage(told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    stage = told["stage"]
    return (stage, {}) if isinstance(stage, str) else next(iter(stage.items()))


def _row(told: Mapping[str, Any], reward: Amount) -> dict[str, Any]:
    name, holds = _stage(told)
    verdict = holds.get("verdict")
    points = None if verdict is None else verdict["points"]
    score = None if verdict is None else Decimal(verdict["score"]) / BILLION
    amount = Amount(told["amount"], reward.asset)
    formula = (
        "" if score is None else f"{points} points x {plain(score)} x {plain(reward.tokens)} "
        f"{reward.asset.label}"
    )  # fmt: skip
    return {
        "batch": told["batch"],
        "account": told["who"],
        "stage": name.lower(),
        "points": points,
        "score": None if score is None else float(score),
        "formula": formula,
        "amount": amount,
        "due": None if told["due_ms"] is None else from_ms(told["due_ms"]),
    }
