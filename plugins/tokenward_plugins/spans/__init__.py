"""What the built-in span detectors share; it is no plugin and registers nothing."""
