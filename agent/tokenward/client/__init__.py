"""API clients whose calls are guarded in the application's own process."""
