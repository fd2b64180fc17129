"""The Models page: what is listed, what is said of ends, and what can be done with a model."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.errors import TunedeskError
from tunedesk.core.retirement import RetirementTable
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.providers.model_list import ModelRow, ModelsFound
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.models.choosing import ChoosingDialog
from tunedesk.ui.pages.models.models_model import Column
from tunedesk.ui.pages.models.page import ModelsPage
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.line_delegate import NARROW_PAD_PX

NOW_MS = 1_795_000_000_000


def row(model: str, kind: str = "base", **more: object) -> ModelRow:
    values: dict[str, object] = {"provider_id": "local", "provider": "On this computer"}
    values |= {"is_local": True, "model": model, "label": model, "kind": kind} | more
    return ModelRow(**values)  # type: ignore[arg-type]


def remote(model: str, kind: str, days: int | None = None) -> ModelRow:
    ends = date(2027, 1, 14) if days is not None else None
    where: dict[str, object] = {"provider_id": "openai", "provider": "OpenAI", "is_local": False}
    return row(model, kind, ends=ends, days_left=days, **where)


ROWS = [
    row("smollm2-135m-instruct"),
    row("ft:smollm2-135m-instruct:me:marv:1", "tuned", label="marv", job_id="j1", n_rows=44),
    remote("ft:gpt-4.1-mini-2025-04-14:acme:v3:A", "tuned", 52),
    remote("ft:gpt-4.1-mini-2025-04-14:acme:v2:B", "tuned", 52),
    remote("ft:gpt-3.5-turbo-0125:acme:old:C", "tuned", -30),
    remote("llama", "base"),
]


ENDS = read_table(RetirementTable)


class Scripted:
    """What the service would say; `refusal` is raised by the next deletion."""

    def __init__(self) -> None:
        self.rows = list(ROWS)
        self.problems: dict[str, TunedeskError] = {}
        self.deleted: list[str] = []
        self.refusal: TunedeskError | None = None

    async def load(self) -> ModelsFound:
        return ModelsFound(rows=list(self.rows), problems=self.problems, ends=ENDS)

    async def delete(self, model: ModelRow) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.deleted.append(model.model)
        self.rows.remove(model)


class Bench:
    def __init__(self, page: ModelsPage, models: Scripted, ask: ScriptedAsk) -> None:
        self.page, self.models, self.ask = page, models, ask
        self.went: list[tuple[str, object]] = []
        page.navigate.connect(lambda where, payload: self.went.append((where, payload)))

    def text(self, line: int, column: Column) -> str:
        return str(self.page.lines.index(line, column).data())

    def lines(self) -> list[str]:
        return [self.text(line, Column.MODEL) for line in range(self.page.lines.rowCount())]


@pytest.fixture
def bench(theme: Theme, operations: Operations, gui_loop: GuiLoop, qtbot: QtBot) -> Bench:
    models, ask = Scripted(), ScriptedAsk()
    page = ModelsPage(
        models=models,  # type: ignore[arg-type]
        n_rows=lambda: 44,
        operations=operations,
        ask=ask,
        theme=theme,
        memory=Memory(),
        now_ms=lambda: NOW_MS,
    )
    qtbot.addWidget(page)
    page.resize(1240, 800)
    page.show()
    page.on_enter()
    gui_loop.settle(lambda: page.lines.rowCount())
    return Bench(page, models, ask)


def test_ends_are_said_with_the_days_that_are_left(bench: Bench) -> None:
    assert [bench.text(line, Column.ENDS) for line in (0, 2, 4, 5)] == [
        "never",
        "14 Jan 2027 · 52 days",
        "ended 14 Jan 2027",
        "not announced",
    ]
    assert "2 of your tuned models stop answering on 14 Jan 2027, in 52 days" in (
        bench.page.ending.text.text()
    )
    assert "23 Nov 2026" in bench.page.foot.text()


def test_chips_and_search_leave_what_is_meant(bench: Bench) -> None:
    page = bench.page
    assert page.chips["tuned"].text() == "Tuned 4" and page.chips["ending"].text() == (
        "Ending soon 3"
    )
    page.chips["ending"].click()
    assert len(bench.lines()) == 3
    page.chips["all"].click()
    page.search.setText("openai gpt-4.1 v2")
    assert bench.lines() == ["ft:gpt-4.1-mini-2025-04-14:acme:v2:B"]


def test_a_typed_name_that_is_retired_says_its_end_and_its_successor(bench: Bench) -> None:
    page, said = bench.page, bench.page.retired
    for name in ("gpt-3.5-turbo-1106", "gpt-3.5-turbo-0613", "babbage-002", "davinci-002"):
        page.search.setText(name)
        assert said.text.text().startswith(f"{name} ended on ") and said.isVisible()
        assert "Named successor: gpt-6-luna, which cannot be fine-tuned." in said.text.text()
    page.search.setText(" gpt-4-0613 ")
    assert said.text.text().startswith("gpt-4-0613 ended on 23 Oct 2026. So did")
    page.search.setText("gpt-4-06")
    assert not said.isVisible()


def test_a_tuned_model_is_compared_with_its_base(bench: Bench, qtbot: QtBot) -> None:
    table = bench.page.table
    index = bench.page.lines.index(1, Column.ACT)
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center()
    )
    ((where, pair),) = bench.went
    assert where == "compare" and isinstance(pair, tuple)
    assert [one.model for one in pair if isinstance(one, Contender)] == [
        "smollm2-135m-instruct",
        "ft:smollm2-135m-instruct:me:marv:1",
    ]


def test_a_base_is_trained_on_by_enter(bench: Bench, qtbot: QtBot) -> None:
    bench.page.table.selectRow(0)
    qtbot.keyClick(bench.page.table, Qt.Key.Key_Return)
    assert bench.went == [("new_fine_tune", ("local", "smollm2-135m-instruct"))]


def test_what_has_ended_offers_nothing_that_cannot_work(bench: Bench) -> None:
    assert bench.text(4, Column.ACT) == ""
    words = [action.text() for action in bench.page.menu_of(ROWS[4]).actions() if action.text()]
    assert words == ["Copy its id", "Delete…\tDel"]


def test_deleting_says_what_is_lost_and_asks_first(bench: Bench, gui_loop: GuiLoop) -> None:
    bench.ask.says = False
    bench.page.table.selectRow(1)
    bench.page._delete_chosen()
    gui_loop.settle(lambda: bench.ask.questions)
    assert "cannot be brought back" in bench.ask.questions[0][1]
    assert bench.models.deleted == []
    bench.ask.says = True
    bench.page._delete_chosen()
    gui_loop.settle(lambda: len(bench.lines()) == len(ROWS) - 1)
    assert bench.models.deleted == ["ft:smollm2-135m-instruct:me:marv:1"]


def test_a_refused_deletion_is_told(bench: Bench, gui_loop: GuiLoop) -> None:
    bench.models.refusal = TunedeskError("forbidden", "Not deleted.", "Only owners may.", "Ask.")
    bench.page.table.selectRow(2)
    bench.page._delete_chosen()
    gui_loop.settle(lambda: bench.ask.told)
    assert bench.ask.told == [bench.models.refusal] and len(bench.lines()) == len(ROWS)


def test_who_cannot_be_asked_is_named_with_a_way_on(bench: Bench, gui_loop: GuiLoop) -> None:
    refused = TunedeskError(
        "key_refused", "The key was refused.", "OpenAI says 401.", "Replace it."
    )
    bench.models.problems = {"OpenAI": refused}
    bench.page.on_enter()
    gui_loop.settle(lambda: bench.page.problem.isVisible())
    assert "OpenAI: The key was refused." in bench.page.problem.text.text()


def test_a_model_is_chatted_with_from_its_menu(bench: Bench) -> None:
    menu = bench.page.menu_of(ROWS[2])
    next(action for action in menu.actions() if action.text() == "Chat with it").trigger()
    ((page_id, (who,)),) = bench.went
    assert (page_id, who.model) == ("chat", ROWS[2].model)


def test_an_id_is_copied_whole(bench: Bench) -> None:
    menu = bench.page.menu_of(ROWS[2])
    next(action for action in menu.actions() if action.text() == "Copy its id").trigger()
    assert QApplication.clipboard().text() == ROWS[2].model


def test_help_for_choosing_follows_the_answers(bench: Bench) -> None:
    bench.page.choosing.click()
    dialog = bench.page.window().findChild(ChoosingDialog)
    assert dialog is not None and dialog.rows.value() == 44
    _choose(dialog, "privacy", "here")
    _choose(dialog, "quality", "try")
    first = dialog._lines.itemAt(0)
    assert first is not None and first.widget() is not None
    assert "SmolLM2" in first.widget().accessibleName()
    dialog.accept()


def _choose(dialog: ChoosingDialog, question: str, answer: str) -> None:
    box = dialog._boxes[question]
    box.setCurrentIndex(box.findData(answer))


def test_price_and_context_are_columns_at_every_width(bench: Bench, gui_loop: GuiLoop) -> None:
    bench.models.rows = [
        row("smollm2-135m-instruct", usd_per_million_trained_tokens=0.0, context_tokens=2048),
        row("gpt-4.1-mini", usd_per_million_trained_tokens=5.0, context_tokens=65_536),
        row("llama"),
    ]
    bench.page.tables_changed()
    gui_loop.settle(lambda: bench.page.lines.rowCount() == 3)
    shown = [
        (bench.text(line, Column.CONTEXT), bench.text(line, Column.PRICE)) for line in range(3)
    ]
    assert shown == [("2,048", "free"), ("65,536", "$5.00"), ("unknown", "unknown")]
    table = bench.page.table
    for width_px, has_learned in ((816, False), (1232, True)):
        bench.page.resize(width_px, 640)
        gui_loop.turn()
        assert table.isColumnHidden(Column.LEARNED) is not has_learned
        across = table.horizontalHeader()
        assert across.length() <= table.viewport().width()
        assert across.sectionSize(Column.MODEL) >= 150
        for column in (Column.CONTEXT, Column.PRICE):
            assert not table.isColumnHidden(column)


def test_a_held_out_loss_is_read_whole_and_sizes_where_there_is_room(
    bench: Bench, gui_loop: GuiLoop
) -> None:
    step: dict[str, object] = {"step": 22, "held_out_loss": 2.85, "learned_at_ms": NOW_MS}
    rows: dict[str, object] = {"dataset": "marv.jsonl", "n_rows": 44, "learned_at_ms": NOW_MS}
    bench.models.rows = [
        row("base", size_bytes=269_000_000),
        row("ft:base:me::1:ckpt-step-22", "checkpoint", is_best=True, **step),
        row("ft:base:me::1", "tuned", **rows),
    ]
    bench.page.tables_changed()
    gui_loop.settle(lambda: bench.page.lines.rowCount() == 3)
    said = [bench.text(line, Column.LEARNED) for line in range(3)]
    assert said == ["", "held-out loss 2.85, the lowest", "marv.jsonl · 44 rows · today"]
    table = bench.page.table
    for width_px, where in ((1040, "This computer"), (1232, "This computer · 269.0 MB")):
        bench.page.resize(width_px, 640)
        gui_loop.turn()
        assert bench.text(0, Column.WHERE) == where
        assert table.columnWidth(Column.MODEL) >= 150
        need_px = QFontMetrics(ui_font(13)).horizontalAdvance(said[1]) + 2 * NARROW_PAD_PX
        assert table.columnWidth(Column.LEARNED) >= need_px


def test_adding_a_local_model_leads_to_settings(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.page.adding, Qt.MouseButton.LeftButton)
    assert bench.went == [("settings", "add_model")]
