"""What a task is to an owner who looks at the answers: decide, and take the results along."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.annotation.course import exports
from dml_sdk.annotation.course.review import Review, review_path
from dml_sdk.arguments import path_told, reason_of, require_path
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.annotation.course.judging import Judged
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.worth.policies import Policy
    from dml_sdk.annotation.worth.review import Decisions


class Reviewing(ABC):
    """What a task is to an owner who looks at the answers."""

    @abstractmethod
    def _task(self) -> AnnotationTask:
        """The task itself."""

    @abstractmethod
    def _believed(self, decisions: Decisions | None = None) -> Judged:
        """What all come to, with what gold is known here; takes no policy of the owner's."""

    def review(self) -> Review:
        """The owner's own word on items and sheets, as far as it was given on this machine; what is
        decided there counts in `judge`, `validate` and `export` with decisions=review.decisions.

        Raises:
            UsageError: what is kept on this machine cannot be read.
            QuestionnaireInvalid, ContentNotFound, ContentCorrupt: what was asked cannot be read.
        """
        task = self._task()
        return Review(task.questionnaire(), task.terms.items, review_path(task))

    def export(
        self,
        name: str,
        path: str | Path | None = None,
        *,
        policy: Policy | None = None,
        decisions: Decisions | None = None,
    ) -> str:
        """What the task came to as a file: "answers.csv", "consensus.csv", "scores.csv",
        "label-studio.json" and others, as they fit what was asked.

        Args:
            name: which; another than those that are offered is refused with their names.
            path: where it is written, if anywhere.
            policy: by what scores are given, as in `judge`.
            decisions: the owner's own word on items and sheets; what is left out is in no file.

        Returns:
            the file's text.

        Raises:
            UsageError: no such file, answers that its format cannot express, nothing to judge yet,
                or it cannot be written.
            FormatInvalid, ContentNotFound, ContentCorrupt, MediaRefused: it cannot be made.
        """
        task = self._task()
        if name == exports.SCORES or policy is not None:
            judged = task.judge(policy, decisions=decisions)
        else:
            judged = self._believed(decisions)
        results = exports.Results(
            task, judged.evidence, judged.validation, left_out=judged.decisions.left_out
        )
        text, _ = exports.export(results, name)
        if path is not None:
            place = require_path("path", path)
            try:
                place.write_text(text, encoding="utf-8")
            except OSError as e:
                why = f"{path_told(place)} cannot be written: {reason_of(e)}."
                raise UsageError(f"{why[0].upper()}{why[1:]}") from None
        return text
