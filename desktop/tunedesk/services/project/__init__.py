"""A project, its datasets, the samples, and the installation it runs in."""
