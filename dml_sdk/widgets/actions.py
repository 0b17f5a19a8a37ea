"""What a panel's page may ask for: declared actions with declared arguments, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import address_of
from dml_sdk.errors import UsageError
from dml_sdk.types import ROLES, Receipt

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.previews import Preview

Kind = Literal["amount", "role", "choice", "address", "whole", "text"]

_DIGITS = re.compile(r"([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60})")
_WHOLE = re.compile(r"[0-9]{1,39}")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an action. The page sends every one as text, so that no number is rounded.

    Attributes:
        kind: "amount" is a decimal number, "role" one of the roles, "choice" one of `options`,
            "address" an SS58 address, "whole" a whole number, "text" anything.
        options: of a choice.
        longest: characters of text.
        may_be_empty: whether empty text is right; the action is then given None, or "" for text.
    """

    kind: Kind
    options: tuple[str, ...] = ()
    longest: int = 2_000
    may_be_empty: bool = False

    def read(self, name: str, given: str) -> Any:
        """The argument as the action takes it: text for an amount, an int for a whole number.

        Raises:
            UsageError: what a person mistyped, in words for that person.
        """
        text = given if self.kind == "text" else given.strip()
        if not text.strip():
            if self.may_be_empty:
                return "" if self.kind == "text" else None
            raise UsageError(f"{_words(name)} is missing.")
        match self.kind:
            case "amount":
                if _DIGITS.fullmatch(text):
                    return text
                raise UsageError(
                    f"{shown(text)} is not an amount: write digits, and a point before a fraction, "
                    "such as 12.5."
                )
            case "whole":
                if _WHOLE.fullmatch(text):
                    return int(text)
                raise UsageError(f"{shown(text)} is not a whole number, 0 or more.")
            case "address":
                return address_of(text)
            case "role" | "choice":
                options: Sequence[str] = ROLES if self.kind == "role" else self.options
                if text in options:
                    return text
                raise UsageError(f"{shown(text)}: choose one of {', '.join(options)}.")
            case "text":
                if len(text) <= self.longest:
                    return text
                raise UsageError(
                    f"{_words(name)} has {len(text):,} characters; {self.longest:,} fit."
                )


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a panel does on the chain.

    Attributes:
        name: as the page names it ("fund").
        run: does it, by the noun's own method, in a thread of its own.
        call: the same as a call that nobody signed, which the preview asks the chain about.
        arguments: by name; `run`, `call` and `effects` are given them as keywords.
        tells: what to say of a dry run, line by line; each of its events in a sentence by default.
        effects: what there is to say beyond what a dry run tells, line by line.
        refused: why it can't be done now, in words; "" when it can. Asked at each block.
    """

    name: str
    run: Callable[..., Receipt]
    call: Callable[..., Call]
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    tells: Callable[[Preview], Sequence[str]] = lambda told: told.effects
    effects: Callable[..., Sequence[str]] = lambda **_: ()
    refused: Callable[[], str] = lambda: ""

    def accepts(self, given: object) -> bool:
        """Whether a message has exactly the declared arguments, each as text that is not endless.

        What a page of this SDK never sends is not answered at all.
        """
        return (
            isinstance(given, Mapping)
            and given.keys() == self.arguments.keys()
            and all(isinstance(v, str) and len(v) <= _LONGEST for v in given.values())
        )

    def read(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The arguments as the action takes them.

        Raises:
            UsageError: what a person mistyped.
        """
        return {name: kind.read(name, given[name]) for name, kind in self.arguments.items()}


def _words(name: str) -> str:
    """An argument's name at the beginning of a sentence."""
    return f"The {name.replace('_', ' ')}"
