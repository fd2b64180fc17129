"""The openai SDK fills what it is not told from the environment, and sends it to any address."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def forget_openai_variables(environ: MutableMapping[str, str] = os.environ) -> list[str]:
    """Remove every `OPENAI_*` variable and return the names that were there.

    Called before anything else at start: organisation, project and custom headers would
    otherwise go to whatever server is asked. Child processes inherit nothing of it either.
    """
    names = [name for name in environ if name.upper().startswith("OPENAI_")]
    for name in names:
        del environ[name]
    return names
