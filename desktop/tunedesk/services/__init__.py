"""Use cases as async functions: the only room the window talks to."""
