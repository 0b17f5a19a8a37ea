"""Keeps web pages away from a chain that is not theirs.

A page that a person has open may send requests to the loopback, and a browser only tells where the
page is from (`Origin`). A page may also let its own name point to the loopback (DNS rebinding),
so that the browser takes the node for the page's own server: then the name is in `Host`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from dml_sdk.errors import UsageError

ANYWHERE = "*"


class Guard:
    """Decides from a request's headers whether it is answered.

    Args:
        host: the name or address that the server listens on.
        origins: "https://polkadot.js.org" and the like: whose pages may ask, beside the loopback's;
            "*" for everybody's.

    Raises:
        UsageError: an origin that no browser would send.
    """

    def __init__(self, host: str, origins: Iterable[str]) -> None:
        self._host = host.lower()
        self._origins = frozenset(_checked(origin) for origin in origins)

    def refusal(self, hosts: Sequence[str], origins: Sequence[str]) -> str | None:
        """Why a request with these headers is not answered; None when it is."""
        if not hosts:
            return "There is no Host header. A request names the server that it is for."
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return "The Host header names another server. Ask by address, or as localhost."
        if len(origins) > 1 or (origins and not self._may_ask(origins[0])):
            return (
                "Pages of this origin may not ask this node. "
                "Who serves it can allow them: node.serve(origins=[…])."
            )
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name(f"//{host}")
        return name is not None and (
            name == self._host or _is_local(name) or _address(name) is not None
        )

    def _may_ask(self, origin: str) -> bool:
        if ANYWHERE in self._origins or origin.lower() in self._origins:
            return True
        name = _name(origin) if origin.startswith(("http://", "https://")) else None
        return name is not None and _is_local(name)


def is_loopback(host: str) -> bool:
    """Whether a name or address leads nowhere but to this machine."""
    return _is_local(host.lower())


def _is_local(name: str) -> bool:
    address = _address(name)
    if address is None:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _name(url: str) -> str | None:
    """The host that a URL names, None when it cannot be read."""
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.path or parts.query or parts.fragment:
            return None
        _ = parts.port  # raises when it is no port
        return parts.hostname
    except ValueError:
        return None


def _checked(origin: object) -> str:
    if isinstance(origin, str) and (
        origin in (ANYWHERE, "null") or ("://" in origin and _name(origin) is not None)
    ):
        return origin.lower()
    raise UsageError(
        f'{origin!r} is no origin: give a scheme and a host as in "https://polkadot.js.org", '
        'with no "/" at the end.'
    )
