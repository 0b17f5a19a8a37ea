"""`dml-sdk account`: keystores, without a password or a phrase ever being an argument."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dml_sdk.arguments import path_told
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import KeystoreInvalid, PromptUnavailable, UsageError

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
_LONGEST = 64  # characters of what a file tells


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "account",
        help="make, import, show and list encrypted keystores",
        description="Encrypted JSON keystores, as polkadot-js writes and reads them. Passwords and "
        "phrases are asked for at a prompt; for programs, name an environment variable.",
    )
    words = parser.add_subparsers(title="words", metavar="WORD", required=True)
    new = _word(words, "new", "a new account, saved in a keystore", _new)
    brought = _word(words, "import", "an account from its recovery phrase", _import)
    for word in (new, brought):
        word.add_argument("file", type=Path, metavar="FILE", help="where nothing is yet")
        word.add_argument("--name", help="shown by polkadot-js, in clear (default: the file's)")
        _add_variable(word, "--password-env", "the password")
    brought.add_argument("--scheme", default="sr25519", choices=("sr25519", "ed25519"))
    _add_variable(brought, "--phrase-env", "the phrase")
    show = _word(words, "show", "what a keystore tells of itself", _show)
    show.add_argument("file", type=Path, metavar="FILE")
    show.add_argument(
        "--open", action="store_true", help="ask for the password, and prove the address with it"
    )
    _add_variable(show, "--password-env", "the password, with --open")
    listed = _word(words, "list", "the keystores in a folder", _list)
    listed.add_argument("folder", type=Path, metavar="DIR", nargs="?", default=Path())
    change = _word(words, "password", "encrypt a keystore with another password", _password)
    change.add_argument("file", type=Path, metavar="FILE")
    _add_variable(change, "--password-env", "the old password")
    _add_variable(change, "--new-password-env", "the new password")


def _word(words: Any, name: str, does: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = words.add_parser(
        name, help=does, description=f"{does[0].upper()}{does[1:]}."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    return parser


def _add_variable(parser: argparse.ArgumentParser, option: str, holds: str) -> None:
    parser.add_argument(
        option, metavar="NAME", help=f"an environment variable that holds {holds}; else it is asked"
    )


def _new(options: argparse.Namespace, _: Interruption) -> int:
    from dml_sdk.chain.accounts import Account

    Account.new(options.file, name=options.name, password=from_variable(options.password_env))
    return _tell(options, _told(options.file))


def _import(options: argparse.Namespace, _: Interruption) -> int:
    from dml_sdk.chain.accounts import Account

    Account.import_phrase(
        options.file,
        name=options.name,
        scheme=options.scheme,
        phrase=from_variable(options.phrase_env),
        password=from_variable(options.password_env),
    )
    return _tell(options, _told(options.file))


def _show(options: argparse.Namespace, _: Interruption) -> int:
    told = _told(options.file)
    if options.open:
        from dml_sdk.chain.accounts import Account

        account = Account.from_file(options.file, password=from_variable(options.password_env))
        told |= {"sealing_key": f"0x{account.sealing_key.hex()}", "proved": True}
    return _tell(options, told)


def _list(options: argparse.Namespace, _: Interruption) -> int:
    folder: Path = options.folder
    if not folder.is_dir():
        raise UsageError(f"{path_told(folder)} is no folder.")
    found: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.json")):
        try:
            found.append(_told(file))
        except KeystoreInvalid:  # JSON of another kind
            continue
    if options.json:
        print(json.dumps({"accounts": found}))
    elif not found:
        print(f"No keystores in {folder}.")
    for told in [] if options.json else found:
        print(f"{told['address']}  {told['scheme']}  {told['file']}  {told['name']}")
    return 0


def _password(options: argparse.Namespace, _: Interruption) -> int:
    from dml_sdk.chain.accounts import Account

    Account.change_password(
        options.file,
        old=from_variable(options.password_env),
        new=from_variable(options.new_password_env),
    )
    return _tell(options, _told(options.file))


def from_variable(variable: str | None) -> Callable[[], str] | None:
    """What reads an environment variable when it is needed; None to ask."""
    if variable is None:
        return None

    def read() -> str:
        if variable not in os.environ:
            raise PromptUnavailable(
                f"{_variable_told(variable)} is not set. Set it, or leave the option out to be "
                "asked."
            )
        return os.environ[variable]

    return read


def _variable_told(name: str) -> str:
    """A variable's name, unless it is what the variable should hold."""
    usual = _VARIABLE.fullmatch(name)
    return f"The environment variable {name}" if usual else "An environment variable of that name"


def _told(file: Path) -> dict[str, Any]:
    """What a keystore tells in clear; none of it is proved before it is opened."""
    from dml_sdk.arguments import require_path
    from dml_sdk.chain import keystore

    found = keystore.read(require_path("FILE", file))
    return {
        "file": str(file),
        "address": _line(found.address),
        "scheme": found.scheme.name,
        "name": _line(found.meta.get("name", "")),
    }


def _line(told: object) -> str:
    """What a file tells, as one line for a terminal: it may hold anything."""
    text = str(told)[:_LONGEST]
    return text if text.isprintable() else repr(text)


def _tell(options: argparse.Namespace, told: dict[str, Any]) -> int:
    if options.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name + ':':<13}{value}")
    return 0
