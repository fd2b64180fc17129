"""docs/validation.md lists every rule as it is, and every rule's words can be translated."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tunedesk.core.fixes import fixes_for
from tunedesk.core.fixes.apply import SAFE
from tunedesk.core.fixes.table import _TABLE as FIXES

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / "packaging/validation_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(docs: ModuleType) -> None:
    page = docs.TARGET.read_text(encoding="utf-8")
    assert page == docs.page(page), "run: python packaging/validation_docs.py"


def test_no_words_are_put_together_where_they_cannot_be_translated(docs: ModuleType) -> None:
    for entry in docs.all_entries():
        assert "…" not in (entry.template, entry.fix_template), entry
        assert re.fullmatch(r"[a-z0-9_…]+", entry.code), entry


def test_every_fix_belongs_to_a_rule(docs: ModuleType) -> None:
    codes = {entry.code for entry in docs.all_entries()}
    assert FIXES.keys() <= codes
    assert all(fixes_for(code) for code in codes)
    assert {code for code, _ in SAFE} <= codes
