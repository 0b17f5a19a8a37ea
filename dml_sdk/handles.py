"""A session's hold on a model: the number that the chain knows it by, for as long as it is that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import MOST_ID, Noun, require_whole
from dml_sdk.errors import DMLError, UnknownModel
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.chain.previews import Preview
    from dml_sdk.session import Session
    from dml_sdk.types import Receipt


class Handle:
    """What a model and its pool reach the chain through.

    A handle that was taken inside `session.anchor()` ends with the anchor: the chain was rewound,
    and the number may by then be another model's. Two are equal that stand for the same model; one
    whose anchor has ended equals none that was taken since.

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
    def ended(self) -> str:
        """Why nothing can be asked or done any more, or nothing."""
        if self.rewound:
            return "rewound with its anchor"
        return "its session is closed" if self.session.chain.closed else ""

    def shown(self, noun: str, tell: Callable[[], str]) -> str:
        """A repr that never raises: what `tell` tells of the noun, or why that cannot be told."""
        if self.ended:
            return f"<{noun}, {self.ended}>"
        try:
            return f"<{noun} {visible(tell())}>"
        except DMLError as e:
            return f"<{noun}, cannot be read: {type(e).__name__}>"

    @property
    def chain(self) -> Chain:
        """The chain that the model is on.

        Raises:
            UnknownModel: the anchor that this was taken inside has ended.
            UsageError: the session is closed.
        """
        if self.rewound:
            raise UnknownModel(
                f"Model {self.model_id} was reached inside session.anchor(), which has ended: the "
                "chain was rewound to before. If the model was registered before the anchor, get "
                "it again with session.models.get(…); if inside, upload it again."
            )
        self.session.chain.require_open()
        return self.session.chain

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Handle)
            and self._key == other._key
            and (self._anchor if self.rewound else None)
            is (other._anchor if other.rewound else None)
        )

    def __hash__(self) -> int:
        return hash(self._key)  # which may not change when the anchor ends

    @property
    def _key(self) -> tuple[int, object]:
        return self.model_id, self.session.chain.identity

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

    def preview(self, call: Call) -> Preview:
        """What a call of the session's signer would do; nothing is signed."""
        from dml_sdk.chain.previews import dry_run

        return dry_run(self.chain, call, self.session.signer.address)

    def require_accepted(self, call: Call) -> None:
        """Raises what the chain would refuse a call of the session's signer with; nothing is
        signed."""
        refused = self.chain.dry_run(call, self.session.signer.address).error
        if refused is not None:
            raise refused

    def submit(self, call: Call, confirmed: Callable[[], object] | None = None) -> Receipt:
        """Signs a call as the session's signer, submits it and waits for its block.

        Args:
            confirmed: called before it is signed, once nobody has to be asked any more.
        """
        return self.chain.submit(call, self.session.signer, confirmed)


class Numbered(Noun):
    """Something of a model's that has a number of its own on the chain: a licence, an update.

    Two are equal that are of a kind and stand for the same.
    """

    _id: int
    _handle: Handle

    @property
    def id(self) -> int:
        """The chain's number for it."""
        return self._id

    @property
    def origin(self) -> object:
        """What tells the chain that it is on from others."""
        return self._handle.chain.identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbered) and (other.kind, other._handle, other.id) == (
            self.kind,
            self._handle,
            self.id,
        )

    def __hash__(self) -> int:
        return hash((self.kind, self._handle, self.id))
