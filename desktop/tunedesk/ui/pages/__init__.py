"""One folder a page, in the order of the work."""
