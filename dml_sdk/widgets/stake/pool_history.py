"""What happened to a pool, in words: its events, the newest first, as many as can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from dml_sdk.chain.naming import Called, called_on
from dml_sdk.chain.telling import in_words, moment
from dml_sdk.types import ROLES, Amount, Asset, Event, Role, short_address
from dml_sdk.untrusted import csv_of, visible
from dml_sdk.widgets.wording import exact, percent

MOST_LINES = 60
MOST_EVENTS = 1_000
_FIRST_ASKED = 400
_MOST_ASKED = 6_400
_TOGETHER = 3
_SCORE_ONE = 1_000_000_000

_TOLD = frozenset(
    {
        ("Pools", "PoolCreated"), ("Pools", "Funded"), ("Pools", "Rewarded"), ("Pools", "Claimed"),
        ("Pools", "Closed"), ("Pools", "Refunded"), ("Pools", "Settled"),
        ("Pools", "Spent"), ("Pools", "IncomeTaken"), ("Pools", "SurplusCredited"),
        ("Pools", "SetAside"), ("Pools", "PutBack"),
        ("Rounds", "ContributorRewarded"), ("Annotations", "Awarded"),
        ("Stakes", "Staked"), ("Stakes", "Unstaked"), ("Stakes", "Restaked"),
        ("Stakes", "Withdrawn"), ("Stakes", "Slashed"),
    }
)  # fmt: skip

CSV_HEADER = ("block", "event", "account", "role", "amount", "asset", "why")


class PoolHistory:
    """The events of one model's pool, read anew at each block from where the last reading ended.

    Args:
        chain: whose events they are.
        model: the model's number.

    Attributes:
        called: gives what accounts are called there.
        events: of the model's pool, oldest first.
        is_whole: whether they are all there are.
    """

    def __init__(self, chain: Any, model: int) -> None:
        self._chain, self._model = chain, model
        self.called = called_on(chain)
        self._seen = -1
        self.events: list[Event] = []
        self.is_whole = True

    def read(self) -> None:
        """Adds what is new; begins anew on a chain that was rewound."""
        head = self._chain.block_number
        if head < self._seen:
            self._seen, self.events, self.is_whole = -1, [], True
        if head == self._seen:
            return
        asked, told = _FIRST_ASKED, self._chain.events(last=_FIRST_ASKED)
        # Blocks come whole or not at all: the oldest one that was told of may lack its beginning.
        while len(told) == asked and told[0].block > self._seen and asked < _MOST_ASKED:
            asked *= 2
            told = self._chain.events(last=asked)
        if len(told) == asked and told[0].block > self._seen:
            self.is_whole = False
        self.events += [e for e in told if e.block > self._seen and self._is_own(e)]
        if len(self.events) > MOST_EVENTS:
            self.is_whole = False
            del self.events[:-MOST_EVENTS]
        self._seen = head

    def _is_own(self, event: Event) -> bool:
        return (event.pallet, event.name) in _TOLD and event.fields.get("model") == self._model


def lines(
    events: Sequence[Event], asset: Asset, me: str, called: Called = short_address
) -> list[dict[str, Any]]:
    """Events for reading, newest first; many alike in one block are one line.

    Each is `{block, what, who, role, amount, text}`: `what` is the event's name, `who` an address
    or "", `amount` a decimal string or "".
    """
    told = []
    for (block, name, role), group in groupby(reversed(events), _alike):
        alike = list(group)
        if len(alike) > _TOGETHER:
            whole = Amount(sum(_planck(e) for e in alike), asset)
            told.append(
                {
                    "block": block, "what": name, "who": "", "role": role,
                    "amount": exact(whole),
                    "text": f"{len(alike)} accounts {_DID[name]} {whole}{_as(role)}",
                }
            )  # fmt: skip
        else:
            told += [line(e, asset, me, called) for e in alike]
        if len(told) >= MOST_LINES:
            break
    return told[:MOST_LINES]


def line(event: Event, asset: Asset, me: str, called: Called = short_address) -> dict[str, Any]:
    """One event for reading."""
    who, role = _who(event), _role(event)
    amount = Amount(_planck(event), asset)
    subject = "you" if who == me else called(who) if who else ""
    match event.name:
        case "PoolCreated":
            text = f"{subject} made the pool"
        case "Closed":
            text = f"the pool was closed; {amount} go back to those who put them in"
        case "SetAside":
            text = f"{amount} were set aside for an annotation task"
        case "PutBack":
            text = f"{amount} that were set aside came back from an annotation task"
        case "Settled":
            text = f"all was paid out; the deposit went back to {subject}"
        case _:
            text = f"{subject} {_DID[event.name]} {amount}{_as(role)}{_why(event)}"
    shown = "" if event.name == "PoolCreated" else exact(amount)
    return {"block": event.block, "what": event.name, "who": who, "role": role,
            "amount": shown, "text": visible(text)}  # fmt: skip


def reasons(events: Sequence[Event], who: str, whole: bool) -> dict[Role, str]:
    """Why an account earned what it did, for each role: "3 updates accepted, in rounds 1–4"."""
    updates = [e for e in events if e.name == "ContributorRewarded" and _who(e) == who]
    rewards = [e for e in events if e.name == "Rewarded" and _who(e) == who]
    told: dict[Role, list[str]] = {}
    if updates:
        rounds = sorted({int(str(e.fields["round"])) for e in updates})
        span = f"{rounds[0]}–{rounds[-1]}" if len(rounds) > 1 else f"{rounds[0]}"
        many = "updates" if len(updates) > 1 else "update"
        told["contributor"] = [
            f"{len(updates)} {many} accepted, in round{'s' if len(rounds) > 1 else ''} {span}"
        ]
    awards = [e for e in events if e.name == "Awarded" and _who(e) == who]
    if awards:
        tasks = ", ".join(sorted({str(e.fields["task"]) for e in awards}, key=int))
        many = "batches" if len(awards) > 1 else "batch"
        told["annotator"] = [f"{len(awards)} {many} annotated, of task {tasks}"]
    for role in ROLES:
        own = [e for e in rewards if _role(e) == role]
        if own:
            parts = ", ".join(percent(int(str(e.fields["score"])) / _SCORE_ONE) for e in own[-3:])
            earlier = f"{len(own)} times, lastly " if len(own) > 3 else ""
            told.setdefault(role, []).append(
                f"the owner gave {earlier}{parts} of what was in the bucket"
            )
    more = "" if whole else "; earlier ones are not counted"
    return {role: "; ".join(parts) + more for role, parts in told.items()}


def as_csv(events: Sequence[Event], asset: Asset) -> str:
    """Every event that was read, oldest first, under `CSV_HEADER`; amounts in whole tokens."""
    rows = [
        [e.block, f"{e.pallet}.{e.name}", _who(e), _role(e), exact(Amount(_planck(e), asset)),
         asset.label, _why(e).removeprefix(": ")]
        for e in events
    ]  # fmt: skip
    return csv_of([CSV_HEADER, *rows])


_DID: Mapping[str, str] = {
    "Funded": "put in",
    "Rewarded": "earned",
    "ContributorRewarded": "earned",
    "Awarded": "earned",
    "Claimed": "claimed",
    "Refunded": "got back",
    "Spent": "earned",
    "SurplusCredited": "was credited",
    "IncomeTaken": "paid into the pool",
    "Staked": "put at stake",
    "Unstaked": "began to take out",
    "Restaked": "put back at stake",
    "Withdrawn": "took out of the stakes",
    "Slashed": "lost at stake",
}


def _alike(event: Event) -> tuple[int, str, str]:
    # What is told in a sentence of its own is like nothing else.
    unlike = "" if event.name in _DID else f"{id(event)}"
    return event.block, event.name, _role(event) + unlike


def _who(event: Event) -> str:
    f = event.fields
    return str(f.get("who") or f.get("owner") or f.get("payer") or "")


def _role(event: Event) -> str:
    if event.name == "ContributorRewarded":
        return "contributor"
    if event.name == "Awarded":
        return "annotator"
    role = str(event.fields.get("role", "")).lower()
    return role if role in ROLES else ""


def _planck(event: Event) -> int:
    f = event.fields
    if event.name == "Slashed":
        return int(str(f["active"])) + int(str(f["unbonding"]))
    return int(str(f.get("amount") or f.get("refundable") or 0))


def _as(role: str) -> str:
    return f" as {role}" if role else ""


def _why(event: Event) -> str:
    if event.name == "ContributorRewarded":
        client = event.fields["client"]
        name = client.decode(errors="replace") if isinstance(client, bytes) else str(client)
        return f": {name} in round {event.fields['round']}"
    if event.name == "Awarded":
        f = event.fields
        score = percent(int(str(f["score"])) / _SCORE_ONE)
        return f": batch {f['batch']} of task {f['task']}, {f['points']} points at {score}"
    if event.name == "Slashed":
        cause = event.fields["cause"]
        return f": {cause['Other'] if isinstance(cause, Mapping) else in_words(str(cause))}"
    if event.name == "Unstaked":
        return f": it unlocks on {moment(int(str(event.fields['unlock_ms'])))}"
    if event.name in ("Rewarded", "Spent"):
        return f": {percent(int(str(event.fields['score'])) / _SCORE_ONE)} of the bucket"
    return ""
