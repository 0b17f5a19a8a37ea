"""The embedded store: damage, crashes, neighbours, and collecting garbage."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from dml_sdk.errors import ContentCorrupt, ContentNotFound, StoreUnreachable, UsageError
from dml_sdk.storage import LocalStore, MemoryStore, Store, TemporaryStore, open_store
from dml_sdk.storage.unixfs import CHUNK

CONTENT = bytes(range(256)) * 2048  # two chunks


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def file_of(store: LocalStore, cid: str) -> Path:
    (found,) = store.path.glob(f"content/*/{cid}")
    return found


def partial_files(store: LocalStore) -> list[Path]:
    return list((store.path / "partial").iterdir())


DAMAGES = {
    "cut short by one byte": CONTENT[:-1],
    "cut short by a chunk": CONTENT[:CHUNK],
    "emptied": b"",
    "with one bit flipped": bytes([CONTENT[0] ^ 1]) + CONTENT[1:],
    "with a byte added": CONTENT + b"\0",
    "with its chunks exchanged": CONTENT[CHUNK:] + CONTENT[: CHUNK - 1] + b"?",
}


@pytest.mark.parametrize("damaged", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_refused_and_repaired_by_putting_it_again(
    store: LocalStore, tmp_path: Path, damaged: bytes
) -> None:
    cid = store.put(CONTENT)
    file_of(store, cid).write_bytes(damaged)
    with pytest.raises(ContentCorrupt, match=cid):
        store.get(cid)
    target = tmp_path / "target"
    target.write_bytes(b"as it was")
    with pytest.raises(ContentCorrupt, match=cid):
        store.get_to(cid, target)
    assert target.read_bytes() == b"as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "target"]
    assert store.put(CONTENT) == cid
    assert store.get(cid) == CONTENT


def test_another_file_under_a_cid_is_refused(store: LocalStore) -> None:
    wanted, other = store.put(CONTENT), store.put(b"other weights")
    file_of(store, other).replace(file_of(store, wanted))
    with pytest.raises(ContentCorrupt, match=wanted):
        store.get(wanted)


def test_a_store_keeps_its_files_and_pins_when_it_is_opened_again(store: LocalStore) -> None:
    kept, loose = store.put(CONTENT), store.put(b"loose")
    store.unpin(loose)
    store.close()
    again = LocalStore(store.path)
    assert again.get(kept) == CONTENT
    assert again.pinned(kept)
    assert not again.pinned(loose)


def test_a_source_that_fails_half_way_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    class Failing:
        reads = 0

        def read(self, size: int) -> bytes:
            self.reads += 1
            if self.reads == 3:
                raise OSError("the cable was pulled")
            return bytes(size)

    with pytest.raises(UsageError, match="the cable was pulled"):
        store.put(Failing())  # type: ignore[arg-type]
    assert [path for path in store.path.rglob("*") if path.is_file()] == []


def test_an_interrupt_half_way_leaves_nothing(store: LocalStore) -> None:
    class Interrupted:
        def read(self, size: int) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.put(Interrupted())  # type: ignore[arg-type]
    assert partial_files(store) == []


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_gc_deletes_what_is_not_pinned_and_nothing_else(kind: str, tmp_path: Path) -> None:
    store = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    kept, loose = store.put(CONTENT), store.put(b"loose")
    assert store.gc() == frozenset()
    store.unpin(loose)
    assert store.gc() == {loose}
    assert store.gc() == frozenset()
    assert store.get(kept) == CONTENT
    with pytest.raises(ContentNotFound):
        store.get(loose)


def test_gc_removes_what_a_crashed_writer_left_but_not_what_is_being_written(
    store: LocalStore,
) -> None:
    abandoned, fresh = (store.path / "partial" / name for name in ("abandoned", "fresh"))
    for path in (abandoned, fresh):
        path.write_bytes(b"half of a")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(abandoned, (two_days_ago, two_days_ago))
    store.gc()
    assert partial_files(store) == [fresh]


def test_gc_brings_back_what_was_pinned_while_it_was_being_deleted(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = store.put(CONTENT)
    store.unpin(cid)
    replace = Path.replace

    def pinned_meanwhile(source: Path, target: Path) -> Path:
        (store.path / "pins" / cid).touch()
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", pinned_meanwhile)
    assert store.gc() == frozenset()
    assert store.get(cid) == CONTENT
    assert partial_files(store) == []


def test_a_file_that_cannot_be_replaced_while_it_is_read_is_kept_if_it_is_whole(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = store.put(CONTENT)

    def refused(source: Path, target: Path) -> Path:
        raise PermissionError(13, "what Windows says of a file that somebody reads", str(target))

    monkeypatch.setattr(Path, "replace", refused)
    assert store.put(CONTENT) == cid
    file_of(store, cid).write_bytes(CONTENT[:-1])
    with pytest.raises(ContentCorrupt, match=cid):
        store.put(CONTENT)
    assert partial_files(store) == []


def test_gc_leaves_files_alone_that_are_not_the_stores(store: LocalStore) -> None:
    foreign = store.path / "content" / "no" / "notes.txt"
    foreign.parent.mkdir()
    foreign.write_text("mine")
    assert store.gc() == frozenset()
    assert foreign.read_text() == "mine"


def test_a_directory_that_cannot_be_made_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreUnreachable, match="another path"):
        LocalStore(tmp_path / "taken" / "store")


def test_a_store_whose_directory_went_away_is_a_typed_error(store: LocalStore) -> None:
    (store.path / "partial").rmdir()
    with pytest.raises(StoreUnreachable, match="cannot be written"):
        store.put(CONTENT)


def test_stored_files_are_the_owners_alone(store: LocalStore) -> None:
    if os.name != "posix":
        pytest.skip("permission bits are those of POSIX")
    mode = stat.S_IMODE(file_of(store, store.put(CONTENT)).stat().st_mode)
    assert mode == 0o600


def put_often(path: Path, times: int) -> None:
    store = LocalStore(path)
    for number in range(times):
        cid = store.put(CONTENT + bytes([number]))
        assert store.get(cid) == CONTENT + bytes([number])


def test_processes_may_write_the_same_store_while_it_is_cleaned(store: LocalStore) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=put_often, args=(store.path, 20)) for _ in range(2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert store.gc() == frozenset()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(list(store.path.glob("content/*/*"))) == 20
    assert partial_files(store) == []


def test_the_default_directory_is_in_the_users_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store()
    assert isinstance(store, LocalStore)
    assert store.path.parts[-2:] == ("dml-sdk", "store")
    assert store.path.is_relative_to(tmp_path)


def test_open_store_opens_what_a_word_stands_for() -> None:
    memory: Store = open_store("memory")
    assert isinstance(memory, MemoryStore)


@pytest.mark.parametrize("spec", ["", "s3", "Local", "http://127.0.0.1:5001", 5, None, object()])
def test_open_store_refuses_what_is_no_store(spec: object) -> None:
    with pytest.raises(UsageError, match="not a store"):
        open_store(spec)  # type: ignore[arg-type]


def test_a_folder_is_a_store_as_a_path_and_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for spec in (tmp_path / "here", str(tmp_path / "here"), "./here", "~/here"):
        store = open_store(spec)
        assert isinstance(store, LocalStore)
        assert store.path == tmp_path / "here"
    monkeypatch.chdir(tmp_path / "here" / "content")
    above = open_store("..")
    assert isinstance(above, LocalStore) and above.path.resolve() == tmp_path / "here"


@pytest.mark.parametrize("spec", [Path(), "./", "./."])
def test_the_working_directory_is_no_store_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str | Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="working directory itself is not a store"):
        open_store(spec)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "spec", ["/dnsfoo/x", "/dns3/a.b/tcp/5001", "/ip5/1.1.1.1", "/ip4", "/dns"]
)
def test_what_is_neither_a_multiaddr_nor_clearly_a_folder_is_refused(spec: str) -> None:
    with pytest.raises(UsageError, match=r"begins like a multiaddr .* pathlib\.Path"):
        open_store(spec)
    assert not Path(spec).exists()


def test_a_folder_below_one_that_is_named_like_a_multiaddr_is_one(tmp_path: Path) -> None:
    for name in ("dnsfoo", "ip4"):
        assert isinstance(open_store(str(tmp_path / name)), LocalStore)


def test_a_phrase_in_a_folders_place_makes_no_folder_and_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    phrase = " ".join(["abandon"] * 11 + ["about"])
    for spec in (phrase, f"./{phrase}", Path(phrase)):
        with pytest.raises(UsageError) as refused:
            open_store(spec)
        assert "abandon" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_temporary_store_leaves_nothing_behind():
    store = TemporaryStore()
    folder = store.path
    store.put(b"for a while")
    store.close()
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_or_a_folder_in_a_files_place_is_refused_at_once(store: LocalStore) -> None:
    for replace in (os.mkfifo, os.mkdir):
        cid = store.put(replace.__name__.encode())
        file = file_of(store, cid)
        file.unlink()
        replace(file)
        for read in (store.get, store.size, lambda c: store.get_to(c, store.path / "copy")):
            with pytest.raises(ContentCorrupt, match="is no file"):
                read(cid)
        assert not store.has(cid)
