"""Tunedesk: teach a chat model by example, and judge for yourself whether it got better."""

__version__ = "0.1.0"
