"""Opening a task: its items, questions and policy go to the store, its terms to the chain."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dml_sdk.annotation.asked.media import Content, upload_items
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.course import keeping, policy_document
from dml_sdk.annotation.course.gold import GoldFile, drawn, require_gold, seal, spread
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.annotation.worth.policies import (
    Agreement,
    AnyPolicy,
    DawidSkene,
    GoldItems,
    Mix,
    ModelDisagreement,
    Policy,
    dawid_skene,
)
from dml_sdk.arguments import MOST_ID, require_path, require_whole, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import UsageError
from dml_sdk.handles import Handle
from dml_sdk.locations import UNSTORED, Document
from dml_sdk.measures import Time, Tokens, ms_of, time_of, tokens_of
from dml_sdk.types import Location
from dml_sdk.versions import store_bytes

_DISPUTE = timedelta(days=2)
MOST_IN_A_BATCH = 1_000  # a desk goes through the whole of it at once


@dataclass(frozen=True, slots=True)
class Plan:
    """On which terms a task is to be opened; see `Asking.annotation_task`."""

    questionnaire: Questionnaire
    reward_per_point: Tokens
    answers_per_item: int = 3
    batch_size: int = 20
    stake: Tokens = 0
    max_items: int | None = None
    deadline: datetime | Time = timedelta(days=7)
    lease: Time = timedelta(hours=1)
    reveal: Time = timedelta(days=1)
    scoring: Time = timedelta(days=3)
    dispute: Time | None = None
    validation: Policy | None = None
    validators: Sequence[Account | str] = ()
    title: str | None = None
    keep_gold: str | Path | None = None

    def checked(self) -> Plan:
        """The same with all that can be checked without items. Warns its caller's caller where
        nothing that is answered could be judged.

        Raises:
            UsageError: an argument that cannot be right.
        """
        questionnaire = self.questionnaire
        if not isinstance(questionnaire, Questionnaire):
            raise UsageError(f"questionnaire={shown(questionnaire)}: give dml.Questionnaire([…]).")
        if self.title is not None:
            told = questionnaire.model_dump(by_alias=True) | {"title": self.title}
            questionnaire = Questionnaire(**told)
        if questionnaire.points < 1:
            raise UsageError(
                "No question of the questionnaire is worth a point, so nobody would be paid and "
                "nothing judged: give one points=1."
            )
        policy = dawid_skene() if self.validation is None else self.validation
        if not isinstance(policy, Policy):
            raise UsageError(f"validation={shown(policy)}: give one of dml.validation.")
        # Read back as whoever is judged by it will.
        policy_document.decode(policy_document.encode(policy, 0, None))
        if isinstance(self.validators, str) or not isinstance(self.validators, Sequence):
            raise UsageError(f"validators={shown(self.validators)}: give a list of accounts.")
        if self.keep_gold is not None:
            require_path("keep_gold", self.keep_gold)
        tokens_of("reward_per_point", self.reward_per_point)
        tokens_of("stake", self.stake)
        answers = _count("answers_per_item", self.answers_per_item)
        if answers == 1 and all(isinstance(p, Agreement | DawidSkene) for p in policy.parts()):
            warnings.warn(
                f"With one answer an item there is nothing that validation={policy.name}() could "
                "hold it against: whatever is answered is paid in full, unless you decide on it "
                "yourself with dml.validation.manual(…). Ask for two, or give gold.",
                stacklevel=3,
            )
        return replace(
            self,
            questionnaire=questionnaire,
            validation=policy,
            answers_per_item=answers,
            batch_size=_batch_size(self.batch_size),
            max_items=None if self.max_items is None else _count("max_items", self.max_items),
        )


def open_task(handle: Handle, plan: Plan, items: Iterable[Content]) -> AnnotationTask:
    """Uploads items and opens a task.

    The chain is asked first whether it would take such a task: items are stored only then.

    Raises:
        UsageError, MediaRefused, DraftsUnwritable, DispatchError: as `Asking.annotation_task`.
    """
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        raise UsageError(f"items={shown(items)}: give a list of what is asked about.")
    given = list(items)
    if not given:
        raise UsageError("There is no item to annotate.")
    policy = plan.validation or dawid_skene()
    gold, policy = _hidden(plan, policy, len(given))
    batch_size = min(plan.batch_size, len(given))
    handle.require_accepted(_call(handle, plan, len(given), batch_size, *[UNSTORED] * 3))

    store, questionnaire = handle.session.store, plan.questionnaire
    order = range(len(given)) if gold is None else gold.order
    manifest = upload_items(store, (given[place] for place in order), questionnaire.media)
    if gold is None:
        document = policy_document.encode(policy, 0, None)
    else:
        document = policy_document.encode(policy, len(gold.gold()), gold.sha256)
        gold.keep(gold_home(handle, plan.keep_gold))
    documents = [_stored(store, d) for d in (questionnaire.encode(), manifest.encode(), document)]
    receipt = handle.submit(_call(handle, plan, len(given), batch_size, *documents))
    opened = next(e for e in receipt.events if (e.pallet, e.name) == ("Annotations", "TaskOpened"))
    task = AnnotationTask(handle.session, int(str(opened.fields["task"])), receipt=receipt)
    task.given_policy, task.kept_gold = policy, gold
    return task


def gold_home(handle: Handle, given: str | Path | None) -> Path:
    """The folder that the gold of a model's tasks is kept in."""
    return keeping.home_of(handle.chain) if given is None else require_path("keep_gold", given)


def _hidden(plan: Plan, policy: Policy, items: int) -> tuple[GoldFile | None, Policy]:
    """The gold with the items' order, and the policy that knows it by the task's numbers."""
    if not policy.known():
        return None, policy
    policy = drawn(policy, items)
    known = require_gold(policy.known(), plan.questionnaire, items)
    order = spread(sorted(known), items, min(plan.batch_size, items))
    place = {given: number for number, given in enumerate(order)}
    gold = seal({place[item]: right for item, right in known.items()}, order)
    return gold, _renumbered(policy, place, len(known) / items)


def _renumbered(policy: AnyPolicy, place: dict[int, int], share: float) -> AnyPolicy:
    if isinstance(policy, Mix):
        return replace(
            policy, policies=tuple(_renumbered(p, place, share) for p in policy.policies)
        )
    if isinstance(policy, GoldItems):
        answers = {place[item]: right for item, right in policy.answers.items()}
        return replace(policy, answers=answers, share=round(share, 6))
    if isinstance(policy, ModelDisagreement):
        told = {place[item]: told for item, told in policy.predictions.items() if item in place}
        return replace(policy, predictions=told)
    return policy


def _batch_size(given: int) -> int:
    size = _count("batch_size", given)
    if size > MOST_IN_A_BATCH:
        raise UsageError(
            f"batch_size={shown(given)}: an annotator holds {MOST_IN_A_BATCH:,} items at once at "
            "most. Give fewer; a task may have any number of batches."
        )
    return size


def _count(what: str, value: int) -> int:
    return require_whole(what, value, least=1, most=MOST_ID)


def _call(handle: Handle, plan: Plan, items: int, batch_size: int, *documents: Document) -> Any:
    asset, chain = pool_asset(handle.chain, handle.model_id), handle.chain
    questionnaire, manifest, policy = documents
    terms = {
        "questionnaire": questionnaire.encoded(),
        "items": manifest.encoded(),
        "policy": policy.encoded(),
        "item_count": items,
        "batch_size": batch_size,
        "answers_per_item": plan.answers_per_item,
        "points_per_item": plan.questionnaire.points,
        "reward_per_point": asset.amount(plan.reward_per_point).planck,
        "minimum_stake": asset.amount(plan.stake).planck,
        "maximum_items": items if plan.max_items is None else plan.max_items,
        "lease_ms": ms_of(time_of("lease", plan.lease)),
        "deadline_ms": _deadline_ms(chain.now_ms(), plan.deadline),
        "reveal_ms": ms_of(time_of("reveal", plan.reveal)),
        "score_ms": ms_of(time_of("scoring", plan.scoring)),
        "dispute_ms": _dispute_ms(handle, plan.dispute),
        "validators": [address_of(v) for v in plan.validators],
    }
    return chain.call("Annotations", "open", model=handle.model_id, terms=terms)


def _dispute_ms(handle: Handle, given: Time | None) -> int:
    """How long a score can be disputed; by default no shorter than what the collective needs to
    settle a dispute."""
    if given is not None:
        return ms_of(time_of("dispute", given))
    needed = int(handle.chain.ask("collective", handle.model_id)["settle_ms"])
    return max(ms_of(_DISPUTE), needed)


def _deadline_ms(now_ms: int, given: datetime | Time) -> int:
    """When a task ends: a time, or how long from now."""
    if not isinstance(given, datetime):
        return now_ms + ms_of(time_of("deadline", given))
    if given.tzinfo is None:
        raise UsageError(
            f"deadline={given}: of which time zone? Give a timedelta, or a datetime with tzinfo."
        )
    return int(given.timestamp() * 1_000)


def _stored(store: Any, content: bytes) -> Document:
    return Document(Location(cid=store_bytes(store, content)), hashlib.sha256(content).hexdigest())
