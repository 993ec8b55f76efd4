"""Watches the traffic of a process for drift, with a stated rate of false alarms."""
