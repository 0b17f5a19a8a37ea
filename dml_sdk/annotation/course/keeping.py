"""Files of one person's own on this machine: answers not handed in yet, and what is still secret.

They lie in folders that only their owner can read, and are replaced as a whole: whoever reads, also
after a crash, finds the old one or the new.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.arguments import path_told, reason_of
from dml_sdk.errors import DraftsUnwritable

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

_OWNER_ONLY = 0o700


def home_of(chain: Chain) -> Path:
    """Where files about a chain's tasks are kept: the user's data folder.

    Those about an embedded chain in memory go with the process, as that chain does.
    """
    if chain.node is not None and chain.node.path is None:
        return Path(_with_the_process().name)
    import platformdirs

    return Path(platformdirs.user_data_dir("dml-sdk", appauthor=False)) / "annotation"


def write(path: Path, content: bytes) -> None:
    """Writes or replaces a file for good: it outlives a crash of the machine.

    Raises:
        DraftsUnwritable: no room, no right, or no such place; what was there is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        _sync_folder(path.parent)
    except OSError as e:
        why = reason_of(e)
    else:
        return
    # Raised out here: the other error repeats the path.
    raise DraftsUnwritable(
        f"A file cannot be written to {path_told(path.parent)}: {why}. Make room, or name another "
        "folder with drafts=… or keep_gold=…; nothing was sent."
    )


def read(path: Path) -> bytes | None:
    """A file's bytes; None where there is none."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def remove(path: Path) -> None:
    """Removes a file; nothing happens if there is none."""
    with suppress(OSError):
        path.unlink()


@cache
def _with_the_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="dml-annotation-", ignore_cleanup_errors=True)


def _sync_folder(folder: Path) -> None:
    """Has the name of a file that was replaced written, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
