"""Tunedesk: teach a chat model by example, and find out by your own judgement whether it got better."""

__version__ = "0.1.0"
