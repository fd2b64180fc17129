"""A report as one HTML file: no script, no link, nothing that is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QCoreApplication, QLocale

from tunedesk.ui.pages.results.report import Report, Vote
from tunedesk.ui.pages.results.report_pictures import bars_svg, interval_svg
from tunedesk.ui.pages.results.trust_words import Line
from tunedesk.ui.theme.palette import load_palette

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 14px/1.5 Inter, "Noto Sans", "Noto Sans Thai", sans-serif; color: $ink;
  background: $window; margin: 0 auto; max-width: 900px; padding: 32px 24px; }
section { background: $surface; border: 1px solid $line; border-radius: 8px;
  padding: 16px 20px; margin: 16px 0; overflow-x: auto; }
h1 { font-size: 18px; margin: 0; } h2 { font-size: 22px; margin: 0 0 4px; }
h3 { font-size: 14px; margin: 12px 0 6px; } p { margin: 4px 0; }
.second { color: $second; font-size: 13px; } .chip { color: $second; font-weight: 600; }
table { border-collapse: collapse; width: 100%; } svg { max-width: 100%; height: auto; }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border-top: 1px solid $line; }
td.n, th.n { text-align: right; white-space: nowrap; } td.text { white-space: pre-wrap; }
td { overflow-wrap: anywhere; } b.tuned { color: $tuned; } b.base { color: $base; }
"""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Report", text)


def html_of(report: Report) -> str:
    """The whole file. What comes from data is escaped; a policy in its head forbids the rest."""
    palette = load_palette("light")
    style = _STYLE
    for token in ("ink", "window", "surface", "line", "second", "tuned", "base"):
        style = style.replace(f"${token};", f"{getattr(palette, token)};")
    language = QLocale().name().split("_")[0]
    return "\n".join(
        [
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(report.title)}</title><style>{style}</style></head><body>",
            f"<h1>{escape(report.title)}</h1><p class=second>{escape(report.about)}</p>",
            *_verdict(report),
            *_bars(report),
            *_measures(report),
            *_lines(_tr("How far to trust the votes"), report.trust),
            *_lines(_tr("All models with votes"), report.ranks),
            *_lines(_tr("Rated alone"), report.rated),
            *_votes(report),
            "</body></html>\n",
        ]
    )


def _verdict(report: Report) -> Iterable[str]:
    yield f"<section><h2>{escape(report.headline)}</h2><p>{escape(report.details)}</p>"
    yield interval_svg(report.share, report.low, report.high)
    yield f"<p class=chip>{escape(report.chip)}</p>"
    yield f"<p class=second>{escape(report.advice)}</p></section>"


def _bars(report: Report) -> Iterable[str]:
    if not report.bars:
        return
    yield "<section>"
    for name, bars in report.bars:
        yield f"<h3>{escape(name)}</h3>{bars_svg(bars)}<table>"
        yield from (_row(bar.name, bar.words) for bar in bars)
        yield "</table>"
    legend = _tr("Plain, orange: {tuned}. Dotted, grey: tie or both bad. Striped, blue: {base}.")
    said = legend.format(tuned=report.tuned, base=report.base)
    yield f"<p class=second>{escape(said)} {escape(report.bars_note)}</p></section>"


def _measures(report: Report) -> Iterable[str]:
    if not report.measures:
        return
    yield f"<section><h3>{escape(report.measures_title)}</h3><table><tr><th></th>"
    yield f"<th class=n>{escape(report.base)}</th><th class=n>{escape(report.tuned)}</th></tr>"
    for name, about, base, tuned in report.measures:
        yield f"<tr><td>{escape(name)}<br><span class=second>{escape(about)}</span></td>"
        yield f"<td class=n>{escape(base)}</td><td class=n>{escape(tuned)}</td></tr>"
    yield "</table></section>"


def _lines(title: str, lines: Iterable[Line]) -> Iterable[str]:
    rows = [_row(*line) for line in lines]
    if rows:
        yield f"<section><h3>{escape(title)}</h3><table>{''.join(rows)}</table></section>"


def _votes(report: Report) -> Iterable[str]:
    heads = (_tr("Prompt"), report.base, report.tuned, _tr("Winner"))
    yield f"<section><h3>{escape(_tr('Votes'))}</h3><table><tr>"
    yield "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    yield from map(_vote, report.votes)
    yield "</table></section>"


def _vote(vote: Vote) -> str:
    texts = (vote.prompt, vote.base, vote.tuned)
    cells = "".join(f"<td class=text>{escape(text)}</td>" for text in texts)
    who = vote.winner if vote.winner in ("tuned", "base") else ""
    winner = f'<b class="{who}">{escape(vote.winner_word)}</b>'
    return f"<tr>{cells}<td>{winner}<br><span class=second>{escape(vote.why)}</span></td></tr>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
