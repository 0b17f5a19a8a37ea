"""The annotation tasks of a session's chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dml_sdk.annotation.course.terms import Progress, state_of
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.arguments import id_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.tables import Table
from dml_sdk.types import Amount, from_ms

if TYPE_CHECKING:
    from dml_sdk.model import Model
    from dml_sdk.session import Session

_COLUMNS = (
    "id", "model", "state", "items", "answers per item", "answers", "reward per point", "stake",
    "remaining", "deadline",
)  # fmt: skip


class Tasks:
    """The annotation tasks of a session's chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, task: AnnotationTask | int) -> AnnotationTask:
        """A task by its id, as `session.task` does.

        Raises:
            UsageError: there is none, or a task of another chain.
        """
        return self._session.task(task)

    def list(self, model: Model | int | None = None) -> Table:
        """All tasks, or those of a model, the oldest first.

        Raises:
            UsageError: neither a model nor its id, or a model of another chain.
        """
        chain = self._session.chain
        if model is None:
            ids = [int(task) for task, _ in chain.entries("Annotations", "Tasks")]
        else:
            wanted = id_of(model, "model", chain.identity)
            ids = [int(task) for task, _ in chain.entries("Annotations", "ByModel", wanted)]
        now_ms, rows = chain.now_ms(), []
        for task in sorted(ids):
            told = chain.ask("task", task)
            terms, of = told["task"]["terms"], told["task"]["model"]
            asset = pool_asset(chain, of)
            progress = Progress.decoded(told, asset)
            rows.append(
                {
                    "id": task,
                    "model": of,
                    "state": state_of(told, now_ms),
                    "items": terms["item_count"],
                    "answers per item": terms["answers_per_item"],
                    "answers": f"{progress.committed:,} of {progress.wanted:,}",
                    "reward per point": Amount(terms["reward_per_point"], asset),
                    "stake": Amount(terms["minimum_stake"], asset),
                    "remaining": progress.remaining,
                    "deadline": from_ms(terms["deadline_ms"]),
                }
            )
        whose = "" if model is None else f" of model {wanted}"
        return Table(f"Annotation tasks{whose}", rows, _COLUMNS)

    def __repr__(self) -> str:
        return f"<Tasks of {self._session.chain.name}>"
