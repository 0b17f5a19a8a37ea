"""One story of every pallet, told in signed extrinsics that any node of this chain can be given."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from substrateinterface import Keypair, KeypairType

from dml_sdk.chain.node import Node
from tests.chain.conformance.signers import Ecdsa
from tests.chain.node.conftest import InProcess
from tests.chain.node.test_upgrade import of_version

DML = 10**12
FAR_FUTURE_MS = 2**62
DAY_MS = 24 * 60 * 60 * 1000
LONG_AGO_MS = 1
ASSET, OTHER_ASSET = 7, 8
ALICE, BOB, CHARLIE, DAVE, ZOE = (
    Keypair.create_from_uri(f"//{name}", ss58_format=42)
    for name in ("Alice", "Bob", "Charlie", "Dave", "Zoe")
)
ED25519 = Keypair.create_from_seed(
    "0x" + "42" * 32, ss58_format=42, crypto_type=KeypairType.ED25519
)
ECDSA = Ecdsa(b"\x42" * 32)
SPEC_VERSIONS = [2, 3]
"""Of the runtimes in the story."""
HASH = "0x" + "11" * 32
CID = {"Cid": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}
LOCATION = {"Uri": {"uri": "s3://bucket/2nn", "sha256": HASH}}
SHARES = {
    "creator": 100_000, "engineers": 200_000, "contributors": 400_000,
    "annotators": 200_000, "validators": 99_999, "clients": 1,
}  # fmt: skip
NOTHING_FOR_ANYBODY = dict.fromkeys(SHARES, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """A transaction, and what becomes of its call.

    Attributes:
        extrinsic: signed and encoded, with its length before it.
        fails: the dispatch error that its call ends in; None when it succeeds.
        together: whether it is in the block of the one before it, as its sender's next one.
    """

    name: str
    extrinsic: bytes
    fails: str | None
    together: bool = False


class Teller:
    """Signs for everybody in the story and keeps count of their nonces."""

    def __init__(self, node: Node) -> None:
        self._client = InProcess(node)
        self._nonces: dict[bytes, int] = {}
        self.steps: list[Step] = []

    def call(self, pallet: str, function: str, **arguments: Any) -> Any:
        return self._client.compose_call(pallet, function, arguments)

    def tell(
        self,
        who: Keypair | Ecdsa,
        call: Any,
        *,
        fails: str | None = None,
        together: bool = False,
        **signed: Any,
    ) -> None:
        """The next step of the story: `who` makes a call."""
        nonce = self._nonces.get(who.public_key, 0)
        self._nonces[who.public_key] = nonce + 1
        data = self.sign(who, call, nonce=nonce, **signed)
        inner = call.value
        name = f"{inner['call_module']}.{inner['call_function']}"
        self.steps.append(Step(f"{len(self.steps) + 1} {name}", data, fails, together))

    def sign(
        self, who: Keypair | Ecdsa, call: Any, *, nonce: int, tip: int = 0, era: Any = "00"
    ) -> bytes:
        terms = {"nonce": nonce, "tip": tip, "era": era}
        by = ALICE if isinstance(who, Ecdsa) else who
        signed = bytes(self._client.create_signed_extrinsic(call, by, **terms).data.data)
        if not isinstance(who, Ecdsa):
            return signed
        return who.sign(self._client.generate_signature_payload(call, **terms), signed)


def story(node: Node) -> list[Step]:
    """All of it, signed for the genesis of `node`."""
    tell = Teller(node)
    for chapter in (
        _transfers, _models, _pools, _rounds, _closing, _assets, _batches, _shared_block, _root,
        _upgrade,
    ):  # fmt: skip
        chapter(tell)
    return tell.steps


def _transfers(t: Teller) -> None:
    def transfer(to: Keypair, value: int, function: str = "transfer_keep_alive") -> Any:
        return t.call("Balances", function, dest=to.ss58_address, value=value)

    t.tell(ALICE, transfer(BOB, DML))
    t.tell(ALICE, transfer(BOB, DML), tip=DML // 7)
    t.tell(ALICE, transfer(BOB, DML), era={"period": 4096, "current": 0})
    t.tell(ALICE, transfer(BOB, 10**30), fails="Arithmetic.Underflow")
    t.tell(ALICE, transfer(ZOE, 1), fails="Token.BelowMinimum")
    t.tell(ALICE, transfer(ZOE, DML))
    t.tell(ZOE, transfer(BOB, DML // 2, "transfer_allow_death"))
    t.tell(
        ZOE,
        t.call("Balances", "transfer_all", dest=DAVE.ss58_address, keep_alive=False),
    )  # which ends the account
    t.tell(ALICE, transfer(ED25519, DML))
    t.tell(ED25519, transfer(BOB, DML // 4))
    t.tell(ALICE, transfer(ECDSA, DML))
    t.tell(ECDSA, transfer(BOB, DML // 4))
    t.tell(ECDSA, transfer(BOB, 10**30), tip=7, fails="Arithmetic.Underflow")
    t.tell(BOB, t.call("System", "remark_with_event", remark="0x" + "ab" * 300))


def _models(t: Teller) -> None:
    def register(name: str) -> Any:
        return t.call(
            "Models", "register", location=CID, hash=HASH, name=name, licence="Apache-2.0",
            metadata_hash=HASH,
        )  # fmt: skip

    def publish(parent: int) -> Any:
        return t.call(
            "Models", "publish_version", model=0, location=LOCATION, hash=HASH, parent=parent
        )  # fmt: skip

    t.tell(ALICE, register("2nn"))
    t.tell(ALICE, register(""), fails="Models.NameEmpty")
    t.tell(BOB, register("softmax"))
    t.tell(ALICE, publish(0))
    t.tell(ALICE, publish(17), fails="Models.UnknownParent")
    t.tell(BOB, publish(0), fails="Models.NotOwner")


def _pools(t: Teller) -> None:
    def create(amount: int, shares: Any = SHARES) -> Any:
        return t.call("Pools", "create", model=0, asset="Native", shares=shares, amount=amount)

    def fund(amount: int) -> Any:
        return t.call("Pools", "fund", model=0, amount=amount)

    def reward(*scores: tuple[Keypair, int], role: str = "Creator") -> Any:
        named = [(who.ss58_address, score) for who, score in scores]
        return t.call("Pools", "reward", model=0, role=role, rewards=named)

    claim = t.call("Pools", "claim", model=0)
    t.tell(ALICE, create(DML, NOTHING_FOR_ANYBODY), fails="Pools.SharesDoNotSum")
    t.tell(ALICE, create(10_000 * DML + 7))
    t.tell(ALICE, create(DML), fails="Pools.PoolExists")
    t.tell(BOB, fund(333 * DML + 1))
    t.tell(BOB, fund(0), fails="Pools.AmountZero")
    t.tell(BOB, fund(10**30), fails="Pools.InsufficientBalance")
    t.tell(ALICE, reward((BOB, 333_333_333), (CHARLIE, 1)))
    t.tell(ALICE, reward((BOB, 10**9), (CHARLIE, 1)), fails="Pools.ScoresAboveOne")
    t.tell(BOB, reward((BOB, 1)), fails="Pools.NotOwner")
    t.tell(BOB, claim)
    t.tell(BOB, claim, fails="Pools.NothingToClaim")


def _rounds(t: Teller) -> None:
    def rounds(function: str, **arguments: Any) -> Any:
        return t.call("Rounds", function, model=0, **arguments)

    tomorrow_ms = time.time_ns() // 10**6 + DAY_MS

    def open_(deadline_ms: int = tomorrow_ms) -> Any:
        return rounds(
            "open", minimum=1, maximum=3, deadline_ms=deadline_ms, reward_part=250_000_000
        )

    def update(examples: int = 600) -> Any:
        return rounds("submit_update", round=1, location=CID, hash=HASH, examples=examples)

    who = [(f"client-{n}", each.ss58_address) for n, each in enumerate((BOB, CHARLIE, DAVE))]
    names = [name for name, _ in who]
    finalise = rounds("finalise", round=1, location=CID, hash=HASH)
    t.tell(ALICE, rounds("define_contributors", contributors=who))
    t.tell(ALICE, open_(LONG_AGO_MS), fails="Rounds.DeadlinePassed")
    t.tell(ALICE, open_(FAR_FUTURE_MS), fails="Rounds.DeadlineTooFar")
    t.tell(ALICE, open_())
    t.tell(ALICE, open_(), fails="Rounds.RoundAlreadyOpen")
    t.tell(ALICE, rounds("select", round=1, clients=names))
    t.tell(ALICE, rounds("select", round=1, clients=names[:1]), fails="Rounds.AlreadySelected")
    t.tell(BOB, update())
    t.tell(BOB, update(), fails="Rounds.AlreadySubmitted")
    t.tell(ALICE, update(), fails="Rounds.NotSelected")
    t.tell(CHARLIE, update(0), fails="Rounds.ExamplesZero")
    t.tell(CHARLIE, update(59))
    t.tell(ALICE, finalise, fails="Rounds.NotAllScored")
    t.tell(
        ALICE,
        rounds(
            "score",
            round=1,
            verdicts=[
                (names[0], {"Accepted": 870_000_001}),
                (names[1], {"Rejected": "worse than half of the median"}),
            ],
        ),
    )
    t.tell(ALICE, finalise, fails="Rounds.NotRewarded")
    t.tell(ALICE, rounds("reward", round=1, evaluation=913_000_000))
    t.tell(ALICE, finalise)
    t.tell(ALICE, finalise, fails="Rounds.RoundOver")
    t.tell(ALICE, open_())
    t.tell(ALICE, t.call("Pools", "close", model=0), fails="Pools.PoolLocked")
    t.tell(BOB, rounds("abort", round=2, reason="bored"), fails="Rounds.TooEarlyToAbort")
    t.tell(ALICE, rounds("abort", round=2, reason="too few"))
    t.tell(ALICE, rounds("remove_contributors", clients=names[2:]))


def _closing(t: Teller) -> None:
    def pools(function: str, **arguments: Any) -> Any:
        return t.call("Pools", function, model=0, **arguments)

    refund = pools("refund", funder=BOB.ss58_address)
    t.tell(DAVE, refund, fails="Pools.PoolOpen")
    t.tell(ALICE, pools("close"))
    t.tell(DAVE, refund)
    t.tell(DAVE, pools("settle"), fails="Pools.NothingToSettle")
    t.tell(CHARLIE, pools("claim"))
    t.tell(BOB, pools("claim"))  # the last, which settles the pool


def _assets(t: Teller) -> None:
    def assets(function: str, id: int = ASSET, **arguments: Any) -> Any:
        return t.call("Assets", function, id=id, **arguments)

    t.tell(ALICE, assets("create", admin=ALICE.ss58_address, min_balance=10))
    t.tell(BOB, assets("create", admin=BOB.ss58_address, min_balance=1), fails="Assets.InUse")
    t.tell(ALICE, assets("set_metadata", name="Euro", symbol="EURX", decimals=2))
    t.tell(ALICE, assets("mint", beneficiary=ALICE.ss58_address, amount=100_000))
    t.tell(ALICE, assets("transfer", target=BOB.ss58_address, amount=500))
    t.tell(ALICE, assets("transfer", target=ZOE.ss58_address, amount=1), fails="Token.BelowMinimum")
    t.tell(ALICE, assets("approve_transfer", delegate=CHARLIE.ss58_address, amount=50))
    t.tell(
        CHARLIE,
        assets(
            "transfer_approved",
            owner=ALICE.ss58_address,
            destination=DAVE.ss58_address,
            amount=20,
        ),
    )
    t.tell(
        BOB,
        t.call("Pools", "create", model=1, asset={"WithId": ASSET}, shares=SHARES, amount=101),
    )
    t.tell(ALICE, t.call("Pools", "fund", model=1, amount=1_003))
    t.tell(ALICE, assets("freeze", who=DAVE.ss58_address))
    t.tell(DAVE, assets("transfer", target=BOB.ss58_address, amount=15), fails="Assets.Frozen")
    t.tell(DAVE, assets("create", OTHER_ASSET, admin=DAVE.ss58_address, min_balance=1))
    for name, arguments in (
        ("mint", {"beneficiary": BOB.ss58_address, "amount": 5}),
        ("start_destroy", {}),
        ("destroy_accounts", {}),
        ("destroy_approvals", {}),
        ("finish_destroy", {}),
    ):
        t.tell(DAVE, assets(name, OTHER_ASSET, **arguments))


def _batches(t: Teller) -> None:
    def transfer(value: int) -> Any:
        return t.call("Balances", "transfer_keep_alive", dest=DAVE.ss58_address, value=value)

    calls = [transfer(DML), transfer(10**30), transfer(2 * DML)]
    t.tell(ALICE, t.call("Utility", "batch_all", calls=[calls[0], calls[2]]))
    t.tell(ALICE, t.call("Utility", "batch_all", calls=calls), fails="Arithmetic.Underflow")
    t.tell(ALICE, t.call("Utility", "batch", calls=calls))
    t.tell(ALICE, t.call("Utility", "force_batch", calls=calls))
    t.tell(
        BOB,
        t.call("Utility", "as_derivative", index=3, call=transfer(DML)),
        fails="Token.FundsUnavailable",
    )


def _shared_block(t: Teller) -> None:
    def transfer(value: int) -> Any:
        return t.call("Balances", "transfer_keep_alive", dest=DAVE.ss58_address, value=value)

    t.tell(ALICE, transfer(DML))
    t.tell(ALICE, transfer(10**30), fails="Arithmetic.Underflow", together=True)
    t.tell(ALICE, transfer(2 * DML), tip=DML, together=True)
    t.tell(ALICE, t.call("Pools", "claim", model=0), fails="Pools.NothingToClaim", together=True)
    t.tell(ED25519, transfer(DML // 8))
    t.tell(ED25519, transfer(DML // 9), together=True)


def _upgrade(t: Teller) -> None:
    """Another runtime takes over; see `of_version` for what is signed for it."""
    code = t.call(
        "System", "set_code", code="0x" + of_version(Node().runtime().code, SPEC_VERSIONS[-1]).hex()
    )
    weight = {"ref_time": 10**9, "proof_size": 0}
    t.tell(ALICE, t.call("Sudo", "sudo_unchecked_weight", call=code, weight=weight))
    for who in (ALICE, ED25519, ECDSA):
        t.tell(who, t.call("System", "remark_with_event", remark="0x00"))


def _root(t: Teller) -> None:
    def sudo(call: Any) -> Any:
        return t.call("Sudo", "sudo", call=call)

    def system(function: str, **arguments: Any) -> Any:
        return t.call("System", function, **arguments)

    stored = [("0x" + "aa" * n, "0x" + "5c" * size) for n, size in ((4, 0), (5, 32), (6, 33))]
    t.tell(BOB, sudo(system("remark", remark="0x")), fails="Sudo.RequireSudo")
    t.tell(ALICE, system("set_storage", items=stored), fails="BadOrigin")
    t.tell(ALICE, sudo(system("set_storage", items=stored)))
    t.tell(ALICE, sudo(system("kill_storage", keys=[stored[1][0]])))
    t.tell(ALICE, sudo(system("kill_prefix", prefix="0xaaaaaaaaaa", subkeys=10)))
    who = CHARLIE.ss58_address
    t.tell(ALICE, sudo(t.call("Balances", "force_set_balance", who=who, new_free=5 * DML)))


def invalid() -> Iterator[tuple[str, bytes]]:
    """Transactions that no block may hold once the story has been told."""
    t = Teller(Node())
    transfer = t.call("Balances", "transfer_keep_alive", dest=BOB.ss58_address, value=DML)
    forged = bytearray(t.sign(ALICE, transfer, nonce=10_000))
    forged[60] ^= 1
    yield "a forged signature", bytes(forged)
    yield "a nonce that was used", t.sign(ALICE, transfer, nonce=0)
    yield "a signer without tokens", t.sign(ZOE, transfer, nonce=2)
    yield "a tip that cannot be paid", t.sign(DAVE, transfer, nonce=10_000, tip=10**30)
    dead = {"period": 4, "current": 0}
    yield "a life that is over", t.sign(DAVE, transfer, nonce=10_000, era=dead)
    body = bytes((0x04,)) + bytes(transfer.data.data)
    yield "no signature", bytes((len(body) << 2,)) + body
    inherent = t.call("Timestamp", "set", now=1)
    yield "a signed inherent", t.sign(DAVE, inherent, nonce=10_000)


def not_taken() -> Iterator[bytes]:
    """A transaction that waits for its turn for ever, and others that no pool takes."""
    t = Teller(Node())
    yield t.sign(DAVE, t.call("System", "remark", remark="0x00"), nonce=1_000)
    yield t.sign(BOB, t.call("System", "remark", remark="0x" + "00" * 4_000_000), nonce=1_000)
    yield from (b"", b"\xff", b"\x00", b"\x04\x84", b"\x04\x04", b"\x10\x84\x00")
