"""Answers gateways that people already run, and that call the guard by a protocol of their own."""
