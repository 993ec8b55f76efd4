"""Policy and detectors over streams: decisions."""
