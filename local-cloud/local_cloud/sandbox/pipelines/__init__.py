"""Pipelines of the sandbox: state machines with functions and tables that really run and fail."""
