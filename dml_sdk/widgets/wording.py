"""Numbers, durations and states as people read them.

`widgets/format.js` says the same; the two are held to the same vectors.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from dml_sdk.types import EXACT, Amount, TrainingState

STATES: dict[TrainingState, str] = {
    "waiting": "starting",
    "running": "live",
    "paused": "paused",
    "stopping": "stopping",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
}
PHASES: dict[str, str] = {
    "start": "starting the engine",
    "select": "selecting contributors",
    "train": "contributors train",
    "store": "storing and scoring updates",
    "score": "scoring updates",
    "aggregate": "averaging updates",
    "settle": "paying on chain",
    "evaluate": "testing the new version",
}
EMPTY = "No round has finished yet. The first takes longest: the engine is starting."
EMPTY_ENDED = "No round finished, so there is nothing to show."


def significant(value: Decimal | float, digits: int = 4) -> str:
    """A number with at most so many significant digits, thousands separated: "3,600", "0.0123".

    A whole part that is longer than that is kept whole, since 12,345 tokens are not 12,350.
    """
    number = Decimal(str(value))
    if number == 0:
        return "0"
    places = max(0, digits - 1 - number.adjusted())
    text = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(amount: Amount) -> str:
    """An amount's whole tokens as an exact decimal string, without zeros that say nothing."""
    text = f"{amount.tokens:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(fraction: float) -> str:
    """A fraction as a percentage with one digit after the point: "96.4 %"."""
    return f"{fraction * 100:.1f} %"


def duration(seconds: float) -> str:
    """Seconds as "4 s", "2 min 5 s" or "3 h 20 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h" + (f" {minutes} min" if minutes else "")
