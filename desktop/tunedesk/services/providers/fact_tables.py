"""Dated tables of facts that change: the shipped ones, or a copy that the person has edited."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from tunedesk.assets import resource
from tunedesk.core.places import place
from tunedesk.core.retirement import RetirementTable, days_left
from tunedesk.services.train.costing_types import PriceTable
from tunedesk.services.work.background import Background
from tunedesk.store.atomic import write_atomically
from tunedesk.store.os_errors import translated

__all__ = ["FactTables", "PriceTable", "RetirementTable", "TableState", "TablesStamp", "read_table"]

Kind = type[PriceTable] | type[RetirementTable]
T = TypeVar("T", bound=PriceTable | RetirementTable)

PRICES, RETIREMENTS = "prices.json", "retirements.json"


class TableState(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it counts now. `own_path` is where the person's copy is, or would be.

    `problem` says why a copy that is there does not count; the shipped table does then.
    """

    table: PriceTable | RetirementTable
    days_old: int
    own_path: Path
    is_own: bool
    problem: str = ""


class TablesStamp(msgspec.Struct, frozen=True, kw_only=True):
    """The copies there are, each with its size and time of change in ns; and what to watch for
    other ones: the files, and the folder they are in or would be in."""

    files: Mapping[Path, tuple[int, int]]
    watched: Sequence[Path]


class FactTables:
    """Blocking work is done in a thread."""

    def __init__(self, background: Background, folder: Path | None = None) -> None:
        """`folder` is for copies: the config folder's "tables" unless given."""
        self._background = background
        self._folder = folder or _own_folder()

    async def state(self, kind: Kind, today: date) -> TableState:
        """How old it is and whose."""
        read: tuple[PriceTable | RetirementTable, str]
        read = await self._background.run(_read, kind, self._folder)
        table, problem = read
        path = self._folder / _name(kind)
        is_there = await self._background.run(path.exists)
        return TableState(
            table=table,
            days_old=-days_left(table.as_of, today),
            own_path=path,
            is_own=is_there and not problem,
            problem=problem,
        )

    async def stamp(self) -> TablesStamp:
        """What copies there are now."""
        return await self._background.run(_stamp, self._folder)

    async def copy(self, kind: Kind) -> Path:
        """Make a copy for editing, unless there is one; its path. Raises TunedeskError."""
        return await self._background.run(self._copy, kind)

    async def forget(self, kind: Kind) -> None:
        """Back to the shipped one: the copy is kept beside it under another name.

        Raises TunedeskError if it cannot be renamed.
        """
        await self._background.run(self._forget, kind)

    def _copy(self, kind: Kind) -> Path:
        path = self._folder / _name(kind)
        with translated(path, "The table was not copied."):
            if not path.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                write_atomically(path, resource("providers", _name(kind)).read_bytes())
        return path

    def _forget(self, kind: Kind) -> None:
        path = self._folder / _name(kind)
        with translated(path, "The table is still your own."):
            if path.exists():
                path.replace(path.with_suffix(".before.json"))


def read_table(kind: type[T], folder: Path | None = None) -> T:
    """The person's copy if it can be read, else the shipped table. Blocking; raises nothing but
    for a fault of the shipped one, which is a bug."""
    return _read(kind, folder or _own_folder())[0]


def _read(kind: type[T], folder: Path) -> tuple[T, str]:
    shipped = msgspec.json.decode(resource("providers", _name(kind)).read_bytes(), type=kind)
    try:
        return msgspec.json.decode((folder / _name(kind)).read_bytes(), type=kind), ""
    except FileNotFoundError:
        return shipped, ""
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return shipped, str(error)


def _stamp(folder: Path) -> TablesStamp:
    files: dict[Path, tuple[int, int]] = {}
    for path in (folder / PRICES, folder / RETIREMENTS):
        try:
            found = path.stat()
        except OSError:
            continue
        files[path] = found.st_size, found.st_mtime_ns
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), None)
    return TablesStamp(files=files, watched=[*files, *([there] if there else [])])


def _name(kind: type[object]) -> str:
    return PRICES if kind is PriceTable else RETIREMENTS


def _own_folder() -> Path:
    return place("config", os.environ) / "tables"
