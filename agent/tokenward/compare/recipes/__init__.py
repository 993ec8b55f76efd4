"""Ways to optimise a model of transformers while it is loaded, as options by name."""
