"""Sessions: connecting, signing, rewinding; and what is refused."""

from __future__ import annotations

import copy
import http.server
import pickle
import socket
import threading
from decimal import Decimal

import pytest

import dml_sdk as dml
from dml_sdk.errors import (
    ChainUnreachable,
    DispatchError,
    DMLError,
    RuntimeIncompatible,
    UnknownModel,
    UsageError,
)


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


def test_an_account_is_not_pickled_and_a_copy_is_itself(alice):
    assert copy.copy(alice) is alice
    assert copy.deepcopy({"who": [alice]})["who"][0] is alice
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(UsageError, match="secret"):
            pickle.dumps({"who": alice}, protocol)
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


class Unspeakable:
    """Something whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


ODD = [
    None, True, -1, 2**40, 10**30, 0.5, -0.5, float("nan"), float("inf"), Decimal("NaN"),
    Decimal("sNaN"), Decimal("Infinity"), "", "zed", "\0", "\ud800", b"zed", (), [], [[]], {},
    {"zed": None}, {1: 2}, object(), len, 10**400, 10**5000, Unspeakable(),
]  # fmt: skip


@pytest.mark.parametrize("signer", [None, "alice", 5])
def test_a_signer_that_is_no_account_is_refused_and_told_what_to_give(session, signer):
    call = session.chain.call("System", "remark", remark=b"")
    with pytest.raises(UsageError, match=r"cannot sign.*session\.signer"):
        session.chain.submit(call, signer)


def test_a_batch_of_no_calls_is_refused(session):
    with pytest.raises(UsageError, match="one or more"):
        session.chain.batch([])


@pytest.fixture
def training(model, split):
    clients = split.partition(4, seed=1)
    return model.train(
        clients, test=split.test, rounds=1, clients_per_round=2, engine="numpy"
    ).wait(60)


def _terms(**changed):
    return lambda t, odd: t.session.models.upload(
        dml.networks.softmax(8, 4), name="x", licence="MIT",
        pool=dml.PoolTerms(**{"amount": 1, **{k: v(odd) for k, v in changed.items()}}),
    )  # fmt: skip


def _upload(option):
    return lambda t, odd: t.session.models.upload(
        dml.networks.softmax(8, 4), **{"name": "x", "licence": "MIT", option: odd}
    )


def _train(option):
    def train(t, odd):
        plan = dict(test=t._test, rounds=1, clients_per_round=2, engine="numpy")
        t.model.train(**{"clients": t._clients, **plan, option: odd}).stop()

    return train


def remark(t):
    return t.session.chain.call("System", "remark", remark=b"")


METHODS = {
    "session.account": lambda t, odd: t.session.account(odd),
    "session.as_": lambda t, odd: t.session.as_(odd),
    "session.balance": lambda t, odd: t.session.balance(odd),
    "session.balance of asset": lambda t, odd: t.session.balance(None, odd),
    "clock.advance": lambda t, odd: t.session.clock.advance(days=odd),
    "connect": lambda t, odd: dml.connect(odd, store="memory").close(),
    "connect store": lambda t, odd: dml.connect(store=odd).close(),
    "connect account": lambda t, odd: dml.connect(account=odd, store="memory").close(),
    "Account.from_file": lambda t, odd: dml.Account.from_file(odd, password=str),
    "models.get": lambda t, odd: t.session.models.get(odd),
    "models.list": lambda t, odd: t.session.models.list(owner=odd),
    "models.upload": lambda t, odd: t.session.models.upload(odd, name="x", licence="MIT"),
    **{f"models.upload {o}": _upload(o) for o in ("name", "licence", "pool", "weights", "seed")},
    "PoolTerms amount": _terms(amount=lambda odd: odd),
    "PoolTerms asset": _terms(asset=lambda odd: odd),
    "PoolTerms shares": _terms(shares=lambda odd: odd),
    "PoolTerms share": _terms(shares=lambda odd: {"creator": odd}),
    "Model": lambda t, odd: repr(dml.Model(t.session, odd)),
    "model.weights": lambda t, odd: t.model.weights(odd),
    "model.publish": lambda t, odd: t.model.publish(odd),
    "model.publish parent": lambda t, odd: t.model.publish(t.model.weights(), parent=odd),
    "model.publish tensor": lambda t, odd: t.model.publish(
        {**t.model.weights(), "dense_1/bias": odd}
    ),
    "model.define_contributors": lambda t, odd: t.model.define_contributors(odd),
    "model.define_contributors wallet": lambda t, odd: t.model.define_contributors({"a": odd}),
    "model.reward_contributors": lambda t, odd: t.model.reward_contributors(odd),
    "model.reward_contributors score": lambda t, odd: t.model.reward_contributors(
        {"client-1": odd}
    ),
    "model.abort_round": lambda t, odd: t.model.abort_round(odd),
    **{
        f"model.train {option}": _train(option)
        for option in (
            "clients", "test", "validation", "wallets", "rounds", "clients_per_round", "epochs",
            "batch_size", "learning_rate", "engine", "seed", "minimum", "reward_part",
            "reject_below", "deadline", "target_accuracy",
        )
    },
    "chain.submit": lambda t, odd: t.session.chain.submit(odd, t.session.signer),
    "chain.submit signer": lambda t, odd: t.session.chain.submit(remark(t), odd),
    "chain.fee": lambda t, odd: t.session.chain.fee(odd, t.session.signer),
    "chain.fee signer": lambda t, odd: t.session.chain.fee(remark(t), odd),
    "chain.batch": lambda t, odd: t.session.chain.batch(odd),
    "chain.batch call": lambda t, odd: t.session.chain.batch([odd]),
    "chain.on_block": lambda t, odd: t.session.chain.on_block(odd)(),
    "chain.events": lambda t, odd: t.session.chain.events(last=odd),
    "chain.call": lambda t, odd: t.session.chain.call("Pools", "fund", model=odd, amount=odd),
    "Client": lambda t, odd: dml.Client(odd, t._test),
    "Client data": lambda t, odd: dml.Client("a", odd),
    "pools.get": lambda t, odd: t.session.pools.get(odd),
    "Pool": lambda t, odd: dml.Pool(t.session, odd).buckets,
    "pool.allocations": lambda t, odd: t.model.pool.allocations(odd),
    "pool.fund": lambda t, odd: t.model.pool.fund(odd),
    "pool.refund": lambda t, odd: t.model.pool.refund(odd),
    "pool.reward role": lambda t, odd: t.model.pool.reward(odd, {t.session.signer: 0.1}),
    "pool.reward": lambda t, odd: t.model.pool.reward("contributor", odd),
    "pool.reward score": lambda t, odd: t.model.pool.reward("creator", {t.session.signer: odd}),
    "pool.preview_reward role": lambda t, odd: t.model.pool.preview_reward(odd, {}),
    "pool.preview_reward": lambda t, odd: t.model.pool.preview_reward("contributor", odd),
    "pool.preview_reward score": lambda t, odd: t.model.pool.preview_reward(
        "creator", {t.session.signer: odd}
    ),
    "pool.stake": lambda t, odd: t.model.pool.stake(odd),
    "pool.stake role": lambda t, odd: t.model.pool.stake(1, odd),
    "pool.unstake": lambda t, odd: t.model.pool.unstake(odd, "validator"),
    "pool.stakes": lambda t, odd: t.model.pool.stakes(odd),
    "pool.slash": lambda t, odd: t.model.pool.slash(odd, "validator", 0.5, "spam"),
    "pool.slash part": lambda t, odd: t.model.pool.slash(t.session.signer, "validator", odd, "x"),
    "pool.slash cause": lambda t, odd: t.model.pool.slash(t.session.signer, "creator", 1, odd),
    "pool.statement": lambda t, odd: t.model.pool.statement(first=odd),
    "pool.allocations at": lambda t, odd: t.model.pool.allocations(at=odd),
    "session.statement": lambda t, odd: t.session.statement(odd),
    "session.statement last": lambda t, odd: t.session.statement(last=odd),
    "session.collective": lambda t, odd: t.session.collective(odd).members,
    "session.preview": lambda t, odd: t.session.preview(odd),
    "licences.get": lambda t, odd: t.session.licences.get(odd),
    "licences.list": lambda t, odd: t.session.licences.list(odd),
    "licences.buy": lambda t, odd: t.model.licences.buy(odd),
    "licences.buy price": lambda t, odd: t.model.licences.buy("serve", odd),
    "licences.set_terms": lambda t, odd: t.model.licences.set_terms(odd, 1),
    "licences.set_terms price": lambda t, odd: t.model.licences.set_terms("serve", odd),
    "licences.revoke": lambda t, odd: t.model.licences.revoke(odd, "leak"),
    "licences.may_download": lambda t, odd: t.model.licences.may_download(odd),
    "models.list usage": lambda t, odd: t.session.models.list(usage=odd),
    "models.list max_fee": lambda t, odd: t.session.models.list(max_fee=odd),
    **{f"models.upload {o}": _upload(o) for o in ("fees", "sealed")},
    "model.propose_update": lambda t, odd: t.model.propose_update(odd),
    "model.propose_update metrics": lambda t, odd: t.model.propose_update(
        t.model.weights(), metrics={"a": odd}
    ),
    "model.propose_update notes": lambda t, odd: t.model.propose_update(
        t.model.weights(), notes=odd
    ),
    "model.update": lambda t, odd: t.model.update(odd),
    "model.updates": lambda t, odd: t.model.updates(engineer=odd, state=odd),
    "model.referendum": lambda t, odd: t.model.referendum(odd),
    "model.referendum electorate": lambda t, odd: t.model.referendum(
        dml.actions.ClosePool(), electorate=odd
    ),
    "collective.propose": lambda t, odd: t.model.collective.propose(odd),
    "collective.propose text": lambda t, odd: t.model.collective.propose(
        dml.actions.ClosePool(), text=odd
    ),
    "collective.decide": lambda t, odd: t.model.collective.decide(odd),
    "collective.vote": lambda t, odd: t.model.collective.vote(odd, "aye"),
    "collective.add_member": lambda t, odd: t.model.collective.add_member(odd),
    "collective.add_member weight": lambda t, odd: t.model.collective.add_member(
        t.session.account("bob"), weight=odd
    ),
    "collective.approve": lambda t, odd: t.model.collective.approve(odd),
    "collective.delegate": lambda t, odd: t.model.collective.delegate(odd),
    "SetFees": lambda t, odd: dml.actions.SetFees(serve=odd),
    "SetShares": lambda t, odd: dml.actions.SetShares(odd),
    "SetThresholds": lambda t, odd: dml.actions.SetThresholds(quorum=odd, referendum=odd),
    "LicenceTerms": lambda t, odd: dml.LicenceTerms(odd, odd, odd),
    "CollectiveTerms": lambda t, odd: dml.CollectiveTerms(odd, referendum=odd),
    "StakingTerms": lambda t, odd: dml.StakingTerms(odd, odd, odd),
    "training.wait": lambda t, odd: t.wait(odd),
    "training.join": lambda t, odd: t.join(odd),
    "training.watch": lambda t, odd: t.watch(odd)(),
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_whatever_a_method_is_given_nothing_but_a_typed_error_comes_out(training, method):
    refused: list[DMLError] = []
    for odd in ODD:
        with training.session.anchor():
            try:
                METHODS[method](training, odd)
            except DMLError as e:
                refused.append(e)
    assert len(refused) >= len(ODD) // 2 and all(map(str, refused))
    assert training.session.conserved().ok


def test_what_was_reached_inside_an_anchor_ends_with_it_in_words(session, network):
    with session.anchor():
        inside = session.as_("bob").models.upload(
            network, name="brief", licence="MIT", pool=dml.PoolTerms(amount=1)
        )
        pool, unread = inside.pool, session.models.get(inside.id)
        assert pool.buckets and inside.name == "brief"
    taken = session.models.upload(network, name="other", licence="MIT")
    assert taken.id == inside.id
    for act in (
        lambda: inside.versions, lambda: inside.latest, lambda: inside.weights(),
        lambda: inside.contributors, lambda: inside.pool, lambda: inside.publish({}),
        lambda: inside.define_contributors({"a": session.signer}), inside.abort_round,
        lambda: inside.reward_contributors({"a": 1}),
        lambda: unread.name, lambda: unread.network, lambda: unread.guid, lambda: pool.record,
        lambda: pool.buckets, lambda: pool.fund(1), pool.claim, pool.close, pool.refund,
        lambda: pool.allocations(), lambda: pool.reward("creator", {session.signer: 1}),
    ):  # fmt: skip
        with pytest.raises(UnknownModel, match="anchor"):
            act()
    for shown in (inside, unread, pool):
        assert "rewound" in repr(shown) and "rewound" in shown._repr_html_()


def test_a_model_that_was_rewound_equals_no_other_that_got_its_number(session, network):
    upload = session.models.upload
    with session.anchor():
        inside = upload(network, name="brief", licence="MIT")
        assert inside == session.models.get(inside.id) and inside.guid
    taken = upload(network, name="other", licence="MIT")
    assert taken.id == inside.id
    assert taken != inside and inside != taken and inside == inside
    assert taken not in {inside} and len({inside, taken, session.models.get(taken.id)}) == 2
    for told in ("name", "guid", "licence", "owner", "network"):
        with pytest.raises(UnknownModel, match="anchor"):
            getattr(inside, told)


def test_a_closed_session_says_so_wherever_it_is_used_and_shows_itself(network):
    session = dml.connect(store="memory")
    models, pools = session.models, session.pools
    model = models.upload(network, name="x", licence="MIT", pool=dml.PoolTerms(amount=1))
    pool, bob, weights = model.pool, session.as_("bob"), model.weights()
    assert model.name == "x" and model.network
    session.close()
    session.close()
    for act in (
        lambda: session.models, lambda: session.pools, lambda: session.account("bob"),
        lambda: session.as_("bob"), session.balance, session.conserved, session.seal, session.fork,
        session.serve, lambda: session.anchor().__enter__(), session.clock.now, bob.balance,
        lambda: session.clock.advance(days=1), lambda: session.chain.block_number,
        lambda: session.chain.events(), lambda: session.chain.call("Pools", "claim", model=0),
        lambda: models.get(0), models.list, lambda: models.upload(network, name="y", licence="MIT"),
        lambda: pools.get(0), lambda: model.name, lambda: model.guid, lambda: model.network,
        lambda: model.weights(), lambda: model.latest, lambda: model.publish(weights),
        lambda: model.pool, lambda: pool.buckets, pool.claim, lambda: pool.fund(1),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="closed"):
            act()
    for shown in (session, bob, model, pool):
        assert "closed" in repr(shown) and "closed" in shown._repr_html_()
    assert repr(models) and repr(pools) and repr(session.chain) and repr(session.clock)


def test_what_cannot_be_reached_shows_itself_all_the_same(session, model, monkeypatch):
    fresh, pool = session.models.get(model.id), model.pool

    def unreachable(*_):
        raise ChainUnreachable("the cable was cut")

    monkeypatch.setattr(session.chain, "_rpc", unreachable)
    for shown in (session, fresh, pool):
        assert "ChainUnreachable" in repr(shown)
    assert "ChainUnreachable" in session._repr_html_()


def test_a_model_from_before_an_anchor_outlives_it(session, model):
    with session.anchor():
        model.pool.fund(5)
        inner = session.models.get(model.id)
        with session.anchor():
            deeper = session.models.get(model.id)
        with pytest.raises(UnknownModel, match="anchor"):
            _ = deeper.latest
        assert inner.latest == model.latest
    assert model.pool.buckets["creator"].tokens == 100
    with pytest.raises(UnknownModel, match="anchor"):
        _ = inner.latest


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


def test_a_transactions_arguments_are_told_from_its_block(session):
    chain = session.chain
    calls = [chain.call("System", "remark", remark=text) for text in (b"one", b"two")]
    receipt = chain.submit(chain.batch(calls), session.signer)
    told = chain.arguments_of(receipt.block, receipt.events[0].extrinsic)
    assert [call["System"]["remark"]["remark"] for call in told["calls"]] == ["one", "two"]
    with pytest.raises(UsageError, match="extrinsic=99"):
        chain.arguments_of(receipt.block, 99)
    with pytest.raises(RuntimeIncompatible, match="not one that this SDK signs"):
        chain.arguments_of(receipt.block, 0)  # the block's own, of its time
