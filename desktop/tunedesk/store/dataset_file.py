"""A dataset: the person's own JSONL, and the edits that are not saved yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Self

from tunedesk.core.edits import RowChange, RowEdit
from tunedesk.core.errors import TunedeskError
from tunedesk.store import file_access, row_index
from tunedesk.store.atomic import AtomicFile, discard_leftover
from tunedesk.store.base_file import BaseDigest, BaseFile, digest_of
from tunedesk.store.dataset_save import RowWriter
from tunedesk.store.live_rows import Content, LiveRows, Places, Tell
from tunedesk.store.os_errors import translated
from tunedesk.store.row_table import SCAN_BUFFER_BYTES, RowTable, Scan
from tunedesk.store.rows_snapshot import RowsSnapshot

_CANNOT_OPEN = "The dataset cannot be opened."
_CANNOT_SAVE = "The dataset was not saved."
_CANNOT_READ = "The dataset cannot be read."
_MAX_OPEN_TRIES = 20


class DatasetFile:
    """Rows of a JSONL file, read when asked for, with edits held in memory until `save`.

    The file is never changed in place: `save` makes a new one and puts it in the old one's
    place. Rows that were not edited keep their bytes, also a byte order mark, the file its line
    ends and the presence or absence of one at its very end. The first opener is the writer;
    while it is open, others get `is_read_only`. Used from one thread at a time, but for `save` and
    `save_copy`: see there.
    """

    def __init__(self, path: Path, base: BaseFile, scan: Scan, read_only_reason: str) -> None:
        """Use `open` or `create`. `path` is as the person named it, the base's where it leads."""
        self.path = path
        self.read_only_reason = read_only_reason
        self.saved_at_s: float | None = None
        self._base = base
        self._ends_with_line_end = scan.ends_with_line_end
        self._rows = LiveRows(scan.table, partial(self._read_from, base))
        self._since: list[RowEdit] | None = None  # done since a save began, for the new base
        self._is_unconfirmed = False
        self._earlier: list[BaseFile] = []  # saved over, with rows that may be put back

    # ---- opening and closing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: Path, index: Path | None = None) -> Self:
        """Open an existing file and find its rows; a link is followed and stays a link.

        Where the rows of a large file lie is kept in the file `index`, for the next time.
        Raises TunedeskError naming file and cause. A file that may not be written to, or that
        another window has open, opens with `is_read_only`.
        """
        with translated(path, _CANNOT_OPEN):
            target = path.resolve(strict=True)
            descriptor, is_holder = _open_current(target)
            try:
                reason = _why_read_only(target, is_holder)
                if not reason:
                    discard_leftover(target)
                base = BaseFile(descriptor, target)
                scan = _scan(base, index)
            except BaseException:
                os.close(descriptor)
                raise
        return cls(path.absolute(), base, scan, reason)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make an empty dataset and open it. TunedeskError if there is such a file already."""
        with translated(path, "The dataset cannot be made."):
            os.close(os.open(path, file_access.CREATE, 0o666))
        return cls.open(path)

    def close(self) -> None:
        """Let go of the file; edits that were not saved are gone. Closing twice is harmless."""
        for base in (self._base, *self._earlier):
            base.close()

    @property
    def is_read_only(self) -> bool:
        """Whether `apply` and `save` are refused; `read_only_reason` is "" or says why."""
        return bool(self.read_only_reason)

    # ---- reading -------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> bytes:
        """The row's bytes without its line end. Raises IndexError; TunedeskError on a disk error.

        If another program has cut the file short, what is left of the row: `is_changed_outside`
        tells.
        """
        return self._rows.row(index)

    def rows(self) -> Iterator[bytes]:
        """Every row in order; not to be edited meanwhile."""
        return iter(self._rows)

    def snapshot(self) -> RowsSnapshot:
        """The rows as they are now, for another thread; to be closed. Raises TunedeskError."""
        with translated(self.path, _CANNOT_READ):
            base = self._base.double()
        rows = self._rows
        return RowsSnapshot(rows.copied_order(), dict(rows.overlay), rows.table, base)

    def places(self, indices: range | Sequence[int]) -> Places:
        """Where rows lie in the file as opened or last saved, for another process to read."""
        return self._rows.places(indices)

    @property
    def base(self) -> BaseFile:
        """The file as opened or last saved."""
        return self._base

    @property
    def is_dirty(self) -> bool:
        """Whether saving would change the file; undoing everything makes it False again."""
        return self._is_unconfirmed or self._rows.differ

    @property
    def is_reordered(self) -> bool:
        """Whether rows of the file stand in another order now."""
        return self._rows.is_reordered

    def changes(self, limit: int = 1_000) -> list[RowChange]:
        """How the rows differ from the file, at most `limit` of them."""
        return self._rows.changes(limit)

    @property
    def size_bytes(self) -> int:
        """Size of the file as opened or last saved."""
        return self._base.size_bytes

    def is_changed_outside(self) -> bool:
        """Whether another program has changed, replaced or removed the file since."""
        return self._base.is_changed()

    def digest(self) -> BaseDigest:
        """What a journal of edits to this file refers to."""
        with translated(self.path, _CANNOT_READ):
            return self._base.digest()

    # ---- editing -------------------------------------------------------------------------------

    def apply(self, edit: RowEdit) -> RowEdit:
        """Do an edit and return the one that undoes it.

        Raises IndexError for a row that is not there, ValueError for a raw row with a line end in
        it, TypeError for an edit of notes (the ledger keeps those, not the file), TunedeskError
        when read-only. Nothing is changed then.
        """
        if self.is_read_only:
            raise self._read_only_error()
        if self._since is None:
            return self._rows.apply(edit)
        again = self.journalled(edit)
        inverse = self._rows.apply(edit)
        self._since.append(again)
        return inverse

    @property
    def is_being_saved(self) -> bool:
        """Whether edits are noted for a new file that is being written."""
        return self._since is not None

    def double(self, tell: Tell) -> LiveRows:
        """The rows as they are now, for an edit in another thread; see `take_over`. Not while a
        save is under way. Raises TunedeskError when read-only."""
        if self.is_read_only:
            raise self._read_only_error()
        assert not self.is_being_saved, "the new file would lack the double's edit"
        return self._rows.double(tell)

    def take_over(self, rows: LiveRows) -> None:
        """A double of the rows, made since the last edit and the last save, takes their place."""
        assert not self.is_being_saved, "the new file would lack the double's edit"
        self._rows = rows

    def journalled(self, edit: RowEdit) -> RowEdit:
        """The edit as it holds for whoever opens the file anew, with the journal's edits before;
        while a save is under way, of the old file and of the new.

        To be asked before it is applied; an edit that puts back rows taken before a save comes
        with their content. Raises as `apply`.
        """
        return self._rows.journalled(edit, for_other_base=self._since is not None)

    # ---- saving --------------------------------------------------------------------------------

    def save(
        self,
        before_replace: Callable[[BaseDigest], None] | None = None,
        *,
        still: AbstractContextManager[object] | None = None,
        begun: Callable[[], None] | None = None,
    ) -> None:
        """Put a new file with all edits in the old one's place, lasting when this returns.

        `before_replace` is given the new file's digest just before the one moment of change (a
        journal notes it, so that a crash right after is understood). At every other point a
        crash or an error leaves the old file as it was. Raises TunedeskError naming file and
        cause: full or failing disk, no permission, read-only, or the file was changed by another
        program since it was opened. The edits are then still here and `is_dirty` stays True.

        In a thread of its own, others may go on reading and editing if they hold `still` for it:
        it is entered at the begin (where `begun` is called) and for the change to the new file,
        each for a moment. The file has the edits of before it began; those after are unsaved.
        """
        if self.is_read_only:
            raise self._read_only_error()
        self._refuse_if_changed()
        still = still or nullcontext()
        with still:
            content, self._since = self._rows.content(), []
            if begun is not None:
                begun()
        try:
            with translated(self.path, _CANNOT_SAVE):
                new, table = self._replace_file(content, before_replace)
            self._adopt(new, table, still)
        except BaseException:
            with still:
                self._since = None
            raise
        with translated(self.path, "The disk does not confirm that the dataset was saved."):
            file_access.sync_folder(self._base.path.parent)
        self._is_unconfirmed = False

    def save_copy(self, path: Path, *, still: AbstractContextManager[object] | None = None) -> None:
        """Write the rows as they are now to another place; this dataset stays where it is.

        A file there is replaced. `still` as for `save`. Raises TunedeskError, also for the
        dataset's own path.
        """
        with still or nullcontext():
            content = self._rows.content()
        with translated(path, "The copy was not saved."):
            target = path.resolve()
            if target == self._base.path:
                raise FileExistsError(17, "It is the dataset itself", str(path))
            new = AtomicFile(target, like=self._base.stat)
            try:
                self._write_to(new, content)
                new.replace()
            except BaseException:
                new.discard()
                raise
            os.close(new.descriptor)
            file_access.sync_folder(target.parent)

    def _replace_file(
        self, content: Content, before_replace: Callable[[BaseDigest], None] | None
    ) -> tuple[BaseFile, RowTable]:
        new = AtomicFile(self._base.path, like=self._base.path.stat())
        try:
            table = self._write_to(new, content)
            # Locked before it has the name: at no moment is there a writer's gap.
            file_access.try_lock(new.descriptor)
            base = BaseFile(new.descriptor, self._base.path)
            if before_replace is not None:
                before_replace(digest_of(new.descriptor, base.stat))
            self._refuse_if_changed()
            new.replace()
        except BaseException:
            new.discard()
            raise
        base.descriptor = new.descriptor
        return base, table

    def _write_to(self, new: AtomicFile, content: Content) -> RowTable:
        writer = RowWriter(new, self._base, content.table, content.overlay)
        table = writer.write(content.order, ends_with_line_end=self._ends_with_line_end)
        new.finish()
        return table

    def _adopt(
        self, base: BaseFile, table: RowTable, still: AbstractContextManager[object]
    ) -> None:
        """The new file is in place: go on from it, with the edits made while it was written."""
        assert self._since is not None
        rows = self._rows.after_save(table, partial(self._read_from, base))
        n_done = _done_again(rows, self._since, 0)
        with still:
            _done_again(rows, self._since, n_done)
            old, self._base = self._base, base
            is_needed = self._rows.leave()
            self._rows, self._since = rows, None
            self._is_unconfirmed = True
            self.saved_at_s = base.stat.st_mtime
        if is_needed:
            self._earlier.append(old)
        else:
            with suppress(OSError):
                old.close()

    def _refuse_if_changed(self) -> None:
        if self._base.is_changed():
            raise TunedeskError(
                "dataset.changed_outside",
                _CANNOT_SAVE,
                f"Another program has changed or removed {self.path} since it was opened. "
                "Nothing was overwritten.",
                "Save a copy under another name, or close the dataset and open it again.",
            )

    # ---- inner ---------------------------------------------------------------------------------

    def _read_from(self, base: BaseFile, start: int, length: int) -> bytes:
        with translated(self.path, _CANNOT_READ):
            return base.read(start, length)

    def _read_only_error(self) -> TunedeskError:
        return TunedeskError(
            "dataset.read_only",
            "The dataset can only be read.",
            f"{self.path}: {self.read_only_reason}",
            "Close the other window, or change the file's permissions, and open it again.",
        )


def _done_again(rows: LiveRows, edits: Sequence[RowEdit], n_done: int) -> int:
    """Do the edits from number `n_done` on; others may add to them. Returns how many are done."""
    while n_done < len(edits):
        rows.apply(edits[n_done])
        n_done += 1
    return n_done


def _open_current(target: Path) -> tuple[int, bool]:
    """Descriptor of the file that has the name now, and whether we are its holder.

    A writer may replace the file between our opening and our lock; we would then hold a file
    that has no name any more.
    """
    for _ in range(_MAX_OPEN_TRIES):
        descriptor = file_access.open_regular(target)
        is_holder = file_access.try_lock(descriptor)
        if os.path.samestat(os.fstat(descriptor), target.stat()):
            return descriptor, is_holder
        os.close(descriptor)
    raise OSError(None, "the file is being replaced all the time")


def _scan(base: BaseFile, index: Path | None) -> Scan:
    is_kept = index is not None and base.size_bytes >= row_index.LEAST_BYTES
    known = row_index.kept(index, base) if index is not None and is_kept else None
    if known is not None:
        return known
    is_settled = row_index.is_settled(base.stat)
    with open(base.descriptor, "rb", SCAN_BUFFER_BYTES, closefd=False) as stream:
        scan = Scan(stream)
    if index is not None and is_kept and is_settled:
        row_index.keep(index, base, scan)
    return scan


def _why_read_only(target: Path, is_holder: bool) -> str:
    if not is_holder:
        return "It is open in another window, which is the one that may change it."
    if not os.access(target, os.W_OK):
        return "You may not write to this file."
    if not os.access(target.parent, os.W_OK):
        return "You may not write to its folder, where the new version has to be made."
    return ""
