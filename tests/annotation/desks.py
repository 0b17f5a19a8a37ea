"""Desks anew, and others that keep answers."""

from __future__ import annotations

from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.course.journal import Draft, Entry
from dml_sdk.annotation.desk import Desk
from tests.waiting import LONG


def again(desk, folder):
    """The same place of work after the kernel was killed."""
    task = desk.task
    fresh = Desk(
        task,
        Drafts.of(task.session.chain, task.id, task.record, task.session.signer.address, folder),
    )
    assert fresh.resume()
    return fresh


def keep_first_answers(folder, place, begin, times):
    """Keeps an answer to an item of two, as the first of the batch that is known in this process,
    in a folder named "0", then in "1", …; each time once others are there too."""
    entries = [Entry(), Entry()]
    entries[place] = Entry({"digit": place})
    for number in range(times):
        journal = Drafts(folder / str(number)).journal(0, 2)
        begin.wait(LONG)
        journal.keep(Draft(place, tuple(entries)), [place])
