"""A small read-only table: rows of a chain's records, drawn in a notebook, pandas on demand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from dml_sdk.errors import MissingExtra
from dml_sdk.types import Amount, short_address
from dml_sdk.untrusted import visible

_SHOWN = 200
# A sentence of an address's length is none: addresses have no spaces.
_ADDRESS = re.compile(r"5[1-9A-HJ-NP-Za-km-z]{47}")


class Table(Sequence[Mapping[str, Any]]):
    """Rows with the same columns.

    Attributes:
        title: what the rows are.
        columns: in order.
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[str] | None = None,
    ) -> None:
        self.title = visible(title)
        self._rows = tuple(rows)
        self.columns = tuple(columns or (self._rows[0] if self._rows else ()))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self._rows)

    def column(self, name: str) -> list[Any]:
        """One column's values."""
        return [row[name] for row in self._rows]

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`; amounts become floats of whole tokens.

        Raises:
            MissingExtra: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as e:
            raise MissingExtra("pandas", "pandas", "Table.to_pandas()") from e
        return pandas.DataFrame(
            [
                {k: float(v) if isinstance(v, Amount) else v for k, v in row.items()}
                for row in self._rows
            ],
            columns=list(self.columns),
        )

    def __repr__(self) -> str:
        lines = [f"{self.title} ({len(self)} rows)", "  ".join(self.columns)]
        lines += ["  ".join(_text(row.get(c)) for c in self.columns) for row in self._rows[:10]]
        if len(self) > 10:
            lines.append("…")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th style='text-align:{self._side(c)}'>{html.escape(c)}</th>" for c in self.columns
        )
        body = "".join(
            "<tr>" + "".join(_cell(row.get(c)) for c in self.columns) + "</tr>"
            for row in self._rows[:_SHOWN]
        )
        more = (
            f"<p>{len(self) - _SHOWN} more rows; all of them in to_pandas()</p>"
            if len(self) > _SHOWN
            else ""
        )
        if not self._rows:
            body = "<tr><td>none yet</td></tr>"
        return (
            f"<table><caption style='text-align:left'>{html.escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
        )

    def _side(self, column: str) -> str:
        """Where a column's heading stands: above what is in it."""
        values = (row.get(column) for row in self._rows[:_SHOWN])
        return next((_aligned(value) for value in values if value is not None), "left")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return short_address(value)
    return "–" if value is None else visible(str(value))


def _cell(value: Any) -> str:
    amount = isinstance(value, Amount)
    exact = f"{value.tokens:f} {value.asset.label}" if amount else visible(str(value))
    return (
        f"<td style='text-align:{_aligned(value)};font-variant-numeric:tabular-nums' "
        f"title='{html.escape(exact, quote=True)}'>{html.escape(_text(value))}</td>"
    )


def _aligned(value: Any) -> str:
    return "right" if isinstance(value, (int, float, Amount)) else "left"
