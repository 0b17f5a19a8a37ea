"""A task that has terms and questions, and no items yet."""

from __future__ import annotations

from collections.abc import Iterable

from dml_sdk.annotation.asked.media import Content
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.course.opening import Plan, open_task
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.handles import Handle


class UnopenedTask:
    """A task that has terms and questions; it is opened with its items, which cannot change."""

    def __init__(self, handle: Handle, plan: Plan) -> None:
        self._handle, self._plan = handle, plan

    def questionnaire(self) -> Questionnaire:
        """What will be asked."""
        return self._plan.questionnaire

    def upload(self, items: Iterable[Content]) -> AnnotationTask:
        """Uploads items and opens the task.

        Raises:
            UsageError, MediaRefused, StoreUnreachable, DraftsUnwritable, DispatchError: as
                `model.annotation_task`.
        """
        return open_task(self._handle, self._plan, items)

    def __repr__(self) -> str:
        return (
            f"<UnopenedTask of model {self._handle.model_id}, "
            f"{len(self._plan.questionnaire.questions)} question(s); upload(items) opens it>"
        )
