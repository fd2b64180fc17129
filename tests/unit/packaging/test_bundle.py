"""What goes into the bundles and packages: the pure parts, without building one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
from bundle import deb, fonts, licences
from bundle.contents import app_distributions, closure, engine_distributions
from bundle.engine_tree import is_left_out
from bundle.slim import is_wanted

from tests.unit.packaging.conftest import PACKAGING
from tunedesk.app.start import DESKTOP_ID

_IMPORT_ALL = """
import importlib, pkgutil, sys, tunedesk
from bundle.slim import APP_EXCLUDES

class Without:
    def find_spec(self, name, path=None, target=None):
        if any(f"{name}.".startswith(f"{left}.") for left in (*APP_EXCLUDES, "tunedesk.engine")):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Without())
for found in pkgutil.walk_packages(tunedesk.__path__, "tunedesk.", onerror=lambda name: None):
    if not found.name.startswith("tunedesk.engine") and not found.name.endswith("__main__"):
        importlib.import_module(found.name)
import openai, keyring.backends.SecretService
"""

NEEDS = {
    "app": ["Qt_Parts>=6", "win; sys_platform == 'nowhere'", "torch; extra == 'engine'", "gone"],
    "qt-parts": ["shared"],
    "torch": ["shared", "app"],
    "shared": [],
    "win": [],
}


def look(name: str) -> list[str]:
    if name not in NEEDS:
        raise PackageNotFoundError(name)
    return NEEDS[name]


def test_a_bundle_holds_what_is_required_here_and_no_more() -> None:
    assert closure(["app"], look) == {"app", "qt-parts", "shared"}
    assert closure(["app[engine]"], look) == {"app", "qt-parts", "shared", "torch"}
    assert closure(["app[engine]"], look, ["Qt.Parts"]) == {"app", "shared", "torch"}


@pytest.mark.skipif(sys.platform != "linux", reason="the names are those of Linux")
def test_the_app_is_slim_and_leaves_the_desktops_own_libraries_to_it() -> None:
    wanted = ["libQt6Widgets.so.6", "numpy.libs/libz.so.1", "tunedesk/resources/icons/up.svg"]
    plugins = "PySide6/Qt/plugins"
    wanted += [f"{plugins}/platforms/libqxcb.so", "PySide6/Qt/translations/qtbase_de.qm"]
    unwanted = ["libQt6Quick.so.6", "libX11.so.6", "libstdc++.so.6", "libgtk-3.so.0"]
    unwanted += [f"{plugins}/platformthemes/libqgtk3.so", "PySide6/Qt/translations/qt_help_pl.qm"]
    assert [name for name in wanted + unwanted if is_wanted(name)] == wanted


def test_the_app_needs_nothing_that_is_left_out_of_its_bundle() -> None:
    path = os.pathsep.join([str(PACKAGING), str(PACKAGING.parent / "desktop")])
    environment = {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _IMPORT_ALL]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_engine_keeps_sources_and_leaves_headers_and_tests() -> None:
    kept = ["torch/nn/modules/linear.py", "torch/lib/libtorch_cpu.so", "torch/testing/__init__.py"]
    kept += ["torch/bin/torch_shm_manager", "peft-0.21.2.dist-info/licenses/LICENSE"]
    left = ["torch/include/ATen/ATen.h", "torch/bin/protoc", "sympy/core/tests/test_add.py"]
    left += ["../../../bin/torchrun", "peft/__pycache__/x.pyc"]
    assert [name for name in kept + left if not is_left_out(PurePosixPath(name))] == kept


def test_nothing_goes_along_without_its_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    licences.check([*app_distributions(), *engine_distributions()])
    monkeypatch.setattr(licences, "_TEXTS_ELSEWHERE", {})
    with pytest.raises(ValueError, match="No licence text comes with pyside6-essentials"):
        licences.check(["msgspec", "pyside6-essentials"])


def test_thai_letters_go_along_with_their_licence(tmp_path: Path) -> None:
    unpacked = tmp_path / "root"
    for name in (f"{fonts._FONTS}/{one}" for one in (*fonts.FILES, "Other.ttf")):
        (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / name).write_bytes(b"font")
    (unpacked / fonts._LICENCE).parent.mkdir(parents=True)
    (unpacked / fonts._LICENCE).write_text("OFL")
    fonts.lay(unpacked, tmp_path / "app")
    inside = tmp_path / "app" / "_internal" / "tunedesk" / "resources" / "fonts"
    assert sorted(one.name for one in inside.iterdir()) == sorted(fonts.FILES)
    assert (tmp_path / "app" / "licences" / "fonts-noto-core.txt").read_text() == "OFL"


def test_the_packages_name_each_other_at_their_version_and_a_thai_font() -> None:
    app = deb.control_text(deb.APP, "1.2.3", "amd64", 10, "2.35")
    assert "Package: tunedesk\nVersion: 1.2.3\n" in app
    assert "Recommends: tunedesk-engine (= 1.2.3)," in app
    assert "fonts-thai-tlwg | fonts-noto-core" in app
    assert "\n .\n" in app
    assert app.endswith("\n")
    assert not any(line and line[0] == " " and not line.strip() for line in app.split("\n"))
    engine = deb.control_text(deb.ENGINE, "1.2.3", "amd64", 1, "2.36")
    assert "Recommends: tunedesk (= 1.2.3)" in engine
    assert "Depends: libc6 (>= 2.35), " in app
    assert "Depends: libc6 (>= 2.36), " in engine


def test_the_libc_of_the_package_is_the_newest_that_a_file_inside_asks_for(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "program").write_bytes(b"\x7fELF\0GLIBC_2.9\0GLIBC_2.34\0")
    (tmp_path / "lib" / "python.so").write_bytes(b"\x7fELF\0GLIBC_2.35\0GLIBC_2.2.5\0")
    (tmp_path / "lib" / "notes.txt").write_bytes(b"\0GLIBC_2.99\0")
    assert deb.libc_wanted(tmp_path) == "2.35"


def test_entry_description_type_and_window_have_one_name() -> None:
    linux = PACKAGING / "linux"
    entry = (linux / f"{DESKTOP_ID}.desktop").read_text("utf-8")
    assert "\nExec=tunedesk %F\n" in entry
    meta = ElementTree.parse(linux / f"{DESKTOP_ID}.metainfo.xml").getroot()
    assert meta.findtext("id") == DESKTOP_ID == deb.APP_ID
    assert meta.findtext("launchable") == f"{DESKTOP_ID}.desktop"
    mime = ElementTree.parse(linux / f"{DESKTOP_ID}.mime.xml").getroot()
    name = "{http://www.freedesktop.org/standards/shared-mime-info}mime-type"
    types = {one.get("type") for one in mime.iter(name)}
    assert all(f"{one};" in entry for one in types)
