"""Another runtime for the chain to be upgraded to."""

from __future__ import annotations

from dml_sdk.chain.node import Node
from tests.chain.node.test_upgrade import of_version

_SECTION = b"\x0fruntime_version"
_IN_SECTION = 2 * len(b"\x0cdml") + 4  # after both names and the version of authoring


def newer(node: Node) -> bytes:
    """The runtime of a node as one of the next version.

    Network nodes read the version in a section beside the program; the program tells it too. What
    is signed still names the version before: there it is compiled into the program's instructions.
    """
    now = node.runtime().version.spec
    code = of_version(node.runtime().code, now + 1)
    place = code.index(_SECTION) + len(_SECTION) + _IN_SECTION
    assert code[place : place + 4] == now.to_bytes(4, "little")
    return code[:place] + (now + 1).to_bytes(4, "little") + code[place + 4 :]
