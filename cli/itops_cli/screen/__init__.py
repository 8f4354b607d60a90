"""How an incident looks in a terminal."""
