"""The translation files: one a room or page, each a JSON object {English: translation}."""

from __future__ import annotations

import json
import re
from pathlib import Path

from words.extract import texts

QT = "qt"
"""The group of Qt's own buttons and menus: no source of ours holds them, so it is kept as it is."""


_IN_CONTEXT = re.compile(r"\[\w+\] (.+)", re.DOTALL)
"""An entry for one context alone, written by hand; it goes when its text goes."""


def group_of(module: str) -> str:
    """The file for a module's texts: "core", "ui-data" for ui/pages/data, "ui-widgets"."""
    parts = module.split("/")
    if parts[:2] == ["ui", "pages"]:
        return f"ui-{parts[2]}"
    if parts[0] == "ui":
        return f"ui-{parts[1]}" if len(parts) > 2 else "ui-shell"
    return parts[0] if len(parts) > 1 else "checking"


def kept(folder: Path) -> dict[str, dict[str, str]]:
    """{group: {English: translation}} as the files are now."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


def wanted(package: Path, now: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """As `now`, with every text of the sources once, "" where it is new, and none that is gone."""
    known = {english: said for group in now.values() for english, said in group.items()}
    found: dict[str, dict[str, str]] = {QT: now.get(QT, {})}
    placed = set(found[QT])
    for module, of_module in (texts(package) | _of_tables(package)).items():
        group = found.setdefault(group_of(module), {})
        for english in of_module:
            if english not in placed:
                placed.add(english)
                group[english] = known.get(english, "")
    for name, group in now.items():
        for key, said in group.items():
            if (own := _IN_CONTEXT.match(key)) and own[1] in placed:
                found.setdefault(name, {})[key] = said
    return {name: group for name, group in found.items() if group}


def _of_tables(package: Path) -> dict[str, list[str]]:
    """What the shipped tables say to a person: of the samples, and of kinds of providers."""
    resources = package.parents[1] / "resources"
    found: dict[str, list[str]] = {}
    for group, name, keys in (
        ("ui/pages/welcome", "samples/samples.json", ("title", "detail")),
        ("providers/", "providers/presets.json", ("name", "note")),
        ("services/", "providers/base_models.json", ("label",)),
        ("services/prices", "providers/prices.json", ("label", "source", "note", "base_source")),
        ("services/ends", "providers/retirements.json", ("note",)),
    ):
        table = json.loads((resources / name).read_text(encoding="utf-8"))
        entries = (
            table
            if isinstance(table, list)
            else next(value for value in table.values() if isinstance(value, list))
        )
        found[group] = [entry[key] for entry in entries for key in keys if entry.get(key)]
        if "note" in keys and isinstance(table, dict) and "source" in table:
            found[group].append(table["source"])
    return found


def write(folder: Path, groups: dict[str, dict[str, str]]) -> None:
    """Write the groups, a line a text; a file whose group is gone is deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.stem not in groups:
            path.unlink()
    for name, group in groups.items():
        text = json.dumps(group, ensure_ascii=False, indent=0)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
