"""Words about files that the window needs at once, apart from those that bring the formats."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

PATTERNS = "*.jsonl *.json *.ndjson *.csv *.tsv *.txt *.parquet"
"""What a file dialog offers."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)


def rows_words(n_rows: int) -> str:
    """ "1 row", "1,204 rows"."""
    return _tr("1 row") if n_rows == 1 else _tr("{n} rows").format(n=f"{n_rows:,}")
