"""Gold: right answers that a task's owner knows, hidden among its items until it is judged.

The task's policy holds the SHA-256 of a document with a salt in it, so that nobody can try out
which items are gold, and the owner cannot change them afterwards. The document itself stays with
the owner, in a file that only the owner can read, and is published with the validation's report.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.reading import number_named, read_json
from dml_sdk.annotation.asked.values import fault_of, plain
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.worth.evidence import Gold
from dml_sdk.annotation.worth.policies import AnyPolicy, GoldItems, Mix
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import PolicyInvalid, UsageError

VERSION = 1
_SALT_BYTES = 32
_LARGEST = 256 << 20


@dataclass(frozen=True, slots=True)
class GoldFile:
    """What the owner keeps.

    Attributes:
        document: the gold answers with the salt, as they will be published.
        order: the place that each of the task's items had among those that were given.
    """

    document: bytes = field(repr=False)
    order: tuple[int, ...]

    @property
    def sha256(self) -> str:
        """Of the document, in hexadecimal; what the task's policy holds."""
        return hashlib.sha256(self.document).hexdigest()

    def gold(self) -> Gold:
        """The answers, by the task's numbers of items."""
        return decode(self.document)

    def keep(self, home: Path) -> Path:
        """Writes it where `kept` finds it.

        Raises:
            DraftsUnwritable: it cannot be written.
        """
        path = _path(home, self.sha256)
        told = {"version": VERSION, "order": self.order, "gold": self.document.decode()}
        keeping.write(path, json.dumps(told).encode())
        return path


def kept(home: Path, sha256: str, items: int) -> GoldFile | None:
    """What the owner kept of a task's gold on this machine; None where that is not here, or was
    altered.

    Args:
        items: how many the task has: their order is kept with the gold, and names each once.
    """
    content = keeping.read(_path(home, sha256))
    try:
        told = read_json(content or b"")
        found = GoldFile(str(told["gold"]).encode(), _order(told["order"], items))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if found.sha256 == sha256 else None


def seal(answers: Gold, order: Sequence[int]) -> GoldFile:
    """Gold answers, ready to be kept.

    Args:
        answers: by the task's numbers of items.
        order: the place that each of the task's items had among those that were given.
    """
    told = {
        "version": VERSION,
        "salt": secrets.token_hex(_SALT_BYTES),
        "answers": {str(item): dict(right) for item, right in sorted(answers.items())},
    }
    document = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return GoldFile(document.encode(), tuple(order))


def decode(document: bytes) -> Gold:
    """The gold of a document that was published.

    Raises:
        PolicyInvalid: it is none.
    """
    try:
        told = read_json(document[:_LARGEST])
        return {number_named(item): {**right} for item, right in told["answers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise PolicyInvalid("The gold answers cannot be read: the document is none.") from e


def require_gold(given: object, questionnaire: Questionnaire, items: int) -> Gold:
    """Gold answers that fit a task.

    Raises:
        UsageError: no dict, an item that is not there, no such question, or no answer to it.
    """
    if not isinstance(given, Mapping):
        raise UsageError(f"gold={shown(given)}: give a dict of an item's number to its answers.")
    told: dict[int, dict[str, Any]] = {}
    for item, right in given.items():
        number = whole_of(item)
        if number is None or not 0 <= number < items:
            raise UsageError(f"gold: {shown(item)} is no item of {items:,}, counted from 0.")
        if not isinstance(right, Mapping) or not right:
            raise UsageError(f"gold[{number}]={shown(right)}: give a dict of question to answer.")
        known = {id: plain(value) for id, value in right.items()}
        for id, value in known.items():
            question = questionnaire.question(id) if isinstance(id, str) else None
            why = "there is no such question" if question is None else fault_of(question, value)
            if why:
                raise UsageError(f"gold[{number}][{shown(id)}]: {why}.")
        told[number] = known
    return told


def drawn(policy: AnyPolicy, items: int) -> AnyPolicy:
    """A policy whose gold answers are no more than their share of so many items, one at least.

    Which of more answers are used is drawn by chance.
    """
    if isinstance(policy, Mix):
        return replace(policy, policies=tuple(drawn(part, items) for part in policy.policies))
    if not isinstance(policy, GoldItems) or policy.share is None:
        return policy
    most = max(1, round(policy.share * items))
    answers = dict(policy.answers)
    if len(answers) > most:
        answers = dict(secrets.SystemRandom().sample(sorted(answers.items()), most))
    return replace(policy, answers=answers)


def spread(gold: Sequence[int], items: int, batch_size: int) -> tuple[int, ...]:
    """An order at random, in which each batch has a gold item at least where there are enough.

    All items change places: were the others in the order which they were given in, who sees
    something of it in the items would see which of them are out of it. How many a batch has is left
    to chance, too, so that nobody knows when all of them are found.

    Args:
        gold: the places of the gold items among those that are given.

    Returns:
        for each of the task's items, its place among those that are given.
    """
    chance = secrets.SystemRandom()
    order = list(range(items))
    chance.shuffle(order)
    known = frozenset(gold)
    batches = [range(at, min(at + batch_size, items)) for at in range(0, items, batch_size)]
    hidden = [[place for place in batch if order[place] in known] for batch in batches]
    # Each batch without one, in random order, gets one of another batch that has several.
    for poor in chance.sample(range(len(batches)), len(batches)):
        spare = [len(places) - 1 for places in hidden]
        if hidden[poor] or max(spare) < 1:
            continue
        (donor,) = chance.choices(range(len(batches)), [max(n, 0) for n in spare])
        giving = hidden[donor].pop(chance.randrange(len(hidden[donor])))
        getting = chance.choice(batches[poor])
        order[giving], order[getting] = order[getting], order[giving]
        hidden[poor].append(getting)
    return tuple(order)


def _order(told: Sequence[Any], items: int) -> tuple[int, ...]:
    """An order of so many items.

    Raises:
        ValueError: it is none: a place twice, or not there.
    """
    order = tuple(place for place in map(whole_of, told) if place is not None)
    if len(told) != items or sorted(order) != list(range(items)):
        raise ValueError(f"no order of {items} items")
    return order


def _path(home: Path, sha256: str) -> Path:
    return home / f"gold-{sha256}.json"
