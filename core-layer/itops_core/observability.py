"""Structured logs, one event a line, every line carrying its incident."""

from functools import lru_cache

from aws_lambda_powertools import Logger


@lru_cache
def logger(service: str) -> Logger:
    """Return the logger of `service`: JSON lines on standard output."""
    return Logger(service=service)
