"""The first state of a chain, as the runtime builds it from one of its presets."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from dml_sdk.arguments import shown
from dml_sdk.chain.node.executor import CODE
from dml_sdk.chain.node.runtime import Runtime
from dml_sdk.chain.node.scale import Reader, option, vec
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import RuntimeIncompatible, UsageError

SS58_FORMAT = 42

JSON: TypeAlias = Any


def properties(runtime: Runtime, state: Trie) -> dict[str, object]:
    """How addresses and amounts of this chain are written, for wallets and explorers.

    The token is what the runtime says it is; a runtime that does not say has none here.
    """
    told: dict[str, object] = {"ss58Format": SS58_FORMAT}
    if "DmlApi_token" in runtime.exports:
        read = Reader(runtime.call("DmlApi_token", b"", Overlay(state)))
        told["tokenSymbol"] = read.vec().decode("utf-8", "replace")
        told["tokenDecimals"] = read.uint(1)
    return told


def preset_names(runtime: Runtime) -> list[str]:
    """The presets that the runtime knows, beside its default."""
    read = Reader(runtime.call("GenesisBuilder_preset_names", b"", _nothing(runtime)))
    return [read.vec().decode() for _ in range(read.compact())]


def config(runtime: Runtime, preset: str) -> JSON:
    """The genesis configuration of a preset: a patch, merged into the runtime's default.

    Raises:
        UsageError: no such preset.
    """
    default = _preset(runtime, None)
    if default is None:
        raise RuntimeIncompatible("The runtime has no default genesis configuration.")
    return merged(default, patch(runtime, preset))


def patch(runtime: Runtime, preset: str) -> JSON:
    """What a preset changes in the runtime's default configuration.

    Raises:
        UsageError: no such preset.
    """
    found = _preset(runtime, preset)
    if found is None:
        known = ", ".join(preset_names(runtime))
        raise UsageError(f"The runtime has no preset {shown(preset)}. It has: {known}.")
    return found


def state(runtime: Runtime, genesis: JSON) -> Trie:
    """The state that a genesis configuration describes, the code included.

    Raises:
        UsageError: the runtime refuses the configuration.
    """
    overlay = _nothing(runtime)
    overlay.set(CODE, runtime.code)
    argument = vec(json.dumps(genesis).encode())
    read = Reader(runtime.call("GenesisBuilder_build_state", argument, overlay))
    if read.uint(1):
        why = read.vec().decode("utf-8", "replace")
        raise UsageError(f"The runtime refuses this genesis configuration: {why}")
    return overlay.root()


def merged(base: JSON, patch: JSON) -> JSON:
    """`patch` merged into `base`: objects key by key, all else replaced, null removing.

    Source: JSON Merge Patch (RFC 7396), as a network node merges a preset.
    """
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    result = dict(base)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _preset(runtime: Runtime, name: str | None) -> JSON | None:
    wanted = option(None if name is None else vec(name.encode()))
    read = Reader(runtime.call("GenesisBuilder_get_preset", wanted, _nothing(runtime)))
    return json.loads(read.vec()) if read.option() else None


def _nothing(runtime: Runtime) -> Overlay:
    return Overlay(Trie(runtime.version.state))
