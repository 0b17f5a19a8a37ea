"""The hunt: passwords, phrases and keys are looked for wherever something of them could show."""

from __future__ import annotations

import ast
import copy
import getpass
import inspect
import io
import json
import logging
import pickle
import pprint
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bip39
import pytest
import rich
import rich.console
import rich.traceback
import sr25519

import dml_sdk as dml
from dml_sdk.chain import keystore
from dml_sdk.chain.client import keys
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.secret import Secret, sheltered, without_fail
from dml_sdk.storage import sealed

PASSWORD = "Zwiebel-Quitte-Rhabarber-7"
OTHER = "Kohlrabi-Mangold-Sellerie-8"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
SEED = bytes(bip39.bip39_to_mini_secret(PHRASE, "", "en"))
SCALAR_AND_NONCE = bytes(sr25519.pair_from_seed(SEED)[1])
CONTENT_KEY = bytes(range(100, 132))


def forms(secret: bytes) -> list[str]:
    """How bytes could be written."""
    return [secret.hex(), secret.hex().upper(), repr(secret)[2:-1], str(list(secret))[1:-1]]


# Half a secret is one as well, and frames show values cut short.
SECRETS = [
    PASSWORD, OTHER, PASSWORD[:12], OTHER[:12], PHRASE, PHRASE[:25], PHRASE[-25:],
    *(form[:24] for part in (
        SEED, SCALAR_AND_NONCE, SCALAR_AND_NONCE[32:], bytes(reversed(SEED)), CONTENT_KEY,
        bytes(sr25519.convert_secret_key_to_ed25519(SCALAR_AND_NONCE)), PASSWORD.encode(),
    ) for form in forms(part)),
]  # fmt: skip


def assert_clean(text: str, where: str) -> None:
    for secret in SECRETS:
        assert secret not in text, f"{secret!r} shows in {where}"


def given() -> str:
    return ast.literal_eval(repr(PASSWORD))  # another object than the constant


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hunt") / "alma.json"
    dml.Account.import_phrase(path, phrase=lambda: PHRASE, password=given)
    return path


@pytest.fixture(scope="module")
def account(file: Path) -> dml.Account:
    return dml.Account.from_file(file, password=given)


def test_the_hunt_knows_what_it_looks_for(account):
    inner = account.key._secret.reveal()
    assert inner[:32] == SCALAR_AND_NONCE[:32]
    with pytest.raises(AssertionError):
        assert_clean(f"the key is {inner!r}", "this text")
    with pytest.raises(AssertionError):
        assert_clean(f"password={PASSWORD!r}", "this text")


def test_the_file_holds_no_secret_in_clear(file):
    assert_clean(file.read_text(), "the keystore")
    assert set(json.loads(file.read_text())["meta"]) == {"name", "whenCreated"}


# --- what objects show --------------------------------------------------------------------------


def shown(value: Any) -> Iterator[tuple[str, str]]:
    """Everything that Python and rich show of a value when nobody asks for its inside by name."""
    yield "repr", repr(value)
    yield "str", str(value)
    yield "format", f"{value} {value!r} {value!s} {value!a}"
    yield "percent", f"{value}" + "%s %r" % (value, value)  # noqa: UP031
    yield "pprint", pprint.pformat(value)
    yield "html", value._repr_html_() if hasattr(value, "_repr_html_") else ""
    yield "dir", str(dir(value))
    yield "all attributes", str(inspect.getmembers(value))
    yield "vars", str(vars(value)) if hasattr(value, "__dict__") else ""
    console = rich.console.Console(file=io.StringIO(), width=200)
    console.print(value)
    rich.inspect(value, console=console, all=True)
    yield "rich", console.file.getvalue()  # type: ignore[attr-defined]


def test_nothing_that_an_account_is_made_of_shows_a_secret(account, session):
    content_key = Secret(bytes(CONTENT_KEY))
    as_account = session.as_(account)
    everything = [
        account, account.key, account.key._secret, account.key.keystore_secret(), content_key,
        [account], {"account": account}, as_account, as_account.chain, vars(as_account),
        session.chain._submission, account.key._sealing_secret(),
    ]  # fmt: skip
    for value in everything:
        for where, text in shown(value):
            assert_clean(text, f"{where} of {type(value).__name__}")


def public(value: Any) -> Iterator[tuple[str, Any]]:
    for name in dir(value):
        if not name.startswith("_") and not callable(found := getattr(value, name)):
            yield name, found


def test_no_public_attribute_holds_a_secret(account):
    for holder in (account, account.key):
        for name, value in public(holder):
            assert_clean(repr(value), name)


def test_a_secret_is_neither_copied_nor_pickled_nor_compared(account):
    held = Secret(b"x" * 32)
    for value in (account.key, held):
        for act in (copy.copy, copy.deepcopy, pickle.dumps, lambda v: v.__getstate__()):
            with pytest.raises(UsageError, match="not pickled"):
                act(value)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(UsageError, match="not pickled"):
            pickle.dumps({"account": account}, protocol)
    with pytest.raises(UsageError, match="not pickled"):
        account.__getstate__()
    assert copy.deepcopy([account])[0] is account
    assert held == held and held != Secret(b"x" * 32)


# --- what errors carry --------------------------------------------------------------------------


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came of, whether shown or not."""
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [e for e in (found.__cause__, found.__context__) if e is not None]


def told_by(error: BaseException) -> Iterator[tuple[str, str]]:
    """All that tracebacks with the values of variables show, of every frame of every error.

    The frames of this file and of the test runner are left out: they hold what is looked for.
    """
    for each in chain_of(error):
        yield "message", f"{each} {each!r} {each.args!r} {vars(each)!r}"
        frames = each.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        if frames is None:
            continue
        for frame, _ in traceback.walk_tb(frames):
            if frame.f_code.co_filename == __file__:
                continue  # what the test hands in
            for name, value in frame.f_locals.items():
                yield f"{name} in {frame.f_code.co_qualname}", repr(value)
                if isinstance(value, types.FunctionType) and value.__closure__:
                    for cell in value.__closure__:
                        yield f"closure of {name}", repr(cell.cell_contents)
        clean = each.with_traceback(frames)
        yield (
            "capture_locals",
            "".join(
                traceback.TracebackException.from_exception(clean, capture_locals=True).format()
            ),
        )
        console = rich.console.Console(file=io.StringIO(), width=200)
        console.print(
            rich.traceback.Traceback.from_exception(
                type(clean), clean, frames, show_locals=True, locals_max_string=None
            )
        )
        yield "rich traceback", console.file.getvalue()  # type: ignore[attr-defined]


def asked(*answers: str) -> Callable[..., str]:
    """Somebody at a prompt."""
    waiting = iter(answers)
    return lambda *_, **__: next(waiting)


def failures(file: Path, tmp_path: Path) -> dict[str, Callable[[], object]]:
    damaged = tmp_path / "damaged.json"
    told = json.loads(file.read_text())
    damaged.write_text(json.dumps({**told, "encoded": told["encoded"][:-8] + "AAAAAAA="}))
    other = tmp_path / "other.json"
    address = dml.Account.development("bob").address
    other.write_text(json.dumps({**told, "address": address}))
    A, new = dml.Account, tmp_path / "new.json"
    return {
        "wrong password": lambda: A.from_file(file, password=lambda: OTHER),
        "damaged": lambda: A.from_file(damaged, password=given),
        "another's address": lambda: A.from_file(other, password=given),
        "the password itself": lambda: A.from_file(file, password=PASSWORD),  # type: ignore[arg-type]
        "a surrogate": lambda: A.from_file(file, password=lambda: PASSWORD + "\ud800"),
        "bytes": lambda: A.from_file(file, password=lambda: PASSWORD.encode()),  # type: ignore[arg-type,return-value]
        "weak": lambda: A.new(new, password=lambda: PASSWORD[:7]),
        "no folder": lambda: A.new(tmp_path / "no" / "x.json", password=given),
        "no phrase": lambda: A.import_phrase(new, phrase=lambda: PHRASE + " x", password=given),
        "no path": lambda: A.import_phrase(new, phrase=lambda: PHRASE + "//", password=given),
        "soft ed25519": lambda: A.import_phrase(
            new, scheme="ed25519", phrase=lambda: PHRASE + "/soft", password=given
        ),
        "then weak": lambda: A.import_phrase(new, phrase=lambda: PHRASE, password=lambda: "weak"),
        "then no folder": lambda: A.import_phrase(
            tmp_path / "no" / "x.json", phrase=lambda: PHRASE, password=given
        ),
        "changed to weak": lambda: A.change_password(file, old=given, new=lambda: OTHER[:7]),
        "changed from wrong": lambda: A.change_password(file, old=lambda: OTHER, new=given),
        "another's content key": lambda: A.from_file(file, password=given).unwrap(
            sealed.wrap(Secret(bytes(CONTENT_KEY)), keys.fresh_key().sealing_key)
        ),
        "another content key": lambda: sealed.unsealed(
            sealed.sealed(b"x", Secret(bytes(CONTENT_KEY))), sealed.new_content_key()
        ),
        "sealed and broken": lambda: sealed.unsealed(
            sealed.sealed(b"x", Secret(bytes(CONTENT_KEY)))[:-1], Secret(bytes(CONTENT_KEY))
        ),
        "no sealing key": lambda: sealed.wrap(Secret(bytes(CONTENT_KEY)), bytes(32)),
        "no content key": lambda: sealed.sealed(b"x", Secret(CONTENT_KEY[:-1])),
    }


NAMES = [
    "wrong password", "damaged", "another's address", "the password itself", "a surrogate",
    "bytes", "weak", "no folder", "no phrase", "no path", "soft ed25519", "then weak",
    "then no folder", "changed to weak", "changed from wrong", "another's content key",
    "another content key", "sealed and broken", "no sealing key", "no content key",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_error_carries_a_secret(file, tmp_path, name):
    with pytest.raises(DMLError) as caught:
        failures(file, tmp_path)[name]()
    for where, text in told_by(caught.value):
        assert_clean(text, f"{where}, {name}")
    if name not in ("no folder", "then no folder"):  # whose cause is the system's
        assert len(list(chain_of(caught.value))) == 1


def test_every_failure_is_tried(file, tmp_path):
    assert list(failures(file, tmp_path)) == NAMES


@pytest.mark.parametrize("answers", [(PASSWORD, OTHER), (PASSWORD, PASSWORD[:-1])])
def test_two_different_passwords_at_the_prompt_are_refused_and_not_shown(
    tmp_path, monkeypatch, answers
):
    monkeypatch.setattr(getpass, "getpass", asked(*answers))
    with pytest.raises(UsageError, match="not the same") as caught:
        dml.Account.new(tmp_path / "a.json")
    for where, text in told_by(caught.value):
        assert_clean(text, where)
    assert list(tmp_path.iterdir()) == []


def test_what_is_asked_at_the_prompt_says_what_it_is_for(tmp_path, monkeypatch):
    questions: list[str] = []

    def ask(prompt: str) -> str:
        questions.append(prompt)
        return PHRASE if "phrase" in prompt else PASSWORD

    monkeypatch.setattr(getpass, "getpass", ask)
    account = dml.Account.import_phrase(tmp_path / "a.json")
    assert dml.Account.from_file(tmp_path / "a.json") == account
    assert questions == [
        "The recovery phrase: ", "A new password for a.json: ",
        "The new password for a.json again: ", "The password of a.json: ",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [KeyboardInterrupt, SystemExit, MemoryError])
def test_ctrl_c_while_a_keystore_is_opened_leaves_the_secrets_frames_behind(file, monkeypatch, cut):
    from nacl import bindings

    def interrupted(_box: bytes, _nonce: bytes, key: bytes) -> bytes:
        raise cut(key)

    monkeypatch.setattr(bindings, "crypto_secretbox_open", interrupted)
    with pytest.raises(cut) as caught:
        dml.Account.from_file(file, password=given)
    if cut is not SystemExit:
        assert caught.value.args == ()
    names = [f.f_code.co_name for f, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert "_decrypted" not in names and "sheltered" in names
    assert caught.value.__context__ is None


def test_sheltered_work_gives_its_result_or_nothing():
    assert sheltered(lambda: 5) == 5
    assert sheltered(lambda: 1 / 0) is None
    assert without_fail(lambda: 5) == 5
    with pytest.raises(RuntimeError) as caught:
        without_fail(lambda: 1 / 0)
    assert caught.value.__context__ is None


# --- what is logged -----------------------------------------------------------------------------


def test_nothing_is_logged_of_a_secret_at_any_level(tmp_path, caplog, capfd):
    handled = io.StringIO()
    handler = logging.StreamHandler(handled)
    root = logging.getLogger()
    level, root.level = root.level, logging.NOTSET
    root.addHandler(handler)
    levels = {name: logging.getLogger(name).level for name in list(logging.root.manager.loggerDict)}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG), dml.connect(store="memory") as session:
            path = tmp_path / "a.json"
            account = dml.Account.import_phrase(path, phrase=lambda: PHRASE, password=given)
            dml.Account.change_password(path, old=given, new=lambda: OTHER)
            dml.Account.from_file(path, password=lambda: OTHER)
            with pytest.raises(UsageError):
                dml.Account.from_file(path, password=given)
            call = session.chain.call(
                "Balances", "transfer_keep_alive", dest=account.address, value=10**12
            )
            session.chain.submit(call, session.signer)
            remark = session.chain.call("System", "remark", remark=b"x")
            session.chain.submit(remark, account)
            key = Secret(bytes(CONTENT_KEY))
            account.unwrap(sealed.wrap(key, account.sealing_key))
            sealed.unsealed(sealed.sealed(b"weights", key), key)
            assert_clean(repr(session.as_(account)), "the session")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
    out, err = capfd.readouterr()
    assert_clean(handled.getvalue() + caplog.text + out + err, "the logs")


def test_a_keystores_repr_shows_what_the_file_tells_and_nothing_encrypted(file):
    found = keystore.read(file)
    assert json.loads(file.read_text())["encoded"][:20] not in repr(found)
    assert "_encoded" not in repr(found) and found.address in repr(found)


def test_development_keys_are_what_everybody_has():
    assert keys.development_key("//Alice").address == (
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    )
