"""Signers outside: asked, believed in nothing, and free to refuse."""

from __future__ import annotations

import copy
import pickle
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.accounts import RequestSigner, Signer, SigningRequest
from dml_sdk.chain.client.codec.addresses import account_of
from dml_sdk.chain.client.keys import fresh_key
from dml_sdk.chain.client.schemes import SCHEMES, verify
from dml_sdk.errors import (
    ChainError,
    RuntimeIncompatible,
    SigningRefused,
    TransactionRefused,
    UsageError,
    WrongKey,
)
from dml_sdk.storage import sealed
from dml_sdk.types import Receipt
from tests.chain.outside import Outside, outside
from tests.chain.wallet import Wallet

LONG = b"\x5a" * 400  # its payload is signed by its hash


class Here:
    """A signer in this process, for what need not be outside to be tried."""

    def __init__(self, answer: Callable[[bytes], Any] | None = None) -> None:
        self._key = fresh_key()
        self.address, self.public_key = self._key.address, self._key.public_key
        self.scheme = "sr25519"
        self.answer = answer or self._key.sign
        self.right = self._key.sign

    def sign(self, payload: bytes) -> Any:
        return self.answer(payload)


@pytest.fixture(params=["sr25519", "ed25519", "ecdsa"])
def signer(request: pytest.FixtureRequest) -> Iterator[Outside]:
    with outside(request.param) as started:
        yield started


def remark(session: dml.Session, data: bytes = b"x") -> Any:
    return session.chain.call("System", "remark", remark=data)


def funded(session: dml.Session, signer: Any) -> dml.Account:
    """Its account, with tokens for fees."""
    account = dml.Account.external(signer)
    call = session.chain.call(
        "Balances", "transfer_keep_alive", dest=account.address, value=5 * 10**12
    )
    session.chain.submit(call, session.signer)
    return account


def nonce(session: dml.Session, account: dml.Account) -> int:
    return int(session.chain.get("System", "Account", account.address)["nonce"])


def test_a_process_outside_signs_by_every_scheme(session, signer):
    account = funded(session, signer)
    assert isinstance(signer, Signer) and not isinstance(signer, RequestSigner)
    assert account.scheme == signer.scheme
    for data in (b"x", LONG):
        told = session.chain.fee(remark(session, data), account)
        receipt = session.chain.submit(remark(session, data), account)
        assert (receipt.signer, receipt.fee) == (account.address, told)
        assert session.chain.receipt(receipt.extrinsic_hash) == receipt
    assert [len(payload) == 32 for payload in signer.asked] == [False, True]
    assert nonce(session, account) == 2
    assert session.balance(account) == session.chain.balances([account.address])[account.address]


def test_a_signer_outside_uses_the_whole_sdk(session, model):
    with outside("ecdsa") as signer:
        mine = session.as_(funded(session, signer))
        receipt = mine.pools.get(model.id).fund(1)
        assert receipt.signer == mine.signer.address
        assert "external signs" in repr(mine)
        assert mine.signer.address in mine.signer._repr_html_()


def test_several_transactions_of_one_signer_are_signed_one_after_the_other(session, alice):
    with outside("ed25519") as signer:
        account = funded(session, signer)
        jobs = [(remark(session), who) for who in (account, alice, account, alice, account)]
        before = session.chain.block_number
        outcomes = session.chain.submit_all(jobs)
        assert all(isinstance(told, Receipt) for told in outcomes), outcomes
        assert session.chain.block_number == before + 1
        assert nonce(session, account) == 3


# --- wallets that want to know what they sign ---------------------------------------------------


class PolkadotJS:
    """polkadot.js' own keyring, as the browser extension uses it."""

    def __init__(self, wallet: Wallet, metadata: str, scheme: str) -> None:
        self._wallet, self._metadata, self.scheme = wallet, metadata, scheme
        told = wallet.ask("key", uri="//outside", type=scheme)
        self.address, self.public_key = told["address"], bytes.fromhex(told["public_key"][2:])
        self.requests: list[SigningRequest] = []

    def sign(self, payload: bytes) -> bytes:
        raise AssertionError("a signer of requests is asked with one")

    def sign_request(self, request: SigningRequest) -> bytes:
        self.requests.append(request)
        told = self._wallet.ask(
            "signPayload", uri="//outside", type=self.scheme,
            json=request.json, metadata=self._metadata,
        )  # fmt: skip
        return bytes.fromhex(told["signature"][2:])


@pytest.mark.parametrize("scheme", ["sr25519", "ed25519", "ecdsa"])
def test_polkadot_js_signs_the_request_as_its_extension_would(session, wallet, scheme, model):
    metadata = session.chain._rpc("state_getMetadata", [])
    signer = PolkadotJS(wallet, metadata, scheme)
    account = funded(session, signer)
    assert isinstance(signer, RequestSigner)
    for data in (b"x", LONG):
        assert session.chain.submit(remark(session, data), account).signer == account.address
    session.as_(account).pools.get(model.id).fund(1)
    last = signer.requests[-1]
    assert last.call == "Pools.fund"
    assert last.arguments == {"model": model.id, "amount": 10**12}
    assert last.json["nonce"] == "0x00000002" and last.json["method"].startswith("0x")
    assert "payload" not in repr(last)


def test_what_pair_sign_makes_of_the_bare_payload_is_good_too(session, wallet):
    class Bare(PolkadotJS):
        sign_request = None  # type: ignore[assignment]

        def sign(self, payload: bytes) -> bytes:
            told = self._wallet.ask(
                "sign", uri="//outside", type=self.scheme, payload="0x" + payload.hex()
            )
            return bytes.fromhex(told["signature"][2:])

    for scheme in ("sr25519", "ed25519", "ecdsa"):
        signer = Bare(wallet, "", scheme)
        payload = b"any payload"
        assert verify(SCHEMES[scheme], signer.sign(payload), payload, signer.public_key)


# --- signers that refuse, fail or lie -----------------------------------------------------------


def cancelled(_: bytes) -> Any:
    raise TimeoutError("nobody pressed the button")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (cancelled, "it raised TimeoutError"),
        (lambda _: None, "None instead of a signature"),
        (lambda _: False, "False instead of a signature"),
        (lambda _: "0x" + "00" * 64, "instead of a signature"),
        (lambda _: b"", "instead of a signature"),
        (lambda _: bytes(63), "63 bytes"),
        (lambda _: bytes(64), "not this account's"),
        (lambda p: fresh_key().sign(p), "not this account's"),
        (lambda _: b"\x00" + bytes(64), "65 bytes"),
    ],
)
def test_a_signer_that_does_not_sign_rightly_is_refused_and_nothing_is_sent(session, answer, why):
    signer = Here(answer)
    account = funded(session, signer)
    before = session.chain.block_number, session.balance(account)
    with pytest.raises(SigningRefused, match="Nothing was sent") as caught:
        session.chain.submit(remark(session), account)
    assert why in str(caught.value) and isinstance(caught.value, ChainError)
    assert "button" not in str(caught.value), "a signer's words may hold anything"
    assert (session.chain.block_number, session.balance(account)) == before
    signer.answer = signer.right  # and it may be asked again at once
    assert session.chain.submit(remark(session), account).signer == account.address
    assert nonce(session, account) == 1


def test_a_signature_of_another_payload_is_refused(session):
    signer = Here()
    signer.answer = lambda payload: signer.right(payload + b"!")
    with pytest.raises(SigningRefused, match="something else"):
        session.chain.submit(remark(session), funded(session, signer))


def test_a_signature_with_the_schemes_byte_before_it_is_taken(session):
    signer = Here()
    signer.answer = lambda payload: b"\x01" + signer.right(payload)
    assert session.chain.submit(remark(session), funded(session, signer)).block


def test_one_that_is_refused_in_the_middle_stops_no_other(session, alice):
    signer = Here()
    account = funded(session, signer)
    answers = iter([signer.right, cancelled, signer.right])
    signer.answer = lambda payload: next(answers)(payload)
    jobs = [(remark(session, b"%d" % i), who) for i, who in enumerate((account, account, alice))]
    outcomes = session.chain.submit_all([*jobs, (remark(session), account)])
    assert [type(told) for told in outcomes] == [Receipt, SigningRefused, Receipt, Receipt]
    assert nonce(session, account) == 2


def test_ctrl_c_while_the_signer_is_asked_sends_nothing(session, alice):
    signer = Here()
    account = funded(session, signer)

    def interrupted(_: bytes) -> Any:
        raise KeyboardInterrupt

    signer.answer = interrupted
    before = session.chain.block_number
    with pytest.raises(KeyboardInterrupt):
        session.chain.submit_all([(remark(session), alice), (remark(session), account)])
    assert session.chain.block_number == before
    signer.answer = signer.right
    assert session.chain.submit(remark(session), account).block == before + 1


def test_what_is_signed_to_come_after_one_that_the_node_refused_is_not_sent(session):
    account = dml.Account.external(Here())  # without a token for its fees
    outcomes = session.chain.submit_all([(remark(session), account)] * 2)
    assert [type(told) for told in outcomes] == [TransactionRefused] * 2
    assert "come after" in str(outcomes[1])
    assert session.chain._rpc("author_pendingExtrinsics", []) == []


def test_the_chain_goes_on_while_a_person_thinks_about_signing(session, bob):
    asked, pressed = threading.Event(), threading.Event()
    signer = Here()

    def slowly(payload: bytes) -> bytes:
        asked.set()
        assert pressed.wait(60)
        return signer.right(payload)

    signer.answer = slowly
    account = funded(session, signer)
    outcomes: list[Any] = []
    call = remark(session)
    thread = threading.Thread(
        target=lambda: outcomes.extend(session.chain.submit_all([(call, account)]))
    )
    thread.start()
    try:
        assert asked.wait(60)
        assert session.chain.submit(call, bob).signer == bob.address
        assert session.conserved().ok
    finally:
        pressed.set()
        thread.join(60)
    assert isinstance(outcomes[0], Receipt)


def test_two_threads_with_one_signer_take_turns_with_its_nonces(session):
    signer = Here()
    account = funded(session, signer)
    call = remark(session)
    outcomes: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: outcomes.extend(session.chain.submit_all([(call, account)] * 3))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [type(told) for told in outcomes] == [Receipt] * 12, outcomes
    assert nonce(session, account) == 12


# --- what is no signer --------------------------------------------------------------------------


class Odd(Here):
    def __init__(self, **told: Any) -> None:
        super().__init__()
        for name, value in told.items():
            setattr(self, name, value)


@pytest.mark.parametrize(
    "odd",
    [
        None, 5, "alice", object(), Odd(scheme="rsa"), Odd(scheme=None), Odd(public_key=b"short"),
        Odd(public_key="0x00"), Odd(scheme="ecdsa"), Odd(address="nobody"), Odd(address=None),
        Odd(address=fresh_key().address), Odd(sign=None),
    ],
)  # fmt: skip
def test_what_is_no_signer_is_refused_in_words(odd):
    with pytest.raises(UsageError, match="signer"):
        dml.Account.external(odd)


def test_an_external_account_is_neither_pickled_nor_two_when_copied():
    account = dml.Account.external(Here())
    assert copy.deepcopy(account) is account
    for what in (account, account.key):
        with pytest.raises(UsageError):
            pickle.dumps(what)
    with pytest.raises(UsageError):
        copy.deepcopy(account.key)
    assert dml.Account.external(Here()) != account


def test_a_signer_that_opens_no_content_keys_says_so():
    account = dml.Account.external(Here())
    for use in (lambda: account.sealing_key, lambda: account.unwrap(bytes(80))):
        with pytest.raises(UsageError, match="opens no content keys"):
            use()


def test_a_signer_may_open_content_keys_itself():
    class Opener(Here):
        def __init__(self) -> None:
            super().__init__()
            self.sealing_key = self._key.sealing_key

        def unwrap(self, wrapped: bytes) -> bytes:
            return self._key.unwrap(wrapped).reveal()

    opener = Opener()
    account = dml.Account.external(opener)
    key = sealed.new_content_key()
    assert account.unwrap(sealed.wrap(key, account.sealing_key)).reveal() == key.reveal()
    with pytest.raises(WrongKey):
        account.unwrap(sealed.wrap(key, fresh_key().sealing_key))
    for answer in (b"short", "text", None):
        opener.unwrap = lambda _, answer=answer: answer  # type: ignore[method-assign]
        with pytest.raises(WrongKey):
            account.unwrap(bytes(80))
    opener.sealing_key = b"short"
    with pytest.raises(UsageError, match="sealing_key"):
        _ = account.sealing_key


SPOKEN = "pin 4711 <b>bottom drive obey</b>"


def speaks(*_: Any) -> Any:
    raise RuntimeError(SPOKEN)


class Speaking(Here):
    """Raises with words of its own, wherever it is asked something."""

    sealing_key = property(speaks)
    unwrap = speaks


def which_has(**told: Any) -> Any:
    """A signer that has something else than is right."""
    key = fresh_key()
    right = {"address": key.address, "public_key": key.public_key, "scheme": "sr25519",
             "sign": lambda _, payload: key.sign(payload)}  # fmt: skip
    return type("Odd", (), right | told)()


def said(error: BaseException) -> str:
    """All that a notebook, or a debugger, would find of an error and of what it follows."""
    told, seen = "", error
    while seen is not None:
        told += "".join(traceback.format_exception(seen, chain=False)) + repr(seen)
        seen = seen.__cause__ or seen.__context__
    return told


def test_a_signers_own_words_reach_nobody(session):
    account = funded(session, Speaking(speaks))
    for use, error in (
        (lambda: session.chain.submit(remark(session), account), SigningRefused),
        (lambda: account.unwrap(bytes(80)), WrongKey),
        (lambda: account.sealing_key, UsageError),
        (lambda: dml.Account.external(which_has(public_key=property(speaks))), UsageError),
        (lambda: dml.Account.external(which_has(sign=property(speaks))), UsageError),
    ):  # fmt: skip
        with pytest.raises(error, match="RuntimeError") as caught:
            use()
        assert SPOKEN not in said(caught.value)


@pytest.mark.parametrize(
    "told", [property(speaks), "x", None, bytes(31), 5], ids=lambda v: type(v).__name__
)
def test_a_sealing_key_that_is_none_is_told_where_it_would_be_used(session, network, alice, told):
    model = session.models.upload(
        network, name="m", licence="MIT", pool=dml.PoolTerms(amount=10),
        fees={"download": 0}, sealed=True,
    )  # fmt: skip
    odd = which_has(sealing_key=told, unwrap=lambda _, wrapped: b"k" * 32)
    theirs = session.as_(funded(session, odd)).models.get(model.id)
    with pytest.raises(UsageError, match="sealing_key"):
        theirs.licences.buy("download")
    plain = session.as_(funded(session, Here())).models.get(model.id)
    # It opens none, and says so.
    assert plain.licences.buy("download").holder == plain.session.signer.address


def test_a_transaction_signed_in_a_way_not_known_here_is_a_typed_error(alice):
    from dml_sdk.chain.client.signing import signed_call

    body = b"\x84\x00" + account_of(alice.address) + b"\x07" + bytes(80)
    with pytest.raises(RuntimeIncompatible, match="unknown kind 7"):
        signed_call(bytes((len(body) << 2 & 0xFF | 1, len(body) >> 6)) + body)
