"""Who may have a model's weights, and the key that opens them where they are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dml_sdk.arguments import shown
from dml_sdk.errors import KeyNotDelivered, LicenceRequired, UsageError, WrongKey
from dml_sdk.secret import Secret
from dml_sdk.storage.key_ring import LONGEST, KeyRing
from dml_sdk.types import Location

if TYPE_CHECKING:
    from dml_sdk.chain.accounts import Account
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


def content_key(
    handle: Handle,
    version: int | None,
    wrapped: Mapping[bytes, bytes],
    ring: KeyRing | None = None,
) -> Secret:
    """The content key of a sealed file, for the signer.

    Args:
        version: which one the file is of; None for an update that is no version yet.
        wrapped: the file's own readers.
        ring: keys that the signer was given in a file.

    Raises:
        KeyNotDelivered: the signer is no reader, and nobody has delivered the key.
        WrongKey: what was wrapped or delivered for the signer does not open.
    """
    signer = handle.session.signer
    own = sealing_key_of(signer)
    if own is not None and own in wrapped:
        return signer.unwrap(wrapped[own])
    if ring is not None and version is not None and version in ring.keys:
        return signer.unwrap(ring.keys[version])
    broken: WrongKey | None = None
    if own is not None and version is not None:
        for told in handle.chain.ask("licences", handle.model_id, signer.address):
            if not told["valid"]:
                continue
            delivery = handle.chain.get("Licences", "Deliveries", told["id"], version)
            if delivery is None or delivery["sealed_to"] != "0x" + own.hex():
                continue
            try:
                return signer.unwrap(octets_of(delivery["wrapped_key"]))
            except WrongKey as e:
                broken = e
    if broken is not None:
        raise broken
    what = "this update" if version is None else f"version {version}"
    raise KeyNotDelivered(
        f"The weights of model {handle.model_id} are sealed, and the key of {what} was not "
        f"delivered to {signer.name}. Its owner delivers to all licence holders with "
        "model.licences.deliver(); a holder names the key with licence.name_key(). To others who "
        "may have them, such as members of the collective, the owner gives the location of a key "
        "ring, by model.licences.deliver_to(…); model.weights(keys=location) opens with it."
    )


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
    """An account's sealing key; None where its signer is outside and opens none."""
    try:
        return account.sealing_key
    except UsageError:
        return None


def octets_of(told: object) -> bytes:
    """Bytes as the chain's decoder tells them: text, or "0x…"."""
    text = str(told)
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def hex_of(key: bytes | None) -> str | None:
    """A key as the runtime takes it."""
    return None if key is None else "0x" + key.hex()
