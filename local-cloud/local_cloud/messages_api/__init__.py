"""A local server that speaks the Messages API, strict about what it is sent, played by a script."""
