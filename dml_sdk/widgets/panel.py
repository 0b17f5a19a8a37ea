"""What every panel is: a widget that acts on the chain as an account, and shows what came of it."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from dml_sdk.errors import DMLError, TransactionWaiting, UsageError
from dml_sdk.types import Receipt
from dml_sdk.untrusted import visible
from dml_sdk.widgets.asking import Askable, Asking
from dml_sdk.widgets.live import LiveWidget, Pictured
from dml_sdk.widgets.preview import preview
from dml_sdk.widgets.receipt import receipt_json, receipt_line
from dml_sdk.widgets.refusal import refusal
from dml_sdk.widgets.throttle import Throttle
from dml_sdk.widgets.worker import Worker

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.widgets.actions import Action

_log = logging.getLogger(__name__)

VIEW_SECONDS = 0.2
# The page calls what it shows stale after 10 s of silence.
HEARTBEAT_SECONDS = 4.0


class Panel(Pictured, LiveWidget, Askable):
    """A widget on a noun, with actions that its session's signer signs.

    What a panel is made of: traits with what it shows, which `read` gives anew at each block;
    actions, which the page asks for by name; and `picture_html`, for when no kernel is there.
    Actions and previews run in a thread of the panel's own, so that they work while a cell runs;
    one action at a time.

    The page is told by traits (`head`, `refusals`, `outcome`, `question`, and those of the panel)
    and, for what only the view that asked wants, by messages. It may send:

        {"do": "act", "action": name, "arguments": {name: text}, "token": text}
        {"do": "preview", "action": name, "arguments": {name: text}, "token": text}
        {"do": "answer", "question": number, "yes": bool}
        {"do": "receipt"} and {"do": "csv"}, for a file

    Anything else is ignored.

    Args:
        session: its signer signs, its chain is followed.

    Attributes:
        session: the same.
        receipt: of the last action that succeeded, or None.

    Raises:
        ChainError: what it shows cannot be read.
    """

    noun: ClassVar[str] = ""
    csv_name: ClassVar[str] = "history.csv"

    head = traitlets.Dict().tag(sync=True)
    refusals = traitlets.Dict().tag(sync=True)
    outcome = traitlets.Dict().tag(sync=True)
    question = traitlets.Dict().tag(sync=True)

    _throttle: Throttle | None = None
    _unwatch: Callable[[], None] | None = None

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.receipt: Receipt | None = None
        self._actions = {action.name: action for action in self.actions()}
        self._asking = Asking(self)
        self._worker = Worker()
        self._telling = threading.RLock()
        self._seen_block: int | None = None
        self._stale = True
        self._waiting: tuple[str, Mapping[str, Any]] | None = None
        self.on_msg(self._asked)
        try:
            self._refresh(first=True)
        except DMLError:
            super().close()
            raise
        self._throttle = Throttle(self._refresh, VIEW_SECONDS, lambda: HEARTBEAT_SECONDS)
        self._unwatch = session.chain.on_block(lambda _: self.refresh())
        if self._stale:  # something came before there was anybody to tell
            self._throttle.request()

    # --- what a panel says of itself ------------------------------------------------------------

    def title(self) -> str:
        """Which one of its nouns this is, for the header."""
        raise NotImplementedError

    def actions(self) -> Sequence[Action]:
        """What can be done here."""
        raise NotImplementedError

    def read(self) -> Mapping[str, Any]:
        """The panel's own traits, read from the chain; asked at each block, five times a second.

        It may raise a DMLError: the page then says so and keeps what it shows.
        """
        raise NotImplementedError

    def why_read_only(self) -> str:
        """Why this signer can do nothing here, or ""; asked after `read`."""
        return ""

    def csv(self) -> str:
        """What can be kept of it as comma-separated values, with a header.

        Raises:
            UsageError: there is nothing.
        """
        raise UsageError("There is nothing here to export.")

    # --- life -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Asks for what is shown to be read anew; returns at once, from any thread."""
        self._stale = True
        if self._throttle is not None:
            self._throttle.request()

    def close(self) -> None:
        """Stops following the chain and takes the panel off every page it is shown on.

        An action that was signed still ends; what it waits to be asked is answered with no.
        """
        if self._throttle is not None:
            if self._unwatch is not None:
                self._unwatch()
            self._asking.close()
            self._worker.close()
            self._throttle.close()
            self._throttle = None
        super().close()

    def __repr__(self) -> str:
        if not self.head:
            return f"<{type(self).__name__}>"
        return f"<{type(self).__name__} of {self.head['name']!r}: {self.head['state']}>"

    def tell(self, **traits: Any) -> None:
        """Sets traits together, from any thread; the page hears of them in one message."""
        with self._telling, self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)

    # --- kept up to date ------------------------------------------------------------------------

    def _refresh(self, first: bool = False) -> None:
        chain, signer = self.session.chain, self.session.signer
        state, why, block, now = "live", "", self._seen_block, None
        told: dict[str, Any] = {}
        try:
            block, now = chain.block_number, chain.now_ms()
            if block != self._seen_block or self._stale:
                self._stale = False
                told = {**self.read()}
                told["refusals"] = {a.name: a.refused() for a in self._actions.values()}
            why = self.why_read_only()
            if why:
                state = "read-only"
            elif chain.node is not None and chain.node.sealing.mode == "manual":
                state, why = "paused", "Blocks are made by hand here: session.seal()."
        except Exception as e:
            self._stale = True
            if first:
                raise
            why = str(e)
            if not isinstance(e, DMLError):
                _log.exception("a panel could not be read")
                why = f"What is to be shown could not be read: {type(e).__name__}."
            state, told, block = "unreachable", {}, self._seen_block
        head = {
            "noun": self.noun,
            "name": visible(self.title()),
            "signer": {"name": signer.name, "address": signer.address},
            "chain": chain.name,
            "token": chain.token.symbol,
            "block": block,
            "now": now,
            "state": state,
            "why": why,
            "at": _now(),
        }
        self.tell(**told, head=head)
        self._seen_block = block
        self._look_for_what_waits()
        self._keep_picture(time.monotonic(), (block, state, self.outcome.get("at")))

    def _look_for_what_waits(self) -> None:
        """Asks after a transaction that waited for a block to be made by hand."""
        if self._waiting is None:
            return
        extrinsic, outcome = self._waiting
        try:
            self._succeeded(outcome, self.session.chain.receipt(extrinsic))
        except TransactionWaiting:
            return
        except DMLError as e:
            self._failed(outcome, e)
        self._waiting = None

    # --- what the page asks ---------------------------------------------------------------------

    def _asked(self, _: object, message: object, __: object) -> None:
        match message:
            case {"do": "act", "action": str(n), "arguments": given, "token": str(token)}:
                if (action := self._actions.get(n)) and action.accepts(given):
                    self._act(action, given, token[:_TOKEN])
            case {"do": "preview", "action": str(n), "arguments": given, "token": str(token)}:
                if (action := self._actions.get(n)) and action.accepts(given):
                    self._preview(action, given, token[:_TOKEN])
            case {"do": "answer", "question": int(number), "yes": bool(yes)}:
                self._asking.answer(number, yes)
            case {"do": "receipt"}:
                self._offer("receipt.json", "application/json", self.receipt_json)
            case {"do": "csv"}:
                self._offer(self.csv_name, "text/csv", self.csv)

    def _act(self, action: Action, given: Mapping[str, str], token: str) -> None:
        outcome = {"action": action.name, "token": token}

        def do() -> None:
            self.tell(outcome={**outcome, "state": "pending", "at": _now()})
            try:
                with self._asking.asked_here():
                    receipt = action.run(**action.read(given))
            except TransactionWaiting as e:
                self._waiting = e.extrinsic_hash, outcome
                waiting = {"state": "waiting", "text": str(e), "at": _now()}
                self.tell(outcome={**outcome, **waiting})
            except DMLError as e:
                self._failed(outcome, e)
            else:
                self._succeeded(outcome, receipt)
            self.refresh()

        if not self._worker.act(do):
            self.send({"busy": token, "text": "Something else is being signed here; wait for it."})

    def _succeeded(self, outcome: Mapping[str, Any], receipt: Receipt) -> None:
        self.receipt = receipt
        said = {"state": "accepted", "receipt": receipt_line(receipt), "at": _now()}
        self.tell(outcome={**outcome, **said})

    def _failed(self, outcome: Mapping[str, Any], error: DMLError) -> None:
        self.tell(outcome={**outcome, "state": "failed", "error": refusal(error), "at": _now()})

    def _preview(self, action: Action, given: Mapping[str, str], token: str) -> None:
        def ask() -> None:
            told = preview(self.session, action, given).plain()
            self.send({"preview": {**told, "action": action.name, "token": token}})

        self._worker.preview(f"form/{action.name}", ask, view=token.partition("/")[0])

    # --- what can be kept -----------------------------------------------------------------------

    def receipt_json(self) -> str:
        """The last receipt, which the footer names, as JSON.

        Raises:
            UsageError: there is none yet.
        """
        if self.receipt is None:
            raise UsageError("There is no receipt yet: nothing was signed here.")
        return receipt_json(self.receipt)

    def _offer(self, name: str, kind: str, text: Callable[[], str]) -> None:
        """Gives the page a file to offer, named after what the panel shows."""
        noun = re.sub(r"[^A-Za-z0-9_-]+", "-", str(self.head["name"])) or self.noun.lower()
        try:
            told = text()
        except DMLError as e:
            self.send({"said": str(e)})
        else:
            self.send({"file": {"name": f"{noun}-{name}", "text": told, "type": kind}})


_TOKEN = 64


def _now() -> int:
    return int(time.time() * 1000)
