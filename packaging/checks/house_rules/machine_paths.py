"""A path of the machine that the code was written on means nothing on any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from house_rules.source import Finding, Source

MESSAGE = "names a path of this machine: make it relative to the checkout, or ask for it"
# Folders that every machine has; a checkout directly below one of them shares it with all others.
COMMON = {"/", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/usr/src"}
COMMON |= {"/tmp", "/var/tmp"}  # noqa: S108 - compared with, never written to


def check(source: Source, checkout: PurePosixPath) -> Iterator[Finding]:
    """Neither the checkout's own folder nor the one around it, unless every machine has that."""
    names = [f"{checkout}/"]
    if str(checkout.parent) not in COMMON:
        names.append(f"{checkout.parent}/")
    for number, line in enumerate(source.text.split("\n"), start=1):
        if any(name in line for name in names):
            yield Finding(number, MESSAGE)
