"""What a page asks of the desk: done in order, once, and answered with how things stand then."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from dml_sdk.annotation.desk import Desk
from dml_sdk.errors import DMLError
from dml_sdk.widgets.questionnaire.plain import item_plain

_VIEWS = 64  # whose operations are told from those that were done already
_VIEW = 64  # characters of a view's name
_AHEAD = 6  # items that the kernel fetches beyond the one that is looked at

Operation: TypeAlias = Callable[[Desk, Mapping[Any, Any]], int | None]


class Hearing:
    """The operations of all views of one panel.

    A view numbers its operations and sends those again that it heard nothing of; each is done
    once. With each it tells at which item it was looked until then, and how long, as messages may
    wait: "looked": [3, 1200]. What is sent back corrects what the view expected:

        {"heard": {"view": …, "n": 3}, "batch": 0, "items": [{"item": 4, "given": …}], "fault": "",
         "show": null}

    Args:
        desk: does what is asked.
        send: tells the page.
    """

    def __init__(self, desk: Desk, send: Callable[[Mapping[str, Any]], None]) -> None:
        self._desk, self._send = desk, send
        self._one = threading.Lock()
        self._done: OrderedDict[str, int] = OrderedDict()

    def hear(self, message: object) -> bool:
        """Does what a message asks; False where it asks nothing of the desk."""
        match message:
            case {"do": str(do), "n": int(number), "view": str(view), "batch": batch, **told} if (
                do in _OPERATIONS
            ):
                with self._one:
                    self._answer(_OPERATIONS[do], told, view[:_VIEW], number, batch)
                return True
        return False

    def look(self, batch: object, items: Sequence[object]) -> None:
        """Tells what is answered of items, as {"batch": 0, "items": […]}."""
        on_desk = self._desk.batch
        if on_desk is None or on_desk.number != batch:
            return
        places = {i for i in items if isinstance(i, int) and i in range(len(on_desk))}
        told = [item_plain(self._desk, int(place)) for place in sorted(places)]
        self._send({"batch": batch, "items": told})

    def _answer(
        self, do: Operation, given: Mapping[Any, Any], view: str, number: int, batch: object
    ) -> None:
        fault, show = "", None
        on_desk = self._desk.batch
        if on_desk is None or on_desk.number != batch:
            fault = "That batch is not on the desk any more, so this was not kept."
        elif number > self._done.get(view, 0):
            try:
                match given.get("looked"):
                    case [int(place), int(ms)]:
                        self._desk.looked(place, ms)
                show = do(self._desk, given)
            except DMLError as e:
                fault = str(e)
            except (KeyError, TypeError):
                return  # nothing that a page of this SDK sends
        self._done[view] = max(number, self._done.get(view, 0))
        self._done.move_to_end(view)
        while len(self._done) > _VIEWS:
            self._done.popitem(last=False)
        touched = given.get("item") if show is None else show
        items = []
        if on_desk is not None and isinstance(touched, int) and touched in range(len(on_desk)):
            items.append(item_plain(self._desk, int(touched)))
        heard = {"view": view, "n": number}
        told = {"heard": heard, "batch": batch, "items": items, "fault": fault, "show": show}
        self._send(told)


def _go(desk: Desk, told: Mapping[Any, Any]) -> None:
    desk.go(told["item"])
    desk.prefetch(_AHEAD)


# What is returned is the place that the page is to show.
_OPERATIONS: Mapping[str, Operation] = {
    "answer": lambda desk, told: desk.answer(told["item"], told["question"], told["value"]),
    "clear": lambda desk, told: desk.clear(told["item"], told["question"]),
    "skip": lambda desk, told: desk.skip(told["item"]),
    "flag": lambda desk, told: desk.flag(told["item"], told["why"]),
    "go": _go,
    "undo": lambda desk, _: desk.undo(),
}
