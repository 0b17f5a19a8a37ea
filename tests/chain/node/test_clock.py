from __future__ import annotations

import time

import pytest

from dml_sdk.chain.node import Clock
from dml_sdk.errors import UsageError


def test_a_clock_tells_the_walls_time_until_it_is_moved() -> None:
    before = time.time_ns() // 1_000_000
    now = Clock().now_ms()
    assert before <= now <= time.time_ns() // 1_000_000


def test_a_frozen_clock_moves_only_when_it_is_moved() -> None:
    clock = Clock()
    clock.freeze()
    now = clock.now_ms()
    clock.advance(86_400_000)
    assert clock.now_ms() == now + 86_400_000
    clock.set(5)
    assert clock.now_ms() == 5


def test_a_clock_runs_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.freeze()
    clock.set(1_000_000)
    clock.run()
    assert 1_000_000 <= clock.now_ms() < time.time_ns() // 1_000_000


def test_a_clock_comes_back_to_a_setting() -> None:
    clock = Clock()
    clock.freeze()
    now, setting = clock.now_ms(), clock.setting()
    clock.run()
    clock.advance(10**9)
    clock.restore(setting)
    assert clock.now_ms() == now


@pytest.mark.parametrize("ms", [-1, 1.5, "7", None])
def test_a_time_that_is_none_is_refused(ms: object) -> None:
    clock = Clock()
    with pytest.raises(UsageError):
        clock.advance(ms)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        clock.set(ms)  # type: ignore[arg-type]


def test_a_time_beyond_what_a_chain_can_tell_is_refused() -> None:
    with pytest.raises(UsageError, match="more than a chain can tell"):
        Clock().set(2**63)
