"""Ending a round that nobody goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.handles import Handle
    from dml_sdk.types import Receipt

_REASON_BYTES = 128


def abort_open_round(handle: Handle, reason: str, whose: str) -> Receipt:
    """Ends a model's open round; see `Model.abort_round`.

    Args:
        whose: the model, for messages.

    Raises:
        UsageError: no round is open, or a reason that is no text.
    """
    if not isinstance(reason, str):
        raise UsageError(f"reason={shown(reason)}: say in words why the round is aborted.")
    told = reason.encode(errors="replace")[:_REASON_BYTES].decode(errors="ignore")
    number = handle.chain.get("Rounds", "CurrentRound", handle.model_id)
    if number is None:
        raise UsageError(f"{whose} has no open round.")
    call = handle.chain.call(
        "Rounds",
        "abort",
        model=handle.model_id,
        round=number,
        reason="0x" + told.encode().hex(),
    )
    return handle.submit(call)
