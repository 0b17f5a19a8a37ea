"""What a task refers to, from the store: questionnaire, list of items, policy; checked and kept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import TypeVar

from dml_sdk.annotation.asked import questionnaire
from dml_sdk.annotation.asked.answers import Parts
from dml_sdk.annotation.asked.media import Manifest, Part, load_manifest, load_part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Regions, Spans
from dml_sdk.annotation.course import policy_document
from dml_sdk.annotation.course.policy_document import PolicyDocument
from dml_sdk.annotation.course.terms import TaskTerms
from dml_sdk.errors import ContentCorrupt, ContentNotFound, ManifestInvalid
from dml_sdk.locations import Document
from dml_sdk.storage import Store

T = TypeVar("T")


class Documents:
    """A task's documents. They cannot change, so each is read once; any thread may ask.

    Args:
        store: where they are; untrusted.
        terms: of the task, which have their locations and hashes.
    """

    def __init__(self, store: Store, terms: TaskTerms) -> None:
        self._store, self._terms = store, terms
        self._lock = threading.RLock()
        self._read: dict[str, object] = {}

    def questionnaire(self) -> Questionnaire:
        """What is asked.

        Raises:
            QuestionnaireInvalid: the document is none.
            ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them.
        """

        def read() -> Questionnaire:
            content = fetch(self._store, self._terms.questionnaire, questionnaire.LARGEST)
            return Questionnaire.decode(content)

        return self._once("questionnaire", read)

    def manifest(self) -> Manifest:
        """What is asked about.

        Raises:
            ManifestInvalid: the document is none, or not of as many items and of the media that
                the task says.
            ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them.
        """

        def read() -> Manifest:
            told = self._terms.manifest
            parts = self._terms.items * len(self.questionnaire().media)
            manifest = load_manifest(self._store, cid_of(told), told.sha256, parts)
            self._check(manifest)
            return manifest

        return self._once("manifest", read)

    def policy(self) -> PolicyDocument:
        """By what answers are judged.

        Raises:
            PolicyInvalid: the document is none.
            ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them.
        """

        def read() -> PolicyDocument:
            content = fetch(self._store, self._terms.policy, policy_document.LARGEST)
            return policy_document.decode(content)

        return self._once("policy", read)

    def items_of(self, batch: int) -> range:
        """The numbers of a batch's items."""
        return self._terms.items_of(batch)

    def parts_of(self, batch: int) -> Parts:
        """What a batch's items are made of, where answers can lie beyond that: where parts of texts
        or of recordings are asked for. Nothing otherwise.

        Raises:
            QuestionnaireInvalid, ManifestInvalid, ContentNotFound, ContentCorrupt,
                ContentTooLarge: as `questionnaire` and `manifest`.
        """
        if not any(isinstance(q, Spans | Regions) for q in self.questionnaire().questions):
            return ()
        items = self.items_of(batch)
        return self.manifest().items[items.start : items.stop]

    def content(self, part: Part) -> bytes:
        """The bytes of a part, checked; not kept.

        Raises:
            MediaRefused: other bytes than promised, another type, or something that runs scripts.
            ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them.
        """
        return load_part(self._store, part)

    def _check(self, manifest: Manifest) -> None:
        media = self.questionnaire().media
        if len(manifest) != self._terms.items:
            why = f"it names {len(manifest):,} items, the chain {self._terms.items:,}"
        else:
            odd = (
                at
                for at, item in enumerate(manifest.items)
                if tuple(part.kind for part in item) != media
            )
            first = next(odd, None)
            if first is None:
                return
            why = f"item {first} is not of {', '.join(media)}, as the questionnaire says"
        raise ManifestInvalid(
            f"The task's list of items cannot be used: {why}. Nothing is shown; tell the task's "
            "owner."
        )

    def _once(self, name: str, read: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._read:
                self._read[name] = read()
            found: T = self._read[name]  # type: ignore[assignment]  # what `read` gave
            return found


def fetch(store: Store, document: Document, limit: int) -> bytes:
    """The bytes of a document that the chain has the hash of.

    Raises:
        ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them; also for
            bytes that are others than the chain's hash says.
    """
    content = store.get(cid_of(document), limit=limit)
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise ContentCorrupt(
            f"The document at {document.location} is not the one that the chain has the SHA-256 "
            f"of, {document.sha256[:16]}…. Do not go by it; tell the task's owner."
        )
    return content


def cid_of(document: Document) -> str:
    """The CID that a document is under.

    Raises:
        ContentNotFound: it is at an address of another kind, which no store here reads.
    """
    if document.location.cid is None:
        raise ContentNotFound(f"{document.location} is not a CID; this store reads only CIDs.")
    return document.location.cid
