"""What a program wrote, call by call, and every state in which a power cut may leave the disk.

Only what was synced is certain: of the writes to a file since its last sync a beginning is there,
of the changes of names in a folder since its last sync a beginning, whatever the other files and
folders have. A file's sync says nothing of its name.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

Tree = dict[str, bytes]
"""Files below the recorded folder by name, with what is in them."""


class Written(NamedTuple):
    """`data` put into a file from `at` on; with `at` < 0 the file is cut to len(data) bytes."""

    file: int
    at: int
    data: bytes


class Named(NamedTuple):
    """A name leads to a file from now on, or (None) to nothing; `instead_of` leads nowhere."""

    folder: str
    name: str
    file: int | None
    instead_of: str = ""


class Synced(NamedTuple):
    """A file (by number) or a folder (by name) is on the disk as it is."""

    what: int | str


Call = Written | Named | Synced


class RecordedDisk:
    """Records the calls that change files below a folder. `calls` is what happened so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[Call] = []
        names = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        self._start = [Path(name).read_bytes() for name in names]
        self._names = {name: number for number, name in enumerate(names)}
        self._first_names = dict(self._names)
        self._n_files = len(names)
        self._open: dict[int, int | str] = {}

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        """All calls that are made through `os`; see `whole` for those that are not."""
        wrapped = {
            "open": self._opened,
            "dup": self._doubled,
            "close": self._closed,
            "write": self._written,
            "copy_file_range": self._copied,
            "ftruncate": self._cut,
            "fsync": self._synced,
            "replace": self._replaced,
            "unlink": self._unlinked,
            "link": self._linked,
        }
        patches = {name: wrap(getattr(os, name)) for name, wrap in wrapped.items()}
        with mock.patch.multiple(os, **patches):
            yield

    # ---- the calls -----------------------------------------------------------------------------

    def _opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            name = os.fspath(path)
            is_new = flags & os.O_CREAT and not os.path.lexists(name)
            descriptor = real(path, flags, *args, **kwargs)
            if name.startswith(str(self.folder)):
                if is_new:
                    self._name(name, self._n_files)
                    self._n_files += 1
                self._open[descriptor] = self._names.get(name, name)
            return descriptor

        return call

    def _doubled(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(descriptor: int) -> int:
            double = real(descriptor)
            if descriptor in self._open:
                self._open[double] = self._open[descriptor]
            return double

        return call

    def _closed(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int) -> None:
            self._open.pop(descriptor, None)
            real(descriptor)

        return call

    def _written(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(descriptor: int, data: Any) -> int:
            file = self._open.get(descriptor)
            at = os.lseek(descriptor, 0, os.SEEK_CUR) if isinstance(file, int) else 0
            n_bytes = real(descriptor, data)
            if isinstance(file, int):
                self.calls.append(Written(file, at, bytes(data[:n_bytes])))
            return n_bytes

        return call

    def _copied(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(source: int, target: int, *args: Any, **kwargs: Any) -> int:
            at = os.lseek(target, 0, os.SEEK_CUR)
            n_bytes = real(source, target, *args, **kwargs)
            file = self._open.get(target)
            if isinstance(file, int):
                self.calls.append(Written(file, at, os.pread(target, n_bytes, at)))
            return n_bytes

        return call

    def _cut(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int, n_bytes: int) -> None:
            real(descriptor, n_bytes)
            file = self._open.get(descriptor)
            if isinstance(file, int):
                self.calls.append(Written(file, -1, bytes(n_bytes)))

        return call

    def _synced(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int) -> None:
            real(descriptor)
            if descriptor in self._open:
                self.calls.append(Synced(self._open[descriptor]))

        return call

    def _replaced(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: Any, target: Any) -> None:
            real(source, target)
            old, new = os.fspath(source), os.fspath(target)
            if old in self._names:
                self._name(new, self._names.pop(old), instead_of=old)

        return call

    def _unlinked(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(path: Any, *args: Any, **kwargs: Any) -> None:
            real(path, *args, **kwargs)
            name = os.fspath(path)
            if self._names.pop(name, None) is not None:
                self.calls.append(Named(str(Path(name).parent), name, None))

        return call

    def _linked(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: Any, target: Any, *args: Any, **kwargs: Any) -> None:
            real(source, target, *args, **kwargs)
            self._name(os.fspath(target), self._names[os.fspath(source)])

        return call

    def _name(self, name: str, file: int, instead_of: str = "") -> None:
        self._names[name] = file
        self.calls.append(Named(str(Path(name).parent), name, file, instead_of))

    # ---- what may be left ----------------------------------------------------------------------

    def whole(self) -> Tree:
        """The files after every call. Equal to the real ones if no call went past the record."""
        content = Contents(self._start)
        names = dict(self._first_names)
        for call in self.calls:
            match call:
                case Written():
                    content.write(call)
                case Named():
                    _rename(names, call)
        return {name: content.of(file) for name, file in names.items()}

    def states(self) -> Iterator[tuple[int, Tree]]:
        """Every state a cut may leave, with after how many calls; many come more than once."""
        certain, names = Contents(self._start), dict(self._first_names)
        writes: dict[int, list[Written]] = {}
        namings: dict[str, list[Named]] = {}
        for n_calls, call in enumerate(self.calls, 1):
            match call:
                case Written():
                    writes.setdefault(call.file, []).append(call)
                case Named():
                    namings.setdefault(call.folder, []).append(call)
                case Synced(what=int(file)):
                    for written in writes.pop(file, ()):
                        certain.write(written)
                case Synced(what=folder):
                    for named in namings.pop(str(folder), ()):
                        _rename(names, named)
            for tree in _possible(certain, names, writes, namings):
                yield n_calls, tree


def _possible(
    certain: Contents,
    names: dict[str, int],
    writes: dict[int, list[Written]],
    namings: dict[str, list[Named]],
) -> Iterator[Tree]:
    all_names = []
    for kept in itertools.product(*map(_beginnings, namings.values())):
        all_names.append(dict(names))
        for named in itertools.chain.from_iterable(kept):
            _rename(all_names[-1], named)
    for written in itertools.product(*map(_beginnings_torn, writes.values())):
        contents = certain.copy()
        for call in itertools.chain.from_iterable(written):
            contents.write(call)
        for found in all_names:
            yield {name: contents.of(file) for name, file in found.items()}


class Contents:
    """What is in each file, by its number."""

    def __init__(self, start: list[bytes]) -> None:
        self._data = dict(enumerate(start))

    def copy(self) -> Contents:
        made = Contents([])
        made._data = dict(self._data)
        return made

    def of(self, file: int) -> bytes:
        return self._data.get(file, b"")

    def write(self, call: Written) -> None:
        before = self.of(call.file)
        if call.at < 0:
            self._data[call.file] = before[: len(call.data)]
        else:
            before = before.ljust(call.at, b"\0")
            rest = before[call.at + len(call.data) :]
            self._data[call.file] = before[: call.at] + call.data + rest


def _rename(names: dict[str, int], call: Named) -> None:
    if call.instead_of:
        names.pop(call.instead_of, None)
    if call.file is None:
        names.pop(call.name, None)
    else:
        names[call.name] = call.file


def _beginnings(calls: list[Named]) -> list[list[Named]]:
    return [calls[:n] for n in range(len(calls) + 1)]


def _beginnings_torn(calls: list[Written]) -> list[list[Written]]:
    """Also with half of the next write."""
    found = [calls[:n] for n in range(len(calls) + 1)]
    halves = [call._replace(data=call.data[: len(call.data) // 2]) for call in calls]
    torn = [[*calls[:n], half] for n, half in enumerate(halves) if half.at >= 0]
    return [*found, *torn]
