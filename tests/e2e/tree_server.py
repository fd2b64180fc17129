"""Reads the accessibility tree for the tests; run by the system's Python, which has pyatspi.

A line on stdin asks, a JSON line on stdout answers. "look", or "look rows" for the cells of tables,
too: a list of elements, each with role, name, text, states and its place on the screen. "act" and
the name of a thing presses it, "write" and [name, text] fills a box: whether it was there.

It hears no events: with them libatspi keeps what it has seen, and does not look again.
"""

import json
import sys

import pyatspi

_STATES = (
    (pyatspi.STATE_SHOWING, "showing"),
    (pyatspi.STATE_ENABLED, "enabled"),
    (pyatspi.STATE_CHECKED, "checked"),
    (pyatspi.STATE_FOCUSED, "focused"),
    (pyatspi.STATE_SELECTED, "selected"),
)

_LEAVES = ("label", "table cell", "table column header")
_WITH_TEXT = ("text", "entry", "spin button", "combo box", "paragraph", "document frame")


def _text(node, role):
    if role not in _WITH_TEXT:
        return ""
    try:
        return node.queryText().getText(0, -1)
    except (NotImplementedError, LookupError, RuntimeError):
        return ""


def _describe(node, states):
    box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    role = node.getRoleName()
    return {
        "role": role,
        "name": node.name,
        "description": node.description if role != "table cell" else "",
        "text": _text(node, role),
        "box": [box.x, box.y, box.width, box.height],
        "states": [word for state, word in _STATES if states.contains(state)],
    }


def _walk(node, found, with_rows, depth=0):
    if depth > 40 or len(found) > 4000:
        return
    try:
        states = node.getState()
        if depth > 0 and not states.contains(pyatspi.STATE_VISIBLE):
            return
        if depth > 0:
            found.append(_describe(node, states))
            role = found[-1]["role"]
            if role in _LEAVES or (role == "table" and not with_rows):
                return
        for at in range(node.childCount):  # iterating would ask for the count at every child
            child = node.getChildAtIndex(at)
            if child is not None:
                _walk(child, found, with_rows, depth + 1)
    except Exception as error:
        found.append(
            {
                "role": "lost",
                "name": type(error).__name__,
                "text": "",
                "box": [0] * 4,
                "description": "",
                "states": [],
            }
        )


def _act(name):
    """Press what has this name, as a screen reader does; whether there was such a thing."""
    node = _named(name, pyatspi.STATE_ENABLED)
    return node is not None and node.queryAction().doAction(0)


def _write(name, text):
    """Put a text into the box with this name."""
    node = _named(name, pyatspi.STATE_EDITABLE)
    return node is not None and node.queryEditableText().setTextContents(text)


def _named(name, state):
    def fits(node):
        states = node.getState()
        return node.name == name and states.contains(state) and states.contains(_SHOWING)

    for application in pyatspi.Registry.getDesktop(0):
        found = pyatspi.findDescendant(application, fits) if application is not None else None
        if found is not None:
            return found
    return None


_SHOWING = pyatspi.STATE_SHOWING


def _answer(line):
    command, _, rest = line.strip().partition(" ")
    if command == "act":
        return _act(json.loads(rest))
    if command == "write":
        return _write(*json.loads(rest))
    found = []
    for application in pyatspi.Registry.getDesktop(0):
        if application is not None:
            _walk(application, found, "rows" in rest)
    return found


def main():
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


main()
