"""Templates of the models in use, kept a while: reading one takes some 100 ms."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunedesk.engine.template import ChatTemplate

MOST_HELD = 4
_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "config.json")

_Key = tuple[Path, tuple[int, ...]]


class TemplateCache:
    """Threads may share it. A folder whose files changed is read again."""

    def __init__(self) -> None:
        self._held: OrderedDict[_Key, ChatTemplate] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, folder: Path) -> ChatTemplate:
        """Blocks while the files are read. Raises OSError or ValueError if they cannot be."""
        from tunedesk.engine.template import ChatTemplate

        key = (folder, tuple(_changed_ns(folder / name) for name in _FILES))
        with self._lock:
            if key not in self._held:
                self._held[key] = ChatTemplate(folder)
            self._held.move_to_end(key)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
            return self._held[key]


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
