from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.widgets.throttle import Pace, Throttle
from tests.waiting import LONG


@given(st.lists(st.floats(0, 5), max_size=200), st.floats(0.01, 2))
def test_two_runs_are_never_closer_than_the_interval(steps: list[float], interval: float) -> None:
    pace, now = Pace(interval), 0.0
    ran: list[float] = []
    for step in steps:
        now += step
        if not pace.wait(now):
            pace.happened(now)
            ran.append(now)
    assert all(b - a >= interval * (1 - 1e-9) for a, b in pairwise(ran))


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.01, 10))
def test_whoever_waits_as_long_as_told_may_run(last: float, now: float, interval: float) -> None:
    pace = Pace(interval)
    pace.happened(last)
    now = max(last, now)
    assert pace.wait(now + pace.wait(now)) <= 1e-9


def test_many_requests_become_few_runs_and_the_last_one_is_never_lost() -> None:
    asked, seen = 0, []
    caught_up = threading.Event()

    def look() -> None:
        seen.append(asked)
        if asked == 1000:
            caught_up.set()

    throttle = Throttle(look, interval=0.05)
    for _ in range(1000):
        asked += 1
        throttle.request()
    assert caught_up.wait(LONG)
    throttle.close()
    assert len(seen) < 1000


def test_an_action_that_raises_is_logged_and_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    runs, twice = 0, threading.Event()

    def fail() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            twice.set()
        throttle.request()
        raise ValueError("the page is gone")

    throttle = Throttle(fail, interval=0.0)
    throttle.request()
    assert twice.wait(LONG)
    throttle.close()
    assert "the page is gone" in caplog.text


def test_the_heartbeat_runs_it_when_nobody_asks() -> None:
    ran = threading.Event()
    throttle = Throttle(ran.set, interval=0.0, heartbeat=lambda: 0.01)
    assert ran.wait(LONG)
    throttle.close()


def test_a_closed_throttle_runs_nothing() -> None:
    ran = threading.Event()
    throttle = Throttle(ran.set, interval=0.0)
    throttle.close()
    throttle.request()
    assert not ran.is_set()
    assert not throttle._thread.is_alive()
