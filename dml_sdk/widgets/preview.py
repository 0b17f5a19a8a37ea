"""What an action would do and cost, asked of the chain before anybody signs.

Nothing is worked out here: fee, effects and error are those of the runtime's own dry run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.errors import DMLError
from dml_sdk.types import Amount
from dml_sdk.widgets.refusal import refusal
from dml_sdk.widgets.wording import exact

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.widgets.actions import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """Consequences before commitment.

    Attributes:
        fee: what inclusion would cost; None when the call cannot even be made.
        effects: line by line, in words.
        error: what it would end in.
    """

    fee: Amount | None = None
    effects: tuple[str, ...] = ()
    error: DMLError | None = None

    def plain(self) -> dict[str, Any]:
        """For the page: amounts as exact decimal strings."""
        return {
            "fee": exact(self.fee) if self.fee else None,
            "asset": self.fee.asset.label if self.fee else "",
            "effects": list(self.effects),
            "error": refusal(self.error) if self.error else None,
        }


def preview(session: Session, action: Action, given: Mapping[str, str]) -> Preview:
    """Asks the chain what an action of the session's signer would do.

    An argument that a person mistyped is a preview with an error, and asks nothing.
    """
    fee = None
    try:
        arguments = action.read(given)
        told = session.preview(action.call(**arguments))
        if told.error is not None:
            return Preview(told.fee, (), told.error)
        fee = told.fee
        return Preview(fee, (*action.tells(told), *action.effects(**arguments)))
    except DMLError as e:
        return Preview(fee, (), e)
