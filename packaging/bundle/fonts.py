"""The Thai letters that go along with the app: from Debian's package, as that font's licence (OFL)
allows. Nothing of it is in the source tree; elsewhere than on Linux the system has its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGE = "fonts-noto-core"
FILES = ("NotoSansThai-Regular.ttf", "NotoSansThai-Bold.ttf")
_FONTS = "usr/share/fonts/truetype/noto"
_LICENCE = f"usr/share/doc/{PACKAGE}/copyright"


def gather(bundle: Path) -> None:
    """Fetch the package with apt, and lay the two files and their licence into `bundle`.

    Raises CalledProcessError without apt, FileNotFoundError if the package has changed.
    """
    with tempfile.TemporaryDirectory() as place:
        command = ["apt-get", "-qq", "download", PACKAGE]
        subprocess.run(command, cwd=place, check=True, stderr=subprocess.DEVNULL)
        package = next(Path(place).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(package), f"{place}/root"], check=True)
        lay(Path(place, "root"), bundle)


def lay(root: Path, bundle: Path) -> None:
    """From an unpacked package to where the app looks, and beside the other licences."""
    fonts, licences = bundle / "_internal/tunedesk/resources/fonts", bundle / "licences"
    for folder in (fonts, licences):
        folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy2(root / _FONTS / name, fonts / name)
    shutil.copy2(root / _LICENCE, licences / f"{PACKAGE}.txt")
