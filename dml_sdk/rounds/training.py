"""The handle of a training that runs in a thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.chain.accounts import Account
from dml_sdk.chain.previews import allocations
from dml_sdk.errors import DMLError, TrainingError, TrainingRunning, TrainingTimeout, UsageError
from dml_sdk.rounds import running
from dml_sdk.rounds.plan import TrainingPlan, check_people
from dml_sdk.rounds.round import Participants, RoundRunner
from dml_sdk.rounds.wallets import wallets_of
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


class _Stopped(Exception):
    """Raised at a checkpoint of the thread once stop() was called."""


class Training:
    """A training of one model: a number of federated rounds, run in a background thread.

    Made by `model.train(…)`, which returns at once. Every method may be called from any thread.

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
        plan: what was asked for.
        base: accuracy and loss of the version it started from, once measured.
        error: why it failed, or None.
        phase: what it is doing: "start", "select", "train", "store", "aggregate", "evaluate",
            "settle", or "" when it does nothing.

    Raises:
        UsageError: arguments that can't be right.
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
        self.base: tuple[float, float] | None = None
        self.error: DMLError | None = None
        self.phase = ""
        self._clients = clients
        self._given_wallets = wallets
        self._wallets: dict[str, Account] = {}
        self._test = test
        self._validation = validation_sample(held_out)
        self._state: TrainingState = "waiting"
        self._rounds: list[RoundRecord] = []
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        # Waited on in place of the thread, which an interrupted join() would take for dead.
        self._ended = threading.Event()
        self._ended.set()
        self._go = threading.Event()
        self._go.set()
        self._stop = threading.Event()
        self._watchers: list[Callable[[], None]] = []
        self._round_seconds: list[float] = []
        self._round_began: float | None = None
        self.start_seconds: float | None = None
        self._refuse_open_round()

    # --- what it is -----------------------------------------------------------------------------

    @property
    def state(self) -> TrainingState:
        """ "waiting", "running", "paused", "stopping", "stopped", "finished" or "failed"."""
        return self._state

    @property
    def session(self) -> Session:
        """The session whose signer owns the model."""
        return self.model.session

    @property
    def rounds(self) -> tuple[RoundRecord, ...]:
        """Finished rounds, oldest first."""
        return tuple(self._rounds)

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
        if not self._round_seconds or self._state not in ("running", "paused"):
            return None
        recent = self._round_seconds[-5:]
        mean = sum(recent) / len(recent)
        left = mean * (self.plan.rounds - len(self._rounds))
        if self._round_began is not None and self._state == "running":
            left -= min(mean, time.monotonic() - self._round_began)
        return max(0.0, left)

    @property
    def history(self) -> Table:
        """One row a round."""
        return Table(
            f"Training of {self.model.name} ({self.engine_name}, {self.dataset_name})",
            [
                {
                    "round": r.number,
                    "version": r.version,
                    "accuracy": r.accuracy,
                    "loss": r.loss,
                    "participants": r.participants,
                    "accepted": sum(u.status == "accepted" for u in r.updates),
                    "paid": r.paid,
                    "blocks": f"{r.blocks[0]}–{r.blocks[1]}",
                    "seconds": r.elapsed,
                }
                for r in self._rounds
            ],
        )

    def paid(self) -> dict[str, Amount]:
        """What each contributor was credited in these rounds, by name."""
        totals: dict[str, Amount] = {}
        for record in self._rounds:
            for update in record.updates:
                if update.reward or update.client in totals:
                    before = totals.get(update.client)
                    totals[update.client] = before + update.reward if before else update.reward
        return totals

    # --- what it does ---------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the thread; called by `model.train`.

        Raises:
            TrainingRunning: this model is being trained already.
        """
        running.claim(self, self._ended.clear)
        try:
            with self._lock:
                self.error = None
                self._stop.clear()
                self._go.set()
                self._enter("waiting")
                self._thread = threading.Thread(
                    target=self._run, name=f"dml-training-{self.model.id}", daemon=True
                )
                self._thread.start()
        except BaseException:
            self._ended.set()
            raise

    def pause(self) -> None:
        """Holds training at the next step; `resume` goes on."""
        if self._state in ("waiting", "running"):
            self._go.clear()
            self._notify()

    def resume(self) -> None:
        """Goes on: after pause() where it was, after stop() or a failure from the last version.

        Raises:
            UsageError: all rounds are done.
        """
        if self.alive and not self._stop.is_set():
            self._go.set()
            self._notify()
            return
        if threading.current_thread() is self._thread:
            raise UsageError("A training that is stopping cannot resume itself; ask elsewhere.")
        self._ended.wait()
        if len(self._rounds) >= self.plan.rounds or self._state == "finished":
            raise UsageError("All rounds are done; model.train(…) starts another training.")
        self._refuse_open_round()
        try:
            self.start()
        except TrainingRunning:
            if not self.alive:
                raise
            # Somebody else resumed it first, which is what was asked for.

    def stop(self) -> None:
        """Ends training at the next step; the round that is open is aborted and nothing is lost."""
        if self.alive:
            self._stop.set()
            self._go.set()
            self._enter("stopping")

    def join(self, timeout: float) -> None:
        """Waits for training to end, `timeout` seconds at the most, whatever became of it."""
        self._ended.wait(timeout)

    def wait(self, timeout: float | None = None) -> Training:
        """Waits until training has ended, and returns it.

        Args:
            timeout: seconds.

        Raises:
            TrainingTimeout: it goes on.
            DMLError: why it failed.
        """
        if not self._ended.wait(timeout):
            raise TrainingTimeout(
                f"Still training after {timeout} s, {len(self._rounds)} of "
                f"{self.plan.rounds} rounds done. It goes on: wait again, or training.stop()."
            )
        if self.error is not None:
            raise self.error
        return self

    def claim(self) -> Table:
        """Every contributor whose wallet this session holds claims what it was credited."""
        chain = self.session.chain
        credited = {
            told["who"]: told["claimable"] for told in allocations(chain, self.model.id, None)
        }
        owed = [
            (name, account) for name, account in self._wallets.items()
            if credited.get(account.address)
        ]  # fmt: skip
        call = chain.call("Pools", "claim", model=self.model.id)
        outcomes = chain.submit_all([(call, account) for _, account in owed])
        asset = self.model.pool.asset
        return Table(
            f"Claims from the pool of {self.model.name}",
            [
                {
                    "client": name,
                    "account": account.address,
                    "claimed": Amount(
                        0 if isinstance(outcome, DMLError) else credited[account.address], asset
                    ),
                    "outcome": outcome,
                }
                for (name, account), outcome in zip(owed, outcomes, strict=True)
            ],
            columns=("client", "account", "claimed", "outcome"),
        )

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, from any thread, whenever anything here changes; returns how to stop that."""
        with self._lock:
            self._watchers.append(callback)

        def remove() -> None:
            with self._lock:
                if callback in self._watchers:
                    self._watchers.remove(callback)

        return remove

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

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        engine: Engine | None = None
        try:
            self._checkpoint("start")
            self._enter("running")
            began = time.monotonic()
            engine = open_engine(self.plan.engine, self.model.network)
            weights: Weights = self.model.weights()
            self._wallets = wallets_of(
                self.model, [c.name for c in self._clients], self._given_wallets
            )
            measured = engine.evaluate(weights, self._test)
            if self.base is None:
                self.base = (measured.accuracy, measured.loss)
            self.start_seconds = time.monotonic() - began
            while len(self._rounds) < self.plan.rounds:
                self._round_began = time.monotonic()
                runner = RoundRunner(
                    model=self.model,
                    plan=self.plan,
                    participants=Participants(self._clients, self._wallets),
                    engine=engine,
                    validation=self._validation,
                    test=self._test,
                    rounds_left=self.plan.rounds - len(self._rounds),
                    checkpoint=self._checkpoint,
                    should_stop=self._stop.is_set,
                )
                weights, record = runner.run(weights)
                self._rounds.append(record)
                self._round_seconds.append(time.monotonic() - self._round_began)
                self._notify()
                target = self.plan.target_accuracy
                if target is not None and record.accuracy >= target:
                    break
            self._end("finished")
        except _Stopped:
            self._end("stopped")
        except DMLError as e:
            self.error = e
            self._end("failed")
        except BaseException as e:  # noqa: BLE001 - whatever ends the thread reaches who waits
            _log.exception("training failed")
            self.error = TrainingError(
                f"Training ended with {type(e).__name__}: {e}. Nothing was lost; "
                "training.resume() goes on from the last version."
            )
            self.error.__cause__ = e
            self._end("failed")
        finally:
            try:
                if engine is not None:
                    engine.close()
            finally:
                self._ended.set()

    def _checkpoint(self, phase: str) -> None:
        if not self._go.is_set() and not self._stop.is_set():
            self._enter("paused")
            self._go.wait()
        if self._stop.is_set():
            raise _Stopped(f"stopped before {phase}")
        self.phase = phase
        self._enter("running")

    def _end(self, state: TrainingState) -> None:
        self.phase = ""
        self._round_began = None
        self._enter(state)

    def _enter(self, state: TrainingState) -> None:
        self._state = state
        self._notify()

    def _notify(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            try:
                watcher()
            except Exception:  # noqa: BLE001 - a watcher's error is its own
                _log.exception("a watcher of %r raised", self)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return not self._ended.is_set()

    def _refuse_open_round(self) -> None:
        number = self.session.chain.get("Rounds", "CurrentRound", self.model.id)
        if number is not None:
            raise TrainingRunning(
                f"Round {number} of {self.model} is open on the chain: it is being trained "
                "elsewhere, or a killed kernel left it. In the second case call "
                "model.abort_round(), which loses nothing, and train again."
            )

    def __repr__(self) -> str:
        done = f"{len(self._rounds)}/{self.plan.rounds} rounds"
        reached = f", accuracy {self._rounds[-1].accuracy:.1%}" if self._rounds else ""
        return f"<Training of {self.model.name!r}: {self._state}, {done}{reached}>"
