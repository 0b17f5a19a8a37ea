"""What was issued at the beginning, and what can be found of it."""

from __future__ import annotations

import dml_sdk as dml
from benchmarks.market.scene import ASSET


class Books:
    """Audits of a chain on which nothing is issued from now on.

    Attributes:
        lost: planck of any asset that at the worst audit could not be found, or were too many.
        violations: audits in which a sum of the runtime's did not agree.
    """

    def __init__(self, session: dml.Session) -> None:
        self.session = session
        self.issued = self._issued()
        self.lost = self.violations = 0

    def audit(self) -> None:
        conserved = self.session.conserved()
        self.violations += not conserved.ok
        now = self._issued()
        lost = sum(abs(now[asset] - self.issued[asset]) for asset in self.issued)
        lost += abs(conserved.issuance.planck - conserved.accounts.planck)
        held = sum(
            account["balance"]
            for _, account in self.session.chain.entries("Assets", "Account", ASSET)
        )
        lost += abs(now["asset"] - held)
        for pool in conserved.pools:
            spent = pool.paid.planck + pool.refunded.planck + pool.held.planck
            lost += abs(pool.funded.planck - spent)
            lost += max(0, pool.held.planck + pool.deposit.planck - pool.escrow.planck)
        self.lost = max(self.lost, lost)

    def _issued(self) -> dict[str, int]:
        chain = self.session.chain
        return {
            "native": chain.get("Balances", "TotalIssuance"),
            "asset": chain.get("Assets", "Asset", ASSET)["supply"],
        }
