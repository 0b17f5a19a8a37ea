"""A wallet that others wrote, for the tests of accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain import wallet as programs


@pytest.fixture(scope="session")
def wallet() -> Iterator[programs.Wallet]:
    """polkadot.js, in a process of its own."""
    if programs.MISSING:
        pytest.skip(programs.NO_WALLET)
    with programs.wallet() as started:
        yield started
