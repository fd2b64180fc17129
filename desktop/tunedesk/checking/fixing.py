"""`--fix`: what loses nothing a person wrote is mended; every other byte stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tunedesk.checking.file_report import Fixed
from tunedesk.checking.sources import Opened
from tunedesk.core.errors import TunedeskError
from tunedesk.core.fixes import safe_fixes_done
from tunedesk.core.lines import line_end, line_offsets, without_line_end
from tunedesk.core.rows import RowError, parse_row
from tunedesk.core.validation.rows import check_row
from tunedesk.store import file_access
from tunedesk.store.atomic import AtomicFile

_MOST_LISTED = 10_000


def fix_file(source: Opened, output: Path | None) -> tuple[list[Fixed], str]:
    """Write the mended file to `output`, or in the file's place with a backup beside it.

    Returns what was done (the first 10,000 fixes) and the backup's name, "" if nothing was
    written in place. Lines that cannot be read stay as they are. Raises OSError, and TunedeskError
    if the file was changed in the meantime; it is then as it was.
    """
    target = output or source.path.resolve()
    new = AtomicFile(target, like=source.status if output is None else None)
    try:
        done, n_changed = _write_fixed(source, new.write)
        if output is None and not n_changed:
            new.discard()
            return [], ""
        new.finish()
        backup = _backup(source, target) if output is None else ""
        new.replace()
    except BaseException:
        new.discard()
        raise
    os.close(new.descriptor)
    file_access.sync_folder(target.parent)
    return done, backup


def _write_fixed(source: Opened, write: Callable[[bytes], None]) -> tuple[list[Fixed], int]:
    done: list[Fixed] = []
    n_changed = 0
    offsets = line_offsets(source.buffer)
    for row in range(len(offsets) - 1):
        line = bytes(source.buffer[offsets[row] : offsets[row + 1]])
        raw = without_line_end(line)
        after, fixes = _mended(raw, row + 1)
        n_changed += after != raw
        done += fixes[: max(0, _MOST_LISTED - len(done))]
        write(after + line_end(line))
    return done, n_changed


def _mended(raw: bytes, row: int) -> tuple[bytes, list[Fixed]]:
    if not check_row(raw, row):
        return raw, []
    try:
        parse_row(raw)
    except RowError:
        return raw, []
    after, done = safe_fixes_done(raw)
    return after, [Fixed(row, code, fix.code, fix.words) for code, fix in done]


def _backup(source: Opened, target: Path) -> str:
    """Keep the old file under the first name that is free: FILE.bak, FILE.bak2 and so on."""
    status = target.stat()
    was = source.status
    if (status.st_ino, status.st_size, status.st_mtime_ns) != (
        was.st_ino,
        was.st_size,
        was.st_mtime_ns,
    ):
        raise TunedeskError(
            "changed_meanwhile",
            f"{target} was not changed.",
            "Another program has written it while it was checked.",
            "Run the command again.",
        )
    for number in range(1, 1_000):
        backup = target.with_name(f"{target.name}.bak{number if number > 1 else ''}")
        try:
            os.link(target, backup)
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            if backup.exists():
                continue
            shutil.copy2(target, backup)
        return str(backup)
    raise FileExistsError(17, "there are too many backups beside it", str(target))
