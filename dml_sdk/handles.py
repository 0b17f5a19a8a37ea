"""A session's hold on a model: the number that the chain knows it by, for as long as it is that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import MOST_ID, require_whole
from dml_sdk.errors import UnknownModel

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.session import Session
    from dml_sdk.types import Receipt


class Handle:
    """What a model and its pool reach the chain through.

    A handle that was taken inside `session.anchor()` ends with the anchor: the chain was rewound,
    and the number may by then be another model's.

    Attributes:
        session: its signer signs.
        model_id: the chain's number for the model.

    Raises:
        UsageError: a number that no model can have.
    """

    __slots__ = ("_anchor", "model_id", "session")

    def __init__(self, session: Session, model_id: int) -> None:
        self.session = session
        self.model_id = require_whole("a model's id", model_id, most=MOST_ID)
        self._anchor = session.anchored

    @property
    def rewound(self) -> bool:
        """Whether the anchor that it was taken inside has ended."""
        return self._anchor is not None and self._anchor.rewound

    @property
    def chain(self) -> Chain:
        """The chain that the model is on.

        Raises:
            UnknownModel: the anchor that this was taken inside has ended.
        """
        if self.rewound:
            raise UnknownModel(
                f"Model {self.model_id} was reached inside session.anchor(), which has ended: the "
                "chain was rewound to before. If the model was registered before the anchor, get "
                "it again with session.models.get(…); if inside, upload it again."
            )
        return self.session.chain

    def record(self) -> dict[str, Any]:
        """The chain's own record of the model, decoded.

        Raises:
            UnknownModel: the chain has none under this number.
        """
        found: dict[str, Any] | None = self.chain.get("Models", "Models", self.model_id)
        if found is None:
            raise UnknownModel(
                f"There is no model {self.model_id} on {self.session.chain.name}; "
                "session.models.list() shows those that there are."
            )
        return found

    def submit(self, call: Call) -> Receipt:
        """Signs a call as the session's signer, submits it and waits for its block."""
        return self.chain.submit(call, self.session.signer)
