"""The task panel: how a task goes, how far annotators agree, and what its owner makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import traitlets

from dml_sdk.annotation import exports
from dml_sdk.annotation.findings import Finding
from dml_sdk.annotation.policies import Policy
from dml_sdk.annotation.questionnaire import Questionnaire
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.previews import Preview
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.locations import Document
from dml_sdk.types import Location, Receipt
from dml_sdk.untrusted import visible
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.panel import Panel
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
from dml_sdk.widgets.vote_snapshot import names_of
from dml_sdk.widgets.worker import Worker

if TYPE_CHECKING:
    from dml_sdk.annotation.evidence import Gold

_AT_ONCE = 64
_MOMENT = "The answers are being judged anew; try again in a moment."
# Stands for the report in a preview: its name is as long, and by that goes the fee.
_REPORT = Document(Location(cid="bafkrei" + "a" * 52), "0" * 64)
CAUSES = ("spam", "collusion", "absence")


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
        gold: the gold answers, or the folder that they were kept in; see `task.policy`.

    Attributes:
        task: the same.
        review: the owner's own word on items and sheets, which is kept on this machine.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a task, or gold that does not fit.
        QuestionnaireInvalid, ContentNotFound, ContentCorrupt: what was asked cannot be read.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("task/panel")
    _css = browser.styles("frame", "panel", "task/panel", "task/review")
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
        gold: Gold | str | None = None,
    ) -> None:
        if not isinstance(task, AnnotationTask):
            raise UsageError(
                "TaskPanel shows an AnnotationTask, which session.task(id) is; it was given "
                f"{type(task).__name__}."
            )
        self.task = task
        if policy is None and gold is not None:
            policy = task.policy(gold)
        self._policy = policy
        self._told_policy = str(task.policy_document())
        self._called = visible(task.title) or str(task.id)
        self._names = names_of(task.session)
        self.review = task.review()
        self.judging = Judging(task, self.review, policy, self.refresh)
        self._asks = Asked(self)
        self._fetching = Worker()
        self.handed: list[Handed] = []
        self._read: dict[str, Any] = {}
        self._may: dict[str, bool] = {}
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
        me = self.session.signer.address
        self._may = {
            "owner": task.handle.record()["owner"] == me,
            "validator": me in terms.validators,
        }
        sizes = [len(terms.items_of(batch)) for batch in range(terms.batches)]
        told = task_plain(task, terms, progress, state, self._told_policy)
        told |= self._may | {
            "answered": answered_plain(self.handed, sizes, terms.answers_per_item),
            "due": sum(h.due_ms is not None and h.due_ms <= now for h in self.handed),
            "can_close": task.can_close,
            "exports": [
                [name, words] for name, words in exports.offered(self._questionnaire).items()
            ],
        }
        last = self.judging.last
        self._read = {
            "task_told": told,
            "questions": questions_plain(self._questionnaire),
            "batches": cells_plain(self.handed, terms.batches, terms.answers_per_item, now),
            "people": people_plain(self.handed, last, self._names, task.asset, now),
            "agreement": agreement_plain(last),
            "judged": judged_plain(self.judging),
            "decided": decided_plain(self.review),
            "scoring": scoring_plain(self.judging, self.handed),
        }
        return self._read

    @property
    def _questionnaire(self) -> Questionnaire:
        return self.task.questionnaire()

    def why_read_only(self) -> str:
        """Whoever neither opened the task nor validates it looks on."""
        if any(self._may.values()):
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
            UsageError: there is none.
        """
        return self.file("answers.csv")[0]

    def file(self, name: str) -> tuple[str, str]:
        """One of the files that are offered, as text, and its media type.

        Raises:
            UsageError, FormatInvalid, …: as `task.export` raises them; or the answers are being
                judged anew.
        """
        last = self.judging.last
        if self.judging.works:
            raise UsageError(_MOMENT)
        if last is None:
            raise UsageError("No answer was revealed yet, so there is nothing to export.")
        results = exports.Results(self.task, last.evidence, last.validation, last.no_policy)
        return exports.export(results, name)

    # --- what the page asks beside actions ------------------------------------------------------

    def _asked(self, widget: object, message: object, buffers: object) -> None:
        match message:
            case {"do": "export", "name": str(name)}:
                self._fetching.preview("export", lambda: self._export(name))
            case {"do": str(what)} if what in self._asks.known and isinstance(message, Mapping):
                self._asks.answer(what, message)
            case _:
                super()._asked(widget, message, buffers)

    def _export(self, name: str) -> None:
        try:
            text, kind = self.file(name)
        except DMLError as e:
            self.send({"said": str(e)})
        else:
            self._offer(name, kind, lambda: text)

    def fetch(self, what: str, job: Any) -> None:
        """Does a job of the store's in a thread of its own; the newest of a kind."""
        self._fetching.preview(what, job)

    # --- what can be done -----------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """Sign the scores, report, pay what is due, end sooner, close: the task's own methods."""
        return (
            Action(
                "score",
                run=self._score,
                call=self._score_call,
                tells=self._scored,
                effects=self._score_effects,
                refused=self._no_score,
            ),
            Action(
                "report",
                run=self._report,
                call=self._report_call,
                arguments={
                    "batch": Argument("whole"),
                    "who": Argument("address"),
                    "part": Argument("amount"),
                    "cause": Argument("choice", options=CAUSES),
                },
                refused=lambda: self._unless("owner", "Only the model's owner reports answers."),
            ),
            Action(
                "report_found",
                run=self._report_found,
                call=self._report_found_call,
                arguments={"part": Argument("amount")},
                effects=lambda part: self._found_effects(),
                refused=self._no_report_found,
            ),
            Action(
                "award",
                run=self._award,
                call=lambda: self.task.award_call(self.task.due()[:_AT_ONCE]),
                tells=self._awarded,
                refused=self._no_award,
            ),
            Action(
                "stop",
                run=self.task.stop,
                call=self.task.stop_call,
                effects=lambda: ["who holds a batch may finish it; no other is given out"],
                refused=self._no_stop,
            ),
            Action(
                "close",
                run=self.task.close,
                call=self.task.close_call,
                refused=self._no_close,
            ),
        )

    def _score(self) -> Receipt:
        judged = self.task.validate(self._policy, decisions=self.review.decisions)
        if not judged.receipts:
            raise UsageError("No answers wait for a score; nothing was signed.")
        return judged.receipts[-1]

    def _score_call(self) -> Call:
        last = self.judging.last
        scores = [] if last is None else last.scores(self.handed, self.judging.by)
        if not scores:
            raise UsageError("No answers wait for a score.")
        return self.task.score_call(scores[:_AT_ONCE], _REPORT)

    def _scored(self, told: Preview) -> Sequence[str]:
        """One line for what may be 64 events."""
        count = sum((e.pallet, e.name) == ("Annotations", "AnswersScored") for e in told.events)
        return (f"{count} sheet{'' if count == 1 else 's'} scored, which can be disputed",)

    def _score_effects(self) -> Sequence[str]:
        total = self._read["scoring"]["total"]
        lines = ["a report with every reason is put into the store, for all to read"]
        if total > _AT_ONCE:
            lines.append(f"{-(-total // _AT_ONCE)} transactions; the fee is that of the first")
        return lines

    def _report(self, batch: int, who: str, part: str, cause: str) -> Receipt:
        return self.task.report(batch, who, _part(part), cause)

    def _report_call(self, batch: int, who: str, part: str, cause: str) -> Call:
        return self.task.report_call(batch, who, _part(part), cause)

    def _found(self) -> list[tuple[Finding, int]]:
        """What was proven of annotators, each with a batch that can be reported for it."""
        last = self.judging.last
        open_ones: dict[str, int] = {}
        for one in self.handed:
            if one.stage in ("shown", "scored"):
                open_ones.setdefault(one.annotator, one.batch)
        findings = () if last is None else last.validation.findings
        return [(f, open_ones[f.annotator]) for f in findings if f.annotator in open_ones]

    def _report_found(self, part: str) -> Receipt:
        findings = [finding for finding, _ in self._found()]
        receipts = self.task.report_findings(findings, _part(part))
        if not receipts:
            raise UsageError("Nothing that was found can be reported any more; nothing was signed.")
        return receipts[-1]

    def _report_found_call(self, part: str) -> Call:
        if not (found := self._found()):
            raise UsageError("Nothing was found against anybody.")
        finding, batch = found[0]
        return self.task.report_call(batch, finding.annotator, _part(part))

    def _found_effects(self) -> Sequence[str]:
        count = len(self._found())
        return [f"{count} transactions, one each; this is the first"] if count > 1 else []

    def _award(self) -> Receipt:
        receipts = self.task.award()
        if not receipts:
            raise UsageError("Nothing is due; nothing was signed.")
        return receipts[-1]

    def _awarded(self, told: Preview) -> Sequence[str]:
        count = sum((e.pallet, e.name) == ("Annotations", "Awarded") for e in told.events)
        return told.effects if count <= 3 else (f"{count} sheets are paid",)

    # --- why something can't be done, by what the chain last told -------------------------------

    def _unless(self, role: str, why: str) -> str:
        return "" if self._may[role] else why

    def _no_score(self) -> str:
        told, scoring = self._read["task_told"], self._read["scoring"]
        if not any(self._may.values()):
            return "Only the model's owner and the task's validators score answers."
        if self._read["judged"]["no_policy"]:
            return str(self._read["judged"]["no_policy"])
        if told["state"] in ("disputes", "ended", "closed"):
            return "The time to score is over: what nobody judged earns its full points."
        if self._read["judged"]["works"]:
            return _MOMENT
        return "" if scoring["total"] else "No answers wait for a score."

    def _no_report_found(self) -> str:
        if why := self._unless("owner", "Only the model's owner reports answers."):
            return why
        return "" if self._found() else "Nothing was found against anybody who is not paid yet."

    def _no_award(self) -> str:
        if self._read["task_told"]["due"]:
            return ""
        return "Nothing is due yet: a score can be disputed first."

    def _no_stop(self) -> str:
        if self._read["task_told"]["state"] != "open":
            return "No batch is given out any more."
        return self._unless("owner", "Only the model's owner ends it sooner.")

    def _no_close(self) -> str:
        told = self._read["task_told"]
        if told["state"] == "closed":
            return "It is closed."
        if told["can_close"]:
            return ""
        return "Answers can still be given, or are not paid yet."


def _part(percent: str) -> Decimal:
    """A percentage as a part of one."""
    return Decimal(percent) / 100
