"""Which distributions each bundle holds, read from what is installed and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

Look = Callable[[str], list[str]]

APP_ROOTS = ["tunedesk[parquet]"]
ENGINE_ROOTS = ["tunedesk[engine]"]
_ONLY_OF_THE_WINDOW = {
    *("pyside6-essentials", "shiboken6", "qasync", "openai", "keyring", "pyqtgraph", "pygments"),
}
_ONLY_FOR_BUILDING = {"setuptools", "pip", "wheel"}


def app_distributions() -> list[str]:
    """Names of those that the app's bundle is made of."""
    return sorted(closure(APP_ROOTS, requirements) - {"tunedesk", *_ONLY_FOR_BUILDING})


def engine_distributions() -> list[str]:
    """Names of those that the engine's bundle is made of."""
    without = {"tunedesk", *_ONLY_FOR_BUILDING}
    return sorted(closure(ENGINE_ROOTS, requirements, _ONLY_OF_THE_WINDOW) - without)


def closure(roots: Iterable[str], look: Look, without: Iterable[str] = ()) -> set[str]:
    """Normal names of `roots` and all that they require here; `look(name)` gives requirements.

    What is required but is not installed has no place in a bundle and is passed over; what is in
    `without` is not followed.
    """
    left_out = {normal(name) for name in without}
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        wanted = waiting.pop()
        name = normal(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) in seen or name in left_out:
                continue
            seen.add((name, extra))
            try:
                lines = look(name)
            except PackageNotFoundError:
                continue
            found.add(name)
            waiting += [need for line in lines if _holds(need := Requirement(line), extra)]
    return found


def requirements(name: str) -> list[str]:
    """What an installed distribution asks for. Raises PackageNotFoundError."""
    return distribution(name).requires or []


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _holds(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": extra})
