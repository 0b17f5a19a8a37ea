"""Who gets which example: pure functions from labels to one index array a client.

Every scheme hands out each example exactly once, unless explicit sizes ask for fewer; then a
seeded random choice of that many is handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import require_rate, require_whole, shown
from dml_sdk.errors import UsageError

Indices: TypeAlias = npt.NDArray[np.int64]
Scheme: TypeAlias = Literal["iid", "shards", "dirichlet"]
_MOST_SHARDS = 10_000  # of a client; more are as good as IID
Sizes: TypeAlias = Literal["equal", "lognormal"] | Sequence[int]


def assign(
    labels: npt.NDArray[np.int64],
    clients: int,
    scheme: Scheme = "iid",
    *,
    seed: int = 0,
    sizes: Sizes = "equal",
    alpha: float = 0.5,
    shards_per_client: int = 2,
) -> list[Indices]:
    """Index arrays, one a client, disjoint.

    Args:
        labels: int [n].
        clients: how many, from 1 to n.
        scheme: "iid", "shards" (McMahan et al. 2017, section 3) or "dirichlet" (Hsu et al. 2019).
        seed: 0 or more; the same arguments give the same assignment.
        sizes: "equal" (differing by one at most), "lognormal" (sigma 1), or a number for each.
        alpha: concentration of the Dirichlet scheme; small means few labels a client.
        shards_per_client: runs of sorted labels a client gets under "shards".

    Raises:
        UsageError: an argument out of range, or more clients than examples.
    """
    rng = np.random.default_rng(require_whole("seed", seed))
    quotas = client_sizes(len(labels), clients, sizes, rng)
    chosen = rng.permutation(len(labels))[: quotas.sum()].astype(np.int64)
    match scheme:
        case "iid":
            return _cut(chosen, quotas)
        case "shards":
            return _shards(labels, chosen, quotas, shards_per_client, rng)
        case "dirichlet":
            return _dirichlet(labels, chosen, quotas, alpha, rng)
    raise UsageError(f'scheme={shown(scheme)} is unknown: choose "iid", "shards" or "dirichlet".')


def client_sizes(examples: int, clients: int, sizes: Sizes, rng: np.random.Generator) -> Indices:
    """How many examples each client gets, at least one each unless given explicitly.

    Raises:
        UsageError: fewer examples than clients, or sizes that ask for more than there are.
    """
    clients = require_whole("clients", clients, least=1)
    if not isinstance(sizes, str):
        return _explicit_sizes(examples, clients, sizes)
    if clients > examples:
        raise UsageError(
            f"{shown(clients)} clients cannot share {examples:,} examples: "
            "ask for fewer clients or load more data."
        )
    if sizes == "equal":
        shares = np.ones(clients)
    elif sizes == "lognormal":
        shares = rng.lognormal(sigma=1.0, size=clients)
    else:
        raise UsageError(
            f'sizes={shown(sizes)} is unknown: choose "equal", "lognormal" or a number for each '
            "client."
        )
    # One for everyone first; largest remainders then settle what flooring leaves over.
    exact = shares / shares.sum() * (examples - clients)
    quotas: Indices = np.floor(exact).astype(np.int64)
    left_over = examples - clients - int(quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:left_over]] += 1
    quotas += 1
    return quotas


def _explicit_sizes(examples: int, clients: int, sizes: Sequence[int]) -> Indices:
    wanted = np.asarray(sizes)
    if wanted.shape != (clients,) or wanted.dtype.kind not in "iu" or (wanted < 0).any():
        raise UsageError(f"sizes must be {clients} whole numbers, 0 or more; got {shown(sizes)}.")
    if wanted.sum() > examples:
        raise UsageError(
            f"sizes ask for {wanted.sum():,} examples and there are {examples:,}: ask for fewer."
        )
    return wanted.astype(np.int64)


def _cut(order: Indices, quotas: Indices) -> list[Indices]:
    return np.split(order, np.cumsum(quotas)[:-1])


def _shards(
    labels: npt.NDArray[np.int64],
    chosen: Indices,
    quotas: Indices,
    shards_per_client: int,
    rng: np.random.Generator,
) -> list[Indices]:
    """Sort by label, cut into shards, deal each client its number of them at random."""
    shards_per_client = require_whole(
        "shards_per_client", shards_per_client, least=1, most=_MOST_SHARDS
    )
    by_label = chosen[np.argsort(labels[chosen], kind="stable")]
    owners = np.repeat(np.arange(len(quotas)), shards_per_client)
    within = np.tile(np.arange(shards_per_client), len(quotas))
    lengths = quotas[owners] // shards_per_client
    lengths += within < quotas[owners] % shards_per_client
    dealt = rng.permutation(len(owners))
    shards = _cut(by_label, lengths[dealt])
    hands: list[list[Indices]] = [[] for _ in quotas]
    for shard, owner in zip(shards, owners[dealt], strict=True):
        hands[owner].append(shard)
    return [np.concatenate(hand) for hand in hands]


def _dirichlet(
    labels: npt.NDArray[np.int64],
    chosen: Indices,
    quotas: Indices,
    alpha: float,
    rng: np.random.Generator,
) -> list[Indices]:
    """Each client draws its own mix of labels from Dirichlet(alpha), then examples by that mix.

    Hsu, Qi and Brown 2019, "Measuring the effects of non-identical data distribution for federated
    visual classification", section 3. Drawing is without replacement, so a label that has run out
    is left out of the mix: the last clients take what remains.
    """
    alpha = require_rate("alpha", alpha)
    kinds = np.unique(labels[chosen])
    pools = [chosen[labels[chosen] == kind] for kind in kinds]
    remaining = np.array([len(pool) for pool in pools], dtype=np.int64)
    result = []
    for quota in quotas:
        # Below 1e-3 the sampler underflows to 0/0; that mix is one label to nine digits already.
        mix = rng.dirichlet(np.full(len(kinds), max(alpha, 1e-3))) if len(kinds) else np.empty(0)
        taken = _draw(mix, int(quota), remaining, rng)
        parts = []
        for i, count in enumerate(taken):
            parts.append(pools[i][remaining[i] - count : remaining[i]])
        remaining = remaining - taken
        result.append(np.concatenate(parts) if parts else np.empty(0, np.int64))
    return result


def _draw(
    mix: npt.NDArray[np.float64], quota: int, remaining: Indices, rng: np.random.Generator
) -> Indices:
    """How many of each label, following `mix` while stocks last."""
    taken = np.zeros_like(remaining)
    while (missing := quota - int(taken.sum())) > 0:
        stock = remaining - taken
        wanted = np.where(stock > 0, mix, 0.0)
        # A mix without any label that is left falls back on what is left.
        if wanted.sum() <= 1e-12:
            wanted = stock.astype(np.float64)
        taken += np.minimum(rng.multinomial(missing, wanted / wanted.sum()), stock)
    return taken
