"""Values of a runtime's types, as users write them and scalecodec takes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from scalecodec.utils.ss58 import ss58_encode

UNSIGNED = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "u128": 128}
SIGNED = {f"i{bits}": bits for bits in (8, 16, 32, 64, 128)}

accounts = st.binary(min_size=32, max_size=32).flatmap(
    lambda key: st.sampled_from([ss58_encode(key, 42), ss58_encode(key, 0), "0x" + key.hex()])
)
octets = st.one_of(
    st.binary(max_size=80).map(lambda data: "0x" + data.hex()),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80).filter(
        lambda text: not text.startswith("0x")
    ),
    st.binary(max_size=80),
)


def fixed(length: int) -> st.SearchStrategy[Any]:
    return st.binary(min_size=length, max_size=length).map(lambda data: "0x" + data.hex())


addresses = st.one_of(
    accounts,
    fixed(20),
    accounts.map(lambda account: {"Id": account}),
    octets.map(lambda data: {"Raw": data}),
    fixed(32).map(lambda data: {"Address32": data}),
    fixed(20).map(lambda data: {"Address20": data}),
)


class Values:
    """Strategies for the types of a registry."""

    def __init__(self, types: dict[int, Any]) -> None:
        self.types = types

    def arguments(self, variant: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        """All arguments of a call."""
        return st.fixed_dictionaries(
            {told["name"]: self.of(told["type"]) for told in variant["fields"]}
        )

    def of(self, type_id: int) -> st.SearchStrategy[Any]:
        """Values of a type."""
        told = self.types[type_id]
        path = "::".join(told["path"])
        ((kind, defined),) = told["def"].items()
        if path == "sp_core::crypto::AccountId32":
            return accounts
        if path == "sp_runtime::multiaddress::MultiAddress":
            return addresses
        if path.endswith("::RuntimeCall"):
            return self._nested()
        match kind:
            case "primitive":
                if defined == "bool":
                    return st.booleans()
                if defined == "str":
                    return octets
                if defined in SIGNED:
                    return st.integers(
                        -(2 ** (SIGNED[defined] - 1)), 2 ** (SIGNED[defined] - 1) - 1
                    )
                return st.integers(0, 2 ** UNSIGNED[defined] - 1)
            case "compact":
                return self.of(defined["type"])
            case "sequence" | "array" if self.types[defined["type"]]["def"] == {"primitive": "u8"}:
                return octets if kind == "sequence" else fixed(defined["len"])
            case "sequence":
                return st.lists(self.of(defined["type"]), max_size=4)
            case "array":
                length = defined["len"]
                return st.lists(self.of(defined["type"]), min_size=length, max_size=length)
            case "tuple":
                return st.tuples(*map(self.of, defined))
            case "composite":
                return self._fields(defined["fields"])
            case "variant" if path == "Option":
                return st.none() | self._fields(defined["variants"][1]["fields"])
            case "variant":
                return st.one_of(
                    self._fields(v["fields"]).map(lambda held, name=v["name"]: {name: held})
                    if v["fields"]
                    else st.just(v["name"])
                    for v in defined["variants"]
                )
        raise NotImplementedError(kind)

    def _fields(self, fields: list[dict[str, Any]]) -> st.SearchStrategy[Any]:
        held = [self.of(told["type"]) for told in fields]
        if fields and fields[0]["name"] is None:
            return held[0] if len(held) == 1 else st.tuples(*held)
        by_name = {told["name"]: of for told, of in zip(fields, held, strict=True)}
        return st.fixed_dictionaries(by_name)

    def _nested(self) -> st.SearchStrategy[Any]:
        remark = st.fixed_dictionaries({"remark": octets})
        transfer = st.fixed_dictionaries({"dest": addresses, "value": st.integers(0, 2**128 - 1)})
        return st.one_of(
            remark.map(
                lambda told: {"call_module": "System", "call_function": "remark", "call_args": told}
            ),
            transfer.map(
                lambda told: {
                    "call_module": "Balances",
                    "call_function": "transfer_keep_alive",
                    "call_args": [{"name": name, "value": value} for name, value in told.items()],
                }
            ),
        )
