"""Finds out what is wrong, one ReAct step at a time."""
