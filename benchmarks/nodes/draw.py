"""Draws where the time of a sealed extrinsic goes: the report of `benchmarks/chain.py --json` on
stdin to an SVG on stdout.

    python benchmarks/chain.py --json --only split_ms | python -m benchmarks.nodes.draw > FILE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from html import escape

WIDTH, ROW, LABEL, TOP, MARGIN = 640, 26, 170, 40, 12
FIGURES_WIDTH = 110  # right of the longest bar
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.bar{fill:#3b6fb6}.quiet{fill:#57606a}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6ea8fe}.quiet{fill:#9198a1}}"
)


def svg(split_ms: Mapping[str, float]) -> str:
    """A bar for each part, the longest first.

    Args:
        split_ms: time by part, ms.
    """
    whole, longest = sum(split_ms.values()), max(split_ms.values())
    height = TOP + ROW * len(split_ms) + MARGIN
    title = f"A signed transfer sealed in its own block: {whole:.2f} ms"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<text x="{MARGIN}" y="22" font-weight="600">{escape(title)}</text>',
    ]
    parts = sorted(split_ms.items(), key=lambda part: -part[1])
    for row, (name, ms) in enumerate(parts):
        y = TOP + ROW * row
        length = (WIDTH - LABEL - FIGURES_WIDTH - MARGIN) * ms / longest
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="bar" x="{LABEL}" y="{y}" width="{length:.1f}" height="{ROW - 7}" '
            'rx="2"/>',
            f'<text class="quiet" x="{LABEL + length + 8:.1f}" y="{y + 14}">'
            f"{ms:.2f} ms, {ms / whole:.0%}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    sys.stdout.write(svg(json.load(sys.stdin)["split_ms"]))
