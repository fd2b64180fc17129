"""The window around the pages: rail, stack, status bar."""
