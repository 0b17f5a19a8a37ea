"""Who may have a model's weights, and the key that opens them where they are sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dml_sdk.arguments import shown
from dml_sdk.errors import KeyNotDelivered, LicenceRequired, UsageError, WrongKey
from dml_sdk.secret import Secret
from dml_sdk.storage.key_ring import LONGEST, KeyRing
from dml_sdk.storage.sealed import OTHER_KEY, opens
from dml_sdk.types import Location, from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.accounts import Account
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.handles import Handle


def require_access(handle: Handle) -> None:
    """Refuses the weights of a restricted model to whom the chain does not give them.

    Raises:
        LicenceRequired: the signer has no right to them.
    """
    signer = handle.session.signer
    if not handle.chain.ask("may_download", handle.model_id, signer.address):
        raise LicenceRequired(
            f"The weights of model {handle.model_id} are for its owner, its collective and those "
            f"who hold a licence; {signer.name} ({signer.address}) is none of them. Buy one: "
            'model.licences.buy("download"); model.licences.offers shows what is sold.'
        )


def require_file(
    handle: Handle, sha256: str, since: datetime, is_known: Callable[[int], bool]
) -> None:
    """Refuses a file of a restricted model that was named in another place as well.

    A location and a hash can be copied from a version to an update of it, or to another model. The
    file is for those whom the chain gives the model that had it first. A courtesy all the same, as
    every restriction of weights that are not sealed.

    Args:
        sha256: of the file, 64 hexadecimal digits.
        since: when it was named here; who names it later keeps nobody from it.
        is_known: asked, by the number of a model that had it first, whether anybody can make the
            file anyway.

    Raises:
        LicenceRequired: the signer has no right to a model that had it first.
    """
    chain, signer, here = handle.chain, handle.session.signer, (since, handle.model_id)

    def is_given(model: int) -> bool:
        return bool(chain.ask("may_download", model, signer.address))

    restricted = {model for model, _ in chain.entries("Licences", "Restricted")}
    if handle.model_id in restricted and is_given(handle.model_id):
        restricted.remove(handle.model_id)
    if not restricted:
        return
    had_it = {
        model
        for (model, _), told in chain.entries("Models", "Versions")
        if model in restricted
        and told["hash"] == "0x" + sha256
        and (from_ms(int(told["published_ms"])), model) < here
    }
    for model in sorted(had_it):
        if not is_given(model) and not is_known(model):
            raise LicenceRequired(
                f"These are the weights of model {model}, which had them first and is restricted; "
                f"{signer.name} ({signer.address}) has no right to them. Buy one: "
                f'session.models.get({model}).licences.buy("download").'
            )


def content_key(
    handle: Handle,
    version: int | None,
    wrapped: Mapping[bytes, bytes],
    sealed: bytes,
    ring: KeyRing | None = None,
) -> Secret:
    """The content key of a sealed file, for the signer: the first that opens it, from wherever.

    Whoever made a file, or may deliver its key, can write anything into their own place. What does
    not open the file, which says itself which key does, is passed over.

    Args:
        version: which one the file is of; None for an update that is no version yet.
        wrapped: the file's own readers.
        sealed: the file.
        ring: keys that the signer was given in a file.

    Raises:
        KeyNotDelivered: the signer is no reader, and nobody has delivered the key.
        WrongKey: nothing that was wrapped or delivered for the signer opens it.
        SealMalformed: no sealed file.
    """
    signer = handle.session.signer
    own = sealing_key_of(signer)
    broken: WrongKey | None = None
    for found in _wrapped_for(handle, own, version, wrapped, ring):
        try:
            key = signer.unwrap(found)
        except WrongKey as e:
            broken = broken or e
            continue
        if opens(sealed, key):
            return key
        broken = broken or WrongKey(OTHER_KEY)
    if broken is not None:
        raise broken
    what = "this update" if version is None else f"version {version}"
    raise KeyNotDelivered(
        f"The weights of model {handle.model_id} are sealed, and the key of {what} was not "
        f"delivered to {signer.name}. Its owner, or any member of the collective while the owner "
        "is none, delivers to all licence holders with model.licences.deliver(); a holder names "
        "the key with licence.name_key(). To others who may have them, such as members of the "
        "collective, they give the location of a key ring, by model.licences.deliver_to(…); "
        "model.weights(keys=location) opens with it."
    )


def _wrapped_for(
    handle: Handle,
    own: bytes | None,
    version: int | None,
    wrapped: Mapping[bytes, bytes],
    ring: KeyRing | None,
) -> Iterator[bytes]:
    """What was wrapped for the signer: by who made the file, in the ring, on the chain."""
    if own is not None and own in wrapped:
        yield wrapped[own]
    if version is None:
        return
    if ring is not None and version in ring.keys:
        yield ring.keys[version]
    if own is None:
        return
    for told in handle.chain.ask("licences", handle.model_id, handle.session.signer.address):
        if told["valid"]:
            yield from deliveries_of(handle.chain, told["id"], version, own).values()


def deliveries_of(
    chain: Chain, licence: int, version: int, sealed_to: bytes
) -> Mapping[str, bytes]:
    """What was delivered for a key with a licence: a version's wrapped key, by who delivered it."""
    return {
        str(deliverer): octets_of(told["wrapped_key"])
        for deliverer, told in chain.entries("Licences", "Deliveries", licence, version)
        if octets_of(told["sealed_to"]) == sealed_to
    }


def read_ring(handle: Handle, location: Location | str) -> KeyRing:
    """The key ring at a location, if it is the signer's and this model's.

    Raises:
        ContentNotFound, ContentCorrupt: the store has none there, or an altered one.
        SealMalformed: it has something else there.
        WrongKey: the ring is another reader's, or of another model.
    """
    cid = location.cid if isinstance(location, Location) else location
    if not isinstance(cid, str):
        raise UsageError(
            f"keys={shown(location)}: give the location that model.licences.deliver_to(…) returned."
        )
    session = handle.session
    ring = KeyRing.decoded(session.store.get(cid, limit=LONGEST))
    if ring.guid != octets_of(handle.record()["guid"]):
        raise WrongKey(f"The key ring at {cid} is of another model than {handle.model_id}.")
    if ring.reader != sealing_key_of(session.signer):
        raise WrongKey(
            f"The key ring at {cid} is for somebody else than {session.signer.name}. Ask for one "
            "of your own: its maker needs your account's sealing_key."
        )
    return ring


def sealing_key_of(account: Account) -> bytes | None:
    """An account's sealing key; None where its signer is outside and opens none.

    Raises:
        UsageError: the signer opens content keys, and tells no sealing key that is one.
    """
    return account.sealing_key if account.opens_content_keys else None


def octets_of(told: object) -> bytes:
    """Bytes as the chain's decoder tells them: text, or "0x…"."""
    text = str(told)
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def hex_of(key: bytes | None) -> str | None:
    """A key as the runtime takes it."""
    return None if key is None else "0x" + key.hex()
