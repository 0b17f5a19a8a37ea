"""Calls of the runtime: names and arguments to the bytes that are signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dml_sdk.arguments import shown
from dml_sdk.chain.client.codec.encoding import Encode, Encoder, Refused
from dml_sdk.chain.client.codec.registry import Registry
from dml_sdk.errors import UsageError

_CALL = 'a Call, or {"call_module": …, "call_function": …, "call_args": {…}}'


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the runtime, encoded and ready to be signed.

    Attributes:
        name: "Pools.fund".
        data: SCALE-encoded.
    """

    name: str
    data: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"<Call {self.name}>"


class Calls:
    """Every call that a runtime has.

    Args:
        types: the metadata's registry.
        pallets: the metadata's pallets, as decoded dicts.
        call_type: id of the runtime's enum of all calls.
    """

    def __init__(
        self, types: Registry, pallets: Iterable[Mapping[str, Any]], call_type: int
    ) -> None:
        self.encoder = Encoder(types, {call_type: self._nested})
        self._variants = {
            pallet["name"]: (
                pallet["index"],
                {v["name"]: v for v in types[pallet["calls"]["ty"]]["def"]["variant"]["variants"]},
            )
            for pallet in pallets
            if pallet["calls"]
        }
        self._functions: dict[tuple[str, str], tuple[bytes, dict[str, Encode]]] = {}

    def compose(self, pallet: str, function: str, arguments: Mapping[str, Any]) -> Call:
        """A call with its arguments, by name.

        Raises:
            UsageError: no such call, an argument that is missing or too many, or one that its type
                cannot hold.
        """
        try:
            return Call(f"{pallet}.{function}", self._data(pallet, function, arguments))
        except Refused as e:
            raise UsageError(f"{e.told('')}. Nothing was sent.") from None
        except RecursionError:
            raise UsageError(
                f"The arguments of {pallet}.{function} are nested too deep for the chain. "
                "Use fewer calls inside calls."
            ) from None

    def _data(self, pallet: Any, function: Any, arguments: Any) -> bytes:
        index, encoders = self._function(pallet, function)
        if not isinstance(arguments, Mapping) or arguments.keys() != encoders.keys():
            raise UsageError(_wrong_arguments(f"{pallet}.{function}", encoders, arguments))
        parts = [index]
        for name, encode in encoders.items():
            try:
                parts.append(encode(arguments[name]))
            except Refused as e:
                raise e.inside(f"{pallet}.{function}: {name}") from None
        return b"".join(parts)

    def _nested(self, value: Any) -> bytes:
        """A call inside a call: encoded already, or told as substrate-interface has it."""
        if isinstance(value, Call):
            return value.data
        if not isinstance(value, Mapping):
            raise Refused(_CALL, value)
        if value.keys() == {"call_module", "call_function", "call_args"}:
            arguments = value["call_args"]
            if isinstance(arguments, list):
                try:
                    arguments = {told["name"]: told["value"] for told in arguments}
                except (TypeError, KeyError):
                    raise Refused(
                        'a dict, or a list of {"name": …, "value": …}', arguments
                    ) from None
            return self._inner(value["call_module"], value["call_function"], arguments)
        try:  # as it is decoded: {pallet: {function: arguments}}, or the bare name of a function
            ((pallet, told),) = value.items()
            ((function, arguments),) = ((told, {}),) if isinstance(told, str) else told.items()
        except (ValueError, AttributeError):
            raise Refused(_CALL, value) from None
        return self._inner(pallet, function, arguments)

    def _inner(self, pallet: Any, function: Any, arguments: Any) -> bytes:
        try:
            return self._data(pallet, function, arguments)
        except Refused as e:
            raise e.inside(" > ") from None

    def _function(self, pallet: Any, function: Any) -> tuple[bytes, dict[str, Encode]]:
        """A call's two index bytes and what writes each of its arguments."""
        known = self._functions.get((pallet, function)) if _are_text(pallet, function) else None
        if known is None:
            index, variants = found(self._variants, pallet, "pallet with calls")
            variant = found(variants, function, f"call of {pallet}")
            known = (
                bytes((index, variant["index"])),
                {told["name"]: self.encoder.of(told["type"]) for told in variant["fields"]},
            )
            self._functions[pallet, function] = known
        return known


def require_call(call: object) -> None:
    """Refuses what is no call.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(call, Call):
        raise UsageError(f"{shown(call)} is no call: make one with chain.call(pallet, name, …).")


def found(among: Mapping[str, Any], name: Any, what: str) -> Any:
    """What has a name that somebody gave.

    Args:
        what: is looked for, for the message.

    Raises:
        UsageError: nothing has that name; says which there are.
    """
    if not isinstance(name, str) or name not in among:
        raise UsageError(f"The chain has no {what} named {shown(name)}. It has {', '.join(among)}.")
    return among[name]


def _are_text(*names: Any) -> bool:
    return all(isinstance(name, str) for name in names)


def _wrong_arguments(call: str, takes: Mapping[str, Any], given: Any) -> str:
    told = f"{call} takes {', '.join(takes) or 'no arguments'}"
    if not isinstance(given, Mapping):
        return f"{told}: give them by name."
    missing = [name for name in takes if name not in given]
    unknown = [str(name) for name in given if name not in takes]
    return (
        told
        + (f"; missing: {', '.join(missing)}" if missing else "")
        + (f"; unknown: {', '.join(unknown)}" if unknown else "")
        + ". Nothing was sent."
    )
