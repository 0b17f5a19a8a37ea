"""Long histories, thinned so that their shape stays."""

from __future__ import annotations

from collections.abc import Sequence

MOST_POINTS = 600


def thinned(values: Sequence[float], most: int = MOST_POINTS) -> list[int]:
    """Indices of the points to draw: all of them, or the extremes of equally long stretches.

    The first and last point and each stretch's lowest and highest survive, so no spike is lost.

    Args:
        values: the series.
        most: how many points may be drawn, 4 or more.

    Returns:
        increasing indices into `values`, at most `most`.
    """
    n = len(values)
    if n <= most:
        return list(range(n))
    stretches = (most - 2) // 2
    kept = {0, n - 1}
    for s in range(stretches):
        stretch = range(s * n // stretches, (s + 1) * n // stretches)
        kept.add(min(stretch, key=values.__getitem__))
        kept.add(max(stretch, key=values.__getitem__))
    return sorted(kept)
