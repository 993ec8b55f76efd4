"""The suites that the project wrote itself, each a small generator over a table of its own."""
