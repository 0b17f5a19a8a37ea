"""Who can be reported at once for what was proven of them, each for one batch and never twice."""

from __future__ import annotations

from collections.abc import Sequence

from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.widgets.task.judging import Judged
from dml_sdk.widgets.task.stages import Handed


def reportable(
    judged: Judged | None, handed: Sequence[Handed], now_ms: int
) -> list[tuple[Finding, int]]:
    """What was proven of annotators, one finding each with the batch that is reported for it.

    Whoever was reported already, or may have been, is left out: to report another batch takes a
    part of the stake once more, which is asked for one by one.

    Args:
        judged: what the answers came to; None where there are none.
        handed: what became of the answers.
        now_ms: the chain's time.
    """
    found: dict[str, tuple[Finding, int]] = {}
    reported = {one.annotator for one in handed if _is_reported(one)}
    for finding in () if judged is None else judged.findings:
        who = finding.annotator
        if who in found or who in reported:
            continue
        batches = [
            one.batch
            for one in handed
            if one.annotator == who
            and finding.batch in (None, one.batch)
            and _can_be_reported(one, finding, now_ms)
        ]
        if batches:
            found[who] = finding, min(batches)
    return list(found.values())


def _is_reported(one: Handed) -> bool:
    """Whether a sheet stands as one that was reported: it is before the collective, or was settled
    without any points. So does one that is disputed, or was never shown."""
    return one.stage == "contested" or (one.stage == "settled" and one.points == 0)


def _can_be_reported(one: Handed, finding: Finding, now_ms: int) -> bool:
    if finding.kind == "not revealed":
        return one.is_never_shown(now_ms)
    return one.stage in ("shown", "scored")
