"""The built-in plugins; none knows another."""
