"""Federated rounds of a model: trained in a thread, recorded, scored and paid on the chain.

training   `Training`, the handle: starts, pauses, stops, resumes, tells watchers
running    one training a model; none left when the process ends
plan       what was asked for, checked once
wallets    who signs for each contributor, and that they can pay the fee
round      one round, from selection to the published version
"""

from dml_sdk.rounds.plan import TrainingPlan
from dml_sdk.rounds.training import Training

__all__ = ["Training", "TrainingPlan"]
