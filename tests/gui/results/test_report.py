"""Reports: one file that says what the page says, fetches nothing and runs nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QPainter, qGray
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.made_votes import BASE, TUNED, VoteMaker
from tests.support.projects import Home
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.compare.results import results
from tunedesk.services.project.project import Project
from tunedesk.services.work.background import Background
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.results.exporter import Exporter, Kind, Shown
from tunedesk.ui.pages.results.report import Bar, Report, report_of
from tunedesk.ui.pages.results.report_html import html_of
from tunedesk.ui.pages.results.report_pdf import pdf_of
from tunedesk.ui.pages.results.report_pictures import bars_svg, interval_svg
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.notice import Notice

HOSTILE = "<img src=x onerror=alert(1)></td><script>alert(1)</script>\x00 ไกล"


@pytest.fixture
def project(tmp_path: Path, gui_loop: GuiLoop) -> Iterator[Project]:
    background = Background()
    made = gui_loop.run(Home(tmp_path, background).workspace.create("Marv & co"))
    votes = VoteMaker()
    for number in range(12):
        votes.add(
            "tuned" if number % 4 else "base",
            prompt=f"{number}? {HOSTILE}",
            tuned=HOSTILE,
            reasons=("tone",) if number % 2 else ("<b>own</b>",),
            digest=f"{number:064x}",
            reference="ไกล",
            note=HOSTILE,
        )
    gui_loop.run(made.in_ledger(votes.store))
    yield made
    gui_loop.run(made.close())
    gui_loop.run(background.close())


@pytest.fixture
def shown(project: Project, gui_loop: GuiLoop) -> Shown:
    return Shown((BASE, TUNED), gui_loop.run(results(project, BASE, TUNED)))


@pytest.fixture
def report(shown: Shown, theme: Theme) -> Report:
    return report_of(shown.view, "Marv & co", "28 Nov 2026")


class _Reader(HTMLParser):
    """Tags, attributes and text as a browser takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_html_says_what_the_page_says_and_holds_its_pictures(report: Report) -> None:
    html = html_of(report)
    reader = _Reader()
    reader.feed(html)
    assert "Undecided: the tuned model wins 75 % of your blind votes" in reader.text
    assert "Marv & co" in reader.text
    assert "Similarity to reference (chrF)" in reader.text
    assert reader.text.count("alert(1)") == 12 * 2 * 3  # as text: prompt, answer and note
    assert html.count("<svg") == 2
    assert "Striped, blue: Base One." in reader.text


def test_html_fetches_nothing_and_runs_nothing(report: Report) -> None:
    html = html_of(report)
    reader = _Reader()
    reader.feed(html)
    assert reader.tags.isdisjoint(
        {"script", "img", "link", "iframe", "object", "form", "a", "b" * 9}
    )
    assert not {name for name in reader.attributes if name.startswith("on")}
    assert reader.attributes.isdisjoint({"src", "href"})
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import", html)


def test_bars_are_told_apart_without_colours() -> None:
    bar = Bar(name="tone", tuned=1, even=1, base=1, words="")
    picture = QImage(660, 26, QImage.Format.Format_Grayscale8)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    QSvgRenderer(bars_svg([bar]).encode()).render(painter)
    painter.end()
    third = (660 - 130 - 40) // 3
    rows = [
        bytes(qGray(picture.pixel(130 + third * n + at, 13)) for at in range(4, third - 8))
        for n in range(3)
    ]
    n_shades = [len(set(row)) for row in rows]
    assert n_shades[0] == 1 and min(n_shades[1:]) > 1, "only the tuned model's is plain"
    assert rows[1] != rows[2]


def test_pictures_can_be_drawn_whatever_the_names_are(report: Report) -> None:
    for svg in (
        interval_svg(0.71, 0.54, 0.84),
        interval_svg(None, 0, 1),
        bars_svg(report.bars[0][1]),
    ):
        assert QSvgRenderer(svg.encode()).isValid()


def test_a_pdf_is_written_in_pieces_between_which_the_window_lives(
    report: Report, project: Project, gui_loop: GuiLoop
) -> None:
    long = report._replace(votes=list(report.votes) * 40)

    async def work() -> tuple[int, bytes]:
        n_turns, is_over = 0, False

        async def count() -> None:
            nonlocal n_turns
            while not is_over:
                n_turns += 1
                await asyncio.sleep(0)

        counting = asyncio.ensure_future(count())
        data = await pdf_of(long, project.background)
        is_over = True
        await counting
        return n_turns, data

    n_turns, data = gui_loop.run(work())
    assert n_turns > 20
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert data.count(b"/Type /Page\n") > 3


@pytest.fixture
def exporter(
    project: Project,
    shown: Shown,
    operations: Operations,
    theme: Theme,
    qtbot: QtBot,
) -> Iterator[tuple[Exporter, Notice, ScriptedAsk]]:
    owner = QWidget()
    qtbot.addWidget(owner)
    notice, ask = Notice(owner), ScriptedAsk()
    made = Exporter(project, operations, ask, notice, lambda: shown, parent=owner)
    owner.show()
    yield made, notice, ask


@pytest.mark.parametrize("kind", ["html", "pdf", "csv", "json"])
def test_each_kind_is_written_and_can_be_opened(
    exporter: tuple[Exporter, Notice, ScriptedAsk],
    kind: Kind,
    tmp_path: Path,
    gui_loop: GuiLoop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, notice, ask = exporter
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    ask.files = [tmp_path / "out"]  # without an ending: it gets its own
    made.export(kind)
    target = tmp_path / f"out.{kind}"
    gui_loop.settle(lambda: str(target) in notice.text.text())
    assert target.stat().st_size > 1000
    shown = {b.text(): b for b in notice.findChildren(QPushButton) if not b.isHidden()}
    shown["Open"].click()
    shown["Show in folder"].click()
    assert [url.toLocalFile() for url in opened] == [str(target), str(tmp_path)]
    assert not list(tmp_path.glob(".tunedesk-unfinished-*"))


def test_a_failed_export_names_the_file_and_nothing_is_left(
    exporter: tuple[Exporter, Notice, ScriptedAsk], tmp_path: Path, gui_loop: GuiLoop
) -> None:
    made, notice, ask = exporter
    (tmp_path / "file").write_text("")
    for kind in ("html", "pdf", "csv"):
        ask.files = [tmp_path / "file" / f"out.{kind}"]
        made.export(kind)  # type: ignore[arg-type]
        gui_loop.settle(lambda: notice.property("look") == "notice-error")
        assert str(tmp_path / "file") in notice.text.text()
        notice.tell("", kind="info")


def test_no_file_chosen_is_no_export(
    exporter: tuple[Exporter, Notice, ScriptedAsk], gui_loop: GuiLoop
) -> None:
    made, notice, _ask = exporter
    made.export("html")
    gui_loop.turn(20)
    assert notice.isHidden()


def test_a_cancelled_export_leaves_nothing(
    exporter: tuple[Exporter, Notice, ScriptedAsk], tmp_path: Path, gui_loop: GuiLoop
) -> None:
    made, notice, ask = exporter
    ask.files = [tmp_path / "out.pdf"]
    made.export("pdf")
    gui_loop.turn(1)
    made.cancel()
    gui_loop.settle(lambda: made._task is not None and made._task.done())
    assert not (tmp_path / "out.pdf").exists()
    assert not list(tmp_path.glob(".tunedesk-unfinished-*"))
    assert notice.text.text() == "Cancelled. Nothing was written."
