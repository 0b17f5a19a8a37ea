"""What a call would do, asked of the runtime before anybody signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dml_sdk.chain import runtime_types
from dml_sdk.errors import DispatchError

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain


def preview_reward(
    chain: Chain, model: int, role: str, rewards: Sequence[tuple[str, int]]
) -> list[int]:
    """Planck that `Pools.reward` would credit each account.

    Args:
        rewards: address, and score in parts of 1,000,000,000.

    Raises:
        DispatchError: the error that the call itself would end in.
    """
    runtime_types.define(chain)
    arguments = (
        chain.encode("u32", model)
        + chain.encode("DmlRole", role.capitalize())
        + chain.encode("DmlRewards", list(rewards))
    )
    told = chain.runtime_api("DmlApi_preview_reward", arguments, "DmlPreview")
    if "Err" in told:
        raise DispatchError.named("Pools", str(told["Err"]))(
            "This is a preview; nothing was signed.", call="Pools.reward"
        )
    return [int(planck) for planck in told["Ok"]]


def allocations(chain: Chain, model: int, who: str | None) -> list[dict[str, Any]]:
    """What each account (or one) earned as which role, claimed, and can claim, in planck."""
    runtime_types.define(chain)
    arguments = chain.encode("u32", model) + chain.encode("Option<AccountId>", who)
    found: list[dict[str, Any]] = chain.runtime_api(
        "DmlApi_allocations", arguments, "DmlAllocations"
    )
    return found
