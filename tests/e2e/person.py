"""A person at the screen: looks through the accessibility tree, acts through mouse and keyboard."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SYSTEM_PYTHON = "/usr/bin/python3"
_LOOK_SOON_S, _LOOK_EVERY_S = 0.05, 0.25
_GRAB = """
import sys
from PySide6.QtWidgets import QApplication
screen = QApplication([]).primaryScreen()
screen.grabWindow(0).save(sys.argv[1])
"""


@dataclass(frozen=True)
class Element:
    """Something on the screen, as a screen reader sees it."""

    role: str
    name: str
    text: str
    description: str
    box: tuple[int, int, int, int]
    states: frozenset[str]

    @property
    def middle(self) -> tuple[int, int]:
        x, y, width, height = self.box
        return x + width // 2, y + height // 2

    @property
    def words(self) -> str:
        return f"{self.name} {self.text}"


class Person:
    """Waits by looking, never by counting seconds; every wait ends with what was to be seen."""

    def __init__(self, environment: dict[str, str], pictures: Path) -> None:
        """`pictures` is the file a look at the screen goes to when something is never seen."""
        self._environment, self._pictures = environment, pictures
        self._hand = (0, 0)
        self._eyes = _server("tree_server.py", environment)
        self._ears = _server("ear_server.py", environment)

    def close(self) -> None:
        for process in (self._eyes, self._ears):
            process.terminate()
            process.communicate(timeout=10)

    def look(self, *, rows: bool = False) -> list[Element]:
        """Everything that can be seen now; the cells of tables only with `rows`: they are many."""
        return [
            Element(
                role=e["role"],
                name=e["name"],
                text=e["text"],
                description=e["description"],
                box=tuple(e["box"]),
                states=frozenset(e["states"]),
            )
            for e in _asked(self._eyes, "look rows" if rows else "look")
        ]

    # -- through a screen reader, with neither mouse nor key -----------------------------------

    def act(self, name: str) -> None:
        """Do what the thing with this name does, once it is there."""
        wish = f"act {json.dumps(name)}"
        self.wait_until(f"{name!r} to act on", lambda: bool(_asked(self._eyes, wish)))

    def write(self, name: str, text: str) -> None:
        """Fill the box with this name, once it is there."""
        wish = f"write {json.dumps([name, text])}"
        self.wait_until(f"{name!r} to write in", lambda: bool(_asked(self._eyes, wish)))

    def heard(self) -> list[str]:
        """All that the app had announced so far."""
        return [str(words) for words in _asked(self._ears, "heard")]

    def wait_heard(self, words: str) -> None:
        def is_heard() -> bool:
            return any(words in one for one in self.heard())

        self.wait_until(f"the announcement {words!r}; heard {self.heard()}", is_heard)

    def shown(self, *, rows: bool = False) -> list[Element]:
        return [e for e in self.look(rows=rows) if "showing" in e.states]

    def wait(self, what: str, seen: Callable[[Element], bool], timeout_s: float = 30) -> Element:
        """Look until an element passes `seen`. Raises AssertionError naming `what` and the view."""
        end_s, pause_s = time.monotonic() + timeout_s, _LOOK_SOON_S
        while True:
            view = self.shown()
            for element in view:
                if seen(element):
                    return element
            if time.monotonic() > end_s:
                self.picture(self._pictures)
                words = "\n".join(f"{e.role}: {e.words.strip()}" for e in view if e.words.strip())
                raise AssertionError(f"never saw {what}; on the screen:\n{words}")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LOOK_EVERY_S)

    def wait_until(self, what: str, holds: Callable[[], bool], timeout_s: float = 30) -> None:
        """Look until `holds()` is true. Raises AssertionError naming `what`."""
        end_s, pause_s = time.monotonic() + timeout_s, _LOOK_SOON_S
        while not holds():
            if time.monotonic() > end_s:
                self.picture(self._pictures)
                raise AssertionError(f"never saw {what}")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LOOK_EVERY_S)

    def wait_gone(self, what: str, seen: Callable[[Element], bool]) -> None:
        """Look until no element passes `seen`. Raises AssertionError naming `what`."""
        self.wait_until(f"{what} gone", lambda: not any(seen(e) for e in self.shown()))

    def wait_words(self, words: str, timeout_s: float = 30) -> Element:
        """Wait for an element whose name or text holds `words`."""
        return self.wait(f"the words {words!r}", lambda e: words in e.words, timeout_s)

    def wait_button(self, name: str, timeout_s: float = 30) -> Element:
        """Wait for an enabled control with exactly this name."""
        return self.wait(
            f"a control {name!r} to press",
            lambda e: e.name == name and "enabled" in e.states and e.role != "label",
            timeout_s,
        )

    def press(self, name: str, timeout_s: float = 30) -> None:
        """Click the middle of the control with this name."""
        self.click(self.wait_button(name, timeout_s))

    def click(self, element: Element) -> None:
        self.click_at(*element.middle)

    # -- dragging ----------------------------------------------------------------------------

    def take(self, x: int, y: int) -> None:
        """Press the left button here and keep it down."""
        self._xdotool("mousemove", str(x), str(y))
        self._xdotool("mousedown", "1")
        self._hand = (x, y)

    def carry(self, x: int, y: int, steps: int = 10) -> None:
        """Move what was taken to a place, in small steps as a hand does."""
        from_x, from_y = self._hand
        for step in range(1, steps + 1):
            place = from_x + (x - from_x) * step // steps, from_y + (y - from_y) * step // steps
            if place != self._hand:  # xdotool would wait for a move
                self._xdotool("mousemove", "--sync", *map(str, place))
            self._hand = place

    def let_go(self) -> None:
        self._xdotool("mouseup", "1")

    def click_at(self, x: int, y: int, *held: str) -> None:
        """Click with keys held down, by their X names."""
        self._xdotool("mousemove", str(x), str(y))
        for key in held:
            self._xdotool("keydown", key)
        self._xdotool("click", "1")
        for key in held:
            self._xdotool("keyup", key)

    # -- keys --------------------------------------------------------------------------------

    def key(self, *keys: str) -> None:
        """Press keys by their X names, such as "Left" or "ctrl+s"."""
        self._xdotool("key", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "12", text)

    def picture(self, path: Path) -> None:
        """Save what the screen shows, for a look at a failed test."""
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", _GRAB, str(path)], env=self._environment, check=False, timeout=60
        )

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, timeout=30)


def _server(name: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [_SYSTEM_PYTHON, str(Path(__file__).with_name(name))],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _asked(server: subprocess.Popen[str], question: str) -> Any:
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(f"{question}\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())
