"""One federated round, from selection to the published version.

select     the owner opens the round on the chain and names who takes part
train      every selected client trains from the version that the round started from; each
           update goes into the store as soon as it is there, while others still train
store      what is not stored yet is waited for, and each wallet signs where its file is: one block
score      a validator scores every update on data that no contributor holds
aggregate  what was accepted is averaged
evaluate   the result is measured on the test partition
settle     verdicts, rewards and the new version: one transaction, all of it or nothing
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dml_sdk.chain.accounts import Account
from dml_sdk.errors import DMLError, RoundAborted
from dml_sdk.locations import encode_location
from dml_sdk.pool import asset_of, buckets_in, score_parts
from dml_sdk.rounds.control import Control, Stopped
from dml_sdk.rounds.plan import TrainingPlan
from dml_sdk.rounds.submissions import StoredFile, Submission, Uploads, submit
from dml_sdk.training import aggregators, scoring
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import ClientFailure, ClientUpdate, Engine, Evaluation
from dml_sdk.training.scoring import Judgement
from dml_sdk.training.weights import Weights
from dml_sdk.types import Amount, Receipt, RoundRecord, UpdateRecord

if TYPE_CHECKING:
    from dml_sdk.model import Model

_log = logging.getLogger(__name__)
_REASON_BYTES = 128


@dataclass(frozen=True, slots=True)
class Participants:
    """Everybody who may take part in a training.

    Attributes:
        clients: with their data.
        wallets: who signs for each, by name.
    """

    clients: Sequence[Client]
    wallets: dict[str, Account]


@dataclass(slots=True)
class RoundRunner:
    """Runs one round of a training.

    Attributes:
        control: asked between steps, and whenever the chain is to be changed.
    """

    model: Model
    plan: TrainingPlan
    participants: Participants
    engine: Engine
    validation: Dataset
    test: Dataset
    rounds_left: int
    control: Control
    seconds: dict[str, float] = field(default_factory=dict)
    _began: float = 0.0

    def run(self, base: Weights) -> tuple[Weights, RoundRecord]:
        """The round; returns the new version's weights and the record.

        Raises:
            RoundAborted: fewer accepted updates than the minimum. Nothing was paid.
            DMLError: whatever went wrong; the round was aborted on the chain and nothing lost.
        """
        chain = self.model.session.chain
        self.control.checkpoint("select")
        self._began = time.perf_counter()  # a pause before the round is none of its time
        with self._timed("select"):
            number = int(chain.get("Rounds", "RoundCount", self.model.id)) + 1
            chosen = [
                self.participants.clients[i]
                for i in self.plan.selection(len(self.participants.clients), number)
            ]
            with self.control.acting():
                opened = self._open(number, chosen)
        try:
            with Uploads(self.model.session.store, self.model.readers) as uploads:
                return self._from_opened(number, chosen, opened, base, uploads)
        except BaseException as e:
            self._abort(number, e)
            raise

    # --- steps ----------------------------------------------------------------------------------

    def _from_opened(
        self,
        number: int,
        chosen: Sequence[Client],
        opened: Receipt,
        base: Weights,
        uploads: Uploads,
    ) -> tuple[Weights, RoundRecord]:
        self.control.checkpoint("train")
        with self._timed("train"):
            results = self.engine.train(
                base,
                chosen,
                self.plan.local,
                number,
                should_stop=self.control.should_stop,
                on_update=uploads.begin_update,
            )
        self.control.checkpoint("store")
        updates = [r for r in results if isinstance(r, ClientUpdate)]
        submissions, judged = self._store_and_score(number, updates, base, uploads)
        judgements = {j.client: j for j in judged}
        accepted = [
            u
            for u in updates
            if judgements[u.client].accepted and not submissions[u.client].failure
        ]
        if len(accepted) < self.plan.least:
            raise self._too_few(number, len(accepted), results, submissions, judgements)
        self.control.checkpoint("aggregate")
        with self._timed("aggregate"):
            weights = aggregators.fedavg(accepted, base)
        self.control.checkpoint("evaluate")
        version = uploads.begin(weights)
        with self._timed("evaluate"):
            reached = self.engine.evaluate(weights, self.test)
        self.control.checkpoint("settle")
        with self._timed("settle"):
            stored = version.result()
            with self.control.acting():
                settled = self._settle(number, stored, reached, submissions, judgements)
        return weights, self._record(
            number, chosen, results, submissions, judgements, reached, opened, settled
        )

    def _too_few(
        self,
        number: int,
        accepted: int,
        results: Sequence[ClientUpdate | ClientFailure],
        submissions: dict[str, Submission],
        judgements: dict[str, Judgement],
    ) -> RoundAborted:
        """The error of a round without enough updates, with what most of the others failed at."""
        errors = [s.error for s in submissions.values() if s.error]
        reasons = Counter(
            [str(e) for e in errors]
            + [r.error for r in results if isinstance(r, ClientFailure)]
            + [j.reason for j in judgements.values() if j.reason]
        )
        most = f" What most of the others said: {reasons.most_common(1)[0][0]}" if reasons else ""
        error = RoundAborted(
            f"Round {number} had {accepted} accepted updates of {self.plan.clients_per_round} "
            f"selected contributors; it needs {self.plan.least}. Nothing was paid, the model is as "
            f"before: training.resume() tries again with the next selection.{most}"
        )
        error.__cause__ = errors[0] if errors else None
        return error

    def _open(self, number: int, chosen: Sequence[Client]) -> Receipt:
        chain, model = self.model.session.chain, self.model
        deadline = chain.now_ms() + int(self.plan.deadline.total_seconds() * 1000)
        return chain.submit(
            chain.batch(
                [
                    chain.call(
                        "Rounds",
                        "open",
                        model=model.id,
                        minimum=self.plan.least,
                        maximum=len(chosen),
                        deadline_ms=deadline,
                        reward_part=score_parts(self.plan.part(self.rounds_left)),
                    ),
                    chain.call(
                        "Rounds",
                        "select",
                        model=model.id,
                        round=number,
                        clients=[_text(c.name) for c in chosen],
                    ),
                ]
            ),
            model.session.signer,
        )

    def _store_and_score(
        self, number: int, updates: Sequence[ClientUpdate], base: Weights, uploads: Uploads
    ) -> tuple[dict[str, Submission], list[Judgement]]:
        """Both, side by side where a network is waited for.

        On the embedded chain both are this process's own work, and taking turns is quicker.
        """
        if self.model.session.chain.node is not None:
            stored = self._store_and_submit(number, updates, uploads)
            judged = self._score(updates, base)
        else:
            with ThreadPoolExecutor(1, thread_name_prefix="dml-submit") as other:
                storing = other.submit(self._store_and_submit, number, updates, uploads)
                judged = self._score(updates, base)
                stored = storing.result()
        return {s.update.client: s for s in stored}, judged

    def _score(self, updates: Sequence[ClientUpdate], base: Weights) -> list[Judgement]:
        with self._timed("score"):
            return scoring.score(updates, self._validate, base, reject_below=self.plan.reject_below)

    def _store_and_submit(
        self, number: int, updates: Sequence[ClientUpdate], uploads: Uploads
    ) -> list[Submission]:
        chain, wallets = self.model.session.chain, self.participants.wallets
        with self._timed("store"):
            submissions = uploads.finish(updates)
            with self.control.acting():
                submit(chain, self.model.id, number, submissions, wallets)
        return submissions

    def _validate(self, weights: Weights) -> Evaluation:
        return self.engine.evaluate(weights, self.validation)

    def _settle(
        self,
        number: int,
        version: StoredFile,
        reached: Evaluation,
        submissions: dict[str, Submission],
        judgements: dict[str, Judgement],
    ) -> Receipt:
        chain, model = self.model.session.chain, self.model
        location, digest = version
        verdicts = [
            (
                _text(client),
                {"Accepted": score_parts(judgements[client].score)}
                if judgements[client].accepted
                else {"Rejected": _text(judgements[client].reason)},
            )
            for client, submission in submissions.items()
            if not submission.failure
        ]
        calls = [chain.call("Rounds", "score", model=model.id, round=number, verdicts=verdicts)]
        record = model.pool.record
        if record is not None and record["state"] == "Open":
            calls.append(
                chain.call(
                    "Rounds",
                    "reward",
                    model=model.id,
                    round=number,
                    evaluation=score_parts(reached.accuracy),
                )
            )
        calls.append(
            chain.call(
                "Rounds",
                "finalise",
                model=model.id,
                round=number,
                location=encode_location(location),
                hash="0x" + digest,
            )
        )
        return chain.submit(chain.batch(calls), model.session.signer)

    def _abort(self, number: int, cause: BaseException) -> None:
        chain, model = self.model.session.chain, self.model
        try:
            with self.control.acting():
                if chain.get("Rounds", "CurrentRound", model.id) == number:
                    model.abort_round(str(cause) or type(cause).__name__)
        except Stopped:
            _log.info("Round %s of %s went with the chain that it was on.", number, model)
        except DMLError as e:
            _log.warning(
                "Round %s of %s could not be aborted on the chain (%s). Once the chain answers, "
                "call model.abort_round().", number, model, e,
            )  # fmt: skip

    # --- the record -----------------------------------------------------------------------------

    def _record(
        self,
        number: int,
        chosen: Sequence[Client],
        results: Sequence[ClientUpdate | ClientFailure],
        submissions: dict[str, Submission],
        judgements: dict[str, Judgement],
        reached: Evaluation,
        opened: Receipt,
        settled: Receipt,
    ) -> RoundRecord:
        session, pool = self.model.session, self.model.pool.record
        asset = asset_of(session, pool["asset"]) if pool else session.chain.token
        rewards: dict[str, Amount] = {}
        for event in settled.events:
            if (event.pallet, event.name) == ("Rounds", "ContributorRewarded"):
                rewards[str(event.fields["client"])] = Amount(
                    int(str(event.fields["amount"])), asset
                )
        version = next(
            int(str(e.fields["version"]))
            for e in settled.events
            if (e.pallet, e.name) == ("Rounds", "RoundFinalised")
        )
        failures = {r.client: r.error for r in results if isinstance(r, ClientFailure)}
        records = []
        for client in chosen:
            submission = submissions.get(client.name)
            judgement = judgements.get(client.name)
            status: Literal["accepted", "rejected", "dropped"] = "dropped"
            reason = failures.get(client.name, "it sent no update")
            if submission is not None and judgement is not None:
                if submission.failure:
                    reason = submission.failure
                else:
                    status = "accepted" if judgement.accepted else "rejected"
                    reason = judgement.reason
            records.append(
                UpdateRecord(
                    client=client.name,
                    account=self.participants.wallets[client.name].address,
                    location=submission.location if submission else None,
                    sha256=submission.sha256 if submission else None,
                    examples=submission.update.examples if submission else 0,
                    score=judgement.score if judgement and status != "dropped" else None,
                    reward=rewards.get(client.name, Amount(0, asset)),
                    status=status,
                    reason=reason,
                    receipt=submission.receipt if submission else None,
                )
            )
        paid = Amount(sum(r.planck for r in rewards.values()), asset)
        return RoundRecord(
            number=number,
            version=version,
            accuracy=reached.accuracy,
            loss=reached.loss,
            updates=tuple(records),
            paid=paid,
            buckets=buckets_in(pool, asset) if pool else {},
            blocks=(opened.block, settled.block),
            extrinsics=2 + sum(1 for s in submissions.values() if s.receipt is not None),
            seconds=dict(self.seconds),
            elapsed=time.perf_counter() - self._began,
        )

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - begun


def _text(text: str) -> str:
    """Text as the runtime's bounded bytes: cut at the bound, never inside a character."""
    return "0x" + text.encode()[:_REASON_BYTES].decode(errors="ignore").encode().hex()
