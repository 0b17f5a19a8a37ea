"""What happened to each proposal, in the blocks that can be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dml_sdk.chain.telling import told
from dml_sdk.types import Asset, Event, short_address
from dml_sdk.widgets.stake.pool_history import PoolHistory

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

MOST_TOLD = 12

Line = list[int | str]
"""A block and what happened in it."""


class VoteHistory(PoolHistory):
    """The events of proposals, read anew at each block from where the last reading ended."""

    def _is_own(self, event: Event) -> bool:
        # Not every event names the model; whose proposals they are is known from the proposals.
        return event.pallet == "Collectives" and "proposal" in event.fields


def happened(
    history: VoteHistory,
    proposals: Iterable[int],
    chain: Chain,
    asset: Asset,
    me: str,
    names: Mapping[str, str],
) -> dict[int, list[Line]]:
    """For each proposal the last of what happened to it, oldest first."""
    wanted = set(proposals)
    found: dict[int, list[Line]] = defaultdict(list)
    short = {short_address(address): name for address, name in names.items()}
    for event in history.events:
        number = int(str(event.fields["proposal"]))
        sentence = told(event, lambda _: asset, chain.token, me) if number in wanted else ""
        if sentence:
            for address, name in short.items():
                sentence = sentence.replace(address, name)
            found[number].append([event.block, sentence])
    return {number: lines[-MOST_TOLD:] for number, lines in found.items()}
