"""The engine's libraries as plain files beside its program, and the sample model."""

from __future__ import annotations

import compileall
import fnmatch
import shutil
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

from bundle.contents import engine_distributions
from bundle.slim import LIBRARY_FILES_KEPT, LIBRARY_FOLDERS_LEFT_OUT

OWN_PARTS = ("__init__.py", "assets.py", "py.typed", "core", "engine")


def lay(root: Path, target: Path, gguf_path: Path) -> None:
    """Fill the folder `target`, that of the engine's program, from what is installed."""
    libraries = target / "libraries"
    for name in engine_distributions():
        _copy_distribution(name, libraries)
    _copy_own(root, libraries / "tunedesk")
    # The folder is root's where it is installed: nothing could be compiled there later, and
    # importing transformers from source takes ten seconds at each start.
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(libraries, quiet=2, invalidation_mode=mode, workers=1)
    models = target / "models"
    models.mkdir()
    shutil.copy2(gguf_path, models / gguf_path.name)


def is_left_out(path: PurePosixPath) -> bool:
    """Whether a library's file has no use at run time; `path` is below the libraries' folder."""
    if path.as_posix() in LIBRARY_FILES_KEPT:
        return False
    if path.suffix in (".a", ".pyi", ".h", ".cpp", ".cu", ".cuh", ".cmake", ".pyx", ".pxd"):
        return True
    if "__pycache__" in path.parts or path.parts[:1] == ("..",):
        return True
    folders = [parent.as_posix() for parent in path.parents]
    return any(
        fnmatch.fnmatchcase(folder, pattern)
        for folder in folders
        for pattern in LIBRARY_FOLDERS_LEFT_OUT
    )


def _copy_own(root: Path, target: Path) -> None:
    target.mkdir()
    source = root / "desktop" / "tunedesk"
    for part in OWN_PARTS:
        if (source / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / part, target / part, ignore=ignored)
        else:
            shutil.copy2(source / part, target / part)
    shutil.copytree(root / "resources", target / "resources")


def _copy_distribution(name: str, libraries: Path) -> None:
    found = distribution(name)
    for file in found.files or ():
        if is_left_out(PurePosixPath(file)):
            continue
        source = Path(str(found.locate_file(file)))
        copy = libraries / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
