"""Delivering content keys: to holders of licences on the chain, to others in a file of the store.

Keys are wrapped for sealing keys that their readers named themselves. Every holder and every
version is delivered by itself: what cannot be is told, and holds up nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dml_sdk.access import (
    content_key,
    deliveries_of,
    hex_of,
    octets_of,
    require_access,
    sealing_key_of,
)
from dml_sdk.chain.accounts import Account
from dml_sdk.errors import DispatchError, DMLError, LicenceRequired, StorageError, UsageError
from dml_sdk.handles import Handle
from dml_sdk.storage.envelope import is_enclosed, taken_apart
from dml_sdk.storage.key_ring import KeyRing
from dml_sdk.storage.sealed import wrap
from dml_sdk.tables import Table
from dml_sdk.types import Location, Receipt, Version
from dml_sdk.versions import WEIGHTS_LIMIT, store_bytes, version_of, versions_of

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.secret import Secret

_CALLS_A_BLOCK = 32
_CANNOT_OPEN = (LicenceRequired, StorageError, UsageError)
_COLUMNS = ("licence", "holder", "version", "why")


class Delivery(tuple[Receipt, ...]):
    """The receipts of a delivery, and who was left out.

    Attributes:
        skipped: a row for each licence and version whose key was not delivered, and why; of a
            licence whose holder named no key, one row without a version.
    """

    skipped: Table

    def __new__(cls, receipts: Iterable[Receipt] = (), skipped: Table | None = None) -> Delivery:
        delivery = super().__new__(cls, receipts)
        delivery.skipped = Table("Not delivered", (), _COLUMNS) if skipped is None else skipped
        return delivery

    def __repr__(self) -> str:
        return f"<Delivery in {len(self)} transaction(s), {len(self.skipped)} skipped>"

    def _repr_html_(self) -> str:
        drawn = "".join(receipt._repr_html_() for receipt in self)
        return f"<div>{drawn}{self.skipped._repr_html_() if len(self.skipped) else ''}</div>"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody whom a version's key was not delivered to yet."""

    licence: int
    holder: str
    key: bytes
    version: int


class _Skipped:
    """Who is left out, and why."""

    def __init__(self) -> None:
        self.errors: list[DMLError] = []
        self._rows: list[dict[str, Any]] = []

    def add(self, who: _Waiting, why: DMLError) -> None:
        """One whom this account would have delivered to."""
        self.errors.append(why)
        self.tell(who.licence, who.holder, who.version, f"{type(why).__name__}: {why}")

    def tell(self, licence: int, holder: str, version: int | None, why: str) -> None:
        """One to whom this account has nothing to deliver."""
        row = {"licence": licence, "holder": holder, "version": version, "why": why}
        self._rows.append(row)

    def table(self) -> Table:
        return Table("Not delivered", self._rows, _COLUMNS)


def deliver(handle: Handle, ring: KeyRing | None = None) -> Delivery:
    """Gives the keys of the signer's sealed versions to all holders who wait for them.

    Args:
        ring: keys that the signer was given in a file.

    Raises:
        DMLError: what the first was skipped for, where nothing at all could be delivered.
    """
    skipped = _Skipped()
    wrapped = list(_wrapped(handle, skipped, ring))
    receipts: list[Receipt] = []
    for first in range(0, len(wrapped), _CALLS_A_BLOCK):
        group = wrapped[first : first + _CALLS_A_BLOCK]
        receipts += _delivered(handle, group, skipped)
    if skipped.errors and not receipts:
        raise skipped.errors[0]
    return Delivery(receipts, skipped.table())


def key_ring(
    handle: Handle, reader: str, sealing_key: bytes, ring: KeyRing | None = None
) -> Location:
    """Puts the keys of the signer's sealed versions into the store, for one reader.

    Args:
        ring: keys that the signer was given in a file.

    Raises:
        UsageError: nothing is sealed that the signer could deliver; or no sealing key.
        DMLError: no version could be opened.
    """
    keys: dict[int, bytes] = {}
    failed: dict[int, DMLError] = {}
    for version in filter(_may_deliver(handle), versions_of(handle.chain, handle.model_id)):
        try:
            content = _content_key(handle, version, ring)
        except _CANNOT_OPEN as e:
            failed[version.index] = e
            continue
        if content is not None:
            keys[version.index] = wrap(content, sealing_key)
    if failed and not keys:
        raise next(iter(failed.values()))
    if not keys:
        raise UsageError(
            f"No version of model {handle.model_id} is sealed that {reader} could be given "
            "the key of by this account: who may have the weights reads the others as they are."
        )
    made = KeyRing(octets_of(handle.record()["guid"]), sealing_key, keys)
    location = Location(cid=store_bytes(handle.session.store, made.encoded()))
    for number, error in failed.items():
        warnings.warn(
            f"The key of version {number} is not in the ring: {type(error).__name__}: {error}",
            stacklevel=3,
        )
    return location


def known_key(handle: Handle, reader: Account | str, who: str) -> bytes:
    """The sealing key of an account that is here, or that its owner named for this very model.

    Of what the chain knows, a key counts that is on a valid licence of the model which the reader
    holds: nobody else could name that one.

    Args:
        who: the reader's SS58 address.

    Raises:
        UsageError: there is none.
    """
    known = sealing_key_of(reader) if isinstance(reader, Account) else None
    if known is not None:
        return known
    for told in reversed(handle.chain.ask("licences", handle.model_id, who)):
        if told["valid"] and told["licence"]["encryption_key"] is not None:
            return octets_of(told["licence"]["encryption_key"])
    raise UsageError(
        f"No sealing key of {who} is known here: they named none with a valid licence of this "
        "model. Have them tell session.signer.sealing_key by a way that you trust, and give it: "
        "deliver_to(address, sealing_key)."
    )


# --- inside ---------------------------------------------------------------------------------------


def _may_deliver(handle: Handle) -> Callable[[Version], bool]:
    """Says of a version whether the signer may deliver its key.

    The owner may while a member of the collective; whoever published it; and any member, while the
    owner is none.
    """
    me, owner = handle.session.signer.address, handle.record()["owner"]
    told = handle.chain.ask("collective", handle.model_id)
    members = {member["who"] for member in told["members"]}
    if me == owner or (me in members and owner not in members):
        may = me in members
        return lambda _: may
    return lambda version: version.publisher == me


def _sealed(handle: Handle, version: Version) -> bytes | None:
    """A version's file with the keys to open it; None if it is not sealed."""
    if version.location.cid is None:
        return None
    data = handle.session.store.get(version.location.cid, limit=WEIGHTS_LIMIT)
    return data if is_enclosed(data) else None


def _content_key(handle: Handle, version: Version, ring: KeyRing | None) -> Secret | None:
    """The content key of a version; None if it is not sealed."""
    require_access(handle)
    data = _sealed(handle, version)
    if data is None:
        return None
    return content_key(handle, version.index, *taken_apart(data), ring)


def _wrapped(
    handle: Handle, skipped: _Skipped, ring: KeyRing | None
) -> Iterator[tuple[_Waiting, Call]]:
    """Who waits for a version's key, and the call that delivers it."""
    may_deliver, holders = _may_deliver(handle), list(_holders(handle, skipped))
    for version in versions_of(handle.chain, handle.model_id) if holders else ():
        waiting = [
            _Waiting(licence, holder, key, version.index)
            for licence, holder, key in holders
            if not _is_delivered(handle, licence, version.index, key, may_deliver(version))
        ]
        if not waiting:
            continue
        try:
            if not may_deliver(version):
                _not_ours(handle, version, waiting, skipped)
                continue
            content = _content_key(handle, version, ring)
        except _CANNOT_OPEN as e:
            for who in waiting:
                skipped.add(who, e)
            continue
        if content is None:
            continue
        for who in waiting:
            try:
                yield who, _call(handle, who, content)
            except UsageError as e:  # the holder named a key that is none
                skipped.add(who, e)


def _holders(handle: Handle, skipped: _Skipped) -> Iterator[tuple[int, str, bytes]]:
    """The valid licences: their ids, holders, and the keys to wrap for; who named none is told."""
    valid = [t for t in handle.chain.ask("licences", handle.model_id, None) if t["valid"]]
    nameless = [told for told in valid if told["licence"]["encryption_key"] is None]
    for told in nameless if nameless and _is_sealed(handle) else ():
        why = "the holder named no key for sealed weights; licence.name_key() does"
        skipped.tell(told["id"], str(told["licence"]["holder"]), None, why)
    for told in valid:
        entry = told["licence"]
        if entry["encryption_key"] is not None:
            yield told["id"], str(entry["holder"]), octets_of(entry["encryption_key"])


def _is_sealed(handle: Handle) -> bool:
    """Whether the newest weights are sealed, or may be, for all that can be read here."""
    newest = int(handle.record()["versions"]) - 1
    version = version_of(handle.chain, handle.model_id, newest, f"Model {handle.model_id}")
    try:
        return _sealed(handle, version) is not None
    except StorageError:
        return True


def _not_ours(
    handle: Handle, version: Version, waiting: Iterable[_Waiting], skipped: _Skipped
) -> None:
    """Tells of who waits for a version that the signer may not deliver the key of."""
    if _sealed(handle, version) is None:
        return
    why = (
        f"{handle.session.signer.name} may not deliver it: the owner does while a member of the "
        f"collective, any member while the owner is none, and {version.publisher}, who published it"
    )
    for who in waiting:
        skipped.tell(who.licence, who.holder, who.version, why)


def _call(handle: Handle, who: _Waiting, content: Secret) -> Call:
    return handle.chain.call(
        "Licences",
        "deliver",
        licence=who.licence,
        version=who.version,
        encryption_key=hex_of(who.key),
        wrapped_key=hex_of(wrap(content, who.key)),
    )


def _is_delivered(handle: Handle, licence: int, version: int, key: bytes, by_signer: bool) -> bool:
    """Whether a version's key was delivered for a sealing key.

    Args:
        by_signer: whether only what the signer delivered counts; else what anybody did. What
            others delivered may be anything.
    """
    delivered = deliveries_of(handle.chain, licence, version, key)
    return handle.session.signer.address in delivered if by_signer else bool(delivered)


def _delivered(
    handle: Handle, group: Sequence[tuple[_Waiting, Call]], skipped: _Skipped
) -> Iterator[Receipt]:
    """Submits a group in one transaction; one by one where the chain refuses one of them."""
    try:
        yield handle.submit(handle.chain.batch([call for _, call in group]))
        return
    except DispatchError as e:
        if len(group) == 1:
            skipped.add(group[0][0], e)
            return
    for each in group:
        yield from _delivered(handle, [each], skipped)
