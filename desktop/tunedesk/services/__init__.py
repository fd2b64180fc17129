"""Use cases as async functions: the only thing the window talks to."""
