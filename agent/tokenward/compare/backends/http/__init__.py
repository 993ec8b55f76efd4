"""How an OpenAI-compatible server is asked, and how its answers are read."""
