"""Measures the system as it runs; figures, no verdicts."""
