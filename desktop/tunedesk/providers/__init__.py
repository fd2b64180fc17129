"""One door to whoever trains and serves: the OpenAI API, by profile."""
