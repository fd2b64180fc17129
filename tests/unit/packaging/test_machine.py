"""The set-up's steps: what they look for, what they say, and what they leave."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from machine import interpreter, libraries, relocation, stamp
from machine.console import Console, SetupError
from machine.libraries import Need
from machine.packages import forget_half_installed

TOP = Path(__file__).resolve().parents[3]
MISSING = Need("libnothing7", "libnothing-tunedesk.so.7")
OPTIONAL = Need("fonts-nothing", "/nowhere/fonts", essential=False)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "setup.log")


@pytest.fixture
def without_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "root_prefix", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")


def test_a_library_is_looked_for_by_itself_and_not_by_its_package() -> None:
    assert libraries.is_there(Need("whatever", "libc.so.6"))
    assert libraries.is_there(Need("whatever", "sh"))
    assert not libraries.is_there(MISSING)
    assert not libraries.is_there(OPTIONAL)


@pytest.mark.usefixtures("without_rights")
def test_without_rights_the_exact_apt_line_is_named(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(SetupError) as caught:
        libraries.ensure(console, [MISSING, OPTIONAL])
    line = "sudo apt-get install --no-install-recommends libnothing7 fonts-nothing"
    assert line in caught.value.next_step


@pytest.mark.usefixtures("without_rights")
def test_where_there_is_no_apt_the_libraries_are_named(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda name: None)
    with pytest.raises(SetupError, match=r"libnothing-tunedesk\.so\.7") as caught:
        libraries.ensure(console, [MISSING])
    assert "apt-get" not in caught.value.next_step


@pytest.mark.usefixtures("without_rights")
def test_what_is_only_good_to_have_stops_nothing(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    libraries.ensure(console, [OPTIONAL])
    assert "fonts-nothing" in capsys.readouterr().out


def test_a_failed_command_shows_its_last_15_lines_and_keeps_all(console: Console) -> None:
    code = "import sys; print(*range(40), sep='\\n'); sys.exit(3)"
    with pytest.raises(SetupError) as caught:
        console.run("Counting", [sys.executable, "-c", code], next_step="Count again.")
    assert caught.value.what == "Counting: this step failed."
    assert caught.value.next_step == "Count again."
    assert caught.value.output.split("\n") == [str(number) for number in range(25, 40)]
    assert "\n0\n1\n" in console.log.read_text()


def test_a_command_that_is_not_there_is_a_failed_step(console: Console) -> None:
    ok, output = console.attempt("Starting", ["/nowhere/command"])
    assert not ok
    assert "/nowhere/command" in output


def test_a_python_that_is_asked_for_and_unsuitable_is_refused() -> None:
    with pytest.raises(SetupError, match="/nowhere/python is not one"):
        interpreter.choose("/nowhere/python")


def test_the_python_on_path_is_taken() -> None:
    chosen = interpreter.choose("")
    assert interpreter.LOWEST <= chosen.version <= interpreter.HIGHEST


@pytest.mark.parametrize("odd", interpreter.IMPOSSIBLE)
def test_a_folder_that_qt_cannot_start_from_is_refused(odd: str) -> None:
    with pytest.raises(SetupError) as caught:
        interpreter.refuse_impossible_place(f"/home/ann/a{odd}b")
    assert "Rename the folder" in caught.value.next_step


def test_a_folder_with_spaces_and_other_letters_is_fine() -> None:
    interpreter.refuse_impossible_place("/home/ann/ไทย ก/it's (new) #1 = 100%")


def test_half_an_environment_is_made_anew(console: Console, tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/nowhere/python3")
    assert interpreter.venv_version(venv / "bin" / "python") == ""
    interpreter.ensure_venv(console, venv)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--version"]
    assert subprocess.run(pip, check=True, capture_output=True).stdout


def test_a_stamp_holds_for_the_same_files_and_python_only(tmp_path: Path) -> None:
    pins = tmp_path / "constraints.txt"
    pins.write_text("a==1")
    key = stamp.key_of([pins], "3.11")
    assert stamp.key_of([pins], "3.12") != key
    pins.write_text("a==2")
    assert stamp.key_of([pins], "3.11") != key


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "x"}'])
def test_a_broken_stamp_is_no_stamp(tmp_path: Path, content: str) -> None:
    (tmp_path / "stamp").write_text(content)
    assert stamp.read(tmp_path / "stamp") == stamp.Stamp("", "", ())


def test_a_stamp_is_read_as_it_was_written(tmp_path: Path) -> None:
    stamp.write(tmp_path / "stamp", "k", "/a", {"test", "engine"})
    assert stamp.read(tmp_path / "stamp") == stamp.Stamp("k", "/a", ("engine", "test"))


@pytest.mark.parametrize("names", [("before", "after"), ("before", "after a move"), ("a b", "c")])
def test_an_environment_follows_its_checkout(tmp_path: Path, names: tuple[str, str]) -> None:
    old, new = (tmp_path / name for name in names)
    site = old / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "tunedesk.pth").write_text(f"{old}/desktop")
    (site / "other.py").write_text(f"# {old} in a file that is no setting")
    bin_folder = old / ".venv/bin"
    bin_folder.mkdir()
    (bin_folder / "python").symlink_to(sys.executable)
    script = bin_folder / "hello"
    head = relocation.shebang(os.fsencode(bin_folder / "python"))
    script.write_bytes(head + b"import sys\nprint(sys.executable)\n")
    script.chmod(0o755)

    old.rename(new)
    relocation.follow(new / ".venv", str(old), str(new))

    told = subprocess.run([str(new / ".venv/bin/hello")], capture_output=True, check=True)
    assert told.stdout.decode().strip() == str(new / ".venv/bin/python")
    site = new / ".venv/lib/python3.11/site-packages"
    assert (site / "tunedesk.pth").read_text() == f"{new}/desktop"
    assert str(old) in (site / "other.py").read_text()


def test_a_failing_setup_says_what_and_what_next(tmp_path: Path) -> None:
    """Run as a person would; the libraries are there, since `make test` began with them."""
    shutil.copytree(TOP / "packaging", tmp_path / "packaging")
    (tmp_path / "pyproject.toml").write_text("")
    told = subprocess.run(
        [sys.executable, str(tmp_path / "packaging" / "setup_machine.py")],
        env={**os.environ, "PYTHON": "/nowhere/python"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "Next: Install Python 3.11 to 3.14" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_package_whose_installation_was_cut_is_installed_again(tmp_path: Path) -> None:
    cut, whole = (tmp_path / f"lib/python3.11/site-packages/{name}.dist-info" for name in "ab")
    for folder in (cut, whole):
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text("")
    (whole / "RECORD").write_text("")
    forget_half_installed(tmp_path)
    assert whole.is_dir()
    assert not cut.exists()


def test_every_pin_is_a_name_and_a_version() -> None:
    pin = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*(; python_version (<|>=) '3\.\d+')?")
    lines = (TOP / "packaging" / "constraints.txt").read_text().rstrip().split("\n")
    assert [line for line in lines if line[0] != "#" and not pin.fullmatch(line)] == []
