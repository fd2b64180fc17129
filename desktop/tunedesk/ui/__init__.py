"""The window: shell, pages and widgets."""
