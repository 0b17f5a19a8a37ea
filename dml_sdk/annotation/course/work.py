"""A batch that is worked on: what is answered of it, the item that is looked at, and for how long.

Each change is made on trial, kept on the disk, and only then so; before it, what others kept there
is taken over, so that all who work at a batch come to have the same. It knows no chain.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.course.journal import Draft, Entry
from dml_sdk.annotation.course.worksheet import Worksheet
from dml_sdk.arguments import require_whole


class Work:
    """What somebody has done of a batch; goes on with what is kept of it.

    Attributes:
        batch: the same.
        position: the place of the item that is looked at.
        worksheet: what is answered so far; changed by `change` alone.

    Raises:
        DraftsUnreadable: what is kept of it cannot be read.
    """

    def __init__(self, batch: Batch, questionnaire: Questionnaire, drafts: Drafts) -> None:
        self.batch = batch
        self._journal = drafts.journal(batch.number, len(batch))
        draft = self._journal.load()
        entries = (Entry(),) * len(batch) if draft is None else draft.entries
        self.position = 0 if draft is None else draft.position
        self.worksheet = Worksheet(questionnaire, entries, batch.parts)
        self._since = monotonic()

    def place(self, index: object) -> int:
        """A place in the batch.

        Raises:
            UsageError: there is no such place.
        """
        return require_whole("index", index, most=len(self.batch) - 1)

    def entry(self, index: object) -> Entry:
        """What is answered of an item; raises as `place`."""
        return self.worksheet.entries[self.place(index)]

    def catch_up(self) -> None:
        """Takes over what others kept of the batch meanwhile.

        Raises:
            DraftsUnreadable: it cannot be read.
            Over: they handed it in, or gave it up; so do all that change or hand in something.
        """
        draft = self._journal.newer()
        if draft is not None:
            self.worksheet = self.worksheet.anew(draft.entries)

    def looked(self, place: int, ms: int) -> None:
        """Counts time to an item, in place of what passed here since the last change."""
        self.worksheet.spent(place, ms)
        self._since = monotonic()

    def sheet(self) -> Sheet:
        """The answers as they are handed in now."""
        return self._timed().sheet(self.batch.number, self.batch.items)

    def change(self, change: Callable[[Worksheet], None]) -> None:
        """Changes what is answered, where that can be kept.

        Raises:
            AnswersInvalid: as the change raises it; nothing is changed.
            DraftsUnwritable: it cannot be kept; nothing is changed.
        """
        changed = self._timed()
        change(changed)
        self._keep(changed, self.position)

    def go(self, place: int) -> None:
        """Looks at another item; raises DraftsUnwritable."""
        self._keep(self._timed(), place)

    def undo(self) -> int | None:
        """Takes the last change back and looks at its item; None where there is none.

        Raises:
            DraftsUnwritable: that cannot be kept; nothing is changed.
        """
        changed = self._timed()
        place = changed.undo()
        if place is not None:
            self._keep(changed, place)
        return place

    def _timed(self) -> Worksheet:
        """A copy of the worksheet to change, the time counted to the item that is looked at."""
        self.catch_up()
        changed = self.worksheet.copy()
        changed.spent(self.position, int((monotonic() - self._since) * 1_000))
        return changed

    def _keep(self, changed: Worksheet, position: int) -> None:
        """Keeps a worksheet on the disk, and goes on with it."""
        self._journal.keep(Draft(position, changed.entries), changed.changed)
        changed.changed = frozenset()
        self.worksheet, self.position = changed, position
        self._since = monotonic()
