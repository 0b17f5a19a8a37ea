from __future__ import annotations

import math

import pytest

from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.errors import UsageError


class Time:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_and_what_follows_waits_its_turn() -> None:
    bucket = TokenBucket(10, 5, Time())
    assert [bucket.take() for _ in range(5)] == [0] * 5
    assert bucket.take() == pytest.approx(0.1)
    assert bucket.take() == pytest.approx(0.2)


def test_tokens_come_back_with_time_up_to_a_burst() -> None:
    now = Time()
    bucket = TokenBucket(10, 5, now)
    for _ in range(5):
        bucket.take()
    now.now += 0.2
    assert [bucket.take(), bucket.take()] == [0, 0]
    assert bucket.take() == pytest.approx(0.1)
    now.now += 1_000
    assert [bucket.take() for _ in range(5)] == [0] * 5
    assert bucket.take() > 0


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", None, True])
def test_a_limit_that_cannot_be_meant_is_refused_by_name(value: object) -> None:
    with pytest.raises(UsageError, match="batch"):
        Limits(batch=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, math.nan, math.inf, "3"])
def test_a_time_that_cannot_be_meant_is_refused_by_name(value: object) -> None:
    with pytest.raises(UsageError, match="idle_seconds"):
        Limits(idle_seconds=value)  # type: ignore[arg-type]
