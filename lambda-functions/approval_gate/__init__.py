"""Asks people, and closes the question."""
