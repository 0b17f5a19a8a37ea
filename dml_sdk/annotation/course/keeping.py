"""Files of one person's own on this machine: answers not handed in yet, and what is still secret.

They lie in folders that only their owner can read, and are replaced as a whole, or added to line
by line: whoever reads, also after a crash, finds what was kept before, or that and the new. What
cannot be read is never taken for nothing, so nobody writes over it.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.arguments import path_told, reason_of
from dml_sdk.errors import DraftsUnreadable, DraftsUnwritable

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

_OWNER_ONLY = 0o700
_LOCK = ".lock"


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
    raise _unwritable(path, why)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps all others out of a folder, be they threads or processes of this machine, that ask in
    this way; goes with the process.

    Raises:
        DraftsUnwritable: no such place, no right, or files there cannot be locked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as e:
        why = reason_of(e)
    else:
        try:
            why = _lock(descriptor)
            if not why:
                yield
                return
        finally:
            _unlock(descriptor)
    raise _unwritable(folder / _LOCK, why)


def append(path: Path, line: bytes) -> int | None:
    """Adds a line to a file for good. What a crash leaves of one is a line of its own, and none.

    Args:
        line: without its end.

    Returns:
        how many bytes the file has by then; None where there is no file, and nothing was added.

    Raises:
        DraftsUnwritable: no room, no right; what was there is as it was.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        try:
            return _add(descriptor, line)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as e:
        why = reason_of(e)
    raise _unwritable(path, why)


def read(path: Path) -> bytes | None:
    """A file's bytes; None where there is none.

    Raises:
        DraftsUnreadable: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        why = reason_of(e)
    raise unreadable(path, why)


def size(path: Path) -> int | None:
    """How many bytes a file has; None where there is none.

    Raises:
        DraftsUnreadable: that cannot be found out.
    """
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        why = reason_of(e)
    raise unreadable(path, why)


def names(folder: Path) -> list[str]:
    """What the files of a folder are called, in order; none where there is no folder.

    Raises:
        DraftsUnreadable: it is there and cannot be read.
    """
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as e:
        why = reason_of(e)
    raise unreadable(folder / "*", why)


def unreadable(path: Path, why: str) -> DraftsUnreadable:
    """That something is kept and cannot be read."""
    return DraftsUnreadable(
        f"{path.name} in {path_told(path.parent)} cannot be read: {why}. It was left as it is: "
        "mend that, or move it elsewhere to begin without it."
    )


def remove(path: Path) -> None:
    """Removes a file; nothing happens if there is none."""
    with suppress(OSError):
        path.unlink()


@cache
def _with_the_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="dml-annotation-", ignore_cleanup_errors=True)


def _unwritable(path: Path, why: str) -> DraftsUnwritable:
    return DraftsUnwritable(
        f"A file cannot be written to {path_told(path.parent)}: {why}. Make room, or name another "
        "folder with drafts=… or keep_gold=…; nothing was sent."
    )


def _add(descriptor: int, line: bytes) -> int:
    before = os.fstat(descriptor).st_size
    os.lseek(descriptor, max(0, before - 1), os.SEEK_SET)
    torn = before and os.read(descriptor, 1) != b"\n"
    left = (b"\n" if torn else b"") + line + b"\n"
    size = before
    try:
        while left:
            written = os.write(descriptor, left)
            size, left = size + written, left[written:]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            if os.fstat(descriptor).st_size == size:  # nobody else added to it meanwhile
                os.ftruncate(descriptor, before)
        raise
    return os.fstat(descriptor).st_size


def _lock(descriptor: int) -> str:
    """Locks a file once nobody else has; why it cannot be, or ""."""
    try:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                    break
                except OSError as e:
                    if e.errno != errno.EDEADLOCK:  # what it tells after ten seconds
                        raise
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as e:
        return reason_of(e)
    return ""


def _unlock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a process that was forked may have it open
    os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Has the name of a file that was replaced written, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
