"""A round's updates on their way: into the store while others still train, then onto the chain.

An update is submitted only once the store has returned its file's CID, and the chain scores and
pays only what was submitted: nothing is paid for whose file is not in the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.errors import ChainError, DMLError
from dml_sdk.locations import encode_location
from dml_sdk.storage import Store
from dml_sdk.types import Location, Receipt
from dml_sdk.versions import store_weights

if TYPE_CHECKING:
    from types import TracebackType

    from dml_sdk.chain.accounts import Account
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.client.chain import Chain
    from dml_sdk.training.engine import ClientUpdate
    from dml_sdk.training.weights import Weights

# Files on their way at once. A daemon is waited for, and hashing and writing let go of the
# interpreter: more than one thread helps there, and a local store is no slower for them.
_THREADS = 4

StoredFile: TypeAlias = tuple[Location, str]
"""Where a file of weights is, and its SHA-256."""


@dataclass(slots=True)
class Submission:
    """What became of one client's update on its way to the chain.

    Attributes:
        update: what the client's training gave.
        location, sha256: of its file, once it is in the store.
        receipt: of its submission, once the chain took it.
        error: why it did not get there, or None.
    """

    update: ClientUpdate
    location: Location | None = None
    sha256: str | None = None
    receipt: Receipt | None = None
    error: DMLError | None = None

    @property
    def failure(self) -> str:
        """Why it did not get there in words, or nothing."""
        return str(self.error) if self.error else ""


class Uploads:
    """Puts weights into a store in threads of its own, beside whatever else the round does.

    Leaving the `with` block gives up what has not begun and waits for what has: no thread outlives
    it, and no file is left half-written, however the round ends.

    Args:
        readers: whom the files are sealed for; none for files in the clear.
    """

    def __init__(self, store: Store, readers: Sequence[bytes] = ()) -> None:
        self._store = store
        self._readers = readers
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dml-store")
        self._updates: dict[ClientUpdate, Future[StoredFile]] = {}

    def __enter__(self) -> Uploads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def begin(self, weights: Weights) -> Future[StoredFile]:
        """Starts to store weights; the future raises what the store raised."""
        return self._threads.submit(store_weights, self._store, weights, self._readers)

    def begin_update(self, update: ClientUpdate) -> None:
        """Starts to store an update's file; returns at once."""
        self._updates[update] = self.begin(update.weights)

    def finish(self, updates: Sequence[ClientUpdate]) -> list[Submission]:
        """Waits for the files of updates that were begun; an error of one is that one's failure."""
        submissions = []
        for update in updates:
            submission = Submission(update)
            try:
                submission.location, submission.sha256 = self._updates[update].result()
            except DMLError as e:
                submission.error = e
            submissions.append(submission)
        return submissions


def submit(
    chain: Chain,
    model: int,
    number: int,
    submissions: Sequence[Submission],
    wallets: Mapping[str, Account],
) -> None:
    """Has each wallet sign where its update is, in one block where the chain allows it.

    Args:
        model, number: the model's id, and the round's number.
        submissions: those that are stored get a receipt, or the error that the chain gave.
        wallets: who signs for each client, by name.

    Raises:
        ChainError: the chain broke down; what it said of one update is that one's failure.
    """
    jobs: list[tuple[Call, Account]] = []
    stored: list[Submission] = []
    for submission in submissions:
        if submission.location is None:
            continue
        arguments: dict[str, Any] = dict(
            model=model,
            round=number,
            location=encode_location(submission.location),
            hash=f"0x{submission.sha256}",
            examples=submission.update.examples,
        )
        call = chain.call("Rounds", "submit_update", **arguments)
        jobs.append((call, wallets[submission.update.client]))
        stored.append(submission)
    for submission, outcome in zip(stored, chain.submit_all(jobs), strict=True):
        if isinstance(outcome, ChainError):
            submission.error = outcome
        else:
            submission.receipt = outcome
