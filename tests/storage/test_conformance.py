"""What every store promises, asked of each."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dml_sdk.errors import ContentNotFound, ContentTooLarge, InvalidCID, UsageError
from dml_sdk.storage import Store, cid_of, open_store
from dml_sdk.storage.unixfs import CHUNK

# What `ipfs add --cid-version=1 --raw-leaves --chunker=size-262144` of Kubo 0.41 prints.
KNOWN = {
    b"": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    b"hello world\n": "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
    b"\0" * 800_000: "bafybeiftiovdfq6arvi7y4lr54e4q7245q65mbonllrsrn26nj6gmj5vwm",
}
UNKNOWN = (
    str(cid_of(b"never stored anywhere")),
    str(cid_of(b"nor this" * CHUNK)),
    str(cid_of(b"never stored anywhere", version=0)),
)


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


class TestEveryStore:
    @pytest.mark.parametrize(("content", "cid"), KNOWN.items(), ids=["empty", "small", "chunked"])
    def test_the_cid_is_the_one_that_ipfs_add_gives(
        self, store: Store, content: bytes, cid: str
    ) -> None:
        assert store.put(content) == cid
        assert store.get(cid) == content

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        chunks=st.integers(0, 3),
        edge=st.integers(-2, 2),
        seed=st.integers(0, 2**16),
        read_size=st.sampled_from([1000, CHUNK - 1, CHUNK, 5 * CHUNK]),
    )
    def test_what_is_put_is_got_around_the_borders_of_chunks(
        self, store: Store, chunks: int, edge: int, seed: int, read_size: int
    ) -> None:
        content = noise(max(0, chunks * CHUNK + edge), seed)
        cid = store.put(Reluctant(content, read_size))
        assert cid == store.put(content) == str(cid_of(content))
        assert store.get(cid) == content
        assert store.size(cid) == len(content)

    def test_more_chunks_than_a_node_has_links_make_a_deeper_tree(
        self, store: Store, tmp_path: Path
    ) -> None:
        content = noise(175 * CHUNK + 1)
        cid = store.put(content)
        assert cid == str(cid_of(content))
        store.get_to(cid, tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == content

    def test_bytes_a_buffer_a_path_and_an_open_file_are_the_same_content(
        self, store: Store, tmp_path: Path
    ) -> None:
        content = noise(CHUNK + 7, seed=1)
        path = tmp_path / "weights.safetensors"
        path.write_bytes(content)
        with path.open("rb") as file:
            cids = {
                store.put(source)
                for source in (content, bytearray(content), memoryview(content), path, file)
            }
        assert cids == {str(cid_of(content))}

    @pytest.mark.parametrize("cid", UNKNOWN)
    def test_what_was_never_stored_is_not_found(
        self, store: Store, cid: str, tmp_path: Path
    ) -> None:
        assert not store.has(cid)
        assert not store.pinned(cid)
        for ask in (store.get, store.size, store.pin):
            with pytest.raises(ContentNotFound, match=cid):
                ask(cid)
        with pytest.raises(ContentNotFound, match=cid):
            store.get_to(cid, tmp_path / "nothing")
        assert list(tmp_path.glob("*nothing*")) == []
        assert not store.pinned(cid)

    @pytest.mark.parametrize("cid", ["", "../../etc/passwd", "Qm", "bafkrei", "/ipfs/x", "b" * 99])
    def test_text_that_is_no_cid_is_refused_by_every_method(
        self, store: Store, cid: str, tmp_path: Path
    ) -> None:
        for ask in (store.get, store.has, store.size, store.pin, store.unpin, store.pinned):
            with pytest.raises(InvalidCID):
                ask(cid)
        with pytest.raises(InvalidCID):
            store.get_to(cid, tmp_path / "nothing")

    def test_what_is_put_is_pinned_until_it_is_unpinned(self, store: Store) -> None:
        cid = store.put(noise(CHUNK * 2, seed=2))
        assert store.has(cid)
        assert store.pinned(cid)
        store.unpin(cid)
        store.unpin(cid)
        assert not store.pinned(cid)
        assert store.has(cid)
        store.pin(cid)
        store.pin(cid)
        assert store.pinned(cid)

    def test_a_file_over_the_limit_is_not_taken_into_memory(
        self, store: Store, tmp_path: Path
    ) -> None:
        content = noise(CHUNK + 1, seed=3)
        cid = store.put(content)
        assert store.get(cid, limit=len(content)) == content
        with pytest.raises(ContentTooLarge, match="limit"):
            store.get(cid, limit=len(content) - 1)
        with pytest.raises(ContentTooLarge):
            store.get_to(cid, tmp_path / "nothing", limit=CHUNK)
        assert list(tmp_path.glob("*nothing*")) == []

    def test_get_to_replaces_a_file_that_was_there(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "model"
        path.write_text("the version before")
        store.get_to(store.put(b"this version"), str(path))
        assert path.read_bytes() == b"this version"

    def test_a_path_that_cannot_be_written_is_the_callers_error(
        self, store: Store, tmp_path: Path
    ) -> None:
        cid = store.put(b"anything")
        with pytest.raises(UsageError, match="cannot be written"):
            store.get_to(cid, tmp_path / "no such directory" / "model")
        with pytest.raises(UsageError, match="cannot be written"):
            store.get_to(cid, tmp_path)

    def test_a_source_that_gives_no_bytes_is_refused(self, store: Store, tmp_path: Path) -> None:
        closed = io.BytesIO(b"closed")
        closed.close()
        for source in (tmp_path / "missing", tmp_path, io.StringIO("text"), "text", 5, closed):
            with pytest.raises(UsageError):
                store.put(source)  # type: ignore[arg-type]

    def test_many_threads_put_and_get_the_same_and_different_content(self, store: Store) -> None:
        contents = [noise(CHUNK + 10, seed=seed) for seed in (4, 5, 4, 6)]

        def there_and_back(content: bytes) -> list[bytes]:
            return [store.get(store.put(content)) for _ in range(5)]

        with ThreadPoolExecutor(len(contents)) as threads:
            for content, back in zip(contents, threads.map(there_and_back, contents), strict=True):
                assert back == [content] * 5

    def test_open_store_returns_a_store_as_it_is(self, store: Store) -> None:
        assert isinstance(store, Store)
        assert open_store(store) is store


class Reluctant(io.BytesIO):
    """A stream that gives less than it is asked for, as a socket does."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most if size is None or size < 0 else min(size, self._most))
