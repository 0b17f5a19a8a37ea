"""Who can be reported at once for what was proven of them, each for one batch and never twice."""

from __future__ import annotations

from collections.abc import Sequence

from dml_sdk.annotation.course.scoring import Report, reports_of
from dml_sdk.measures import Number
from dml_sdk.widgets.task.judging import Judged
from dml_sdk.widgets.task.stages import Handed


def reportable(judged: Judged | None, handed: Sequence[Handed], part: Number = 0) -> list[Report]:
    """The reports for what was proven of annotators, one each.

    Whoever was reported already, or may have been, is left out: to report another batch takes a
    part of the stake once more, which is asked for one by one.

    Args:
        judged: what the answers came to; None where there are none.
        handed: what became of the answers.
        part: 0-1 of what each has at stake.
    """
    if judged is None:
        return []
    reported = {one.annotator for one in handed if _is_reported(one)}
    stages = {(one.batch, one.annotator): one.told for one in handed}
    reports, _ = reports_of(stages, judged.findings, part, reported.__contains__)
    return reports


def _is_reported(one: Handed) -> bool:
    """Whether a sheet stands as one that was reported: it is before the collective, or was settled
    without any points. So does one that is disputed, or was never shown."""
    return one.stage == "contested" or (one.stage == "settled" and one.points == 0)
