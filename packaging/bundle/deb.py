"""The tree of a Debian package, from a bundle and the files in packaging/linux."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

APP_ID = "app.tunedesk.Tunedesk"
MAINTAINER = "Tunedesk maintainers <maintainers@tunedesk.app>"
_COPYRIGHT = """Tunedesk, {summary}.

Copyright: 2026 The Tunedesk authors
License: Apache-2.0, the text is in /usr/share/common-licenses/Apache-2.0

{own}
What follows is all that the package holds besides, with the licence that each names. The texts are
in /usr/lib/{name}/licences and in the folders *.dist-info below /usr/lib/{name}. LGPL-3 and GPL-3
are in /usr/share/common-licenses.

{table}
"""
_CHANGELOG = """tunedesk ({version}) stable; urgency=medium

  * What changed for you is in /usr/lib/{name}/CHANGELOG.md.

 -- {maintainer}  {date}
"""


class Package(NamedTuple):
    """What makes one package different from another. `own` is a line of its copyright file."""

    name: str
    summary: str
    description: str
    depends: str
    recommends: str
    section: str
    own: str = ""
    is_desktop: bool = False


APP = Package(
    name="tunedesk",
    summary="teach a chat model by example, and judge blind whether it got better",
    description="""Write or open the examples of how a chat model shall answer, fine-tune on them,
and let the model you started from and the one you made answer the same
prompt side by side, without knowing whose answer is whose.
.
Training on this computer needs the package tunedesk-engine. Without it the
app works with OpenAI, Azure, Nebius and any server that speaks their API.""",
    depends=(
        "libc6 (>= {libc}), libstdc++6, libgcc-s1, zlib1g, libgl1, libegl1, libxkbcommon0, "
        "libxkbcommon-x11-0, libdbus-1-3, libfontconfig1, libfreetype6, libx11-6, libx11-xcb1, "
        "libglib2.0-0 | libglib2.0-0t64, libxcb1, libxcb-cursor0, libxcb-icccm4, libxcb-image0, "
        "libxcb-keysyms1, libxcb-randr0, libxcb-render-util0, libxcb-render0, libxcb-shape0, "
        "libxcb-shm0, libxcb-sync1, libxcb-xfixes0, libxcb-xkb1, libwayland-client0, "
        "libwayland-cursor0, libwayland-egl1, hicolor-icon-theme, shared-mime-info, "
        "desktop-file-utils, fonts-thai-tlwg | fonts-noto-core, libthai0"
    ),
    recommends="tunedesk-engine (= {version}), gnome-keyring | kwalletmanager | keepassxc, "
    "fonts-inter, libnotify-bin, xdg-utils",
    section="editors",
    is_desktop=True,
)
ENGINE = Package(
    name="tunedesk-engine",
    summary="train and run chat models on this computer, for Tunedesk",
    description="""A server of files, fine-tuning jobs, models and chat that any client of the
OpenAI API can use. Tunedesk starts it by itself. It holds a build of torch
for CPUs and the model SmolLM2-135M-Instruct, and needs no network.""",
    depends="libc6 (>= {libc}), libstdc++6, libgcc-s1, zlib1g",
    recommends="tunedesk (= {version})",
    section="science",
    own="The sample model is SmolLM2-135M-Instruct by Hugging Face, Apache-2.0.\n",
)


def lay(package: Package, bundle: Path, tree: Path, root: Path, version: str) -> None:
    """Make `tree`, ready for dpkg-deb: `bundle` in /usr/lib and what Debian wants around it."""
    remove(tree)
    name, share = package.name, tree / "usr" / "share"
    link_tree(bundle, tree / "usr" / "lib" / name)
    link = tree / "usr" / "bin" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(f"../lib/{name}/{name}")
    linux = root / "packaging" / "linux"
    _packed((linux / f"{name}.1").read_text("utf-8"), share / "man" / "man1" / f"{name}.1.gz")
    _documents(package, bundle, share / "doc" / name, version)
    overrides = linux / f"{name}.lintian-overrides"
    _copied(overrides, share / "lintian" / "overrides" / name)
    if package.is_desktop:
        lay_desktop_files(root, share)
    _modes(tree)
    _control(package, tree, version)


def remove(tree: Path) -> None:
    """Take away what an earlier run left."""
    shutil.rmtree(tree, ignore_errors=True)


def link_tree(source: Path, target: Path) -> None:
    """The same files under another folder: hard links take neither time nor room."""

    def link(one: str, other: str) -> str:
        os.link(one, other)
        return other

    shutil.copytree(source, target, symlinks=True, copy_function=link)


def lay_desktop_files(root: Path, share: Path) -> None:
    """Menu entry, description, MIME type and icons below a `share` folder."""
    linux = root / "packaging" / "linux"
    _copied(linux / f"{APP_ID}.desktop", share / "applications" / f"{APP_ID}.desktop")
    _copied(linux / f"{APP_ID}.metainfo.xml", share / "metainfo" / f"{APP_ID}.metainfo.xml")
    _copied(linux / f"{APP_ID}.mime.xml", share / "mime" / "packages" / f"{APP_ID}.xml")
    shutil.copytree(root / "build" / "icons", share / "icons" / "hicolor")
    drawing = root / "resources" / "icons" / "tunedesk.svg"
    _copied(drawing, share / "icons" / "hicolor" / "scalable" / "apps" / "tunedesk.svg")


def libc_wanted(bundle: Path) -> str:
    """The newest glibc that a program or library in there asks for: the Python that froze it may
    have been built for a newer one than the libraries were."""
    minors = [0]
    for path in bundle.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                is_elf = file.read(4) == b"\x7fELF"
            if is_elf:
                minors += map(int, re.findall(rb"\0GLIBC_2\.(\d+)", path.read_bytes()))
    return f"2.{max(minors)}"


def control_text(
    package: Package, version: str, architecture: str, size_kib: int, libc: str
) -> str:
    """The package's control file; `libc` is what `libc_wanted` gave."""
    description = package.description.replace("\n", "\n ")
    fields = {
        "Package": package.name,
        "Version": version,
        "Section": package.section,
        "Priority": "optional",
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size_kib),
        "Depends": package.depends.format(libc=libc),
        "Recommends": package.recommends.format(version=version),
        "Description": f"{package.summary}\n {description}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _documents(package: Package, bundle: Path, folder: Path, version: str) -> None:
    table = (bundle / "licences" / "README.txt").read_text("utf-8")
    text = _COPYRIGHT.format(
        name=package.name, summary=package.summary, own=package.own, table=table
    )
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(text, encoding="utf-8")
    date = subprocess.run(["date", "-R"], capture_output=True, text=True, check=True).stdout.strip()
    log = _CHANGELOG.format(
        version=version, name=package.name, maintainer=MAINTAINER, date=date
    ).replace("tunedesk (", f"{package.name} (", 1)
    _packed(log, folder / "changelog.gz")


def _control(package: Package, tree: Path, version: str) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    size_kib = sum(-(-path.stat().st_size // 1024) for path in files)
    told = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    libc = libc_wanted(tree / "usr" / "lib" / package.name)
    text = control_text(package, version, told.stdout.strip(), size_kib, libc)
    folder = tree / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(text, encoding="utf-8")
    sums = [f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files]
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _modes(tree: Path) -> None:
    """As Debian has them, whatever the umask: only programs may be run."""
    for path in tree.rglob("*"):
        if not path.is_symlink():
            is_program = path.is_dir() or (os.access(path, os.X_OK) and _is_run(path))
            path.chmod(0o755 if is_program else 0o644)


def _is_run(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4)
    return path.suffix == "" and (head == b"\x7fELF" or head.startswith(b"#!"))


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _packed(text: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
