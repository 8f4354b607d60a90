"""Evals: how often the agents are right, on every scenario and on variants of it."""
