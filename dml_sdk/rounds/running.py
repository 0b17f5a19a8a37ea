"""Which models are being trained in this process: one training a model, none left at its exit."""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import TYPE_CHECKING

from dml_sdk.errors import TrainingRunning

if TYPE_CHECKING:
    from dml_sdk.rounds.training import Training

_EXIT_SECONDS = 10.0
_trainings: weakref.WeakValueDictionary[tuple[int, int], Training] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def claim(training: Training) -> None:
    """Notes that a model is being trained by this training.

    Raises:
        TrainingRunning: another one is at it.
    """
    # Of the chain's object: two chains in memory may well have the same genesis.
    key = (id(training.session.chain), training.model.id)
    with _lock:
        other = _trainings.get(key)
        if other is not None and other.alive:
            raise TrainingRunning(
                f"{training.model} is being trained already ({other!r}). "
                "Wait for it, or stop it: training.stop()."
            )
        _trainings[key] = training


@atexit.register
def _stop_all() -> None:
    """A script that ends while training runs leaves no round open on the chain."""
    trainings = [t for t in list(_trainings.values()) if t.alive]
    for training in trainings:
        training.stop()
    for training in trainings:
        training.join(_EXIT_SECONDS)
