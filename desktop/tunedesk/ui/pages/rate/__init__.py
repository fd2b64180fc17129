"""One model alone, each of its answers rated."""
