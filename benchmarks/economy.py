"""A random economy on the embedded node: what it loses, what it says to nonsense, how fast it is.

1,000 accounts and 50 models, some of their pools in an asset of `pallet-assets`, and 10,000 signed
calls of every pallet of this SDK: about half as somebody who knows what he does would make them,
the others hostile (strangers, numbers that are not there, amounts that nobody has, the same thing
twice). Time moves on between blocks, so that votes end and stakes unlock. After every few blocks
the runtime audits all that it holds.

    python benchmarks/economy.py [--calls N] [--accounts N] [--models N] [--seed N] [--json]

tokens_lost       planck of any asset that were issued and cannot be found, or were made
violations        audits in which a sum of the runtime's did not agree
untyped_errors    refusals that were no error of this SDK's tree with a name
calls_per_second  signed, executed, sealed and decoded, refused ones included
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import time
from collections.abc import Callable
from typing import Any

import dml_sdk as dml
from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.calls import Call
from dml_sdk.errors import ChainError, DispatchError, DMLError
from dml_sdk.types import Receipt

DML = 10**12
ROLES = ("Creator", "Engineer", "Contributor", "Annotator", "Validator", "Client")
USAGES = ("Download", "Internal", "Commercial", "Serve", "Resale")
BLOCK = 50  # calls
AUDIT = 20  # blocks
ASSET = 7
SHARES = dict(
    creator=100_000, engineers=200_000, contributors=300_000, annotators=150_000,
    validators=150_000, clients=100_000,
)  # fmt: skip
NOWHERE = {"Cid": "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"}
HASH = "0x" + "11" * 32


class Economy:
    """The accounts and models, and what a random somebody does next."""

    def __init__(self, session: dml.Session, accounts: int, models: int, seed: int) -> None:
        self.session, self.chain = session, session.chain
        self.random = random.Random(seed)
        self.people = [session.account(f"person-{number}") for number in range(accounts)]
        self.models = models
        self.by_address = {person.address: person for person in self.people}
        self.look_around()
        self.kinds: tuple[Callable[[], tuple[Call, Account]], ...] = (
            self.fund, self.fund, self.reward, self.claim, self.claim, self.stake, self.stake,
            self.unstake, self.restake, self.withdraw, self.slash, self.price, self.buy, self.buy,
            self.renew, self.transfer, self.revoke, self.prune, self.update, self.judge,
            self.take_back, self.decide, self.decide, self.propose, self.propose, self.vote,
            self.vote, self.vote, self.vote, self.delegate, self.undelegate, self.resign,
            self.end, self.end, self.enact, self.shut, self.refund, self.settle, self.publish,
        )  # fmt: skip

    # --- the beginning --------------------------------------------------------------------------

    def begin(self) -> None:
        """Gives everybody tokens, and makes the models with their pools."""
        alice = self.session.signer
        addresses = [person.address for person in self.people]
        make = self.chain.call
        self.submit(
            [(make("Assets", "create", id=ASSET, admin=alice.address, min_balance=10), alice)]
        )
        for start in range(0, len(addresses), 100):
            for pallet, function, more in (
                ("Balances", "transfer_keep_alive", {}),
                ("Assets", "mint", {"id": ASSET}),
            ):
                who = "dest" if pallet == "Balances" else "beneficiary"
                what = "value" if pallet == "Balances" else "amount"
                calls = [
                    make(pallet, function, **{who: address, what: 500 * DML}, **more)
                    for address in addresses[start : start + 100]
                ]
                self.submit([(self.chain.batch(calls), alice)])
        for number in range(self.models):
            owner = self.owner(number)
            register = make(
                "Models", "register", location=NOWHERE, hash=HASH, name=f"model {number}",
                licence="MIT", metadata_hash=HASH,
            )  # fmt: skip
            asset: Any = {"WithId": ASSET} if number % 3 == 2 else "Native"
            pool = make(
                "Pools", "create", model=number, asset=asset, shares=SHARES, amount=100 * DML
            )
            self.submit([(register, owner), (pool, owner)])

    def submit(self, jobs: list[tuple[Call, Account]]) -> None:
        """What must succeed."""
        for outcome in self.chain.submit_all(jobs):
            if isinstance(outcome, ChainError):
                raise outcome

    def look_around(self) -> None:
        """Learns who could claim, unstake, buy and vote, so that not all calls are in vain."""
        entries = self.chain.entries
        self.earners = [key for key, _ in entries("Pools", "Allocations")]
        self.stakers = [
            (*key, role, of.get(role.lower() + "s", of.get(role.lower(), 0)))
            for key, stake in entries("Stakes", "Stakes")
            for of in (stake["active"],)
            for role in ROLES
            if of.get(role.lower() + "s", of.get(role.lower(), 0))
        ]
        self.offers = [key for key, _ in entries("Licences", "Offers")]
        self.members = [
            (model, who)
            for model, collective in entries("Collectives", "Collectives")
            for who, _ in collective["members"]
        ]
        self.open = [
            (number, proposal["model"])
            for number, proposal in entries("Collectives", "Proposals")
            if isinstance(proposal["state"], dict)
        ]
        self.licences = entries("Licences", "Licences")

    def known(self, among: list[Any]) -> Any:
        """One that is there, mostly."""
        return self.random.choice(among) if among and self.random.random() < 0.8 else None

    # --- somebody, something ----------------------------------------------------------------------

    def owner(self, model: int) -> Account:
        return self.people[model % len(self.people)]

    def somebody(self) -> Account:
        # Few enough that they meet again.
        return self.people[min(int(self.random.expovariate(1 / 60)), len(self.people) - 1)]

    def model(self) -> int:
        if self.random.random() < 0.03:
            return self.random.choice((self.models, 2**32 - 1))
        return self.random.randrange(self.models)

    def signer(self, model: int) -> Account:
        """The model's owner, mostly."""
        return self.owner(model) if self.random.random() < 0.6 else self.somebody()

    def amount(self) -> int:
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice((0, 1, 2**64, 2**127, 2**128 - 1))
        return self.random.randrange(1, 20 * DML)

    def score(self) -> int:
        if self.random.random() < 0.1:
            return self.random.choice((0, 1, 10**9, 10**9 + 1, 2**32 - 1))
        return self.random.randrange(1, 10**9)

    def role(self) -> str:
        return self.random.choice(ROLES)

    def number(self, pallet: str, item: str) -> int:
        """One of those that were given out, mostly."""
        given: int = self.chain.get(pallet, item) or 0
        return self.random.randrange(given) if given and self.random.random() < 0.95 else given + 9

    def make(self, pallet: str, function: str, **arguments: Any) -> Call:
        return self.chain.call(pallet, function, **arguments)

    # --- what they do ---------------------------------------------------------------------------

    def fund(self) -> tuple[Call, Account]:
        return self.make("Pools", "fund", model=self.model(), amount=self.amount()), self.somebody()

    def reward(self) -> tuple[Call, Account]:
        model = self.model()
        several = range(self.random.randrange(0, 5))
        rewards = [(self.somebody().address, self.score() // 5) for _ in several]
        call = self.make("Pools", "reward", model=model, role=self.role(), rewards=rewards)
        return call, self.signer(model)

    def claim(self) -> tuple[Call, Account]:
        earner = self.known(self.earners)
        if earner is None:
            return self.make("Pools", "claim", model=self.model()), self.somebody()
        return self.make("Pools", "claim", model=earner[0]), self.by_address[earner[1]]

    def stake(self) -> tuple[Call, Account]:
        return self.of_role("stake"), self.somebody()

    def unstake(self) -> tuple[Call, Account]:
        return self.of_staker("unstake")

    def restake(self) -> tuple[Call, Account]:
        return self.of_staker("restake")

    def of_staker(self, function: str) -> tuple[Call, Account]:
        staker = self.known(self.stakers)
        if staker is None:
            return self.of_role(function), self.somebody()
        model, who, role, active = staker
        amount = self.random.choice((active, active // 2, active // 9 + 1))
        call = self.make("Stakes", function, model=model, role=role, amount=amount)
        return call, self.by_address[who]

    def of_role(self, function: str) -> Call:
        return self.make(
            "Stakes", function, model=self.model(), role=self.role(), amount=self.amount()
        )

    def withdraw(self) -> tuple[Call, Account]:
        staker = self.known(self.stakers)
        if staker is None:
            return self.make("Stakes", "withdraw", model=self.model()), self.somebody()
        return self.make("Stakes", "withdraw", model=staker[0]), self.by_address[staker[1]]

    def slash(self) -> tuple[Call, Account]:
        model = self.model()
        model, who, role, _ = self.known(self.stakers) or (
            model, self.somebody().address, self.role(), 0,
        )  # fmt: skip
        call = self.make(
            "Stakes", "slash", model=model, who=who, role=role, part=self.score(), cause="Spam"
        )
        return call, self.signer(model)

    def terms(self) -> dict[str, Any] | None:
        if self.random.random() < 0.1:
            return None
        return {
            "price": self.random.randrange(0, 3 * DML),
            "duration_ms": self.random.choice((None, 0, 60_000, 86_400_000)),
            "maximum": self.random.choice((None, 0, 1, 5)),
            "transferable": self.random.random() < 0.5,
            "jurisdiction": "EU",
            "text": None,
        }

    def price(self) -> tuple[Call, Account]:
        model, usage = self.model(), self.random.choice(USAGES)
        call = self.make("Licences", "set_terms", model=model, usage=usage, terms=self.terms())
        return call, self.signer(model)

    def buy(self) -> tuple[Call, Account]:
        model, usage = self.known(self.offers) or (self.model(), self.random.choice(USAGES))
        return self.make(
            "Licences", "buy", model=model, usage=usage, max_price=self.amount(),
            encryption_key=None,
        ), self.somebody()  # fmt: skip

    def licence(self) -> tuple[int, Account]:
        """A licence, and mostly who holds it."""
        found = self.known(self.licences)
        if found is None:
            return self.number("Licences", "NextLicenceId"), self.somebody()
        return found[0], self.by_address[found[1]["holder"]]

    def renew(self) -> tuple[Call, Account]:
        number, holder = self.licence()
        return self.make("Licences", "renew", licence=number, max_price=10 * DML), holder

    def transfer(self) -> tuple[Call, Account]:
        number, holder = self.licence()
        to = self.somebody().address
        return self.make("Licences", "transfer", licence=number, to=to, encryption_key=None), holder

    def revoke(self) -> tuple[Call, Account]:
        number, _ = self.licence()
        found = self.chain.get("Licences", "Licences", number)
        model = 0 if found is None else found["model"]
        return self.make("Licences", "revoke", licence=number, cause="Breach"), self.signer(model)

    def prune(self) -> tuple[Call, Account]:
        usage = self.random.choice(USAGES)
        return self.make("Licences", "prune", model=self.model(), usage=usage), self.somebody()

    def update(self) -> tuple[Call, Account]:
        return self.make(
            "Updates", "propose", model=self.model(), parent=self.random.choice((0, 0, 0, 1, 99)),
            location=NOWHERE, hash=HASH, metrics=[], notes=None,
        ), self.somebody()  # fmt: skip

    def judge(self) -> tuple[Call, Account]:
        number = self.number("Updates", "NextUpdateId")
        found = self.chain.get("Updates", "Updates", number)
        signer = self.signer(0 if found is None else found["model"])
        if self.random.random() < 0.7:
            return self.make("Updates", "approve", update=number, score=self.score()), signer
        return self.make("Updates", "reject", update=number, reason="no better"), signer

    def take_back(self) -> tuple[Call, Account]:
        if self.random.random() < 0.5:
            number = self.number("Updates", "NextUpdateId")
            return self.make("Updates", "withdraw", update=number), self.somebody()
        number = self.number("Collectives", "NextProposalId")
        return self.make("Collectives", "withdraw", proposal=number), self.somebody()

    def action(self) -> Any:
        who = self.somebody().address
        licence = self.number("Licences", "NextLicenceId")
        update = self.number("Updates", "NextUpdateId")
        return self.random.choice((
            {"AddMember": {"who": who, "weight": self.random.randrange(0, 5)}},
            {"AddMember": {"who": who, "weight": 1}},
            {"RemoveMember": {"who": who}},
            {"SetWeighting": {"weighting": self.random.choice(("Assigned", "ByStake"))}},
            {"SetShares": {"shares": SHARES}},
            {"SetLicence": {"usage": self.random.choice(USAGES), "terms": self.terms()}},
            {"RevokeLicence": {"licence": licence, "cause": "Leak"}},
            {"ApproveUpdate": {"update": update, "reward": self.score()}},
            {"RejectUpdate": {"update": update, "reason": "no"}},
            {"Spend": {"role": self.role(), "who": who, "score": self.score()}},
            {"Slash": {"who": who, "role": self.role(), "part": self.score(), "cause": "Absence"}},
            "ClosePool" if self.random.random() < 0.05 else {"SetShares": {"shares": SHARES}},
        ))  # fmt: skip

    def decide(self) -> tuple[Call, Account]:
        model = self.model()
        call = self.make("Collectives", "decide", model=model, action=self.action())
        return call, self.signer(model)

    def propose(self) -> tuple[Call, Account]:
        model = self.model()
        return self.make(
            "Collectives", "propose", model=model, action=self.action(), text=None,
            electorate=self.random.choice(("Members", "Members", "Stakers", "LicenceHolders")),
        ), self.signer(model)  # fmt: skip

    def proposal(self) -> tuple[int, Account]:
        """A proposal, and mostly somebody who may vote on it."""
        found = self.known(self.open)
        if found is None:
            return self.number("Collectives", "NextProposalId"), self.somebody()
        number, model = found
        voters = [who for of, who in self.members if of == model]
        voters += [who for of, who, *_ in self.stakers if of == model][:9]
        voter = self.known(voters)
        return number, self.signer(model) if voter is None else self.by_address[voter]

    def vote(self) -> tuple[Call, Account]:
        number, signer = self.proposal()
        return self.make(
            "Collectives", "vote", proposal=number,
            vote=self.random.choice(("Aye", "Aye", "Nay", "Abstain")),
            conviction=self.random.choice(("None", "None", "Locked1x", "Locked6x")),
        ), signer  # fmt: skip

    def delegate(self) -> tuple[Call, Account]:
        model, who = self.known(self.members) or (self.model(), self.somebody().address)
        others = [other for of, other in self.members if of == model]
        to = self.known(others) or self.somebody().address
        return self.make("Collectives", "delegate", model=model, to=to), self.by_address[who]

    def undelegate(self) -> tuple[Call, Account]:
        model = self.model()
        return self.make("Collectives", "undelegate", model=model), self.signer(model)

    def resign(self) -> tuple[Call, Account]:
        return self.make("Collectives", "resign", model=self.model()), self.somebody()

    def end(self) -> tuple[Call, Account]:
        return self.make("Collectives", "close", proposal=self.proposal()[0]), self.somebody()

    def enact(self) -> tuple[Call, Account]:
        return self.make("Collectives", "enact", proposal=self.proposal()[0]), self.somebody()

    def shut(self) -> tuple[Call, Account]:
        model = self.model()
        signer = self.owner(model) if self.random.random() < 0.2 else self.somebody()
        return self.make("Pools", "close", model=model), signer

    def refund(self) -> tuple[Call, Account]:
        funder = self.somebody().address
        return self.make("Pools", "refund", model=self.model(), funder=funder), self.somebody()

    def settle(self) -> tuple[Call, Account]:
        return self.make("Pools", "settle", model=self.model()), self.somebody()

    def publish(self) -> tuple[Call, Account]:
        model = self.model()
        return self.make(
            "Models", "publish_version", model=model, location=NOWHERE, hash=HASH, parent=0
        ), self.signer(model)


class Books:
    """What was issued at the beginning, and what can be found of it."""

    def __init__(self, session: dml.Session) -> None:
        self.session = session
        self.issued = self._issued()
        self.violations = 0

    def audit(self) -> int:
        """Tokens that are missing, or are too many, of all assets together."""
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
        return lost

    def _issued(self) -> dict[str, int]:
        chain = self.session.chain
        return {
            "native": chain.get("Balances", "TotalIssuance"),
            "asset": chain.get("Assets", "Asset", ASSET)["supply"],
        }


def is_typed(error: Exception) -> bool:
    """Whether an error has a class and a name of its own, and says something."""
    if not isinstance(error, DMLError) or type(error) in (DMLError, ChainError):
        return False
    return type(error) is not DispatchError and bool(str(error))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with dml.connect(store="memory") as session:
        economy = Economy(session, options.accounts, options.models, options.seed)
        economy.begin()
        books = Books(session)
        accepted: collections.Counter[str] = collections.Counter()
        refused: collections.Counter[str] = collections.Counter()
        untyped: list[str] = []
        seconds, lost = 0.0, 0
        for block in range(-(-options.calls // BLOCK)):
            count = min(BLOCK, options.calls - block * BLOCK)
            jobs = [economy.random.choice(economy.kinds)() for _ in range(count)]
            began = time.perf_counter()
            outcomes: list[Receipt | ChainError] = session.chain.submit_all(jobs)
            seconds += time.perf_counter() - began
            for (call, _), outcome in zip(jobs, outcomes, strict=True):
                if isinstance(outcome, Receipt):
                    accepted[str(call)] += 1
                else:
                    refused[type(outcome).__name__] += 1
                    if not is_typed(outcome):
                        untyped.append(f"{call}: {outcome!r}")
            session.clock.advance(hours=economy.random.choice((0.01, 0.1, 30)))
            economy.look_around()
            if block % AUDIT == AUDIT - 1:
                lost = max(lost, books.audit())
        lost = max(lost, books.audit())
    total = accepted.total() + refused.total()
    report = {
        "tokens_lost": lost,
        "violations": books.violations,
        "untyped_errors": len(untyped),
        "calls_per_second": round(total / seconds, 1),
        "calls": total,
        "accepted": accepted.total(),
        "kinds_accepted": len(accepted),
        "errors_met": len(refused),
    }
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:18} {value}")
        print("\naccepted:", dict(accepted.most_common()))
        print("\nrefused:", dict(refused.most_common()))
        print("\nuntyped:", untyped[:10])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
