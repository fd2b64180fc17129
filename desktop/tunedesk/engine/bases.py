"""The shelf of base models: every folder below the models folder, and what was found about it.

Verdicts are kept in `.checks.json` under a signature of the folder's files (names, sizes, times),
so that a start of the engine costs a few `stat` calls a model. A model whose trial is not over
is not shown yet.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from tunedesk.engine import model_names
from tunedesk.engine.model_orders import Verdict
from tunedesk.engine.model_work import look, try_out

_CHECKS = ".checks.json"
_LOOK_PATIENCE_S = 3.0  # a look takes 0.5 s
_JUDGE_VERSION = 1  # raise it when `judge` or the trial changes: all models are looked at anew


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """One folder, usable or not; `created_s` is a Unix time."""

    id: str
    folder: Path
    created_s: int
    verdict: Verdict

    @property
    def is_ready(self) -> bool:
        """True for a model that can be asked now."""
        return self.verdict.is_usable and not self.verdict.needs_trial


class _Check(msgspec.Struct, frozen=True):
    signature: str
    verdict: Verdict


class Bases:
    """Thread-safe. New folders are looked at and tried by worker processes, one after the other,
    watched by a thread of our own; until that is over they are not ready."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._checks: dict[str, _Check] = _read_checks(folder / _CHECKS)
        self._checker: threading.Thread | None = None
        self._looked = threading.Event()

    def all(self) -> list[Base]:
        """Every folder by name, with a verdict. A check that is due is begun, and waited for
        as long as a look takes."""
        if self._begin():
            self._looked.wait(_LOOK_PATIENCE_S)
        return self._scan()

    def settled(self) -> list[Base]:
        """As `all`, but waits for the trials too, each of which has its limit (some 5 to 10 s for
        a model that fits a laptop); not for the event loop's thread."""
        self._begin()
        checker = self._checker
        if checker is not None:
            checker.join()
        return self._scan()

    def remember(self, name: str, verdict: Verdict) -> None:
        """Takes over a verdict that `add-model` came to."""
        self._keep(name, _signature(self._folder / name), verdict)

    def _begin(self) -> bool:
        """Starts the checks that are due; False if there are none."""
        with self._lock:
            if self._checker is not None and self._checker.is_alive():
                return True
            due = [base for base in self._scan() if base.verdict.needs_trial]
            if not due:
                return False
            self._looked.clear()
            self._checker = threading.Thread(
                target=self._check_all, args=(due,), name="model-checks", daemon=True
            )
            self._checker.start()
        return True

    def _scan(self) -> list[Base]:
        bases: list[Base] = []
        taken: set[str] = set()
        for entry in _entries(self._folder):
            verdict = _outer_verdict(entry, taken) or self._verdict(entry)
            taken.add(entry.name.casefold())
            bases.append(
                Base(id=entry.name, folder=entry, created_s=_age_s(entry), verdict=verdict)
            )
        return bases

    def _verdict(self, folder: Path) -> Verdict:
        known = self._checks.get(folder.name)
        is_same = known is not None and known.signature == _signature(folder)
        return known.verdict if known is not None and is_same else Verdict(needs_trial=True)

    def _check_all(self, due: list[Base]) -> None:
        try:
            for base in due:
                self._check(base, lambda base: look(base.folder))
        finally:
            self._looked.set()
        for base in self._scan():
            if base.verdict.needs_trial and base.verdict.architecture:
                self._check(base, lambda base: try_out(base.folder, base.verdict))

    def _check(self, base: Base, check: Callable[[Base], Verdict]) -> None:
        """Nothing is kept about a folder that was changed meanwhile: it is looked at again."""
        before = _signature(base.folder)
        verdict = check(base)
        if _signature(base.folder) == before:
            self._keep(base.id, before, verdict)

    def _keep(self, name: str, signature: str, verdict: Verdict) -> None:
        """Without the right to write here, each start looks anew: slower, not wrong."""
        with self._lock:
            self._checks = {**self._checks, name: _Check(signature, verdict)}
            scratch = self._folder / f"{_CHECKS}.{os.getpid()}.tmp"
            with contextlib.suppress(OSError):
                scratch.write_bytes(msgspec.json.encode(self._checks))
                scratch.replace(self._folder / _CHECKS)


def _read_checks(path: Path) -> dict[str, _Check]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Check])
    except (OSError, msgspec.DecodeError):
        return {}


def _entries(folder: Path) -> list[Path]:
    """Folders and GGUF files that a person may mean as models."""
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    return sorted(path for path in found if path.is_dir() or path.suffix.lower() == ".gguf")


def _outer_verdict(entry: Path, taken: set[str]) -> Verdict | None:
    """What can be said without looking inside."""
    add = "Add it with: tunedesk engine add-model"
    if entry.is_symlink():
        return Verdict(reason="It is a link to elsewhere.", next_step=f"{add} FOLDER")
    if not entry.is_dir():
        text = "It is a GGUF file that is not converted yet."
        return Verdict(reason=text, next_step=f"{add} {entry}")
    if reason := model_names.problem(entry.name):
        text = f"Its name {reason}."
        better = model_names.slug(entry.name)
        return Verdict(reason=text, next_step=f"Rename it, perhaps to {better}.")
    if entry.name.casefold() in taken:
        text = "Another model has the same name but for capital letters."
        return Verdict(reason=text, next_step="Rename one of the two folders.")
    return None


def _signature(folder: Path) -> str:
    """Changes with every file of the folder; the same for one that is gone."""
    digest = hashlib.sha256(f"{_JUDGE_VERSION}".encode())
    for path in sorted(_inside(folder)):
        with contextlib.suppress(OSError):
            stat = path.stat()
            line = f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0{path.is_symlink()}\n"
            digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _age_s(entry: Path) -> int:
    """Of config.json, because linking files anew changes the folder's own time."""
    for path in (entry / "config.json", entry):
        with contextlib.suppress(OSError):
            return int(path.stat().st_mtime)
    return 0
