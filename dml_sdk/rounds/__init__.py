"""Federated rounds of a model: trained in a thread, recorded, scored and paid on the chain.

training     `Training`, the handle, and what its thread does
control      how it is steered and followed: pause, resume, stop, watchers
progress     rounds that finished, what they paid, how long the rest takes
running      one training a model; none left when the process ends
plan         what was asked for, checked once
wallets      who signs for each contributor, and that they can pay the fee
claims       contributors take what they were credited
round        one round, from selection to the published version
submissions  a round's updates on their way into the store and onto the chain
"""

from dml_sdk.rounds.plan import TrainingPlan
from dml_sdk.rounds.training import Training

__all__ = ["Training", "TrainingPlan"]
