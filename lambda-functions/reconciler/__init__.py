"""Picks up incidents on which nothing works any more."""
