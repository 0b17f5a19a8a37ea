from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.widgets.rounds.series import thinned

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=400)


@given(VALUES, st.integers(4, 60))
def test_a_thinned_series_keeps_its_ends_and_its_extremes(values: list[float], most: int) -> None:
    kept = thinned(values, most)
    assert kept == sorted(set(kept))
    assert len(kept) <= most
    if values:
        assert kept[0] == 0
        assert kept[-1] == len(values) - 1
        assert min(values[i] for i in kept) == min(values)
        assert max(values[i] for i in kept) == max(values)


@given(VALUES)
def test_a_series_that_fits_is_left_as_it_is(values: list[float]) -> None:
    assert thinned(values, max(4, len(values))) == list(range(len(values)))
