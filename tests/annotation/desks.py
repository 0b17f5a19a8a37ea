"""Desks anew."""

from __future__ import annotations

from dml_sdk.annotation.course.drafts import Drafts
from dml_sdk.annotation.desk import Desk


def again(desk, folder):
    """The same place of work after the kernel was killed."""
    task = desk.task
    fresh = Desk(
        task,
        Drafts.of(task.session.chain, task.id, task.record, task.session.signer.address, folder),
    )
    assert fresh.resume()
    return fresh
