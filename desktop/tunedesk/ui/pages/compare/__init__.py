"""Compare: two models, one prompt, blind until the vote."""
