"""The task panel: how a task goes, how far annotators agree, and what its owner makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.course import exports
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.untrusted import visible
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.task.acting import MOMENT, Acting
from dml_sdk.widgets.task.asking import Asked
from dml_sdk.widgets.task.judging import Judging
from dml_sdk.widgets.task.picture import task_html
from dml_sdk.widgets.task.snapshot import (
    agreement_plain,
    decided_plain,
    judged_plain,
    people_plain,
    questions_plain,
    scoring_plain,
    task_plain,
)
from dml_sdk.widgets.task.stages import Handed, answered_plain, cells_plain
from dml_sdk.widgets.vote.snapshot import names_of
from dml_sdk.widgets.worker import Worker

if TYPE_CHECKING:
    from dml_sdk.annotation.worth.evidence import Gold


class TaskPanel(Panel):
    """A widget on an annotation task, for who opened it and its validators.

    It shows how far the task has come, how far annotators agree by question and by person, which
    answers are confused, and the items that are most disagreed upon; these are accepted, left out
    or corrected by key. What sheets would be paid is the chain's own word; scores are signed, spam
    is reported and the task is ended here. Anyone else looks on. The browser half is
    `widgets/task/`.

    Args:
        task: `model.annotation_task(…)` or `session.task(id)`; its session's signer signs.
        policy: by what answers are judged; by default what the task was opened with.
        gold: the gold answers, or the folder that they were kept in; see `task.policy`. Those of a
            folder are published with the scores, once nobody can answer any more.

    Attributes:
        task: the same.
        review: the owner's own word on items and sheets, which is kept on this machine.
        judging: what the answers come to, counted in the background.
        handed, told, may: what the chain said last of answers and of the task, and what the signer
            is to it.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a task, or gold that does not fit.
        QuestionnaireInvalid, ContentNotFound, ContentCorrupt: what was asked cannot be read.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("task/panel")
    _css = browser.styles("task-panel", "frame", "panel", "task/panel", "task/review")
    noun = "Task"
    csv_name = "answers.csv"

    task_told = traitlets.Dict().tag(sync=True)
    questions: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    batches = traitlets.Dict().tag(sync=True)
    people = traitlets.Dict().tag(sync=True)
    agreement: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    judged = traitlets.Dict().tag(sync=True)
    decided = traitlets.Dict().tag(sync=True)
    scoring = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        task: AnnotationTask,
        policy: Policy | None = None,
        gold: Gold | str | Path | None = None,
    ) -> None:
        if not isinstance(task, AnnotationTask):
            raise UsageError(
                "TaskPanel shows an AnnotationTask, which session.task(id) is; it was given "
                f"{type(task).__name__}."
            )
        self.task = task
        self.gold = gold
        if policy is None and gold is not None:
            policy = task.policy(gold)
        self.policy = policy
        self._told_policy = task.policy_document().words
        self._called = visible(task.title) or str(task.id)
        self._names = names_of(task.session)
        self.review = task.review()
        self.judging = Judging(task, self.review, policy, self.refresh)
        self._asks = Asked(self)
        self._fetching, self._exporting = Worker(), Worker()
        self.handed: list[Handed] = []
        self.told: dict[str, Any] = {}
        self.may: dict[str, bool] = {}
        try:
            super().__init__(task.session)
        except DMLError:
            self.judging.close()
            raise

    def title(self) -> str:
        """The questionnaire's title, or its number where it has none."""
        return self._called

    def read(self) -> Mapping[str, Any]:
        """The task by the newest block, and what the answers came to when they were last judged."""
        task, now = self.task, self.session.chain.now_ms()
        terms, progress, state = task.terms, task.progress, task.state
        self.handed = [Handed.decoded(told, task.asset) for told in task.chain_awards()]
        self.judging.follow(self.handed)
        rights = task.rights
        self.may = {"owner": rights.operates, "validator": rights.validates}
        sizes = [len(terms.items_of(batch)) for batch in range(terms.batches)]
        told = task_plain(task, terms, progress, state, self._told_policy)
        told |= self.may | {
            "answered": answered_plain(self.handed, sizes, terms.answers_per_item),
            "due": sum(h.due_ms is not None and h.due_ms <= now for h in self.handed),
            "can_close": task.can_close,
            "exports": [
                [name, words] for name, words in exports.offered(self._questionnaire).items()
            ],
        }
        last = self.judging.last
        heard = self._asks.heard  # before what was decided: what is told is as it was then or later
        self.told = {
            "task_told": told,
            "questions": questions_plain(self._questionnaire),
            "batches": cells_plain(self.handed, terms.batches, terms.answers_per_item, now),
            "people": people_plain(self.handed, last, self._names, task.asset, now),
            "agreement": agreement_plain(last),
            "judged": judged_plain(self.judging),
            "decided": decided_plain(self.review, heard),
            "scoring": scoring_plain(self.judging, self.handed, self.review.decisions, heard),
        }
        return self.told

    @property
    def _questionnaire(self) -> Questionnaire:
        return self.task.questionnaire()

    def why_read_only(self) -> str:
        """Whoever neither opened the task nor validates it looks on."""
        if any(self.may.values()):
            return ""
        return (
            "You look on: whoever owns the model and the task's validators judge answers. What is "
            "shown is for all to see."
        )

    def close(self) -> None:
        """Stops following the chain, and takes the panel off every page it is shown on."""
        if self._throttle is not None:
            self.judging.close()
            self._fetching.close()
            self._exporting.close()
        super().close()

    def picture_html(self) -> str:
        """The last state, for a saved notebook."""
        return task_html(
            self.head,
            self.task_told,
            self.questions,
            self.batches,
            self.people,
            self.agreement,
            self.outcome.get("receipt"),
        )

    def csv(self) -> str:
        """Every answer that was revealed and read.

        Raises:
            UsageError: there is none, or they are being judged anew.
        """
        return self.file(self.csv_name)[0]

    def file(self, name: str) -> tuple[str, str]:
        """One of the files that are offered, as text, and its media type.

        Raises:
            UsageError, FormatInvalid, …: as `task.export` raises them; or the answers are being
                judged anew.
        """
        last = self.judging.last
        if self.judging.works:
            raise UsageError(MOMENT)
        if last is None:
            raise UsageError("No answer was revealed yet, so there is nothing to export.")
        results = exports.Results(
            self.task, last.evidence, last.validation, last.no_policy, last.decisions.left_out
        )
        return exports.export(results, name)

    # --- what the page asks beside actions ------------------------------------------------------

    def _asked(self, widget: object, message: object, buffers: object) -> None:
        match message:
            case {"do": "export", "name": str(name)}:
                self._exporting.preview("export", lambda: self._export(name))
            case {"do": "csv"}:
                self._exporting.preview("export", lambda: self._export(self.csv_name))
            case {"do": str(what)} if what in self._asks.known and isinstance(message, Mapping):
                self._asks.answer(what, message)
            case _:
                super()._asked(widget, message, buffers)

    def _export(self, name: str) -> None:
        if not self.judging.wait():
            return
        try:
            text, kind = self.file(name)
        except DMLError as e:
            self.send({"said": str(e)})
        else:
            self._offer(name, kind, lambda: text)

    def fetch(self, what: str, job: Any) -> None:
        """Does a job of the store's in a thread of its own; the newest of a kind."""
        self._fetching.preview(what, job)

    def actions(self) -> Sequence[Action]:
        """Sign the scores, report, pay what is due, end sooner, close: the task's own methods."""
        return Acting(self).actions()
