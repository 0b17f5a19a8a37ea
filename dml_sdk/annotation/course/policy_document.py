"""A task's policy as a document: anyone can read by what the answers will be judged.

{"version": 1, "policy": {"policy": "mix", "of": [{"policy": "gold", "weight": 1, …}, …]},
 "gold": {"items": 12, "sha256": "…"}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.worth.evidence import Gold
from dml_sdk.annotation.worth.policies import (
    Agreement,
    DawidSkene,
    GoldItems,
    Manual,
    Mix,
    ModelDisagreement,
    Policy,
    Strategy,
)
from dml_sdk.arguments import decimal_of, is_one_of, shown, whole_of
from dml_sdk.errors import PolicyInvalid, UsageError

VERSION = 1
LARGEST = 1 << 20
_MOST_PARTS = 16
_LARGEST_WEIGHT = 1_000_000  # of a policy in a mix
_OWNERS = {Manual.name: "decisions", ModelDisagreement.name: "predictions"}


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """What a task's policy says of itself.

    Attributes:
        parts: the policies that it is mixed of: name, weight and terms.
        gold_items: how many items are gold.
        gold_sha256: of the gold document; None where there is no gold.
    """

    parts: tuple[Mapping[str, Any], ...]
    gold_items: int = 0
    gold_sha256: str | None = None

    def policy(self, gold: Gold | None) -> Policy:
        """The policy, where the document and the gold are all that it needs.

        Raises:
            UsageError: it needs gold that is not given, or what only its owner has: decisions, a
                model's predictions.
        """
        made: list[Strategy] = []
        for part in self.parts:
            name, weight = part["policy"], float(part["weight"])
            if name == GoldItems.name:
                if gold is None:
                    raise UsageError(
                        "The task is judged by gold answers, which are not on this machine. Give "
                        "them with gold=…, as the owner kept them."
                    )
                made.append(GoldItems(weight=weight, answers=gold))
            elif name == Agreement.name:
                made.append(Agreement(weight=weight))
            elif name == DawidSkene.name:
                made.append(DawidSkene(weight=weight))
            else:
                raise UsageError(
                    f"The task is judged by {name}, whose {_OWNERS[name]} only the owner has. Give "
                    "the whole policy with policy=dml.validation.…."
                )
        return made[0] if len(made) == 1 else Mix(policies=tuple(made))

    @property
    def words(self) -> str:
        """Its parts as people read them, with their weights where there are several."""
        names = [
            "Dawid–Skene" if name == DawidSkene.name else name.replace("_", " ")
            for name in (str(part["policy"]) for part in self.parts)
        ]
        if len(names) == 1:
            return names[0]
        weights = [f"{part['weight']:g}" for part in self.parts]
        return ", ".join(f"{weight} × {name}" for weight, name in zip(weights, names, strict=True))

    def __str__(self) -> str:
        return " & ".join(f"{part['weight']:g} * {part['policy']}" for part in self.parts)


def encode(policy: Policy, gold_items: int, gold_sha256: str | None) -> bytes:
    """A policy's document."""
    gold = None if gold_sha256 is None else {"items": gold_items, "sha256": gold_sha256}
    told = {"version": VERSION, "policy": policy.terms(), "gold": gold}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def decode(document: bytes) -> PolicyDocument:
    """What a document says; somebody else wrote it.

    Raises:
        PolicyInvalid: no JSON, of another version, or policies that are not known here.
    """
    try:
        told = read_json(document)
    except (ValueError, RecursionError) as e:
        raise _invalid(f"it is no JSON: {e}") from None
    if not isinstance(told, dict) or whole_of(told.get("version")) != VERSION:
        raise _invalid(f"it is not of version {VERSION}")
    policy = told.get("policy")
    parts = policy.get("of", [policy]) if isinstance(policy, dict) else None
    if not isinstance(parts, list) or not 1 <= len(parts) <= _MOST_PARTS:
        raise _invalid("it names no policy, or too many")
    gold = told.get("gold")
    if gold is None:
        return PolicyDocument(tuple(_part(part) for part in parts))
    items = whole_of(gold.get("items")) if isinstance(gold, dict) else None
    digest = gold.get("sha256") if isinstance(gold, dict) else None
    if items is None or not isinstance(digest, str) or not _is_digest(digest):
        raise _invalid("its gold is neither none nor a number of items with a hash")
    return PolicyDocument(tuple(_part(part) for part in parts), items, digest)


def _part(told: Any) -> Mapping[str, Any]:
    names = {kind.name for kind in (GoldItems, Agreement, DawidSkene, Manual, ModelDisagreement)}
    if not isinstance(told, dict) or not is_one_of(told.get("policy"), names):
        raise _invalid(f"{shown(told)} is no policy that is known here")
    given = told.get("weight")
    weight = None if isinstance(given, str) else decimal_of(given)
    if weight is None or not weight.is_finite() or not 0 < weight <= _LARGEST_WEIGHT:
        raise _invalid(f"a weight is {shown(given)}")
    return told


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def _invalid(why: str) -> PolicyInvalid:
    return PolicyInvalid(f"The task's policy cannot be used: {why}. Give one with policy=….")
