"""The page "Save my fine-tuning": everything a provider keeps, brought home before it ends."""
