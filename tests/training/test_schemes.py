from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.errors import UsageError
from dml_sdk.training.schemes import assign

SCHEMES = st.sampled_from(["iid", "shards", "dirichlet"])


@st.composite
def labels_and_clients(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    labels = draw(st.lists(st.integers(0, 6), min_size=1, max_size=120))
    return np.array(labels, np.int64), draw(st.integers(1, len(labels)))


@given(
    labels_and_clients(),
    SCHEMES,
    st.sampled_from(["equal", "lognormal"]),
    st.floats(1e-6, 1e6),
    st.integers(1, 5),
    st.integers(0, 2**32),
)
def test_every_scheme_hands_out_each_example_exactly_once(
    case, scheme, sizes, alpha, shards, seed
) -> None:
    labels, clients = case
    dealt = assign(
        labels, clients, scheme, seed=seed, sizes=sizes, alpha=alpha, shards_per_client=shards
    )
    assert len(dealt) == clients
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(labels)))
    assert min(len(rows) for rows in dealt) >= 1


@given(labels_and_clients(), SCHEMES, st.integers(1, 9))
def test_equal_sizes_differ_by_one_at_most(case, scheme, seed) -> None:
    labels, clients = case
    sizes = [len(rows) for rows in assign(labels, clients, scheme, seed=seed)]
    assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(0, 12), min_size=1, max_size=10), SCHEMES)
def test_explicit_sizes_are_kept_and_nothing_is_given_twice(sizes, scheme) -> None:
    labels = np.arange(200) % 7
    dealt = assign(labels, len(sizes), scheme, sizes=sizes)
    assert [len(rows) for rows in dealt] == sizes
    handed_out = np.concatenate(dealt)
    assert len(np.unique(handed_out)) == len(handed_out)


@pytest.mark.parametrize("scheme", ["iid", "shards", "dirichlet"])
def test_the_same_seed_gives_the_same_assignment_and_another_seed_another(scheme) -> None:
    labels = np.arange(300) % 10
    first, again, other = (assign(labels, 10, scheme, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_two_shards_of_mnist_like_labels_hold_at_most_four_labels_and_mostly_two() -> None:
    labels = np.random.default_rng(0).integers(0, 10, 6_000)
    kinds = [len(np.unique(labels[rows])) for rows in assign(labels, 100, "shards")]
    assert max(kinds) <= 4
    assert np.median(kinds) == 2


def test_a_small_alpha_gives_few_labels_a_client_and_a_large_one_all_of_them() -> None:
    labels = np.arange(10_000) % 10
    shares = {}
    for alpha in (0.05, 1_000.0):
        dealt = assign(labels, 20, "dirichlet", alpha=alpha)
        counts = np.array([np.bincount(labels[rows], minlength=10) for rows in dealt])
        shares[alpha] = (counts.max(axis=1) / counts.sum(axis=1)).mean()
    assert shares[0.05] > 0.6
    assert shares[1_000.0] < 0.15


def test_lognormal_sizes_are_far_from_equal() -> None:
    sizes = [len(rows) for rows in assign(np.zeros(5_000, np.int64), 50, sizes="lognormal")]
    assert max(sizes) > 5 * min(sizes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clients": 0},
        {"clients": 2.5},
        {"clients": 11},
        {"scheme": "sorted"},
        {"sizes": "huge"},
        {"sizes": [5, 6]},
        {"sizes": [-1, 2]},
        {"sizes": [1, 2, 3]},
        {"sizes": [0.5, 0.5]},
        {"scheme": "dirichlet", "alpha": 0},
        {"scheme": "dirichlet", "alpha": float("inf")},
        {"scheme": "dirichlet", "alpha": float("nan")},
        {"scheme": "shards", "shards_per_client": 0},
        {"seed": -1},
    ],
    ids=str,
)
def test_an_argument_out_of_range_is_refused(wrong) -> None:
    with pytest.raises(UsageError):
        assign(np.arange(10) % 2, **{"clients": 2, **wrong})
