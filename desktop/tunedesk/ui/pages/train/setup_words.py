"""In which settings two jobs differ."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.services.train.training import JobView
from tunedesk.ui.pages.train.progress import settings_of
from tunedesk.ui.widgets.job_words import place_name, short_model_name


def _tr(text: str) -> str:
    return QCoreApplication.translate("SetupWords", text)


def setting_differences(here: JobView, there: JobView) -> list[str]:
    """ "n_epochs 3 → 5", for everything that is not the same."""
    first, second = _settings(here), _settings(there)
    names = [*first, *(name for name in second if name not in first)]
    return [
        f"{name} {first.get(name, '–')} → {second.get(name, '–')}"
        for name in names
        if first.get(name) != second.get(name)
    ]


def _settings(view: JobView) -> dict[str, str]:
    record = view.record
    seed = record.request.get("seed")
    numbers = {name: value for name, (value, _is_auto) in settings_of(view).items()}
    return {
        _tr("place"): place_name(record.provider_id, {record.provider_id: view.place}),
        _tr("base"): short_model_name(record.base_model),
        **numbers,
        _tr("seed"): str(seed) if seed is not None else _tr("not told"),
    }
