"""The person's settings: one small JSON file that no fault in it can make fatal."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import TypeVar

from tunedesk.store.atomic import write_atomically
from tunedesk.store.os_errors import translated

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
T = TypeVar("T", bound=JsonValue)


class SettingsStore:
    """Names and JSON values. Never for keys or tokens: those go to `KeyStore`.

    Names this version does not know are kept. A file that cannot be read as JSON is renamed and
    `note` says so; Tunedesk then starts with its defaults.
    """

    def __init__(self, path: Path) -> None:
        """Read the file if there is one. Raises nothing: what goes wrong is in `note`."""
        self.path = path
        self.note = ""
        self._lock = Lock()  # the window and a thread may both have something to remember
        self._values = self._read()

    def get(self, key: str, default: T) -> T:
        """The value, or the default when there is none or it is of another type.

        An int is taken for a float. With None as default every type is taken.
        """
        value = self._values.get(key, default)
        if default is None or type(value) is type(default):
            return value  # type: ignore[return-value]
        if isinstance(default, float) and type(value) is int:
            return float(value)  # type: ignore[return-value]
        return default

    def set(self, key: str, value: JsonValue) -> None:
        """Keep the value and write the file. Raises TunedeskError; it is kept in memory then."""
        with self._lock:
            if key in self._values and json.dumps(self._values[key]) == json.dumps(value):
                return
            self._values[key] = value
            self._write()

    def remove(self, key: str) -> None:
        """Back to the default. Raises TunedeskError when the file cannot be written."""
        with self._lock:
            if key in self._values:
                del self._values[key]
                self._write()

    def _write(self) -> None:
        text = json.dumps(self._values, indent=2, sort_keys=True)
        with translated(self.path, "The settings were not saved."):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, text.encode() + b"\n")

    def _read(self) -> dict[str, JsonValue]:
        try:
            values = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.note = f"The settings in {self.path} cannot be read: {error.strerror}."
            return {}
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            self._set_aside()
            return {}
        return values

    def _set_aside(self) -> None:
        aside = self.path.with_name(f"{self.path.name}.broken")
        self.note = f"The settings in {self.path} are damaged; they are kept as {aside.name}."
        try:
            self.path.replace(aside)
        except OSError as error:
            self.note = f"The settings in {self.path} are damaged: {error.strerror}."
