"""The browser half: where its files are, and how they become what a notebook loads.

A notebook loads a widget as one module from memory, where relative imports lead nowhere. The files
in `widgets/` import each other all the same, so that each can be read and tested alone; here the
ones a widget needs are put one after the other.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[a-z_/]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |const |class )", re.MULTILINE)


def folder() -> Path:
    """Where the browser half is: packaged beside this file, or at the top of a checkout."""
    packaged = Path(__file__).parent / "static"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "widgets"


@cache
def module(name: str) -> str:
    """A widget's JavaScript with everything that it imports, as one module.

    Modules come in the order in which they are needed, each once; all their top-level names share
    one scope, so no two modules may define the same.

    Args:
        name: its entry file without the ending; of a folder's, "questionnaire/panel".
    """
    order: dict[str, str] = {}

    def add(file: str) -> None:
        text = (folder() / file).read_text(encoding="utf-8")
        for relative in _IMPORT.findall(text):
            needed = posixpath.normpath(posixpath.join(posixpath.dirname(file), relative))
            if needed not in order:
                add(needed)
        order[file] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(f"{name}.js")
    return "\n".join(order.values())


@cache
def styles(widget: str, *names: str) -> str:
    """A widget's style sheets, one after the other, which hold within it alone.

    A page has the sheets of all its widgets, in whatever order they came. So each sheet, the shared
    ones as well, stands inside a rule of its widget's class, where "&" is the widget itself; that
    rule weighs nothing, and what wins over what is told by the sheets alone.

    Args:
        widget: its class without "dml-", such as "task-panel".
        names: its sheets' files without the ending; "page" comes by itself, for it holds outside.
    """
    page, *sheets = ((folder() / f"{n}.css").read_text(encoding="utf-8") for n in ("page", *names))
    return "\n".join([page, f":where(.dml-{widget}) {{", *sheets, "}\n"])
