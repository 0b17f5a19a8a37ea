"""`dml-sdk annotate`: annotation tasks from a terminal, or from a program that speaks JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import path_told, require_whole
from dml_sdk.cli.account import from_variable
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import UsageError
from dml_sdk.measures import plain
from dml_sdk.types import Amount
from dml_sdk.untrusted import visible

if TYPE_CHECKING:
    from dml_sdk.session import Session
    from dml_sdk.tables import Table

_URL = "ws://127.0.0.1:9944"


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "annotate",
        help="list, show and answer annotation tasks",
        description="Annotation tasks of a chain: which there are, what they ask and pay, and "
        "answering them item after item. What is not handed in yet is kept on this machine.",
    )
    words = parser.add_subparsers(title="words", metavar="WORD", required=True)
    listed = _word(words, "list", "the tasks of a chain", _list)
    listed.add_argument("--model", type=int, metavar="N", help="only those of this model")
    _word(words, "show", "what a task asks and pays, and how far it has come", _show, task=True)
    answer = _word(words, "answer", "take a batch and answer it, item after item", _answer, True)
    answer.add_argument(
        "--batches", type=int, default=1, metavar="N", help="how many to answer (default: 1)"
    )
    _word(words, "reveal", "show the answers that nobody can copy any more", _reveal, task=True)


def _word(
    words: Any, name: str, does: str, run: Callable[..., int], task: bool = False
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = words.add_parser(
        name, help=does, description=f"{does[0].upper()}{does[1:]}."
    )
    if task:
        parser.add_argument("task", type=int, metavar="TASK", help="its number")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", metavar="URL", help=f"of a node (default: {_URL})")
    where.add_argument(
        "--path", type=Path, metavar="DIR", help="the folder of a chain of this machine"
    )
    parser.add_argument(
        "--store", metavar="STORE",
        help='"local", "ipfs", an address, or a folder (./store); by default the user\'s own, or '
        "that of the chain at --path",
    )  # fmt: skip
    parser.add_argument(
        "--account", metavar="NAME|FILE",
        help="who answers: a keystore, or a name on a development chain (default: alice)",
    )  # fmt: skip
    parser.add_argument(
        "--password-env", metavar="NAME",
        help="an environment variable that holds the keystore's password; else it is asked",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="speak JSON, one object a line")
    parser.set_defaults(run=run)
    return parser


def _list(options: argparse.Namespace, _: Interruption) -> int:
    with _session(options) as session:
        return _tell_table(options, "tasks", session.tasks.list(model=options.model))


def _show(options: argparse.Namespace, _: Interruption) -> int:
    with _session(options) as session:
        task = session.task(options.task)
        terms, questionnaire = task.terms, task.questionnaire()
        told = {
            "id": task.id,
            "model": task.model_id,
            "state": task.state,
            "title": questionnaire.title,
            "media": list(questionnaire.media),
            "items": terms.items,
            "batches": terms.batches,
            "batch size": terms.batch_size,
            "answers per item": terms.answers_per_item,
            "points per item": terms.points_per_item,
            "reward per point": terms.reward_per_point,
            "stake": terms.stake,
            "deadline": terms.deadline,
            "policy": str(task.policy_document()),
            "progress": str(task.progress),
        }
        questions = [
            {"id": q.id, "type": q.type, "text": q.text, "points": q.points}
            for q in questionnaire.questions
        ]
        if options.json:
            print(json.dumps(_plain(told) | {"questions": questions}))
            return 0
        for name, value in told.items():
            print(f"{name + ':':<18}{visible(_text(value))}")
        for question in questions:
            points = f"{question['points']} point(s)"
            text = visible(str(question["text"]))
            print(f"  {question['id']} ({question['type']}, {points}): {text}")
    return 0


def _answer(options: argparse.Namespace, interruption: Interruption) -> int:
    from dml_sdk.cli.answering import Lines, Terminal, answer

    require_whole("--batches", options.batches, least=1)
    with _session(options) as session:
        desk = session.task(options.task).desk()
        return answer(desk, Lines() if options.json else Terminal(), options.batches)


def _reveal(options: argparse.Namespace, _: Interruption) -> int:
    with _session(options) as session:
        receipts = session.task(options.task).reveal()
        if options.json:
            print(json.dumps({"revealed": [receipt.extrinsic_hash for receipt in receipts]}))
        else:
            print(f"{len(receipts)} batch(es) revealed.")
    return 0


@contextmanager
def _session(options: argparse.Namespace) -> Iterator[Session]:
    """A session on the chain that was named, of who answers."""
    import dml_sdk as dml

    account: Any = options.account
    if account is not None and Path(account).is_file():
        password = from_variable(options.password_env)
        account = dml.Account.from_file(account, password=password)
    url = None if options.path is not None else options.url or _URL
    if options.path is not None and not (options.path.expanduser() / "chain.db").is_file():
        raise UsageError(
            f"There is no chain in {path_told(options.path)}: it is what dml.connect(path=…) was "
            "given."
        )
    session = dml.connect(url, path=options.path, store=options.store, account=account)
    try:
        yield session
    finally:
        session.close()


def _tell_table(options: argparse.Namespace, name: str, table: Table) -> int:
    if options.json:
        print(json.dumps({name: [_plain(row) for row in table]}))
    else:
        for line in repr(table).splitlines():
            print(visible(line))
    return 0


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: amounts in whole tokens of "asset", times as ISO 8601 has them."""
    told = {name: _simple(value) for name, value in row.items()}
    assets = {value.asset.label for value in row.values() if isinstance(value, Amount)}
    return told | ({"asset": assets.pop()} if len(assets) == 1 else {})


def _simple(value: Any) -> Any:
    if isinstance(value, Amount):
        return plain(value.tokens)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return ", ".join(value) if isinstance(value, list) else str(value)
