"""Which layers, or which step of a recipe, made a metric worse."""
