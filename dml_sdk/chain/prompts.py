"""Asking for a password or a phrase, so that it shows nowhere.

At a terminal nothing is echoed. In Jupyter the question is a box of the page, whose content goes
to the kernel alone: not to the cell's output, its history or the notebook's file.
"""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Callable

from dml_sdk.errors import PromptUnavailable, UsageError
from dml_sdk.secret import Secret

Ask = Callable[[], str]
"""Gives a password or a phrase; called once each time that one is needed."""

LEAST_CHARACTERS = 8
_LEAST_DIFFERENT = 5
_HEADLESS = (
    "Nobody can be asked for {what} here: {why}. Hand in a function that gives it, such as "
    'password=lambda: os.environ["ALICE_PASSWORD"]; never the password itself.'
)


def asker(given: Ask | None) -> Ask | None:
    """What was handed in to be called; where it is something else, what refuses that.

    To be put in its place at once: it may be the password itself, and would show in tracebacks.
    """
    return given if given is None or callable(given) else _no_function


def obtain(what: str, given: Ask | None) -> Secret:
    """A password or a phrase: of the function that was handed in, or else asked for.

    Args:
        what: is asked for, such as "the password of alice.json".

    Raises:
        PromptUnavailable: no function, and no terminal and no notebook to ask in.
        UsageError: what was handed in gives no text, which is not shown.
    """
    secret = Secret.of_text(_ask(what) if given is None else given())
    if secret is None:
        raise UsageError(f"What was given as {what} is no text that can be written as UTF-8.")
    return secret


def obtain_new(whose: str, given: Ask | None) -> Secret:
    """A new password, asked for twice.

    Raises:
        UsageError: too weak, or two different ones.
        PromptUnavailable: as for `obtain`.
    """
    secret = obtain(f"a new password for {whose}", given)
    if _is_weak(secret):
        raise UsageError(
            f"A password has {LEAST_CHARACTERS} characters or more, {_LEAST_DIFFERENT} of them "
            "different; several words chosen by chance are best. Whoever gets the file can try "
            "millions. Nothing was saved."
        )
    if given is None:
        again = obtain(f"the new password for {whose} again", None)
        if again.reveal() != secret.reveal():
            raise UsageError("The two passwords are not the same. Nothing was saved.")
    return secret


def _is_weak(password: Secret) -> bool:
    text = password.reveal().decode()
    return len(text) < LEAST_CHARACTERS or len(set(text)) < _LEAST_DIFFERENT


def _no_function() -> str:
    raise UsageError(
        "Hand in a function that gives the password or phrase, not the text itself: in a cell it "
        "would be saved with the notebook. Leave it out to be asked."
    )


def _ask(what: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # rather than with an echo
            return getpass.getpass(f"{what[0].upper()}{what[1:]}: ")
    except NotImplementedError:  # what ipykernel raises
        why = "this notebook runs without a page that shows a box"
    except (getpass.GetPassWarning, EOFError, OSError):
        why = "there is no terminal"
    raise PromptUnavailable(_HEADLESS.format(what=what, why=why))
