"""The handle of a training that runs in a thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import require_seconds, shown
from dml_sdk.chain.accounts import Account
from dml_sdk.errors import DMLError, TrainingError, TrainingRunning, TrainingTimeout, UsageError
from dml_sdk.rounds import running
from dml_sdk.rounds.claims import claim_for
from dml_sdk.rounds.control import Control, Stopped
from dml_sdk.rounds.plan import TrainingPlan, check_people
from dml_sdk.rounds.progress import Progress, history, paid
from dml_sdk.rounds.round import Participants, RoundRunner
from dml_sdk.rounds.wallets import ROUNDS_AHEAD, choose_wallets, define_wallets, fund_wallets
from dml_sdk.tables import Table
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import Engine, EngineName, open_engine
from dml_sdk.training.scoring import validation_sample
from dml_sdk.training.weights import Weights
from dml_sdk.types import Amount, RoundRecord, TrainingState

if TYPE_CHECKING:
    from dml_sdk.model import Model
    from dml_sdk.session import Session

_log = logging.getLogger(__name__)


class Training:
    """A training of one model: a number of federated rounds, run in a background thread.

    Made by `model.train(…)`, which returns at once. Every method may be called from any thread.

    A script that ends while training runs stops it first, and leaves no round open. SIGTERM ends
    Python without that; `signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))` at a script's top
    makes it an end like any other.

    Args:
        model: whose newest version it starts from; the session's signer must own it.
        clients: who may take part, with their data.
        test: the partition that every version is measured on.
        validation: the partition that updates are scored on; by default the one that `clients`
            were partitioned beside.
        wallets: the account that signs for each client, by name; on a development chain accounts
            are made up for those that have none.
        options: see `TrainingPlan`.

    Attributes:
        model: as given.
        model_name: what its owner called it, told also when the model is gone with an anchor.
        plan: what was asked for.
        base: accuracy and loss of the version it started from, once measured.
        error: why it failed, or None.
        start_seconds: what it took to start the engine and measure the first version, once known.

    Raises:
        UsageError: arguments that can't be right, or a signer who does not own the model.
        TrainingRunning: the model is being trained already, or a round was left open.
        EngineUnavailable, MissingExtra: the engine cannot run here or not this network.
    """

    def __init__(
        self,
        model: Model,
        clients: Sequence[Client],
        *,
        test: Dataset,
        validation: Dataset | None = None,
        wallets: Mapping[str, Account] | None = None,
        rounds: int = 10,
        clients_per_round: int = 10,
        epochs: int = 1,
        batch_size: int = 10,
        learning_rate: float = 0.1,
        engine: EngineName = "tff",
        seed: int = 0,
        minimum: int | None = None,
        reward_part: float | Decimal | None = None,
        reject_below: float = 0.5,
        deadline: timedelta = timedelta(hours=1),
        target_accuracy: float | None = None,
    ) -> None:
        self.plan = TrainingPlan(
            rounds=rounds,
            clients_per_round=clients_per_round,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            engine=engine,
            seed=seed,
            minimum=minimum,
            reward_part=reward_part,
            reject_below=reject_below,
            deadline=deadline,
            target_accuracy=target_accuracy,
        )
        check_people(clients, test, validation)
        most = int(model.session.chain.constant("Rounds", "MaxParticipants"))
        if clients_per_round > most:
            raise UsageError(
                f"clients_per_round={clients_per_round}: the chain takes {most} a round at most."
            )
        if len(clients) < clients_per_round:
            raise UsageError(
                f"clients_per_round={clients_per_round}, but there are {len(clients)} clients."
            )
        held_out = validation if validation is not None else getattr(clients, "validation", None)
        if held_out is None:
            raise UsageError(
                "Updates are scored on data that no contributor holds: pass validation=…, or "
                "clients from data.partition(…), which knows its own."
            )
        self.model = model
        self.model_name = model.name
        self.base: tuple[float, float] | None = None
        self.error: DMLError | None = None
        self.start_seconds: float | None = None
        self._clients = clients
        self._given_wallets = wallets
        self._wallets: dict[str, Account] = {}
        self._test = test
        self._validation = validation_sample(held_out)
        self._control = Control()
        self._progress = Progress()
        self._thread: threading.Thread | None = None
        running.require_ready(self.model)

    # --- what it is -----------------------------------------------------------------------------

    @property
    def state(self) -> TrainingState:
        """ "waiting", "running", "paused", "stopping", "stopped", "finished" or "failed"."""
        return self._control.state

    @property
    def phase(self) -> str:
        """What it is doing: "start", "select", "train", "store", "aggregate", "evaluate", "settle".

        Nothing ("") when it does nothing.
        """
        return self._control.phase

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._control.alive

    @property
    def session(self) -> Session:
        """The session whose signer owns the model."""
        return self.model.session

    @property
    def rounds(self) -> tuple[RoundRecord, ...]:
        """Finished rounds, oldest first."""
        return tuple(self._progress.rounds)

    @property
    def rounds_planned(self) -> int:
        """How many rounds there will be in all."""
        return self.plan.rounds

    @property
    def engine_name(self) -> EngineName:
        """The engine that trains; no other stands in for it."""
        return self.plan.engine

    @property
    def dataset_name(self) -> str:
        """What the clients' data are."""
        return str(getattr(self._clients, "title", "clients"))

    @property
    def target_accuracy(self) -> float | None:
        """Where training ends early."""
        return self.plan.target_accuracy

    @property
    def wallets(self) -> Mapping[str, Account]:
        """The account that signs for each client, by name."""
        return dict(self._wallets)

    @property
    def eta_seconds(self) -> float | None:
        """Time left, from the mean of the last rounds; None before the first is done."""
        if self.state not in ("running", "paused"):
            return None
        return self._progress.seconds_left(self.plan.rounds, running=self.state == "running")

    @property
    def history(self) -> Table:
        """One row a round."""
        title = f"Training of {self.model_name} ({self.engine_name}, {self.dataset_name})"
        return history(title, self.rounds)

    def paid(self) -> dict[str, Amount]:
        """What each contributor was credited in these rounds, by name."""
        return paid(self.rounds)

    # --- what it does ---------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the thread; called by `model.train`.

        Raises:
            TrainingRunning: this model is being trained already.
            UsageError: the signer does not own the model, or cannot sign for a client's wallet.
        """
        wallets = choose_wallets(self.model, [c.name for c in self._clients], self._given_wallets)
        running.claim(self, self._control.begin)
        try:
            self._wallets = wallets
            self.error = None
            self._control.enter("waiting")
            self._thread = threading.Thread(
                target=self._run, name=f"dml-training-{self.model.id}", daemon=True
            )
            self._thread.start()
        except BaseException:
            self._control.end()
            raise

    def pause(self) -> None:
        """Holds training at the next step; `resume` goes on."""
        self._control.pause()

    def resume(self) -> None:
        """Goes on: after pause() where it was, after stop() or a failure from the last version.

        Raises:
            UsageError: all rounds are done, the signer does not own the model any more, or this was
                called by the training's own thread while it stops.
            TrainingRunning: another training is at the model, or a round of it is open.
        """
        if self.alive and not self._control.should_stop():
            self._control.go_on()
            return
        if threading.current_thread() is self._thread:
            raise UsageError("A training that is stopping cannot resume itself; ask elsewhere.")
        self._control.wait()
        if len(self.rounds) >= self.plan.rounds or self.state == "finished":
            raise UsageError("All rounds are done; model.train(…) starts another training.")
        try:
            running.require_ready(self.model)
            self.start()
        except TrainingRunning:
            if not self.alive:
                raise
            # Somebody else resumed it first, which is what was asked for.

    def stop(self) -> None:
        """Ends training at the next step; the round that is open is aborted and nothing is lost."""
        self._control.stop()

    def cut_off(self) -> None:
        """Keeps a training that does not end in time from changing the chain any more.

        `session.anchor()` and `session.close()` do so: the round goes with the chain it was on.
        """
        self._control.cut_off()

    def join(self, timeout: float) -> None:
        """Waits for training to end, `timeout` seconds at the most, whatever became of it."""
        self._control.wait(require_seconds("timeout", timeout))

    def wait(self, timeout: float | None = None) -> Training:
        """Waits until training has ended, and returns it.

        Args:
            timeout: seconds.

        Raises:
            TrainingTimeout: it goes on.
            DMLError: why it failed.
        """
        if not self._control.wait(require_seconds("timeout", timeout)):
            raise TrainingTimeout(
                f"Still training after {timeout} s, {len(self.rounds)} of "
                f"{self.plan.rounds} rounds done. It goes on: wait again, or training.stop()."
            )
        if self.error is not None:
            raise self.error
        return self

    def claim(self) -> Table:
        """Every contributor whose wallet this session holds claims what it was credited.

        Returns:
            a row for each that had something to claim; none where the model has no pool.
        """
        return claim_for(self.model, self._wallets)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, from any thread, whenever anything here changes; returns how to stop that.

        Raises:
            UsageError: not a function.
        """
        if not callable(callback):
            raise UsageError(f"{shown(callback)} cannot be called back: give a function.")
        return self._control.watch(callback)

    def monitor(self) -> Any:
        """The round monitor, a widget that is live while training runs.

        Raises:
            MissingExtra: the notebook extra is not installed.
        """
        from dml_sdk.widgets import RoundMonitor

        return RoundMonitor(self)

    def _repr_html_(self) -> str:
        from dml_sdk.widgets import training_html

        return training_html(self)

    def _ipython_display_(self) -> None:
        from dml_sdk.widgets import display_training

        display_training(self)

    # --- inside ---------------------------------------------------------------------------------

    def _run(self) -> None:
        """The thread: whatever ends it reaches who waits."""
        engine: Engine | None = None
        state: TrainingState = "failed"
        try:
            self._control.checkpoint("start")
            began = time.monotonic()
            engine = open_engine(self.plan.engine, self.model.network)
            weights = self.model.weights()
            with self._control.acting():
                define_wallets(self.model, self._wallets)
            measured = engine.evaluate(weights, self._test)
            if self.base is None:
                self.base = (measured.accuracy, measured.loss)
            self.start_seconds = time.monotonic() - began
            self._run_rounds(engine, weights)
            state = "finished"
        except Stopped:
            state = "stopped"
        except DMLError as e:
            self.error = e
        except BaseException as e:  # noqa: BLE001 - told to who waits, as any other failure
            _log.exception("training failed")
            self.error = TrainingError(
                f"Training ended with {type(e).__name__}: {e}. Nothing was lost; "
                "training.resume() goes on from the last version."
            )
            self.error.__cause__ = e
        finally:
            self._control.phase = ""
            self._progress.ended()
            self._control.enter(state)
            try:
                if engine is not None:
                    engine.close()
            finally:
                self._control.end()

    def _run_rounds(self, engine: Engine, weights: Weights) -> None:
        funded = len(self.rounds)
        while len(self.rounds) < self.plan.rounds:
            if len(self.rounds) == funded:
                funded += ROUNDS_AHEAD
                ahead = min(funded, self.plan.rounds) - len(self.rounds)
                with self._control.acting():
                    fund_wallets(self.model, self._wallets, self.plan, ahead)
            self._progress.round_begins()
            runner = RoundRunner(
                model=self.model,
                plan=self.plan,
                participants=Participants(self._clients, self._wallets),
                engine=engine,
                validation=self._validation,
                test=self._test,
                rounds_left=self.plan.rounds - len(self.rounds),
                control=self._control,
            )
            weights, record = runner.run(weights)
            self._progress.round_finished(record)
            self._control.notify()
            target = self.plan.target_accuracy
            if target is not None and record.accuracy >= target:
                return

    def __repr__(self) -> str:
        done = f"{len(self.rounds)}/{self.plan.rounds} rounds"
        reached = f", accuracy {self.rounds[-1].accuracy:.1%}" if self.rounds else ""
        return f"<Training of {self.model_name!r}: {self.state}, {done}{reached}>"
