"""Parquet tables, read and written by DuckDB, which is an extra and loaded when it is needed.

DuckDB is kept on a short lead: no network, no extension that is not built in, and no file but the
ones named.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.json_stream import MAX_ROW_BYTES

_BATCH_ROWS = 500
_MEMORY = "1GB"
_SAFE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "threads": 1,
    "memory_limit": _MEMORY,
}


class ParquetTable:
    """An open table. Raises TunedeskError if it is none, or if DuckDB is not installed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _connected([path])
        with _Translated(path, "The Parquet file cannot be read."):
            named = self._ask("DESCRIBE SELECT * FROM read_parquet(?)").fetchall()
            (n_rows,) = self._ask("SELECT count(*) FROM read_parquet(?)").fetchone()
        self.columns: list[str] = [str(row[0]) for row in named]
        self.n_rows: int = n_rows

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row as JSON values, a batch of them in memory at a time."""
        with _Translated(self._path, "The Parquet file cannot be read."):
            found = self._ask("SELECT * FROM read_parquet(?)")
            while batch := found.fetchmany(_BATCH_ROWS):
                for row in batch:
                    yield dict(zip(self.columns, map(_plain, row), strict=True))

    def close(self) -> None:
        self._database.close()

    def _ask(self, query: str) -> Any:
        return self._database.execute(query, [str(self._path)])


def write_parquet(rows: Path, columns: Mapping[str, str], target: Path) -> None:
    """A table with these columns (names and DuckDB types) from a file of JSON lines.

    Raises TunedeskError.
    """
    database = _connected([rows, target])
    kinds = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in columns.items())
    source = (
        f"read_json({_quoted(str(rows))}, format='newline_delimited', "
        f"maximum_object_size={MAX_ROW_BYTES}, columns={{{kinds}}})"
    )
    try:
        with _Translated(target, "The Parquet file was not written."):
            database.execute(
                f"COPY (SELECT * FROM {source}) TO {_quoted(str(target))} "  # noqa: S608 - quoted
                "(FORMAT parquet, COMPRESSION zstd)"
            )
    finally:
        database.close()


def _connected(paths: Sequence[Path]) -> Any:
    try:
        import duckdb
    except ImportError:
        raise TunedeskError(
            "parquet.missing",
            "Parquet files cannot be read or written yet.",
            "The part that does it (DuckDB, 25 MB) is not installed.",
            'Install it with: pip install "tunedesk[parquet]". JSONL and CSV work without it.',
        ) from None
    database = duckdb.connect(":memory:", config=_SAFE)
    allowed = ", ".join(_quoted(str(path)) for path in paths)
    database.execute(f"SET allowed_paths=[{allowed}]")
    database.execute("SET enable_external_access=false")
    database.execute("SET lock_configuration=true")
    return database


class _Translated:
    """Any error of DuckDB's as a TunedeskError; its text may quote the file, not its rows."""

    def __init__(self, path: Path, title: str) -> None:
        self._path = path
        self._title = title

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        import duckdb

        if kind is None or not issubclass(kind, duckdb.Error):
            return
        said = " ".join(str(error).split())[:300]
        raise TunedeskError(
            "parquet.failed",
            self._title,
            f"{self._path}: {said}",
            "See whether the file is whole, for instance by copying it again.",
        ) from None


def _plain(value: Any) -> Any:
    """A table's value as JSON knows values: times and the like become text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): _plain(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
