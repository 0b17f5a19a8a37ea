"""What can be proposed from a form: for each action of `dml_sdk.actions`, its fields in text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from dml_sdk import actions
from dml_sdk.actions.base import Action as Decision
from dml_sdk.actions.base import Change
from dml_sdk.actions.governing import WEIGHTINGS
from dml_sdk.arguments import shown
from dml_sdk.chain.client.calls import Call
from dml_sdk.collective import Collective
from dml_sdk.errors import UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import BY_ROLE, REVOCATION_CAUSES, SLASH_CAUSES, USAGES
from dml_sdk.pool import Pool
from dml_sdk.terms import LicenceTerms, StakingTerms
from dml_sdk.texts import document_of, store_text
from dml_sdk.types import ROLES, Receipt
from dml_sdk.votes import ELECTORATES
from dml_sdk.widgets.actions import Action, Argument

OTHER = "other"
MOST_TEXT = 4_000
_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) (days|hours|minutes|seconds)")
_REASON = Argument("text", longest=128, may_be_empty=True)
_PART = Argument("amount")
_ROLE = Argument("role")
_WHO = Argument("address")
_NUMBER = Argument("whole")
_PERHAPS = Argument("amount", may_be_empty=True)
# A number and its unit: "3 days".
_PERIOD = Argument("text", longest=40, may_be_empty=True)

Store: TypeAlias = Callable[[str, str], Document | None]
"""Gives the document of a text, named for what it is."""
Make: TypeAlias = Callable[..., Decision | Change]
"""Makes an action of its fields; is given the collective and a `Store` first."""


@dataclass(frozen=True, slots=True)
class Proposing:
    """A form for one kind of action.

    Attributes:
        name: of the panel's action that proposes it, after "propose_".
        arguments: its fields.
        make: the action that they mean.
    """

    name: str
    arguments: Mapping[str, Argument]
    make: Make


def proposing(collective: Collective, refused: Callable[[], str]) -> Sequence[Action]:
    """An action of the panel for each form; who is alone decides where others would propose."""
    return [_action(collective, form, refused) for form in FORMS]


def _action(collective: Collective, form: Proposing, refused: Callable[[], str]) -> Action:
    session = collective.session

    def decided(electorate: str) -> bool:
        return electorate == "members" and collective.owner_decides

    def made(
        document: Store, text: str, electorate: Any, given: Mapping[str, Any]
    ) -> tuple[Call, bool]:
        what = form.make(collective, document, **given)
        if decided(electorate):
            return collective.decide_call(what), False
        options = {"text": text, "electorate": electorate, "stored": False}
        return collective.propose_call(what, **options), True

    def run(text: str, electorate: Any, **given: Any) -> Receipt:
        written: list[tuple[str, str]] = []

        def document(name: str, said: str) -> Document | None:
            written.append((name, said))
            return document_of(name, said)

        asked, is_proposed = made(document, text, electorate, given)
        if is_proposed:
            written.append(("text", text))

        def store() -> None:
            for name, said in written:
                store_text(session.store, name, said)

        return session.chain.submit(asked, session.signer, store)

    def call(text: str, electorate: Any, **given: Any) -> Call:
        return made(document_of, text, electorate, given)[0]

    def effects(text: str, electorate: Any, **given: Any) -> Sequence[str]:
        what = form.make(collective, document_of, **given)
        whole = what.action(collective) if isinstance(what, Change) else what
        asked = "done" if decided(electorate) else "asked"
        return [f"{asked}: {whole}"]

    arguments = {
        **form.arguments,
        "text": Argument("text", longest=MOST_TEXT, may_be_empty=True),
        "electorate": Argument("choice", options=tuple(ELECTORATES)),
    }
    return Action(
        f"propose_{form.name}",
        run=run,
        call=call,
        arguments=arguments,
        effects=effects,
        refused=refused,
    )


# --- what each form means ------------------------------------------------------------------------


def _set_shares(_: Collective, __: Store, **percent: str | None) -> Decision:
    return actions.SetShares({role: share or 0 for role, share in percent.items()})


def _set_licence(
    _: Collective,
    document: Store,
    usage: Any,
    sale: str,
    price: str | None,
    duration: str,
    maximum: int | None,
    transferable: str,
    jurisdiction: str,
    terms: str,
) -> Decision:
    if sale == "no more":
        return actions.SetLicence(usage, None)
    if price is None:
        raise UsageError("The price is missing; 0 is one.")
    return actions.SetLicence(
        usage,
        LicenceTerms(
            price=price,
            duration=_period("duration", duration),
            maximum=maximum,
            transferable=transferable == "yes",
            jurisdiction=jurisdiction.strip(),
            text=document("terms", terms),
        ),
    )


def _set_terms(_: Collective, __: Store, **given: Any) -> Change:
    told = {name: value for name, value in given.items() if value not in (None, "")}
    changes: dict[str, Any] = {
        name: _period(name, value) if name.rpartition("_")[2] in _PERIODS else value
        for name, value in told.items()
    }
    wider: dict[str, Any] = {
        name.removeprefix(_WIDER): changes.pop(name) for name in told if name.startswith(_WIDER)
    }
    if not changes and not wider:
        raise UsageError("Nothing is changed: fill in what is to be another.")
    return actions.SetThresholds(referendum=wider or None, **changes)


def _set_staking(
    collective: Collective, _: Store, unbonding: str, minimum: str | None, slash_to: Any
) -> Decision:
    present = Pool(collective.session, collective.model_id).staking
    period = _period("unbonding", unbonding)
    return actions.SetStaking(
        StakingTerms(
            unbonding=present.unbonding if period is None else period,
            minimum=present.minimum if minimum is None else minimum,
            slash_to=slash_to or present.slash_to,
        )
    )


def _slash(_: Collective, __: Store, who: str, role: Any, part: str, cause: str, words: str) -> Any:
    return actions.Slash(who, role, part, _cause(cause, words))


def _revoke(_: Collective, __: Store, licence: int, cause: str, words: str) -> Decision:
    return actions.RevokeLicence(licence, _cause(cause, words))


def _cause(cause: str, words: str) -> str:
    if cause != OTHER:
        return cause
    if not words.strip():
        raise UsageError("Say in words what the cause is, or choose one that has a name.")
    return words.strip()


def _period(name: str, text: str) -> timedelta | None:
    """A time that a form sends as a number and a unit; None for an empty one."""
    if not text.strip():
        return None
    told = _TIME.fullmatch(text.strip())
    if told is None:
        raise UsageError(
            f"{name.replace('_', ' ')}: {shown(text)} is no time; write a number and choose days, "
            "hours, minutes or seconds."
        )
    number, unit = told.groups()
    return timedelta(milliseconds=int(Decimal(number) * _MS[unit]))


_MS = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_WIDER = "referendum_"
_PERIODS = frozenset({"voting", "delay", "within", "lock"})

FORMS: tuple[Proposing, ...] = (
    Proposing(
        "approve_update",
        {"update": _NUMBER, "reward": _PART},
        lambda _, __, **given: actions.ApproveUpdate(**given),
    ),
    Proposing(
        "reject_update",
        {"update": _NUMBER, "reason": _REASON},
        lambda _, __, **given: actions.RejectUpdate(**given),
    ),
    Proposing(
        "add_member",
        {"who": _WHO, "weight": _NUMBER},
        lambda _, __, **given: actions.AddMember(**given),
    ),
    Proposing("remove_member", {"who": _WHO}, lambda _, __, who: actions.RemoveMember(who)),
    Proposing(
        "set_weighting",
        {"weighting": Argument("choice", options=tuple(WEIGHTINGS))},
        lambda _, __, weighting: actions.SetWeighting(weighting),
    ),
    Proposing("set_shares", dict.fromkeys(BY_ROLE.values(), _PERHAPS), _set_shares),
    Proposing(
        "set_fees",
        {"usage": Argument("choice", options=USAGES), "price": _PART},
        lambda _, __, usage, price: actions.SetFees(**{usage: price}),
    ),
    Proposing(
        "set_licence",
        {
            "usage": Argument("choice", options=USAGES),
            "sale": Argument("choice", options=("on these terms", "no more")),
            "price": _PERHAPS,
            "duration": _PERIOD,
            "maximum": Argument("whole", may_be_empty=True),
            "transferable": Argument("choice", options=("no", "yes")),
            "jurisdiction": Argument("text", longest=16, may_be_empty=True),
            "terms": Argument("text", longest=MOST_TEXT, may_be_empty=True),
        },
        _set_licence,
    ),
    Proposing(
        "revoke_licence",
        {
            "licence": _NUMBER,
            "cause": Argument("choice", options=(*REVOCATION_CAUSES, OTHER)),
            "words": _REASON,
        },
        _revoke,
    ),
    Proposing(
        "set_terms",
        {
            "threshold": _PERHAPS,
            "quorum": _PERHAPS,
            "voting": _PERIOD,
            "delay": _PERIOD,
            "enact_within": _PERIOD,
            "deposit": _PERHAPS,
            "referendum_threshold": _PERHAPS,
            "referendum_quorum": _PERHAPS,
            "referendum_voting": _PERIOD,
            "referendum_lock": _PERIOD,
        },
        _set_terms,
    ),
    Proposing(
        "set_staking",
        {
            "unbonding": _PERIOD,
            "minimum": _PERHAPS,
            "slash_to": Argument("choice", options=("buckets", *ROLES, "fees"), may_be_empty=True),
        },
        _set_staking,
    ),
    Proposing(
        "spend",
        {"role": _ROLE, "who": _WHO, "score": _PART},
        lambda _, __, **given: actions.Spend(**given),
    ),
    Proposing(
        "slash",
        {
            "who": _WHO,
            "role": _ROLE,
            "part": _PART,
            "cause": Argument("choice", options=(*SLASH_CAUSES, OTHER)),
            "words": _REASON,
        },
        _slash,
    ),
    Proposing(
        "settle_annotation",
        {
            "task": _NUMBER,
            "batch": _NUMBER,
            "who": _WHO,
            "points": _NUMBER,
            "score": _PART,
            "slash": _PERHAPS,
        },
        lambda _, __, slash, **given: actions.SettleAnnotation(**given, slash=slash or 0),
    ),
    Proposing(
        "set_allowance", {"amount": _PERHAPS}, lambda _, __, amount: actions.SetAllowance(amount)
    ),
    Proposing("cancel", {"proposal": _NUMBER}, lambda _, __, proposal: actions.Cancel(proposal)),
    Proposing("close_pool", {}, lambda _, __: actions.ClosePool()),
)
