"""Calls with whatever arguments, by whomever: most are refused, and none may do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.market.governing import action, terms
from benchmarks.market.scene import (
    ASSET,
    DML,
    HASH,
    KEY,
    NOWHERE,
    ROLES,
    SHARES,
    USAGES,
    Job,
    Scene,
)
from benchmarks.market.stories import licence_terms
from dml_sdk.types import Receipt

PALLETS = ("Models", "Pools", "Rounds", "Stakes", "Licences", "Updates", "Collectives")
_AGAIN = 0.25
_REMEMBERED = 500


class Hostile:
    """Makes nonsense of every call there is, and says again what was said before.

    Attributes:
        calls: every call of this SDK's pallets, "Pools.fund", and the names of its arguments.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene, self.random = scene, scene.random
        pallets = [p for p in scene.chain._runtime().metadata.pallets if p.value["name"] in PALLETS]
        self.calls: dict[str, tuple[str, ...]] = {
            f"{pallet.value['name']}.{call.value['name']}": tuple(
                field["name"] for field in call.value["fields"]
            )
            for pallet in pallets
            for call in pallet.calls
        }
        self._said: list[Job] = []
        self._of_one_call: Mapping[tuple[str, str], Callable[[], Any]] = {
            ("Models.register", "licence"): lambda: self._one_of("MIT", "", "x" * 64),
            ("Licences.revoke", "cause"): lambda: self._one_of("Breach", {"Other": "no reason"}),
        }
        self._of_any: Mapping[str, Callable[[], Any]] = {
            "action": self._action,
            "amount": self._amount,
            "asset": lambda: self._one_of("Native", {"WithId": ASSET}, {"WithId": 99}),
            "cause": lambda: self._one_of("Spam", "Absence", {"Other": ""}),
            "clients": lambda: [self._client() for _ in range(self.random.randrange(4))],
            "contributors": lambda: [
                (self._client(), self._who()) for _ in range(self.random.randrange(4))
            ],
            "conviction": lambda: self._one_of("None", "Locked1x", "Locked6x"),
            "deadline_ms": lambda: self._one_of(0, scene.chain.now_ms() + 60_000, 2**64 - 1),
            "electorate": lambda: self._one_of("Members", "Stakers", "LicenceHolders"),
            "encryption_key": lambda: self._one_of(KEY, HASH),
            "evaluation": self._score,
            "examples": lambda: self._one_of(0, 600),
            "funder": self._who,
            "hash": lambda: HASH,
            "licence": lambda: self._number("Licences", "NextLicenceId"),
            "location": lambda: self._one_of(NOWHERE, {"Cid": ""}),
            "max_price": self._amount,
            "maximum": lambda: self._one_of(0, 1, 3, 256, 257),
            "metadata_hash": lambda: HASH,
            "metrics": lambda: self._one_of([], [("", 1)], [("loss", 1), ("loss", 2)]),
            "minimum": lambda: self._one_of(0, 1, 2),
            "model": self._model,
            "name": lambda: self._one_of("", "a model"),
            "notes": lambda: self._one_of(None, ({"Cid": ""}, HASH)),
            "parent": lambda: self._one_of(0, 0, 1, 99),
            "part": self._score,
            "platform": lambda: self._one_of(None, {"who": self._who(), "share": 2_000_000}),
            "proposal": lambda: self._number("Collectives", "NextProposalId"),
            "reason": lambda: self._one_of("", "no"),
            "reward_part": self._score,
            "rewards": lambda: [
                (self._who(), self._score()) for _ in range(self.random.randrange(4))
            ],
            "role": lambda: self.random.choice(ROLES),
            "round": lambda: self._one_of(0, 1, 2, 3, 2**32 - 1),
            "score": self._score,
            "shares": lambda: self._one_of(SHARES, {**SHARES, "clients": 1}),
            "terms": lambda: self._one_of(None, *(licence_terms(scene) for _ in range(2))),
            "text": lambda: self._one_of(None, ({"Cid": ""}, HASH)),
            "to": self._who,
            "update": lambda: self._number("Updates", "NextUpdateId"),
            "usage": lambda: self.random.choice(USAGES),
            "verdicts": lambda: [
                (self._client(), self._one_of({"Accepted": self._score()}, {"Rejected": ""}))
                for _ in range(self.random.randrange(4))
            ],
            "version": lambda: self._one_of(0, 1, 99),
            "vote": lambda: self._one_of("Aye", "Nay", "Abstain"),
            "who": self._who,
            "wrapped_key": lambda: self._one_of("0x", "0x" + "33" * 48),
        }

    def job(self) -> Job:
        """The same again, by the same or by a stranger; or nonsense."""
        if self._said and self.scene.chance(_AGAIN):
            call, signer, counted = self.random.choice(self._said)
            return Job(call, self._one_of(signer, self.scene.somebody()), counted)
        name = self.random.choice(list(self.calls))
        arguments = {
            argument: (self._of_one_call.get((name, argument)) or self._of_any[argument])()
            for argument in self.calls[name]
        }
        pallet, function = name.split(".")
        model = arguments.get("model", 0)
        owned = model < self.scene.models and self.scene.chance(0.3)
        signer = self.scene.owner(model) if owned else self.scene.somebody()
        return Job(self.scene.make(pallet, function, **arguments), signer)

    def heard(self, job: Job, outcome: object) -> None:
        """Remembers what went well, to try it again."""
        if isinstance(outcome, Receipt) and job.name == job.call.name:
            self._said = [*self._said[-_REMEMBERED:], job]

    # --- arguments ------------------------------------------------------------------------------

    def _one_of(self, *some: Any) -> Any:
        return self.random.choice(some)

    def _who(self) -> str:
        return self.scene.somebody().address

    def _client(self) -> str:
        return f"client-{self.random.randrange(99)}"

    def _model(self) -> int:
        strange = self._one_of(self.scene.models + 999, 2**32 - 1)
        return strange if self.scene.chance(0.1) else self.random.randrange(self.scene.models)

    def _number(self, pallet: str, item: str) -> int:
        """One that was given out, mostly."""
        given: int = self.scene.chain.get(pallet, item) or 0
        return self.random.randrange(given) if given and self.scene.chance(0.9) else given + 9

    def _amount(self) -> int:
        odd = self._one_of(0, 1, 2**64, 2**127, 2**128 - 1)
        return odd if self.scene.chance(0.4) else self.random.randrange(1, 20 * DML)

    def _score(self) -> int:
        odd = self._one_of(0, 1, 10**9, 10**9 + 1, 2**32 - 1)
        return odd if self.scene.chance(0.4) else self.random.randrange(10**7)

    def _action(self) -> Any:
        who = self._who()
        return self._one_of(
            action(self.scene, self._model()),
            {"AddMember": {"who": who, "weight": 0}},
            {"RemoveMember": {"who": who}},
            {"ApproveUpdate": {"update": self._of_any["update"](), "reward": self._score()}},
            {"RejectUpdate": {"update": self._of_any["update"](), "reason": ""}},
            {"RevokeLicence": {"licence": self._of_any["licence"](), "cause": "Leak"}},
            {"SetTerms": {"terms": {**terms(self.scene), "threshold": self._one_of(0, 10**6)}}},
            {"SetShares": {"shares": self._of_any["shares"]()}},
            {"SetAllowance": {"amount": self._amount()}},
            {"Cancel": {"proposal": self._of_any["proposal"]()}},
            {"Slash": {"who": who, "role": "Client", "part": self._score(), "cause": "Spam"}},
        )
