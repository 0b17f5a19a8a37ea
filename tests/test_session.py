"""Sessions: connecting, signing, rewinding; and what is refused."""

from __future__ import annotations

import copy
import http.server
import pickle
import socket
import threading

import pytest

import dml_sdk as dml
from dml_sdk.errors import ChainUnreachable, DispatchError, UsageError


def test_a_session_starts_a_real_chain_with_alice_signing(session):
    assert session.signer.name == "alice"
    assert session.chain.name == "embedded"
    assert session.balance().tokens > 100_000
    assert session.conserved().ok


def test_a_session_shows_itself_without_a_secret(session):
    assert "alice signs" in repr(session)
    assert "balance" in session._repr_html_()
    everything = repr(session.signer) + session._repr_html_() + repr(session.signer.key)
    assert "//" not in everything and "seed" not in everything


def test_an_account_is_neither_pickled_nor_deep_copied(alice):
    with pytest.raises(UsageError, match="secret"):
        pickle.dumps(alice.key)
    with pytest.raises(UsageError, match="secret"):
        copy.deepcopy(alice.key)


def test_another_signer_sees_the_same_chain(session, bob):
    as_bob = session.as_("bob")
    assert as_bob.signer == bob
    assert as_bob.chain is session.chain


def test_an_anchor_rewinds_chain_clock_and_events(session, model):
    before = session.chain.block_number, session.balance(), session.clock.now()
    with session.anchor():
        model.pool.fund(5)
        session.clock.advance(days=3)
        assert session.chain.block_number > before[0]
    after = session.chain.block_number, session.balance()
    assert after == before[:2]
    assert (session.clock.now() - before[2]).total_seconds() < 3600


def test_the_clock_moves_the_chain_forward_only(session):
    before = session.chain.get("Timestamp", "Now")
    session.clock.advance(hours=2)
    assert session.chain.get("Timestamp", "Now") >= before + 2 * 3_600_000
    with pytest.raises(UsageError, match="forward only"):
        session.clock.advance(hours=-1)


def test_events_are_the_newest_oldest_first(session, model):
    model.pool.fund(1)
    model.pool.fund(2)
    events = session.chain.events(last=400)
    blocks = [e.block for e in events]
    assert blocks == sorted(blocks)
    assert [e.name for e in events if e.pallet == "Pools"][-2:] == ["Funded", "Funded"]
    assert len(session.chain.events(last=3)) == 3


def test_watchers_hear_of_each_block_until_they_stop(session, model):
    heard: list[int] = []
    stop = session.chain.on_block(heard.append)
    model.pool.fund(1)
    stop()
    model.pool.fund(1)
    assert heard == [session.chain.block_number - 1]


def test_a_receipt_tells_block_hash_fee_events_and_what_moved(session, model):
    receipt = model.pool.fund(7)
    assert receipt.block == session.chain.block_number
    assert receipt.call == "Pools.fund"
    assert receipt.signer == session.signer.address
    assert receipt.fee.planck > 0
    assert any((e.pallet, e.name) == ("Pools", "Funded") for e in receipt.events)
    (moved,) = receipt.moved[session.signer.address]
    assert moved.planck == -(7 * 10**12) - receipt.fee.planck
    assert sum(a.planck for amounts in receipt.moved.values() for a in amounts) == 0
    assert "Pools.fund" in repr(receipt) and "Funded" in receipt._repr_html_()


def test_a_dispatch_error_is_the_class_of_its_name_and_carries_the_chains_words(session, model):
    with pytest.raises(DispatchError.named("Pools", "NothingToClaim")) as caught:
        model.pool.claim()
    error = caught.value
    assert (error.pallet, error.name, error.call) == ("Pools", "NothingToClaim", "Pools.claim")
    assert error.account == session.signer.address
    assert error.docs and error.docs in str(error)


def test_an_account_without_tokens_is_refused_before_the_block_and_told_why(session, model):
    poor = session.as_(session.account("penniless"))
    before = session.chain.block_number
    with pytest.raises(dml.errors.TransactionRefused, match="needs tokens"):
        poor.pools.get(model.id).fund(1)
    assert session.chain.block_number == before


def test_one_refused_transaction_of_several_stops_no_other(session, model, bob):
    call = session.chain.call("Pools", "fund", model=model.id, amount=10**12)
    outcomes = session.chain.submit_all(
        [(call, session.signer), (call, session.account("penniless")), (call, bob)]
    )
    assert [type(o).__name__ for o in outcomes] == ["Receipt", "TransactionRefused", "Receipt"]
    assert outcomes[0].block == outcomes[2].block


def test_a_chain_that_does_not_answer_is_a_typed_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    for scheme in ("ws", "http"):
        with pytest.raises(ChainUnreachable, match="Check that the node runs"):
            dml.connect(f"{scheme}://127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["127.0.0.1:9944", "file:///etc/passwd", "", "wss:/x"])
def test_what_is_no_address_is_refused_in_words(address):
    with pytest.raises(UsageError, match="ws://"):
        dml.connect(address)


@pytest.mark.parametrize("name", ["", "//Alice", "a/b", "x" * 65, "a b", "ä"])
def test_a_name_that_could_be_a_derivation_path_is_refused(session, name):
    with pytest.raises(UsageError, match="not a name"):
        session.account(name)


def test_a_keystore_is_opened_with_its_password_and_no_error_shows_it(tmp_path):
    from substrateinterface import Keypair

    key = Keypair.create_from_uri("//Someone")
    file = tmp_path / "someone.json"
    import json

    file.write_text(json.dumps(key.export_to_encrypted_json("open sesame")))
    account = dml.Account.from_file(file, password=lambda: "open sesame")
    assert (account.name, account.address) == ("someone", key.ss58_address)
    with pytest.raises(UsageError, match="wrong password") as caught:
        dml.Account.from_file(file, password=lambda: "hunter2")
    assert "hunter2" not in str(caught.value) and caught.value.__cause__ is None
    with pytest.raises(UsageError, match="Cannot read"):
        dml.Account.from_file(tmp_path / "nothing.json", password=lambda: "")


@pytest.mark.parametrize(
    "act",
    [
        lambda s: s.pools.get(-1),
        lambda s: s.pools.get(2**32),
        lambda s: s.pools.get("x"),
        lambda s: s.pools.get(None),
        lambda s: s.balance("bob"),
        lambda s: s.balance(""),
        lambda s: s.account(None),
        lambda s: s.account(s.signer.address),
        lambda s: s.as_(None),
        lambda s: s.as_(5),
        lambda s: s.clock.advance(days=1e20),
        lambda s: s.clock.advance(days=float("nan")),
        lambda s: s.clock.advance(days=10**7),
        lambda s: s.clock.advance(weekdays=1),
        lambda s: dml.connect(5),
        lambda s: dml.connect(path="\0"),
        lambda s: dml.connect(path=5),
        lambda s: dml.connect(account=5),
    ],
)
def test_what_cannot_be_meant_is_a_typed_error_and_changes_nothing(session, act):
    before = session.chain.block_number
    with pytest.raises(UsageError):
        act(session)
    assert session.chain.block_number == before


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"result": null}', b"<html>", b""])
def test_a_server_that_is_no_node_is_a_typed_error(answer):
    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(dml.errors.ChainError):
            dml.connect(f"http://127.0.0.1:{server.server_port}", store="memory")
        server.shutdown()
