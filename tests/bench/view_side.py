"""The real app under a watch, in a process of its own; what it measured comes out as JSON.

`main("first"|"check"|"hands"|"bulk"|"views")` opens the project that the home (TUNEDESK_HOME) had
open last, plays the part, closes the app, and prints `TOLD` and the figures in milliseconds.
`first` counts from STARTED_AT, the parent's clock as the process was started. To be called by
`python -c`: the app's own workers would import a main module of their parent, and this one is not
light. For the same reason the app's pages are imported only when the app has done so.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from tests.bench.view_hands import Hands, Heart, Script, Wish, watch_paints
from tunedesk.app import start
from tunedesk.app.desk import Desk

if TYPE_CHECKING:
    from tunedesk.services.project.workspace import Project
    from tunedesk.ui.pages.data.grid import RowsGrid
    from tunedesk.ui.pages.data.page import DataPage

TOLD = "told "
STARTED_AT = "TUNEDESK_BENCH_STARTED_AT_S"
Figures = dict[str, list[float]]
Part = Callable[["Play"], Iterator[Wish]]

_N_PAGES, _N_STEPS, _N_TIMES = 60, 200, 10
_STEP_PX = 8
_REST_S = 1.5  # what an edit starts, such as counting anew, is over
_CTRL = Qt.KeyboardModifier.ControlModifier


class Play:
    """One part, played on the Data page as soon as it shows rows."""

    def __init__(self, desk: Desk, part: Part) -> None:
        self.desk, self._part = desk, part
        self.figures: Figures = {}
        self.first_rows_s = 0.0
        self._script = Script(self._steps(), self._end)

    def start(self) -> None:
        self._script.start()

    def pages_are_loaded(self) -> None:
        """The table can be watched now."""
        from tunedesk.ui.pages.data.grid import RowsGrid

        watch_paints(RowsGrid, self._painted)

    def _painted(self, grid: RowsGrid) -> None:
        if grid.rows.rowCount() and not self.first_rows_s:
            self.first_rows_s = time.perf_counter()
            QTimer.singleShot(0, self._flushed)

    def _flushed(self) -> None:
        """A turn later: what was painted is on the screen."""
        self.first_rows_s = time.perf_counter()

    def _steps(self) -> Iterator[Wish]:
        self.desk.window.resize(1440, 900)  # more than this platform's screen has
        yield lambda: self.first_rows_s and self.desk.project is not None
        yield from self._part(self)

    def _end(self) -> None:
        sys.stdout.write(f"{TOLD}{json.dumps(self.figures)}\n")
        sys.stdout.flush()
        self.desk.close()

    @property
    def page(self) -> DataPage:
        assert self.desk.project is not None
        return self.desk.project.pages["data"]  # type: ignore[return-value]

    @property
    def is_quiet(self) -> bool:
        """Nothing is being checked, counted, sorted or searched; rows may be compared."""
        session = self.page._session
        assert session is not None
        state = session.check_state
        is_counted = state is None or state.stage in ("sample", "texts", "alike")
        return session.is_checked and is_counted and not self.is_viewing

    @property
    def is_viewing(self) -> bool:
        viewing = self.page.viewing
        is_working = viewing._task is not None and not viewing._task.done()
        return is_working or viewing._waiting.isActive()


def first(play: Play) -> Iterator[Wish]:
    """Process start to the first rows."""
    play.figures["first"] = [(play.first_rows_s - float(os.environ[STARTED_AT])) * 1e3]
    yield 0.0


def check(play: Play) -> Iterator[Wish]:
    """The heart's gaps while everything is checked and counted."""
    session = play.page._session
    assert session is not None
    heart = Heart(play.desk.window)
    heart.start()
    yield lambda: play.desk.window.has_page("files")
    play.figures["start"] = heart.stop()
    heart.start()
    yield lambda: session.is_checked
    play.figures["check"] = heart.stop()
    heart.start()
    yield lambda: play.is_quiet
    play.figures["tokens"] = heart.stop()


def hands(play: Play) -> Iterator[Wish]:
    """Keys, wheel, edits and moves, repaint included, after the check."""
    yield lambda: play.is_quiet
    yield _REST_S
    grid, figures = play.page.rows.grid, play.figures
    hand = Hands(grid)
    grid.setFocus()
    figures["page"] = [hand.key(Qt.Key.Key_PageDown) for _ in range(_N_PAGES)]
    figures["scroll"] = [hand.scroll(_STEP_PX) for _ in range(_N_STEPS)]
    figures["all"] = []
    for _ in range(_N_TIMES):
        figures["all"].append(hand.key(Qt.Key.Key_A, _CTRL))
        hand.key(Qt.Key.Key_Down)
    figures["end"] = []
    for _ in range(_N_TIMES):
        figures["end"].append(hand.key(Qt.Key.Key_End))
        hand.key(Qt.Key.Key_Home)
    yield from _edits(play, hand)


def _edits(play: Play, hand: Hands) -> Iterator[Wish]:
    from tunedesk.core.edits import MoveRows, SetRow

    page, figures = play.page, play.figures
    session = page._session
    assert session is not None
    for name in ("edit", "undo", "move"):
        figures[name] = []
    for number in range(_N_TIMES):
        edit = SetRow(index=number, raw=session.row(number + 100))
        figures["edit"].append(hand.timed_ms(partial(page.push, "edit", edit)))
        figures["undo"].append(hand.timed_ms(page._undo))
    for number in range(_N_TIMES):
        move = MoveRows(first=10 + number, count=10, to=len(session) * 9 // 10)
        figures["move"].append(hand.timed_ms(partial(page.push, "move", move)))
        hand.timed_ms(page._undo)
    yield 0.0


def bulk(play: Play) -> Iterator[Wish]:
    """Half of the rows at once, and all of them to another seed; each undone again. Of each step
    the longest gap between beats, and how long until it is done and painted."""
    from tunedesk.core.edits import SetRows, SetSplitRule

    yield lambda: play.is_quiet
    yield _REST_S
    page, grid = play.page, play.page.rows.grid
    session = page._session
    assert session is not None
    n_rows, bulk = len(session), page.hands.bulk
    odd, rule = list(range(1, n_rows, 2)), session.split_rule
    texts = tuple((row, session.row(row) + b" ") for row in range(0, n_rows, 10))
    acts: dict[str, Callable[[], object]] = {
        "delete first half": partial(page.hands.do, "remove"),
        "delete": partial(bulk.delete, odd),
        "tag": partial(bulk.tag, odd, ["seen"], []),
        "side": partial(bulk.split, odd, "test"),
        "set aside": partial(page.hands.do, "aside"),
        "seed": partial(page.push, "seed", SetSplitRule(rule.seed + 1, rule.test_share)),
        "text": partial(page.push, "text", SetRows(texts)),
    }
    for name, act in acts.items():
        grid.choose_all_of(0, n_rows // 2)
        for step, turn in (
            (name, act),
            (f"{name}, undo", page._undo),
            (f"{name}, redo", page._redo),
            ("", page._undo),
        ):
            yield from _turn(play, step, turn)
        yield _REST_S


def _turn(play: Play, name: str, act: Callable[[], object]) -> Iterator[Wish]:
    page, heart = play.page, Heart(play.desk.window)
    version = page._session.version if page._session is not None else 0
    heart.start()
    start_s = time.perf_counter()
    act()

    def is_done() -> bool:
        return page._session is not None and page._session.version > version

    yield is_done
    took_ms = (time.perf_counter() - start_s) * 1e3
    yield 0.3  # painted, and the journal has begun
    gaps = heart.stop()
    if name:
        play.figures[name], play.figures[f"{name}: done"] = [max(gaps)], [took_ms]


def views(play: Play) -> Iterator[Wish]:
    """Chips, sorting and searching: how long until shown, and the heart meanwhile."""
    from tunedesk.ui.pages.data.columns import Column

    yield lambda: play.is_quiet
    yield _REST_S
    page = play.page
    chips, columns, search = page.rows.chips.chips, page.rows.grid.columns, page.head.search
    yield from _view(play, "chip", chips["test"].click)
    yield from _view(play, "", chips["all"].click)
    yield from _view(play, "sort tokens", partial(columns.sort, Column.TOKENS))
    yield from _view(play, "sort prompt", partial(columns.sort, Column.PROMPT))
    yield from _view(play, "", partial(columns.sort, None))
    yield from _view(play, "search", partial(search.setText, "refund parcel"))
    yield from _view(play, "", search.clear)
    page.rows.find_bar.options.regex.setChecked(True)
    yield from _view(play, "regex", partial(search.setText, r"refund\s+parcel"))


def _view(play: Play, name: str, act: Callable[[], object]) -> Iterator[Wish]:
    heart = Heart(play.desk.window)
    heart.start()
    start_s = time.perf_counter()
    act()
    yield lambda: not play.is_viewing
    took_ms = (time.perf_counter() - start_s) * 1e3
    gaps = heart.stop()
    if name:
        play.figures[name], play.figures[f"{name} beats"] = [took_ms], gaps
        play.figures[f"{name} rows"] = [float(play.page.rows.grid.rows.rowCount())]
    yield 0.3


_PARTS: dict[str, Part] = {
    "first": first,
    "check": check,
    "hands": hands,
    "bulk": bulk,
    "views": views,
}


def main(part: str) -> int:
    """Run the app; returns its exit code."""
    run, make = Desk.run, Desk._make_project_desk
    plays: list[Play] = []

    async def run_and_play(desk: Desk, files: object) -> None:
        plays.append(Play(desk, _PARTS[part]))
        plays[0].start()
        await run(desk, [])

    def make_and_watch(desk: Desk, project: Project) -> object:
        plays[0].pages_are_loaded()
        return make(desk, project)

    Desk.run = run_and_play  # type: ignore[method-assign]
    Desk._make_project_desk = make_and_watch  # type: ignore[method-assign, assignment]
    return start.start([])
