"""A local server of the OpenAI fine-tuning API that really trains."""
