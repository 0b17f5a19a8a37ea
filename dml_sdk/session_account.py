"""An account as a session sees it: what it holds, and how it came to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dml_sdk.chain.accounts import Account

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.statements import Progress, Statement
    from dml_sdk.types import Amount, Asset


class SessionAccount(Account):
    """An account that knows the chain it is looked up on; it equals the same account elsewhere.

    Attributes:
        session: the one that gave it.
    """

    __slots__ = ("session",)

    def __init__(self, session: Session, account: Account) -> None:
        super().__init__(account.name, account.key)
        self.session = session

    def balance(self, asset: Asset | None = None) -> Amount:
        """What it holds of an asset, the native one by default."""
        return self.session.balance(self, asset)

    def statement(
        self,
        *,
        first: int | None = None,
        last: int | None = None,
        progress: Progress | None = None,
    ) -> Statement:
        """Every movement of it: when, how much, and why; from the events of all blocks.

        Args:
            first, last: blocks; all there are by default.
            progress: called now and then with how many blocks were read, and how many there are.

        Raises:
            UsageError: no such blocks.
            RpcError, StateDiscarded: a node that keeps the state of newer blocks only.
        """
        return self.session.statement(self, first=first, last=last, progress=progress)
