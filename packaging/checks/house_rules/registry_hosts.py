"""Each machine knows where its packages come from; the tree does not say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from house_rules.source import Finding, Source

# Names and endings apart, so that this file names no host itself.
NAMES = ("pypi", "pythonhosted", "npmjs", r"deb\.debian", r"download\.pytorch")
HOST = re.compile(rf"({'|'.join(NAMES)})\.(org|com)")
MESSAGE = "names a package registry's host: use the package's name, and the machine's own settings"


def check(source: Source) -> Iterator[Finding]:
    """No address of a package registry in any file."""
    for number, line in enumerate(source.text.split("\n"), start=1):
        if HOST.search(line):
            yield Finding(number, MESSAGE)
