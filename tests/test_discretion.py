"""What was given as an account, a path, a phrase or a password is not repeated by any error."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.arguments import discreet, path_told, shown, url_told
from dml_sdk.chain.node.peer import Peer
from dml_sdk.cli.main import main
from dml_sdk.errors import DMLError
from dml_sdk.pool import asset_named
from dml_sdk.storage.cid import CID

PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
SEED = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a"
PASSWORD = "Zwiebel-Quitte-Rhabarber-7"
SECRETS = [PHRASE, PHRASE + "//hard", "0x" + SEED, SEED, PASSWORD, PHRASE.upper()]
PARTS = ("drive", "DRIVE", SEED[:8], "Quitte", "bottom")


def assert_not_repeated(told: str) -> None:
    for part in PARTS:
        assert part not in told, told


def said(error: BaseException) -> list[str]:
    """What a traceback says of an error and of what led to it, without the lines of this file."""
    told = traceback.format_exception_only(error)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told + (said(before) if before else [])


@pytest.mark.parametrize("secret", [*SECRETS, PHRASE.split(), SEED.encode(), bytes.fromhex(SEED)])
def test_a_secret_in_the_place_of_an_account_or_a_path_is_not_repeated(
    session, secret, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    call = session.chain.call
    remark = call("System", "remark", remark="0x")
    wrong = [
        lambda: dml.connect(secret), lambda: dml.connect(store=secret),
        lambda: session.balance(secret), lambda: session.statement(secret),
        lambda: dml.Account.from_file(secret), lambda: dml.Account.change_password(secret),
        lambda: dml.Account.new(secret), lambda: dml.Account.import_phrase(secret),
        lambda: dml.Account.new("there.json/" + str(secret)),
        lambda: dml.Account.import_phrase("there.json", scheme=secret),
        lambda: dml.Account.external(secret), lambda: dml.Account.external(None, name=secret),
        lambda: session.chain.submit(remark, secret),
        lambda: dml.actions.AddMember(secret), lambda: session.licences.list(secret),
    ]  # fmt: skip
    if secret != PASSWORD:  # a development account, or a folder, may be called so
        wrong += [
            lambda: dml.connect(store="memory", account=secret), lambda: session.account(secret),
            lambda: session.as_(secret), lambda: dml.Account.development(secret),
            lambda: dml.connect(store="memory", path=secret),
            lambda: dml.Account.new("there.json", name=secret),
            lambda: dml.Account.import_phrase("there.json", name=secret),
        ]  # fmt: skip
    if secret not in ("0x" + SEED, bytes.fromhex(SEED)):  # calls by hand may write accounts so
        wrong.append(lambda: call("Balances", "transfer_all", dest=secret, keep_alive=True))
    for refused in wrong:
        with pytest.raises((DMLError, TypeError)) as caught:
            refused()
        assert_not_repeated("".join(said(caught.value)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("secret", [*SECRETS, PHRASE.split(), SEED.encode(), bytes.fromhex(SEED)])
def test_a_secret_in_the_place_of_any_argument_is_not_repeated(session, model, secret):
    bobs = session.as_("bob").models.get(model.id)
    wrong = [
        lambda: session.models.get(secret), lambda: session.pools.get(secret),
        lambda: model.weights(keys=secret), lambda: model.pool.stake(secret),
        lambda: model.pool.stake(1, secret), lambda: model.pool.fund(secret),
        lambda: session.fork(at=secret), lambda: session.fork(seal=secret),
        lambda: session.serve(secret), lambda: session.serve(origins=secret),
        lambda: dml.connect(store="memory", seal=secret),
        lambda: dml.connect(store="memory", preset=secret),
        lambda: session.statement(first=secret), lambda: session.statement(progress=secret),
        lambda: bobs.licences.buy(secret), lambda: model.collective.delegate(secret),
        lambda: model.pool.slash(session.signer, "validator", 0.1, secret * 9),
        lambda: dml.actions.SetWeighting(secret), lambda: dml.LicenceTerms(duration=secret),
        lambda: dml.LicenceTerms(text=secret), lambda: asset_named(session, secret),
        lambda: dml.PoolTerms(amount=1, shares={"creator": secret}),
        lambda: model.update(secret),
        lambda: model.propose_update({}, metrics={"a": secret}),
        lambda: session.models.upload(model.network, name=secret * 9, licence="MIT", pool=None),
        lambda: session.store.get(secret), lambda: CID.parse(secret),
    ]  # fmt: skip
    for refused in wrong:
        with pytest.raises((DMLError, TypeError)) as caught:
            refused()
        assert_not_repeated("".join(said(caught.value)))


def test_what_looks_like_an_argument_is_repeated_as_it_was_given():
    for argument in ("validators", "licence holder", "client-17", "1.5e3", "-3", 1.5, None, [1, 2]):
        assert shown(argument) == repr(argument)
    guid = "8520809b-a2b4-4a51-c8ed-265cae738db2"
    assert shown(guid) == repr(guid) and shown(b"aye") == "3 bytes"


def test_an_address_a_name_and_a_file_that_is_there_are_repeated(session, tmp_path):
    address = session.signer.address
    assert address in discreet(address) and "'bob'" in discreet("bob")
    (tmp_path / "there").touch()
    assert path_told(tmp_path / "there") == str(tmp_path / "there")
    assert path_told(Path("nothing.json")) == "nothing.json"
    assert path_told(Path(PASSWORD)) == "the path that was given"
    assert discreet(7) == "an int" and discreet(None) == "None"


@pytest.mark.parametrize(
    "url",
    [
        f"ws://alice:{PASSWORD}@127.0.0.1:1", f"http://{PASSWORD}@127.0.0.1:1",
        f"ws://127.0.0.1:1/{PASSWORD}", f"http://127.0.0.1:1/?key={PASSWORD}",
        f"ws://alice:{PASSWORD}", f"https://[{PASSWORD}", f"ws:///{PASSWORD}",
    ],
)  # fmt: skip
def test_what_may_be_a_key_in_a_nodes_address_is_not_repeated(url):
    for asked in (dml.connect, lambda url: Peer(url).ask("system_chain")):
        with pytest.raises(DMLError) as caught:
            asked(url)
        assert_not_repeated("".join(said(caught.value)))


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:9944", "https://node.example/", "http://[::1]:9944", "ws://a"]
)
def test_a_nodes_address_without_one_is_repeated_as_it_is(url):
    assert url_told(url) == url
    assert url_told(url.rstrip("/") + "/some/key") == url.rstrip("/") + "/…"


@pytest.mark.parametrize(
    "arguments",
    [
        ["account", "import", PHRASE],
        ["account", "import", *PHRASE.split()],
        ["account", "import", "0x" + SEED],
        ["account", "import", "a.json", "--phrase", PHRASE],
        ["account", "import", "a.json", f"--phrase={PHRASE}"],
        ["account", "import", "a.json", "--scheme", PHRASE],
        ["account", "new", "a.json", "--password", PASSWORD],
        ["account", "new", "a.json", f"--password={PASSWORD}"],
        ["account", "new", "a.json", "--pass", PASSWORD],
        ["account", "new", "a.json", f"--json={PASSWORD}"],
        ["account", "new", "a.json", "--password-env", PASSWORD],
        ["account", "new", PHRASE],
        ["account", "show", PHRASE],
        ["account", "show", "0x" + SEED],
        ["account", "list", PHRASE],
        ["account", "password", PASSWORD],
        ["account", PHRASE],
        [PHRASE],
        [*PHRASE.split()],
        ["node", "--port", PHRASE],
        ["node", "--from", PHRASE],
        ["node", "--pruning", PHRASE],
        ["demo", "--rounds", PHRASE],
        ["demo", "--seed", PHRASE],
        ["chain-spec", "--block", PHRASE],
    ],
    ids=lambda given: " ".join(given)[:28],
)
def test_no_command_repeats_what_it_was_given(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda _: (_ for _ in ()).throw(EOFError))
    try:
        status = main(arguments)
    except SystemExit as e:
        status = e.code
    assert status in (1, 2)
    said = capsys.readouterr()
    assert_not_repeated(said.out + said.err)
    assert said.err
    assert not list(tmp_path.iterdir())


def test_no_option_may_be_shortened(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["account", "new", "a.json", "--password", "MINE"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "--password" in said and "MINE" not in said
