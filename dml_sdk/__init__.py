"""Decentralised machine learning in a notebook: federated rounds, paid on a chain in the kernel."""

# How this package is laid out; imports point down only.
#
#   widgets/      what a notebook shows: the round monitor, panels
#   rounds/       Training: federated rounds of a model, in a thread
#   models.py     Models: a new one is uploaded, an old one found
#   model.py      Model: versions, contributors; leads to all that is of a model
#   blueprint.py contributors.py    what it is built of; whose data trains it, and their wallets
#   registration.py    how a model gets onto the chain, and its description back
#   collective.py votes.py      who governs a model; proposals, and how votes on them stand
#   actions/      what a collective can decide, one value each
#   pool.py stakes.py           the tokens staked on a model; what participants put at risk
#   updates.py    new weights that engineers propose
#   licences.py licence.py expiry.py    rights bought on a model, until they end
#   annotation/   tasks that ask people about data: questions, batches, answers, what they are worth
#   access.py deliveries.py     who may have a model's weights, and the keys to them
#   statements.py what was moved, when and why, block by block
#   versions.py texts.py        what is in the store by the chain's word: weights, texts
#   handles.py    a session's hold on a model, until an anchor takes it away
#   connecting.py connect(): the one function that everything begins with
#   session.py    Session: who signs, which chain, which store
#   session_account.py clock.py    an account and the time, as a session sees them
#   terms.py measures.py locations.py    values in people's words and in the runtime's
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
    from dml_sdk import actions, errors, networks, types
    from dml_sdk.annotation import formats
    from dml_sdk.annotation.active import ActiveLearning, order_by_uncertainty
    from dml_sdk.annotation.asked.questionnaire import Questionnaire
    from dml_sdk.annotation.asked.questions import (
        Boxes,
        Choice,
        Choices,
        Number,
        Points,
        Polygons,
        Preference,
        Ranking,
        Regions,
        Scale,
        Spans,
        Text,
    )
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.annotation.worth import policies as validation
    from dml_sdk.chain.accounts import Account
    from dml_sdk.collective import Collective
    from dml_sdk.connecting import connect
    from dml_sdk.licence import Licence
    from dml_sdk.model import Model
    from dml_sdk.pool import Pool, PoolTerms
    from dml_sdk.rounds import Training
    from dml_sdk.session import Session
    from dml_sdk.terms import CollectiveTerms, LicenceTerms, ReferendumTerms, StakingTerms
    from dml_sdk.training import datasets
    from dml_sdk.training.data import Client, Dataset
    from dml_sdk.updates import Update
    from dml_sdk.votes import Proposal

__version__ = "0.1.0"

_HOMES = {
    "Account": "dml_sdk.chain.accounts",
    "ActiveLearning": "dml_sdk.annotation.active",
    "AnnotationTask": "dml_sdk.annotation.task",
    "Boxes": "dml_sdk.annotation.asked.questions",
    "Choice": "dml_sdk.annotation.asked.questions",
    "Choices": "dml_sdk.annotation.asked.questions",
    "Client": "dml_sdk.training.data",
    "Collective": "dml_sdk.collective",
    "CollectiveTerms": "dml_sdk.terms",
    "Dataset": "dml_sdk.training.data",
    "Licence": "dml_sdk.licence",
    "LicenceTerms": "dml_sdk.terms",
    "Model": "dml_sdk.model",
    "Number": "dml_sdk.annotation.asked.questions",
    "Points": "dml_sdk.annotation.asked.questions",
    "Polygons": "dml_sdk.annotation.asked.questions",
    "Pool": "dml_sdk.pool",
    "PoolTerms": "dml_sdk.pool",
    "Preference": "dml_sdk.annotation.asked.questions",
    "Proposal": "dml_sdk.votes",
    "Questionnaire": "dml_sdk.annotation.asked.questionnaire",
    "Ranking": "dml_sdk.annotation.asked.questions",
    "ReferendumTerms": "dml_sdk.terms",
    "Regions": "dml_sdk.annotation.asked.questions",
    "Scale": "dml_sdk.annotation.asked.questions",
    "Session": "dml_sdk.session",
    "Spans": "dml_sdk.annotation.asked.questions",
    "StakingTerms": "dml_sdk.terms",
    "Text": "dml_sdk.annotation.asked.questions",
    "Training": "dml_sdk.rounds",
    "Update": "dml_sdk.updates",
    "connect": "dml_sdk.connecting",
    "order_by_uncertainty": "dml_sdk.annotation.active",
}
_MODULES = {
    "actions": "dml_sdk.actions",
    "datasets": "dml_sdk.training.datasets",
    "errors": "dml_sdk.errors",
    "formats": "dml_sdk.annotation.formats",
    "networks": "dml_sdk.networks",
    "types": "dml_sdk.types",
    "validation": "dml_sdk.annotation.worth.policies",
}

__all__ = [
    "Account",
    "ActiveLearning",
    "AnnotationTask",
    "Boxes",
    "Choice",
    "Choices",
    "Client",
    "Collective",
    "CollectiveTerms",
    "Dataset",
    "Licence",
    "LicenceTerms",
    "Model",
    "Number",
    "Points",
    "Polygons",
    "Pool",
    "PoolTerms",
    "Preference",
    "Proposal",
    "Questionnaire",
    "Ranking",
    "ReferendumTerms",
    "Regions",
    "Scale",
    "Session",
    "Spans",
    "StakingTerms",
    "Text",
    "Training",
    "Update",
    "actions",
    "connect",
    "datasets",
    "errors",
    "formats",
    "networks",
    "order_by_uncertainty",
    "types",
    "validation",
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
