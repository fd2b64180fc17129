"""`make check` runs this: every house rule over every file of the tree, all findings at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from house_rules import (
    file_length,
    machine_paths,
    modal_exec,
    named_keys,
    no_pickle,
    no_print,
    no_shell,
    no_waiting,
    openai_door,
    plain_tips,
    plain_widgets,
    registry_hosts,
    rich_text,
    row_ends,
)
from house_rules.source import Finding, Source

TOP = Path(__file__).resolve().parent.parent.parent
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__"}
Rule = Callable[[Source], Iterator[Finding]]


def rules(checkout: PurePosixPath) -> list[Rule]:
    """Every rule, each a function from a file to what it found there."""
    of_python = [modal_exec, rich_text, plain_widgets, plain_tips, row_ends, no_pickle, openai_door]
    of_python += [named_keys, no_waiting, no_print, no_shell, file_length]
    of_all = [registry_hosts.check, partial(machine_paths.check, checkout=checkout)]
    return [*(rule.check for rule in of_python), *of_all]


def main() -> int:
    """Print every finding as path:line: message; 1 if there was any."""
    wanted = rules(PurePosixPath(TOP))
    found = sorted(
        f"{source.path}:{finding.line}: {finding.message}"
        for source in sources(TOP)
        for rule in wanted
        for finding in rule(source)
    )
    sys.stdout.writelines(line + "\n" for line in found)
    return 1 if found else 0


def sources(top: Path) -> Iterator[Source]:
    """Every text file of the tree, read as UTF-8."""
    for name in _names(top):
        content = (top / name).read_bytes() if (top / name).is_file() else b"\0"
        if b"\0" not in content:
            yield Source(name, content.decode("utf-8", errors="replace"))


def _names(top: Path) -> list[str]:
    """The files that git tracks or would; without git (an unpacked archive) all that are ours."""
    git = ["git", "-C", str(top), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        told = subprocess.run(git, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        paths = (path.relative_to(top) for path in top.rglob("*"))
        return [path.as_posix() for path in paths if not NOT_OURS.intersection(path.parts)]
    return [name for name in told.stdout.decode().split("\0") if name]


if __name__ == "__main__":
    sys.exit(main())
