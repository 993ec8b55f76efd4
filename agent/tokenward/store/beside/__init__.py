"""The tables beside the records: texts, feedback, alarms, alerts, runs of reports."""
