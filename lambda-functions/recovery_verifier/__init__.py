"""Measures whether an action helped."""
