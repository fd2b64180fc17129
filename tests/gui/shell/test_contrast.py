"""WCAG AA in both palettes, of every pair that the style sheet or a painted part puts together;
and nothing moves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QStyle

import tunedesk.ui
from tunedesk.assets import resource
from tunedesk.ui.theme import Palette, Theme, load_palette
from tunedesk.ui.theme.style import style_sheet
from tunedesk.ui.widgets import markdown_code

_TEXT, _MARK = 4.5, 3.0
_GROUNDS = ("window", "surface", "sunken", "accent_soft", "rail_selected")
_TEXT_ONLY = {"ink", "second", "faint", "accent", "ok", "warning", "error", "base_ink", "tuned_ink"}
_EDGES = ("control", "accent", "error")
"""Of what can be acted on: at rest, with the keyboard, and where it is wrong."""
_SHAPES = ("ok", "warning_mark", "error", "faint", "base", "tuned", "tie")
"""Marks of a state, curves and bars: told by their form, too."""
_RULE = re.compile(r"([^{}]+)\{([^}]*)\}")
_SOURCES = Path(tunedesk.ui.__file__).parent


def _contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, "contrast ratio"."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pairs_of_sheet() -> Iterator[tuple[str, str, str]]:
    """(rule, ink, ground); one that has no ground of its own may stand on any."""
    sheet = resource("palettes", "tunedesk.qss").read_text(encoding="utf-8")
    for selector, body in _RULE.findall(sheet):
        ink = re.search(r"(?<![-\w])color: \$(\w+)", body)
        ground = re.search(r"background(?:-color)?: \$(\w+)", body)
        if ink is None or ":disabled" in selector or "selection-color" in ink[0]:
            continue
        grounds = [ground[1]] if ground is not None else _GROUNDS
        if ink[1] == "accent_ink":
            grounds = ["accent", "accent_hover"]
        if 'look="mark-warning"' in selector:
            continue  # a sign alone: see _SHAPES
        for one in grounds:
            yield selector.strip(), ink[1], one


def _pairs_in_code() -> Iterator[tuple[str, str, str]]:
    """(file, ink, ground) of tuples that name a soft ground beside its ink."""
    for file in _SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            words = (
                [e.value for e in node.elts if isinstance(e, ast.Constant)]
                if isinstance(node, ast.Tuple)
                else []
            )
            soft = [w for w in words if isinstance(w, str) and w.endswith("_soft")]
            inks = [w for w in words if isinstance(w, str) and w in _TOKENS - set(soft)]
            if len(soft) == 1 and len(inks) == 1:
                yield file.name, inks[0], soft[0]


def _inks_in_code() -> Iterator[tuple[str, str]]:
    """(file, token) that a text is drawn with."""
    for file in _SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for word in node.keywords if isinstance(node, ast.Call) else ():
                if word.arg == "ink" and isinstance(word.value, ast.Constant):
                    yield file.name, str(word.value.value)


_TOKENS = set(Palette._fields) - {"name"}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_and_edge_stands_out(name: str) -> None:
    colors = load_palette(name)._asdict()
    wanted = [(where, ink, ground, _TEXT) for where, ink, ground in _pairs_of_sheet()]
    wanted += [(where, ink, ground, _TEXT) for where, ink, ground in _pairs_in_code()]
    wanted += [("code", ink, "surface", _TEXT) for _, ink in markdown_code._TOKENS]
    wanted += [("drawn", ink, ground, _TEXT) for ink in _TEXT_ONLY for ground in _GROUNDS]
    wanted += [("edge", edge, ground, _MARK) for edge in _EDGES for ground in _GROUNDS[:3]]
    wanted += [("shape", shape, ground, _MARK) for shape in _SHAPES for ground in _GROUNDS]
    assert len(wanted) > 150
    low = [
        f"{where}: {ink} on {ground} {found:.2f} < {least}"
        for where, ink, ground, least in wanted
        if (found := _contrast(colors[ink], colors[ground])) < least
    ]
    assert low == []
    assert {ink for _, ink in _inks_in_code()} <= _TEXT_ONLY


def test_nothing_slides_or_fades(theme: Theme) -> None:
    effects = [e for e in Qt.UIEffect if e.name != "UI_General"]
    assert not any(QApplication.isEffectEnabled(effect) for effect in effects)
    button = QPushButton()
    button.setStyleSheet(style_sheet(theme.palette))
    button.ensurePolished()
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    assert button.style().styleHint(hint, None, button) == 0
    sources = "".join(file.read_text(encoding="utf-8") for file in _SOURCES.rglob("*.py"))
    assert "PropertyAnimation" not in sources
    assert "VariantAnimation" not in sources
