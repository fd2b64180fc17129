"""The charts of a report as SVG, in the light palette: drawn once, for HTML and PDF alike."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QCoreApplication

from tunedesk.ui.pages.results.report import Bar
from tunedesk.ui.theme.palette import load_palette

_SIDE = 18
_ROW = 26
_NAME = 130
_BAR = 16
_FONT = "font-family=\"Inter, 'Noto Sans', 'Noto Sans Thai', sans-serif\" font-size=\"12\""


def interval_svg(share: float | None, low: float, high: float, width: int = 660) -> str:
    """A share with its interval on a line from 0 to 100 %."""
    palette = load_palette("light")
    length = width - 2 * _SIDE
    middle = _SIDE + length / 2
    parts = [
        f'<path d="M{_SIDE} 20H{width - _SIDE}" stroke="{palette.line_strong}" stroke-width="2"/>',
        f'<path d="M{middle} 2V36" stroke="{palette.line_strong}" stroke-width="1.5"'
        ' stroke-dasharray="5 3"/>',
    ]
    if share is not None:
        left, right = _SIDE + low * length, _SIDE + high * length
        parts.append(
            f'<rect x="{left:.1f}" y="16.5" width="{max(2.0, right - left):.1f}" height="7" rx="3"'
            f' fill="{palette.tuned}" fill-opacity="0.5"/>'
        )
        parts.append(f'<circle cx="{_SIDE + share * length:.1f}" cy="20" r="7"'
                     f' fill="{palette.tuned}"/>')  # fmt: skip
    no_difference = QCoreApplication.translate("IntervalBar", "no difference")
    for x, anchor, words in (
        (0, "start", "0 %"),
        (middle, "middle", no_difference),
        (width, "end", "100 %"),
    ):
        parts.append(_text(x, 52, words, anchor, palette.faint))
    return _svg(width, 58, parts)


def bars_svg(bars: Sequence[Bar], width: int = 660) -> str:
    """A bar a line: tuned plain, neither dotted, base striped, as colours alone tell not all."""
    palette = load_palette("light")
    parts = []
    for at, bar in enumerate(bars):
        y = at * _ROW
        parts.append(_text(0, y + 17, _short(bar.name), "start", palette.ink))
        x, whole = float(_NAME), max(1, bar.tuned + bar.even + bar.base)
        for n, color, marks in ((bar.tuned, palette.tuned, None), (bar.even, palette.tie, _dots),
                                (bar.base, palette.base, _stripes)):  # fmt: skip
            wide = (width - _NAME - 40) * n / whole
            if n:
                parts.append(f'<rect x="{x:.1f}" y="{y + 5}" width="{max(1.0, wide - 1):.1f}"'
                             f' height="{_BAR}" fill="{color}"/>')  # fmt: skip
                path = marks(x, y + 5, max(1.0, wide - 1)) if marks is not None else ""
                if path:
                    parts.append(f'<path d="{path}" stroke="{palette.surface}"'
                                 ' stroke-width="1.5"/>')  # fmt: skip
            x += wide
        parts.append(_text(width, y + 17, str(bar.tuned + bar.even + bar.base), "end",
                           palette.second))  # fmt: skip
    return _svg(width, _ROW * len(bars), parts)


def _dots(x: float, y: float, width: float) -> str:
    """Of 1.5 px, as the short lines they are."""
    rows = ((y + 4, 3.0), (y + 8, 6.0), (y + 12, 3.0))
    return "".join(
        f"M{x + at:.1f} {row - 0.75:.1f}v1.5"
        for row, first in rows
        for at in (first + 6 * n for n in range(int(max(0.0, width - first) // 6) + 1))
        if at < width
    )


def _stripes(x: float, y: float, width: float) -> str:
    """From lower left to upper right, cut at the bar's ends."""
    parts = []
    for n in range(-(_BAR // 6) - 1, int(width // 6) + 1):
        offset = 6.0 * n
        first, last = max(0.0, -offset), min(float(_BAR), width - offset)
        if last > first:
            parts.append(
                f"M{x + offset + first:.1f} {y + _BAR - first:.1f}"
                f"L{x + offset + last:.1f} {y + _BAR - last:.1f}"
            )
    return "".join(parts)


def height_of(svg: str) -> int:
    """Of a picture made here, in its own pixels."""
    return int(svg.split('height="', 1)[1].split('"', 1)[0])


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    return f'{head} viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'


def _text(x: float, y: float, words: str, anchor: str, color: str) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}"'
    drawn = "".join(char for char in words if char.isprintable())  # others are no XML
    return f"<text {at} {_FONT}>{escape(drawn)}</text>"


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:17] + "…"
