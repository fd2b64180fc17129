"""The licences of everything inside a bundle, in a folder that goes along with it.

A bundle is not made where a library's own text, or what Qt holds of others, cannot be had.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from tunedesk.services.project.contents import part_of

_COMMON = Path("/usr/share/common-licenses")
_QT = ("LGPL-3", "GPL-3", "GPL-2")
_QT_OF_OTHERS = ("libqt6core6", "libqt6svg6", "libqt6waylandclient6")
"""Debian's packages of the same parts of Qt: their copyright files name, with its text, each piece
of others' work that Qt's sources hold. Qt's own wheels bring no such file."""
_TEXTS_ELSEWHERE = {
    "pyside6-essentials": "LGPL-3.txt",
    "shiboken6": "LGPL-3.txt",
    "tokenizers": "tunedesk.txt",  # Apache-2.0, whose text is the same for all
}
"""Libraries whose wheels bring no text, and where in this folder it is."""
_TEXT = ("licen", "copying", "notice")
_HEAD = """What is inside, and under which licence. The texts of Python's libraries lie in their
*.dist-info folders; the others lie here.
{qt}
Tunedesk  Apache-2.0
Python {python}  PSF-2.0 (python.txt)
"""


_QT_TOLD = """Qt is used under the LGPL 3: its libraries are ordinary files in this folder, which
you may replace by your own build of them. What it holds of others is told in
qt/*.txt, as Debian lists it for the same parts of Qt.
"""


def gather(names: Iterable[str], bundle: Path, own: Path) -> str:
    """Fill `bundle`/licences; `own` is Tunedesk's. Returns the table of what is inside."""
    folder = bundle / "licences"
    folder.mkdir(exist_ok=True)
    shutil.copy2(own, folder / "tunedesk.txt")
    standard = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if standard.exists():
        shutil.copy2(standard, folder / "python.txt")
    names = list(names)
    has_qt = "pyside6-essentials" in names
    for name in _QT if has_qt else ():
        if (_COMMON / name).exists():
            shutil.copy2(_COMMON / name, folder / f"{name}.txt")
    if has_qt and sys.platform == "linux":
        _of_qt(folder / "qt")
    check(names)
    head = _HEAD.format(python=sys.version.split()[0], qt=_QT_TOLD if has_qt else "")
    table = head + "\n".join(
        f"{part.name} {part.version}  {part.licence}"
        for part in (part_of(distribution(name)) for name in names)
    )
    system = _of_system(bundle, folder)
    if system:
        table += "\n\nLibraries of the system that it was built on (debian/):\n" + "\n".join(system)
    (folder / "README.txt").write_text(table + "\n", encoding="utf-8")
    return table


def check(names: Iterable[str]) -> None:
    """Raises ValueError with the names of those that would go along without a licence text."""
    without = [name for name in names if not (has_text(distribution(name)) or _is_elsewhere(name))]
    if without:
        raise ValueError(
            f"No licence text comes with {', '.join(without)}. Find out which one holds and add it "
            "to _TEXTS_ELSEWHERE in packaging/bundle/licences.py."
        )


def has_text(found: Distribution) -> bool:
    """Whether a library brings its licence, or a notice, among its own data."""
    own = [Path(file) for file in found.files or () if ".dist-info" in str(file)]
    return any(word in file.name.lower() for file in own for word in _TEXT)


def _is_elsewhere(name: str) -> bool:
    return name in _TEXTS_ELSEWHERE


def _of_qt(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        command = ["apt-get", "-qq", "download", *_QT_OF_OTHERS]
        subprocess.run(command, cwd=place, check=True, stderr=subprocess.DEVNULL)
        for package in Path(place).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), place], check=True)
        for name in _QT_OF_OTHERS:
            shutil.copy2(Path(place, "usr/share/doc", name, "copyright"), folder / f"{name}.txt")


def _of_system(bundle: Path, folder: Path) -> list[str]:
    """Copyright files of the Debian packages whose libraries were taken along."""
    owners = {}
    found = sorted(bundle.glob("_internal/lib*.so*"))
    for library in [one for one in found if not one.name.startswith("libpython")]:
        owner = _owner(library.name)
        source = Path("/usr/share/doc") / owner / "copyright"
        if owner and source.exists():
            (folder / "debian").mkdir(exist_ok=True)
            shutil.copy2(source, folder / "debian" / f"{owner}.txt")
            owners[library.name] = owner
    return [f"{name}  debian/{owner}.txt" for name, owner in sorted(owners.items())]


def _owner(library: str) -> str:
    if shutil.which("dpkg") is None:
        return ""
    told = subprocess.run(
        ["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False
    )
    return told.stdout.split(":", 1)[0].split(",")[0]
