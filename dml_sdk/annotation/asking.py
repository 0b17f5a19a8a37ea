"""What a model is to those who want its data annotated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from dml_sdk.chain.accounts import Account
from dml_sdk.handles import Handle
from dml_sdk.measures import Time, Tokens

if TYPE_CHECKING:
    from dml_sdk.annotation.asked.media import Content
    from dml_sdk.annotation.asked.questionnaire import Questionnaire
    from dml_sdk.annotation.course.unopened import UnopenedTask
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.worth.policies import Policy
    from dml_sdk.rounds import Training
    from dml_sdk.training.data import Client, Dataset


class Asking(ABC):
    """What a model is to those who want its data annotated."""

    _handle: Handle

    @overload
    def annotation_task(
        self,
        *,
        items: Iterable[Content],
        questionnaire: Questionnaire,
        reward_per_point: Tokens,
        answers_per_item: int = ...,
        batch_size: int = ...,
        stake: Tokens = ...,
        max_items: int | None = ...,
        deadline: datetime | Time = ...,
        lease: Time = ...,
        reveal: Time = ...,
        scoring: Time = ...,
        dispute: Time | None = ...,
        validation: Policy | None = ...,
        validators: Sequence[Account | str] = ...,
        title: str | None = ...,
        keep_gold: str | Path | None = ...,
    ) -> AnnotationTask: ...

    @overload
    def annotation_task(
        self,
        *,
        items: None = None,
        questionnaire: Questionnaire,
        reward_per_point: Tokens,
        answers_per_item: int = ...,
        batch_size: int = ...,
        stake: Tokens = ...,
        max_items: int | None = ...,
        deadline: datetime | Time = ...,
        lease: Time = ...,
        reveal: Time = ...,
        scoring: Time = ...,
        dispute: Time | None = ...,
        validation: Policy | None = ...,
        validators: Sequence[Account | str] = ...,
        title: str | None = ...,
        keep_gold: str | Path | None = ...,
    ) -> UnopenedTask: ...

    def annotation_task(
        self,
        *,
        items: Iterable[Content] | None = None,
        questionnaire: Questionnaire,
        reward_per_point: Tokens,
        answers_per_item: int = 3,
        batch_size: int = 20,
        stake: Tokens = 0,
        max_items: int | None = None,
        deadline: datetime | Time = timedelta(days=7),
        lease: Time = timedelta(hours=1),
        reveal: Time = timedelta(days=1),
        scoring: Time = timedelta(days=3),
        dispute: Time | None = None,
        validation: Policy | None = None,
        validators: Sequence[Account | str] = (),
        title: str | None = None,
        keep_gold: str | Path | None = None,
    ) -> AnnotationTask | UnopenedTask:
        """Opens an annotation task, and sets aside what it may pay; the owner's.

        With gold answers in `validation`, items are put into another order, so that each batch has
        its share of gold in random places; `task.order` tells it to who opened the task.

        Args:
            items: what is asked about: bytes, paths, arrays for images, text, dicts for table rows;
                a dict of kind to content where an item has several parts. Without them, the task is
                opened by `.upload(items)` of what is returned.
            questionnaire: what is asked.
            reward_per_point: what a point pays at a score of 1: whole tokens of the pool's asset,
                or an amount of it.
            answers_per_item: how many annotators are to answer each item, 1 to 32.
            batch_size: how many items an annotator is given at once, 1,000 at most.
            stake: what an annotator must have at stake in that role, likewise.
            max_items: how many items one annotator is given at most, answered or not; all of them
                by default.
            deadline: when nothing is taken or committed any more: a datetime, or how long from now,
                30 days at most.
            lease: how long an annotator may hold a batch.
            reveal: how long after the deadline answers can be revealed,
            scoring: how long after that they can be scored; what is not earns its full points.
            dispute: how long a score can be disputed, and how long the collective has after that;
                by default two days, or as long as the collective needs to vote.
            validation: one of `dml.validation`, or a mix of them; Dawid-Skene by default. Gold
                answers are by the places of `items`.
            validators: accounts that score beside the owner, 16 at most.
            title: shown to annotators; the questionnaire's by default.
            keep_gold: the folder for the gold answers; by default the user's own.

        Raises:
            UsageError: an argument that cannot be right; nothing was stored.
            MediaRefused: an item of another type than the questionnaire's media, or one that could
                run a script; nothing was opened.
            StoreUnreachable: no answer from the store; nothing was opened.
            DraftsUnwritable: the gold answers cannot be kept on this machine; nothing was opened.
            DispatchError: Annotations.NotOwner, Annotations.OwnerNotMember,
                Annotations.PoolCloses, Annotations.TaskTooLong, Annotations.DisputeTooShort,
                Pools.BucketTooSmall, Pools.AllowanceSpent, …; nothing was stored or signed.
        """
        from dml_sdk.annotation.course.opening import Plan, open_task
        from dml_sdk.annotation.course.unopened import UnopenedTask

        plan = Plan(
            questionnaire, reward_per_point, answers_per_item, batch_size, stake, max_items,
            deadline, lease, reveal, scoring, dispute, validation, validators, title, keep_gold,
        ).checked()  # fmt: skip
        if items is None:
            return UnopenedTask(self._handle, plan)
        return open_task(self._handle, plan, items)

    def train_on(
        self,
        data: Dataset,
        *,
        test: Dataset | None = None,
        validation: Dataset | None = None,
        seed: int = 0,
        **options: Any,
    ) -> Training:
        """Trains on labels that were annotated: federated rounds with one contributor, the signer,
        who gets no reward for it, as whoever labelled is paid by the task. Returns at once.

        Args:
            data: such as `task.dataset()`.
            test: the partition that every version is measured on; by default a fifth of the data,
                drawn by `seed` and not trained on.
            validation: the partition that updates are scored on; likewise a tenth.
            options: as in `model.train`.

        Raises:
            DatasetError: too few examples to hold some out.
            UsageError: other arguments that cannot be right.
        """
        from dml_sdk.annotation.course.holding_out import LABELS, held_out
        from dml_sdk.training.data import Client

        kept, test, validation = held_out(data, test, validation, seed)
        return self.train(
            [Client(LABELS, kept)],
            test=test,
            **{
                "validation": validation,
                "wallets": {LABELS: self._handle.session.signer},
                "clients_per_round": 1,
                "reward_part": 0,
                "seed": seed,
                **options,
            },
        )

    @abstractmethod
    def train(self, clients: Sequence[Client], *, test: Dataset, **options: Any) -> Training:
        """Trains in federated rounds."""
