"""What a runtime says of itself: its name, its version, and those of its APIs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dml_sdk.chain.node import sections
from dml_sdk.chain.node.scale import Reader, compact, vec

_SECTION, _APIS_SECTION = b"runtime_version", b"runtime_apis"
_ID_SIZE = 8


@dataclass(frozen=True, slots=True)
class RuntimeVersion:
    """What `Core_version` says.

    Attributes:
        apis: (8-byte id, version) of each runtime API.
        system: the system version; its state version is 1 when this is 1 or more.
    """

    spec_name: str
    impl_name: str
    authoring: int
    spec: int
    impl: int
    apis: tuple[tuple[bytes, int], ...]
    transaction: int
    system: int

    @property
    def state(self) -> int:
        """The version of the state trie."""
        return min(self.system, 1)

    @classmethod
    def decode(cls, data: bytes) -> RuntimeVersion:
        """From SCALE.

        Raises:
            ScaleError: not an encoded runtime version.
        """
        read = Reader(data)
        names = read.vec().decode("utf-8", "replace"), read.vec().decode("utf-8", "replace")
        authoring, spec, impl = read.uint(4), read.uint(4), read.uint(4)
        apis = tuple((read.take(_ID_SIZE), read.uint(4)) for _ in range(read.compact()))
        return cls(*names, authoring, spec, impl, apis, read.uint(4), read.uint(1))

    def encode(self) -> bytes:
        """To SCALE."""
        names = vec(self.spec_name.encode()) + vec(self.impl_name.encode())
        numbers = b"".join(_u32(number) for number in (self.authoring, self.spec, self.impl))
        apis = b"".join(name + _u32(number) for name, number in self.apis)
        last = _u32(self.transaction) + bytes((self.system,))
        return names + numbers + compact(len(self.apis)) + apis + last

    @classmethod
    def beside(cls, code: bytes) -> RuntimeVersion | None:
        """What stands in sections beside a runtime's program, as its build puts it there.

        Network nodes believe it without asking the program.

        Returns:
            None where there is no such section.

        Raises:
            ScaleError, NotWasm: it cannot be read.
        """
        told = sections.custom(code, _SECTION)
        if told is None:
            return None
        version = cls.decode(told)
        apis = sections.custom(code, _APIS_SECTION)
        if apis is None:
            return version
        read = Reader(apis)
        each = []
        while read.position < len(apis):
            each.append((read.take(_ID_SIZE), read.uint(4)))
        return replace(version, apis=tuple(each))


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")
