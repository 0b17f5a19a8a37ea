"""Decentralised machine learning in a notebook: federated rounds, paid on a chain in the kernel."""

# How this package is laid out; imports point down only.
#
#   widgets/      what a notebook shows: the round monitor
#   rounds/       Training: federated rounds of a model, in a thread
#   models.py     Models: a new one is uploaded, an old one found
#   model.py      Model: versions, contributors
#   registration.py    how a model gets onto the chain, and its description back
#   pool.py       Pool: the tokens staked on a model
#   versions.py   what a version is on the chain, and its weights in the store
#   handles.py    a session's hold on a model, until an anchor takes it away
#   session.py    connect(); Session: who signs, which chain, which store
#   chain/        accounts, the client, the embedded node, the runtime it executes
#   storage/      files by their hash: on this machine or on IPFS; the weights' format
#   training/     data, engines (TensorFlow Federated, NumPy), scoring, averaging
#   arguments.py  what cannot be meant is refused where it comes in
#   secret.py     bytes that nothing shows
#   tables.py types.py errors.py    values, tables and the exception tree
#
# chain/, storage/ and training/ don't know each other. The Rust half of chain/ is ../chain, the
# browser half of widgets/ is ../widgets. Names below are loaded when first used, so that importing
# this package costs little and touches neither TensorFlow, the network nor the disk.

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dml_sdk import errors, networks, types
    from dml_sdk.chain.accounts import Account
    from dml_sdk.model import Model
    from dml_sdk.pool import Pool, PoolTerms
    from dml_sdk.rounds import Training
    from dml_sdk.session import Session, connect
    from dml_sdk.training import datasets
    from dml_sdk.training.data import Client, Dataset

__version__ = "0.1.0"

_HOMES = {
    "Account": "dml_sdk.chain.accounts",
    "Client": "dml_sdk.training.data",
    "Dataset": "dml_sdk.training.data",
    "Model": "dml_sdk.model",
    "Pool": "dml_sdk.pool",
    "PoolTerms": "dml_sdk.pool",
    "Session": "dml_sdk.session",
    "Training": "dml_sdk.rounds",
    "connect": "dml_sdk.session",
}
_MODULES = {
    "datasets": "dml_sdk.training.datasets",
    "errors": "dml_sdk.errors",
    "networks": "dml_sdk.networks",
    "types": "dml_sdk.types",
}

__all__ = [
    "Account",
    "Client",
    "Dataset",
    "Model",
    "Pool",
    "PoolTerms",
    "Session",
    "Training",
    "connect",
    "datasets",
    "errors",
    "networks",
    "types",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(_MODULES[name])
    else:
        raise AttributeError(f"dml_sdk has no {name!r}; it has {', '.join(__all__)}.")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
