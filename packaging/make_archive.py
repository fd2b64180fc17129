"""`make archive`: build/tunedesk-VERSION-linux-ARCH.tar.xz, which runs from any folder."""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from bundle import deb

ROOT = Path(__file__).resolve().parents[1]
BUNDLES = ROOT / "build" / "bundle"
_START = """#!/bin/sh
# Starts Tunedesk from this folder, wherever it lies.
here=$(dirname "$(readlink -f "$0")")
exec "$here/tunedesk/tunedesk" "$@"
"""
_ENTRY = """#!/bin/sh
# Puts Tunedesk into this user's menu; --remove takes it away. After a move, run it again.
set -eu
here=$(dirname "$(readlink -f "$0")")
share=${XDG_DATA_HOME:-$HOME/.local/share}
cd "$here/share"
find . -type f | while read -r file; do
    if [ "${1:-}" = --remove ]; then rm -f "$share/$file"; continue; fi
    mkdir -p "$share/$(dirname "$file")"
    cp "$file" "$share/$file"
done
entry=$share/applications/app.tunedesk.Tunedesk.desktop
[ "${1:-}" = --remove ] || sed -i "s|^Exec=tunedesk|Exec=\\"$here/start\\"|" "$entry"
for tool in "update-mime-database $share/mime" "update-desktop-database $share/applications"; do
    command -v "${tool%% *}" > /dev/null && $tool || true
done
"""


def main() -> int:
    """Entry point; 0 when the archive is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-engine", action="store_true", help="the app alone")
    is_app_alone = parser.parse_args().without_engine
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    top = f"tunedesk-{found[1]}"
    stage = ROOT / "build" / "archive" / top
    lay(stage, with_engine=not is_app_alone)
    name = f"{top}{'-app' if is_app_alone else ''}-linux-{platform.machine()}.tar.xz"
    made = ROOT / "build" / name
    command = ["tar", "--owner=0", "--group=0", "-C", str(stage.parent), "-cJf", str(made), top]
    subprocess.run(command, check=True, env={**os.environ, "XZ_OPT": "-3 -T0"})
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.0f} MB")
    return 0


def lay(stage: Path, *, with_engine: bool) -> None:
    """Fill `stage`: the bundles as links, a start script, what a menu wants."""
    if stage.exists():
        deb.remove(stage)
    stage.mkdir(parents=True)
    for bundle in ("tunedesk", "tunedesk-engine") if with_engine else ("tunedesk",):
        deb.link_tree(BUNDLES / bundle, stage / bundle)
    deb.lay_desktop_files(ROOT, stage / "share")
    for name, text in (("start", _START), ("install-menu-entry.sh", _ENTRY)):
        (stage / name).write_text(text, encoding="utf-8")
        (stage / name).chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
