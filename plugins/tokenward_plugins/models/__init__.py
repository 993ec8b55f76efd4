"""Models in folders, as several detectors load and run them; no plugin by itself."""
