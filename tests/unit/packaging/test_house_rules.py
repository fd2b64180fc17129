"""Each house rule finds what it forbids, lets the alternative pass, and names the alternative."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
import run
from house_rules import machine_paths, registry_hosts
from house_rules.source import Source

UI = "desktop/tunedesk/ui/pages/data/table.py"
CORE = "desktop/tunedesk/core/rows.py"
CHECKOUT = PurePosixPath("/home/ann/code/tunedesk")
PIECE = "py"  # the name of a host must not stand in any file, this one included
HOST = f"{PIECE}pi.org"

CASES = [
    # path, what is forbidden, what to write instead, words of the message
    (UI, "dialog.exec()", "await finished(dialog)", "await"),
    (UI, "menu.exec_(point)", "menu.popup(point)", "popup()"),
    (UI, "QMenu(self).exec(point)", "QMenu(self).popup(point)", "popup()"),
    (UI, "view.setHtml(text)", "view.setPlainText(text)", "setPlainText"),
    (UI, "label.setTextFormat(Qt.RichText)", "label.setTextFormat(Qt.PlainText)", "PlainText"),
    (UI, "x = Qt.TextFormat.MarkdownText", "x = Qt.TextFormat.PlainText", "PlainText"),
    (UI, "editor = QTextEdit()", "editor = PlainEdit()", "PlainEdit"),
    (UI, "class View(QTextBrowser): ...", "class View(PlainEdit): ...", "MarkdownView"),
    (UI, "x = QLabel(text)", "x = PlainLabel(text)", "PlainLabel"),
    (UI, "class Title(QLabel): ...", "class Title(PlainLabel): ...", "PlainLabel"),
    (UI, "QMessageBox.warning(self, a, b)", "self._ask.tell(error)", "Ask"),
    (UI, "box = QMessageBox(self)", "await ask.confirm(a, b, c)", "Ask"),
    (UI, "label.setToolTip(row)", "set_tip(label, row)", "set_tip"),
    (UI, "key = QShortcut(keys, self)", "key = named_key(self, keys, name, act)", "named_key"),
    (CORE, "rows = raw.splitlines()", "rows = raw.split(b'\\n')", 'split on b"\\n"'),
    (CORE, "import pickle", "import msgspec", "msgspec"),
    (CORE, "from joblib import load", "from safetensors import safe_open", "safetensors"),
    (CORE, "w = torch.load(path)", "w = load_file(path)", "safetensors"),
    (CORE, "np.load(p, allow_pickle=True)", "np.load(p, allow_pickle=False)", "leave that"),
    (CORE, "f(p, trust_remote_code=flag)", "f(p)", "leave that"),
    (CORE, "import openai", "from tunedesk.providers import base", "Provider"),
    (CORE, "def f():\n    from openai import OpenAI", "def f(): ...", "Provider"),
    (UI, "import time\ntime.sleep(1)", "import asyncio", "asyncio.sleep()"),
    (UI, "from time import sleep", "from time import monotonic", "asyncio.sleep()"),
    (CORE, "print(1)", "sys.stdout.write('1')", "sys.stdout.write()"),
    (CORE, "run(words, shell=True)", "run(words, shell=False)", "list of words"),
    (CORE, "os.system(line)", "subprocess.run(words)", "list of words"),
    (CORE, "pass\n" * 601, "pass\n" * 600, "split it by topic"),
    ("README.md", f"see https://{HOST}/x", "see the package's page", "package's name"),
    ("README.md", f"in {CHECKOUT}/build", "in build", "relative to the checkout"),
    ("README.md", f"in {CHECKOUT.parent}/other", "in ../other", "relative to the checkout"),
]


def findings(path: str, text: str) -> list[str]:
    source = Source(path, text)
    return [found.message for rule in run.rules(CHECKOUT) for found in rule(source)]


@pytest.mark.parametrize(("path", "bad", "good", "words"), CASES)
def test_a_rule_finds_the_bad_and_names_the_good(
    path: str, bad: str, good: str, words: str
) -> None:
    (message,) = findings(path, bad)
    assert words in message
    assert findings(path, good) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("desktop/tunedesk/ui/widgets/markdown_view.py", "document.setMarkdown(text)"),
        ("desktop/tunedesk/ui/widgets/text.py", "class PlainLabel(QLabel): ..."),
        ("desktop/tunedesk/ui/widgets/ask.py", "box = QMessageBox(self)"),
        ("desktop/tunedesk/providers/openai_compatible.py", "import openai"),
        ("tests/engine/test_api.py", "import openai"),
        ("tests/faults/test_poison.py", "import pickle"),
        ("desktop/tunedesk/ui/widgets/editor.py", "lines = text.splitlines()"),
        ("desktop/tunedesk/engine/lifetime.py", "import time\ntime.sleep(1)"),
    ],
)
def test_the_one_place_where_it_may_stand(path: str, text: str) -> None:
    assert findings(path, text) == []


def test_findings_carry_the_line() -> None:
    source = Source("README.md", f"one\ntwo {HOST}\n")
    assert [found.line for found in registry_hosts.check(source)] == [2]


def test_a_folder_that_every_machine_has_is_no_path_of_this_one() -> None:
    source = Source("Makefile", "cd /home/ann")
    assert list(machine_paths.check(source, PurePosixPath("/home/tunedesk"))) == []


def test_an_unpacked_archive_is_read_without_git(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "b.py").write_text("import pickle")
    assert [source.path for source in run.sources(tmp_path)] == ["a.py"]
