"""`make deb`: build/deb/tunedesk_VERSION_ARCH.deb and tunedesk-engine_…, from build/bundle."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bundle import deb

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "deb"
PACKAGES = {package.name: package for package in (deb.APP, deb.ENGINE)}


def main() -> int:
    """Entry point; 0 when both packages are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(PACKAGES), help="one of the two")
    only = parser.parse_args().only
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    for name in [only] if only else PACKAGES:
        made = make(name, found[1])
        print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.0f} MB", flush=True)
    return 0


def make(name: str, version: str) -> Path:
    """One package from its bundle."""
    tree = PLACE / "tree" / name
    PLACE.mkdir(parents=True, exist_ok=True)
    deb.lay(PACKAGES[name], ROOT / "build" / "bundle" / name, tree, ROOT, version)
    # A system with the libc that Qt wants has a dpkg that knows zstd; xz takes ten times longer.
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", str(tree), str(PLACE)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return next(PLACE.glob(f"{name}_{version}_*.deb"))


if __name__ == "__main__":
    sys.exit(main())
