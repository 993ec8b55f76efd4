"""Suites of cases: the project's own, and users' files in the formats that are common."""
