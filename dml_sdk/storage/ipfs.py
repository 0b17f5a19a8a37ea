"""A store on an IPFS daemon, over its RPC API.

This is the only module that imports ipfshttpclient. `ipfshttpclient.Client` is made directly,
since `connect()` refuses every current daemon for its version number. Each request has a
connection of its own, which is what makes the store usable from several threads.

Nothing is left to the daemon's configuration, whose profiles change how files are cut, and nothing
that it says is believed: the CID of what is put is computed here too, and what is read is hashed.
"""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dml_sdk.errors import (
    ContentCorrupt,
    ContentNotFound,
    DMLError,
    MissingExtra,
    StorageError,
    StoreUnreachable,
    UsageError,
)
from dml_sdk.storage.cid import CID
from dml_sdk.storage.store import (
    IN_MEMORY,
    Source,
    pieces_of,
    verified,
    write_whole,
)
from dml_sdk.storage.unixfs import CHUNK, Buffer, UnixFSHasher

DEFAULT_ADDRESS = "/ip4/127.0.0.1/tcp/5001"

_CONNECT = 5.0  # seconds


class IPFSStore:
    """Keeps files on an IPFS daemon (Kubo).

    Args:
        address: of the daemon's RPC API: a multiaddr ("/ip4/127.0.0.1/tcp/5001") or
            "ipfs://host:port".
        timeout: seconds of silence after which a daemon is given up, or a file that it looks
            for on the network.

    Raises:
        MissingExtra: ipfshttpclient is not installed.
        UsageError: the address has no such form.
        StoreUnreachable: no daemon answers there.
    """

    def __init__(self, address: str = DEFAULT_ADDRESS, *, timeout: float = 30.0) -> None:
        try:
            import ipfshttpclient
        except ImportError as e:
            raise MissingExtra("ipfshttpclient", "ipfs", "Storing files on IPFS") from e
        # ipfshttpclient hands urllib3 an argument that urllib3 announces to drop.
        warnings.filterwarnings(
            "ignore", message="The 'strict' parameter is no longer needed", category=FutureWarning
        )
        self.address = _multiaddr(address)
        self.timeout = timeout
        self._errors: Any = ipfshttpclient.exceptions
        try:
            self._client: Any = ipfshttpclient.Client(
                self.address, chunk_size=CHUNK, timeout=(_CONNECT, timeout)
            )
        except self._errors.AddressError as e:
            raise _bad_address(address) from e
        self.version = self._daemon_version()

    def put(self, source: Source) -> str:
        """Store bytes, a file or a stream; see `Store.put`."""
        hasher = UnixFSHasher()

        def hashed() -> Iterator[bytes]:
            for piece in pieces_of(source):
                hasher.update(piece)
                yield bytes(piece)

        layout = {
            "chunker": f"size-{CHUNK}",
            "cid-version": "1",
            "raw-leaves": "true",
            "trickle": "false",
            "pin": "true",
        }
        with self._talking():
            told = self._client.add_bytes(hashed(), opts=layout)
        cid = str(hasher.finish())
        if told != cid:
            raise ContentCorrupt(
                f"The daemon at {self.address} stored {told} when it was given {cid}: the bytes "
                "were altered on their way, or it ignores the layout that it was asked for. "
                "Nothing refers to what it stored; use another daemon."
            )
        return cid

    def get(self, cid: str, *, limit: int = IN_MEMORY) -> bytes:
        """The bytes of a file, fetched by the daemon where it is not held; see `Store.get`."""
        name = CID.parse(cid)
        with closing(self._cat(name)) as pieces:
            return b"".join(verified(name, pieces, limit=limit))

    def get_to(self, cid: str, path: str | Path, *, limit: int | None = None) -> None:
        """Write a file's bytes to a path, hashed on the way; see `Store.get_to`."""
        name = CID.parse(cid)
        with closing(self._cat(name)) as pieces:
            write_whole(path, verified(name, pieces, limit=limit))

    def has(self, cid: str) -> bool:
        """Whether the daemon's own repository holds all of the file."""
        try:
            return bool(self._stat(CID.parse(cid)).get("Local", False))  # left out when false
        except ContentNotFound:
            return False

    def size(self, cid: str) -> int:
        """How many bytes the file has, when the daemon holds it; see `Store.size`."""
        return int(self._stat(CID.parse(cid))["Size"])

    def pin(self, cid: str) -> None:
        """Keep a file on the daemon, fetched where it is not held; see `Store.pin`."""
        name = CID.parse(cid)
        with self._looking_for(name):
            self._client.pin.add(str(name))

    def unpin(self, cid: str) -> None:
        """Let the daemon's next garbage collection take a file."""
        name = CID.parse(cid)
        if self.pinned(cid):
            with self._talking():
                self._client.pin.rm(str(name))

    def pinned(self, cid: str) -> bool:
        """Whether a file is pinned on the daemon."""
        name = CID.parse(cid)
        with self._talking():
            try:
                self._client.pin.ls(str(name), type="recursive")
            except self._errors.ErrorResponse as e:
                if "not pinned" in str(e):
                    return False
                raise
        return True

    def close(self) -> None:
        """Let go of the daemon, which goes on by itself."""
        self._client.close()

    def _daemon_version(self) -> str:
        with self._talking():
            return str(self._client.version()["Version"])

    def _stat(self, cid: CID) -> dict[str, Any]:
        options = {"with-local": "true", "offline": "true"}  # ask the daemon's own repository
        with self._looking_for(cid):
            found: dict[str, Any] = self._client.files.stat(f"/ipfs/{cid}", opts=options).as_json()
        if found.get("Type") != "file":
            raise _no_file(cid)
        return found

    def _cat(self, cid: CID) -> Generator[Buffer, None, None]:
        with self._looking_for(cid), self._client.cat(str(cid), stream=True) as pieces:
            yield from pieces

    @contextmanager
    def _looking_for(self, cid: CID) -> Iterator[None]:
        """Like `_talking`, where the daemon may not have, or not find, what is asked for."""
        with self._talking():
            try:
                yield
            except self._errors.TimeoutError as e:
                self._client.version()  # a daemon that is gone is another matter
                raise ContentNotFound(
                    f"The daemon at {self.address} found {cid} nowhere on the network within "
                    f"{self.timeout:g} s. Check that a peer holds it, or pass a longer timeout."
                ) from e
            except self._errors.ErrorResponse as e:
                if "could not find" in str(e) or "not found" in str(e):
                    raise ContentNotFound(
                        f"The daemon at {self.address} does not have {cid}: {e}. Put it there, or "
                        "connect the daemon to a peer that holds it."
                    ) from e
                if "is a directory" in str(e):
                    raise _no_file(cid) from e
                raise

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except DMLError:  # of the source of a put, or already explained
            raise
        except self._errors.ErrorResponse as e:
            raise StorageError(f"The IPFS daemon at {self.address} refused: {e}.") from e
        except (
            self._errors.StatusError,
            self._errors.ProtocolError,
            self._errors.EncoderError,
            LookupError,  # the client's own way to meet JSON that is not an answer
            TypeError,
            AssertionError,
        ) as e:
            raise StoreUnreachable(
                f"What answers at {self.address} is not an IPFS daemon's RPC API ({e}). Give the "
                "API's port (5001 unless configured otherwise), not the gateway's."
            ) from e
        except (self._errors.CommunicationError, OSError) as e:
            raise StoreUnreachable(
                f"No IPFS daemon answers at {self.address} ({type(e).__name__}). Start one with "
                '`ipfs daemon`, give its address as store="ipfs://host:port", or use '
                'store="local", which needs none.'
            ) from e

    def __repr__(self) -> str:
        return f"<IPFSStore at {self.address}, daemon {self.version}>"


def _multiaddr(address: str) -> str:
    if address.startswith("/"):
        return address
    url = urlsplit(address)
    try:
        host, port = url.hostname, url.port
    except ValueError as e:
        raise _bad_address(address) from e
    rest = url.path.strip("/") + url.query + url.fragment
    if url.scheme != "ipfs" or not host or not port or rest or "@" in url.netloc:
        raise _bad_address(address)
    try:
        kind = f"ip{ipaddress.ip_address(host).version}"
    except ValueError:
        kind = "dns"
    return f"/{kind}/{host}/tcp/{port}"


def _bad_address(address: str) -> UsageError:
    shown = address if "@" not in address else "The address given"  # it may hold a password
    return UsageError(
        f"{shown} is not the address of an IPFS daemon: write ipfs://host:port, or a multiaddr "
        f"like {DEFAULT_ADDRESS}."
    )


def _no_file(cid: CID) -> ContentNotFound:
    return ContentNotFound(
        f"{cid} names a directory, not a file. Pass the CID of the file inside it."
    )
