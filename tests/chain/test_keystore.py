"""Keystores: what polkadot-js writes is opened, what is written polkadot-js opens."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.chain import keystore
from dml_sdk.chain.client.keys import fresh_key, key_from_keystore, key_from_phrase
from dml_sdk.chain.client.schemes import SCHEMES, verify
from dml_sdk.errors import KeystoreInvalid, PromptUnavailable, UsageError, WrongPassword
from dml_sdk.secret import Secret

PASSWORD = "correct horse battery"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
MESSAGE = b"what is signed"


def password() -> str:
    return PASSWORD


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dml.Account, str]:
    """An account that was made, and its keystore's text."""
    file = tmp_path_factory.mktemp("accounts") / "carol.json"
    return dml.Account.new(file, password=password), file.read_text()


@pytest.fixture
def file(tmp_path: Path, written: tuple[dml.Account, str]) -> Path:
    """A copy of the keystore, to do with as one likes."""
    path = tmp_path / "carol.json"
    path.write_text(written[1])
    return path


def changed(file: Path, **changes: Any) -> Path:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return file


def test_a_new_account_is_found_again_in_its_file(file, written):
    again = dml.Account.from_file(file, password=password)
    assert again == written[0] and again.name == "carol" and again.scheme == "sr25519"
    signature = again.key.sign(MESSAGE)
    assert verify(SCHEMES["sr25519"], signature, MESSAGE, written[0].public_key)
    assert again.sealing_key == written[0].sealing_key


def test_two_new_accounts_are_two(tmp_path):
    made = [dml.Account.new(tmp_path / f"{i}.json", password=password) for i in range(2)]
    assert made[0] != made[1]


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_keystore_is_readable_by_its_owner_alone_whatever_the_mask(tmp_path):
    mask = os.umask(0)
    try:
        dml.Account.new(tmp_path / "a.json", password=password)
        assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600
        (tmp_path / "a.json").chmod(0o644)
        dml.Account.change_password(tmp_path / "a.json", old=password, new=lambda: "another one")
        assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600
    finally:
        os.umask(mask)
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_nothing_is_overwritten_and_nobody_is_asked_before_that_is_known(file):
    before = file.read_text()

    def never() -> str:
        raise AssertionError("asked")

    for make in (dml.Account.new, dml.Account.import_phrase):
        with pytest.raises(UsageError, match="is there already"):
            make(file, password=never)
    (file.parent / "link.json").symlink_to(file.parent / "nowhere.json")
    with pytest.raises(UsageError, match="is there already"):
        dml.Account.new(file.parent / "link.json", password=never)
    assert file.read_text() == before


def test_of_two_that_write_one_path_at_once_one_is_refused_and_the_file_is_the_others(tmp_path):
    path, texts = tmp_path / "a.json", [f"{i}" * 500 for i in range(8)]
    outcomes: list[str | UsageError] = []
    ready = threading.Barrier(len(texts))

    def write(text: str) -> None:
        ready.wait()
        try:
            keystore.write_new(path, text)
            outcomes.append(text)
        except UsageError as e:
            outcomes.append(e)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [text for text in outcomes if isinstance(text, str)]
    assert len(won) == 1 and path.read_text() == won[0]
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_leaves_neither_a_part_nor_an_empty_file(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        keystore.write_new(tmp_path / "a.json", "half\ud800")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="cannot be written"):
        dml.Account.new(tmp_path / "no" / "a.json", password=password)


def test_a_changed_password_opens_and_the_old_one_does_not(file, written):
    told = json.loads(file.read_text())["meta"]
    dml.Account.change_password(file, old=password, new=lambda: "another password")
    assert dml.Account.from_file(file, password=lambda: "another password") == written[0]
    assert json.loads(file.read_text())["meta"] == told
    with pytest.raises(WrongPassword):
        dml.Account.from_file(file, password=password)
    before = file.read_text()
    with pytest.raises(WrongPassword):
        dml.Account.change_password(file, old=password, new=lambda: "a third password")
    with pytest.raises(UsageError, match="characters"):
        dml.Account.change_password(file, old=lambda: "another password", new=lambda: "short")
    assert file.read_text() == before


@pytest.mark.parametrize("weak", ["", "1234567", "aaaaaaaaaaaa", "abababababab"])
def test_a_weak_password_is_refused_and_nothing_is_saved(tmp_path, weak):
    with pytest.raises(UsageError, match="characters") as caught:
        dml.Account.new(tmp_path / "a.json", password=lambda: weak)
    assert not weak or weak not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [PASSWORD, 5, b"bytes"])
def test_a_password_that_is_handed_in_itself_is_refused_and_not_shown(file, given):
    with pytest.raises(UsageError, match="function") as caught:
        dml.Account.from_file(file, password=given)
    assert str(given) not in str(caught.value)


@pytest.mark.parametrize("given", [None, 5, b"correct horse", "lone \ud800 surrogate", PASSWORD])
def test_what_is_no_password_opens_nothing_and_is_not_shown(file, given):
    told = (lambda: given) if given != PASSWORD else (lambda: PASSWORD + " ")
    with pytest.raises(UsageError) as caught:
        dml.Account.from_file(file, password=told)
    assert given is None or str(given) not in str(caught.value).replace("\\ud800", "\ud800")


def test_without_a_terminal_nobody_is_asked_and_nothing_echoed(file, monkeypatch):
    def no_terminal(*_: Any, **__: Any) -> Any:
        raise OSError("no /dev/tty")

    monkeypatch.setattr(os, "open", no_terminal)  # getpass opens /dev/tty
    with pytest.raises(PromptUnavailable, match="ALICE_PASSWORD"):
        dml.Account.from_file(file)


# --- what polkadot-js makes of it ---------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["sr25519", "ed25519"])
@pytest.mark.parametrize("path", ["", "//hard", "//hard//again", "/soft//hard/7", "///secret"])
def test_a_phrase_gives_the_key_that_polkadot_js_gives(wallet, scheme, path):
    if scheme == "ed25519" and "/soft" in path:
        with pytest.raises(UsageError, match="no recovery phrase"):
            key_from_phrase(Secret((PHRASE + path).encode()), SCHEMES[scheme])
        return
    key = key_from_phrase(Secret((PHRASE + path).encode()), SCHEMES[scheme])
    told = wallet.ask("key", uri=PHRASE + path, type=scheme)
    assert (key.address, "0x" + key.public_key.hex()) == (told["address"], told["public_key"])


def test_a_seed_of_hexadecimal_digits_gives_the_key_that_polkadot_js_gives(wallet):
    seed = "0x" + "5a" * 32
    key = key_from_phrase(Secret(f"{seed}//x".encode()), SCHEMES["sr25519"])
    assert key.address == wallet.ask("key", uri=f"{seed}//x", type="sr25519")["address"]


@pytest.mark.parametrize("scheme", ["sr25519", "ed25519"])
@pytest.mark.parametrize(
    "secret", [PASSWORD, "Pässwörter 🔑 日本", "0x0123456789abcdef", "0x123456789"]
)
def test_what_polkadot_js_exports_is_opened(wallet, tmp_path, scheme, secret):
    made = wallet.ask("keystore", uri=f"{PHRASE}//x", type=scheme, password=secret, name="Dora")
    file = tmp_path / "dora.json"
    file.write_text(json.dumps(made["json"]))
    account = dml.Account.from_file(file, password=lambda: secret)
    assert (account.address, account.scheme) == (made["address"], scheme)
    signature = account.key.sign(MESSAGE)
    assert verify(SCHEMES[scheme], signature, MESSAGE, account.public_key)


@pytest.mark.parametrize("scheme", ["sr25519", "ed25519"])
@pytest.mark.parametrize(
    "secret", [PASSWORD, "Pässwörter 🔑 日本", "0x0123456789abcdef", "0x123456789"]
)
def test_what_is_exported_polkadot_js_opens_and_signs_with(wallet, tmp_path, scheme, secret):
    file = tmp_path / "erik.json"
    account = dml.Account.import_phrase(
        file, name="Erik", scheme=scheme, phrase=lambda: f"  {PHRASE}\n", password=lambda: secret
    )
    told = wallet.ask(
        "open", json=json.loads(file.read_text()), password=secret, message="0x" + MESSAGE.hex()
    )
    assert (told["address"], told["type"], told["name"]) == (account.address, scheme, "Erik")
    signature = bytes.fromhex(told["signature"][2:])
    assert verify(SCHEMES[scheme], signature, MESSAGE, account.public_key)


def test_an_account_with_both_kinds_of_junctions_is_the_same_after_its_keystore(tmp_path):
    phrase = f"{PHRASE}//hard/soft"
    account = dml.Account.import_phrase(
        tmp_path / "a.json", phrase=lambda: phrase, password=password
    )
    again = dml.Account.from_file(tmp_path / "a.json", password=password)
    anew = key_from_phrase(Secret(phrase.encode()), SCHEMES["sr25519"])
    assert again == account and anew.public_key == account.public_key
    assert again.sealing_key == account.sealing_key == anew.sealing_key


@pytest.mark.parametrize("kind", ["ecdsa", "ethereum"])
def test_a_keystore_of_another_scheme_is_refused_in_words(wallet, tmp_path, kind):
    uri = PHRASE + ("/m/44'/60'/0'/0/0" if kind == "ethereum" else "//x")
    made = wallet.ask("keystore", uri=uri, type=kind, password=PASSWORD, name="x")
    (tmp_path / "x.json").write_text(json.dumps(made["json"]))
    with pytest.raises(KeystoreInvalid, match=rf"{kind}.*external"):
        dml.Account.from_file(tmp_path / "x.json", password=password)


def test_a_keystore_that_is_not_encrypted_is_refused(wallet, tmp_path):
    made = wallet.ask("keystore", uri=PHRASE, type="sr25519", name="x")
    (tmp_path / "x.json").write_text(json.dumps(made["json"]))
    with pytest.raises(KeystoreInvalid, match="not encrypted"):
        dml.Account.from_file(tmp_path / "x.json", password=password)


# --- files that were altered --------------------------------------------------------------------


def encoded_with(file: Path, at: int, value: bytes) -> str:
    raw = bytearray(base64.b64decode(json.loads(file.read_text())["encoded"]))
    raw[at : at + len(value)] = value
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("at", [0, 44, 70, 200])
def test_an_altered_byte_opens_nothing(file, at):
    raw = base64.b64decode(json.loads(file.read_text())["encoded"])
    changed(file, encoded=encoded_with(file, at, bytes((raw[at] ^ 1,))))
    with pytest.raises(WrongPassword, match="damaged"):
        dml.Account.from_file(file, password=password)


@pytest.mark.parametrize("numbers", [(1 << 30, 1, 8), (1 << 17, 1 << 20, 8), (0, 0, 0), (2, 1, 1)])
def test_a_keystore_that_asks_for_all_memory_or_for_too_little_work_is_refused(file, numbers):
    told = b"".join(n.to_bytes(4, "little") for n in numbers)
    changed(file, encoded=encoded_with(file, 32, told))
    with pytest.raises(KeystoreInvalid, match="scrypt"):
        dml.Account.from_file(file, password=password)


def test_a_keystore_that_tells_anothers_address_is_refused(file, alice):
    with pytest.raises(KeystoreInvalid, match="altered"):
        dml.Account.from_file(changed(file, address=alice.address), password=password)
    with pytest.raises(KeystoreInvalid, match="altered"):
        dml.Account.from_file(changed(file, address="nobody"), password=password)


@pytest.mark.parametrize(
    "change",
    [
        {"encoded": None},
        {"encoded": "AAAA"},
        {"encoded": "not base 64!"},
        {"encoding": None},
        {"encoding": {}},
        {"encoding": {"content": ["pkcs8", "sr25519"], "type": ["scrypt"], "version": "3"}},
        {"encoding": {"content": ["pkcs8", "sr25519"], "type": "xsalsa20-poly1305",
                      "version": "2"}},
        {"encoding": {"content": 5, "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"}},
        {"encoding": {"content": ["pkcs8", {}], "type": ["scrypt", "xsalsa20-poly1305"],
                      "version": "3"}},
        {"address": None},
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_before_a_password_is_asked(file, change):
    def never() -> str:
        raise AssertionError("asked")

    with pytest.raises(KeystoreInvalid):
        dml.Account.from_file(changed(file, **change), password=never)


@settings(max_examples=50)
@given(content=st.binary(max_size=200) | st.just(b"[" * 60_000) | st.just(b" " * (1 << 17)))
def test_bytes_that_are_no_keystore_are_refused(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "odd.json"
    file.write_bytes(content)
    with pytest.raises(KeystoreInvalid):
        keystore.read(file)


@pytest.mark.parametrize(
    "phrase",
    ["", "a", PHRASE + " yellow", PHRASE[:-7], PHRASE.replace("yellow", "year"), "0x1234",
     PHRASE + "//", PHRASE + "/", "\ud800", "//Alice"],
)  # fmt: skip
def test_what_is_no_phrase_is_refused_without_a_word_of_it(tmp_path, phrase):
    with pytest.raises(UsageError, match=r"phrase") as caught:
        dml.Account.import_phrase(tmp_path / "a.json", phrase=lambda: phrase, password=password)
    assert not any(word in str(caught.value) for word in ("sausage", "yellow", "1234", "Alice"))
    assert list(tmp_path.iterdir()) == []


def test_ecdsa_and_unknown_schemes_are_refused_at_import(tmp_path):
    for scheme in ("ecdsa", "rsa", None):
        with pytest.raises(UsageError, match=r"external|sr25519"):
            dml.Account.import_phrase(
                tmp_path / "a.json", scheme=scheme, phrase=lambda: PHRASE, password=password
            )


@given(seed=st.binary(min_size=32, max_size=32))
def test_any_key_survives_the_form_that_a_keystore_has_of_it(seed):
    for scheme in (SCHEMES["sr25519"], SCHEMES["ed25519"]):
        key = key_from_phrase(Secret(b"0x" + seed.hex().encode()), scheme)
        again = key_from_keystore(scheme, key.keystore_secret())
        assert again is not None and again.public_key == key.public_key
        assert again.sealing_key == key.sealing_key
        assert verify(scheme, again.sign(MESSAGE), MESSAGE, key.public_key)


def test_the_sealing_key_is_not_the_signing_key_and_differs_between_accounts():
    keys = [fresh_key() for _ in range(3)]
    assert len({k.sealing_key for k in keys} | {k.public_key for k in keys}) == 6
