"""The Models page: every model of every provider, and when it ends."""
