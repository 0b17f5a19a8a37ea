"""Kappa and alpha beside those of other libraries: scikit-learn, statsmodels and krippendorff."""

from __future__ import annotations

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from dml_sdk.annotation.worth.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha

TABLES = 100


def max_error(seed: int) -> float:
    """The largest difference on random tables of all sizes, skews and levels."""
    rng = np.random.default_rng(seed)
    apart = [0.0]
    for _ in range(TABLES):
        labels, items = int(rng.integers(2, 9)), int(rng.integers(5, 200))
        skew = rng.dirichlet(np.ones(labels))
        first = rng.choice(labels, items, p=skew)
        second = np.where(rng.random(items) < rng.random(), first, rng.choice(labels, items))
        for weighting in ("none", "linear", "quadratic"):
            theirs = cohen_kappa_score(
                first, second, weights=None if weighting == "none" else weighting
            )
            apart.append(cohen_kappa(first, second, weighting) - theirs)
        counts = rng.multinomial(int(rng.integers(2, 8)), skew, items)
        with np.errstate(invalid="ignore"):  # of one label alone, both have no kappa
            apart.append(fleiss_kappa(counts) - statsmodels_fleiss(counts))
        ratings = rng.choice(labels, (int(rng.integers(2, 8)), items)) + 1.0
        ratings[:, items // 2 :] = ratings[0, items // 2 :]
        ratings[rng.random(ratings.shape) < 0.2] = np.nan
        for level in ("nominal", "ordinal", "interval", "ratio"):
            theirs = krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
            apart.append(krippendorff_alpha(ratings, level) - theirs)
    return float(np.nanmax(np.abs(apart)))
