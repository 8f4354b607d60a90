"""Thinking: one step at a time, by Claude or by the offline reasoner, within a budget."""
