"""The story and its words, made once for all nodes."""

from __future__ import annotations

import pytest

from dml_sdk.chain.node import Node
from tests.chain.conformance.story import Step, story
from tests.chain.conformance.words import Words


@pytest.fixture(scope="package")
def steps() -> list[Step]:
    """The same signed extrinsics for all nodes: signatures are drawn, so they are made once."""
    return story(Node())


@pytest.fixture(scope="package")
def words() -> Words:
    return Words(Node())
