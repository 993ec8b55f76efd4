"""The gate: margins from a file, judged in three outcomes."""
