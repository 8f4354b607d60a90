"""Texts that try to talk the agents into something, and what became of each try."""
