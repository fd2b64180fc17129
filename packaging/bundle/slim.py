"""What goes into the bundles, and what is left out of them."""

from __future__ import annotations

import pkgutil
import sys
from pathlib import Path, PurePosixPath

KEYRING_BACKENDS = [
    f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "chainer")
] + {"win32": ["keyring.backends.Windows"], "darwin": ["keyring.backends.macOS"]}.get(
    sys.platform, []
)
"""Named, because keyring finds them by entry points, which an analysis of imports does not see."""

APP_EXCLUDES = [
    *("torch", "transformers", "peft", "accelerate", "fastapi", "starlette", "uvicorn", "gguf"),
    *("safetensors", "tokenizers", "huggingface_hub", "sympy", "networkx", "psutil"),
    *("pandas", "scipy", "matplotlib", "PIL", "IPython", "OpenGL", "cupy", "numba", "h5py"),
    *("pytest", "_pytest", "hypothesis", "mypy", "setuptools", "pip", "tkinter", "lib2to3"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtQuickWidgets", "PySide6.QtTest"),
    *("PySide6.QtPrintSupport", "PySide6.QtSql"),
    *("PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtUiTools", "PySide6.QtXml"),
]

ENGINE_EXCLUDES = ["tkinter", "idlelib", "lib2to3", "turtledemo", "test", "ensurepip", "pip"]
ENGINE_EXCLUDES += ["tunedesk"]
"""Ours and all that it imports lies beside the program; a PYTHONPATH would put it inside, too."""

_NOT_LIBRARY = {*ENGINE_EXCLUDES, "turtle", "antigravity", "this", "_tkinter", "distutils"}

_LEFT_OUT = (
    # Qt parts that come along with a plugin and are never loaded by widgets.
    *("Qt6Qml", "Qt6Quick", "Qt6VirtualKeyboard", "Qt6Pdf", "Qt6EglF"),
    # Platform plugins of machines without a desktop; GTK's theme would bring all of GTK.
    *("libqeglfs", "libqlinuxfb", "libqvnc", "libqminimalegl", "libqgtk3", "libqminimal."),
    *("egldeviceintegrations", "qmltooling", "libqpdf", "libqvirtualkeyboard", "libqvkkhrdisplay"),
    *("plugins/generic/", "plugins/networkinformation/", "pyqtgraph/icons/peegee"),
    *("libgtk-", "libgdk", "libcairo", "libpango", "libatk", "libgio"),
)

_SYSTEM_BRINGS = (
    # The package depends on these; an older or newer copy of ours would only be in their way.
    *("libxcb", "libX", "libxkbcommon", "libwayland", "libfontconfig", "libfreetype", "libdbus"),
    *(
        "libglib",
        "libgmodule",
        "libatspi",
        "libgobject",
        "libgthread",
        "libEGL",
        "libGL",
        "libstdc++",
        "libgcc_s",
        "libICE",
    ),
    *("libSM", "libexpat", "libpng16", "libpcre", "libbsd", "libmd", "libuuid", "libsystemd"),
    *("libbrotli", "libgcrypt", "libgpg-error", "libcap", "liblz4", "libz.so", "libharfbuzz"),
    *("libgraphite", "libpixman", "libthai", "libdatrie", "libfribidi", "libmount", "libblkid"),
    *("libselinux", "libepoxy", "libjpeg", "libk5crypto", "libkrb5", "libgssapi", "libcom_err"),
    *("libkeyutils", "libresolv", "libtinfo", "libncurses", "libreadline", "libcloudproviders"),
)

_LANGUAGES = ("qtbase_de", "qtbase_fr", "qtbase_es", "qtbase_ja", "qtbase_zh", "qtbase_en")


def is_wanted(target: str) -> bool:
    """Whether a file of the app's bundle is wanted; `target` is its path in there."""
    path = PurePosixPath(target.replace("\\", "/"))
    if any(part in path.as_posix() for part in _LEFT_OUT):
        return False
    if path.suffix == ".qm":
        return path.name.startswith(_LANGUAGES)
    is_outer = len(path.parts) == 1
    return not (is_outer and sys.platform == "linux" and path.name.startswith(_SYSTEM_BRINGS))


def standard_library() -> list[str]:
    """Every module of the standard library that the engine's libraries may import."""
    tops = sorted(sys.stdlib_module_names - _NOT_LIBRARY)
    names = [name for name in tops if _is_here(name)]
    for name in list(names):
        names += _below(name)
    return names


def _is_here(name: str) -> bool:
    import importlib.util

    return name in sys.builtin_module_names or importlib.util.find_spec(name) is not None


def _below(name: str) -> list[str]:
    folder = Path(pkgutil.__file__).parent / name
    if not folder.is_dir():
        return []
    found = pkgutil.walk_packages([str(folder)], f"{name}.", onerror=lambda _: None)
    return [one.name for one in found if ".test" not in one.name and "__main__" not in one.name]


LIBRARY_FOLDERS_LEFT_OUT = (
    *("torch/include", "torch/share", "torch/test", "torch/bin", "numpy/f2py/tests"),
    *("sympy/*tests", "networkx/*tests", "numpy/*tests"),
)
"""Folders, as patterns, below the engine's libraries; headers and stubs go anyway."""

LIBRARY_FILES_KEPT = ("torch/bin/torch_shm_manager",)
"""From such folders: torch is not imported without it."""
