"""The program `tunedesk-engine` of the bundle: the engine, and the Python of its own children.

`tunedesk-engine …` is `tunedesk engine …`. `tunedesk-engine -m MODULE …` is what `python -m` is
elsewhere: the trainer, the generator and the model worker are started so, also by torchrun.
Its libraries lie beside it as plain files, for torch and transformers read their own sources.
"""

from __future__ import annotations

import multiprocessing
import runpy
import sys
from pathlib import Path

from bundle_environment import forget_bundle


def main() -> int:
    """Runs what the command line asks for."""
    forget_bundle()
    sys.path.append(str(Path(sys.executable).resolve().parent / "libraries"))
    words = [word for word in sys.argv[1:2] if word != "-u"] + sys.argv[2:]
    if words[:1] == ["-m"] and len(words) > 1:
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return 0
    from tunedesk.engine.cli import main as engine

    return engine(words)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
