"""Who takes part in the random economy, on what, and what there is to be seen of it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import dml_sdk as dml
from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.calls import Call
from dml_sdk.errors import ChainError
from dml_sdk.types import Receipt

DML = 10**12
DAY_MS = 86_400_000
ROLES = ("Creator", "Engineer", "Contributor", "Annotator", "Validator", "Client")
USAGES = ("Download", "Internal", "Commercial", "Serve", "Resale")
ASSET = 7
SHARES = dict(
    creator=100_000, engineers=200_000, contributors=300_000, annotators=150_000,
    validators=150_000, clients=100_000,
)  # fmt: skip
NOWHERE = {"Cid": "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"}
HASH = "0x" + "11" * 32
KEY = "0x" + "22" * 32

Outcome: TypeAlias = Receipt | ChainError


class Job(NamedTuple):
    """A call, and who signs it.

    Attributes:
        counted: the name that it counts under, where that is another than its own.
    """

    call: Call
    signer: Account
    counted: str = ""

    @property
    def name(self) -> str:
        return self.counted or self.call.name


class Scene:
    """The accounts and models, and what the chain tells of them.

    Attributes:
        models: how many there are at first; model n is owned by person n.
        open: the models whose pool is open.
        members: of each model's collective, where it is more than its owner alone.
        training: the models in which a round is told of.
    """

    def __init__(self, session: dml.Session, accounts: int, models: int, seed: int) -> None:
        self.session, self.chain = session, session.chain
        self.random = random.Random(seed)
        self.people = [session.account(f"person-{number}") for number in range(accounts)]
        self.models = models
        self.by_address = {person.address: person for person in self.people}
        self.open: list[int] = []
        self.members: dict[int, list[Account]] = {}
        self.training: set[int] = set()

    def make(self, pallet: str, function: str, **arguments: Any) -> Call:
        return self.chain.call(pallet, function, **arguments)

    # --- the beginning --------------------------------------------------------------------------

    def begin(self) -> None:
        """Gives everybody tokens, and makes the models with their pools."""
        alice = self.session.signer
        addresses = [person.address for person in self.people]
        self._must(
            [(self.make("Assets", "create", id=ASSET, admin=alice.address, min_balance=10), alice)]
        )
        for start in range(0, len(addresses), 100):
            some = addresses[start : start + 100]
            for calls in (
                [
                    self.make("Balances", "transfer_keep_alive", dest=who, value=500 * DML)
                    for who in some
                ],
                [
                    self.make("Assets", "mint", id=ASSET, beneficiary=who, amount=500 * DML)
                    for who in some
                ],
            ):
                self._must([(self.chain.batch(calls), alice)])
        for number in range(self.models):
            owner = self.owner(number)
            self._must([(self.register(number), owner), (self.create_pool(number), owner)])
        self.look_around()

    def register(self, number: int) -> Call:
        return self.make(
            "Models", "register", location=NOWHERE, hash=HASH, name=f"model {number}",
            licence="MIT", metadata_hash=HASH,
        )  # fmt: skip

    def create_pool(self, model: int) -> Call:
        """A third of the pools is in the asset."""
        asset: Any = {"WithId": ASSET} if model % 3 == 2 else "Native"
        return self.make(
            "Pools", "create", model=model, asset=asset, shares=SHARES, amount=100 * DML
        )

    def _must(self, jobs: Iterable[tuple[Call, Account]]) -> None:
        for outcome in self.chain.submit_all(list(jobs)):
            if isinstance(outcome, ChainError):
                raise outcome

    # --- what is seen ---------------------------------------------------------------------------

    def look_around(self) -> None:
        """Reads which pools are open, and who governs with whom."""
        self.open = [
            model
            for model, pool in self.chain.entries("Pools", "Pools")
            if pool["state"] == "Open" and model < self.models
        ]
        self.members = {
            model: [self.by_address[who] for who, _ in collective["members"]]
            for model, collective in self.chain.entries("Collectives", "Collectives")
        }

    def owner(self, model: int) -> Account:
        return self.people[model % len(self.people)]

    def governing(self, model: int) -> list[Account]:
        """The members of a model's collective."""
        return self.members.get(model) or [self.owner(model)]

    def owner_decides(self, model: int) -> bool:
        return self.governing(model) == [self.owner(model)]

    def stakers(self, model: int) -> list[tuple[Account, str, int]]:
        """Who has how much at stake in a model, as what."""
        return [
            (self.by_address[who], role, amount)
            for who, stake in self.chain.entries("Stakes", "Stakes", model)
            for role, amount in zip(ROLES, stake["active"].values(), strict=True)
            if amount
        ]

    # --- chance ---------------------------------------------------------------------------------

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def somebody(self) -> Account:
        # Few enough that they meet again.
        return self.people[min(int(self.random.expovariate(1 / 60)), len(self.people) - 1)]

    def others(self, count: int) -> list[Account]:
        """So many different people, none of whom owns a model."""
        return self.random.sample(self.people[self.models :] or self.people, count)

    def open_model(self) -> int:
        """A model with an open pool, as long as there is one."""
        return self.random.choice(self.open or range(self.models))
