"""Tasks of a chain that somebody else serves: annotators join it, and share the owner's store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import dml_sdk as dml
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.storage import open_store
from tests.annotation.tasks import images, opened, right


@pytest.fixture
def served(tmp_path, network):
    """The owner's task, and how others get to it."""
    with dml.connect(path=tmp_path / "chain") as session:
        model = session.models.upload(network, name="m", licence="MIT", pool=dml.PoolTerms(1_000))
        task = opened(model, items=images(4))
        with session.serve() as server:

            @contextmanager
            def joined(name: str) -> Iterator[AnnotationTask]:
                store = open_store(tmp_path / "chain" / "store")
                with dml.connect(server.url, account=name, store=store) as theirs:
                    yield theirs.task(task.id, drafts=tmp_path / "drafts")

            yield task, joined
        assert session.conserved().ok


def test_annotators_join_a_served_chain_and_are_judged_and_paid_there(served):
    task, joined = served
    for name in ("bob", "charlie"):
        with joined(name) as mine:
            batch = mine.next_batch()
            mine.submit(batch, right(batch))
    with joined("bob") as mine:
        assert [receipt.call for receipt in mine.reveal()] == ["Annotations.reveal"]
    task.validate(dml.validation.agreement())
    with joined("bob") as mine:
        assert "alike to the others'" in mine.explain(0).why
        mine.accept()
        assert str(mine.desk().earnings.earned) == "0.8 DML"
