"""Two models judged blind, one model rated, and what the votes say."""
