"""Where things are, in the runtime's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dml_sdk.types import Location


@dataclass(frozen=True, slots=True)
class Document:
    """A text that is kept off chain: where it is, and its SHA-256."""

    location: Location
    sha256: str

    def encoded(self) -> Any:
        """As the runtime takes it."""
        return encode_location(self.location), "0x" + self.sha256

    @classmethod
    def decoded(cls, told: Any) -> Document:
        """As the runtime tells it; untrusted."""
        return cls(decode_location(told[0]), str(told[1]).removeprefix("0x"))


UNSTORED = Document(Location(cid="bafkrei" + "a" * 52), "0" * 64)
"""As long as any that is stored: for a trial of a call before anything is."""


def encode_location(location: Location) -> dict[str, Any]:
    """A location as the runtime's type takes it."""
    if location.cid is not None:
        return {"Cid": "0x" + location.cid.encode().hex()}
    return {
        "Uri": {
            "uri": "0x" + str(location.uri).encode().hex(),
            "sha256": "0x" + str(location.sha256),
        }
    }


def decode_location(told: Any) -> Location:
    """A location as the runtime tells it; untrusted text."""
    if "Cid" in told:
        return Location(cid=str(told["Cid"]))
    uri = told["Uri"]
    return Location(uri=str(uri["uri"]), sha256=str(uri["sha256"]).removeprefix("0x"))
