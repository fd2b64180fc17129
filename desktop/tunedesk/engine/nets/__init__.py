"""Our own forward passes: the Llama family in plain torch, without the calls that cost most."""
