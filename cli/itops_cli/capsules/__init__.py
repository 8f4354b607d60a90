"""Capsules: one incident in one file, to be thought through again with nothing else at hand."""
