"""What a page asks of a task panel beside actions: what to look at, and what the owner decides.

    {"do": "items", "view": token, "filter": "apart", "question": id or null, "first": 0,
     "show": [4, id] or null}
    {"do": "confusion", "view": token, "question": id, "annotator": address or null}
    {"do": "annotator", "view": token, "who": address}
    {"do": "look", "items": [4, 17]}
    {"do": "right", "item": 4, "question": id, "value": an option's}       that is the answer
    {"do": "agree", "item": 4, "question": id, "who": address or null}     this one's is it, or what
                                                                           all together came to
    {"do": "leave_out", "item": 4}
    {"do": "judge", "batch": 0, "who": address, "counts": true}
    {"do": "undo"}, {"do": "again"}

An answer has the view's token, for a page may show a panel more than once. A view numbers what it
decides and takes back, {"view": token, "n": 3, …}, and may send it again: it is done once. The last
number that was heard of each view is told with everything that is as it was then, so that the page
knows what to expect of the rest; {"undone": {"view": token, "item": 4, "question": id or null,
"sheet": [batch, address] or null}} says what was taken back. Anything else is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dml_sdk.errors import DMLError, UsageError
from dml_sdk.widgets.task.looking import (
    FILTERS,
    PAGE,
    annotator_plain,
    confusion_plain,
    items_page,
    send_item,
)
from dml_sdk.widgets.task.snapshot import decided_plain, judged_plain

if TYPE_CHECKING:
    from dml_sdk.widgets.task.panel import TaskPanel

_TOKEN = 64
_VIEWS = 64  # whose decisions are told from those that were heard already


class Asked:
    """Answers a page's messages.

    Args:
        panel: whose page it is.

    Attributes:
        heard: the number of the last decision that was heard, by view.
    """

    def __init__(self, panel: TaskPanel) -> None:
        self._panel = panel
        self.heard: Mapping[str, int] = {}
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "items": self._items,
            "confusion": self._confusion,
            "annotator": self._annotator,
            "look": self._look,
            "again": self._again,
        }
        self._decides: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "right": self._right,
            "agree": self._agree,
            "leave_out": self._leave_out,
            "judge": self._judge,
            "undo": self._undo,
        }

    @property
    def known(self) -> frozenset[str]:
        """What can be asked."""
        return frozenset({*self._answers, *self._decides})

    def answer(self, what: str, given: Mapping[str, Any]) -> None:
        """Answers a message, or says why not."""
        try:
            if what in self._decides:
                self._decide(what, given)
            else:
                self._answers[what](given)
        except DMLError as e:
            self._panel.send({"said": str(e)})

    def _decide(self, what: str, given: Mapping[str, Any]) -> None:
        """Does once what a view decides, and tells that it was heard even where it is refused."""
        match given:
            case {"view": str(view), "n": int(number)}:
                numbered: tuple[str, int] | None = (view[:_TOKEN], number)
            case _:
                numbered = None
        if numbered is not None and numbered[1] <= self.heard.get(numbered[0], 0):
            return
        try:
            self._decides[what](given)
        finally:
            if numbered is not None:
                others = [one for one in self.heard.items() if one[0] != numbered[0]]
                self.heard = dict([*others[1 - _VIEWS :], numbered])
            panel = self._panel
            decided = decided_plain(panel.review, self.heard)
            panel.tell(decided=decided, judged=judged_plain(panel.judging))
            panel.refresh()

    # --- what to look at ------------------------------------------------------------------------

    def _items(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"view": str(view), "filter": str(chosen), "question": asked, "first": int(first)}:
                last = self._panel.judging.last
                if chosen not in FILTERS or not isinstance(asked, str | None) or last is None:
                    return
                match given.get("show"):
                    case [int(item), str() | None as on]:
                        show: tuple[int, str | None] | None = (item, on)
                    case _:
                        show = None
                decisions = self._panel.review.decisions
                page = items_page(last, decisions, chosen, asked, first, show)
                wanted = {"filter": chosen, "asked": asked, "wanted": first, "show": show}
                heard = self.heard.get(view[:_TOKEN], 0)
                self._tell("items", view, {**page, **wanted, "heard": heard})

    def _confusion(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"view": str(view), "question": str(question), "annotator": annotator}:
                last = self._panel.judging.last
                if last is not None and isinstance(annotator, str | None):
                    self._tell("confusion", view, confusion_plain(last, question, annotator))

    def _annotator(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"view": str(view), "who": str(who)}:
                told = annotator_plain(self._panel.judging.last, self._panel.handed, who)
                decided = self._panel.review.decisions.sheets
                for row in told["rows"]:
                    row["word"] = decided.get((row["batch"], who))
                self._tell("annotator", view, told)

    def _look(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"items": list(items)} if len(items) <= PAGE + 1:
                task = self._panel.task
                for item in items:
                    if isinstance(item, int) and 0 <= item < task.terms.items:
                        self._panel.fetch(f"item/{item}", self._sending(item))

    def _sending(self, item: int) -> Callable[[], None]:
        return lambda: send_item(self._panel.task, item, self._panel.send)

    def _tell(self, what: str, view: str, told: Mapping[str, Any]) -> None:
        self._panel.send({what: {**told, "view": view[:_TOKEN]}})

    # --- what the owner decides -----------------------------------------------------------------

    def _right(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"item": int(item), "question": str(question), "value": value}:
                self._require_judge()
                self._panel.review.right(item, question, value)

    def _agree(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"item": int(item), "question": str(question), "who": who}:
                self._require_judge()
                self._panel.review.right(item, question, self._said(item, question, who))

    def _leave_out(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"item": int(item)}:
                self._require_judge()
                self._panel.review.leave_out(item)

    def _judge(self, given: Mapping[str, Any]) -> None:
        match given:
            case {"batch": int(batch), "who": str(who), "counts": bool(counts)}:
                self._require_judge()
                if not any((h.batch, h.annotator) == (batch, who) for h in self._panel.handed):
                    raise UsageError("There is no such sheet any more; nothing was decided.")
                self._panel.review.judge(batch, who, counts)

    def _undo(self, given: Mapping[str, Any]) -> None:
        taken = self._panel.review.undo()
        if taken is None:
            raise UsageError("There is nothing to undo: nothing was decided here since it opened.")
        self._tell("undone", str(given.get("view", "")), asdict(taken))

    def _again(self, given: Mapping[str, Any]) -> None:
        self._panel.judging.again()
        self._panel.refresh()

    def _said(self, item: int, question: str, who: object) -> Any:
        """What somebody answered, or what all together came to.

        Raises:
            UsageError: nobody by that name answered it, or it came to nothing.
        """
        last = self._panel.judging.last
        if last is not None and who is None:
            for agreed in last.validation.consensus:
                if (agreed.item, agreed.question) == (item, question):
                    return agreed.value
        elif last is not None:
            for at, answers in last.evidence.given(item):
                if last.evidence.sheets[at][0] == who and question in answers:
                    return answers[question]
        raise UsageError(f"Item {item}: there is no such answer to take; nothing was decided.")

    def _require_judge(self) -> None:
        why = self._panel.why_read_only()
        if why:
            raise UsageError(why)
