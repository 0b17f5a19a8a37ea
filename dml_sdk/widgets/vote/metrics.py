"""What an engineer claims of an update, beside what was claimed of the newest version."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dml_sdk.chain.client.chain import Chain
from dml_sdk.chain.telling import SCORE_ONE
from dml_sdk.measures import plain
from dml_sdk.untrusted import visible
from dml_sdk.updates import decode_metrics
from dml_sdk.widgets.vote.records import Record

# Of a metric that is none of these nobody here says which way is better.
_HIGHER_IS_BETTER = ("accuracy", "precision", "recall", "f1", "auc", "score", "bleu", "r2")
_LOWER_IS_BETTER = ("loss", "error", "perplexity", "mae", "mse", "rmse", "latency")


def version_metrics(updates: Mapping[int, Record], version: int) -> dict[str, Decimal] | None:
    """What the engineer of a version claimed of it; None for one that was no update."""
    for record in updates.values():
        state = record["state"]
        accepted = state.get("Accepted") if isinstance(state, Mapping) else None
        if accepted is not None and accepted["version"] == version:
            return decode_metrics(record["metrics"])
    return None


def round_metrics(chain: Chain, model: int, version: int) -> dict[str, Decimal] | None:
    """What was measured of a version that a round of training made; None for any other."""
    for number in range(int(chain.get("Rounds", "RoundCount", model) or 0), 0, -1):
        told = chain.get("Rounds", "Rounds", model, number)
        state = told["state"]
        made = state.get("Finalised") if isinstance(state, Mapping) else None
        if made is None:
            continue  # later rounds may have come to nothing
        if made["version"] != version or told["evaluation"] is None:
            return None  # rounds before it made older versions
        return {"accuracy": Decimal(told["evaluation"]) / SCORE_ONE}
    return None


def compared(
    claimed: Mapping[str, Decimal], present: Mapping[str, Decimal] | None
) -> list[dict[str, Any]]:
    """A row for each metric: {name, claimed, present, change, word}.

    Figures are decimal strings, or None where nothing is claimed. `word` is "better", "worse",
    "the same", or "higher" and "lower" where that says nothing about which is better; "" where
    there is nothing to compare with.
    """
    rows = []
    for name in dict.fromkeys((*claimed, *(present or {}))):
        now, then = (present or {}).get(name), claimed.get(name)
        change = None if now is None or then is None else then - now
        rows.append(
            {
                "name": visible(name),
                "claimed": None if then is None else plain(then),
                "present": None if now is None else plain(now),
                "change": None if change is None else _signed(change),
                "word": "" if change is None else _word(name, change),
            }
        )
    return rows


def _word(name: str, change: Decimal) -> str:
    if not change:
        return "the same"
    words = name.lower().replace("-", "_").replace(" ", "_").split("_")
    if any(known in words for known in _HIGHER_IS_BETTER):
        return "better" if change > 0 else "worse"
    if any(known in words for known in _LOWER_IS_BETTER):
        return "better" if change < 0 else "worse"
    return "higher" if change > 0 else "lower"


def _signed(number: Decimal) -> str:
    return f"+{plain(number)}" if number > 0 else plain(number).replace("-", "−")
