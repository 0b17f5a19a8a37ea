"""The questionnaire panel: one item after the other, answered by keys, and handed in."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import traitlets

from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.chain.accounts import Account
from dml_sdk.errors import DMLError, NothingToAnnotate, UsageError
from dml_sdk.session import Session
from dml_sdk.types import Receipt
from dml_sdk.untrusted import visible
from dml_sdk.widgets import browser
from dml_sdk.widgets.actions import Action
from dml_sdk.widgets.panel import Panel
from dml_sdk.widgets.questionnaire.delivery import Delivery
from dml_sdk.widgets.questionnaire.hearing import Hearing
from dml_sdk.widgets.questionnaire.picture import questionnaire_html
from dml_sdk.widgets.questionnaire.plain import chain_plain, desk_plain, questionnaire_plain
from dml_sdk.widgets.wording import exact, significant


class QuestionnairePanel(Panel):
    """A widget that an annotator works at: an item, its questions, and one key to the next.

    It shows a desk and holds no rule: each answer is the desk's to take and to keep. Besides a
    panel's messages its page may send

        {"do": "answer", "item": 4, "question": "digit", "value": 7}, and likewise clear, skip,
        flag, go and undo; see `Hearing`
        {"do": "want", "batch": 0, "items": [4, 5, 6]}, for what they show; see `Delivery`
        {"do": "look", "batch": 0, "items": [4]}, for what is answered of them

    The browser half is `widgets/questionnaire/panel.js`.

    Args:
        task: an AnnotationTask; its session's signer annotates.
        as_: another account, a development name, or a session that annotates instead.

    Attributes:
        task: as the annotator has it.
        desk: the annotator's place of work.
        receipt: of the last action that succeeded here, or None.

    Raises:
        UsageError: not a task, or nobody who could annotate.
        ManifestInvalid, QuestionnaireInvalid, ContentNotFound, ContentCorrupt: the task's documents
            cannot be read.
        MissingExtra: ipywidgets or anywidget is not installed.
    """

    _esm = browser.module("questionnaire/panel")
    _css = browser.styles(
        "questionnaire-panel", "frame", "panel", "questionnaire/panel", "questionnaire/stage"
    )
    noun = "Annotate"

    questionnaire = traitlets.Dict().tag(sync=True)
    desk_told = traitlets.Dict().tag(sync=True)

    def __init__(self, task: AnnotationTask, as_: Account | str | Session | None = None) -> None:
        if not isinstance(task, AnnotationTask):
            raise UsageError(
                "QuestionnairePanel shows an AnnotationTask, which session.task(7) is; it was "
                f"given {type(task).__name__}."
            )
        if as_ is not None:
            session = as_ if isinstance(as_, Session) else task.session.as_(as_)
            task = session.task(task)
        self.task = task
        self.desk = task.desk()
        self._nothing = self._lost = ""
        self._until_ms: int | None = None
        self._reading = threading.local()
        # Where a page keeps what was not heard yet: nobody else's task may find it.
        chain = task.session.chain
        self._place = f"{chain.genesis_hash[:18]}/{task.id}/{task.session.signer.address}"
        self._items = task.terms.batch_size
        self._told = questionnaire_plain(task.questionnaire())
        self._hearing = Hearing(self.desk, lambda told: self.send(dict(told)))
        self._delivery = Delivery(
            self.desk, lambda told, buffers: self.send(dict(told), list(buffers))
        )
        super().__init__(task.session)
        self.questionnaire = self._told
        self._leave_desk = self.desk.on_change(self._desk_changed)

    def title(self) -> str:
        """The task's title, or its number."""
        return visible(str(self._told["title"])) or f"task {self.task.id}"

    def read(self) -> Mapping[str, Any]:
        """What is on the desk, what it earns, and whether there is a batch to take."""
        nothing, before = None, self.desk.batch
        self._reading.here = True
        try:  # the lease may have ended, or the batch been handed in elsewhere
            held = self.desk.resume()
        finally:
            self._reading.here = False
        if held:
            self._lost = ""
        else:
            if before is not None and self.session.chain.now_ms() >= before.expires_ms:
                self._lost = (
                    f"The lease of batch {before.number} ended before it was handed in, so it is "
                    "for others again and what you answered of it does not count."
                )
            try:
                self.desk.take_call()
            except NothingToAnnotate as e:
                nothing = e
        now_ms = self.session.chain.now_ms()
        told = chain_plain(self.desk, self.desk.earnings, self._items, nothing)
        self._nothing = "" if told["revealable"] else told["why"]
        until_ms = told["expires"] or told["again"]
        self._until_ms = until_ms if until_ms and now_ms < until_ms else None
        return {"desk_told": {**told, "lost": self._lost, "place": self._place}}

    def tell(self, **traits: Any) -> None:
        """Sets traits together, with what is on the desk by then: whoever is later has the last
        word, and never an older one."""
        with self._telling:
            told = traits.pop("desk_told", None)
            if told is not None and told["batch"] == self._on_desk():
                traits["desk_told"] = {**told, **desk_plain(self.desk)}
                refusals = traits.get("refusals", self.refusals)
                traits["refusals"] = {**refusals, "submit": self._not_complete()}
            elif told is not None:
                self.refresh()  # it was read before another batch came
            super().tell(**traits)

    def _refresh(self, first: bool = False) -> None:
        # A lease ends, and others' do, without a block that tells of it.
        if not first and self._until_ms is not None:
            with suppress(DMLError):  # which is told by what follows
                self._stale |= self.session.chain.now_ms() >= self._until_ms
        super()._refresh(first)

    def why_read_only(self) -> str:
        """Why there is no batch for the annotator, where there is none and nothing else to do."""
        return self._nothing

    def picture_html(self) -> str:
        """The last state, for a saved notebook."""
        return questionnaire_html(self.head, self.desk_told, self.outcome.get("receipt"))

    def close(self) -> None:
        """Lets go of the desk, which keeps its batch, and takes the panel off every page."""
        if self._throttle is not None:
            self._leave_desk()
            self._delivery.close()
        super().close()

    # --- what can be done -----------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        """Take a batch, hand it in or give it back, show answers: the desk's own methods."""
        return (
            Action(
                "take",
                run=self._take,
                call=self.desk.take_call,
                tells=lambda _: self._terms(),
            ),
            Action(
                "submit",
                run=self.desk.submit,
                call=self.desk.submit_call,
                tells=lambda _: self._payment(),
                refused=self._not_complete,
            ),
            Action(
                "release",
                run=self.desk.release,
                call=lambda: self.task.call("release"),
                tells=lambda _: [
                    "others get the batch, you do not get it again",
                    "what you answered of it is forgotten",
                ],
            ),
            Action(
                "reveal",
                run=self._reveal,
                call=self.desk.reveal_call,
                tells=lambda _: [
                    "they become public, so that they can be judged and paid",
                    "what is not shown in time earns nothing",
                ],
            ),
        )

    def _take(self) -> Receipt:
        receipt = self.desk.open()
        if receipt is None:
            raise UsageError("The batch was yours already; nothing was signed.")
        return receipt

    def _reveal(self) -> Receipt:
        receipts = self.desk.reveal()
        if not receipts:
            raise UsageError("There is nothing to show by now; nothing was signed.")
        return receipts[-1]

    def _terms(self) -> Sequence[str]:
        """What taking a batch means."""
        terms = self.task.terms
        reward = terms.reward_per_point
        hours = f"{terms.lease.total_seconds() / 3600:.3g} h"
        told = [
            f"up to {self._items} items; {significant(reward.tokens)} {reward.asset.label} a "
            f"point, up to {terms.points_per_item} points an item",
            f"yours for {hours}: what is not handed in by then counts for nothing",
        ]
        if terms.stake.planck:
            told.append(
                f"your stake of {exact(terms.stake)} {terms.stake.asset.label} or more can be "
                "slashed for answers that are random, constant or copied"
            )
        return told

    def _payment(self) -> Sequence[str]:
        """What handing in means."""
        most = self.desk.earnings.expected_batch
        return [
            f"pays {significant(most.tokens)} {most.asset.label} at most, by how your answers are "
            "judged",
            "the answers are fixed now, and shown once nobody can copy them any more",
        ]

    def _on_desk(self) -> int | None:
        """The number of the batch that is on the desk."""
        batch = self.desk.batch
        return None if batch is None else batch.number

    def _not_complete(self) -> str:
        if self.desk.batch is None:
            return "There is no batch on the desk."
        if self.desk.handing_in:
            return "It is being handed in."
        return "" if self.desk.complete else "Some items are open: answer or skip them first."

    # --- what the page asks of the desk ---------------------------------------------------------

    def _asked(self, widget: object, message: object, buffers: object) -> None:
        match message:
            case {"do": "want", "batch": batch, "items": list(items)}:
                self._delivery.deliver(batch, items)
            case {"do": "look", "batch": batch, "items": list(items)}:
                self._hearing.look(batch, items)
            case _ if self._hearing.hear(message):
                pass
            case _:
                super()._asked(widget, message, buffers)

    def _desk_changed(self) -> None:
        """Tells of a change, whoever made it: the page, or a program that has the desk too."""
        if getattr(self._reading, "here", False):
            return  # what is being read is told as a whole
        if self.desk_told and self.desk_told["batch"] == self._on_desk():
            self.tell(desk_told=self.desk_told)
        else:
            self.refresh()  # another batch has other earnings, which are the chain's to say
