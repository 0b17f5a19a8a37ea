"""What a counted part is beyond chance, and what chance leaves open.

Source: Wilson, Journal of the American Statistical Association 22 (1927).
"""

from __future__ import annotations

import math


def wilson(part: float, n: float, z: float) -> float:
    """The end of Wilson's interval, `z` standard deviations up, or down where z is below 0."""
    if n <= 0:
        return 1.0 if z > 0 else 0.0
    middle = part + z * z / (2 * n)
    spread = z * math.sqrt(part * (1 - part) / n + z * z / (4 * n * n))
    return (middle + spread) / (1 + z * z / n)


def apart(first: tuple[float, float], second: tuple[float, float]) -> float:
    """How many standard deviations the first part is above the second; each is (count, of how
    many). 0 where one has none."""
    (right, n), (other, m) = first, second
    if not n or not m:
        return 0.0
    whole = (right + other) / (n + m)
    deviation = math.sqrt(max(whole * (1 - whole), 1e-9) * (1 / n + 1 / m))
    return (right / n - other / m) / deviation


def kappa(agreement: float, chance: float) -> float:
    """Agreement beyond chance, as a part of what is beyond chance (Cohen 1960); 0 where nothing
    is."""
    return (agreement - chance) / (1 - chance) if chance < 1 else 0.0
