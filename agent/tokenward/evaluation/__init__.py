"""How good a detector is: scores and spans measured against labels, with intervals."""
