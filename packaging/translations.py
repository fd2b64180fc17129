"""`make translations`: bring the translation files up to the sources, and say what is missing.

New texts are added with an empty translation, and those that no source has any more are dropped.
Fill in what is empty; a test fails until then. With --check nothing is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from words.catalogue import kept, wanted, write

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "desktop" / "tunedesk"
TRANSLATIONS = ROOT / "resources" / "translations"


def main(arguments: list[str]) -> int:
    """0; with --check 1 if a text is missing, not translated or no longer there."""
    is_check = "--check" in arguments
    n_open = 0
    for folder in sorted(path for path in TRANSLATIONS.iterdir() if path.is_dir()):
        now = kept(folder)
        groups = wanted(PACKAGE, now)
        if not is_check:
            write(folder, groups)
        for name, group in groups.items():
            missing = [english for english, said in group.items() if not said]
            n_open += len(missing)
            for english in missing:
                sys.stdout.write(f"{folder.name}/{name}.json: not translated: {english!r}\n")
        if is_check and now != groups and not n_open:
            n_open += 1
            sys.stdout.write(f"{folder.name}: not as the sources are; run: make translations\n")
        n_texts = sum(len(group) for group in groups.values())
        sys.stdout.write(f"{folder.name}: {n_texts} texts\n")
    return 1 if is_check and n_open else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
