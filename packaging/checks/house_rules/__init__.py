"""The house rules: each module here is one rule, and says what to write instead."""
