"""Preparing a machine for Tunedesk. Standard library only: nothing else is there yet."""
