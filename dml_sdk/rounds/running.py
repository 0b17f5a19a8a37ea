"""Which models may be trained, and are: one training a model, none left when the process ends."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - registers its end before, so it comes after
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from dml_sdk.errors import TrainingRunning, UsageError

if TYPE_CHECKING:
    from dml_sdk.model import Model
    from dml_sdk.rounds.training import Training

_EXIT_SECONDS = 10.0
_lock = threading.Lock()
_trainings: weakref.WeakSet[Training] = weakref.WeakSet()


def claim(training: Training, begin: Callable[[], None]) -> None:
    """Notes on the chain that this training is at a model, and calls `begin`, in one step.

    Raises:
        TrainingRunning: one is at it already.
    """
    at_work = training.session.chain.at_work
    with _lock:
        other = at_work.get(training.model.id)
        if other is not None and other.alive:
            raise TrainingRunning(
                f"{training.model} is being trained already ({other!r}). "
                "Wait for it, or stop it: training.stop()."
            )
        at_work[training.model.id] = training
        _trainings.add(training)
        begin()


def require_ready(model: Model) -> None:
    """Refuses at once what the chain would refuse in a training's first round.

    Raises:
        UsageError: the signer does not own the model.
        TrainingRunning: a round of it is open.
    """
    signer = model.session.signer
    if model.owner != signer.address:
        raise UsageError(
            f"{model} belongs to {model.owner}, and only its owner opens rounds; {signer!r} signs "
            "here. Reach it through its owner's session: session.as_(owner).models.get(…)."
        )
    number = model.session.chain.get("Rounds", "CurrentRound", model.id)
    if number is not None:
        raise TrainingRunning(
            f"Round {number} of {model} is open on the chain: it is being trained elsewhere, or a "
            "killed kernel left it. In the second case call model.abort_round(), which loses "
            "nothing, and train again."
        )


def _stop_all() -> None:
    """A script that ends while training runs leaves no round open on the chain."""
    trainings = [t for t in list(_trainings) if t.alive]
    for training in trainings:
        training.stop()
    for training in trainings:
        training.join(_EXIT_SECONDS)


# Before concurrent.futures shuts its threads down, which atexit's callbacks come too late for.
threading._register_atexit(_stop_all)  # type: ignore[attr-defined]
