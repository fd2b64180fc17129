"""Where a person's files live: the XDG folders, or one folder that `TUNEDESK_HOME` names.

`TUNEDESK_HOME` overrides everything (portable use, tests): its `data`, `config`, `cache` and
`runtime` sub-folders are used. Nothing here touches the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_XDG = {
    "data": ("XDG_DATA_HOME", ".local/share"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}


def data_folder(environ: Mapping[str, str]) -> Path:
    """Folder for data that must last; the engine keeps its own in `engine` below it."""
    return place("data", environ)


def place(kind: str, environ: Mapping[str, str]) -> Path:
    """Folder of `kind`: "data", "config" or "cache" (KeyError for any other)."""
    variable, below_home = _XDG[kind]
    if home := environ.get("TUNEDESK_HOME"):
        return Path(home) / kind
    root = Path(environ.get(variable, ""))
    # The XDG specification: a relative path is invalid and must be ignored.
    return (root if root.is_absolute() else Path.home() / below_home) / "tunedesk"


def engine_folder(environ: Mapping[str, str]) -> Path:
    """The engine's default `--data` folder."""
    return data_folder(environ) / "engine"
