"""A small symmetric picture of an address, so that a signer is recognised before it is read.

`widgets/identicon.js` draws the same picture; the two are held to the same vectors.
"""

from __future__ import annotations

SIDE = 7
_HALF = (SIDE + 1) // 2


def identicon(address: str) -> list[str]:
    """Rows of "#" and "." that are mirrored left to right; equal addresses give equal rows.

    The bits come from FNV-1a (32 bits; Fowler, Noll, Vo, draft-eastlake-fnv) run on through a
    xorshift generator (Marsaglia 2003). It is a picture and no proof: compare the whole address.
    """
    state = 0x811C9DC5
    for byte in address.encode():
        state = (state ^ byte) * 0x01000193 & 0xFFFFFFFF
    rows = []
    for _ in range(SIDE):
        half = ""
        for _ in range(_HALF):
            state ^= state << 13 & 0xFFFFFFFF
            state ^= state >> 17
            state ^= state << 5 & 0xFFFFFFFF
            half += "#" if state >> 16 & 1 else "."
        rows.append(half + half[-2::-1])
    return rows


def identicon_path(address: str) -> str:
    """The picture as the data of an SVG path, one unit a cell."""
    return "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(identicon(address))
        for x, cell in enumerate(row)
        if cell == "#"
    )
