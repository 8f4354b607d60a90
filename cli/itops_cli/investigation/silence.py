"""Logs are for operators of a deployment; whoever runs an investigation here wants its answer."""

import logging
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def logs_silenced() -> Generator[None]:
    """Write no log line while inside, whoever logs."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
