"""What paying for a licence would do, told from the events of a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dml_sdk.chain.telling import moment, pool_asset
from dml_sdk.measures import BY_ROLE
from dml_sdk.types import Amount, short_address

if TYPE_CHECKING:
    from dml_sdk.chain.previews import Preview
    from dml_sdk.session import Session


def payment_told(session: Session, told: Preview) -> list[str]:
    """What is bought, until when, where the money goes, and what is left; line by line.

    Args:
        told: a dry run of `Licences.buy` or `Licences.renew`.
    """
    paid = told.event("Licences", "Bought") or told.event("Licences", "Renewed")
    if paid is None:
        return list(told.effects)
    f: Mapping[str, Any] = paid.fields
    asset = pool_asset(session.chain, int(f["model"]))
    ends = "for ever" if f["expires_ms"] is None else f"until {moment(int(f['expires_ms']))}"
    price = Amount(int(f["price"]), asset)
    costs = f"for {price}" if price else "for nothing"
    usage = str(f["usage"]).lower()
    lines = [f"you get licence {f['licence']}, {usage}, {costs}; it is valid {ends}"]
    if f["platform"] is not None:
        who, share = f["platform"]
        lines.append(f"{Amount(int(share), asset)} of it go to the platform, {short_address(who)}")
    if income := told.event("Pools", "IncomeTaken"):
        lines.append(_income(income.fields, asset))
    lines += [
        f"your balance after it: {session.balance(asset=moved.asset) + moved}"
        for moved in told.moved.get(told.signer, ())
    ]
    return lines


def _income(told: Mapping[str, Any], asset: Any) -> str:
    """What came into the pool, and what each role's bucket gets of it."""
    parts: Mapping[str, Any] = told["parts"]
    shares = [
        f"{name} {Amount(int(parts[name]), asset).short()}"
        for name in BY_ROLE.values()
        if parts.get(name)
    ]
    return f"{Amount(int(told['amount']), asset)} go into the pool: {', '.join(shares)}"
