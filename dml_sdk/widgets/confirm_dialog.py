"""The dialogue below a cell that asks before much is moved."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import traitlets
from IPython import get_ipython
from IPython.display import display

from dml_sdk.errors import PromptUnavailable
from dml_sdk.widgets import browser
from dml_sdk.widgets.asking import ANSWER_SECONDS, Askable, Asking, current
from dml_sdk.widgets.frame_html import box
from dml_sdk.widgets.live import LiveWidget, Pictured

if TYPE_CHECKING:
    from dml_sdk.chain.confirmation import Question


class ConfirmDialog(Pictured, LiveWidget, Askable):
    """Shows one question, and what was answered to it.

    The browser half is `widgets/confirm_dialog.js`.

    Args:
        asked: what is asked.
    """

    _esm = browser.module("confirm_dialog")
    _css = browser.styles("confirm-dialog", "frame", "panel")

    question = traitlets.Dict().tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)

    def __init__(self, asked: Question) -> None:
        super().__init__()
        self._about = asked
        self._asking = Asking(self)
        self.on_msg(self._answered)

    def ask(self, seconds: float = ANSWER_SECONDS) -> bool:
        """Waits for the answer; no answer in time is a no."""
        yes = False
        try:
            yes = self._asking.ask(self._about, seconds)
        finally:
            what = "Confirmed" if yes else "Not confirmed; nothing was sent"
            leaves = ", ".join(map(str, self._about.effect.leaves))
            self.answer = f"{what}: {self._about.call}, {leaves}."
            self._keep_picture(0, self.answer, at_once=True)
        return yes

    def picture_html(self) -> str:
        """What was answered, as one line."""
        said = self.answer or f"{self._about.call} waits for an answer."
        return box(f'<div style="padding:4px 12px">{escape(said)}</div>')

    def _answered(self, _: object, message: object, __: object) -> None:
        match message:
            case {"do": "answer", "question": int(number), "yes": bool(yes)}:
                self._asking.answer(number, yes)

    def __repr__(self) -> str:
        return f"<ConfirmDialog: {self.answer or 'open'}>"


def confirm(question: Question) -> bool:
    """Asks whoever looks at the notebook whether a transaction may be signed.

    This is what `Limits` is given as `confirm`. The thread that submits waits for two minutes.

    Raises:
        PromptUnavailable: there is no notebook to ask in.
    """
    here = current()
    if here is not None:
        return here.ask(question)
    shell: Any = get_ipython()
    if getattr(shell, "kernel", None) is None:
        raise PromptUnavailable(
            f"{question.call} is over the limit, and there is no notebook to ask in. Raise the "
            "limit, or hand in a function of your own that answers."
        )
    dialog = ConfirmDialog(question)
    display(dialog)
    return dialog.ask()
