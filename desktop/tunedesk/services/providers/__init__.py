"""Who trains and answers: profiles, keys, files and models of all providers."""
