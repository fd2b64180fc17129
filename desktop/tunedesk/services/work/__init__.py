"""Work beside the window: threads, processes, and the files they write."""
