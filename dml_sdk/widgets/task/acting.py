"""What can be done about a task from its panel, or why not; all by the task's own methods."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dml_sdk.annotation.course.scoring import Report, of_stake
from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.previews import Preview
from dml_sdk.errors import UsageError
from dml_sdk.locations import UNSTORED
from dml_sdk.measures import BILLION, Number, part_of
from dml_sdk.types import Receipt
from dml_sdk.widgets.actions import Action, Argument
from dml_sdk.widgets.task.reporting import reportable

if TYPE_CHECKING:
    from dml_sdk.widgets.task.panel import TaskPanel

MOMENT = "The answers are being judged anew; try again in a moment."
CAUSES = ("spam", "collusion", "absence")


class Acting:
    """The actions of a task panel.

    Args:
        panel: whose they are; what it was last told by the chain is what they are refused by.
    """

    def __init__(self, panel: TaskPanel) -> None:
        self._panel = panel

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
                call=self._award_call,
                tells=self._awarded,
                refused=self._no_award,
            ),
            Action(
                "stop",
                run=self._panel.task.stop,
                call=self._panel.task.stop_call,
                effects=lambda: ["who holds a batch may finish it; no other is given out"],
                refused=self._no_stop,
            ),
            Action(
                "close",
                run=self._panel.task.close,
                call=self._panel.task.close_call,
                refused=self._no_close,
            ),
        )

    def _score(self) -> Receipt:
        judged = self._panel.task.validate(
            self._panel.policy,
            gold=self._panel.gold,
            decisions=self._panel.review.decisions,
        )
        if not judged.receipts:
            raise UsageError("No answers wait for a score; nothing was signed.")
        return judged.receipts[-1]

    def _score_call(self) -> Call:
        last = self._panel.judging.last
        scores = [] if last is None else last.scores(self._panel.handed, self._panel.judging.by)
        if not scores:
            raise UsageError("No answers wait for a score.")
        return self._panel.task.score_call(scores[: self._panel.task.at_once], UNSTORED)

    def _scored(self, told: Preview) -> Sequence[str]:
        """One line for what may be 64 events."""
        count = sum((e.pallet, e.name) == ("Annotations", "AnswersScored") for e in told.events)
        return (f"{count} sheet{'' if count == 1 else 's'} scored, which can be disputed",)

    def _score_effects(self) -> Sequence[str]:
        total = self._panel.told["scoring"]["total"]
        lines = ["a report with every reason is put into the store, for all to read"]
        at_once = self._panel.task.at_once
        if total > at_once:
            lines.append(f"{-(-total // at_once)} transactions; the fee is that of the first")
        return lines

    def _report(self, batch: int, who: str, part: str, cause: str) -> Receipt:
        return self._panel.task.report(batch, who, _part(part), cause)

    def _report_call(self, batch: int, who: str, part: str, cause: str) -> Call:
        return self._panel.task.report_call(batch, who, _part(part), cause)

    def _found(self, part: Number = 0) -> list[Report]:
        """The reports for what was proven of annotators."""
        return reportable(self._panel.judging.last, self._panel.handed, part)

    def _report_found(self, part: str) -> Receipt:
        last, who = self._panel.judging.last, {one.annotator for one in self._found()}
        findings = [] if last is None else [f for f in last.findings if f.annotator in who]
        receipts = self._panel.task.report_findings(findings, _part(part))
        if not receipts:
            raise UsageError("Nothing that was found can be reported any more; nothing was signed.")
        return receipts[-1]

    def _report_found_call(self, part: str) -> Call:
        if not (found := self._found(_part(part))):
            raise UsageError("Nothing was found against anybody.")
        first = of_stake(self._panel.task, found[0])
        return self._panel.task.report_call(first.batch, first.annotator, first.part, first.cause)

    def _found_effects(self) -> Sequence[str]:
        count = len(self._found())
        return [f"{count} transactions, one each; this is the first"] if count > 1 else []

    def _award(self) -> Receipt:
        receipts = self._panel.task.award()
        if not receipts:
            raise UsageError("Nothing is due; nothing was signed.")
        return receipts[-1]

    def _award_call(self) -> Call:
        task = self._panel.task
        return task.award_call(task.due()[: task.at_once])

    def _awarded(self, told: Preview) -> Sequence[str]:
        count = sum((e.pallet, e.name) == ("Annotations", "Awarded") for e in told.events)
        return told.effects if count <= 3 else (f"{count} sheets are paid",)

    # --- why something can't be done, by what the chain last told -------------------------------

    def _unless(self, role: str, why: str) -> str:
        return "" if self._panel.may[role] else why

    def _no_score(self) -> str:
        told, scoring = self._panel.told["task_told"], self._panel.told["scoring"]
        if not any(self._panel.may.values()):
            return "Only the model's owner and the task's validators score answers."
        if self._panel.told["judged"]["no_policy"]:
            return str(self._panel.told["judged"]["no_policy"])
        if told["state"] in ("disputes", "ended", "closed"):
            return "The time to score is over: what nobody judged earns its full points."
        if self._panel.told["judged"]["works"]:
            return MOMENT
        if scoring["total"]:
            return ""
        return (
            "All are held back for now."
            if scoring["held_total"]
            else "No answers wait for a score."
        )

    def _no_report_found(self) -> str:
        if why := self._unless("owner", "Only the model's owner reports answers."):
            return why
        if self._found():
            return ""
        return "Nothing was found against anybody who is not reported, in dispute or paid."

    def _no_award(self) -> str:
        if self._panel.told["task_told"]["due"]:
            return ""
        return "Nothing is due yet: a score can be disputed first."

    def _no_stop(self) -> str:
        if self._panel.told["task_told"]["state"] != "open":
            return "No batch is given out any more."
        return self._unless("owner", "Only the model's owner ends it sooner.")

    def _no_close(self) -> str:
        told = self._panel.told["task_told"]
        if told["state"] == "closed":
            return "It is closed."
        if told["can_close"]:
            return ""
        return "Answers can still be given, or are not paid yet."


def _part(percent: str) -> Decimal:
    """A percentage as a part of one.

    Raises:
        UsageError: more than the whole.
    """
    return part_of("part", Decimal(percent) / 100, BILLION)
