"""Reading the command line, so that nothing of what was typed is repeated.

A phrase or a password that somebody puts where it does not belong is in the shell's history; it
need not be in logs too. Options are written out: `--password` is not `--password-env`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

_OPTION = re.compile(r"--[a-z]+(-[a-z]+)*")
# How argparse says what was wrong with a value, up to the value; and what follows it.
_REPEATED = (
    (re.compile(r"(invalid choice): .*( \(choose from .*\))", re.DOTALL), r"\1\2"),
    (re.compile(r"(invalid .* value): .*", re.DOTALL), r"\1"),
    (re.compile(r"(ignored explicit argument) .*", re.DOTALL), r"\1"),
    (re.compile(r"(ambiguous option): .*", re.DOTALL), r"\1"),
)


class Parser(argparse.ArgumentParser):
    """argparse's own, which takes no shortened options and whose errors repeat no values."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "allow_abbrev": False})

    def parse_args(  # type: ignore[override]  # a namespace is not handed in
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """The options of a command line."""
        options, others = self.parse_known_args(args, namespace)
        if others:
            named = [found[0] for other in others if (found := _OPTION.match(other))]
            what = f"no such option: {', '.join(named)}" if named else "there is too much"
            self.error(f"{what}; passwords and phrases are never arguments")
        return options

    def error(self, message: str) -> NoReturn:
        """Says what is wrong, without what was given, and ends with 2."""
        for repeated, kept in _REPEATED:
            message = repeated.sub(kept, message, count=1)
        super().error(message)
