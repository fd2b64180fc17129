"""Reads the accessibility tree for the tests; run by the system's Python, which has pyatspi.

A line on stdin asks: "look", or "look rows" for the cells of tables, too. A JSON line on stdout
answers: a list of elements, each with role, name, text, states and its place on the screen.
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


def main():
    for line in sys.stdin:
        if not line.strip():
            continue
        found = []
        for application in pyatspi.Registry.getDesktop(0):
            if application is not None:
                _walk(application, found, "rows" in line)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


main()
