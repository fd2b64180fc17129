"""Hears what the app announces to screen readers; run by the system's Python, which has pyatspi.

Each line on stdin is answered by a JSON line on stdout: all that was heard so far.
"""

import json
import sys

import pyatspi
from gi.repository import GLib

_heard = []
_loop = GLib.MainLoop()


def _asked(_channel, _condition):
    if not sys.stdin.readline():
        _loop.quit()
        return False
    sys.stdout.write(json.dumps(_heard) + "\n")
    sys.stdout.flush()
    return True


def main():
    pyatspi.Registry.registerEventListener(
        lambda event: _heard.append(str(event.any_data)), "object:announcement"
    )
    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, _asked)
    _loop.run()


main()
